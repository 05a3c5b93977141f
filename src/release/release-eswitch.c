/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Release: back to the mode that a PF's eswitch had. */

#include "base/strutil.h"
#include "build/plan-internal.h"
#include "release/release-internal.h"

bool release_changes_eswitch(const struct state_device *d, const struct pci_function *pf)
{
        /* Without its driver there is none; one that can't be seen is reported by release_unseen(). */
        return values_have(&d->before, PROPERTY_ESWITCH) && pf->values && values_have(pf->values, PROPERTY_ESWITCH) &&
               eswitch_of(pf->values) != eswitch_of(&d->before);
}

bool release_remakes_vfs(const struct state_device *d, const struct pci_function *pf)
{
        return release_changes_eswitch(d, pf) && pf->numvfs > 0 && eswitch_order_of(pf->driver) == ESWITCH_WITHOUT_VFS;
}

bool release_changes_vfs(const struct state_device *d, const struct pci_function *pf)
{
        return (d->has_numvfs && d->numvfs != pf->numvfs) || release_remakes_vfs(d, pf);
}

void release_eswitch_mode(struct releaser *b, enum stage stage, size_t item, const struct state_device *d,
                          const struct pci_function *pf)
{
        enum step_phase phase = stage == STAGE_VFS ? PHASE_VFS : PHASE_ESWITCH;
        struct plan_step *step;

        if (!release_changes_eswitch(d, pf))
                return;
        step = release_set(b, stage, phase, item, d, pf, PROPERTY_BIT(PROPERTY_ESWITCH));
        step->guarded = pf->numvfs > 0;
}

/* Whether release itself brings the VF to another driver. */
static bool goes_elsewhere(const struct releaser *b, const struct pci_function *f)
{
        const struct state_device *d = state_find_device(b->in->state, &f->address);

        return d && release_item(b->out, d->section) != NO_INDEX && d->vendor == f->vendor && d->device == f->device &&
               (!b->in->held || release_is_held(b->in->held, b->inv, d)) && release_leaves_driver(d, f);
}

void release_eswitch(struct releaser *b, size_t item, const struct state_device *d, const struct pci_function *pf)
{
        bool unbound = release_changes_eswitch(d, pf) && eswitch_order_of(pf->driver) == ESWITCH_UNBOUND_VFS;

        for (unsigned i = 0; unbound && i < pf->numvfs; i++) {
                const struct pci_function *f = pf->vfs[i] == NO_INDEX ? NULL : &b->inv->functions[pf->vfs[i]];

                if (!f || !f->driver)
                        continue;
                release_driver_step(b, STAGE_ESWITCH, STEP_UNBIND, item, f);
                if (!goes_elsewhere(b, f))
                        release_driver_step(b, STAGE_DRIVERS, STEP_BIND, item, f);
        }
        release_eswitch_mode(b, STAGE_ESWITCH, item, d, pf);
}
