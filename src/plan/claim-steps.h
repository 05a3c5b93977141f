/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps of an item, found by the function that they are for: of many claims each is looked for once. */
#pragma once

#include "plan/plan.h"

/* The steps of an item that are for a function, sorted by it. */
struct claim_steps {
        const struct plan_step **steps;
        size_t n;
};

void claim_steps_find(const struct plan *plan, size_t item, struct claim_steps *ret);
void claim_steps_clear(struct claim_steps *steps);
#define CLEANUP_CLAIM_STEPS CLEANUP(claim_steps_clear)

/* Those of one claim's function, in their order: *ret_n of them. */
const struct plan_step **claim_steps_of(const struct claim_steps *steps, const struct plan_claim *claim,
                                        const struct inventory *inv, size_t *ret_n);
