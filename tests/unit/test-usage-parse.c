/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The texts of /proc that tell what the host uses: good ones, and such as no kernel would write. */
#include "unit/kit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/strbuf.h"
#include "usage/usage-parse.h"

static struct usage *with_links(void)
{
        static const char *const names[] = { "enp3s0", "lo", "vmbr0" };
        struct usage *u = usage_new();

        assert_non_null(u);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                struct usage_link *l = ARRAY_APPEND(u->links, u->n_links, u->alloc_links);

                assert_non_null(l);
                l->name = strdup(names[i]);
        }
        return u;
}

static void mounts(void **unused)
{
        static const struct {
                const char *text, *expected;
        } cases[] = {
                { "", "" },
                { "\n\n", "" },
                { "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n",
                  "98:0 [/mnt2] [ext3] [/dev/root]\n" },
                { "36 35 98:0 / / rw - ext4 /dev/sda1 rw", "98:0 [/] [ext4] [/dev/sda1]\n" }, /* no newline */
                { "1 1 8:1 / /a rw a:1 b c:3 - xfs /dev/x rw\n", "8:1 [/a] [xfs] [/dev/x]\n" },
                { "1 1 8:1 / /a\\040b\\011c\\012d\\134040 rw - xfs /dev/x\\0401 rw\n",
                  "8:1 [/a b\tc\nd\\040] [xfs] [/dev/x 1]\n" },
                /* No escape that there is: a NUL, too few digits, past a byte, at the end. */
                { "1 1 8:1 / /a\\000\\04x\\400\\ rw - xfs x rw\n", "8:1 [/a\\000\\04x\\400\\] [xfs] [x]\n" },
                { "1 1 8:1 / /a rw - xfs\n2 1 8:2 / /b rw - ext4 y rw\n", "8:2 [/b] [ext4] [y]\n" },
                { "1 1 8:1 / /a rw xfs x rw\n", "" },
                { "1 1 8 / /a rw - xfs x rw\n1 1 8:x / /a rw - xfs x rw\n1 1 -8:1 / /a rw - xfs x rw\n", "" },
                { "1 1 99999999999:1 / /a rw - xfs x rw\n", "" },
                { "nonsense\n1 1 8:1\n - - - - - - - - \n", "" },
                { "1 1 0:5 / / rw - nfs4 h:/r rw\n2 1 0:6 / /b rw - 9p r rw,trans=virtio\n3 1 0:7 / /c rw - 9p r rw,trans=tcp\n",
                  "0:5 [/] [nfs4] [h:/r] network\n0:6 [/b] [9p] [r]\n0:7 [/c] [9p] [r] network\n" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP(usage_freep) struct usage *u = usage_new();
                CLEANUP_STRBUF struct strbuf b = { 0 };

                assert_non_null(u);
                usage_parse_mounts(cases[i].text, u);
                strbuf_add(&b, "");
                for (size_t k = 0; k < u->n_mounts; k++)
                        strbuf_addf(&b, "%u:%u [%s] [%s] [%s]%s\n", u->mounts[k].major, u->mounts[k].minor,
                                    u->mounts[k].point, u->mounts[k].type, u->mounts[k].source,
                                    u->mounts[k].network ? " network" : "");
                assert_text_of(cases[i].text, b.text, cases[i].expected);
        }
}

static void swaps(void **unused)
{
        static const char text[] = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
                                   "/dev/dm-1                               partition\t999420\t\t0\t\t-2\n"
                                   "/swap\\040file file 1 0 -3\n\nx\n/dev/cciss/c0d0p1";
        CLEANUP_FREE char *node = NULL, *none = NULL;
        char **list = NULL;
        size_t n = 0;

        (void) unused;
        usage_parse_swaps(text, &list, &n);
        assert_int_equal(n, 3);
        assert_string_equal(list[0], "/dev/dm-1");
        assert_string_equal(list[1], "/swap file");
        assert_string_equal(list[2], "/dev/cciss/c0d0p1");
        for (size_t i = 0; i < n; i++)
                free(list[i]);
        free(list);
        usage_node_name("/dev/cciss/c0d0p1", &node);
        assert_string_equal(node, "cciss!c0d0p1");
        usage_node_name("/swapfile", &none);
        assert_null(none);
        usage_node_name("/dev/", &none);
        assert_null(none);
        usage_node_name("tmpfs", &none);
        assert_null(none);
}

#define HEAD "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
#define ZERO "00000000000000000000000000000000"

static void routes(void **unused)
{
        static const struct {
                bool v6;
                const char *text, *interface; /* NULL: none */
        } cases[] = {
                { false, HEAD "enp3s0\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n", "enp3s0" },
                { false, HEAD "vmbr0\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0", "vmbr0" },
                { false, HEAD "enp3s0\t0002A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n", NULL },
                { false, HEAD "enp3s0\t00000000\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0\n", NULL }, /* half of all */
                { false, HEAD "enp3s0\t00000000\t0102A8C0\t0002\t0\t0\t0\t00000000\t0\t0\t0\n", NULL }, /* down */
                { false, HEAD "enp3s0\t00000000\t0102A8C0\t0201\t0\t0\t0\t00000000\t0\t0\t0\n", NULL }, /* reject */
                { false, HEAD "*\t00000000\t00000000\t0200\t0\t0\t0\t00000000\t0\t0\t0\n", NULL },
                { false, HEAD "enp3s0\t00000000\t0102A8C0\t0003\t0\t0\t0\n", NULL }, /* cut */
                { false, "enp3s0\n\n\t\t\t\t\t\t\t\n", NULL },
                { true, ZERO " 00 " ZERO " 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003   enp3s0\n",
                  "enp3s0" },
                { true, ZERO " 00 " ZERO " 00 " ZERO " ffffffff 00000001 00000000 00200200       lo\n", NULL },
                { true, ZERO " 00 " ZERO " 00 " ZERO " ffffffff 00000001 00000000 00000001       lo\n", NULL },
                { true, ZERO " 00 " ZERO " 00 " ZERO " ffffffff 00000001 00000000 00000201   enp3s0\n", NULL },
                { true, ZERO " 40 " ZERO " 00 " ZERO " 00000100 00000001 00000000 00000001   enp3s0\n", NULL },
                { true, "20010db8000000000000000000000000 00 " ZERO " 00 " ZERO " 00000100 1 0 00000001   enp3s0\n", NULL },
                { true, "x", NULL },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP(usage_freep) struct usage *u = with_links();

                (cases[i].v6 ? usage_parse_routes6 : usage_parse_routes)(cases[i].text, u);
                for (size_t k = 0; k < u->n_links; k++)
                        if (u->links[k].default_route != streq_ptr(u->links[k].name, cases[i].interface))
                                fail_msg("case %zu: %s", i, u->links[k].name);
        }
}

/* A line without an end is passed over, and what follows it is read. */
static void huge_line(void **unused)
{
        enum { N = 100000 };
        static const char route[] = "\nenp3s0\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n";
        CLEANUP(usage_freep) struct usage *u = with_links();
        CLEANUP_FREE char *text = malloc(N + sizeof(route));

        (void) unused;
        assert_non_null(text);
        memset(text, 'x', N);
        memcpy(text + N, route, sizeof(route));
        usage_parse_routes(text, u);
        assert_true(u->links[0].default_route);
}

#define TCP_HEAD "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"

static void note(struct usage *u, const char *interface, const char *address)
{
        uint8_t bytes[16];
        size_t size = strchr(address, ':') ? 16 : 4;

        assert_int_equal(inet_pton(size == 4 ? AF_INET : AF_INET6, address, bytes), 1);
        usage_note_address(u, interface, bytes, size);
}

static void sessions(void **unused)
{
        /* 10.0.2.15:22 ← 192.0.2.7; the same as IPv6 has it; 2001:db8::2 ← 2001:db8::7; others'; no sessions. */
        static const char text[] = TCP_HEAD
                "   0: 0F02000A:0016 070200C0:D431 01 00000000:00000000 02:000A7B5C 00000000     0        0 4711 2 x\n"
                "   1: 0F02000A:0016 080200C0:D431 01 00000000:00000000 02:000A7B5C 00000000     0        0 9999 2 x\n"
                "   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 x\n"
                "   3: 0F02000A:0016 090200C0:D431 06 00000000:00000000 02:000A7B5C 00000000     0        0 4711 2 x\n"
                "   4: 0F0200:0016 090200C0:D431 01 0:0 02:0 0 0 0 4711 2 x\n   5: ZZ02000A:0016 090200C0:D431 01 0:0 0 0 0 0 4711\n"
                "   6: 0000000000000000FFFF00000F02000A:0016 0000000000000000FFFF0000070200C0:D431 01 0:0 02:0 0 0 0 4712 2 x\n"
                "   7: B80D0120000000000000000002000000:0016 B80D0120000000000000000007000000:D431 01 0:0 02:0 0 0 0 4713 2";
        static const uint64_t inodes[] = { 4713, 4711, 4712 };
        CLEANUP(usage_freep) struct usage *u = with_links();

        (void) unused;
        usage_parse_sockets(text, inodes, ARRAY_SIZE(inodes), u);
        assert_int_equal(u->n_sessions, 3);
        assert_string_equal(u->sessions[0].peer, "192.0.2.7");
        assert_string_equal(u->sessions[1].peer, "192.0.2.7");
        assert_string_equal(u->sessions[2].peer, "2001:db8::7");
        /* By SSH's port, where processes are hidden. */
        usage_parse_sockets(text, NULL, 0, u);
        assert_int_equal(u->n_sessions, 7);
        assert_string_equal(u->sessions[4].peer, "192.0.2.8");

        note(u, "lo", "127.0.0.1");
        note(u, "enp3s0", "fe80::1");
        note(u, "enp3s0", "169.254.3.4");
        note(u, "vmbr0", "10.0.2.16");
        note(u, "gone0", "10.0.2.15");
        for (size_t i = 0; i < u->n_links; i++)
                assert_null(u->links[i].ssh_peer);
        assert_false(u->links[0].addressed || u->links[1].addressed);
        assert_true(u->links[2].addressed);
        note(u, "enp3s0:1", "10.0.2.15"); /* by its label */
        assert_true(u->links[0].addressed);
        assert_string_equal(u->links[0].ssh_peer, "192.0.2.7");
        note(u, "vmbr0", "2001:db8::2");
        assert_string_equal(u->links[2].ssh_peer, "2001:db8::7");
}

static void cmdline(void **unused)
{
        static const struct {
                const char *text, *root;
        } cases[] = {
                { "BOOT_IMAGE=/vmlinuz root=UUID=1 ro quiet\n", NULL },
                { "root=/dev/nfs nfsroot=192.0.2.1:/root ip=dhcp\n", "nfs" },
                { "ro root=nfs:192.0.2.1:/root", "nfs" },
                { "root=nfs4:192.0.2.1:/root", "nfs4" },
                { "root=iscsi:192.0.2.1::::iqn", "iscsi" },
                { "root=nbd:192.0.2.1:root", "nbd" },
                { "root=/dev/sda netroot=iscsi:192.0.2.1::::iqn", "iscsi" },
                { "netroot=", "netroot" },
                { "xroot=nfs: noroot=nfs: ", NULL },
                { "", NULL },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP(usage_freep) struct usage *u = usage_new();

                assert_non_null(u);
                usage_parse_cmdline(cases[i].text, u);
                if (!streq_ptr(u->boot_root, cases[i].root))
                        fail_msg("%s: %s", cases[i].text, u->boot_root ? u->boot_root : "none");
        }
}

static void keyboards(void **unused)
{
        static const struct {
                const char *ev, *key;
                bool keyboard;
        } cases[] = {
                /* A USB keyboard on 64 and on 32 bit, QEMU's, a mouse, a power button, a remote control, a keypad. */
                { "120013", "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe", true },
                { "120013", "10000 7 ff9f207a c14057ff febeffdf ffefffff ffffffff fffffffe", true },
                { "120013\n", "402000000 3803078f800d001 feffffdfffefffff fffffffffffffffe\n", true },
                { "17", "1f0000 0 0 0 0", false },
                { "3", "10000000000000 0", false },
                { "100013", "40000800 8c 0 0 0 0", false },
                { "100013", "fffffffffffffffe 0", false }, /* the letters are in the lowest word alone */
                { "13", "febeffdfffefffff fffffffffffffffe", false }, /* without repetition */
                { "120013", "3ff0000", true },
                { "120013", "3fe0000", false }, /* without Q */
                { "120013", "", false },
                { "", "fffffffffffffffe", false },
                { "120013", "fffffffffffffffffffffffffffffffffff", false },
                { "zz", "yy", false },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                if (usage_is_keyboard(cases[i].ev, cases[i].key) != cases[i].keyboard)
                        fail_msg("%s / %s", cases[i].ev, cases[i].key);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(mounts),   cmocka_unit_test(swaps),   cmocka_unit_test(routes), cmocka_unit_test(huge_line),
                cmocka_unit_test(sessions), cmocka_unit_test(cmdline), cmocka_unit_test(keyboards),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
