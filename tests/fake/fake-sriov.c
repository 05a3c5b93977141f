/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SR-IOV in the fake kernel (drivers/pci/iov.c): numvfs and the VFs that come and go with it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/strutil.h"
#include "fake/fake-internal.h"
#include "sys/sys.h"

#define FIRST_VF_OFFSET 0x10

struct device *sriov_vf(struct fake_kernel *k, const struct device *pf, unsigned i)
{
        for (struct device *d = k->devices; d; d = d->next)
                if (d->physfn == pf && d->vf_index == i)
                        return d;
        return NULL;
}

struct device *sriov_open_vf(struct fake_kernel *k, const struct device *pf)
{
        for (struct device *d = k->devices; d; d = d->next) {
                if (d->physfn != pf)
                        continue;
                if (d->driver && d->driver->vfio && d->open)
                        return d;
                if ((d->parent && parent_is_open(k, d->parent)) || vgpu_is_held(k, d))
                        return d;
        }
        return NULL;
}

static void add_vf(struct fake_kernel *k, struct device *pf, unsigned i)
{
        unsigned offset = pf->spec.vf_offset ? pf->spec.vf_offset : FIRST_VF_OFFSET;
        unsigned stride = pf->spec.vf_stride ? pf->spec.vf_stride : 1;
        unsigned rid = (pf->address.bus << 8 | pf->address.device << 3 | pf->address.function) + offset + i * stride;
        CLEANUP_FREE char *name =
                fake_printf("%04x:%02x:%02x.%x", pf->address.domain, rid >> 8, rid >> 3 & 0x1f, rid & 7);
        CLEANUP_FREE char *id =
                fake_printf("%04x:%04x:%04x:%04x", pf->vendor, pf->spec.vf_device, pf->subvendor, pf->subdevice);
        CLEANUP_FREE char *link = fake_printf("virtfn%u", i);
        struct fake_pci spec = {
                .id = id,
                .class = pf->spec.vf_class ? pf->spec.vf_class : pf->spec.class,
                .native = pf->spec.vf_native,
                .resets = pf->spec.resets,
                .group = pf->spec.vf_shared_group ? pf->group : 0,
                .parent_chain = pf->spec.parent_chain,
                .mdev_types = pf->spec.vf_mdev_types,
                .mdev_ports = pf->spec.mdev_ports,
                .mdev_delay = pf->spec.mdev_delay,
        };
        struct device *vf = device_add(k, name, &spec, pf, i);

        vf->spec.id = NULL; /* it was the text above */
        node_link(vf->dir, "physfn", pf->dir);
        node_link(pf->dir, link, vf->dir);
}

void sriov_remove_vfs(struct fake_kernel *k, struct device *pf)
{
        nvme_vfs_offline(pf);
        while (pf->numvfs > 0) {
                CLEANUP_FREE char *link = fake_printf("virtfn%u", --pf->numvfs);

                struct device *vf = sriov_vf(k, pf, pf->numvfs);

                if (!vf)
                        continue; /* it has not come yet */
                node_remove_child(pf->dir, link);
                device_remove(k, vf);
        }
}

static void numvfs_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        const struct device *pf = n->owner;

        if (pf->making > 0)
                fake_violate(k, "hang: sriov_numvfs of %s is read while its VFs are made", pf->name);
        strbuf_addf(out, "%u\n", pf->numvfs);
}

static void rest_is_made(struct fake_kernel *k, void *arg)
{
        struct device *pf = arg;

        while (pf->numvfs < pf->making)
                add_vf(k, pf, pf->numvfs++);
        pf->making = 0;
        fake_file_add(k, "proc/4711", "comm", "bash\n");
}

/* The first is there when the write is given up. */
static int make_slowly(struct fake_kernel *k, struct device *pf, unsigned want)
{
        pf->making = want;
        add_vf(k, pf, pf->numvfs++);
        fake_file_add(k, "proc/4711", "comm", BLOCKED_COMM "\n");
        fake_schedule(k, k->now + pf->spec.vf_time, rest_is_made, pf);
        return fake_hang(k, "sriov_numvfs", pf->name);
}

