/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IOMMU groups of the fake kernel, and who has them open. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/macro.h"
#include "fake/fake-internal.h"

struct group *group_find(struct fake_kernel *k, int number)
{
        for (struct group *g = k->groups; g; g = g->next)
                if (g->number == number)
                        return g;
        return NULL;
}

static struct group *group_new(struct fake_kernel *k, int number)
{
        CLEANUP_FREE char *name = fake_printf("%d", number);
        struct group *g = fake_alloc(sizeof(*g));

        g->number = number;
        g->dir = node_dir(node_dir(k->root, "sys/kernel/iommu_groups"), name);
        node_file(g->dir, "type", "DMA-FQ\n");
        g->next = k->groups;
        k->groups = g;
        return g;
}

struct group *group_join(struct fake_kernel *k, int number, struct node *device, const char *name)
{
        struct group *g;

        if (number == 0)
                number = ++k->last_group;
        g = group_find(k, number);
        if (!g)
                g = group_new(k, number);
        g->members++;
        node_link(node_dir(g->dir, "devices"), name, device);
        node_link(device, "iommu_group", g->dir);
        return g;
}

void group_leave(struct fake_kernel *k, int number, struct node *device, const char *name)
{
        struct group **at = &k->groups;
        struct group *g = group_find(k, number);

        if (!g)
                return;
        node_remove_child(device, "iommu_group");
        node_remove_child(node_dir(g->dir, "devices"), name);
        if (--g->members > 0)
                return;
        while (*at != g)
                at = &(*at)->next;
        *at = g->next;
        node_remove(g->dir);
        free(g);
}

/* /dev/vfio/N is there while VFIO has a device of the group. */
static bool has_vfio(struct fake_kernel *k, int number)
{
        for (const struct device *d = k->devices; d; d = d->next)
                if (d->group == number && ((d->driver && d->driver->vfio) || d->vgpu > 0))
                        return true;
        if (bus_group_has_vfio(k, number))
                return true;
        for (const struct mdev *m = k->mdevs; m; m = m->next)
                if (m->group == number)
                        return true;
        return false;
}

int group_open_test(struct fake_kernel *k, int number)
{
        const struct group *g = group_find(k, number);

        if (!g || !has_vfio(k, number))
                return -ENOENT;
        return g->open ? -EBUSY : 0;
}

void fake_open(struct fake_kernel *k, const char *name, unsigned how)
{
        struct device *dev = device_find(k, name);
        struct mdev *mdev = mdev_find(k, name);
        struct group *g = group_find(k, dev ? dev->group : mdev ? mdev->group : FAKE_NO_GROUP);

        if (!dev && !mdev && bus_open(k, name, how & FAKE_OPEN_GROUP))
                return;
        if (!g)
                abort();
        g->open = how & FAKE_OPEN_GROUP;
        if (dev)
                dev->open = (how & (FAKE_OPEN_DEVICE | FAKE_OPEN_UNSEEN)) != 0;
        if (dev)
                dev->unseen = (how & FAKE_OPEN_UNSEEN) != 0;
}
