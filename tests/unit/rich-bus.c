/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rich machine's devices on other buses than PCI, and what the state says of one. */
#include <stdio.h>

#include "base/array.h"
#include "unit/facts.h"
#include "unit/kit.h"
#include "unit/rich.h"

void rich_buses(struct inventory *inv)
{
        static const struct {
                enum bus_kind bus;
                const char *name, *driver;
                bool overridable;
                int group;
        } devices[] = {
                { BUS_PLATFORM, "fff51000.ethernet", "xgmac", true, 90 },
                { BUS_AMBA, "2b600000.dma", "pl330", true, 91 },
                { BUS_AMBA, "2b610000.dma", "pl330", true, 91 },
                { BUS_AMBA, "2b620000.dma", "pl330", true, 92 },
                { BUS_OTHER, "fourth", "host1x", false, 92 },
                { BUS_AP, "03.0006", "cex4queue", false, NO_GROUP },
                { BUS_CSS, "0.0.0313", "vfio_ccw", true, NO_GROUP },
        };

        for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
                struct bus_device *d = ARRAY_APPEND(inv->bus_devices, inv->n_bus_devices, inv->alloc_bus_devices);
                char path[64];

                assert_non_null(d);
                (void) snprintf(path, sizeof(path), "platform/%s", devices[i].name);
                *d = (struct bus_device){ .bus = devices[i].bus,
                                          .name = xstrdup(devices[i].name),
                                          .driver = xstrdup(devices[i].driver),
                                          .overridable = devices[i].overridable,
                                          .group = devices[i].group,
                                          .path = xstrdup(path) };
        }
}

void rich_bus_state(struct state *state)
{
        struct state_bus_device *d = state_get_bus_device(state, BUS_CSS, "0.0.0313");

        assert_non_null(d);
        d->section = xstrdup("device channel");
        d->driver = xstrdup("io_subchannel");
        d->to = xstrdup("vfio_ccw");
}
