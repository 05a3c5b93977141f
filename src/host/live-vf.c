/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system: what is set of a PF's VFs, by rtnetlink (rtnetlink(7), linux/if_link.h). Not by
 * libnl-route: its VF functions do not tell what a driver lacks. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/live-netlink.h"
#include "host/live.h"
#include "host/sys.h"
#include "util/cleanup.h"
#include "util/macro.h"

#define UNSUPPORTED UINT32_MAX /* what the kernel tells of a property that the driver has not filled in */

/* What an answer's values go to. */
struct wanted {
        struct vf_values *values;
        unsigned n, n_told;
};

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

static void get_vlan(const struct netlink *l, struct nlattr **tb, struct vf_values *v)
{
        struct nlattr *list = tb[IFLA_VF_VLAN_LIST];
        struct ifla_vf_vlan_info info;
        struct ifla_vf_vlan vlan;

        /* Every kernel that has the list tells of one VLAN in it. */
        if (list && l->nla_ok(l->nla_data(list), l->nla_len(list)) && netlink_get(l, l->nla_data(list), &info, sizeof(info))) {
                set(v, VF_VLAN, info.vlan);
                set(v, VF_QOS, info.qos);
                set(v, VF_VLAN_PROTOCOL, (uint64_t) be16toh(info.vlan_proto));
        } else if (netlink_get(l, tb[IFLA_VF_VLAN], &vlan, sizeof(vlan))) {
                set(v, VF_VLAN, vlan.vlan);
                set(v, VF_QOS, vlan.qos);
        }
}

static void get_vf(const struct netlink *l, struct nlattr *attr, struct wanted *w)
{
        struct nlattr *tb[IFLA_VF_MAX + 1] = { NULL };
        struct ifla_vf_mac mac;
        struct ifla_vf_rate rate;
        struct ifla_vf_link_state state;
        struct ifla_vf_spoofchk spoofchk;
        struct ifla_vf_trust trust;
        struct ifla_vf_rss_query_en rss;
        struct vf_values *v;

        if (l->nla_parse_nested(tb, IFLA_VF_MAX, attr, NULL) < 0 || !netlink_get(l, tb[IFLA_VF_MAC], &mac, sizeof(mac)) ||
            mac.vf >= w->n)
                return;
        v = &w->values[mac.vf];
        w->n_told++;
        set(v, VF_MAC, vf_mac_number(mac.mac));
        get_vlan(l, tb, v);
        if (netlink_get(l, tb[IFLA_VF_RATE], &rate, sizeof(rate))) {
                set(v, VF_MIN_TX_RATE, rate.min_tx_rate);
                set(v, VF_MAX_TX_RATE, rate.max_tx_rate);
        }
        if (netlink_get(l, tb[IFLA_VF_LINK_STATE], &state, sizeof(state)))
                set(v, VF_LINK_STATE, state.link_state);
        if (netlink_get(l, tb[IFLA_VF_SPOOFCHK], &spoofchk, sizeof(spoofchk)))
                set_or_lack(v, VF_SPOOFCHK, spoofchk.setting);
        if (netlink_get(l, tb[IFLA_VF_TRUST], &trust, sizeof(trust)))
                set_or_lack(v, VF_TRUST, trust.setting);
        if (netlink_get(l, tb[IFLA_VF_RSS_QUERY_EN], &rss, sizeof(rss)))
                set_or_lack(v, VF_QUERY_RSS, rss.setting);
}

static void on_link(struct netlink *l, struct nl_msg *msg, void *userdata)
{
        struct nlattr *list, *attr;
        int rest;

        if (l->nlmsg_hdr(msg)->nlmsg_type != RTM_NEWLINK)
                return;
        list = l->nlmsg_find_attr(l->nlmsg_hdr(msg), sizeof(struct ifinfomsg), IFLA_VFINFO_LIST);
        if (!list)
                return;
        rest = l->nla_len(list);
        for (attr = l->nla_data(list); l->nla_ok(attr, rest); attr = l->nla_next(attr, &rest))
                get_vf(l, attr, userdata);
}

/* *ret is a request about the link of that index; NULL: memory is out. */
static struct nl_msg *new_request(const struct netlink *l, int type, unsigned index)
{
        struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = (int) index };
        struct nl_msg *msg = l->nlmsg_alloc_simple(type, NLM_F_REQUEST);

        if (!msg)
                return NULL;
        if (l->nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO) < 0) {
                l->nlmsg_free(msg);
                return NULL;
        }
        return msg;
}

