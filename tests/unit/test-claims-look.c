/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Quick looks by the claims, on a captured tree: what may be ours, what lacks its override, whose a VFIO node is. */
#include "unit/kit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/uuid.h"
#include "helper/claims-look.h"
#include "state/hung-writes.h"
#include "state/state-file.h"
#include "unit/tree.h"

#define BUS "sys/bus/pci/devices/"
#define CARD "0000:01:00.0"
#define AUDIO "0000:01:00.1"
#define TWIN "0000:02:00.0"
#define NIC "0000:05:00.0"
#define VF0 "0000:05:10.0"
#define MDEV "4b20d080-1b54-4048-85b3-a6a62d165c01"

static const char *at(const char *address, const char *attribute)
{
        static char path[128];

        (void) snprintf(path, sizeof(path), BUS "%s/%s", address, attribute);
        return path;
}

static void function(const char *root, const char *address, const char *vendor, const char *device, const char *override)
{
        char target[128], path[128];

        (void) snprintf(path, sizeof(path), "sys/devices/pci0000:00/0000:00:1c.0/%s", address);
        tree_dir(root, path);
        (void) snprintf(target, sizeof(target), "../../../devices/pci0000:00/0000:00:1c.0/%s", address);
        (void) snprintf(path, sizeof(path), BUS "%s", address);
        tree_link(root, path, target);
        tree_file(root, at(address, "vendor"), vendor);
        tree_file(root, at(address, "device"), device);
        tree_file(root, at(address, "driver_override"), override);
}

/* The claims of a configuration and the door to a tree, for one look. */
struct scene {
        struct sys *sys;
        struct claims claims;
};

static void scene_clear(struct scene *s)
{
        sys_free(s->sys);
        claims_free(&s->claims);
}

static void scene_set(struct scene *s, const char *root, const char *text)
{
        CLEANUP(config_freep) struct config *config = parse_good(text);

        *s = (struct scene){ 0 };
        claims_build(config, &s->claims);
        assert_int_equal(sys_open(root, &s->sys), 0);
}

static struct pci_address address(const char *text)
{
        struct pci_address a;

        assert_int_equal(pci_address_parse(text, false, &a, NULL), 0);
        return a;
}

static bool may_name(const char *root, const char *text, const char *function_address)
{
        CLEANUP(scene_clear) struct scene s;
        struct pci_address a = address(function_address);

        scene_set(&s, root, text);
        return claims_may_name(s.sys, &s.claims, &a);
}

static bool owns_node(const char *root, const char *text, const char *devpath)
{
        CLEANUP(scene_clear) struct scene s;
        bool ours = false;

        scene_set(&s, root, text);
        assert_int_equal(claims_own_node(s.sys, &s.claims, devpath, &ours), 0);
        return ours;
}

/* Who opens group 14. */
static bool owns(const char *root, const char *text)
{
        return owns_node(root, text, "/devices/virtual/vfio/14");
}

static void member(const char *root, const char *name)
{
        char path[128];

        (void) snprintf(path, sizeof(path), "sys/kernel/iommu_groups/14/devices/%s", name);
        tree_link(root, path, "nowhere"); /* its name alone counts */
}

static void by_name(void **unused)
{
        CLEANUP_TREE char *root = tree_new();

        (void) unused;
        function(root, CARD, "0x10de\n", "0x2484\n", "\n");
        assert_true(may_name(root, "[device d]\nid = 10de:2484\n", CARD));
        assert_false(may_name(root, "[device d]\nid = 10de:2485\n", CARD));
        assert_true(may_name(root, "[device d]\nid = 10de:*\ncount = all\n", CARD));
        assert_true(may_name(root, "[device d]\npath = 00:1c.0/0.0\n", CARD));
        assert_false(may_name(root, "[device d]\npath = 00:1c.1/0.0\n", CARD));
        assert_true(may_name(root, "[device d]\naddress = " CARD "\n", CARD));
        assert_false(may_name(root, "[device d]\naddress = " TWIN "\n", CARD));
        /* Ids that can't be read are not ids of 0, and what is not there has none. */
        tree_file(root, at(CARD, "device"), "nonsense\n");
        assert_false(may_name(root, "[device d]\nid = 10de:0\n", CARD));
        tree_file(root, at(CARD, "device"), "0x12484\n");
        assert_false(may_name(root, "[device d]\nid = 10de:2484\n", CARD));
        assert_false(may_name(root, "[device d]\nid = 10de:2484\n", TWIN));
        assert_false(may_name(root, "[device d]\npath = 00:1c.0/0.0\n", TWIN));
        assert_true(may_name(root, "[device d]\naddress = " TWIN "\n", TWIN));
}

