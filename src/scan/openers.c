/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Matches VFIO's nodes, by group and by device, with the processes that have them open. */
#include "scan/openers.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "base/uuid.h"
#include "device/device-path.h"
#include "device/vgpu.h"

/* VFIO's nodes, and which thing (a number of the caller's) each is of; a group's node is there for each of its things.
 */
struct node_list {
        char **nodes;
        size_t *things;
        size_t n, alloc, alloc_things;
        void (*opened)(void *arg, size_t thing, const struct opener *who);
        void *arg;
};

static void node_list_clear(struct node_list *l)
{
        for (size_t i = 0; i < l->n; i++)
                free(l->nodes[i]);
        free(l->nodes);
        free(l->things);
}

static void add_node(struct node_list *l, size_t thing, char *node)
{
        size_t n = l->n;
        char **slot = ARRAY_APPEND(l->nodes, n, l->alloc);
        size_t *number = ARRAY_APPEND(l->things, l->n, l->alloc_things);

        *slot = node;
        *number = thing;
}

static void add_nodes(struct sys *sys, struct node_list *l, size_t thing, const char *device, int group)
{
        char own[OPENER_NODE_MAX];

        if (group != NO_GROUP)
                add_node(l, thing, xasprintf("/dev/vfio/%d", group));
        if (opener_own_node(sys, device, own))
                add_node(l, thing, xstrdup(own));
}

static const char *function_path(const struct pci_function *f, char buf[static PATH_MAX])
{
        char address[PCI_ADDRESS_MAX];

        (void) snprintf(buf, PATH_MAX, "sys/bus/pci/devices/%s", pci_address_format(&f->address, address));
        return buf;
}

/* The search compares each node once, so of equal ones the first stands for all. */
static int on_opener(void *arg, const char *node, const struct opener *who)
{
        struct node_list *l = arg;

        for (size_t i = 0; i < l->n; i++)
                if (streq(l->nodes[i], node))
                        l->opened(l->arg, l->things[i], who);
        return 0;
}

static void search(struct sys *sys, struct node_list *l, struct opener_view *ret)
{
        if (l->n > 0)
                opener_search(sys, (const char *const *) l->nodes, l->n, on_opener, l, ret);
}

void openers_read(struct sys *sys, const struct inventory *inv, function_opened opened, void *arg)
{
        CLEANUP(node_list_clear) struct node_list l = { .opened = opened, .arg = arg };
        char path[PATH_MAX];

        for (size_t i = 0; i < inv->n_functions; i++)
                if (driver_is_vfio(inv->functions[i].driver))
                        add_nodes(sys, &l, i, function_path(&inv->functions[i], path), inv->functions[i].group);
        search(sys, &l, NULL);
}

/* ---- the members of pools ---- */

const char *member_use_name(enum member_use use)
{
        static const char *const names[] = {
                [MEMBER_NOT_READY] = "not-ready",
                [MEMBER_UNKNOWN] = "unknown",
                [MEMBER_FREE] = "free",
                [MEMBER_OPEN] = "open",
        };

        return names[use];
}

int member_vf(const struct pool_member *m, const struct inventory *inv)
{
        const struct pci_function *f = m->function == NO_INDEX ? NULL : &inv->functions[m->function];

        return f && f->physfn != NO_INDEX ? (int) f->vf_index : -1;
}

static struct pool_member *add_member(struct pool *pool, size_t function, bool ready)
{
        struct pool_member *m = ARRAY_APPEND(pool->members, pool->n, pool->alloc);

        m->function = function;
        m->bus_device = NO_INDEX;
        m->use = ready ? MEMBER_UNKNOWN : MEMBER_NOT_READY;
        return m;
}

static void add_function(struct pool *pool, const struct inventory *inv, size_t function)
{
        const struct mdev_parent *vgpu;

        if (function == NO_INDEX)
                return;
        vgpu = vgpu_of_function(inv, function);
        (void) add_member(pool, function,
                          driver_is_vfio(inv->functions[function].driver) || (vgpu && vgpu->current != 0));
}

static void add_mdevs(struct pool *pool, const struct plan_item *item, const struct inventory *inv)
{
        for (size_t i = 0; i < item->n_mdevs; i++) {
                const struct plan_mdev *mdev = &item->mdevs[i];

                if (mdev->exists)
                        add_member(pool, mdev->vgpu ? inv->parents[mdev->parent].function : NO_INDEX, true)->mdev =
                                mdev;
        }
}

/* Of a card that goes as a whole, the functions stand behind its first one, and have no row of their own. */
static bool is_part_of(const struct plan_item *item, const struct inventory *inv, const struct plan_claim *claim,
                       const struct plan_claim *before)
{
        const struct config_section *s = item->section;

        return (s->all_functions || s->selector.slot || s->group == GROUP_WHOLE) && claim->function != NO_INDEX &&
               before->function != NO_INDEX &&
               pci_address_same_slot(&inv->functions[claim->function].address,
                                     &inv->functions[before->function].address);
}