/* A captured tree has a file for each such interface: a line for each VF, see vf_text_format(). */
static int read_captured(struct live *live, const char *interface, struct vf_values *values, unsigned n)
{
        CLEANUP_FREE char *text = NULL;
        char path[64], *rest, *line;
        size_t len;
        int r;

        (void) snprintf(path, sizeof(path), "vf-settings/%s", interface);
        r = live_read_file(live, path, 1U << 20, &text, &len);
        if (r < 0)
                return r == -ENOENT ? -EOPNOTSUPP : r;
        rest = text;
        for (unsigned i = 0; i < n && (line = strsep(&rest, "\n")); i++)
                if (vf_text_parse(line, &values[i]) < 0)
                        return -EBADMSG;
        return 0;
}

int live_vf_read(void *userdata, const struct interface *interface, struct vf_values *values, unsigned n)
{
        const uint32_t filter = RTEXT_FILTER_VF | RTEXT_FILTER_SKIP_STATS;
        struct wanted wanted = { .values = values, .n = n };
        struct live *live = userdata;
        struct netlink *l;
        struct nl_msg *msg;
        int r;

        for (unsigned i = 0; i < n; i++)
                values[i] = (struct vf_values){ 0 };
        if (live->captured)
                return read_captured(live, interface->name, values, n);
        if (interface->index == 0)
                return -ENODEV;
        r = netlink_open(&live->route, NETLINK_ROUTE, &l);
        if (r < 0)
                return r;
        msg = new_request(l, RTM_GETLINK, interface->index);
        if (!msg)
                return -ENOMEM;
        r = l->nla_put(msg, IFLA_EXT_MASK, sizeof(filter), &filter) < 0 ? -ENOMEM : netlink_talk(l, msg, on_link, &wanted);
        l->nlmsg_free(msg);
        if (r == 0 && n > 0 && wanted.n_told == 0)
                return -ENODATA;
        return r;
}

/* IFLA_VF_INFO's content for one group. */
static int put_group(const struct netlink *l, struct nl_msg *msg, uint32_t vf, enum vf_property leader,
                     const struct vf_values *v)
{
        struct ifla_vf_mac mac = { .vf = vf };
        struct ifla_vf_vlan_info vlan = { vf, (uint32_t) v->value[VF_VLAN], (uint32_t) v->value[VF_QOS],
                                          htobe16((uint16_t) v->value[VF_VLAN_PROTOCOL]) };
        struct ifla_vf_rate rate = { vf, (uint32_t) v->value[VF_MIN_TX_RATE], (uint32_t) v->value[VF_MAX_TX_RATE] };
        struct ifla_vf_spoofchk setting = { vf, (uint32_t) v->value[leader] }; /* trust, … are the same two numbers */
        static const int types[VF_PROPERTY_MAX] = {
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
                return l->nla_put(msg, IFLA_VF_MAC, sizeof(mac), &mac);
        case VF_VLAN:
                list = l->nla_nest_start(msg, IFLA_VF_VLAN_LIST);
                if (!list || l->nla_put(msg, IFLA_VF_VLAN_INFO, sizeof(vlan), &vlan) < 0)
                        return -ENOMEM;
                return l->nla_nest_end(msg, list);
        case VF_MIN_TX_RATE:
                return l->nla_put(msg, IFLA_VF_RATE, sizeof(rate), &rate);
        default:
                return types[leader] ? l->nla_put(msg, types[leader], sizeof(setting), &setting) : -EINVAL;
        }
}

int live_vf_set(void *userdata, const struct interface *interface, unsigned vf, enum vf_property leader,
                const struct vf_values *values)
{
        struct live *live = userdata;
        struct netlink *l;
        struct nlattr *list, *info;
        struct nl_msg *msg;
        int r;

        if (live->captured)
                return -EROFS;
        if (interface->index == 0)
                return -ENODEV;
        r = netlink_open(&live->route, NETLINK_ROUTE, &l);
        if (r < 0)
                return r;
        msg = new_request(l, RTM_SETLINK, interface->index);
        if (!msg)
                return -ENOMEM;
        list = l->nla_nest_start(msg, IFLA_VFINFO_LIST);
        info = list ? l->nla_nest_start(msg, IFLA_VF_INFO) : NULL;
        if (!info || put_group(l, msg, vf, leader, values) < 0 || l->nla_nest_end(msg, info) < 0 ||
            l->nla_nest_end(msg, list) < 0)
                r = -ENOMEM;
        if (r == 0)
                r = netlink_talk(l, msg, NULL, NULL);
        l->nlmsg_free(msg);
        return r;
}
