/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of attributes. */
#include "property/pci-attribute.h"

#include <stdio.h>

#include "base/macro.h"
#include "base/strutil.h"

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
