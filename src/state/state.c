/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state as a model: finding, adding and freeing its entries. Its text is in state-text.c. */
#include "state/state.h"
#include "base/alloc.h"
#include "device/vgpu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"

void state_drop_failure(struct state *state, size_t i)
{
        free(state->failures[i].section);
        free(state->failures[i].text);
        state->n_failures--;
        memmove(&state->failures[i], &state->failures[i + 1], (state->n_failures - i) * sizeof(*state->failures));
}

void state_clear_failures(struct state *state)
{
        while (state->n_failures > 0)
                state_drop_failure(state, state->n_failures - 1);
}

void state_device_clear(struct state_device *d)
{
        struct pci_address a = d->address;

        free(d->section);
        free(d->selector);
        free(d->driver);
        free(d->to);
        free(d->override_);
        *d = (struct state_device){ .address = a };
}

static void mdev_clear(struct state_mdev *m)
{
        free(m->section);
        free(m->parent);
        free(m->type);
}

void state_free(struct state *state)
{
        for (size_t i = 0; i < state->n_devices; i++)
                state_device_clear(&state->devices[i]);
        free(state->devices);
        for (size_t i = 0; i < state->n_bus_devices; i++)
                state_bus_device_clear(&state->bus_devices[i]);
        free(state->bus_devices);
        for (size_t i = 0; i < state->n_mdevs; i++)
                mdev_clear(&state->mdevs[i]);
        free(state->mdevs);
        state_clear_failures(state);
        free(state->failures);
        for (size_t i = 0; i < state->n_released; i++)
                free(state->released[i]);
        free(state->released);
        state_holds_clear(state);
        *state = (struct state){ 0 };
}

static bool is_there(const struct inventory *inv, const struct pci_address *a)
{
        for (size_t i = 0; i < inv->n_unreadable; i++)
                if (pci_address_compare(&inv->unreadable[i].address, a) == 0)
                        return true;
        return inventory_find(inv, a) != NULL;
}

static bool has_vgpu(const struct inventory *inv, const struct state_mdev *m)
{
        const struct mdev_parent *vf = vgpu_find(inv, m->parent);

        return vf && vgpu_is(inv, vf, m->type);
}

void state_prune(struct state *state, const struct inventory *inv)
{
        size_t kept = 0;

        for (size_t i = 0; i < state->n_devices; i++)
                if (is_there(inv, &state->devices[i].address))
                        state->devices[kept++] = state->devices[i];
                else
                        state_device_clear(&state->devices[i]);
        state->changed = state->changed || kept != state->n_devices;
        state->n_devices = kept;
        for (size_t i = state->n_bus_devices; i-- > 0;)
                if (inventory_find_bus_device(inv, state->bus_devices[i].bus, state->bus_devices[i].name) == NO_INDEX)
                        state_drop_bus_device(state, i);
        kept = 0;
        for (size_t i = 0; i < state->n_mdevs; i++)
                if (inventory_find_mdev(inv, state->mdevs[i].uuid) || has_vgpu(inv, &state->mdevs[i]))
                        state->mdevs[kept++] = state->mdevs[i];
                else
                        mdev_clear(&state->mdevs[i]);
        state->changed = state->changed || kept != state->n_mdevs;
        state->n_mdevs = kept;
}

static int compare_address(const void *key, const void *item)
{
        return pci_address_compare(key, &((const struct state_device *) item)->address);
}

struct state_device *state_find_device(const struct state *state, const struct pci_address *a)
{
        if (state->n_devices == 0)
                return NULL;
        return bsearch(a, state->devices, state->n_devices, sizeof(*state->devices), compare_address);
}

struct state_device *state_get_device(struct state *state, const struct pci_address *a)
{
        struct state_device *d = state_find_device(state, a);
        size_t i;

        if (d)
                return d;
        ARRAY_APPEND(state->devices, state->n_devices, state->alloc_devices);
        /* Kept sorted. Most come in order, at the end. */
        for (i = state->n_devices - 1; i > 0 && pci_address_compare(&state->devices[i - 1].address, a) > 0; i--)
                state->devices[i] = state->devices[i - 1];
        state->devices[i] = (struct state_device){ .address = *a };
        return &state->devices[i];
}

void state_drop_device(struct state *state, size_t i)
{
        state_device_clear(&state->devices[i]);
        state->n_devices--;
        memmove(&state->devices[i], &state->devices[i + 1], (state->n_devices - i) * sizeof(*state->devices));
        state->changed = true;
}

void state_drop_mdev(struct state *state, size_t i)
{
        mdev_clear(&state->mdevs[i]);
        state->n_mdevs--;
        memmove(&state->mdevs[i], &state->mdevs[i + 1], (state->n_mdevs - i) * sizeof(*state->mdevs));
        state->changed = true;
}

