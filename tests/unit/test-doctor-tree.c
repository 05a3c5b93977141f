/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading doctor's facts from a tree on disk, and what is printed of findings. */
#include "unit/doctor-host.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "doctor/doctor-read.h"
#include "json/render-json.h"
#include "unit/tree.h"
#include "view/rows.h"

static void read_tree(const char *root, const struct planned *p, bool usual, struct doctor_facts *facts)
{
        CLEANUP(sys_freep) struct sys *sys = NULL;

        assert_int_equal(sys_open(root, &sys), 0);
        doctor_read(sys, p->inv, p->plan, usual, facts);
}

static void nothing(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP_DOCTOR_HOST struct doctor_host h;
        CLEANUP_FACTS struct doctor_facts facts = { 0 };

        (void) unused;
        doctor_host_make(&h, NULL, "[device gpu]\naddress = 01:00\n[module mtty]\n");
        read_tree(root, &h.p, true, &facts);
        assert_int_equal(facts.cpu, DOCTOR_CPU_NOT_KNOWN);
        assert_int_equal(facts.kvm, DOCTOR_NOT_KNOWN);
        assert_int_equal(facts.dmar, DOCTOR_NOT_KNOWN);
        assert_int_equal(facts.remapping, DOCTOR_NOT_KNOWN);
        assert_int_equal(facts.passthrough, DOCTOR_NOT_KNOWN);
        assert_false(facts.units_known);
        assert_null(facts.cmdline);
        assert_null(facts.release);
        assert_int_equal(facts.initramfs, DOCTOR_INITRAMFS_NOT_KNOWN);
        assert_true(facts.boot_vga == NO_INDEX);
        for (size_t i = 0; i < DOCTOR_PARAM_MAX; i++)
                assert_null(facts.params[i]);
        for (size_t i = 0; i < facts.n_modules; i++) {
                assert_int_equal(facts.modules[i].loaded, DOCTOR_NOT_KNOWN);
                assert_int_equal(facts.modules[i].installed, DOCTOR_NOT_KNOWN);
        }
        assert_int_equal(facts.n_groups, 1);
        assert_false(facts.groups[0].known);
        assert_int_equal(facts.n_blacklists, 0);
}

static const struct doctor_module *module_of(const struct doctor_facts *facts, const char *name)
{
        for (size_t i = 0; i < facts->n_modules; i++)
                if (streq(facts->modules[i].name, name))
                        return &facts->modules[i];
        fail_msg("%s was not asked for", name);
        return NULL;
}

