/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system's files: reads, writes, links and directories, and a device's directory that is kept open. */
#include "unit/kit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/live.h"
#include "unit/tree.h"

#define BUS "sys/bus/pci/devices/"
#define CARD "0000:01:00.0"
#define TWIN "0000:02:00.0"
#define ROOM "sys/devices/pci0000:00/"

static void device(const char *root, const char *address, const char *vendor)
{
        char path[128], target[128];

        (void) snprintf(path, sizeof(path), ROOM "%s/uevent", address);
        tree_file(root, path, "PCI_CLASS=30000\n");
        (void) snprintf(path, sizeof(path), ROOM "%s/vendor", address);
        tree_file(root, path, vendor);
        (void) snprintf(path, sizeof(path), ROOM "%s/driver", address);
        (void) snprintf(target, sizeof(target), "../../../bus/pci/drivers/%s", vendor);
        tree_link(root, path, target);
        (void) snprintf(path, sizeof(path), BUS "%s", address);
        (void) snprintf(target, sizeof(target), "../../../devices/pci0000:00/%s", address);
        (void) unlink(tree_path(root, path));
        tree_link(root, path, target);
}

/* Its directory goes, as that of a device that is taken out; who has it open has it still. */
static void take_out(const char *root, const char *address)
{
        char path[128];
        CLEANUP_FREE char *from = NULL;

        (void) snprintf(path, sizeof(path), ROOM "%s", address);
        from = strdup(tree_path(root, path));
        assert_int_equal(rename(from, tree_path(root, "gone")), 0);
}

static void assert_attr(struct sys *sys, const char *path, const char *expected)
{
        char buf[128];

        assert_int_equal(sys_read_attr(sys, path, buf, sizeof(buf)), 0);
        assert_string_equal(buf, expected);
}

static void assert_link(struct sys *sys, const char *path, const char *expected)
{
        CLEANUP_FREE char *name = NULL;

        assert_int_equal(sys_read_link_name(sys, path, &name), 0);
        assert_string_equal(name, expected);
}

static void a_device_that_comes_again(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = tree_running(root);
        char buf[64];

        (void) unused;
        device(root, CARD, "old");
        device(root, TWIN, "twin");
        assert_attr(sys, BUS CARD "/uevent", "PCI_CLASS=30000");
        assert_attr(sys, BUS CARD "/vendor", "old");
        assert_link(sys, BUS CARD "/driver", "old");
        assert_attr(sys, BUS TWIN "/vendor", "twin"); /* not of the directory that is open */
        assert_link(sys, BUS TWIN "/driver", "twin");
        take_out(root, CARD);
        device(root, CARD, "new");
        /* The first look of an inventory is at its uevent: from then on all is the new one's. */
        assert_attr(sys, BUS CARD "/uevent", "PCI_CLASS=30000");
        assert_attr(sys, BUS CARD "/vendor", "new");
        assert_link(sys, BUS CARD "/driver", "new");
        assert_attr(sys, BUS TWIN "/uevent", "PCI_CLASS=30000");
        assert_attr(sys, BUS CARD "/vendor", "new");
        assert_attr(sys, BUS TWIN "/vendor", "twin");
        assert_int_equal(sys->ops->read(sys->userdata, BUS TWIN "/none", buf, sizeof(buf)), -ENOENT);
}

static void a_device_that_goes(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = tree_running(root);
        char buf[64];

        (void) unused;
        device(root, CARD, "old");
        assert_attr(sys, BUS CARD "/uevent", "PCI_CLASS=30000");
        take_out(root, CARD);
        assert_int_equal(sys_read_attr(sys, BUS CARD "/uevent", buf, sizeof(buf)), -ENOENT);
        assert_int_equal(sys_read_attr(sys, BUS CARD "/vendor", buf, sizeof(buf)), -ENOENT);
        assert_int_equal(sys->ops->readlink(sys->userdata, BUS CARD "/driver", buf, sizeof(buf)), -ENOENT);
}

