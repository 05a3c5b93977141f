/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What only all files together can tell: defaults, missing keys, and sections that contradict each other. */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/names.h"
#include "base/strutil.h"
#include "config/config-keys.h"
#include "config/config-lines.h"
#include "config/config.h"

static void apply_defaults(const struct config_section *defaults, struct config_section *s)
{
        const char *driver = defaults && defaults->driver ? defaults->driver : DRIVER_VFIO;

        if (s->vf_queues > 0 && s->vf_interrupts == 0)
                s->vf_interrupts = 1;
        if (defaults) {
                if (!config_has(s, KEY_REQUIRED))
                        s->required = defaults->required;
                /* That of [passthru] is for the devices. */
                if (!config_has(s, KEY_GROUP) && (s->kind != SECTION_SRIOV || defaults->group != GROUP_WHOLE))
                        s->group = defaults->group;
        }
        if ((s->kind == SECTION_DEVICE || s->kind == SECTION_SRIOV) && !s->driver) {
                replace_string(&s->driver, driver);
                return;
        }
}

static void missing(const struct config_section *s, const char *what, struct diag_list *diags)
{
        diag_add(diags, DIAG_ERROR, &s->loc, "[%s %s]: %s", section_kind_name(s->kind), s->name, what);
}

/* What each section must have. */
static void check_complete(const struct config_section *s, bool named, struct diag_list *diags)
{
        if ((s->kind == SECTION_DEVICE || s->kind == SECTION_SRIOV) && !named)
                missing(s, "no device is named; expected address, id, path, interface, mac, serial or slot", diags);
        if (s->kind == SECTION_MDEV && !named && !config_has(s, KEY_PARENT))
                missing(s,
                        "no parent is named; expected parent = a name under /sys/class/mdev_bus, or address, id, "
                        "path, interface, mac, serial or slot",
                        diags);
        if (s->kind == SECTION_SRIOV && !config_has(s, KEY_VFS))
                missing(s, "vfs is missing; expected the number of VFs, or max", diags);
        if (s->kind == SECTION_MDEV && !config_has(s, KEY_TYPE))
                missing(s, "type is missing; expected a type's id or its name", diags);
}

/* partial: what is missing may be in the main file. */
static void check_keys(const struct config_section *s, bool partial, struct diag_list *diags)
{
        bool named = config_has(s, KEY_ADDRESS) || config_has(s, KEY_ID) || config_has(s, KEY_PATH) ||
                     config_has(s, KEY_INTERFACE) || config_has(s, KEY_MAC) || config_has(s, KEY_SERIAL) ||
                     config_has(s, KEY_SLOT);

        if (s->flawed || s->bus != BUS_PCI)
                return;
        if (!partial)
                check_complete(s, named, diags);
        if (s->kind == SECTION_DEVICE && config_has(s, KEY_COUNT) && s->selector.kind != SELECTOR_ID &&
            !(partial && s->selector.kind == SELECTOR_NONE))
                diag_add(diags, DIAG_ERROR, config_loc_of(s, KEY_COUNT),
                         "count: only valid with id; the device is named by another key");
        if (s->kind == SECTION_SRIOV && config_has(s, KEY_GROUP) && s->group == GROUP_WHOLE)
                diag_add(diags, DIAG_ERROR, config_loc_of(s, KEY_GROUP),
                         "group = whole: VFs never take the rest of their IOMMU groups; expected strict or ignore");
        if (s->vf_interrupts > 0 && s->vf_queues == 0 && !partial)
                diag_add(diags, DIAG_ERROR, config_loc_of(s, KEY_VF_INTERRUPTS),
                         "vf-interrupts: requires vf-queues, which is missing");
        if (s->rom_dump && s->count > 1)
                diag_add(diags, DIAG_ERROR, config_loc_of(s, KEY_ROM_DUMP),
                         "rom-dump: one file for several devices; expected a section for each");
        if (s->kind == SECTION_MDEV && s->has_uuid && s->count > 1)
                diag_add(diags, DIAG_ERROR, config_loc_of(s, KEY_COUNT),
                         "count = %u: only one uuid is given; remove uuid to have each derived", s->count);
        if (s->kind == SECTION_SRIOV && s->selector.kind == SELECTOR_ADDRESS && s->selector.slot)
                diag_add(diags, DIAG_ERROR, config_loc_of(s, KEY_ADDRESS),
                         "address = %s: a slot; expected one function, such as %s.0", s->selector.text,
                         s->selector.text);
        if (s->kind == SECTION_SRIOV && s->selector.kind == SELECTOR_VF)
                diag_add(diags, DIAG_ERROR, config_loc_of(s, KEY_ADDRESS),
                         "address = %s: a VF has no VFs of its own; expected the address of a PF", s->selector.text);
}

