/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is set of VFs in the fake kernel (net/core/rtnetlink.c, drivers/pci/iov.c, net/core/net-sysfs.c). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/strutil.h"
#include "fake/fake-internal.h"

#define ETHERTYPE_8021Q 0x8100

void vf_init(struct device *vf)
{
        const struct fake_pci *pf = &vf->physfn->spec;
        struct values *v = &vf->vf;

        v->lacking = pf->vf_lacking & (PROPERTY_BIT(PROPERTY_SPOOFCHK) | PROPERTY_BIT(PROPERTY_TRUST) |
                                       PROPERTY_BIT(PROPERTY_QUERY_RSS));
        v->known = property_scope_mask(SCOPE_VF) & ~PROPERTY_BIT(PROPERTY_MSIX_COUNT);
        for (enum property p = 0; p < PROPERTY_MAX; p++)
                if (properties[p].link == (pf->infiniband ? LINK_ETHERNET : LINK_INFINIBAND))
                        v->lacking |= v->known & PROPERTY_BIT(p);
        v->known &= ~v->lacking;
        v->value[PROPERTY_MAC] = UINT64_C(0x02fa4e000000) | vf->address.bus << 8 | vf->vf_index; /* as if random */
        v->value[PROPERTY_VLAN_PROTOCOL] = ETHERTYPE_8021Q;
        v->value[PROPERTY_SPOOFCHK] = 1;
        if (pf->vf_msix > 0) {
                v->known |= PROPERTY_BIT(PROPERTY_MSIX_COUNT);
                v->value[PROPERTY_MSIX_COUNT] = pf->vf_msix;
        }
}

/* The device of a network interface, or NULL. */
static struct device *device_of(const struct fake_kernel *k, const struct interface *interface)
{
        for (struct device *d = k->devices; d; d = d->next)
                if (d->ifindex == interface->index && node_child(d->dir, "net"))
                        return d;
        return NULL;
}

static int read_all(struct fake_kernel *k, const struct interface *interface, struct values *values, unsigned n)
{
        const struct device *pf = device_of(k, interface);

        if (!pf)
                return -ENODEV;
        if (pf->numvfs == 0 && n > 0)
                return -ENODATA;
        for (unsigned i = 0; i < MIN_OF(n, pf->numvfs); i++) {
                values[i] = sriov_vf(k, pf, i)->vf;
                values[i].known &= ~PROPERTY_BIT(PROPERTY_MSIX_COUNT);
        }
        return 0;
}

static int set_group(struct fake_kernel *k, const struct interface *interface, unsigned index, enum property leader,
                     const struct values *values)
{
        struct device *pf = device_of(k, interface);
        struct device *vf = pf ? sriov_vf(k, pf, index) : NULL;

        if (!pf)
                return -ENODEV;
        if (!vf)
                return -EINVAL;
        fake_touch_device(k, vf);
        if ((pf->spec.vf_lacking | vf->vf.lacking) & property_group(leader))
                return -EOPNOTSUPP;
        if (leader == PROPERTY_MAC && vf->driver && vf->driver->vfio && vf->open)
                fake_violate(k, "the MAC of %s, which is open, is changed", vf->name);
        for (enum property p = 0; p < PROPERTY_MAX; p++)
                if (property_group(leader) & PROPERTY_BIT(p))
                        vf->vf.value[p] = values->value[p];
        return 0;
}

int vf_op_read(void *userdata, const struct interface *interface, struct values *values, unsigned n)
{
        int r = fake_enter(userdata, false, "vf_read", interface->name);

        for (unsigned i = 0; i < n; i++)
                values[i] = (struct values){ 0 };
        return r < 0 ? r : read_all(userdata, interface, values, n);
}

int vf_op_set(void *userdata, const struct interface *interface, unsigned vf, enum property leader,
              const struct values *values)
{
        CLEANUP_FREE char *path = fake_printf("%s/vf%u", interface->name, vf);
        CLEANUP_STRBUF struct strbuf value = { 0 };
        struct fake_kernel *k = userdata;
        int r;

        values_words_format(values, property_group(leader), &value);
        r = fake_enter(k, true, "write", path);
        r = r ? MIN_OF(r, 0) : set_group(k, interface, vf, leader, values);
        fake_journal(k, path, value.text, r);
        return r;
}

static int msix_store(struct fake_kernel *k, struct node *n, const char *value)
{
        struct device *vf = n->owner;
        uint64_t count;

        fake_touch_device(k, vf);
        if (vf->physfn->spec.vf_msix == 0)
                return -EOPNOTSUPP;
        if (parse_unsigned(value, 10, 2048, &count) < 0 || count == 0)
                return -EINVAL;
        if (vf->driver)
                return -EBUSY;
        vf->vf.value[PROPERTY_MSIX_COUNT] = count;
        config_space(vf);
        return 0;
}

void vf_attributes(struct device *vf)
{
        node_attr(vf->dir, "sriov_vf_msix_count", NULL, msix_store, vf);
}

static void flags_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        const struct device *dev = n->owner;

        (void) k;
        strbuf_addf(out, "0x%x\n", 0x1002 | dev->flags);
}

static int flags_store(struct fake_kernel *k, struct node *n, const char *value)
{
        struct device *dev = n->owner;
        const char *hex = after_prefix(value, "0x");
        uint64_t flags;

        fake_touch_device(k, dev);
        if (!hex || parse_unsigned(hex, 16, UINT32_MAX, &flags) < 0)
                return -EINVAL;
        dev->flags = flags & 1;
        return 0;
}

static void mtu_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        const struct device *dev = n->owner;

        (void) k;
        strbuf_addf(out, "%u\n", dev->mtu);
}

static int mtu_store(struct fake_kernel *k, struct node *n, const char *value)
{
        struct device *dev = n->owner;
        uint64_t mtu;

        fake_touch_device(k, dev);
        if (parse_unsigned(value, 10, 9216, &mtu) < 0 || mtu < 68)
                return -EINVAL;
        dev->mtu = (unsigned) mtu;
        return 0;
}

void netdev_attributes(struct node *net, struct device *dev)
{
        CLEANUP_FREE char *index = fake_printf("%u\n", dev->ifindex);

        node_file(net, "ifindex", index);
        node_file(net, "type", dev->spec.infiniband ? "32\n" : "1\n"); /* net/if_arp.h */
        node_attr(net, "flags", flags_show, flags_store, dev);
        node_attr(net, "mtu", mtu_show, mtu_store, dev);
}

char *fake_vf_text(struct fake_kernel *k, const char *address)
{
        const struct device *vf = device_find(k, address);
        struct strbuf b = { 0 };

        if (!vf || !vf->physfn)
                return NULL;
        values_text_format(&vf->vf, &b);
        return strbuf_steal(&b);
}

void fake_vf_set(struct fake_kernel *k, const char *address, const char *text)
{
        struct device *vf = device_find(k, address);
        struct values values, old;

        if (!vf || values_text_parse(text, &values) < 0)
                abort();
        old = vf->vf;
        vf->vf = values;
        vf->vf.lacking = old.lacking;
        values_keep(&vf->vf, &old, old.known);
}

char *fake_vf_seen_mac(struct fake_kernel *k, const char *address)
{
        const struct device *vf = device_find(k, address);
        struct values seen = { .known = PROPERTY_BIT(PROPERTY_MAC) };
        struct strbuf b = { 0 };

        if (vf && vf->driver) {
                seen.value[PROPERTY_MAC] = vf->seen_mac;
                values_format(&seen, PROPERTY_BIT(PROPERTY_MAC), &b);
        }
        return strbuf_steal(&b);
}
