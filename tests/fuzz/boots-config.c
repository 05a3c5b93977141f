/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration of fuzz-boot.c. */
#include <string.h>

#include "config/config.h"
#include "fuzz/boots.h"
#include "base/macro.h"

enum { BY_ADDRESS, BY_SLOT, BY_ID, BY_PATH, BY_INTERFACE, BY_SERIAL };

static bool is_there(const struct boots_section *s)
{
        return s->part > 0;
}

static unsigned part_of(const struct boots_section *s)
{
        return s->part - 1U;
}

static bool is_sriov(const struct boots_section *s)
{
        return part_of(s) == PF_PART && s->kind % 2 == 1;
}

static unsigned way_of(const struct boots_section *s)
{
        const struct boots_place *p = &boots_places[part_of(s)];

        if ((s->way == BY_INTERFACE && !p->card.netdev) || (s->way == BY_SERIAL && !p->card.serial) ||
            (s->way == BY_SLOT && part_of(s) > AUDIO_PART))
                return BY_ADDRESS;
        return s->way;
}

static void add_selector(const struct boots_section *s, struct strbuf *text)
{
        const struct boots_place *p = &boots_places[part_of(s)];

        switch (way_of(s)) {
        case BY_SLOT:
                strbuf_addf(text, "address = %.10s\n", p->address);
                break;
        case BY_ID:
                strbuf_addf(text, "id = %s\n", p->id);
                if (s->flags & S_COUNT)
                        strbuf_add(text, is_sriov(s) ? "" : s->kind & 2 ? "count = all\n" : "count = 2\n");
                break;
        case BY_PATH:
                strbuf_addf(text, "path = %s\n", p->path);
                break;
        case BY_INTERFACE:
                strbuf_addf(text, "interface = %s\n", p->card.netdev);
                break;
        case BY_SERIAL:
                strbuf_addf(text, "serial = %s\n",
                            s->kind & 2 && p->card.nvme_serial ? p->card.nvme_serial : p->card.serial);
                break;
        default:
                strbuf_addf(text, "address = %s\n", p->address);
        }
}

void boots_config(const struct boots *b, struct strbuf *text)
{
        static const char *const vf_drivers[] = { "vfio-pci", "host", "none" };

        for (unsigned i = 0; i < N_SECTIONS; i++) {
                const struct boots_section *s = &b->sections[i];

                if (!is_there(s))
                        continue;
                strbuf_addf(text, "[%s s%u]\n", is_sriov(s) ? "sriov" : "device", i);
                add_selector(s, text);
                if (is_sriov(s))
                        strbuf_addf(text, "vfs = 2\nvf-driver = %s\n", vf_drivers[s->kind / 2 % 3]);
                else if ((s->flags & S_FUNCTIONS) && way_of(s) != BY_SLOT)
                        strbuf_add(text, "functions = all\n");
                if (s->flags & (S_WHOLE | S_IGNORE) && !is_sriov(s))
                        strbuf_addf(text, "group = %s\n", s->flags & S_WHOLE ? "whole" : "ignore");
                if (s->flags & S_FORCE && !is_sriov(s))
                        strbuf_add(text, "force = disk network display keyboard vfs\n");
                if (s->flags & S_OPTIONAL)
                        strbuf_add(text, "required = no\n");
                if (s->flags & S_DISABLED)
                        strbuf_add(text, "enabled = no\n");
                if (way_of(s) != BY_ID)
                        strbuf_addf(text, s->flags & S_WRONG ? "expect = dead:beef\n" : "");
        }
}

bool boots_config_is_valid(const char *text)
{
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        CLEANUP(config_freep) struct config *config = config_new();

        config_add_file(config, "passthru.conf", text, strlen(text), &diags);
        config_finish(config, &diags);
        return diags.n == 0;
}

void boots_change_config(struct boots *b, const struct boots_boot *boot)
{
        struct boots_section *s = &b->sections[boot->section];

        switch (boot->config) {
        case 1:
                s->part = 0;
                break;
        case 2:
                s->flags ^= S_FUNCTIONS;
                break;
        case 3:
                s->flags ^= S_WHOLE;
                break;
        case 4:
                s->flags ^= S_DISABLED;
                break;
        case 5:
                s->part = (uint8_t) (s->part % N_PARTS + 1);
                break;
        default:
                break;
        }
}

static bool names(const struct boots_section *s, unsigned part)
{
        const struct boots_place *own = &boots_places[part_of(s)];

        if (way_of(s) == BY_ID)
                return streq(own->id, boots_places[part].id);
        return part_of(s) == part ||
               (way_of(s) == BY_SLOT && strncmp(own->address, boots_places[part].address, 10) == 0);
}

static bool takes(const struct boots *b, const struct boots_section *s, unsigned part)
{
        for (unsigned i = 0; i < N_PARTS; i++) {
                if (!names(s, i))
                        continue;
                if (i == part ||
                    (s->flags & S_FUNCTIONS &&
                     strncmp(boots_places[i].address, boots_places[part].address, 10) == 0) ||
                    (s->flags & S_WHOLE && boots_share_group(b, i, part)))
                        return true;
        }
        /* The others of the group of those that come with it. */
        return s->flags & S_FUNCTIONS && s->flags & S_WHOLE && part_of(s) <= AUDIO_PART &&
               (boots_share_group(b, GPU_PART, part) || boots_share_group(b, AUDIO_PART, part));
}

void boots_claim(const struct boots *b, bool touched[static N_PARTS])
{
        for (unsigned i = 0; i < N_SECTIONS; i++)
                for (unsigned part = 0; is_there(&b->sections[i]) && part < N_PARTS; part++)
                        touched[part] =
                                touched[part] || takes(b, &b->sections[i], part) ||
                                (way_of(&b->sections[i]) == BY_SLOT && b->sections[i].flags & S_WHOLE &&
                                 (boots_share_group(b, GPU_PART, part) || boots_share_group(b, AUDIO_PART, part)));
}

bool boots_is_forced(const struct boots *b, unsigned part)
{
        bool touched[N_PARTS] = { false };
        struct boots forced = *b;

        for (unsigned i = 0; i < N_SECTIONS; i++)
                if (!(forced.sections[i].flags & S_FORCE))
                        forced.sections[i].part = 0;
        boots_claim(&forced, touched);
        return touched[part];
}
