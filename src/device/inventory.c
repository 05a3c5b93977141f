/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inventory model: indexing, finding and freeing it. */
#include "device/inventory.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "property/nvme-virt.h"

void pci_function_clear(struct pci_function *f)
{
        free(f->driver);
        free(f->driver_override);
        free(f->path);
        free(f->name);
        free(f->subsystem);
        free(f->vfs);
        free(f->values);
        for (size_t i = 0; i < f->n_netdevs; i++) {
                free(f->netdevs[i].name);
                free(f->netdevs[i].altname);
        }
        free(f->netdevs);
        for (size_t i = 0; i < f->n_serials; i++)
                free(f->serials[i]);
        free(f->serials);
        free(f->resets);
        free(f->details);
        nvme_virt_free(f->nvme);
}

static void parent_clear(struct mdev_parent *p)
{
        for (size_t i = 0; i < p->n_types; i++) {
                free(p->types[i].id);
                free(p->types[i].name);
                free(p->types[i].description);
                free(p->types[i].device_api);
        }
        free(p->types);
        free(p->name);
        free(p->path);
}

static void module_clear(struct module_info *m)
{
        for (size_t i = 0; i < m->n_params; i++) {
                free(m->params[i].name);
                free(m->params[i].value);
        }
        free(m->params);
        free(m->name);
}

void bus_device_clear(struct bus_device *d)
{
        free(d->name);
        free(d->driver);
        free(d->driver_override);
        free(d->path);
        free(d->group_path);
}

void inventory_free(struct inventory *inv)
{
        if (!inv)
                return;
        for (size_t i = 0; i < inv->n_bus_devices; i++)
                bus_device_clear(&inv->bus_devices[i]);
        free(inv->bus_devices);
        for (size_t i = 0; i < inv->n_bus_drivers; i++)
                free(inv->bus_drivers[i].name);
        free(inv->bus_drivers);
        for (size_t i = 0; i < inv->n_functions; i++)
                pci_function_clear(&inv->functions[i]);
        free(inv->functions);
        free(inv->by_id);
        free(inv->by_group);
        for (size_t i = 0; i < inv->n_parents; i++)
                parent_clear(&inv->parents[i]);
        free(inv->parents);
        for (size_t i = 0; i < inv->n_mdevs; i++)
                free(inv->mdevs[i].type);
        free(inv->mdevs);
        for (size_t i = 0; i < inv->n_drivers; i++)
                free(inv->drivers[i]);
        free(inv->drivers);
        for (size_t i = 0; i < inv->n_modules; i++)
                module_clear(&inv->modules[i]);
        free(inv->modules);
        for (size_t i = 0; i < inv->n_aliases; i++) {
                free(inv->aliases[i].pattern);
                free(inv->aliases[i].module);
        }
        free(inv->aliases);
        free(inv->unreadable);
        for (size_t i = 0; i < inv->n_slots; i++)
                free(inv->slots[i].name);
        free(inv->slots);
        for (size_t i = 0; i < inv->n_consoles; i++)
                free(inv->consoles[i]);
        free(inv->consoles);
        free(inv);
}

static int compare_ids(const struct pci_function *x, const struct pci_function *y)
{
        if (x->vendor != y->vendor)
                return x->vendor < y->vendor ? -1 : 1;
        if (x->device != y->device)
                return x->device < y->device ? -1 : 1;
        return 0;
}

static int compare_by_id(const void *a, const void *b, void *userdata)
{
        const struct inventory *inv = userdata;
        const size_t *x = a, *y = b;
        int r = compare_ids(&inv->functions[*x], &inv->functions[*y]);

        return r != 0 ? r : (*x > *y) - (*x < *y);
}

static int compare_by_group(const void *a, const void *b, void *userdata)
{
        const struct inventory *inv = userdata;
        const size_t *x = a, *y = b;
        int g = inv->functions[*x].group, h = inv->functions[*y].group;

        return g != h ? (g > h) - (g < h) : (*x > *y) - (*x < *y);
}

static int compare_mdevs(const void *a, const void *b)
{
        const struct mdev_device *x = a, *y = b;

        return memcmp(x->uuid, y->uuid, sizeof(x->uuid));
}

struct values *function_values(struct pci_function *f)
{
        if (!f->values)
                f->values = xcalloc(1, sizeof(*f->values));
        return f->values;
}

