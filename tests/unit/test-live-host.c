/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system itself, read only: its clock, an interface that each host has, nodes that none has, derived UUIDs,
 * the wait for udev; and what the helper's small door leaves out. */
#include "unit/kit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <systemd/sd-id128.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "property/nvme-virt.h"
#include "unit/tree.h"

#define MILLISECOND UINT64_C(1000)

static const struct nvme_command identify = { .opcode = 0x06, .cdw10 = 0x14 };

static struct sys *running(void)
{
        struct sys *sys = NULL;

        assert_int_equal(sys_open("/", &sys), 0);
        return sys;
}

static uint64_t monotonic(void)
{
        struct timespec t;

        assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &t), 0);
        return (uint64_t) t.tv_sec * 1000000 + (uint64_t) t.tv_nsec / 1000;
}

static int never(void *arg, const char *interface, const uint8_t *address, size_t size)
{
        (void) arg, (void) interface, (void) address, (void) size;
        fail();
        return 0;
}

static int no_module(void *arg, const char *module, bool blacklisted)
{
        (void) arg, (void) module, (void) blacklisted;
        fail();
        return 0;
}

static int no_line(void *arg, const struct journal_line *line)
{
        (void) arg, (void) line;
        fail();
        return 0;
}

static const struct journal_query no_such_section = { .section = "no such section", .kind = "device", .max = 5 };

/* The host's own journal, which has nothing of such a section; it may have none at all. */
static void the_journal(void **unused)
{
        CLEANUP(sys_freep) struct sys *sys = running();
        int r = sys->ops->journal(sys->userdata, &no_such_section, no_line, NULL);

        (void) unused;
        assert_true(r == 0 || r == -ENOENT || r == -EACCES);
}

static void the_small_door(void **unused)
{
        CLEANUP(sys_freep) struct sys *sys = NULL;
        uint8_t uuid[16];
        char ostype[16];

        (void) unused;
        assert_int_equal(sys_open_small(&sys), 0);
        assert_int_equal(sys_read_attr(sys, "proc/sys/kernel/ostype", ostype, sizeof(ostype)), 0);
        assert_string_equal(ostype, "Linux");
        assert_int_equal(SYS_CALL(sys, module_load, "passthru_no_such_module", NULL), -EOPNOTSUPP);
        assert_int_equal(SYS_CALL(sys, module_lookup, "pci:v0", no_module, NULL), -EOPNOTSUPP);
        assert_int_equal(SYS_CALL(sys, journal, &no_such_section, no_line, NULL), -EOPNOTSUPP);
        assert_int_equal(SYS_CALL(sys, derive_uuid, "x", 0, uuid), -EOPNOTSUPP);
        assert_int_equal(SYS_CALL(sys, block_open, "null"), -EOPNOTSUPP);
        assert_int_equal(SYS_CALL(sys, addresses, never, NULL), -EOPNOTSUPP);
        assert_int_equal(SYS_CALL(sys, nvme_admin, "nvme0", &identify, NULL), -EOPNOTSUPP);
        assert_int_equal(SYS_CALL(sys, events_begin), -EOPNOTSUPP);
        assert_int_equal(SYS_CALL(sys, events_wait, UINT64_MAX), -EOPNOTSUPP); /* at once */
        assert_int_equal(SYS_CALL(sys, events_idle), -EOPNOTSUPP);
}