/* Any write may make devices go and come: after it each look is by the whole path. */
static void a_write_forgets_the_device(void **unused)
{
        enum { WRITE, WRITE_READ, WRITE_BOUNDED, N };

        (void) unused;
        for (int how = 0; how < N; how++) {
                CLEANUP_TREE char *root = tree_new();
                CLEANUP(sys_freep) struct sys *sys = tree_running(root);
                struct blocked_write blocked;
                char buf[64];
                int r;

                device(root, CARD, "old");
                tree_file(root, "sys/bus/pci/rescan", "");
                assert_attr(sys, BUS CARD "/uevent", "PCI_CLASS=30000");
                take_out(root, CARD);
                device(root, CARD, "new");
                if (how == WRITE)
                        r = sys->ops->write(sys->userdata, "sys/bus/pci/rescan", "1", 1);
                else if (how == WRITE_READ)
                        r = (int) sys->ops->write_read(sys->userdata, "sys/bus/pci/rescan", "1", 1, buf, sizeof(buf)) - 1;
                else
                        r = sys->ops->write_end(sys->userdata,
                                                sys->ops->write_begin(sys->userdata, "sys/bus/pci/rescan", "1", 1, 60000000),
                                                &blocked);
                assert_int_equal(r, 0);
                assert_attr(sys, BUS CARD "/vendor", "new");
                assert_link(sys, BUS CARD "/driver", "new");
        }
}

static void whole_files(void **unused)
{
        static const size_t sizes[] = { 0, 1, 8191, 8192, 8193, 100000 };
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = tree_running(root);
        char buf[4], *text = NULL;
        size_t len = 7;

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
                CLEANUP_FREE char *data = malloc(sizes[i] + 1), *got = NULL;

                assert_non_null(data);
                memset(data, 'x', sizes[i]);
                if (sizes[i] > 2)
                        data[sizes[i] / 2] = '\0'; /* kept: it is whoever asked that may mind */
                tree_bytes(root, "file", data, sizes[i]);
                assert_int_equal(sys->ops->read_file(sys->userdata, "file", sizes[i], &got, &len), 0);
                assert_int_equal(len, sizes[i]);
                assert_memory_equal(got, data, len);
                assert_int_equal(got[len], '\0');
                if (sizes[i] > 0)
                        assert_int_equal(sys->ops->read_file(sys->userdata, "file", sizes[i] - 1, &text, &len), -EFBIG);
        }
        len = 7;
        tree_dir(root, "directory");
        assert_int_equal(sys->ops->read_file(sys->userdata, "directory", 100, &text, &len), -EISDIR);
        assert_int_equal(sys->ops->read_file(sys->userdata, "none", 100, &text, &len), -ENOENT);
        assert_int_equal(sys->ops->read_file(sys->userdata, "file/below", 100, &text, &len), -ENOTDIR);
        assert_true(!text && len == 7);
        tree_file(root, "file", "abcdef");
        assert_int_equal(sys->ops->read(sys->userdata, "file", buf, sizeof(buf)), sizeof(buf));
        assert_memory_equal(buf, "abcd", 4);
        assert_int_equal(sys->ops->read(sys->userdata, "directory", buf, sizeof(buf)), -EISDIR);
}

/* Where a file should be there is something that nobody writes to: no look waits for it. */
static void a_fifo(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = tree_running(root);
        CLEANUP_FREE char *text = NULL;
        size_t len = 7;
        char c;

        (void) unused;
        assert_int_equal(mkfifo(tree_path(root, "fifo"), 0600), 0);
        (void) alarm(20);
        assert_int_equal(sys->ops->read(sys->userdata, "fifo", &c, 1), 0);
        assert_int_equal(sys->ops->read_file(sys->userdata, "fifo", 100, &text, &len), 0);
        (void) alarm(0);
        assert_int_equal(len, 0);
}

static void writes(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = tree_running(root);
        char buf[8];

        (void) unused;
        tree_file(root, "a", "------");
        tree_file(root, "b", "------");
        tree_link(root, "full", "/dev/full");
        /* Each from the start, as an attribute takes it, also by the descriptor that is kept. */
        assert_int_equal(sys->ops->write(sys->userdata, "a", "1234", 4), 0);
        assert_int_equal(sys->ops->write(sys->userdata, "a", "56", 2), 0);
        assert_int_equal(sys->ops->write(sys->userdata, "b", "x", 1), 0);
        assert_int_equal(sys->ops->write(sys->userdata, "a", "7", 1), 0);
        assert_attr(sys, "a", "7634--");
        assert_attr(sys, "b", "x-----");
        assert_int_equal(sys->ops->write(sys->userdata, "none", "1", 1), -ENOENT);
        assert_int_equal(access(tree_path(root, "none"), F_OK), -1);
        assert_int_equal(sys->ops->write(sys->userdata, "full", "1", 1), -ENOSPC);
        assert_int_equal(sys->ops->write(sys->userdata, "a", "8", 1), 0);
        assert_attr(sys, "a", "8634--");

        assert_int_equal(sys->ops->write_read(sys->userdata, "a", "yes", 3, buf, sizeof(buf)), 6);
        assert_string_equal(buf, "yes4--");
        assert_int_equal(sys->ops->write_read(sys->userdata, "a", "no", 2, buf, 4), 3);
        assert_string_equal(buf, "nos");
        assert_int_equal(sys->ops->write_read(sys->userdata, "none", "1", 1, buf, sizeof(buf)), -ENOENT);
        assert_int_equal(sys->ops->write_read(sys->userdata, "full", "1", 1, buf, sizeof(buf)), -ENOSPC);
}

