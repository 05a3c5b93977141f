/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From an event to what is to be done. */
#include "host/event.h"

#include <errno.h>
#include <stdlib.h>

#include "host/hotplug.h"
#include "host/remembered.h"
#include "host/snapshot.h"
#include "host/state-file.h"
#include "util/macro.h"
#include "util/strutil.h"

void event_result_clear(struct event_result *r)
{
        free(r->section);
        free(r->driver);
        free(r->wants);
        *r = (struct event_result){ 0 };
}

static bool is_concerned(const struct snapshot *s, size_t item, const struct plan_subject *subject, const struct plan_subject *but)
{
        return plan_concerns(s->plan, s->inventory, &s->plan->items[item], subject) &&
               !(but && plan_concerns(s->plan, s->inventory, &s->plan->items[item], but));
}

/* Whether more than an override is to be done, or there is a refusal to be told with its reason; but: other than what is to
 * be done for this one. */
static bool has_work(const struct snapshot *s, const struct plan_subject *subject, const struct plan_subject *but)
{
        const struct plan *plan = s->plan;

        for (size_t i = 0; i < plan->n_items; i++)
                if (plan->items[i].verdict == VERDICT_REFUSED && is_concerned(s, i, subject, but))
                        return true;
        for (size_t i = 0; i < plan->n_steps; i++)
                if ((plan->steps[i].kind != STEP_OVERRIDE || plan->steps[i].phase != PHASE_OVERRIDE) &&
                    is_concerned(s, plan->steps[i].item, subject, but))
                        return true;
        return false;
}

static int find_section(const struct plan *plan, size_t function, struct event_result *ret)
{
        for (size_t i = 0; function != NO_INDEX && i < plan->n_items; i++) {
                const struct plan_item *item = &plan->items[i];
                const char *driver = NULL;

                if (!item_is_open(item))
                        continue;
                for (size_t k = 0; k < item->n_claims && !driver; k++)
                        if (item->claims[k].function == function)
                                driver = item->claims[k].driver;
                if (driver || (item->section->kind == SECTION_SRIOV && item->pf == function))
                        return replace_string(&ret->section, item->section->name) < 0 ||
                                       replace_string(&ret->driver, driver) < 0
                                   ? -ENOMEM
                                   : 0;
        }
        return 0;
}

/* One run for all VFs of a PF, unless a section is about this VF alone. */
static int find_instance(const struct snapshot *s, const struct plan_subject *subject, const char *name,
                         struct event_result *ret)
{
        const struct inventory *inv = s->inventory;
        struct plan_subject pf = NO_SUBJECT;
        char address[PCI_ADDRESS_MAX];

        if (subject->function != NO_INDEX)
                pf.function = inv->functions[subject->function].physfn;
        if (pf.function != NO_INDEX && !has_work(s, subject, &pf))
                name = pci_address_format(&inv->functions[pf.function].address, address);
        return replace_string(&ret->wants, name);
}

static int leave_out_released(struct config *config, const struct state *state)
{
        for (size_t i = 0; state->n_released > 0 && i < config->n_sections; i++) {
                CLEANUP_FREE char *key = config_section_key(config->sections[i]);

                if (!key)
                        return -ENOMEM;
                config->sections[i]->left_out = state_is_released(state, key);
        }
        return 0;
}

int event_work(struct sys *sys, struct config *config, const char *name, struct event_result *ret)
{
        CLEANUP_STATE struct state state = { 0 };
        CLEANUP_SNAPSHOT struct snapshot s = { 0 };
        struct plan_subject subject;
        int r;

        (void) state_load(sys, false, &state); /* damaged, it tells nothing */
        r = leave_out_released(config, &state);
        if (r == 0)
                r = remembered_leave_out(sys, config);
        if (r == 0)
                r = snapshot_take(sys, config, &state, &s);
        if (r == 0)
                r = claim_overrides(sys, s.plan, s.inventory, &ret->claimed);
        /* At the boot's beginning: what the initramfs had in its configuration and this one has not. */
        if (r == 0 && !name && sys_exists(sys, INITRAMFS_FILE) && !hotplug_is_open(sys))
                r = claim_give_back_others(sys, s.plan, s.inventory);
        if (r < 0 || !name || !s.plan || !plan_find_subject(s.inventory, name, &subject))
                return r; /* gone, or none was asked for */
        r = find_section(s.plan, subject.function, ret);
        if (r == 0 && has_work(&s, &subject, NULL))
                r = find_instance(&s, &subject, name, ret);
        return r;
}
