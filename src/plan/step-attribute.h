/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps that set an attribute of a function. */
#pragma once

#include "base/strbuf.h"
#include "plan/plan.h"

/* What a step does to an attribute, in the words of the configuration: "reset-method flr bus → bus"; without what was
 * there when that is not known. */
void pci_attribute_add(struct strbuf *b, const struct plan_step *step, const char *arrow);

/* Whether pci_attribute_add() has words for it. */
bool step_sets_attribute(const struct plan_step *step);

/* Whether the step is for the function of an item's claim. */
bool step_is_for_claim(const struct plan_step *step, size_t item, const struct plan_claim *claim, const struct inventory *inv);
