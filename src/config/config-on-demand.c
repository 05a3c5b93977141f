/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sections that are not for boot: when they are handed over, and what they must say for that. */
#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "config/config-keys.h"
#include "config/guard-kind.h"

/* A VM's definition names devices that are there before it starts; VFs that are made for it are not. */
static void check(const struct config_section *s, bool partial, struct diag_list *diags)
{
        if (config_has(s, KEY_VM) && s->when != WHEN_VM && !(partial && !config_has(s, KEY_WHEN)))
                diag_add(diags, DIAG_ERROR, config_loc_of(s, KEY_VM), "vm: requires when = vm");
        if (s->display_stop && s->when == WHEN_BOOT && !(partial && !config_has(s, KEY_WHEN)))
                diag_add(diags, DIAG_ERROR, config_loc_of(s, KEY_DISPLAY),
                         "display = stop: requires when = vm or when = manual");
        if (s->when == WHEN_VM && s->n_vms == 0 && !partial && s->kind == SECTION_SRIOV)
                diag_add(diags, DIAG_ERROR, config_loc_of(s, KEY_WHEN),
                         "when = vm: requires vm, as no definition can name VFs that do not exist yet");
}

void config_on_demand_finish(struct config *config, struct diag_list *diags)
{
        for (size_t i = 0; i < config->n_sections; i++) {
                struct config_section *s = config->sections[i];

                if (s->kind != SECTION_VF && !s->flawed)
                        check(s, config->partial, diags);
                if (s->display_stop)
                        s->force |= GUARD_BIT(GUARD_DISPLAY);
                s->dormant = s->enabled && s->when != WHEN_BOOT;
                s->enabled = s->enabled && !s->dormant;
        }
}

static void wake(struct config_section *s)
{
        s->enabled = s->enabled || s->dormant;
        s->dormant = false;
}

void config_wake(struct config *config, struct config_section *section)
{
        wake(section);
        for (size_t i = 0; section->kind == SECTION_SRIOV && i < config->n_sections; i++) {
                struct config_section *vf = config->sections[i];

                if (vf->kind == SECTION_VF && streq(vf->selector.section, section->name))
                        wake(vf);
        }
}

void config_add_when(struct strbuf *b, const struct config_section *section)
{
        if (section->when == WHEN_MANUAL) {
                strbuf_addf(b, "by hand: passthru-setup apply %s",
                            section->kind == SECTION_VF ? section->selector.section : section->name);
                return;
        }
        strbuf_add(b, section->n_vms > 0 ? "when VM " : "when a VM that has it starts");
        for (size_t i = 0; i < section->n_vms; i++)
                strbuf_addf(b, "%s%s%s",
                            i == 0                   ? ""
                            : i + 1 < section->n_vms ? ", "
                                                     : " or ",
                            section->vms[i], i + 1 < section->n_vms ? "" : " starts");
}