static void everything(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP_DOCTOR_HOST struct doctor_host h;
        CLEANUP_FACTS struct doctor_facts facts = { 0 };

        (void) unused;
        tree_file(root, "proc/cpuinfo", "vendor_id : AuthenticAMD\nflags : svm\n");
        tree_file(root, "proc/cmdline", "quiet modprobe.blacklist=nouveau\n");
        tree_file(root, "proc/sys/kernel/osrelease", "6.12.1\n");
        tree_link(root, "sys/class/misc/kvm", "../../devices/virtual/misc/kvm");
        tree_file(root, "sys/firmware/acpi/tables/IVRS", "");
        tree_dir(root, "sys/class/iommu");
        tree_link(root, "sys/class/iommu/ivhd0", "../../devices/x");
        tree_file(root, "sys/kernel/irq/1/chip_name", "IO-APIC\n");
        tree_file(root, "sys/kernel/irq/2/chip_name", "\n");
        tree_file(root, "sys/kernel/irq/3/chip_name", "IR-PCI-MSI-0000:01:00.0\n");
        tree_file(root, "sys/kernel/irq/4/chip_name", "IO-APIC\n");
        tree_file(root, "sys/kernel/iommu_groups/14/reserved_regions", "0x1 0x2 direct\n");
        tree_file(root, "sys/kernel/iommu_groups/0/type", "identity\n");
        tree_file(root, "sys/kernel/iommu_groups/15/type", "DMA-FQ\n");
        tree_file(root, "sys/module/kvm/parameters/ignore_msrs", "Y\n");
        tree_dir(root, "sys/module/i915");
        tree_file(root, "lib/modules/6.12.1/modules.dep", "kernel/vfio/vfio-pci.ko.xz: kernel/x/kvmgt.ko.xz\n");
        tree_file(root, "lib/modules/6.12.1/modules.alias", "alias pci:v000010DEd* nouveau\nalias pci:v* other\n");
        tree_dir(root, "var/lib/passthru-setup");
        doctor_host_make(&h, NULL, "[device gpu]\naddress = 01:00\n[module mtty]\n");
        read_tree(root, &h.p, true, &facts);
        assert_int_equal(facts.cpu, DOCTOR_CPU_AMD);
        assert_int_equal(facts.kvm, DOCTOR_YES);
        assert_int_equal(facts.dmar, DOCTOR_NO);
        assert_int_equal(facts.ivrs, DOCTOR_YES);
        assert_int_equal(facts.remapping, DOCTOR_YES);
        assert_int_equal(facts.passthrough, DOCTOR_NO);
        assert_int_equal(facts.n_units, 1);
        assert_string_equal(facts.units[0], "ivhd0");
        assert_string_equal(facts.release, "6.12.1");
        assert_string_equal(facts.params[DOCTOR_IGNORE_MSRS], "Y");
        assert_true(facts.groups[0].known && facts.groups[0].direct);
        assert_int_equal(module_of(&facts, "i915")->loaded, DOCTOR_YES);
        assert_int_equal(module_of(&facts, "vfio_pci")->loaded, DOCTOR_NO);
        assert_int_equal(module_of(&facts, "vfio_pci")->installed, DOCTOR_YES);
        assert_int_equal(module_of(&facts, "kvmgt")->installed,
                         DOCTOR_NO); /* another's dependency is no line of its own */
        assert_int_equal(module_of(&facts, "mtty")->installed, DOCTOR_NO);
        assert_int_equal(facts.n_blacklists, 1);
        assert_true(facts.blacklists[0].known);
        assert_int_equal(facts.blacklists[0].n_patterns, 1);
        assert_int_equal(facts.initramfs, DOCTOR_INITRAMFS_NONE);
}

#define GPU_LINE "0000:01:00.0\tvfio-pci\t-\tdevice gpu\t-\tid=10de:2484\n"
#define HBA_LINE "0000:02:00.0\tvfio-pci\t-\tdevice hba\t-\tid=1000:0097\n"

static void other_states(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP_DOCTOR_HOST struct doctor_host h;
        CLEANUP_FACTS struct doctor_facts stale = { 0 }, withdrawn = { 0 }, current = { 0 }, other = { 0 };

        (void) unused;
        doctor_host_make(&h, NULL, NULL);
        tree_file(root, "proc/sys/kernel/osrelease", "6.12.1\n");
        tree_file(root, "sys/kernel/irq/1/chip_name", "IO-APIC\n");
        tree_file(root, "sys/kernel/iommu_groups/0/type", "identity\n");
        tree_dir(root, "sys/class/misc");
        tree_file(root, "var/lib/passthru-setup/cleared", GPU_LINE HBA_LINE);
        tree_file(root, "var/lib/passthru-setup/initramfs/6.12.1", GPU_LINE);
        tree_file(root, "usr/sbin/update-initramfs", "");
        read_tree(root, &h.p, true, &stale);
        assert_int_equal(stale.initramfs, DOCTOR_INITRAMFS_STALE);
        assert_int_equal(stale.made.maker, INITRAMFS_TOOLS);
        assert_int_equal(stale.remapping, DOCTOR_NO);
        assert_int_equal(stale.kvm, DOCTOR_NO);
        assert_int_equal(stale.passthrough, DOCTOR_YES);
        tree_file(root, "var/lib/passthru-setup/cleared", HBA_LINE);
        read_tree(root, &h.p, true, &withdrawn);
        assert_int_equal(withdrawn.initramfs, DOCTOR_INITRAMFS_WITHDRAWN);
        assert_int_equal(withdrawn.withdrawn.bus, 1);
        tree_file(root, "var/lib/passthru-setup/cleared", GPU_LINE);
        read_tree(root, &h.p, true, &current);
        assert_int_equal(current.initramfs, DOCTOR_INITRAMFS_CURRENT);
        read_tree(root, &h.p, false, &other);
        assert_int_equal(other.initramfs, DOCTOR_INITRAMFS_NOT_ASKED);
}

