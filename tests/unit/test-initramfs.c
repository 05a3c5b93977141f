/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the initramfs is stale: a device that only one of record and image has, or has as another one. */
#include "unit/kit.h"

#include <errno.h>

#include "boot/initramfs.h"
#include "unit/tree.h"

#define RELEASE "6.12.0-test"
#define RECORD "var/lib/passthru-setup/cleared"
#define IMAGE "var/lib/passthru-setup/initramfs/" RELEASE
#define BOOTED "run/passthru-setup/cleared.initramfs"

#define GPU "0000:01:00.0\tvfio-pci\t-\tdevice gpu\t-\tid=10de:2484 group=0000:01:00.0=10de:2484\n"
#define HBA "0000:02:00.0\tvfio-pci\t-\tdevice hba\t-\tid=1000:0097 group=0000:02:00.0=1000:0097\n"
#define OTHER_HBA "0000:02:00.0\tvfio-pci\t-\tdevice hba\t-\tid=1000:0098 group=0000:02:00.0=1000:0098\n"
#define RENAMED_HBA "0000:02:00.0\tvfio-pci\tdisk,network\tdevice disks\tS4\tid=1000:0097 group=0000:02:00.0=1000:0097\n"
#define STUBBED_HBA "0000:02:00.0\tpci-stub\t-\tdevice hba\t-\tid=1000:0097 group=0000:02:00.0=1000:0097\n"

static void assert_look(const char *root, size_t missing, size_t withdrawn, const char *first)
{
        CLEANUP(sys_freep) struct sys *sys = NULL;
        struct initramfs_look look;
        char address[PCI_ADDRESS_MAX];

        assert_int_equal(sys_open(root, &sys), 0);
        assert_int_equal(initramfs_look(sys, RELEASE, &look), 0);
        assert_int_equal(look.n_missing, missing);
        assert_int_equal(look.n_withdrawn, withdrawn);
        if (first)
                assert_string_equal(pci_address_format(&look.withdrawn, address), first);
}

static void no_image(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = NULL;
        struct initramfs_look look;

        (void) unused;
        tree_file(root, RECORD, GPU);
        assert_int_equal(sys_open(root, &sys), 0);
        assert_int_equal(initramfs_look(sys, RELEASE, &look), -ENOENT);
        /* Of a version before, whose image has a configuration. */
        tree_file(root, IMAGE "/etc/passthru.conf", "[device a]\naddress = 01:00.0\n");
        assert_look(root, 1, 0, NULL);
}

static void images(void **unused)
{
        static const struct {
                const char *record, *image;
                size_t missing, withdrawn;
                const char *first;
        } cases[] = {
                { "# x\n" GPU HBA, "# y\n" GPU HBA, 0, 0, NULL },
                { GPU HBA, GPU, 1, 0, NULL },
                { GPU, GPU HBA, 0, 1, "0000:02:00.0" },
                { NULL, GPU HBA, 0, 2, "0000:01:00.0" },
                /* Another card, or another driver, is not what is cleared now; another section's name is no matter. */
                { GPU OTHER_HBA, GPU HBA, 1, 1, "0000:02:00.0" },
                { STUBBED_HBA, HBA, 1, 1, "0000:02:00.0" },
                { RENAMED_HBA, HBA, 0, 0, NULL },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                for (size_t booted = 0; booted < 2; booted++) {
                        CLEANUP_TREE char *root = tree_new();

                        if (cases[i].record)
                                tree_file(root, RECORD, cases[i].record);
                        tree_file(root, booted ? BOOTED : IMAGE, cases[i].image);
                        assert_look(root, cases[i].missing, cases[i].withdrawn, cases[i].first);
                }
}

/* The newest image is what the next boot has. */
static void newer_image(void **unused)
{
        CLEANUP_TREE char *root = tree_new();

        (void) unused;
        tree_file(root, RECORD, GPU);
        tree_file(root, BOOTED, HBA);
        tree_file(root, IMAGE, GPU);
        assert_look(root, 0, 0, NULL);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(no_image),
                cmocka_unit_test(images),
                cmocka_unit_test(newer_image),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