static int note(void *arg, const char *name)
{
        unsigned *seen = arg;

        assert_true(streq(name, "a") || streq(name, "b") || streq(name, ".hidden"));
        (*seen)++;
        return 0;
}

static int stop(void *arg, const char *name)
{
        (void) name;
        (*(unsigned *) arg)++;
        return -EEXIST;
}

/* The same of the running system and of a captured tree. */
static void links_and_directories(void **unused)
{
        (void) unused;
        for (int running = 0; running < 2; running++) {
                CLEANUP_TREE char *root = tree_new();
                CLEANUP(sys_freep) struct sys *sys = NULL;
                unsigned seen = 0;
                char buf[8];

                if (running)
                        sys = tree_running(root);
                else
                        assert_int_equal(sys_open(root, &sys), 0);
                tree_file(root, "dir/a", "");
                tree_link(root, "dir/b", "1234567");
                tree_dir(root, "dir/.hidden");
                assert_int_equal(sys->ops->readlink(sys->userdata, "dir/b", buf, 8), 7);
                assert_string_equal(buf, "1234567");
                assert_int_equal(sys->ops->readlink(sys->userdata, "dir/b", buf, 7), -ENAMETOOLONG); /* no room for its NUL */
                assert_int_equal(sys->ops->readlink(sys->userdata, "dir/a", buf, 8), -EINVAL);
                assert_int_equal(sys->ops->readlink(sys->userdata, "dir/c", buf, 8), -ENOENT);

                assert_int_equal(sys->ops->list(sys->userdata, "dir", note, &seen), 0);
                assert_int_equal(seen, 3);
                assert_int_equal(sys->ops->list(sys->userdata, "dir", stop, &seen), -EEXIST);
                assert_int_equal(seen, 4);
                assert_int_equal(sys->ops->list(sys->userdata, "dir/a", note, &seen), -ENOTDIR);
                assert_int_equal(sys->ops->list(sys->userdata, "none", note, &seen), -ENOENT);

                tree_mode(root, "dir/a", 0444);
                assert_int_equal(sys->ops->writable(sys->userdata, "dir/a"), 0); /* by its mode, also for root */
                tree_mode(root, "dir/a", 0200);
                assert_int_equal(sys->ops->writable(sys->userdata, "dir/a"), 1);
                assert_int_equal(sys->ops->writable(sys->userdata, "none"), -ENOENT);
        }
}

/* Of a directory that is to come, each one above that comes is an event. */
static void a_file_is_waited_for(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = tree_running(root);
        static const char *const comes[] = { "run/other", "run/mine/x", "run/mine/ready/a", "run/mine/ready/b" };

        (void) unused;
        tree_file(root, "run/lock", "");
        for (size_t i = 0; i < ARRAY_SIZE(comes); i++) {
                assert_int_equal(live_watch_begin(sys->userdata, "run/mine/ready"), 0);
                assert_int_equal(live_watch_wait(sys->userdata, 0), 0);
                assert_int_equal(sys->ops->replace(sys->userdata, comes[i], "", 0), 0);
                assert_int_equal(live_watch_wait(sys->userdata, UINT64_MAX), 1);
        }
        assert_int_equal(live_watch_begin(sys->userdata, "run/mine/ready"), 0);
        assert_int_equal(sys->ops->replace(sys->userdata, "run/other", "", 0), 0);
        assert_int_equal(live_watch_wait(sys->userdata, sys->ops->now(sys->userdata) + 1000), 0);
        assert_int_equal(sys->ops->remove(sys->userdata, comes[3]), 0);
        assert_int_equal(live_watch_wait(sys->userdata, UINT64_MAX), 1);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_device_that_comes_again),
                cmocka_unit_test(a_device_that_goes),
                cmocka_unit_test(a_write_forgets_the_device),
                cmocka_unit_test(whole_files),
                cmocka_unit_test(a_fifo),
                cmocka_unit_test(writes),
                cmocka_unit_test(links_and_directories),
                cmocka_unit_test(a_file_is_waited_for),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
