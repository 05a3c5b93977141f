/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a step touches, as numbers that are compared quickly: a plan of hundreds of VFs compares thousands of them. */
#include "apply/parallel.h"

#include <string.h>

#include "config/claims.h"

static uint64_t slot_of(const struct pci_address *a)
{
        return (uint64_t) a->domain << 16 | (uint64_t) a->bus << 8 | a->device;
}

/* A slot may hold several PFs, each with a VF 0. */
static struct plan_place place_of_vf(const struct pci_address *pf, unsigned vf_index)
{
        return (struct plan_place){ .card = slot_of(pf), .vf = ((uint64_t) pf->function << 32 | vf_index) + 1 };
}

struct plan_place plan_place_of(const struct inventory *inv, const struct plan_step *step)
{
        const struct pci_function *f;
        struct plan_place place = { .card = slot_of(&step->address) };

        /* One that is taken for another's by chance waits for it, and no more. */
        if (step->bus != BUS_PCI)
                return (struct plan_place){ .card = UINT64_C(1) << 63 | claims_hash(CLAIMS_HASH, step->subject, strlen(step->subject)) };
        if (!step->has_address || step->kind == STEP_MODULE_LOAD || step->kind == STEP_MODULE_PARAM ||
            step->kind == STEP_MDEV_CREATE || step->kind == STEP_MDEV_ATTR || step->kind == STEP_MDEV_REMOVE)
                return (struct plan_place){ .everything = true };
        f = step->new_vf ? NULL : inventory_find(inv, &step->address);
        if (step->new_vf)
                place = place_of_vf(&step->address, step->vf_index);
        else if (f && f->physfn != NO_INDEX)
                place = place_of_vf(&inv->functions[f->physfn].address, f->vf_index);
        /* By commands to the PF's controller. */
        if (step->kind == STEP_VF_QUEUES)
                place.vf = 0;
        return place;
}

bool plan_places_meet(const struct plan_place *a, const struct plan_place *b)
{
        return a->everything || b->everything || (a->card == b->card && (a->vf == 0 || b->vf == 0 || a->vf == b->vf));
}
