/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who has a device open: found among the descriptors of processes, named by its command and its VM. */
#include "unit/kit.h"

#include <string.h>

#include "base/strbuf.h"
#include "device/holders.h"
#include "unit/tree.h"

static void vm_names(void **unused)
{
        static const struct {
                const char *cmdline;
                size_t len;
                const char *name;
        } cases[] = {
#define CASE(text, name) { text, sizeof(text), name }
                CASE("qemu\0-name\0guest=web1,debug-threads=on\0-m\0" "4096", "web1"),
                CASE("qemu\0-name\0web1", "web1"),
                CASE("qemu\0--name\0web 1,process=x", "web 1"),
                CASE("kvm\0-id\0" "100\0-name\0vm100,debug-threads=on", "vm100"),
                CASE("qemu\0-name", NULL),
                CASE("qemu\0-name\0", NULL),
                CASE("qemu\0-name\0guest=", NULL),
                CASE("qemu\0-name\0process=x", NULL),
                CASE("vfio-hold\0" "0000:01:00.0", NULL),
                CASE("", NULL),
#undef CASE
                { "qemu\0-name\0abc", 13, "ab" }, /* cut in the middle */
                { NULL, 0, NULL },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_FREE char *name = opener_vm_name(cases[i].cmdline ? cases[i].cmdline : "", cases[i].len);

                if (!streq_ptr(name, cases[i].name))
                        fail_msg("case %zu: %s, expected %s", i, name ? name : "none", cases[i].name ? cases[i].name : "none");
        }
}

static void vm_ids(void **unused)
{
        static const struct {
                const char *cmdline;
                size_t len;
                const char *id;
        } cases[] = {
#define CASE(text, id) { text, sizeof(text), id }
                CASE("kvm\0-id\0" "104\0-name\0web", "104"),
                                CASE("kvm\0-id", NULL),
                CASE("qemu\0-id\0" "x1", NULL),
                CASE("qemu\0-device\0" "vfio-pci,id=104", NULL),
#undef CASE
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_FREE char *id = opener_vm_id(cases[i].cmdline, cases[i].len);

                if (!streq_ptr(id, cases[i].id))
                        fail_msg("case %zu: %s, expected %s", i, id ? id : "none", cases[i].id ? cases[i].id : "none");
        }
}

static void titles(void **unused)
{
        static char qemu[] = "qemu", web[] = "web", id[] = "104";
        static const struct {
                struct opener opener;
                const char *title, *text;
        } cases[] = {
                { { qemu, 17, web, NULL }, "web", "qemu (pid 17, VM web)" },
                { { qemu, 17, web, id }, "104 (web)", "qemu (pid 17, VM 104 (web))" },
                { { qemu, 17, NULL, id }, "104", "qemu (pid 17, VM 104)" },
                { { qemu, 17, NULL, NULL }, "qemu (pid 17)", "qemu (pid 17)" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_FREE char *title = opener_title(&cases[i].opener), *text = opener_text(&cases[i].opener);

                assert_string_equal(title, cases[i].title);
                assert_string_equal(text, cases[i].text);
        }
}

static int count_node(void *arg, const char *node, const struct opener *who)
{
        struct strbuf *b = arg;

        strbuf_addf(b, "%s %u\n", node, who->pid);
        return 0;
}

/* A VM with two devices has both; what is open twice is told once. */
static void several_nodes(void **unused)
{
        static const char *const nodes[] = { "/dev/vfio/14", "/dev/vfio/15", "/dev/vfio/16" };
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = NULL;
        CLEANUP_STRBUF struct strbuf b = { 0 };
        struct opener_view view;

        (void) unused;
        tree_file(root, "proc/1/mountinfo", "");
        assert_int_equal(sys_open(root, &sys), 0);
        opener_search(sys, nodes, ARRAY_SIZE(nodes), count_node, &b, &view);
        assert_false(view.any); /* a captured tree without processes */
        tree_file(root, "proc/17/comm", "kvm\n");
        tree_link(root, "proc/17/fd/3", "/dev/vfio/14");
        tree_link(root, "proc/17/fd/4", "/dev/vfio/16");
        tree_link(root, "proc/17/fd/5", "/dev/vfio/16");
        opener_search(sys, nodes, ARRAY_SIZE(nodes), count_node, &b, &view);
        assert_true(view.any);
        assert_false(view.hidden);
        assert_non_null(strstr(b.text, "/dev/vfio/14 17\n"));
        assert_non_null(strstr(b.text, "/dev/vfio/16 17\n"));
        assert_int_equal(b.len, 2 * strlen("/dev/vfio/14 17\n"));
}

static void assert_opener(const char *root, int group, const char *function, const char *expected)
{
        CLEANUP(sys_freep) struct sys *sys = NULL;
        CLEANUP_FREE char *opener = NULL;
        struct pci_address a;

        assert_int_equal(sys_open(root, &sys), 0);
        if (function)
                assert_int_equal(pci_address_parse(function, false, &a, NULL), 0);
        opener_find(sys, group, function ? &a : NULL, &opener);
        if (!streq_ptr(opener, expected))
                fail_msg("%s, expected %s", opener ? opener : "none", expected ? expected : "none");
}

static void openers(void **unused)
{
        static const char cmdline[] = "qemu-system-x86_64\0-name\0guest=web1,debug-threads=on";
        CLEANUP_TREE char *root = tree_new();

        (void) unused;
        tree_link(root, "proc/self", "17");
        tree_file(root, "proc/17/comm", "bash\n");
        tree_link(root, "proc/17/fd/0", "/dev/pts/0");
        tree_link(root, "proc/17/fd/3", "/dev/vfio/140");
        tree_file(root, "proc/4711/comm", "qemu-system-x86\n");
        tree_bytes(root, "proc/4711/cmdline", cmdline, sizeof(cmdline));
        tree_link(root, "proc/4711/fd/9", "/dev/vfio/14");
        tree_file(root, "proc/5000/comm", "cloud-hyperviso\n");
        tree_link(root, "proc/5000/fd/9", "/dev/vfio/devices/vfio3");
        tree_dir(root, "sys/bus/pci/devices/0000:05:00.0/vfio-dev/vfio3");
        assert_opener(root, 14, NULL, "qemu-system-x86 (pid 4711, VM web1)");
        assert_opener(root, 140, NULL, "bash (pid 17)");
        assert_opener(root, 1, NULL, NULL);
        assert_opener(root, 1, "0000:05:00.0", "cloud-hyperviso (pid 5000)");
        assert_opener(root, 1, "0000:06:00.0", NULL);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(vm_names),
                cmocka_unit_test(vm_ids),
                cmocka_unit_test(titles),
                cmocka_unit_test(several_nodes),
                cmocka_unit_test(openers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