static const struct config_loc *selector_loc(const struct config_section *s)
{
        for (size_t i = 0; i < s->n_settings; i++)
                if (config_key_is_selector(s->settings[i].key))
                        return &s->settings[i].loc;
        return &s->loc;
}

/* Whether the VF that an mdev names has a section of its own that leaves it to its driver. */
static bool has_host_driver(const struct config *config, const struct config_section *mdev)
{
        const struct selector *sel = &mdev->selector;

        for (size_t i = 0; i < config->n_sections; i++) {
                const struct config_section *s = config->sections[i];

                if (s->kind == SECTION_VF && s->enabled && streq_ptr(s->driver, DRIVER_HOST) &&
                    streq(s->selector.section, sel->section) && sel->vf_index >= s->selector.vf_index &&
                    sel->vf_index <= s->vf_last)
                        return true;
        }
        return false;
}

/* "uplink/3" must be a VF that [sriov uplink] makes. */
static void check_vf(const struct config *config, const struct config_section *s, struct diag_list *diags)
{
        bool is_name = s->kind == SECTION_VF;
        const char *open = is_name ? "[vf " : "", *close = is_name ? "]" : "";
        const struct config_section *pf;

        if (s->selector.kind != SELECTOR_VF)
                return;
        pf = config_find(config, SECTION_SRIOV, s->selector.section);
        if (!pf && config->partial)
                return;
        if (!pf && diags->n_errors > CONFIG_ERRORS_MAX) {
                diags->n_errors++; /* counted; who has made so many needs no more names */
                return;
        }
        if (!pf) {
                CLEANUP_FREE const char **names = xcalloc(config->n_sections, sizeof(*names));
                const char *nearest = NULL;
                size_t n = 0;

                for (size_t i = 0; i < config->n_sections; i++)
                        if (config->sections[i]->kind == SECTION_SRIOV)
                                names[n++] = config->sections[i]->name;
                nearest = names_nearest(s->selector.section, names, n);
                diag_add(diags, DIAG_ERROR, selector_loc(s), "%s%s%s: there is no section [sriov %s]%s%s%s", open,
                         s->selector.text, close, s->selector.section, nearest ? "; did you mean " : "",
                         nearest ? nearest : "", nearest ? "?" : "");
                return;
        }
        if (pf->vfs != VFS_MAX && (is_name ? s->vf_last : s->selector.vf_index) >= pf->vfs &&
            config_has(pf, KEY_VFS) && !pf->flawed)
                diag_add(diags, DIAG_ERROR, selector_loc(s), "%s%s%s: [sriov %s] makes %s (%s:%u)", open,
                         s->selector.text, close, pf->name, VF_COUNT_TEXT(pf->vfs), config_loc_of(pf, KEY_VFS)->file,
                         config_loc_of(pf, KEY_VFS)->line);
        if (s->kind == SECTION_MDEV && pf->driver && !streq(pf->driver, DRIVER_HOST) && !has_host_driver(config, s))
                diag_add(diags, DIAG_ERROR, selector_loc(s),
                         "%s: an mdev's parent needs its host driver, and the VFs of [sriov %s] go to %s; "
                         "expected vf-driver = host there (%s:%u)",
                         s->selector.text, pf->name, pf->driver, config_loc_of(pf, KEY_VF_DRIVER)->file,
                         config_loc_of(pf, KEY_VF_DRIVER)->line);
}

/* Two selectors that can only mean the same device. The address is compared as a number, for 01:00.0 is
 * 0000:01:00.0. Ids are left to the plan, which knows how many devices there are. */
