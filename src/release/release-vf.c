/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Release: the steps back to what was set of VFs that were there before, and of their PF's interface; and whose VFs go. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/strutil.h"
#include "build/plan-internal.h"
#include "device/netdev.h"
#include "release/release-internal.h"

int release_driver_step(struct releaser *b, enum stage stage, enum step_kind kind, size_t item, const struct pci_function *f)
{
        bool bind = kind == STEP_BIND;
        struct plan_step *step = release_step(b, stage, kind, bind ? PHASE_DEVICE_DRIVER : PHASE_VF_UNBIND, item, f->driver,
                                              bind ? f->driver : NULL);

        if (!step)
                return -ENOMEM;
        step->has_address = true;
        step->address = f->address;
        step->guarded = !bind && driver_is_vfio(f->driver);
        step->always = bind; /* whatever became of what lies between */
        return 0;
}

bool release_leaves_driver(const struct state_device *d, const struct pci_function *f)
{
        return d->has_driver && !streq_ptr(f->driver, d->driver) && (!d->to || streq(f->driver, d->to));
}

int release_settings(struct releaser *b, size_t item, const struct state_device *d, const struct pci_function *f)
{
        static const struct values unknown;
        uint64_t differ =
                values_difference(&d->before, f->values ? f->values : &unknown) & property_scope_mask(SCOPE_VF);
        bool anew = settings_need_bind(f, differ);
        int r = anew ? release_driver_step(b, STAGE_VF_SETTINGS, STEP_UNBIND, item, f) : 0;

        for (enum property p = 0; p < PROPERTY_MAX && r == 0; p++)
                if (property_leads_group(p) && (property_group(p) & differ))
                        r = release_set(b, STAGE_VF_SETTINGS, PHASE_VF_SET, item, d, f, property_group(p) & differ)
                                    ? 0
                                    : -ENOMEM;
        return r == 0 && anew && !release_leaves_driver(d, f) ? release_driver_step(b, STAGE_DRIVERS, STEP_BIND, item, f) : r;
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

int release_interface(struct releaser *b, size_t item, const struct state_device *d, const struct pci_function *f)
{
        const struct netdev *n = netdev_at_port(f, d->port);
        int r = 0;

        for (enum property p = 0; n && p < PROPERTY_MAX && r == 0; p++) {
                struct plan_step *step;

                if (!values_have(&d->before, p) || properties[p].scope != SCOPE_NETDEV)
                        continue;
                step = release_set(b, STAGE_PF, PHASE_PF, item, d, f, PROPERTY_BIT(p));
                r = step ? replace_string(&step->subject, n->name) : -ENOMEM;
        }
        return r;
}

/* The section's name of one that has the VF, "device vm", other than the one that is released; *ret NULL: none. The state
 * knows what was changed for a section, the configuration also one that found its VF as it should be. 0 or -ENOMEM. */
static int find_holder(const struct releaser *b, const struct config_section *own, const struct pci_function *pf, unsigned i,
                       char **ret)
{
        const struct pci_function *vf = pf->vfs[i] == NO_INDEX ? NULL : &b->inv->functions[pf->vfs[i]];
        const struct state_device *d = vf ? state_find_device(b->in->state, &vf->address) : NULL;

        *ret = NULL;
        if (d && d->section && !config_section_is(own, d->section)) {
                *ret = strdup(d->section);
                return *ret ? 0 : -ENOMEM;
        }
        for (size_t k = 0; b->in->config && k < b->in->config->n_sections; k++) {
                const struct config_section *s = b->in->config->sections[k];
                CLEANUP_FREE char *key = NULL;

                if (!s->enabled || s->selector.kind != SELECTOR_VF || s->selector.vf_index != i ||
                    !streq(s->selector.section, own->name))
                        continue;
                key = config_section_key(s);
                if (!key)
                        return -ENOMEM;
                if (state_is_released(b->in->state, key))
                        continue;
                *ret = STEAL(key);
                return 0;
        }
        return 0;
}

#define HOLDERS_MAX 4 /* named; the rest is counted */

static int note_lost_vfs(struct releaser *b, struct plan_item *item, const struct pci_function *pf)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };
        size_t n = 0;

        for (unsigned i = 0; i < pf->numvfs; i++) {
                CLEANUP_FREE char *holder = NULL;
                int r = find_holder(b, item->section, pf, i, &holder);

                if (r < 0)
                        return r;
                if (holder && n++ < HOLDERS_MAX)
                        strbuf_addf(&text, "%sVF %u of [%s]", n == 1 ? "removes " : ", ", i, holder);
        }
        if (n > HOLDERS_MAX)
                strbuf_addf(&text, " and %zu more", n - HOLDERS_MAX);
        return n == 0 ? 0 : strbuf_steal(&text, &item->note);
}

int release_note_lost_vfs(struct releaser *b)
{
        const struct plan *plan = b->out->plan;
        int r = 0;

        for (size_t i = 0; i < plan->n_steps && r == 0; i++) {
                const struct plan_step *step = &plan->steps[i];
                struct plan_item *item = &plan->items[step->item];

                if (step->kind == STEP_NUMVFS && streq(step->value, "0") && !item->note)
                        r = note_lost_vfs(b, item, inventory_find(b->inv, &step->address));
        }
        return r;
}
