/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is free and what is open, for whom only a part can be seen: golden cases have what root sees. */
#include "unit/machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan/openers.h"
#include "unit/tree.h"
#include "view/table.h"

static struct inventory *machine(void)
{
        static const struct fn functions[] = {
                { "0000:01:00.0", "10de:2204", 0x030200, "vfio-pci", "vfio-pci", 1, NULL },
                { "0000:01:00.1", "10de:228b", 0x040300, "vfio-pci", "vfio-pci", 1, NULL },
                { "0000:02:00.0", "10de:2204", 0x030200, "vfio-pci", "vfio-pci", 2, NULL },
                { "0000:03:00.0", "10de:2204", 0x030200, "nouveau", NULL, 3, NULL },
                { "0000:04:00.0", "1000:0097", 0x010700, "vfio-pci", "vfio-pci", 4, NULL },
        };
        struct inventory *inv = calloc(1, sizeof(*inv));

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        return inv;
}

#define CONFIG                                                                                                        \
        "[device gpus]\nid = 10de:2204\ncount = 3\nrequired = no\n[device hba]\naddress = 04:00.0\n[device card]\n"   \
        "address = 01:00\nenabled = no\n"

static int (*tree_list)(void *userdata, const char *path, int (*each)(void *arg, const char *name), void *arg);

static int list_but_others(void *userdata, const char *path, int (*each)(void *arg, const char *name), void *arg)
{
        return strstr(path, "proc/4711/") == path ? -EACCES : tree_list(userdata, path, each, arg);
}

static void assert_use(struct sys *sys, const char *expected)
{
        CLEANUP_PLANNED struct planned p = { 0 };
        CLEANUP_POOLS struct pools pools = { 0 };
        CLEANUP_ROWS struct row_list status = { 0 }, members = { 0 };
        CLEANUP_STRBUF struct strbuf text = { 0 };

        plan_for(&p, machine, CONFIG);
        pools_read(sys, p.plan, p.inv, &pools);
        rows_of_status(p.plan, p.inv, &p.state, &pools, &status);
        for (size_t i = 0; i < status.n; i++)
                strbuf_addf(&text, "%s: %s\n", status.items[i].cells[0],
                            status.items[i].cells[4] ? status.items[i].cells[4] : "");
        rows_of_pools(p.plan, p.inv, &pools, &members);
        for (size_t i = 0; i < members.n; i++)
                strbuf_addf(&text, "%s %s\n", members.items[i].cells[1], members.items[i].cells[3]);
        assert_text_of("pools", text.text, expected);
}

static void seen(void **unused)
{
        static const char cmdline[] = "qemu\0-name\0guest=web1";
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = NULL;
        struct sys_ops ops;

        (void) unused;
        assert_int_equal(sys_open(root, &sys), 0);
        tree_file(root, "sys/bus/pci/devices/0000:01:00.0/enable", "1\n");
        tree_file(root, "sys/bus/pci/devices/0000:02:00.0/enable", "0\n");
        /* A captured tree has no processes: what is not open may be held all the same. */
        assert_use(sys, "gpus: wanted: vfio-pci; 1 in use\nhba: IOMMU group 4, alone\ncard: \n0000:01:00.0 in use: a "
                        "VM or another program\n0000:02:00.0 unknown\n"
                        "0000:03:00.0 nouveau\n0000:04:00.0 unknown\n");
        tree_link(root, "proc/17/fd/0", "/dev/null");
        tree_file(root, "proc/4711/comm", "qemu\n");
        tree_bytes(root, "proc/4711/cmdline", cmdline, sizeof(cmdline));
        tree_link(root, "proc/4711/fd/7", "/dev/vfio/1");
        tree_link(root, "proc/4711/fd/8", "/dev/vfio/4");
        assert_use(sys, "gpus: wanted: vfio-pci; 1 free, 1 in use: web1\nhba: IOMMU group 4, alone; in use: "
                        "web1\ncard: \n0000:01:00.0 in use: qemu (pid "
                        "4711, VM web1)\n"
                        "0000:02:00.0 free\n0000:03:00.0 nouveau\n0000:04:00.0 in use: qemu (pid 4711, VM web1)\n");
        /* Who is not root sees what sysfs tells, and not by whom; of 04:00.0 it tells nothing. */
        ops = *sys->ops;
        tree_list = ops.list;
        ops.list = list_but_others;
        sys->ops = &ops;
        assert_use(sys, "gpus: wanted: vfio-pci; 1 free, 1 in use (only root can see by which VM)\nhba: IOMMU group "
                        "4, alone\ncard: \n"
                        "0000:01:00.0 in use: a VM or another program; root sees which\n0000:02:00.0 "
                        "free\n0000:03:00.0 nouveau\n"
                        "0000:04:00.0 only root can see who has it open\n");
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(seen),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