static void devices(void **unused)
{
        static const uint8_t none[6];
        CLEANUP(sys_freep) struct sys *sys = running();
        CLEANUP_FREE char *long_name = malloc(PATH_MAX);
        uint8_t mac[6] = "xxxxx";
        char name[INTERFACE_MAX];
        uint64_t before = monotonic(), now = sys->ops->now(sys->userdata);
        CLEANUP_CLOSE int lock = -1;

        (void) unused;
        assert_true(before <= now && now <= monotonic());
        assert_int_equal(sys->ops->interface_name(sys->userdata, "pst-no-such-if", name), -ENODEV);
        assert_int_equal(sys->ops->interface_name(sys->userdata, "pst-no-such-name", name), -EINVAL);
        assert_int_equal(sys->ops->interface_name(sys->userdata, "lo", name), 0);
        assert_string_equal(name, "lo");
        assert_int_equal(sys->ops->permanent_mac(sys->userdata, "pst-no-such-if", mac), -ENODEV);
        /* 16 bytes with the NUL are what the kernel takes: not cut, which would be another interface's. */
        assert_int_equal(sys->ops->permanent_mac(sys->userdata, "pst-no-such-name", mac), -EINVAL);
        assert_memory_equal(mac, "xxxxx", 6);
        assert_int_equal(sys->ops->permanent_mac(sys->userdata, "lo", mac), 0);
        assert_memory_equal(mac, none, 6);
        assert_int_equal(sys->ops->group_open(sys->userdata, INT_MAX), -ENOENT);
        assert_non_null(long_name);
        memset(long_name, 'x', PATH_MAX - 1);
        long_name[PATH_MAX - 1] = '\0';
        assert_int_equal(sys->ops->block_open(sys->userdata, long_name), -ENAMETOOLONG);
        assert_int_equal(sys->ops->block_open(sys->userdata, "passthru-none!..!null"), -EINVAL);
        assert_int_equal(sys->ops->block_open(sys->userdata, "passthru-none!c0d0"), -ENOENT);
        lock = open("/dev/full", O_RDONLY | O_CLOEXEC);
        assert_int_equal(sys->ops->block_open(sys->userdata, "full"), 0);
        assert_int_equal(flock(lock, LOCK_SH), 0);
        assert_int_equal(sys->ops->block_open(sys->userdata, "full"), -EAGAIN);
        assert_int_equal(flock(lock, LOCK_UN), 0);
        assert_int_equal(sys->ops->block_open(sys->userdata, "full"), 0);
        assert_int_equal(sys->ops->nvme_admin(sys->userdata, "passthru-none", &identify, NULL), -ENOENT);
        assert_int_equal(sys->ops->nvme_admin(sys->userdata, "../null", &identify, NULL), -EINVAL);
        assert_int_equal(sys->ops->nvme_admin(sys->userdata, long_name, &identify, NULL), -EINVAL);
        assert_int_equal(sys->ops->nvme_admin(sys->userdata, "null", &identify, NULL), -ENOTTY); /* no drive */
}

static int count(void *arg, const char *interface, const uint8_t *address, size_t size)
{
        assert_true(*interface && address);
        assert_true(size == 4 || size == 16);
        (*(unsigned *) arg)++;
        return 0;
}

static int stop(void *arg, const char *interface, const uint8_t *address, size_t size)
{
        (void) count(arg, interface, address, size);
        return -EEXIST;
}

static void addresses(void **unused)
{
        CLEANUP(sys_freep) struct sys *sys = running();
        unsigned all = 0, one = 0;

        (void) unused;
        assert_int_equal(sys->ops->addresses(sys->userdata, count, &all), 0);
        assert_int_equal(sys->ops->addresses(sys->userdata, stop, &one), all > 0 ? -EEXIST : 0);
        assert_int_equal(one, all > 0);
}

/* No two names and indices have the same, also where one name is the beginning of the other, or padded like it. */
static void uuids(void **unused)
{
        static const struct {
                const char *name;
                unsigned index;
        } cases[] = {
                { "", 0 }, { "", 1 }, { "a", 0 }, { "a", 1 }, { "a", 256 }, { "b", 0 }, { "ab", 0 },
                { "0123456789abcdef", 0 }, { "0123456789abcdef", 1 }, { "0123456789abcdefg", 0 },
                { "0123456789abcdef0123456789abcdef", 0 }, { "0123456789abcdeg0123456789abcdef", 0 },
        };
        CLEANUP(sys_freep) struct sys *sys = running(), *again = running();
        uint8_t all[ARRAY_SIZE(cases)][16], same[16];
        sd_id128_t machine;
        int expected = sd_id128_get_machine(&machine);

        (void) unused;
        if (expected < 0) { /* a container without /etc/machine-id: none is made up */
                assert_int_equal(sys->ops->derive_uuid(sys->userdata, "a", 0, same), expected);
                return;
        }
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                assert_int_equal(sys->ops->derive_uuid(sys->userdata, cases[i].name, cases[i].index, all[i]), 0);
                assert_int_equal(again->ops->derive_uuid(again->userdata, cases[i].name, cases[i].index, same), 0);
                assert_memory_equal(all[i], same, 16);
                assert_int_equal(all[i][6] >> 4, 4); /* RFC 9562: a random one, of the usual variant */
                assert_int_equal(all[i][8] >> 6, 2);
                assert_memory_not_equal(all[i], machine.bytes, 16);
                for (size_t k = 0; k < i; k++)
                        assert_memory_not_equal(all[i], all[k], 16);
        }
}

static void add_block(sd_id128_t *id, const char block[static 16])
{
        for (size_t i = 0; i < 16; i++)
                id->bytes[i] ^= (uint8_t) block[i];
        assert_int_equal(sd_id128_get_machine_app_specific(*id, id), 0);
}