struct pci_details *function_details(struct pci_function *f)
{
        if (!f->details)
                f->details = xcalloc(1, sizeof(*f->details));
        return f->details;
}

bool settings_need_bind(const struct pci_function *vf, uint64_t mask)
{
        for (enum property p = 0; p < PROPERTY_MAX && vf->driver; p++)
                if ((mask & PROPERTY_BIT(p)) && properties[p].at_bind &&
                    (properties[p].when == WHEN_UNBOUND || !driver_is_vfio(vf->driver)))
                        return true;
        return false;
}

static int compare_modules(const void *a, const void *b)
{
        return strcmp(((const struct module_info *) a)->name, ((const struct module_info *) b)->name);
}

void inventory_index(struct inventory *inv)
{
        inv->by_id = xcalloc(inv->n_functions + 1, sizeof(*inv->by_id));
        inv->by_group = xcalloc(inv->n_functions + 1, sizeof(*inv->by_group));
        for (size_t i = 0; i < inv->n_functions; i++) {
                inv->by_id[i] = inv->by_group[i] = i;
                inv->iommu = inv->iommu || inv->functions[i].group != NO_GROUP;
        }
        qsort_r(inv->by_id, inv->n_functions, sizeof(*inv->by_id), compare_by_id, inv);
        qsort_r(inv->by_group, inv->n_functions, sizeof(*inv->by_group), compare_by_group, inv);
        if (inv->n_mdevs > 0)
                qsort(inv->mdevs, inv->n_mdevs, sizeof(*inv->mdevs), compare_mdevs);
        if (inv->n_modules > 0)
                qsort(inv->modules, inv->n_modules, sizeof(*inv->modules), compare_modules);
}

static int compare_function_address(const void *key, const void *item)
{
        return pci_address_compare(key, &((const struct pci_function *) item)->address);
}

const struct pci_function *inventory_find(const struct inventory *inv, const struct pci_address *a)
{
        if (inv->n_functions == 0)
                return NULL;
        return bsearch(a, inv->functions, inv->n_functions, sizeof(*inv->functions), compare_function_address);
}

size_t inventory_find_index(const struct inventory *inv, const struct pci_address *a)
{
        const struct pci_function *f = inventory_find(inv, a);

        return f ? (size_t) (f - inv->functions) : NO_INDEX;
}

/* The first place in by_id whose function is not below (vendor, device), or with `past` is above it. */
static size_t bound(const struct inventory *inv, uint16_t vendor, uint16_t device, bool past)
{
        const struct pci_function key = { .vendor = vendor, .device = device };
        size_t low = 0, high = inv->n_functions;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int r = compare_ids(&inv->functions[inv->by_id[middle]], &key);

                if (r < 0 || (past && r == 0))
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

size_t inventory_find_id(const struct inventory *inv, uint16_t vendor, uint16_t device, size_t *ret_first)
{
        *ret_first = bound(inv, vendor, device, false);
        return bound(inv, vendor, device, true) - *ret_first;
}

size_t inventory_find_twin(const struct inventory *inv, size_t function)
{
        const struct pci_function *f = &inv->functions[function];
        size_t first, n = inventory_find_id(inv, f->vendor, f->device, &first);

        for (size_t i = 0; i < n; i++) {
                const struct pci_function *other = &inv->functions[inv->by_id[first + i]];

                if (other->physfn == NO_INDEX && !pci_address_same_slot(&other->address, &f->address))
                        return inv->by_id[first + i];
        }
        return NO_INDEX;
}

const size_t *inventory_group(const struct inventory *inv, int group, size_t *ret_n)
{
        size_t low = 0, high = inv->n_functions, end;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (inv->functions[inv->by_group[middle]].group < group)
                        low = middle + 1;
                else
                        high = middle;
        }
        for (end = low; end < inv->n_functions && inv->functions[inv->by_group[end]].group == group;)
                end++;
        *ret_n = end - low;
        return inv->by_group + low;
}

size_t inventory_find_bus_device(const struct inventory *inv, enum bus_kind bus, const char *name)
{
        for (size_t i = 0; i < inv->n_bus_devices; i++)
                if (inv->bus_devices[i].bus == bus && streq(inv->bus_devices[i].name, name))
                        return i;
        return NO_INDEX;
}

bool inventory_has_bus_driver(const struct inventory *inv, enum bus_kind bus, const char *driver)
{
        for (size_t i = 0; i < inv->n_bus_drivers; i++)
                if (inv->bus_drivers[i].bus == bus && streq(inv->bus_drivers[i].name, driver))
                        return true;
        return false;
}