/* A device for which a write has not come back: its override is not read, for that would wait for the same lock. */
static void a_stuck_device(void **unused)
{
        static const char text[] = "[device d]\nid = 10de:2484\ncount = all\n";
        CLEANUP_TREE char *root = tree_new();

        (void) unused;
        function(root, CARD, "0x10de\n", "0x2484\n", "\n");
        member(root, CARD);
        tree_file(root, "run/passthru-setup/stuck/" CARD, "4711\n");
        assert_false(owns(root, text)); /* there is no such process any more */
        tree_file(root, "proc/4711/comm", "bash\n");
        assert_false(owns(root, text));
        tree_file(root, "proc/4711/comm", BLOCKED_COMM "\n");
        assert_true(owns(root, text));
        assert_false(owns(root, "[device d]\naddress = " TWIN "\n"));
}

static void vfs(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(scene_clear) struct scene s;
        struct pci_address nic = address(NIC), vf = address(VF0), pf = { 0 };

        (void) unused;
        function(root, NIC, "0x8086\n", "0x10c9\n", "\n");
        function(root, VF0, "0x8086\n", "0x10ca\n", "\n");
        tree_link(root, "sys/devices/pci0000:00/0000:00:1c.0/" VF0 "/physfn", "../" NIC);
        scene_set(&s, root, "");
        assert_int_equal(claims_find_pf(s.sys, &vf, &pf), 0);
        assert_int_equal(pci_address_compare(&pf, &nic), 0);
        assert_int_equal(claims_find_pf(s.sys, &nic, &pf), -ENOENT);
        assert_true(claims_probes_vfs(s.sys, &nic)); /* it does not say, on kernels of long ago */
        tree_file(root, at(NIC, "sriov_drivers_autoprobe"), "0\n");
        assert_false(claims_probes_vfs(s.sys, &nic));
        tree_file(root, at(NIC, "sriov_drivers_autoprobe"), "1\n");
        assert_true(claims_probes_vfs(s.sys, &nic));
}

/* What opens a group's node is in its hands: it is ours when the configuration gave it away, by an override that says so. */
static void groups(void **unused)
{
        static const char card[] = "[device d]\naddress = " CARD "\n", twin[] = "[device d]\naddress = " TWIN "\n";
        static const char uplink[] = "[sriov s]\naddress = " NIC "\nvfs = 1\n";
        CLEANUP_TREE char *root = tree_new();

        (void) unused;
        assert_false(owns(root, card)); /* no such group */
        function(root, CARD, "0x10de\n", "0x2484\n", "\n");
        function(root, NIC, "0x8086\n", "0x10c9\n", "\n");
        function(root, VF0, "0x8086\n", "0x10ca\n", "\n");
        tree_link(root, "sys/devices/pci0000:00/0000:00:1c.0/" VF0 "/physfn", "../" NIC);
        member(root, CARD);
        member(root, "power");
        assert_false(owns(root, card)); /* named, and not given away */
        tree_file(root, at(CARD, "driver_override"), "vfio-pci\n");
        assert_true(owns(root, card));
        assert_false(owns(root, twin)); /* given away by someone else */
        assert_false(owns(root, ""));
        assert_int_equal(unlink(tree_path(root, "sys/kernel/iommu_groups/14/devices/" CARD)), 0);

        member(root, VF0);
        assert_false(owns(root, uplink));
        tree_file(root, at(VF0, "driver_override"), "vfio-pci\n");
        assert_true(owns(root, uplink)); /* by its PF */
        assert_false(owns(root, card));
}

/* What the state has is ours, whatever the file says by now. */
static void groups_by_the_state(void **unused)
{
        static const char entry[] = "[device %s]\nid = 10de:2484\nsection = |device+d|\n";
        static const char *const members[] = { CARD, VF0 }, *const noted[] = { CARD, NIC };
        char text[256];

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
                CLEANUP_TREE char *root = tree_new();

                function(root, CARD, "0x10de\n", "0x2484\n", "\n");
                function(root, VF0, "0x8086\n", "0x10ca\n", "\n");
                tree_link(root, "sys/devices/pci0000:00/0000:00:1c.0/" VF0 "/physfn", "../" NIC);
                member(root, members[i]);
                (void) snprintf(text, sizeof(text), entry, TWIN);
                tree_file(root, STATE_PATH, text);
                assert_false(owns(root, ""));
                (void) snprintf(text, sizeof(text), entry, noted[i]);
                tree_file(root, STATE_PATH, text);
                assert_true(owns(root, ""));
                tree_file(root, STATE_PATH, "damaged");
                assert_false(owns(root, ""));
        }
}

