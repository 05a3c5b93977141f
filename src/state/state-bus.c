/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the state keeps of devices on other buses than PCI. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "state/state.h"

void state_bus_device_clear(struct state_bus_device *d)
{
        free(d->name);
        free(d->section);
        free(d->driver);
        free(d->override_);
        free(d->to);
        *d = (struct state_bus_device){ 0 };
}

struct state_bus_device *state_find_bus_device(const struct state *state, enum bus_kind bus, const char *name)
{
        for (size_t i = 0; i < state->n_bus_devices; i++)
                if (state->bus_devices[i].bus == bus && streq(state->bus_devices[i].name, name))
                        return &state->bus_devices[i];
        return NULL;
}

struct state_bus_device *state_get_bus_device(struct state *state, enum bus_kind bus, const char *name)
{
        struct state_bus_device *d = state_find_bus_device(state, bus, name);
        CLEANUP_FREE char *copy = NULL;

        if (d)
                return d;
        copy = xstrdup(name);
        d = ARRAY_APPEND(state->bus_devices, state->n_bus_devices, state->alloc_bus_devices);
        d->bus = bus;
        d->name = STEAL(copy);
        return d;
}

void state_drop_bus_device(struct state *state, size_t i)
{
        state_bus_device_clear(&state->bus_devices[i]);
        state->n_bus_devices--;
        memmove(&state->bus_devices[i], &state->bus_devices[i + 1],
                (state->n_bus_devices - i) * sizeof(*state->bus_devices));
        state->changed = true;
}

void state_record_bus_device(struct state *state, const char *section, const struct bus_device *now, const char *to)
{
        bool known = state_find_bus_device(state, now->bus, now->name) != NULL;
        struct state_bus_device *d = state_get_bus_device(state, now->bus, now->name);

        replace_string(&d->section, section);
        replace_string(&d->to, to);
        if (known)
                return;
        replace_string(&d->driver, now->driver);
        replace_string(&d->override_, now->driver_override);
}
