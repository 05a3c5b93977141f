/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list as JSON. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/macro.h"
#include "base/strutil.h"
#include "device/device-class.h"
#include "device/suggest.h"
#include "json/json.h"
#include "json/render-json.h"

static json_t *types_json(const struct mdev_parent *parent)
{
        json_t *array = json_array();

        for (size_t i = 0; parent && i < parent->n_types; i++) {
                const struct mdev_type *t = &parent->types[i];

                json_add(array,
                         json_pack("{s:o, s:o, s:o, s:o}", "id", json_text(t->id), "name", json_text(t->name),
                                   "available", t->available == UINT_MAX ? json_null() : json_integer(t->available),
                                   "description", json_text(t->description)));
        }
        return array;
}

/* Every selector that names this function and no other; "best" is the key of the one to paste. */
static json_t *selectors_json(const struct inventory *inv, size_t function)
{
        static const enum selector_kind kinds[] = { SELECTOR_ID,     SELECTOR_PATH, SELECTOR_MAC,
                                                    SELECTOR_SERIAL, SELECTOR_SLOT, SELECTOR_ADDRESS };
        CLEANUP_FREE char *best_value = NULL;
        enum selector_kind best;
        json_t *j = json_object();

        suggest_best(inv, function, &best, &best_value);
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
                CLEANUP_FREE char *value = NULL;

                suggest_value(inv, function, kinds[i], &value);
                if (value)
                        json_put(j, selector_key(kinds[i]), json_text(value));
        }
        json_put(j, "best", json_text(selector_key(best)));
        return j;
}

static json_t *others_json(const struct inventory *inv, size_t function)
{
        CLEANUP_FREE size_t *others = NULL;
        size_t n = group_others(inv, function, &others);
        json_t *array = n == SIZE_MAX ? NULL : json_array();

        for (size_t i = 0; array && i < n; i++)
                json_add(array, json_address(&inv->functions[others[i]].address));
        return array;
}

static json_t *interfaces_json(const struct pci_function *f)
{
        json_t *array = json_array();

        for (size_t i = 0; i < f->n_netdevs; i++) {
                const struct netdev *n = &f->netdevs[i];
                char mac[MAC_TEXT_MAX];

                json_add(array, json_pack("{s:o, s:o}", "name", json_text(n->name), "mac",
                                          n->has_mac ? json_text(mac_format(n->mac, mac)) : json_null()));
        }
        return array;
}

static json_t *disks_json(const struct usage *usage, const struct pci_function *f)
{
        json_t *array = json_array();

        for (size_t i = 0; i < usage->n_blocks; i++) {
                const struct usage_block *b = &usage->blocks[i];

                if (usage_block_is_under(b, f) && usage_block_is_disk(usage, b))
                        json_add(array, json_pack("{s:o, s:o, s:o}", "name", json_text(b->name), "size",
                                                  b->size > 0 ? json_integer((json_int_t) b->size) : json_null(),
                                                  "model", json_text(b->model)));
        }
        return array;
}

static json_t *serials_json(const struct pci_function *f)
{
        json_t *array = json_array();

        for (size_t i = 0; i < f->n_serials; i++)
                json_add(array, json_text(f->serials[i]));
        return array;
}

/* What tells two of a kind apart, and what each is used for. */
static void put_facts(json_t *j, const struct list_host *host, size_t function)
{
        const struct pci_function *f = &host->inventory->functions[function];
        char subsystem[16];

        (void) snprintf(subsystem, sizeof(subsystem), "%04x:%04x", f->subvendor, f->subdevice);
        json_put(j, "subsystem", f->subvendor || f->subdevice ? json_text(subsystem) : json_null());
        json_put(j, "subsystem_name", json_text(f->subsystem));
        json_put(j, "numa_node", f->node >= 0 ? json_integer(f->node) : json_null());
        json_put(j, "interfaces", interfaces_json(f));
        json_put(j, "disks", disks_json(host->usage, f));
        json_put(j, "serials", serials_json(f));
        json_put(j, "use", json_text(host->uses[function]));
}

static void put_offers(json_t *j, const struct inventory *inv, size_t function)
{
        const struct pci_function *f = &inv->functions[function];
        const struct mdev_parent *parent = inventory_parent_of(inv, function);

        if (f->sriov)
                json_put(j, "sriov", json_pack("{s:i, s:i}", "vfs", (int) f->numvfs, "totalvfs", (int) f->totalvfs));
        if (f->physfn != NO_INDEX)
                json_put(j, "pf", json_address(&inv->functions[f->physfn].address));
        if (parent)
                json_put(j, "mdev_types", types_json(parent));
        if (parent && parent->vgpu)
                json_put(j, "vgpu_type", parent->current > 0 ? json_integer(parent->current) : json_null());
        json_put(j, "reset_methods", json_split(f->resets, ' '));
}

static json_t *function_json(const struct list_host *host, size_t function)
{
        const struct inventory *inv = host->inventory;
        const struct pci_function *f = &inv->functions[function];
        json_t *j = json_function(f);

        json_put(j, "group_others", others_json(inv, function));
        json_put(j, "selectors", selectors_json(inv, function));
        put_facts(j, host, function);
        put_offers(j, inv, function);
        return j;
}

char *render_list_json(const struct list_host *host, const struct list_filter *filter)
{
        const struct inventory *inv = host->inventory;
        json_t *devices = json_array(), *parents = json_array();

        for (size_t i = 0; i < inv->n_functions; i++)
                if (list_wants(inv, i, filter))
                        json_add(devices, function_json(host, i));
        for (size_t i = 0; i < inv->n_parents; i++)
                if (list_wants_parent(&inv->parents[i], filter))
                        json_add(parents, json_pack("{s:o, s:o}", "parent", json_text(inv->parents[i].name),
                                                    "mdev_types", types_json(&inv->parents[i])));
        return json_finish(
                json_pack("{s:i, s:o, s:o}", "version", JSON_VERSION, "devices", devices, "parents", parents));
}
