/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Configurations out of what there is: each way a device, VFs and mdevs can be found, and that the result says the
 * same. */
#include "unit/rich.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "import/generate.h"
#include "unit/facts.h"

#define ROOT "pci0000:00/"
#define UUID "83c32df7-d52e-4ec1-9668-1f3c7e4df107"
#define EVERYTHING ((1U << GENERATE_SOURCES) - 1)

/* Two equal GPUs, one with its audio function at another place than VFs; a NIC and an NVMe drive with VFs; a bridge.
 */
static struct inventory *machine(void)
{
        static const struct fn functions[] = {
                { "0000:00:02.0", "8086:3e92", 0x030000, "i915", NULL, 0, ROOT "0000:00:02.0" },
                { "0000:01:00.0", "10de:2484:1458:1", 0x030000, "nouveau", NULL, 3, ROOT "0000:00:01.0/0000:01:00.0" },
                { "0000:01:00.1", "10de:228b", 0x040300, "snd_hda_intel", NULL, 3, ROOT "0000:00:01.0/0000:01:00.1" },
                { "0000:02:00.0", "10de:2484:1458:2", 0x030000, "vfio-pci", NULL, 4, NULL },
                { "0000:03:00.0", "8086:10c9", 0x020000, "igb", NULL, 5, ROOT "0000:03:00.0" },
                { "0000:03:10.0", "8086:10ca", 0x020000, "vfio-pci", NULL, 7, ROOT "0000:03:10.0" },
                { "0000:03:10.2", "8086:10ca", 0x020000, "igbvf", NULL, 8, ROOT "0000:03:10.2" },
                { "0000:04:00.0", "144d:a824", 0x010802, "nvme", NULL, 9, ROOT "0000:04:00.0" },
                { "0000:06:00.0", "8086:1901", 0x060400, "pcieport", NULL, 10, NULL },
                { "0000:0b:00.0", "8086:2723", 0x028000, "iwlwifi", NULL, 15, ROOT "0000:0b:00.0" },
                { "0000:0b:00.1", "8086:2723", 0x028000, "iwlwifi", NULL, 15, ROOT "0000:0b:00.1" },
        };
        struct inventory *inv = calloc(1, sizeof(*inv));
        struct mdev_parent *gpu;

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        inv_pf(inv, "0000:03:00.0", 7, "0000:03:10.0", 2, 0x10ca);
        inv_pf(inv, "0000:04:00.0", 4, NULL, 0, 0xa824);
        gpu = inv_parent(inv, "0000:00:02.0", "0000:00:02.0");
        inv_type(gpu, "big", "Big one", 1);
        return inv;
}

/* A file of another program's. */
struct other {
        void (*add)(struct rivals *r, const char *file, char *text, size_t len);
        const char *file, *text;
};

static char *generated(const struct inventory *inv, const struct other *files, size_t n, unsigned from)
{
        CLEANUP_RIVALS struct rivals rivals = { 0 };
        const struct generate_input input = { inv, &rivals, from };

        for (size_t i = 0; i < n && files[i].file; i++) {
                CLEANUP_FREE char *text = xstrdup(files[i].text);

                files[i].add(&rivals, files[i].file, text, strlen(text));
        }
        return generate_config(&input);
}

/* What follows the heading. */
static const char *body(const char *text)
{
        const char *start = strstr(text, "\n\n");

        assert_non_null(start);
        return start + 2;
}

static void add_cmdline(struct rivals *r, const char *file, char *text, size_t len)
{
        rivals_add_cmdline(r, file, text, len, true);
}

#define FROM(kind) FROM_RIVAL(RIVAL_##kind)

