/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose a node of VFIO's is, and what systemd calls it: by the state and the record, on a tree. */
#include "unit/kit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/strutil.h"
#include "base/uuid.h"
#include "guard/clearance-file.h"
#include "helper/node-owner.h"
#include "state/state-file.h"
#include "unit/tree.h"

#define UUID "4b20d080-1b54-4048-85b3-a6a62d165c01"

static void member(const char *root, int group, const char *name)
{
        char path[128], target[64];

        (void) snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%d/devices/%s", group, name);
        tree_link(root, path, "../../../../devices/x");
        (void) snprintf(path, sizeof(path), "sys/devices/pci0000:00/%s/iommu_group", name);
        (void) snprintf(target, sizeof(target), "../../../kernel/iommu_groups/%d", group);
        tree_link(root, path, target);
}

static struct pci_address at(const char *address)
{
        struct pci_address a;

        assert_int_equal(pci_address_parse(address, false, &a, NULL), 0);
        return a;
}

static void add(struct state *state, const char *address, const char *section)
{
        struct pci_address a = at(address);

        replace_string(&state_get_device(state, &a)->section, section);
}

static char *machine(void)
{
        CLEANUP_STATE struct state state = { 0 };
        CLEANUP_FREE char *text = NULL;
        char *root = tree_new();
        uint8_t uuid[16];

        member(root, 1, "0000:01:00.0");
        member(root, 1, "0000:01:00.1");
        member(root, 2, "0000:02:00.0");
        member(root, 3, "0000:03:00.0");
        member(root, 4, "0000:04:00.0");
        member(root, 5, "0000:05:00.0");
        member(root, 6, UUID);
        member(root, 7, "fff51000.ethernet");
        for (int vf = 0; vf < 3; vf++) {
                char name[64], path[128], target[80];

                (void) snprintf(name, sizeof(name), "0000:05:10.%d", vf);
                member(root, 10 + vf, name);
                (void) snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/physfn", name);
                tree_link(root, path, "../0000:05:00.0");
                (void) snprintf(path, sizeof(path), "sys/bus/pci/devices/0000:05:00.0/virtfn%d", vf);
                (void) snprintf(target, sizeof(target), "../%s", name);
                tree_link(root, path, target);
        }
        tree_dir(root, "sys/class/vfio/1");
        add(&state, "0000:01:00.0", "device gpu");
        add(&state, "0000:01:00.1", "device gpu");
        add(&state, "0000:02:00.0", "device pool");
        add(&state, "0000:03:00.0", "device pool");
        add(&state, "0000:05:00.0", "sriov uplink");
        add(&state, "0000:05:10.1", "vf uplink/1-2");
        add(&state, "0000:05:10.2", "device special");
        replace_string(&state_get_bus_device(&state, BUS_PLATFORM, "fff51000.ethernet")->section, "device soc");
        assert_int_equal(uuid_parse(UUID, uuid), 0);
        state_add_mdev(&state, uuid, "mdev desktop", "0000:00:02.0", "i915");
        state_format(&state, &text);
        tree_file(root, STATE_PATH, text);
        return root;
}

static void assert_owner(struct sys *sys, const char *devpath, const char *section, const char *alias)
{
        CLEANUP_NODE_OWNER struct node_owner o = { 0 };

        assert_int_equal(node_owner_find(sys, devpath, &o), 0);
        if (!streq_ptr(o.section, section) || !streq_ptr(o.alias, alias))
                fail_msg("%s: %s %s, expected %s %s", devpath, o.section ? o.section : "-", o.alias ? o.alias : "-",
                         section ? section : "-", alias ? alias : "-");
}

#define GROUP(n) "/devices/virtual/vfio/" n
#define CDEV(device) "/devices/pci0000:00/" device "/vfio-dev/vfio0"

static void by_state(void **unused)
{
        CLEANUP_TREE char *root = machine();
        CLEANUP(sys_freep) struct sys *sys = NULL;

        (void) unused;
        assert_int_equal(sys_open(root, &sys), 0);
        assert_owner(sys, GROUP("1"), "gpu", "/dev/passthru/gpu");
        assert_owner(sys, GROUP("2"), "pool", "/dev/passthru/pool/0000:02:00.0");
        assert_owner(sys, GROUP("3"), "pool", "/dev/passthru/pool/0000:03:00.0");
        assert_owner(sys, GROUP("4"), NULL, NULL);
        assert_owner(sys, GROUP("6"), "desktop", "/dev/passthru/desktop");
        assert_owner(sys, GROUP("7"), "soc", "/dev/passthru/soc");
        assert_owner(sys, GROUP("10"), "uplink", "/dev/passthru/uplink/0");
        assert_owner(sys, GROUP("11"), "uplink/1-2", "/dev/passthru/uplink/1");
        assert_owner(sys, GROUP("12"), "special", "/dev/passthru/special");
        assert_owner(sys, GROUP("99"), NULL, NULL);
        assert_owner(sys, GROUP("noiommu-0"), NULL, NULL);
        assert_owner(sys, "/devices/virtual/misc/iommu", NULL, NULL);
        /* The group's node has the name, where there is one: a kernel may have cdevs alone. */
        assert_owner(sys, CDEV("0000:01:00.0"), "gpu", NULL);
        assert_owner(sys, CDEV("0000:02:00.0"), "pool", "/dev/passthru/pool/0000:02:00.0");
        assert_owner(sys, CDEV("0000:04:00.0"), NULL, NULL);
}

/* Before the first run of a boot there is no state, and what is cleared is taken all the same. */
static void by_record(void **unused)
{
        static const struct {
                const char *address, *section;
        } cleared[] = {
                { "0000:01:00.0", "device gpu" },
                { "0000:01:00.1", "device gpu" },
                { "0000:02:00.0", "device pool" },
                { "0000:04:00.0", "device pool" },
        };
        CLEANUP_TREE char *root = machine();
        CLEANUP(sys_freep) struct sys *sys = NULL;
        CLEANUP_STRBUF struct strbuf lines = { 0 };
        CLEANUP_FREE char *record = NULL;

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cleared); i++) {
                const struct clearance c = {
                        .address = at(cleared[i].address),
                        .driver = "vfio-pci",
                        .section = cleared[i].section,
                        .identity = "id=10de:2204",
                };

                assert_int_equal(clearance_format(&c, &lines), 0);
        }
        record = clearance_record(lines.text);
        tree_file(root, CLEARANCE_RUN, record);
        tree_file(root, STATE_PATH, "damaged");
        assert_int_equal(sys_open(root, &sys), 0);
        assert_owner(sys, GROUP("1"), "gpu", "/dev/passthru/gpu");
        assert_owner(sys, GROUP("2"), "pool", "/dev/passthru/pool/0000:02:00.0");
        assert_owner(sys, GROUP("3"), NULL, NULL);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(by_state),
                cmocka_unit_test(by_record),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
