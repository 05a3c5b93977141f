/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rtnetlink on the running system, as far as an interface without VFs answers, and one that has more than
 * libmnl's usual buffer holds (the program is linked with --wrap for its socket). Real VFs are for the guests
 * (tests/vm/scenarios/vf). */
#include "unit/kit.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <limits.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "sys/sys.h"
#include "unit/tree.h"

static void the_running_system(void **unused)
{
        CLEANUP(sys_freep) struct sys *sys = NULL;
        const struct interface lo = { .index = if_nametoindex("lo"), .name = "lo" }, none = { .index = INT_MAX, .name = "lo" };
        const struct interface unknown = { .name = "lo" };
        struct values values[2] = { { .known = 1 }, { .known = 1 } };

        (void) unused;
        assert_int_equal(sys_open("/", &sys), 0);
        assert_int_equal(sys->ops->vf_read(sys->userdata, &lo, values, 2), -ENODATA);
        assert_int_equal(values[0].known | values[1].known, 0);
        assert_int_equal(sys->ops->vf_read(sys->userdata, &lo, NULL, 0), 0);
        /* The index counts, whatever has the name. */
        assert_int_equal(sys->ops->vf_read(sys->userdata, &none, values, 2), -ENODEV);
        assert_int_equal(sys->ops->vf_read(sys->userdata, &unknown, values, 2), -ENODEV);
        assert_int_equal(sys->ops->vf_set(sys->userdata, &unknown, 0, PROPERTY_VLAN, &values[0]), -ENODEV);
        /* Each kind of message is one that the kernel takes apart before it says no. */
        for (enum property p = 0; p < PROPERTY_MSIX_COUNT; p++) {
                int r = property_leads_group(p) ? sys->ops->vf_set(sys->userdata, &lo, 0, p, &values[0]) : -EOPNOTSUPP;

                if (r != -EOPNOTSUPP && r != -EPERM)
                        fail_msg("%s: %d", property_name(p), r);
        }
        assert_int_equal(sys->ops->vf_read(sys->userdata, &lo, values, 1),
                         -ENODATA); /* and the next answer is its own */
}

ssize_t __real_mnl_socket_sendto(const struct mnl_socket *socket, const void *buf, size_t size);
ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *socket, const void *buf, size_t size);
ssize_t __real_mnl_socket_recvfrom(const struct mnl_socket *socket, void *buf, size_t size);
ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *socket, void *buf, size_t size);

#define VFS 256
#define GUIDS 4 /* of the first so many: with all the list would be longer than an attribute can be */

/* The answer that stands in for the kernel's; NULL: the kernel's own. */
static struct nlmsghdr *link_answer;

ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *socket, const void *buf, size_t size)
{
        const struct nlmsghdr *request = buf;

        if (!link_answer)
                return __real_mnl_socket_sendto(socket, buf, size);
        assert_int_equal(request->nlmsg_type, RTM_GETLINK);
        link_answer->nlmsg_seq = request->nlmsg_seq;
        return (ssize_t) size;
}

ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *socket, void *buf, size_t size)
{
        if (!link_answer)
                return __real_mnl_socket_recvfrom(socket, buf, size);
        assert_true(size >= link_answer->nlmsg_len);
        memcpy(buf, link_answer, link_answer->nlmsg_len);
        return (ssize_t) link_answer->nlmsg_len;
}