static void groups_of_mdevs(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP_STATE struct state state = { 0 };
        CLEANUP_FREE char *text = NULL;
        CLEANUP(scene_clear) struct scene s;
        uint8_t uuid[16];
        bool ours = true;

        (void) unused;
        member(root, MDEV);
        assert_false(owns(root, "[mdev m]\nparent = mtty\ntype = x\nuuid = " MDEV "\n")); /* someone else made it */
        assert_int_equal(uuid_parse(MDEV, uuid), 0);
        state_add_mdev(&state, uuid, "mdev m", "mtty", "x");
        state_format(&state, &text);
        tree_file(root, STATE_PATH, text);
        assert_true(owns(root, ""));
        /* A group that can't be looked into is nobody's, and that is told. */
        tree_file(root, "sys/kernel/iommu_groups/15/devices", "");
        scene_set(&s, root, "");
        assert_int_equal(claims_own_node(s.sys, &s.claims, "/devices/virtual/vfio/15", &ours), -ENOTDIR);
        assert_false(ours);
}

/* What has a node of its own; an mdev's is below the function that is its parent, a whole GPU at times. */
static void cdevs(void **unused)
{
        static const char card[] = "[device d]\naddress = " CARD "\n", bridge[] = "/devices/pci0000:00/0000:00:1c.0/";
        CLEANUP_TREE char *root = tree_new();
        CLEANUP_STATE struct state state = { 0 };
        CLEANUP_FREE char *text = NULL;
        char cdev[160], mdev[160];
        uint8_t uuid[16];

        (void) unused;
        (void) snprintf(cdev, sizeof(cdev), "%s" CARD "/vfio-dev/vfio0", bridge);
        (void) snprintf(mdev, sizeof(mdev), "%s" CARD "/" MDEV "/vfio-dev/vfio1", bridge);
        function(root, CARD, "0x10de\n", "0x2484\n", "vfio-pci\n");
        assert_true(owns_node(root, card, cdev));
        assert_false(owns_node(root, "", cdev));
        assert_false(owns_node(root, card, mdev)); /* someone else made it on a card that happens to be ours */
        assert_int_equal(uuid_parse(MDEV, uuid), 0);
        state_add_mdev(&state, uuid, "mdev m", CARD, "x");
        state_format(&state, &text);
        tree_file(root, STATE_PATH, text);
        assert_true(owns_node(root, "", mdev));
        assert_false(owns_node(root, "", cdev));
        assert_true(owns_node(root, "", "/devices/vfio_ap/matrix/" MDEV "/vfio-dev/vfio2"));
        assert_true(owns_node(root, "", "/devices/virtual/misc/iommu"));
        assert_false(owns_node(root, card, "/devices/virtual/misc/vfio"));
        assert_false(owns_node(root, card, "/vfio-dev/vfio0"));
        assert_false(owns_node(root, card, ""));
}

static void other_buses(void **unused)
{
        static const struct {
                const char *bus, *name;
        } cases[] = {
                { "platform", "fff51000.ethernet" }, { "amba", "2b600000.dma" }, { "fsl-mc", "dprc.2" },
                { "cdx", "cdx-00:00" },              { "css", "0.0.0313" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_TREE char *root = tree_new();
                char text[128], path[128], cdev[128], noted[160];

                (void) snprintf(text, sizeof(text), "[device d]\nbus = %s\naddress = %s\n", cases[i].bus, cases[i].name);
                (void) snprintf(path, sizeof(path), "sys/bus/%s/devices/%s/driver_override", cases[i].bus, cases[i].name);
                (void) snprintf(cdev, sizeof(cdev), "/devices/x/%s/vfio-dev/vfio0", cases[i].name);
                (void) snprintf(noted, sizeof(noted), "[bus-device 0]\nbus = %s\nname = |%s|\nsection = |device+d|\n",
                                cases[i].bus, cases[i].name);
                member(root, cases[i].name);
                assert_false(owns(root, text));
                tree_file(root, path, "(null)\n");
                assert_false(owns(root, text));
                tree_file(root, path, "vfio-x\n");
                assert_true(owns(root, text) && owns_node(root, text, cdev));
                assert_false(owns(root, "") || owns_node(root, "", cdev));
                tree_file(root, STATE_PATH, noted);
                assert_true(owns(root, "") && owns_node(root, "", cdev));
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(by_name),
                cmocka_unit_test(a_stuck_device),
                cmocka_unit_test(vfs),
                cmocka_unit_test(groups),
                cmocka_unit_test(groups_by_the_state),
                cmocka_unit_test(groups_of_mdevs),
                cmocka_unit_test(cdevs),
                cmocka_unit_test(other_buses),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