/* As they were in the first version: a VM's configuration names them, and an update must not make others. */
static void uuids_of_old(void **unused)
{
        sd_id128_t id = SD_ID128_MAKE(6f, 0d, 5c, 1e, 2b, 84, 4e, 0a, 9d, 53, 7a, c1, 08, 66, f2, 3b), machine;
        CLEANUP(sys_freep) struct sys *sys = running();
        uint8_t uuid[16];

        (void) unused;
        if (sd_id128_get_machine(&machine) < 0) {
                assert_true(sys->ops->derive_uuid(sys->userdata, "a", 0, uuid) < 0);
                return;
        }
        add_block(&id, "\x13\0\0\0\0\0\0\0\x02\x01\0\0\0\0\0"); /* 19 letters; index 0x102 */
        add_block(&id, "mdev desktop-of-");
        add_block(&id, "bob\0\0\0\0\0\0\0\0\0\0\0\0");
        assert_int_equal(sys->ops->derive_uuid(sys->userdata, "mdev desktop-of-bob", 0x102, uuid), 0);
        assert_memory_equal(uuid, id.bytes, 16);
}

/* With udev or without it: a wait ends at its deadline at the latest, and not before unless there was an event. */
static void events(void **unused)
{
        CLEANUP(sys_freep) struct sys *sys = running();
        uint64_t deadline;
        int r;

        (void) unused;
        assert_int_equal(sys->ops->events_begin(sys->userdata), 0);
        assert_int_equal(sys->ops->events_begin(sys->userdata), 0); /* it listens already */
        deadline = monotonic() + 50 * MILLISECOND;
        (void) alarm(9);
        while ((r = sys->ops->events_wait(sys->userdata, deadline)) == 1)
                ; /* the host's own */
        assert_int_equal(r, 0);
        assert_true(monotonic() >= deadline);
        assert_int_equal(sys->ops->events_wait(sys->userdata, deadline), 0); /* past already */
        (void) alarm(0);
}

/* A file that comes into the directory is a change, and so is nothing that is only read. SIGTERM ends the wait. */
static void changes(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = running();
        CLEANUP_FREE char *directory = xstrdup(tree_path(root, "etc"));
        const char *const directories[] = { "/nowhere/at/all", directory };
        sigset_t set, before;
        char text[8];
        int r;

        (void) unused;
        tree_file(root, "etc/passthru.conf", "a");
        assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &before), 0);
        (void) alarm(9);
        for (int i = 0; i < 2; i++) { /* the second time it listens already */
                assert_int_equal(sys->ops->changes_begin(sys->userdata, directories, ARRAY_SIZE(directories)), 0);
                while ((r = sys->ops->changes_wait(sys->userdata, monotonic() + 50 * MILLISECOND)) == 1)
                        ; /* the host's own */
                assert_int_equal(r, 0);
                tree_file(root, i == 0 ? "etc/passthru.conf" : "etc/other", "b");
                assert_int_equal(sys->ops->changes_wait(sys->userdata, UINT64_MAX), 1);
        }
        assert_true(sys->ops->read(sys->userdata, tree_path(root, "etc/other") + 1, text, sizeof(text)) == 1);
        while ((r = sys->ops->changes_wait(sys->userdata, monotonic() + 50 * MILLISECOND)) == 1)
                ;
        assert_int_equal(r, 0);
        assert_int_equal(raise(SIGTERM), 0);
        while ((r = sys->ops->changes_wait(sys->userdata, UINT64_MAX)) == 1)
                ;
        assert_int_equal(r, -EINTR);
        (void) alarm(0);
        (void) sigemptyset(&set);
        (void) sigaddset(&set, SIGTERM);
        assert_int_equal(sigtimedwait(&set, NULL, &(struct timespec){ 0 }), SIGTERM);
        assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
}

/* Who has not asked for events before gets them all the same. Without udev nothing is in its queue. */
static void events_unasked(void **unused)
{
        CLEANUP(sys_freep) struct sys *waiting = running(), *asking = running();
        int r;

        (void) unused;
        assert_int_equal(waiting->ops->events_wait(waiting->userdata, 0), 0);
        r = asking->ops->events_idle(asking->userdata);
        assert_true(r == 1 || (r == 0 && access("/run/udev", F_OK) == 0));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_small_door),
                cmocka_unit_test(the_journal),
                cmocka_unit_test(devices),
                cmocka_unit_test(addresses),
                cmocka_unit_test(uuids),
                cmocka_unit_test(uuids_of_old),
                cmocka_unit_test(events),
                cmocka_unit_test(changes),
                cmocka_unit_test(events_unasked),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
