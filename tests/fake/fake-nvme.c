/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NVMe's virtualization enhancements in the fake kernel: the drive's side, as QEMU's hw/nvme/ctrl.c has it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/strutil.h"
#include "fake/fake-internal.h"
#include "property/nvme-virt.h"

#define PRIMARY 7 /* the PF's controller; VF n has 100 + n */
#define INVALID_FIELD 0x002
#define INVALID_CONTROLLER 0x11f
#define INVALID_STATE 0x120
#define INVALID_NUMBER 0x121
#define INVALID_RESOURCE 0x122
#define DNR 0x4000 /* do not retry: not a part of the code */

static unsigned total(const struct device *pf, unsigned resource)
{
        return resource == NVME_QUEUES ? pf->spec.nvme_queues : pf->spec.nvme_interrupts;
}

static unsigned given(const struct device *pf, unsigned resource)
{
        unsigned n = 0;

        for (unsigned i = 0; i < pf->spec.totalvfs; i++)
                n += pf->nvme_vfs[i].has[resource];
        return n;
}

static void put16(uint8_t *p, unsigned value)
{
        p[0] = (uint8_t) value;
        p[1] = (uint8_t) (value >> 8);
}

static void put_pool(const struct device *pf, unsigned resource, uint8_t *p)
{
        put16(p, total(pf, resource));
        put16(p + 4, given(pf, resource));
        put16(p + 8, pf->nvme_primary[resource]);
        put16(p + 12, total(pf, resource) / pf->spec.totalvfs);
}

static int identify(const struct device *pf, uint32_t cns, uint8_t *data)
{
        memset(data, 0, NVME_DATA_SIZE);
        if (cns == 0x14) {
                put16(data, PRIMARY);
                put_pool(pf, NVME_QUEUES, data + 32);
                put_pool(pf, NVME_INTERRUPTS, data + 64);
                return 0;
        }
        if (cns != 0x15)
                return INVALID_FIELD | DNR;
        data[0] = (uint8_t) pf->spec.totalvfs;
        for (unsigned i = 0; i < pf->spec.totalvfs; i++) {
                uint8_t *p = data + 32 * (size_t) (i + 1);

                put16(p, 101 + i);
                put16(p + 2, PRIMARY);
                p[4] = pf->nvme_vfs[i].online;
                put16(p + 8, i + 1);
                put16(p + 10, pf->nvme_vfs[i].has[NVME_QUEUES]);
                put16(p + 12, pf->nvme_vfs[i].has[NVME_INTERRUPTS]);
        }
        return 0;
}

static int manage_primary(struct device *pf, unsigned resource, unsigned number)
{
        if (number > total(pf, resource) - given(pf, resource))
                return INVALID_RESOURCE | DNR;
        pf->nvme_next[resource] = number;
        return 0;
}

static int manage_vf(struct fake_kernel *k, struct device *pf, unsigned i, unsigned action, unsigned resource, unsigned number)
{
        struct fake_nvme_vf *vf = &pf->nvme_vfs[i];
        const struct device *dev = i < pf->numvfs ? sriov_vf(k, pf, i) : NULL;

        /* Whoever has it would lose it. */
        if (dev && dev->driver)
                fake_violate(k, "the controller of %s is changed under %s", dev->name, dev->driver->name);
        switch (action) {
        case NVME_OFFLINE:
                vf->online = false;
                return 0;
        case NVME_ASSIGN:
                if (vf->online)
                        return INVALID_STATE | DNR;
                if (number > total(pf, resource) / pf->spec.totalvfs)
                        return INVALID_NUMBER | DNR;
                if (given(pf, resource) - vf->has[resource] + number + pf->nvme_primary[resource] > total(pf, resource))
                        return INVALID_RESOURCE | DNR;
                vf->has[resource] = number;
                return 0;
        case NVME_ONLINE:
                if (!dev || vf->has[NVME_QUEUES] < 2 || vf->has[NVME_INTERRUPTS] < 1)
                        return INVALID_STATE | DNR;
                vf->online = true;
                return 0;
        default:
                return INVALID_FIELD | DNR;
        }
}

int nvme_admin(struct fake_kernel *k, const char *name, const struct nvme_command *c, void *data)
{
        CLEANUP_FREE char *path = fake_printf("sys/class/nvme/%s", name);
        struct device *pf;
        struct node *n;
        unsigned controller = c->cdw10 >> 16, action = c->cdw10 & 0xf, resource = c->cdw10 >> 8 & 7;

        if (node_find(k->root, path, true, &n) < 0)
                return -ENOENT;
        pf = n->owner;
        if (!pf || !pf->nvme_vfs)
                return INVALID_FIELD | DNR;
        if (c->opcode == 0x06)
                return identify(pf, c->cdw10 & 0xff, data);
        if (c->opcode != 0x1c || resource >= NVME_RESOURCE_MAX)
                return INVALID_FIELD | DNR;
        fake_touch_device(k, pf);
        if (action == NVME_PRIMARY_FLEXIBLE)
                return controller == PRIMARY ? manage_primary(pf, resource, c->cdw11) : INVALID_CONTROLLER | DNR;
        if (controller <= 100 || controller > 100 + pf->spec.totalvfs)
                return INVALID_CONTROLLER | DNR;
        return manage_vf(k, pf, controller - 101, action, resource, c->cdw11);
}

bool nvme_is_offline(const struct device *vf)
{
        return vf->physfn && vf->physfn->nvme_vfs && !vf->physfn->nvme_vfs[vf->vf_index].online;
}

/* Of the function: the PF's new numbers take effect. */
static int reset_store(struct fake_kernel *k, struct node *n, const char *value)
{
        struct device *pf = n->owner;

        (void) value;
        fake_touch_device(k, pf);
        memcpy(pf->nvme_primary, pf->nvme_next, sizeof(pf->nvme_primary));
        nvme_vfs_offline(pf);
        return 0;
}

/* Of the controller alone: its VFs' go offline. */
static int reset_controller_store(struct fake_kernel *k, struct node *n, const char *value)
{
        (void) value;
        fake_touch_device(k, n->owner);
        nvme_vfs_offline(n->owner);
        return 0;
}

void nvme_vfs_offline(struct device *pf)
{
        for (unsigned i = 0; pf->nvme_vfs && i < pf->spec.totalvfs; i++)
                pf->nvme_vfs[i].online = false;
}

void nvme_attributes(struct device *dev, struct node *nvme)
{
        nvme->owner = dev;
        node_attr(nvme, "reset_controller", NULL, reset_controller_store, dev);
        if (dev->nvme_vfs || dev->spec.nvme_queues == 0)
                return;
        node_attr(dev->dir, "reset", NULL, reset_store, dev);
        dev->nvme_vfs = fake_alloc((dev->spec.totalvfs + 1) * sizeof(*dev->nvme_vfs));
        for (unsigned i = 0; i < NVME_RESOURCE_MAX; i++)
                dev->nvme_primary[i] = dev->nvme_next[i] = total(dev, i);
}