static void next_comes(struct fake_kernel *k, void *arg)
{
        struct device *pf = arg;
        unsigned i = 0;

        while (sriov_vf(k, pf, i))
                i++;
        add_vf(k, pf, i);
        if (i + 1 < pf->numvfs)
                fake_schedule(k, k->now + pf->spec.vf_late, next_comes, pf);
}

/* What the PF's driver does. */
static int configure(struct fake_kernel *k, struct device *pf, unsigned want)
{
        const struct device *vf;

        if (want == 0) {
                vf = sriov_open_vf(k, pf);
                if (vf)
                        return fake_hang(k, "sriov_numvfs = 0", vf->name);
                sriov_remove_vfs(k, pf);
                return 0;
        }
        if (pf->spec.numvfs_error)
                return -pf->spec.numvfs_error;
        if (pf->spec.vf_silent_zero || (pf->spec.vf_needs_up && !(pf->flags & 1)))
                return 0;
        if (pf->spec.vf_limit > 0)
                want = MIN_OF(want, pf->spec.vf_limit);
        if (pf->spec.vf_all)
                want = pf->spec.totalvfs;
        if (pf->spec.vf_time > k->limit)
                return make_slowly(k, pf, want);
        pf->numvfs = want;
        if (pf->spec.vf_late > 0)
                fake_schedule(k, k->now + pf->spec.vf_late, next_comes, pf);
        for (unsigned i = 0; i < want && pf->spec.vf_late == 0; i++)
                add_vf(k, pf, i);
        return 0;
}

static int numvfs_store(struct fake_kernel *k, struct node *n, const char *value)
{
        struct device *pf = n->owner;
        uint64_t want;

        fake_touch_device(k, pf);
        if (parse_unsigned(value, 10, UINT16_MAX, &want) < 0)
                return -EINVAL;
        if (want > pf->spec.totalvfs)
                return -ERANGE;
        if (want == pf->numvfs)
                return 0;
        if (!pf->driver || pf->driver->no_sriov)
                return -ENOENT;
        if (want > 0 && pf->numvfs > 0)
                return -EBUSY;
        return configure(k, pf, (unsigned) want);
}

static void autoprobe_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        const struct device *pf = n->owner;

        (void) k;
        strbuf_addf(out, "%d\n", pf->autoprobe);
}

static int autoprobe_store(struct fake_kernel *k, struct node *n, const char *value)
{
        struct device *pf = n->owner;

        if (pf->making > 0)
                fake_violate(k, "sriov_drivers_autoprobe of %s is set while its VFs are made", pf->name);
        fake_touch_device(k, pf);
        return parse_boolean(value, &pf->autoprobe);
}

static void vf_device_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        const struct device *pf = n->owner;

        (void) k;
        strbuf_addf(out, "%x\n", pf->spec.vf_device); /* no 0x and no zeros in front */
}

static void number(struct device *dev, const char *name, unsigned value)
{
        CLEANUP_FREE char *text = fake_printf("%u\n", value);

        node_file(dev->dir, name, text);
}

void sriov_attributes(struct device *dev)
{
        if (dev->spec.totalvfs == 0)
                return;
        number(dev, "sriov_totalvfs", dev->spec.totalvfs);
        number(dev, "sriov_offset", dev->spec.vf_offset ? dev->spec.vf_offset : FIRST_VF_OFFSET);
        number(dev, "sriov_vf_total_msix", dev->spec.vf_msix * dev->spec.totalvfs);
        number(dev, "sriov_stride", dev->spec.vf_stride ? dev->spec.vf_stride : 1);
        node_attr(dev->dir, "sriov_numvfs", numvfs_show, numvfs_store, dev);
        node_attr(dev->dir, "sriov_drivers_autoprobe", autoprobe_show, autoprobe_store, dev);
        node_attr(dev->dir, "sriov_vf_device", vf_device_show, NULL, dev);
}

const char *fake_vf_address(struct fake_kernel *k, const char *pf, unsigned i)
{
        const struct device *dev = device_find(k, pf);
        const struct device *vf = dev ? sriov_vf(k, dev, i) : NULL;

        return vf ? vf->name : NULL;
}
