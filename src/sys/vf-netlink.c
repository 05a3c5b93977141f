/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system: what is set of a PF's VFs, by rtnetlink (rtnetlink(7), linux/if_link.h). */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "sys/live.h"
#include "sys/netlink.h"
#include "sys/sys.h"

#define UNSUPPORTED UINT32_MAX              /* what the kernel tells of a switch that the driver has not filled in */
#define INFO_MAX sizeof(struct ifla_vf_mac) /* the longest */

static uint64_t get_number(const uint8_t *p, const struct vf_field *field)
{
        uint64_t n = 0;
        uint32_t word;
        uint16_t half;

        switch (field->size) {
        case sizeof(half):
                memcpy(&half, p, sizeof(half));
                return field->big_endian ? be16toh(half) : half;
        case sizeof(word):
                memcpy(&word, p, sizeof(word));
                return word;
        case sizeof(n):
                memcpy(&n, p, sizeof(n));
                return n;
        default:
                for (unsigned i = 0; i < field->size; i++)
                        n = n << 8 | p[i];
                return n;
        }
}

static void put_number(uint8_t *p, const struct vf_field *field, uint64_t n)
{
        uint32_t word = (uint32_t) n;
        uint16_t half = field->big_endian ? htobe16((uint16_t) n) : (uint16_t) n;

        switch (field->size) {
        case sizeof(half):
                memcpy(p, &half, sizeof(half));
                return;
        case sizeof(word):
                memcpy(p, &word, sizeof(word));
                return;
        case sizeof(n):
                memcpy(p, &n, sizeof(n));
                return;
        default:
                for (unsigned i = field->size; i-- > 0; n >>= 8)
                        p[i] = (uint8_t) n;
        }
}

/* The attribute that has a field. Every kernel that has the list of VLANs tells of one in it; others of one without
 * its protocol, in what begins alike. */
static const struct nlattr *find_field(const struct nlattr *const *tb, const struct vf_field *field)
{
        const struct nlattr *list = tb[field->type], *first;

        if (field->type != IFLA_VF_VLAN_LIST)
                return list;
        first = list ? mnl_attr_get_payload(list) : NULL;
        return first && mnl_attr_ok(first, mnl_attr_get_payload_len(list)) ? first : tb[IFLA_VF_VLAN];
}

static void get_property(const struct nlattr *const *tb, enum property p, struct values *v)
{
        const struct property_row *row = &properties[p];
        const struct nlattr *attr = find_field(tb, &row->vf);
        uint64_t n;

        /* A driver of InfiniBand tells of it, or has none (net/core/rtnetlink.c, ndo_get_vf_guid()). */
        if (!attr && row->link == LINK_INFINIBAND)
                v->lacking |= PROPERTY_BIT(p);
        if (!attr || mnl_attr_get_payload_len(attr) < (size_t) row->vf.offset + row->vf.size)
                return;
        n = get_number((const uint8_t *) mnl_attr_get_payload(attr) + row->vf.offset, &row->vf);
        if (row->form == FORM_SWITCH && n == UNSUPPORTED)
                v->lacking |= PROPERTY_BIT(p);
        else
                values_set(v, p, n);
}

/* False: it tells of no VF below n. */
static bool get_vf(const struct nlattr *info, struct values *values, unsigned n)
{
        const struct nlattr *tb[IFLA_VF_MAX + 1] = { NULL }, *attr;
        struct ifla_vf_mac mac;

        mnl_attr_for_each_nested(attr, info) if (mnl_attr_get_type(attr) <= IFLA_VF_MAX) tb[mnl_attr_get_type(attr)] =
                attr;
        if (!netlink_get(tb[IFLA_VF_MAC], &mac, sizeof(mac)) || mac.vf >= n)
                return false;
        for (enum property p = 0; p < PROPERTY_MAX; p++)
                if (properties[p].transport == TRANSPORT_VF)
                        get_property(tb, p, &values[mac.vf]);
        return true;
}

/* Begins a request about the link of that index. */
static int begin(struct live *live, uint16_t type, unsigned index, struct nlmsghdr **ret)
{
        struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = (int) index };
        int r = index > 0 ? netlink_open(&live->route, NETLINK_ROUTE) : -ENODEV;

        if (r < 0)
                return r;
        *ret = netlink_request(live->route, type, &info, sizeof(info));
        return 0;
}

int live_vf_read(void *userdata, const struct interface *interface, struct values *values, unsigned n)
{
        const struct nlattr *list, *info;
        const struct nlmsghdr *answer;
        struct live *live = userdata;
        struct nlmsghdr *msg;
        unsigned n_told = 0;
        int r;

        for (unsigned i = 0; i < n; i++)
                values[i] = (struct values){ 0 };
        r = begin(live, RTM_GETLINK, interface->index, &msg);
        if (r < 0)
                return r;
        mnl_attr_put_u32(msg, IFLA_EXT_MASK, RTEXT_FILTER_VF | RTEXT_FILTER_SKIP_STATS);
        r = netlink_talk(live->route, msg, &answer);
        if (r < 0)
                return r;
        list = netlink_find(answer, sizeof(struct ifinfomsg), IFLA_VFINFO_LIST);
        if (list)
                mnl_attr_for_each_nested(info, list) n_told += get_vf(info, values, n);
        return n > 0 && n_told == 0 ? -ENODATA : 0;
}

/* IFLA_VF_INFO's content for one group. */
static void put_group(struct nlmsghdr *msg, uint32_t vf, enum property leader, const struct values *v)
{
        const struct vf_field *first = &properties[leader].vf;
        uint8_t info[INFO_MAX] = { 0 };
        struct nlattr *list;

        memcpy(info, &vf, sizeof(vf));
        for (enum property p = leader; p < PROPERTY_MAX; p++)
                if (property_group(leader) & PROPERTY_BIT(p))
                        put_number(info + properties[p].vf.offset, &properties[p].vf, v->value[p]);
        if (first->type != IFLA_VF_VLAN_LIST) {
                mnl_attr_put(msg, first->type, first->length, info);
                return;
        }
        list = mnl_attr_nest_start(msg, IFLA_VF_VLAN_LIST);
        mnl_attr_put(msg, IFLA_VF_VLAN_INFO, first->length, info);
        mnl_attr_nest_end(msg, list);
}

int live_vf_set(void *userdata, const struct interface *interface, unsigned vf, enum property leader,
                const struct values *values)
{
        struct live *live = userdata;
        struct nlattr *list, *info;
        struct nlmsghdr *msg;
        int r;

        r = begin(live, RTM_SETLINK, interface->index, &msg);
        if (r < 0)
                return r;
        list = mnl_attr_nest_start(msg, IFLA_VFINFO_LIST);
        info = mnl_attr_nest_start(msg, IFLA_VF_INFO);
        put_group(msg, vf, leader, values);
        mnl_attr_nest_end(msg, info);
        mnl_attr_nest_end(msg, list);
        return netlink_talk(live->route, msg, NULL);
}
