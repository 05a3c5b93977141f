/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which steps of a plan may be done side by side: those that do not touch the same card. */
#pragma once

#include "plan/plan.h"

/* What a step touches. */
struct plan_place {
        bool everything; /* modules and mdevs: one after the other */
        uint64_t card;   /* the slot that the function is in; of a VF: its PF's */
        uint64_t vf;     /* 0: no VF, so that it concerns all of the card's; else another number for each of its VFs */
};

struct plan_place plan_place_of(const struct inventory *inv, const struct plan_step *step);

/* Whether of two steps the later one has to wait for the earlier. The functions of a card go one after the other (their
 * drivers know of each other), its VFs side by side, but not beside their PF. */
bool plan_places_meet(const struct plan_place *a, const struct plan_place *b);