/* What one file of another program comes to. */
static const struct {
        struct other file;
        unsigned from;
        const char *expected;
} import_cases[] = {
        /* Two of an id, of which one is told apart by its subsystem; one has more functions, which don't all
           go. */
        { { rivals_add_modprobe, "m", "options vfio-pci ids=10de:2484" },
          FROM(VFIO_IDS),
          "# [10de:2484] at 0000:01:00.0, group 3\n# [10de:2484] at 0000:02:00.0, group 4\n"
          "# ids= takes all 2 devices of this id; for one of them give its path (passthru-setup list).\n"
          "# IOMMU group 3 also contains 0000:01:00.1 (snd_hda_intel), so no VM can open it; set group = whole to "
          "include it.\n"
          "[device gpu]\nid = 10de:2484\ncount = all\ngroup = ignore\n\n"
          "# Once this file is in place, remove what is about the same devices:\n"
          "# m:1: 10de:2484 of ids=\n# Afterwards rebuild the initramfs, which has a copy of modprobe.d.\n" },
        { { add_cmdline, "/proc/cmdline", "quiet vfio-pci.ids=10de:2484:1458:1,10de:228b" },
          FROM(VFIO_IDS),
          "# [10de:2484] at 0000:01:00.0, group 3\n# [10de:228b] at 0000:01:00.1, group 3\n"
          "[device gpu]\nid = 10de:2484:1458:0001\nfunctions = all\n\n"
          "# Once this file is in place, remove what is about the same devices:\n"
          "# /proc/cmdline: 10de:2484:1458:1 of vfio-pci.ids=\n# /proc/cmdline: 10de:228b of vfio-pci.ids=\n"
          "# The kernel command line is in the boot loader's configuration.\n" },
        /* Both functions of a card by one id. */
        { { rivals_add_modprobe, "m", "options vfio-pci ids=8086:2723:ffffffff:ffffffff" },
          FROM(VFIO_IDS),
          "# [8086:2723] at 0000:0b:00.0, group 15\n# [8086:2723] at 0000:0b:00.1, group 15\n"
          "# ids= takes all 2 devices of this id; for one of them give its path (passthru-setup list).\n"
          "[device nic]\nid = 8086:2723\ncount = all\n\n"
          "# Once this file is in place, remove what is about the same devices:\n"
          "# m:1: 8086:2723:ffffffff:ffffffff of ids=\n"
          "# Afterwards rebuild the initramfs, which has a copy of modprobe.d.\n" },
        /* A class is what no key says: each by itself. */
        { { rivals_add_modprobe, "m", "options vfio-pci ids=10de:ffffffff:ffffffff:ffffffff:040300:ffff00" },
          FROM(VFIO_IDS),
          "# [10de:228b] at 0000:01:00.1, group 3\n"
          "# IOMMU group 3 also contains 0000:01:00.0 (nouveau), so no VM can open it; set group = whole to include "
          "it.\n"
          "[device audio]\nid = 10de:228b\ngroup = ignore\n\n"
          "# Once this file is in place, remove what is about the same devices:\n"
          "# m:1: 10de:ffffffff:ffffffff:ffffffff:040300:ffff00 of ids=\n"
          "# Afterwards rebuild the initramfs, which has a copy of modprobe.d.\n" },
        /* VFs that nothing here makes. */
        { { rivals_add_modprobe, "m", "options vfio-pci ids=8086:10ca" },
          FROM(VFIO_IDS),
          "# [8086:10ca] at 0000:03:10.0, group 7\n# [8086:10ca] at 0000:03:10.2, group 8\n"
          "# ids= takes all 2 devices of this id; for one of them give its path (passthru-setup list).\n"
          "[device nic]\nid = 8086:10ca\ncount = all\n\n"
          "# Once this file is in place, remove what is about the same devices:\n# m:1: 8086:10ca of ids=\n"
          "# Afterwards rebuild the initramfs, which has a copy of modprobe.d.\n" },
        { { rivals_add_modprobe, "m", "options vfio-pci ids=8086:1901,1:2" },
          FROM(VFIO_IDS),
          "# There is nothing to hand over.\n\n# Not taken:\n"
          "# m:1: 0000:06:00.0 is a bridge, which stays with the host\n# m:1: no device here is 1:2\n" },
        /* A VF by its address, and a device without a path. */
        { { rivals_add_driverctl, "d/pci-0000:03:10.2", "vfio-pci" },
          FROM(DRIVERCTL),
          "# [8086:10ca] at 0000:03:10.2, group 8\n"
          "# By its address, which other hardware may change: it has no unique id or path.\n"
          "[device nic]\naddress = 0000:03:10.2\nexpect = 8086:10ca\n\n"
          "# Once this file is in place, remove what is about the same devices:\n# d/pci-0000:03:10.2: the "
          "file\n" },
        { { rivals_add_driverctl, "d/pci-0000:03:10.2", "none" },
          FROM(DRIVERCTL),
          "# [8086:10ca] at 0000:03:10.2, group 8\n"
          "# By its address, which other hardware may change: it has no unique id or path.\n"
          "[device nic]\naddress = 0000:03:10.2\nexpect = 8086:10ca\ndriver = none\n\n"
          "# Once this file is in place, remove what is about the same devices:\n# d/pci-0000:03:10.2: the "
          "file\n" },
        { { rivals_add_sysfs, "s", "bus/pci/devices/0000:03:00.0/sriov_numvfs = 4" },
          FROM(SYSFS),
          "# [8086:10c9] at 0000:03:00.0, group 5\n[sriov nic]\nid = 8086:10c9\nvfs = 4\nvf-driver = host\n\n"
          "# Once this file is in place, remove what is about the same devices:\n"
          "# s:1: the line with sriov_numvfs\n" },
        { { rivals_add_sysfs, "s",
            "bus/pci/devices/0000:03:00.0/sriov_numvfs = 4\n"
            "bus/pci/devices/0000:03:00.0/sriov_numvfs = 0" },
          FROM(SYSFS),
          "# There is nothing to hand over.\n" },
        { { rivals_add_mdevctl, "m/0000:00:02.0/" UUID, "{\"mdev_type\": \"a/b\", \"start\": \"auto\"}" },
          FROM(MDEVCTL),
          "# There is nothing to hand over.\n\n# Not taken:\n# m/0000:00:02.0/" UUID ": the mdev " UUID
          " of type a/b on "
          "0000:00:02.0: its type can't be written in a line of this file\n" },
        { { rivals_add_mdevctl, "m/0000:00:02.0/" UUID,
            "{\"mdev_type\": \"big\", \"start\": \"auto\", \"attrs\": [{\"a\": \"1\\n[device x]\"}]}" },
          FROM(MDEVCTL),
          "# There is nothing to hand over.\n\n# Not taken:\n# m/0000:00:02.0/" UUID ": the mdev " UUID
          " of type big on "
          "0000:00:02.0: its attributes can't be written in lines of this file\n" },
        { { rivals_add_mdevctl, "m/0000:00:02.0/" UUID, "{\"mdev_type\": \"a\\nb\", \"start\": \"auto\"}" },
          FROM(MDEVCTL),
          "# There is nothing to hand over.\n\n# Not taken:\n# m/0000:00:02.0/" UUID ": the mdev " UUID
          " of type a?b on "
          "0000:00:02.0: its type can't be written in a line of this file\n" },
        /* A parent that no driver makes one now. */
        { { rivals_add_mdevctl, "m/0000:0b:00.1/" UUID, "{\"mdev_type\": \"t\", \"start\": \"auto\"}" },
          FROM(MDEVCTL),
          "# t on 0000:0b:00.1\n# 0000:0b:00.1 offers no mdevs now.\n[mdev t]\npath = 0000:0b:00.1\nexpect = "
          "8086:2723\n"
          "type = t\nuuid = " UUID "\n\n# Once this file is in place, remove what is about the same devices:\n"
          "# m/0000:0b:00.1/" UUID ": the file\n" },
        /* Of files that were not asked for nothing is said. */
        { { rivals_add_modprobe, "m", "options vfio-pci ids=nonsense" },
          FROM(SYSFS),
          "# There is nothing to hand over.\n" },
};

