/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of attributes, and steps on them in words. */
#include "core/pci-attribute.h"

#include <stdio.h>

#include "util/macro.h"
#include "util/strutil.h"

static const struct {
        const char *attribute;
        const char *key;
} names[] = {
        { ATTRIBUTE_RESET, "reset-method" },
        { ATTRIBUTE_D3COLD, "d3cold" },
        { ATTRIBUTE_POWER, "power-control" },
};

const char *bar_attribute(unsigned bar, char buf[static BAR_ATTRIBUTE_MAX])
{
        (void) snprintf(buf, BAR_ATTRIBUTE_MAX, "resource%u_resize", bar);
        return buf;
}

unsigned bar_of_attribute(const char *attribute)
{
        char buf[BAR_ATTRIBUTE_MAX];
        unsigned bar = 0;

        while (bar < PCI_BARS && !streq(bar_attribute(bar, buf), attribute))
                bar++;
        return bar;
}

const char *pci_attribute_key(const char *attribute, char buf[static ATTRIBUTE_KEY_MAX])
{
        unsigned bar = bar_of_attribute(attribute);

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (streq(names[i].attribute, attribute))
                        return names[i].key;
        if (bar == PCI_BARS)
                return NULL;
        (void) snprintf(buf, ATTRIBUTE_KEY_MAX, "bar-size.%u", bar);
        return buf;
}

bool pci_attribute_is_known(const char *attribute)
{
        char buf[ATTRIBUTE_KEY_MAX];

        return pci_attribute_key(attribute, buf);
}

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
