/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the initramfs is stale: any difference in what would be read counts, and nothing else. */
#include "unit/kit.h"

#include <errno.h>
#include <stdio.h>

#include "host/initramfs.h"
#include "unit/tree.h"

#define RELEASE "6.12.0-test"
#define RECORD "var/lib/passthru-setup/initramfs/" RELEASE "/"

static void assert_stale(const char *root, bool expected)
{
        CLEANUP(sys_freep) struct sys *sys = NULL;
        bool stale = !expected;

        assert_int_equal(sys_open(root, &sys), 0);
        assert_int_equal(initramfs_is_stale(sys, RELEASE, &stale), 0);
        assert_int_equal(stale, expected);
}

static char *same_tree(void)
{
        char *root = tree_new();

        for (size_t i = 0; i < 2; i++) {
                char path[256];

                (void) snprintf(path, sizeof(path), "%setc/passthru.conf", i ? RECORD : "");
                tree_file(root, path, "[device a]\naddress = 01:00.0\n");
                (void) snprintf(path, sizeof(path), "%setc/passthru.conf.d/10.conf", i ? RECORD : "");
                tree_file(root, path, "[device b]\naddress = 02:00.0\n");
                (void) snprintf(path, sizeof(path), "%setc/passthru.conf.d/20.conf", i ? RECORD : "");
                tree_link(root, path, "/dev/null");
                (void) snprintf(path, sizeof(path), "%susr/lib/passthru.conf.d/20.conf", i ? RECORD : "");
                tree_file(root, path, "[device c]\naddress = 03:00.0\n");
        }
        return root;
}

static void no_record(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = NULL;
        bool stale;

        (void) unused;
        tree_file(root, "etc/passthru.conf", "[device a]\naddress = 01:00.0\n");
        assert_int_equal(sys_open(root, &sys), 0);
        assert_int_equal(initramfs_is_stale(sys, RELEASE, &stale), -ENOENT);
        assert_string_equal(initramfs_command(sys), "dracut --force");
        tree_file(root, "usr/sbin/update-initramfs", "");
        assert_string_equal(initramfs_command(sys), "update-initramfs -u");
}

static void fresh(void **unused)
{
        CLEANUP_TREE char *root = same_tree();

        (void) unused;
        assert_stale(root, false);
        tree_file(root, "etc/passthru.conf.d/notes.txt", "no drop-in");
        tree_file(root, RECORD "etc/passthru.conf.d/.hidden.conf", "nor this");
        tree_file(root, "run/passthru.conf.d/10.conf", "gone at the next boot");
        assert_stale(root, false);
}

static void stale(void **unused)
{
        static const struct {
                const char *path, *text; /* text NULL: a link to /dev/null */
        } changes[] = {
                { "etc/passthru.conf", "[device a]\naddress = 01:00.1\n" },
                { "etc/passthru.conf", "" },
                { "etc/passthru.conf.d/10.conf", "[device b]\naddress = 02:00.0\n\n" },
                { "etc/passthru.conf.d/30.conf", "" },
                { "usr/lib/passthru.conf", "" },
                { "usr/lib/passthru.conf.d/20.conf", "x" },
                { "usr/lib/passthru.conf.d/30.conf", NULL },
                { RECORD "etc/passthru.conf.d/40.conf", "x" },
                { RECORD "usr/lib/passthru.conf.d/40.conf", NULL },
                { RECORD "usr/lib/passthru.conf", "" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
                CLEANUP_TREE char *root = same_tree();

                if (changes[i].text)
                        tree_file(root, changes[i].path, changes[i].text);
                else
                        tree_link(root, changes[i].path, "/dev/null");
                assert_stale(root, true);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(no_record),
                cmocka_unit_test(fresh),
                cmocka_unit_test(stale),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
