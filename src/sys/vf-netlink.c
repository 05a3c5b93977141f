/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system: what is set of a PF's VFs, by rtnetlink (rtnetlink(7), linux/if_link.h). */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "sys/live.h"
#include "sys/netlink.h"
#include "sys/sys.h"

#define UNSUPPORTED UINT32_MAX /* what the kernel tells of a property that the driver has not filled in */

static void set(struct vf_values *v, enum vf_property p, uint64_t value)
{
        v->known |= VF_BIT(p);
        v->value[p] = value;
}

static void set_or_lack(struct vf_values *v, enum vf_property p, uint32_t value)
{
        if (value == UNSUPPORTED)
                v->lacking |= VF_BIT(p);
        else
                set(v, p, value);
}

static void get_vlan(const struct nlattr **tb, struct vf_values *v)
{
        const struct nlattr *list = tb[IFLA_VF_VLAN_LIST], *first;
        struct ifla_vf_vlan_info info;
        struct ifla_vf_vlan vlan;

        /* Every kernel that has the list tells of one VLAN in it. */
        first = list ? mnl_attr_get_payload(list) : NULL;
        if (first && mnl_attr_ok(first, mnl_attr_get_payload_len(list)) && netlink_get(first, &info, sizeof(info))) {
                set(v, VF_VLAN, info.vlan);
                set(v, VF_QOS, info.qos);
                set(v, VF_VLAN_PROTOCOL, (uint64_t) be16toh(info.vlan_proto));
        } else if (netlink_get(tb[IFLA_VF_VLAN], &vlan, sizeof(vlan))) {
                set(v, VF_VLAN, vlan.vlan);
                set(v, VF_QOS, vlan.qos);
        }
}

/* False: it tells of no VF below n. */
static bool get_vf(const struct nlattr *info, struct vf_values *values, unsigned n)
{
        const struct nlattr *tb[IFLA_VF_MAX + 1] = { NULL }, *attr;
        struct ifla_vf_mac mac;
        struct ifla_vf_rate rate;
        struct ifla_vf_link_state state;
        struct ifla_vf_spoofchk spoofchk;
        struct ifla_vf_trust trust;
        struct ifla_vf_rss_query_en rss;
        struct vf_values *v;

        mnl_attr_for_each_nested(attr, info) if (mnl_attr_get_type(attr) <= IFLA_VF_MAX) tb[mnl_attr_get_type(attr)] =
                attr;
        if (!netlink_get(tb[IFLA_VF_MAC], &mac, sizeof(mac)) || mac.vf >= n)
                return false;
        v = &values[mac.vf];
        set(v, VF_MAC, vf_mac_number(mac.mac));
        get_vlan(tb, v);
        if (netlink_get(tb[IFLA_VF_RATE], &rate, sizeof(rate))) {
                set(v, VF_MIN_TX_RATE, rate.min_tx_rate);
                set(v, VF_MAX_TX_RATE, rate.max_tx_rate);
        }
        if (netlink_get(tb[IFLA_VF_LINK_STATE], &state, sizeof(state)))
                set(v, VF_LINK_STATE, state.link_state);
        if (netlink_get(tb[IFLA_VF_SPOOFCHK], &spoofchk, sizeof(spoofchk)))
                set_or_lack(v, VF_SPOOFCHK, spoofchk.setting);
        if (netlink_get(tb[IFLA_VF_TRUST], &trust, sizeof(trust)))
                set_or_lack(v, VF_TRUST, trust.setting);
        if (netlink_get(tb[IFLA_VF_RSS_QUERY_EN], &rss, sizeof(rss)))
                set_or_lack(v, VF_QUERY_RSS, rss.setting);
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

int live_vf_read(void *userdata, const struct interface *interface, struct vf_values *values, unsigned n)
{
        const struct nlattr *list, *info;
        const struct nlmsghdr *answer;
        struct live *live = userdata;
        struct nlmsghdr *msg;
        unsigned n_told = 0;
        int r;

        for (unsigned i = 0; i < n; i++)
                values[i] = (struct vf_values){ 0 };
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
static int put_group(struct nlmsghdr *msg, uint32_t vf, enum vf_property leader, const struct vf_values *v)
{
        struct ifla_vf_mac mac = { .vf = vf };
        struct ifla_vf_vlan_info vlan = { vf, (uint32_t) v->value[VF_VLAN], (uint32_t) v->value[VF_QOS],
                                          htobe16((uint16_t) v->value[VF_VLAN_PROTOCOL]) };
        struct ifla_vf_rate rate = { vf, (uint32_t) v->value[VF_MIN_TX_RATE], (uint32_t) v->value[VF_MAX_TX_RATE] };
        struct ifla_vf_spoofchk setting = { vf, (uint32_t) v->value[leader] }; /* trust, … are the same two numbers */
        static const uint16_t types[VF_PROPERTY_MAX] = {
                [VF_SPOOFCHK] = IFLA_VF_SPOOFCHK,
                [VF_TRUST] = IFLA_VF_TRUST,
                [VF_LINK_STATE] = IFLA_VF_LINK_STATE,
                [VF_QUERY_RSS] = IFLA_VF_RSS_QUERY_EN,
        };
        struct nlattr *list;

        switch (leader) {
        case VF_MAC:
                for (unsigned i = 0; i < 6; i++)
                        mac.mac[i] = (uint8_t) (v->value[VF_MAC] >> (40 - 8 * i));
                mnl_attr_put(msg, IFLA_VF_MAC, sizeof(mac), &mac);
                break;
        case VF_VLAN:
                list = mnl_attr_nest_start(msg, IFLA_VF_VLAN_LIST);
                mnl_attr_put(msg, IFLA_VF_VLAN_INFO, sizeof(vlan), &vlan);
                mnl_attr_nest_end(msg, list);
                break;
        case VF_MIN_TX_RATE:
                mnl_attr_put(msg, IFLA_VF_RATE, sizeof(rate), &rate);
                break;
        default:
                if (!types[leader])
                        return -EINVAL;
                mnl_attr_put(msg, types[leader], sizeof(setting), &setting);
        }
        return 0;
}

int live_vf_set(void *userdata, const struct interface *interface, unsigned vf, enum vf_property leader,
                const struct vf_values *values)
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
        r = put_group(msg, vf, leader, values);
        mnl_attr_nest_end(msg, info);
        mnl_attr_nest_end(msg, list);
        return r < 0 ? r : netlink_talk(live->route, msg, NULL);
}
