/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Release: the steps back to what was set of VFs that were there before, and of their PF's interface; and whose VFs go. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "build/plan-internal.h"
#include "device/netdev.h"
#include "release/release-internal.h"

void release_driver_step(struct releaser *b, enum stage stage, enum step_kind kind, size_t item,
                         const struct pci_function *f)
{
        bool bind = kind == STEP_BIND;
        struct plan_step *step = release_step(b, stage, kind, bind ? PHASE_DEVICE_DRIVER : PHASE_VF_UNBIND, item, f->driver,
                                              bind ? f->driver : NULL);

        step->has_address = true;
        step->address = f->address;
        step->guarded = !bind && driver_is_vfio(f->driver);
        step->always = bind; /* whatever became of what lies between */
}

bool release_leaves_driver(const struct state_device *d, const struct pci_function *f)
{
        return d->has_driver && !streq_ptr(f->driver, d->driver) && (!d->to || streq(f->driver, d->to));
}

void release_settings(struct releaser *b, size_t item, const struct state_device *d, const struct pci_function *f)
{
        static const struct values unknown;
        uint64_t differ =
                values_difference(&d->before, f->values ? f->values : &unknown) & property_scope_mask(SCOPE_VF);
        bool rebind = settings_need_bind(f, differ);

        if (rebind)
                release_driver_step(b, STAGE_VF_SETTINGS, STEP_UNBIND, item, f);
        for (enum property p = 0; p < PROPERTY_MAX; p++)
                if (property_leads_group(p) && (property_group(p) & differ))
                        release_set(b, STAGE_VF_SETTINGS, PHASE_VF_SET, item, d, f, property_group(p) & differ);
        if (rebind && !release_leaves_driver(d, f))
                release_driver_step(b, STAGE_DRIVERS, STEP_BIND, item, f);
}

static bool has_unseen_vf(const struct pci_function *pf)
{
        for (unsigned i = 0; i < pf->numvfs; i++)
                if (pf->vfs[i] == NO_INDEX)
                        return true;
        return false;
}

const char *release_unseen(const struct state_device *d, const struct pci_function *f)
{
        if (f && (d->before.known & property_scope_mask(SCOPE_VF)) && f->physfn == NO_INDEX)
                return "the PF";
        if (f && values_have(&d->before, PROPERTY_ESWITCH) && f->driver && eswitch_of(f->values) == ESWITCH_UNKNOWN)
                return "the eswitch";
        if (f && release_changes_eswitch(d, f) && has_unseen_vf(f))
                return "a VF";
        /* Without a driver it has none to be given back. */
        return f && (d->before.known & property_scope_mask(SCOPE_NETDEV)) && f->driver && !netdev_at_port(f, d->port)
                       ? "the interface"
                       : NULL;
}

void release_interface(struct releaser *b, size_t item, const struct state_device *d, const struct pci_function *f)
{
        const struct netdev *n = netdev_at_port(f, d->port);

        for (enum property p = 0; n && p < PROPERTY_MAX; p++) {
                struct plan_step *step;

                if (!values_have(&d->before, p) || properties[p].scope != SCOPE_NETDEV)
                        continue;
                step = release_set(b, STAGE_PF, PHASE_PF, item, d, f, PROPERTY_BIT(p));
                replace_string(&step->subject, n->name);
        }
}

/* The section's name of one that has the VF, "device vm", other than the one that is released; *ret NULL: none. The state
 * knows what was changed for a section, the configuration also one that found its VF as it should be. */
static void find_holder(const struct releaser *b, const struct config_section *own, const struct pci_function *pf,
                        unsigned i, char **ret)
{
        const struct pci_function *vf = pf->vfs[i] == NO_INDEX ? NULL : &b->inv->functions[pf->vfs[i]];
        const struct state_device *d = vf ? state_find_device(b->in->state, &vf->address) : NULL;

        *ret = NULL;
        if (d && d->section && !config_section_is(own, d->section)) {
                *ret = xstrdup(d->section);
                return;
        }
        for (size_t k = 0; b->in->config && k < b->in->config->n_sections; k++) {
                const struct config_section *s = b->in->config->sections[k];
                CLEANUP_FREE char *key = NULL;

                if (!s->enabled || s->selector.kind != SELECTOR_VF || s->selector.vf_index != i ||
                    !streq(s->selector.section, own->name))
                        continue;
                key = config_section_key(s);
                if (state_is_released(b->in->state, key))
                        continue;
                *ret = STEAL(key);
                return;
        }
}

#define HOLDERS_MAX 4 /* named; the rest is counted */

static void note_lost_vfs(struct releaser *b, struct plan_item *item, const struct pci_function *pf)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };
        size_t n = 0;

        for (unsigned i = 0; i < pf->numvfs; i++) {
                CLEANUP_FREE char *holder = NULL;

                find_holder(b, item->section, pf, i, &holder);
                if (holder && n++ < HOLDERS_MAX)
                        strbuf_addf(&text, "%sVF %u of [%s]", n == 1 ? "removes " : ", ", i, holder);
        }
        if (n > HOLDERS_MAX)
                strbuf_addf(&text, " and %zu more", n - HOLDERS_MAX);
        if (!(n == 0))
                item->note = strbuf_steal(&text);
}

void release_note_lost_vfs(struct releaser *b)
{
        const struct plan *plan = b->out->plan;

        for (size_t i = 0; i < plan->n_steps; i++) {
                const struct plan_step *step = &plan->steps[i];
                struct plan_item *item = &plan->items[step->item];

                if (step->kind == STEP_NUMVFS && streq(step->value, "0") && !item->note)
                        note_lost_vfs(b, item, inventory_find(b->inv, &step->address));
        }
}