/* Which files are looked at for blacklists. */
static void places(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP_DOCTOR_HOST struct doctor_host h;
        CLEANUP_FACTS struct doctor_facts facts = { 0 };

        (void) unused;
        doctor_host_make(&h, NULL, NULL);
        tree_file(root, "etc/modprobe.d/a.conf", "blacklist a\n");
        tree_file(root, "etc/modprobe.d/a.conf.bak", "blacklist b\n");
        tree_file(root, "usr/lib/modprobe.d/c.conf", "blacklist c\n");
        read_tree(root, &h.p, true, &facts);
        assert_int_equal(facts.n_blacklists, 1);
        assert_string_equal(facts.blacklists[0].file, "/etc/modprobe.d/a.conf");
        assert_false(facts.blacklists[0].known);
}

static void printed(void **unused)
{
        struct doctor_finding findings[] = {
                { "iommu", DOCTOR_ERROR, (char *) "IOMMU", (char *) "off", (char *) "one\ntwo", NULL, 0, NULL },
                { "rival", DOCTOR_NOTE, (char *) "gpu", (char *) "text", NULL, (char *) "/etc/modprobe.d/a.conf", 3, NULL },
                { "cpu", DOCTOR_OK, (char *) "CPU", (char *) "well", NULL, (char *) "/proc/cmdline", 0, NULL },
        };
        const struct doctor_report report = { .items = findings, .n = ARRAY_SIZE(findings) };
        static const char *const expected[][3] = {
                { "error", "IOMMU", "off\n-> one\n-> two" },
                { "note", "gpu", "text (modprobe.d/a.conf:3)" },
                { "ok", "CPU", "well (/proc/cmdline)" },
        };
        CLEANUP_ROWS struct row_list rows = { 0 };
        CLEANUP_FREE char *text = NULL;
        json_t *j, *one;

        (void) unused;
        rows_of_doctor(&report, "->", &rows);
        assert_int_equal(rows.n, ARRAY_SIZE(expected));
        for (size_t i = 0; i < rows.n; i++)
                for (size_t k = 0; k < 3; k++)
                        assert_true(streq_ptr(rows.items[i].cells[k], expected[i][k]));
        assert_int_equal(rows.items[0].color, ROW_BAD);
        assert_int_equal(rows.items[1].color, ROW_PLAIN);
        assert_int_equal(rows.items[2].color, ROW_GOOD);
        text = render_doctor_json(&report);
        j = json_loads(text, 0, NULL);
        assert_int_equal(json_integer_value(json_object_get(j, "version")), JSON_VERSION);
        one = json_array_get(json_object_get(j, "findings"), 0);
        assert_string_equal(json_string_value(json_object_get(one, "id")), "iommu");
        assert_string_equal(json_string_value(json_object_get(one, "severity")), "error");
        assert_int_equal(json_array_size(json_object_get(one, "remedy")), 2);
        assert_string_equal(json_string_value(json_array_get(json_object_get(one, "remedy"), 1)), "two");
        assert_true(json_is_null(json_object_get(one, "file")) && json_is_null(json_object_get(one, "line")));
        one = json_array_get(json_object_get(j, "findings"), 1);
        assert_int_equal(json_integer_value(json_object_get(one, "line")), 3);
        assert_true(json_is_null(json_object_get(one, "remedy")));
        json_decref(j);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nothing), cmocka_unit_test(everything), cmocka_unit_test(other_states),
                cmocka_unit_test(places),  cmocka_unit_test(printed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
