/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the host is asked about a thing: modules by modules.alias, processes by what they have open. */
#include "unit/machine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/uuid.h"
#include "explain/explain-facts.h"
#include "unit/facts.h"
#include "unit/tree.h"

#define GPU "pci0000:00/0000:00:01.0/0000:01:00.0"
#define UUID "73000000-0000-0000-0000-000000000000"

static struct inventory *machine(void)
{
        static const struct fn functions[] = {
                { "0000:01:00.0", "10de:2484", 0x030000, "nouveau", NULL, 1, GPU },
                { "0000:02:00.0", "144d:a808", 0x010802, "vfio-pci", "vfio-pci", 2, "pci0000:00/0000:00:02.0/0000:02:00.0" },
                { "0000:03:00.0", "8086:10c9", 0x020000, "igb", NULL, 3, "pci0000:00/0000:00:03.0/0000:03:00.0" },
                { "0000:03:10.0", "8086:10ca", 0x020000, "vfio-pci", "vfio-pci", 4, "pci0000:00/0000:00:03.0/0000:03:10.0" },
        };
        struct inventory *inv = calloc(1, sizeof(*inv));

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        inv_pf(inv, "0000:03:00.0", 7, "0000:03:10.0", 1, 0x10ca);
        inv_type(inv_parent(inv, "mtty", NULL), "mtty-2", NULL, 4);
        inv_mdev(inv, UUID, "mtty", "mtty-2");
        return inv;
}

static char *make_tree(void)
{
        static const char cmdline[] = "qemu\0-name\0guest=web1";
        char *root = tree_new();

        tree_file(root, "proc/sys/kernel/osrelease", "6.12\n");
        tree_file(root, "lib/modules/6.12/modules.alias",
                  "# a comment\nalias pci:v000010DEd*sv*sd*bc03sc00i00* nvidiafb\nalias pci:v000010DEd*sv*sd*bc03* nouveau\n"
                  "alias pci:v000010DEd*sv*sd*bc*sc*i* nouveau\nalias pci:v00008086d* igb\nalias usb:v* other\nalias pci:cut\n"
                  "alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci\n");
        tree_link(root, "sys/bus/pci/drivers/nouveau/module", "../../../../module/nouveau");
        tree_dir(root, "sys/bus/pci/drivers/vfio-pci");
        tree_file(root, "sys/devices/" GPU "/drm/card0/uevent", "MAJOR=226\nMINOR=0\nDEVNAME=dri/card0\n");
        tree_link(root, "sys/dev/char/226:0", "../../devices/" GPU "/drm/card0");
        tree_link(root, "sys/dev/char/1:3", "../../devices/virtual/mem/null");
        tree_file(root, "sys/bus/pci/devices/0000:02:00.0/enable", "1\n");
        tree_link(root, "sys/bus/pci/devices/0000:02:00.0/iommu_group", "../../../kernel/iommu_groups/2");
        tree_dir(root, "sys/bus/pci/devices/0000:02:00.0/vfio-dev/vfio0");
        tree_file(root, "sys/bus/pci/devices/0000:03:10.0/enable", "0\n");
        tree_link(root, "sys/bus/pci/devices/0000:03:10.0/iommu_group", "../../../kernel/iommu_groups/4");
        tree_link(root, "sys/bus/mdev/devices/" UUID "/iommu_group", "../../../kernel/iommu_groups/5");
        tree_file(root, "proc/7/comm", "Xorg\n");
        tree_link(root, "proc/7/fd/1", "/dev/null");
        tree_link(root, "proc/7/fd/3", "/dev/dri/card0");
        tree_link(root, "proc/7/fd/4", "/dev/dri/card0");
        tree_file(root, "proc/8/comm", "qemu\n");
        tree_bytes(root, "proc/8/cmdline", cmdline, sizeof(cmdline));
        tree_link(root, "proc/8/fd/3", "/dev/vfio/devices/vfio0");
        tree_file(root, "proc/9/comm", "vfio-hold\n");
        tree_link(root, "proc/9/fd/3", "/dev/vfio/4");
        tree_link(root, "proc/9/fd/4", "/dev/vfio/5");
        return root;
}

/* "nouveau nvidiafb; /dev/dri/card0 Xorg (pid 7); module nouveau" */
static void describe(const struct explain_facts *facts, struct strbuf *b)
{
        for (size_t i = 0; i < facts->n_modules; i++)
                strbuf_addf(b, "%s ", facts->modules[i].name);
        strbuf_add(b, facts->modules_known ? ";" : "?;");
        for (size_t i = 0; i < facts->n_holders; i++)
                strbuf_addf(b, " %s %s", facts->holders[i].node, facts->holders[i].who);
        strbuf_addf(b, "%s%s%s", facts->holders_known ? "" : " ?", facts->open ? " open" : "", facts->holders_hidden ? " hidden" : "");
        strbuf_addf(b, "; %s", facts->driver_module ? facts->driver_module : "-");
}