static void imports(void **unused)
{
        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(import_cases); i++) {
                CLEANUP(inventory_freep) struct inventory *inv = machine();
                CLEANUP_FREE char *text = NULL;

                inventory_index(inv);
                text = generated(inv, &import_cases[i].file, 1, import_cases[i].from);
                assert_text_of(import_cases[i].file.text, body(text), import_cases[i].expected);
        }
}

/* VFs of several kinds: what most have is the section's, others have their own, and what can't be said is told. */
static void vfs(void **unused)
{
        static const struct {
                const char *drivers[2]; /* of the two VFs; NULL: none */
                const char *expected;
        } cases[] = {
                { { "vfio-pci", "vfio-pci" }, "vf-driver = vfio-pci\n" },
                { { NULL, NULL }, "vf-driver = none\n" },
                { { "igbvf", "igbvf" }, "vf-driver = host\n" },
                { { "pci-stub", "pci-stub" }, "vf-driver = pci-stub\n" },
                { { "vfio-pci", "igbvf" },
                  "vf-driver = vfio-pci\n\n# [8086:10ca] at 0000:03:10.2, group 8\n[vf nic/1]\n"
                  "driver = host\n" },
                { { NULL, "x_vfio_pci" },
                  "vf-driver = none\n\n# [8086:10ca] at 0000:03:10.2, group 8\n[vf nic/1]\n"
                  "driver = x_vfio_pci\n" },
                { { "vfio-pci", "x_vfio_pci" },
                  "vf-driver = vfio-pci\n\n# [8086:10ca] at 0000:03:10.2, group 8\n[vf nic/1]\n"
                  "driver = x_vfio_pci\n" },
                { { "igbvf", NULL },
                  "vf-driver = host\n\n# [8086:10ca] at 0000:03:10.2, group 8\n[vf nic/1]\n"
                  "driver = none\n" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP(inventory_freep) struct inventory *inv = machine();
                CLEANUP_FREE char *text = NULL;
                const char *found;

                for (size_t k = 0; k < 2; k++) {
                        struct pci_function *vf = inv_at(inv, k == 0 ? "0000:03:10.0" : "0000:03:10.2");

                        free(vf->driver);
                        vf->driver = cases[i].drivers[k] ? xstrdup(cases[i].drivers[k]) : NULL;
                }
                free(inv_at(inv, "0000:02:00.0")->driver);
                inv_at(inv, "0000:02:00.0")->driver = NULL;
                inventory_index(inv);
                text = generated(inv, NULL, 0, FROM_RUNNING);
                found = strstr(text, "vf-driver");
                assert_non_null(found);
                assert_text_of(cases[i].expected, found, cases[i].expected);
        }
}

/* What runs now goes before what files say, and of these the first; what differs is told. */
static void contradictions(void **unused)
{
        static const struct other files[] = {
                { rivals_add_driverctl, "d/pci-0000:02:00.0", "pci-stub" },
                { rivals_add_driverctl, "d/pci-0000:03:00.0", "vfio-pci" },
                { rivals_add_driverctl, "d/pci-0000:0b:00.0", "auto" },
                { rivals_add_driverctl, "d/pci-0000:0b:00.1", "uio_pci_generic" },
                { rivals_add_driverctl, "d/pci-0000:00:02.0", "vfio-pci" },
                { rivals_add_modprobe, "m", "options vfio-pci ids=8086:2723" },
                { rivals_add_sysfs, "s",
                  "bus/pci/devices/0000:03:00.0/sriov_numvfs = 3\n"
                  "bus/pci/devices/0000:02:00.0/sriov_numvfs = 1\n"
                  "bus/pci/devices/0000:04:00.0/sriov_numvfs = 5" },
                { rivals_add_mdevctl, "m/0000:00:02.0/" UUID, "{\"mdev_type\": \"big\", \"start\": \"auto\"}" },
                { rivals_add_mdevctl, "m/a/" UUID, "{\"mdev_type\": \"big\", \"start\": \"auto\"}" },
        };
        CLEANUP(inventory_freep) struct inventory *inv = machine();
        CLEANUP_FREE char *text = NULL;

        (void) unused;
        inventory_index(inv);
        text = generated(inv, files, ARRAY_SIZE(files), EVERYTHING);
        assert_text_of(
                "notes", strstr(text, "# Not taken"),
                "# Not taken:\n"
                "# s:1: 3 VFs, but 0000:03:00.0 has 2 now, which are taken\n"
                "# s:2: 0000:02:00.0 offers no SR-IOV\n"
                "# s:3: 0000:04:00.0 supports at most 4 VFs, not 5\n"
                "# d/pci-0000:02:00.0: pci-stub for 0000:02:00.0, for which vfio-pci is taken: it is so\n"
                "# d/pci-0000:03:00.0: 0000:03:00.0 has VFs, which need its own driver\n"
                "# d/pci-0000:0b:00.0: auto is not the name of a driver\n"
                "# m:1: vfio-pci for 0000:0b:00.1, for which uio_pci_generic is taken: d/pci-0000:0b:00.1 says so\n"
                "# m/0000:00:02.0/" UUID ": the mdev " UUID " of type big on 0000:00:02.0: its parent needs its own "
                "driver, but is bound to another\n"
                "# m/a/" UUID ": m/0000:00:02.0/" UUID " has the same UUID\n\n"
                "# Once this file is in place, remove what is about the same devices:\n"
                "# d/pci-0000:02:00.0: the file\n# d/pci-0000:03:00.0: the file\n# d/pci-0000:0b:00.0: the file\n"
                "# d/pci-0000:0b:00.1: the file\n# d/pci-0000:00:02.0: the file\n"
                "# s:1: the line with sriov_numvfs\n# s:2: the line with sriov_numvfs\n");
}

/* Sections of one base have different names, in which no character is wrong. */
static void names(void **unused)
{
        static const struct fn functions[] = {
                { "0000:01:00.0", "1:1", 0x030000, "vfio-pci", NULL, 1, NULL },
                { "0000:02:00.0", "1:2", 0x030000, "vfio-pci", NULL, 2, NULL },
                { "0000:03:00.0", "1:3", 0x030000, "vfio-pci", NULL, 3, NULL },
                { "0000:04:00.0", "1:4", 0x020000, "vfio-pci", NULL, 4, NULL },
        };
        CLEANUP(inventory_freep) struct inventory *inv = calloc(1, sizeof(*inv));
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        CLEANUP(config_freep) struct config *config = NULL;
        CLEANUP_STRBUF struct strbuf found = { 0 };
        CLEANUP_FREE char *text = NULL, *mistakes = NULL;
        struct mdev_parent *parent;

        (void) unused;
        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        inv_netdev(inv, "0000:04:00.0", "br0~1", "52:54:00:00:00:01");
        inv_at(inv, "0000:01:00.0")->name = xstrdup("Card\n[device trap]");
        parent = inv_parent(inv, "mtty", NULL);
        inv_type(parent, "gpu2", NULL, 1);
        inv_type(parent, "a type with a name that is longer than any section's", NULL, 1);
        inv_mdev(inv, "83c32df7-d52e-4ec1-9668-1f3c7e4df101", "mtty", "gpu2");
        inv_mdev(inv, "83c32df7-d52e-4ec1-9668-1f3c7e4df102", "mtty", "gpu2");
        inv_mdev(inv, "83c32df7-d52e-4ec1-9668-1f3c7e4df103", "mtty",
                 "a type with a name that is longer than any section's");
        inventory_index(inv);
        text = generated(inv, NULL, 0, FROM_RUNNING);
        config = parse_text(text, &diags);
        mistakes = diags_text(&diags);
        assert_text_of(text, mistakes, "");
        for (size_t i = 0; i < config->n_sections; i++)
                strbuf_addf(&found, "%s\n", config->sections[i]->name);
        assert_text_of(text, found.text,
                       "gpu\ngpu2\ngpu3\nnic-br0-1\ngpu2-2\ngpu2-3\na-type-with-a-name-that-is-longe\n");
}

/* What was made of a machine that has everything is read without a remark, and leaves nothing to do but overrides. */
static void round_trip(void **unused)
{
        static const struct other files[] = {
                { rivals_add_modprobe, "m", "options vfio-pci ids=1000:ffffffff,dead:beef,8086:10ca,8086:1521" },
                { rivals_add_driverctl, "d/pci-0000:0b:00.0", "vfio-pci" },
                { rivals_add_sysfs, "s", "bus/pci/devices/0000:04:00.0/sriov_numvfs = 2" },
                { rivals_add_mdevctl, "m/0000:07:00.0/" UUID, "{\"mdev_type\": \"t\", \"start\": \"manual\"}" },
        };
        static const unsigned sources[] = { FROM_RUNNING, FROM(VFIO_IDS), FROM(DRIVERCTL),
                                            FROM(SYSFS),  FROM(MDEVCTL),  EVERYTHING };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
                CLEANUP(inventory_freep) struct inventory *inv = rich_machine();
                CLEANUP_PLANNED struct planned p = { 0 };
                CLEANUP_FREE char *text = NULL;

                inventory_index(inv);
                text = generated(inv, files, ARRAY_SIZE(files), sources[i]);
                plan_for(&p, rich_machine, text);
                for (size_t k = 0; k < p.plan->n_items; k++)
                        if (p.plan->items[k].verdict == VERDICT_REFUSED)
                                fail_msg("%s: %s\n%s", p.plan->items[k].section->name, p.plan->items[k].reason, text);
                for (size_t k = 0; k < p.plan->n_steps && sources[i] == FROM_RUNNING; k++)
                        if (p.plan->steps[k].kind != STEP_OVERRIDE)
                                fail_msg("step of kind %d\n%s", p.plan->steps[k].kind, text);
        }
}

