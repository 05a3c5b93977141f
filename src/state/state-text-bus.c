/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state's text of devices on other buses than PCI. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/strutil.h"
#include "state/state-text.h"

/* A name can be longer than a section's may be, so they are numbered. */
void state_put_bus_devices(struct strbuf *b, const struct state *state)
{
        for (size_t i = 0; i < state->n_bus_devices; i++) {
                const struct state_bus_device *d = &state->bus_devices[i];

                strbuf_addf(b, "\n[bus-device %zu]\nbus = %s\n", i, bus_name(d->bus));
                state_put(b, "name", d->name);
                state_put(b, "section", d->section);
                state_put(b, "driver", d->driver);
                state_put(b, "override", d->override_);
                state_put(b, "to", d->to);
        }
}

/* Numbered in order, as failures are; the first line of each is its bus. */
int state_take_bus_device(struct state *state, uint64_t index, const char *name, const char *value)
{
        struct state_bus_device *d;

        if (streq(name, "bus")) {
                enum bus_kind bus = bus_from_name(value);

                if (index != state->n_bus_devices || bus == BUS_PCI || bus == BUS_OTHER)
                        return -EBADMSG;
                d = ARRAY_APPEND(state->bus_devices, state->n_bus_devices, state->alloc_bus_devices);
                d->bus = bus;
                d->name = xstrdup("");
                return 0;
        }
        if (index + 1 != state->n_bus_devices)
                return -EBADMSG;
        d = &state->bus_devices[index];
        if (streq(name, "name")) {
                int r = state_take(&d->name, value);

                return r < 0 || bus_is_device_name(d->name) ? r : -EBADMSG;
        }
        if (streq(name, "section"))
                return state_take(&d->section, value);
        if (streq(name, "driver"))
                return state_take(&d->driver, value);
        if (streq(name, "override"))
                return state_take(&d->override_, value);
        return streq(name, "to") ? state_take(&d->to, value) : -EBADMSG;
}

bool state_bus_devices_are_named(const struct state *state)
{
        for (size_t i = 0; i < state->n_bus_devices; i++)
                if (!bus_is_device_name(state->bus_devices[i].name))
                        return false;
        return true;
}