static void asked(void **unused)
{
        static const struct {
                const char *word, *expected;
        } cases[] = {
                { "01:00.0", "nouveau nvidiafb ;"
                             " /dev/dri/card0 Xorg (pid 7); nouveau" },
                { "02:00.0", "; /dev/vfio/devices/vfio0 qemu (pid 8, VM web1) open; -" },
                { "up", "igb ; /dev/vfio/4 vfio-hold (pid 9); -" }, /* by one of its VFs */
                { "up/0", "igb ; /dev/vfio/4 vfio-hold (pid 9); -" },
                { UUID, "?; /dev/vfio/5 vfio-hold (pid 9); -" },
                { "serial", "?; /dev/vfio/5 vfio-hold (pid 9); -" },
                { "mtty", "?; ?; -" },
        };
        CLEANUP_TREE char *root = make_tree();
        CLEANUP(sys_freep) struct sys *sys = NULL;
        CLEANUP_PLANNED struct planned p = { 0 };
        struct explain_input in;

        (void) unused;
        assert_int_equal(sys_open(root, &sys), 0);
        plan_for(&p, machine, "[sriov up]\naddress = 03:00.0\nvfs = 1\n[mdev serial]\nparent = mtty\ntype = mtty-2\nuuid = " UUID "\n");
        in = (struct explain_input){ p.inv, p.plan, &p.state, NULL, false, NULL };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_EXPLAIN_FACTS struct explain_facts facts = { 0 };
                CLEANUP_FREE struct explain_subject *subjects = NULL;
                CLEANUP_STRBUF struct strbuf b = { 0 };
                size_t n = 0;

                explain_find(&in, cases[i].word, &subjects, &n);
                assert_int_equal(n, 1);
                explain_facts_read(sys, p.inv, &subjects[0], &facts);
                assert_int_equal(facts.journal_error, EOPNOTSUPP); /* a captured tree has none */
                describe(&facts, &b);
                assert_text_of(cases[i].word, b.text, cases[i].expected);
        }
}

/* A system that has nothing but answers of the test's: the journal's, and an alias's. */
static const struct journal_line *lines;
static size_t n_lines;
static int answer;
static char query_text[256];

static int say_lines(void *userdata, const struct journal_query *q, int (*each)(void *arg, const struct journal_line *line),
                     void *arg)
{
        (void) userdata;
        (void) snprintf(query_text, sizeof(query_text), "%s %s %s", q->n_devices ? q->devices[0] : "-",
                        q->kind ? q->kind : "-", q->section ? q->section : "-");
        assert_true(n_lines <= q->max);
        for (size_t i = 0; i < n_lines; i++)
                assert_int_equal(each(arg, &lines[i]), 0);
        return answer;
}

static int say_modules(void *userdata, const char *alias, int (*each)(void *arg, const char *module, bool blacklisted), void *arg)
{
        (void) userdata;
        assert_non_null(strstr(alias, "pci:v0000"));
        assert_int_equal(each(arg, "b", true), 0);
        assert_int_equal(each(arg, "a", false), 0);
        return each(arg, "b", true);
}

static int nothing_list(void *userdata, const char *path, int (*each)(void *arg, const char *name), void *arg)
{
        (void) userdata;
        if (streq(path, "proc"))
                return each(arg, "17");
        return -EACCES;
}

static ssize_t nothing_read(void *userdata, const char *path, void *buf, size_t size)
{
        (void) userdata;
        (void) path;
        (void) buf;
        (void) size;
        return -ENOENT;
}

static ssize_t group_link(void *userdata, const char *path, char *buf, size_t size)
{
        (void) userdata;
        return strstr(path, "iommu_group") ? snprintf(buf, size, "../7") : -ENOENT;
}

static void answered(void **unused)
{
        static const struct journal_line said[] = { { 5000000, 6, "new" }, { 7900000, 3, "old" } };
        static const struct sys_ops ops = {
                .journal = say_lines, .module_lookup = say_modules, .list = nothing_list, .read = nothing_read, .readlink = group_link,
        };
        static const struct {
                const char *word, *query;
                int answer;
        } cases[] = {
                { "up", "0000:03:00.0 sriov up", 0 },
                { "up/0", "0000:03:10.0 - -", 0 }, /* the section's lines are of all its VFs */
                { "02:00.0", "0000:02:00.0 - -", -EACCES },
                { "serial", "- mdev serial", -ENOENT },
        };
        struct sys sys = { .ops = &ops };
        CLEANUP_PLANNED struct planned p = { 0 };
        struct explain_input in;

        (void) unused;
        lines = said;
        plan_for(&p, machine, "[sriov up]\naddress = 03:00.0\nvfs = 1\n[mdev serial]\nparent = mtty\ntype = mtty-2\nuuid = " UUID "\n");
        in = (struct explain_input){ p.inv, p.plan, &p.state, NULL, false, NULL };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_EXPLAIN_FACTS struct explain_facts facts = { 0 };
                CLEANUP_FREE struct explain_subject *subjects = NULL;
                size_t n = 0;

                answer = cases[i].answer;
                n_lines = answer == 0 ? ARRAY_SIZE(said) : 0;
                explain_find(&in, cases[i].word, &subjects, &n);
                explain_facts_read(&sys, p.inv, &subjects[0], &facts);
                assert_string_equal(query_text, cases[i].query);
                assert_int_equal(facts.journal_error, -answer);
                assert_int_equal(facts.n_entries, n_lines);
                if (n_lines > 0) { /* the oldest first */
                        assert_string_equal(facts.entries[0].text, "old");
                        assert_true(facts.entries[0].error && !facts.entries[1].error);
                        assert_int_equal(facts.entries[0].age, 7);
                }
                if (subjects[0].function != NO_INDEX) {
                        assert_int_equal(facts.n_modules, 2);
                        assert_string_equal(facts.modules[0].name, "a");
                        assert_true(facts.modules[1].blacklisted);
                }
                assert_int_equal(facts.n_holders, 0);
                assert_true(facts.holders_hidden);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(asked),
                cmocka_unit_test(answered),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