bool inventory_has_driver(const struct inventory *inv, const char *driver)
{
        for (size_t i = 0; i < inv->n_drivers; i++)
                if (streq(inv->drivers[i], driver))
                        return true;
        return false;
}

const struct mdev_parent *inventory_find_parent(const struct inventory *inv, const char *name)
{
        for (size_t i = 0; i < inv->n_parents; i++)
                if (streq(inv->parents[i].name, name))
                        return &inv->parents[i];
        return NULL;
}

const struct mdev_parent *inventory_parent_of(const struct inventory *inv, size_t function)
{
        for (size_t i = 0; i < inv->n_parents; i++)
                if (inv->parents[i].function == function)
                        return &inv->parents[i];
        return NULL;
}

const struct mdev_device *inventory_find_mdev(const struct inventory *inv, const uint8_t uuid[static 16])
{
        struct mdev_device key = { 0 };

        if (inv->n_mdevs == 0)
                return NULL;
        memcpy(key.uuid, uuid, sizeof(key.uuid));
        return bsearch(&key, inv->mdevs, inv->n_mdevs, sizeof(*inv->mdevs), compare_mdevs);
}

const struct module_info *inventory_find_module(const struct inventory *inv, const char *name)
{
        struct module_info key = { .name = (char *) name }; /* which is only read */

        if (inv->n_modules == 0)
                return NULL;
        return bsearch(&key, inv->modules, inv->n_modules, sizeof(*inv->modules), compare_modules);
}

bool pci_function_is_bridge(const struct pci_function *f)
{
        return f->class >> 16 == 0x06 && !f->endpoint;
}

bool driver_is_vfio(const char *driver)
{
        /* vfio-pci itself, and the variants: mlx5_vfio_pci, hisi-acc-vfio-pci, nvgrace_gpu_vfio_pci, … */
        if (driver && (fnmatch("*vfio-pci", driver, 0) == 0 || fnmatch("*vfio_pci", driver, 0) == 0))
                return true;
        for (enum bus_kind bus = BUS_PLATFORM; driver && bus < BUS_OTHER; bus++)
                if (streq(driver, bus_driver(bus)))
                        return true;
        return false;
}

bool driver_is_own(const char *driver)
{
        return driver && !driver_is_vfio(driver) && !streq(driver, "pci-stub");
}

bool driver_is_viable(const char *driver)
{
        return !driver || driver_is_vfio(driver) || streq(driver, "pci-stub") || streq(driver, "pcieport");
}

size_t inventory_carrier(const struct inventory *inv, size_t function)
{
        const char *path = inv->functions[function].path, *end;

        for (; path && (end = strchr(path, '/')); path = end + 1) {
                char text[PCI_ADDRESS_MAX];
                struct pci_address a;
                size_t i;

                if (snprintf(text, sizeof(text), "%.*s", (int) (end - path), path) >= (int) sizeof(text) ||
                    pci_address_parse(text, false, &a, NULL) < 0)
                        continue;
                i = inventory_find_index(inv, &a);
                if (i != NO_INDEX && i != function && !pci_function_is_bridge(&inv->functions[i]))
                        return i;
        }
        return NO_INDEX;
}

size_t inventory_bridge_above(const struct inventory *inv, size_t function, unsigned up)
{
        const char *path = inv->functions[function].path, *end = path ? path + strlen(path) : NULL, *begin;
        char text[PCI_ADDRESS_MAX];
        struct pci_address a;

        for (unsigned i = 0; i <= up && end; i++) {
                begin = end;
                while (begin > path && begin[-1] != '/')
                        begin--;
                if (i == up) {
                        bool is_address = snprintf(text, sizeof(text), "%.*s", (int) (end - begin), begin) <
                                                  (int) sizeof(text) &&
                                          pci_address_parse(text, false, &a, NULL) == 0;

                        return is_address ? inventory_find_index(inv, &a) : NO_INDEX;
                }
                end = begin > path ? begin - 1 : NULL;
        }
        return NO_INDEX;
}

bool inventory_is_company(const struct inventory *inv, size_t function)
{
        const struct pci_function *f = &inv->functions[function];

        return (!pci_function_is_bridge(f) || !driver_is_viable(f->driver)) &&
               inventory_carrier(inv, function) == NO_INDEX;
}