static int compare_selectors(const void *a, const void *b)
{
        const struct config_section *x = a, *y = b;

        if (x->selector.kind != y->selector.kind)
                return x->selector.kind < y->selector.kind ? -1 : 1;
        if (x->selector.kind == SELECTOR_ADDRESS) {
                int r = pci_address_compare(&x->selector.address, &y->selector.address);

                return r != 0 ? r : (int) x->selector.slot - (int) y->selector.slot;
        }
        if (x->selector.kind == SELECTOR_VF) {
                int r = strcmp(x->selector.section, y->selector.section);

                if (r != 0)
                        return r;
                return (x->selector.vf_index > y->selector.vf_index) - (x->selector.vf_index < y->selector.vf_index);
        }
        if (x->bus != y->bus)
                return x->bus < y->bus ? -1 : 1;
        if (x->selector.kind == SELECTOR_MAC)
                return memcmp(x->selector.mac, y->selector.mac, sizeof(x->selector.mac));
        return strcmp(x->selector.text, y->selector.text);
}

static int compare_uuids(const void *a, const void *b)
{
        const struct config_section *x = a, *y = b;

        return memcmp(x->uuid, y->uuid, sizeof(x->uuid));
}

static void keep(void *node)
{
        (void) node;
}

/* Reports each enabled section that equals an earlier one by compare(). */
static void check_pairs(const struct config *config, bool (*of_interest)(const struct config_section *),
                        int (*compare)(const void *, const void *), const char *what, struct diag_list *diags)
{
        void *seen = NULL;

        for (size_t i = 0; i < config->n_sections; i++) {
                struct config_section *s = config->sections[i], **first;

                if (!of_interest(s) || !s->enabled)
                        continue;
                first = tsearch(s, &seen, compare);
                if (!first)
                        out_of_memory();
                else if (*first != s)
                        diag_add(diags, DIAG_ERROR,
                                 compare == compare_uuids ? config_loc_of(s, KEY_UUID) : selector_loc(s),
                                 "[%s %s]: %s [%s %s] (%s:%u) already", section_kind_name(s->kind), s->name, what,
                                 section_kind_name((*first)->kind), (*first)->name, (*first)->loc.file,
                                 (*first)->loc.line);
        }
        tdestroy(seen, keep);
}

static bool names_one_device(const struct config_section *s)
{
        return (s->kind == SECTION_DEVICE || s->kind == SECTION_SRIOV) && s->selector.kind != SELECTOR_NONE &&
               s->selector.kind != SELECTOR_ID;
}

static bool is_taken(const struct config *config, const struct config_section *section)
{
        for (size_t i = 0; names_one_device(section) && i < config->n_sections; i++) {
                const struct config_section *s = config->sections[i];

                if (s != section && s->enabled && names_one_device(s) && compare_selectors(s, section) == 0)
                        return true;
        }
        return false;
}

void config_wake_all(struct config *config)
{
        for (size_t i = 0; i < config->n_sections; i++)
                if (config->sections[i]->dormant && config->sections[i]->kind != SECTION_VF &&
                    !is_taken(config, config->sections[i]))
                        config_wake(config, config->sections[i]);
}

static bool names_uuid(const struct config_section *s)
{
        return s->kind == SECTION_MDEV && s->has_uuid;
}

void config_finish(struct config *config, struct diag_list *diags)
{
        const struct config_section *defaults = config_find(config, SECTION_DEFAULTS, "");

        if (defaults)
                config->enabled = defaults->enabled;
        for (size_t i = 0; i < config->n_sections; i++) {
                struct config_section *s = config->sections[i];

                if (s->kind == SECTION_DEVICE)
                        config_bus_finish(s, diags);
                if (s->kind != SECTION_DEFAULTS)
                        apply_defaults(defaults, s);
                if (!config->enabled)
                        s->enabled = false;
        }
        config_vf_inherit(config);
        config_on_demand_finish(config, diags);
        for (size_t i = 0; i < config->n_sections; i++) {
                check_keys(config->sections[i], config->partial, diags);
                check_vf(config, config->sections[i], diags);
        }
        check_pairs(config, names_one_device, compare_selectors, "the device is claimed by", diags);
        check_pairs(config, names_uuid, compare_uuids, "the uuid is already used by", diags);
        config_vf_check(config, diags);
        diag_sort(diags);
}
