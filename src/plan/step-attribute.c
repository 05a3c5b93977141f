/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps on attributes, in words. */
#include "plan/step-attribute.h"

#include "base/macro.h"
#include "property/pci-attribute.h"

bool step_sets_attribute(const struct plan_step *step)
{
        return step->kind == STEP_ATTRIBUTE || step->kind == STEP_BAR_SIZE || step->kind == STEP_ROM_DUMP;
}

/* d3cold is yes or no in the configuration, and a method's list may be empty. */
static const char *in_words(const struct plan_step *step, const char *value)
{
        if (streq(step->attribute, ATTRIBUTE_D3COLD))
                return streq(value, "0") ? "no" : "yes";
        return *value ? value : "none";
}

void pci_attribute_add(struct strbuf *b, const struct plan_step *step, const char *arrow)
{
        char key[ATTRIBUTE_KEY_MAX];

        if (step->kind == STEP_ROM_DUMP) {
                strbuf_addf(b, "ROM %s %s", arrow, step->value);
                return;
        }
        strbuf_add(b, pci_attribute_key(step->attribute, key));
        if (step->old && !streq(step->old, step->value))
                strbuf_addf(b, " %s %s", in_words(step, step->old), arrow);
        strbuf_addf(b, " %s", in_words(step, step->value));
}

bool step_is_for_claim(const struct plan_step *step, size_t item, const struct plan_claim *claim, const struct inventory *inv)
{
        if (step->item != item || !step->has_address || step->new_vf != (claim->function == NO_INDEX))
                return false;
        if (step->new_vf)
                return step->vf_index == claim->vf_index;
        return pci_address_compare(&step->address, &inv->functions[claim->function].address) == 0;
}