void state_forget(struct state *state, const struct pci_address *a)
{
        const struct state_device *d = state_find_device(state, a);
        char address[PCI_ADDRESS_MAX];

        if (d)
                state_drop_device(state, (size_t) (d - state->devices));
        (void) pci_address_format(a, address);
        for (size_t i = state->n_mdevs; i-- > 0;)
                if (streq_ptr(state->mdevs[i].parent, address))
                        state_drop_mdev(state, i);
}

/* section: "device gpu" */
static void add_name(const char **names, size_t *n, const char *section)
{
        const char *blank = section ? strchr(section, ' ') : NULL;

        if (blank)
                names[(*n)++] = blank + 1;
}

const char **state_held_names(const struct state *state, size_t *ret)
{
        const char **names = xcalloc(state->n_devices + state->n_bus_devices + state->n_mdevs + state->n_holds + 1,
                                      sizeof(*names));
        size_t n = 0;

        for (size_t i = 0; i < state->n_devices; i++)
                add_name(names, &n, state->devices[i].section);
        for (size_t i = 0; i < state->n_bus_devices; i++)
                add_name(names, &n, state->bus_devices[i].section);
        for (size_t i = 0; i < state->n_mdevs; i++)
                add_name(names, &n, state->mdevs[i].section);
        for (size_t i = 0; i < state->n_holds; i++)
                add_name(names, &n, state->holds[i].section);
        *ret = n;
        return names;
}

/* Failures and what is released are sorted by their sections, whose names come first in both. */
static int compare_sections(const void *a, const void *b)
{
        return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Where a section is in such an array of n elements of size bytes, or is to be inserted. */
static bool find_section(const void *array, size_t n, size_t size, const char *section, size_t *ret)
{
        size_t low = 0, high = n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int c = compare_sections((const char *) array + middle * size, &section);

                if (c == 0) {
                        *ret = middle;
                        return true;
                }
                if (c < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        *ret = low;
        return false;
}

static bool find_released(const struct state *state, const char *section, size_t *ret)
{
        return find_section(state->released, state->n_released, sizeof(*state->released), section, ret);
}

static bool find_failure(const struct state *state, const char *section, size_t *ret)
{
        return find_section(state->failures, state->n_failures, sizeof(*state->failures), section, ret);
}

int state_sort_sections(struct state *state)
{
        for (size_t i = 0; i < state->n_failures; i++)
                if (!state->failures[i].section)
                        return -EBADMSG;
        if (state->n_failures > 1)
                qsort(state->failures, state->n_failures, sizeof(*state->failures), compare_sections);
        if (state->n_released > 1)
                qsort(state->released, state->n_released, sizeof(*state->released), compare_sections);
        return 0;
}

bool state_is_released(const struct state *state, const char *section)
{
        size_t i;

        return find_released(state, section, &i);
}

void state_set_released(struct state *state, const char *section)
{
        CLEANUP_FREE char *copy = NULL;
        size_t i;

        if (find_released(state, section, &i))
                return;
        copy = xstrdup(section);
        ARRAY_APPEND(state->released, state->n_released, state->alloc_released);
        memmove(&state->released[i + 1], &state->released[i], (state->n_released - 1 - i) * sizeof(*state->released));
        state->released[i] = STEAL(copy);
        state->changed = true;
}

void state_clear_released(struct state *state, const char *section)
{
        size_t i;

        if (!find_released(state, section, &i))
                return;
        free(state->released[i]);
        state->n_released--;
        memmove(&state->released[i], &state->released[i + 1], (state->n_released - i) * sizeof(*state->released));
        state->changed = true;
}

struct state_mdev *state_find_mdev(const struct state *state, const uint8_t uuid[static 16])
{
        for (size_t i = 0; i < state->n_mdevs; i++)
                if (memcmp(state->mdevs[i].uuid, uuid, 16) == 0)
                        return &state->mdevs[i];
        return NULL;
}

void state_add_mdev(struct state *state, const uint8_t uuid[static 16], const char *section, const char *parent,
                    const char *type)
{
        struct state_mdev *m = state_find_mdev(state, uuid);

        if (!m)
                m = ARRAY_APPEND(state->mdevs, state->n_mdevs, state->alloc_mdevs);
        memcpy(m->uuid, uuid, sizeof(m->uuid));
        replace_string(&m->section, section);
        replace_string(&m->parent, parent);
        replace_string(&m->type, type);
}

const struct state_failure *state_find_failure(const struct state *state, const char *section)
{
        size_t i;

        return find_failure(state, section, &i) ? &state->failures[i] : NULL;
}

void state_add_failure(struct state *state, const char *section, int error, const char *text)
{
        struct state_failure f = { .error = error };
        size_t i;

        if (find_failure(state, section, &i))
                return; /* the first is the cause of the others */
        replace_string(&f.section, section);
        replace_string(&f.text, text);
        ARRAY_APPEND(state->failures, state->n_failures, state->alloc_failures);
        memmove(&state->failures[i + 1], &state->failures[i], (state->n_failures - 1 - i) * sizeof(*state->failures));
        state->failures[i] = f;
}