static void list_members(struct pool *pool, const struct plan_item *item, const struct inventory *inv)
{
        const struct pci_function *pf = item->pf == NO_INDEX ? NULL : &inv->functions[item->pf];

        if (item->verdict == VERDICT_DISABLED)
                return;
        if (item->section->kind == SECTION_SRIOV) {
                for (unsigned i = 0; pf && i < pf->numvfs; i++)
                        add_function(pool, inv, pf->vfs[i]);
                return;
        }
        for (size_t i = 0; i < item->n_claims; i++)
                if (i == 0 || !is_part_of(item, inv, &item->claims[i], &item->claims[i - 1]))
                        add_function(pool, inv, item->claims[i].function);
        for (size_t i = 0; i < item->n_bus_claims; i++) {
                size_t device = item->bus_claims[i].device;

                add_member(pool, NO_INDEX, driver_is_vfio(inv->bus_devices[device].driver))->bus_device = device;
        }
        add_mdevs(pool, item, inv);
}

/* Where sysfs has the member, and its group. */
static void locate(struct sys *sys, const struct inventory *inv, const struct pool_member *m,
                   char path[static PATH_MAX], int *ret_group)
{
        if (m->function != NO_INDEX) {
                (void) function_path(&inv->functions[m->function], path);
                *ret_group = inv->functions[m->function].group;
                return;
        }
        if (m->bus_device != NO_INDEX) {
                const struct bus_device *d = &inv->bus_devices[m->bus_device];

                (void) snprintf(path, PATH_MAX, "sys/bus/%s/devices/%s", bus_name(d->bus), d->name);
                *ret_group = d->group;
                return;
        }
        (void) mdev_path(m->mdev->uuid, path);
        *ret_group = mdev_group(sys, m->mdev->uuid);
}

static struct pool_member *member_at(struct pools *pools, size_t number)
{
        struct pool *pool = pools->items;

        for (; number >= pool->n; pool++)
                number -= pool->n;
        return &pool->members[number];
}

static void on_opened(void *arg, size_t thing, const struct opener *who)
{
        struct pool_member *m = member_at(arg, thing);

        m->use = MEMBER_OPEN;
        if (m->opener)
                return;
        m->opener = xcalloc(1, sizeof(*m->opener));
        opener_copy(who, m->opener);
}

/* vfio-pci enables a function while it is open, and sysfs tells everyone so; of other devices it does not. */
static void settle(struct sys *sys, const struct inventory *inv, const struct opener_view *view, struct pool_member *m)
{
        char path[DEVICE_PATH_MAX];
        uint64_t enabled = 0;
        bool told = false;

        if (m->use != MEMBER_UNKNOWN)
                return;
        if (m->function != NO_INDEX && driver_is_vfio(inv->functions[m->function].driver)) {
                (void) device_path(&inv->functions[m->function].address, "enable", path);
                told = sys_read_number(sys, path, &enabled) == 0;
        }
        if (enabled > 0)
                m->use = MEMBER_OPEN;
        else if (view->any && (!view->hidden || told))
                m->use = MEMBER_FREE;
}

void pools_read(struct sys *sys, const struct plan *plan, const struct inventory *inv, struct pools *ret)
{
        CLEANUP(node_list_clear) struct node_list l = { .opened = on_opened, .arg = ret };
        size_t number = 0;

        *ret = (struct pools){ .items = xcalloc(plan->n_items + 1, sizeof(*ret->items)), .n = plan->n_items };
        for (size_t i = 0; i < plan->n_items; i++) {
                struct pool *pool = &ret->items[i];

                if (!plan->items[i].section->left_out)
                        list_members(pool, &plan->items[i], inv);
                for (size_t k = 0; k < pool->n; k++, number++) {
                        char path[PATH_MAX];
                        int group;

                        if (pool->members[k].use == MEMBER_NOT_READY)
                                continue;
                        locate(sys, inv, &pool->members[k], path, &group);
                        add_nodes(sys, &l, number, path, group);
                }
        }
        search(sys, &l, &ret->view);
        for (size_t i = 0; i < ret->n; i++) {
                struct pool *pool = &ret->items[i];

                for (size_t k = 0; k < pool->n; k++) {
                        settle(sys, inv, &ret->view, &pool->members[k]);
                        pool->n_free += pool->members[k].use == MEMBER_FREE;
                        pool->n_open += pool->members[k].use == MEMBER_OPEN;
                        pool->n_unknown += pool->members[k].use == MEMBER_UNKNOWN;
                }
        }
}

void pools_clear(struct pools *pools)
{
        for (size_t i = 0; i < pools->n; i++) {
                struct pool *pool = &pools->items[i];

                for (size_t k = 0; k < pool->n; k++) {
                        if (pool->members[k].opener)
                                opener_clear(pool->members[k].opener);
                        free(pool->members[k].opener);
                }
                free(pool->members);
        }
        free(pools->items);
        *pools = (struct pools){ 0 };
}