/* As rtnl_fill_vfinfo() makes it for a driver that has no spoofchk; the statistics stand for what else is there. */
static void put_vf(struct nlmsghdr *msg, uint32_t vf)
{
        struct nlattr *info = mnl_attr_nest_start(msg, IFLA_VF_INFO), *list;
        struct ifla_vf_mac mac = { vf, { 0x52, 0x54, 0, 0, 0, (uint8_t) vf } };
        struct ifla_vf_vlan_info vlan = { vf, vf + 1, 5, htobe16(0x88a8) };
        struct ifla_vf_rate rate = { vf, 10, 20 };
        struct ifla_vf_spoofchk spoofchk = { vf, UINT32_MAX };
        struct ifla_vf_trust trust = { vf, 1 };
        struct ifla_vf_guid node = { vf, 1 }, port = { vf, UINT64_C(0x0211223344556600) + vf };
        uint8_t statistics[128] = { 0 };

        mnl_attr_put(msg, IFLA_VF_MAC, sizeof(mac), &mac);
        list = mnl_attr_nest_start(msg, IFLA_VF_VLAN_LIST);
        mnl_attr_put(msg, IFLA_VF_VLAN_INFO, sizeof(vlan), &vlan);
        mnl_attr_nest_end(msg, list);
        mnl_attr_put(msg, IFLA_VF_RATE, sizeof(rate), &rate);
        mnl_attr_put(msg, IFLA_VF_SPOOFCHK, sizeof(spoofchk), &spoofchk);
        mnl_attr_put(msg, IFLA_VF_TRUST, sizeof(trust), &trust);
        mnl_attr_put(msg, IFLA_VF_STATS, sizeof(statistics), statistics);
        if (vf < GUIDS) { /* as InfiniBand's */
                mnl_attr_put(msg, IFLA_VF_IB_NODE_GUID, sizeof(node), &node);
                mnl_attr_put(msg, IFLA_VF_IB_PORT_GUID, sizeof(port), &port);
        }
        mnl_attr_nest_end(msg, info);
}

static void many(void **unused)
{
        const struct interface pf = { .index = 1, .name = "pf" };
        CLEANUP(sys_freep) struct sys *sys = NULL;
        const uint64_t guids = PROPERTY_BIT(PROPERTY_NODE_GUID) | PROPERTY_BIT(PROPERTY_PORT_GUID);
        struct values *values = calloc(VFS, sizeof(*values));
        struct nlattr *list;

        (void) unused;
        assert_non_null(values);
        assert_int_equal(sys_open("/", &sys), 0);
        link_answer = mnl_nlmsg_put_header(calloc(1, 128U * 1024));
        link_answer->nlmsg_type = RTM_NEWLINK;
        (void) mnl_nlmsg_put_extra_header(link_answer, sizeof(struct ifinfomsg));
        list = mnl_attr_nest_start(link_answer, IFLA_VFINFO_LIST);
        for (uint32_t vf = 0; vf < VFS; vf++)
                put_vf(link_answer, vf);
        mnl_attr_nest_end(link_answer, list);
        assert_true(link_answer->nlmsg_len > 60000);
        assert_int_equal(sys->ops->vf_read(sys->userdata, &pf, values, VFS - 1), 0); /* one fewer than there are */
        for (unsigned vf = 0; vf < VFS - 1; vf++) {
                assert_true(values[vf].value[PROPERTY_MAC] == 0x525400000000U + vf);
                assert_int_equal(values[vf].value[PROPERTY_VLAN], vf + 1);
                assert_int_equal(values[vf].value[PROPERTY_QOS], 5);
                assert_int_equal(values[vf].value[PROPERTY_VLAN_PROTOCOL], 0x88a8);
                assert_int_equal(values[vf].value[PROPERTY_MIN_TX_RATE], 10);
                assert_int_equal(values[vf].value[PROPERTY_MAX_TX_RATE], 20);
                assert_int_equal(values[vf].value[PROPERTY_TRUST], 1);
                assert_int_equal(values[vf].lacking, PROPERTY_BIT(PROPERTY_SPOOFCHK) | (vf < GUIDS ? 0 : guids));
                assert_int_equal(values[vf].known & guids, vf < GUIDS ? guids : 0);
                if (vf < GUIDS)
                        assert_true(values[vf].value[PROPERTY_PORT_GUID] == UINT64_C(0x0211223344556600) + vf);
        }
        assert_int_equal(values[VFS - 1].known, 0);
        free(link_answer);
        link_answer = NULL;
        free(values);
}

static void small(void **unused)
{
        CLEANUP(sys_freep) struct sys *sys = NULL;
        const struct interface lo = { .index = 1, .name = "lo" };
        struct values values;

        (void) unused;
        assert_int_equal(sys_open_small(&sys), 0);
        assert_int_equal(SYS_CALL(sys, vf_read, &lo, &values, 1), -EOPNOTSUPP);
        assert_int_equal(SYS_CALL(sys, vf_set, &lo, 0, PROPERTY_MAC, &values), -EOPNOTSUPP);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_running_system),
                cmocka_unit_test(many),
                cmocka_unit_test(small),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
