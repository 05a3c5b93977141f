/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What plan and status say of devices on other buses than PCI. */
#include <stdlib.h>

#include "base/macro.h"
#include "view/rows-internal.h"

void add_bus_change(struct strbuf *b, const struct plan_item *item, const struct bus_device *d, const char *arrow)
{
        if (streq_ptr(d->driver, item->section->driver))
                strbuf_addf(b, "%s, + override", d->driver);
        else
                strbuf_addf(b, "%s %s %s", driver_word(d->driver), arrow, item->section->driver);
}

void add_bus_drivers(struct strbuf *b, const struct plan_item *item, const struct inventory *inv)
{
        size_t n = 0;

        for (size_t i = 0; i < item->n_bus_claims; i++)
                n += streq_ptr(inv->bus_devices[item->bus_claims[i].device].driver, item->section->driver);
        if (n > 0 && n < item->n_bus_claims)
                strbuf_addf(b, "%zu of %zu on %s", n, item->n_bus_claims, item->section->driver);
        else if (item->n_bus_claims > 0)
                strbuf_add(b, driver_word(inv->bus_devices[item->bus_claims[0].device].driver));
}

bool any_bus_change(const struct plan_item *item, const struct inventory *inv)
{
        for (size_t i = 0; i < item->n_bus_claims; i++)
                if (!streq_ptr(inv->bus_devices[item->bus_claims[i].device].driver, item->section->driver))
                        return true;
        return item->n_bus_claims == 0;
}