static void parameters(void **unused)
{
        CLEANUP(inventory_freep) struct inventory *inv = calloc(1, sizeof(*inv));
        CLEANUP_FREE char *text = NULL, *import = NULL;
        struct module_info *kvm, *vfio;

        (void) unused;
        assert_non_null(inv);
        kvm = inv_module(inv, "kvm", true);
        inv_param(kvm, "ignore_msrs", "Y", true);
        inv_param(kvm, "report_ignored_msrs", "Y", true);
        inv_param(kvm, "halt_poll_ns", "7", true);
        vfio = inv_module(inv, "vfio_iommu_type1", true);
        inv_param(vfio, "allow_unsafe_interrupts", NULL, true);
        inventory_index(inv);
        text = generated(inv, NULL, 0, FROM_RUNNING);
        assert_text_of("running", body(text), "[module kvm]\nignore_msrs = Y\n");
        import = generated(inv, NULL, 0, EVERYTHING & ~FROM_RUNNING);
        assert_text_of("import", body(import), "# There is nothing to hand over.\n");
}

static void words(void **unused)
{
        (void) unused;
        assert_int_equal(generate_source("running"), FROM_RUNNING);
        assert_int_equal(generate_source("vfio-ids"), FROM(VFIO_IDS));
        assert_int_equal(generate_source("run"), 0);
        assert_int_equal(generate_source(""), 0);
        for (unsigned bit = 0; bit < GENERATE_SOURCES; bit++)
                assert_int_equal(generate_source(generate_source_name(bit)), 1U << bit);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(imports), cmocka_unit_test(vfs),        cmocka_unit_test(contradictions),
                cmocka_unit_test(names),   cmocka_unit_test(round_trip), cmocka_unit_test(parameters),
                cmocka_unit_test(words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
