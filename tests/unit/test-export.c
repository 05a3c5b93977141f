/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Export: the lines for a VM, whole, and what is said where there are none. */
#include "unit/machine.h"

#include <errno.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "base/strutil.h"
#include "export/export.h"

#define UUID "4b20d080-1b54-4048-85b3-a6a62d165c01"

/* A card of three functions and one of two, a display on the root bus, a NIC with two VFs of four, and mdev parents.
 */
static struct inventory *machine(void)
{
        static const struct fn functions[] = {
                { "0000:00:02.0", "8086:3e92", 0x030000, "i915", NULL, 0, NULL },
                { "0000:01:00.0", "10de:2484", 0x030000, "vfio-pci", "vfio-pci", 1, NULL },
                { "0000:01:00.1", "10de:228b", 0x040300, "vfio-pci", "vfio-pci", 1, NULL },
                { "0000:01:00.2", "10de:228b", 0x040300, "vfio-pci", "vfio-pci", 1, NULL },
                { "0000:02:00.1", "1000:0097", 0x010700, "vfio-pci", "vfio-pci", 2, NULL },
                { "0000:02:00.2", "1000:0098", 0x010700, "vfio-pci", "vfio-pci", 2, NULL },
                { "0000:03:00.0", "15b3:101d", 0x020000, "mlx5_core", NULL, 3, NULL },
                { "0000:03:00.1", "15b3:101e", 0x020000, "vfio-pci", "vfio-pci", 4, NULL },
                { "0000:03:00.2", "15b3:101e", 0x020000, "mlx5_vfio_pci", "mlx5_vfio_pci", 5, NULL },
                { "0000:04:00.0", "15b3:101d", 0x020000, "mlx5_core", NULL, 6, NULL },
                { "0000:05:00.0", "8086:10c9", 0x020000, "igb", NULL, 8, NULL },
                { "0000:05:10.0", "8086:10ca", 0x020000, "vfio-pci", "vfio-pci", 9, NULL },
                { "10000:e1:00.0", "8086:0a54", 0x010802, "vfio-pci", "vfio-pci", 7, NULL },
        };
        struct inventory *inv = calloc(1, sizeof(*inv));
        struct mdev_parent *matrix;

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        inv_pf(inv, "0000:03:00.0", 4, "0000:03:00.1", 2, 0x101e);
        inv_pf(inv, "0000:04:00.0", 4, NULL, 0, 0x101e);
        inv_pf(inv, "0000:05:00.0", 7, "0000:05:10.0", 1, 0x10ca);
        inv_drivers(inv, (const char *const[]){ "mlx5_core", "mlx5_vfio_pci", "pci-stub", "vfio-pci" }, 4);
        inv_type(inv_parent(inv, "0000:00:02.0", "0000:00:02.0"), "i915-GVTg_V5_4", NULL, 2);
        matrix = inv_parent(inv, "matrix", NULL);
        inv_type(matrix, "vfio_ap-passthrough", NULL, 2);
        inv_type(matrix, "other", NULL, 2);
        replace_string(&matrix->types[0].device_api, "vfio-ap");
        replace_string(&matrix->types[1].device_api, "vfio-platform");
        inv_mdev(inv, UUID, "0000:00:02.0", "i915-GVTg_V5_4");
        return inv;
}

#define CONFIG                                                                                                        \
        "[device gpu]\naddress = 01:00.0\nfunctions = all\n"                                                          \
        "[device part]\naddress = 02:00.1\n"                                                                          \
        "[device vmd]\naddress = 10000:e1:00.0\n"                                                                     \
        "[device igd]\naddress = 00:02.0\ngroup = ignore\nenabled = no\n"                                             \
        "[sriov up]\naddress = 03:00.0\nvfs = 2\nvf-driver = vfio-pci\n"                                              \
        "[device own]\naddress = up/1\ndriver = mlx5_vfio_pci\n"                                                      \
        "[sriov new]\naddress = 04:00.0\nvfs = 2\n"                                                                   \
        "[sriov away]\naddress = 0f:00.0\nvfs = 2\n"                                                                  \
        "[sriov all]\naddress = 05:00.0\nvfs = 1\n[device only]\naddress = all/0\n"                                   \
        "[mdev vgpu]\nparent = 0000:00:02.0\ntype = i915-GVTg_V5_4\nuuid = " UUID "\n"                                \
        "[mdev two]\nparent = matrix\ntype = vfio_ap-passthrough\ncount = 2\n"                                        \
        "[mdev strange]\nparent = matrix\ntype = other\n"                                                             \
        "[module kvm]\nignore_msrs = 1\n"

/* What is printed of them. New string. */
static char *said(const struct diag_list *diags)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };

        for (size_t i = 0; i < diags->n; i++)
                strbuf_addf(&text, "%s\n", diags->items[i].text);
        return strbuf_steal(&text);
}

/* The text of the names (blanks between them), or what was said. New string. */
static char *export_of(const struct planned *p, const char *format, const char *vmid, const char *names)
{
        const struct export_input in = { p->plan, p->inv, &p->state };
        CLEANUP_EXPORT struct export_list list = { 0 };
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        CLEANUP_FREE char *copy = strdup(names), *text = NULL;
        char *rest = copy, *name;

        assert_non_null(copy);
        while ((name = strsep(&rest, " "))) {
                int r = export_add(&in, name, &list, &diags);

                if (r == -ENOENT)
                        return strdup("no such section");
                assert_int_equal(r, 0);
        }
        text = export_text(&list, p->inv, export_format_find(format), vmid, &diags);
        if (!diag_has_errors(&diags))
                return STEAL(text);
        assert_string_equal(text, "");
        return said(&diags);
}

struct export_case {
        const char *format;
        const char *names, *expected;
};

#define HOSTDEV(address)                                                                                              \
        "<hostdev mode='subsystem' type='pci' managed='no'>\n  <source>\n    <address " address "/>\n  </source>\n"
#define END "</hostdev>\n"
#define MDEV(model, uuid)                                                                                             \
        "<hostdev mode='subsystem' type='mdev' managed='no' model='" model ">\n  <source>\n    <address uuid='" uuid  \
        "'/>\n  </source>\n</hostdev>\n"
#define PORT(id, numbers) "-device pcie-root-port,id=port-" id ",bus=pcie.0," numbers
#define Q35 ": pcie=1 is for VMs of machine type q35"
#define AP "74000000-0000-0000-0000-000000000000"

static const struct export_case texts[] = {
        { "libvirt", "gpu",
          "<!-- gpu (c:1): one card for the guest, at a bus of its own; if 0x0a is not free, any other will do "
          "-->\n" HOSTDEV(
                  "domain='0x0000' bus='0x01' slot='0x00' function='0x0'") "  <address type='pci' domain='0x0000' "
                                                                           "bus='0x0a' slot='0x00' function='0x0' "
                                                                           "multifunction='on'/>\n" END HOSTDEV(
                                                                                   "domai"
                                                                                   "n='"
                                                                                   "0x000"
                                                                                   "0' "
                                                                                   "bus='"
                                                                                   "0x01'"
                                                                                   " slot"
                                                                                   "='"
                                                                                   "0x00'"
                                                                                   " func"
                                                                                   "tion="
                                                                                   "'0x1"
                                                                                   "'") "  <address type='pci' "
                                                                                        "domain='0x0000' bus='0x0a' "
                                                                                        "slot='0x00' "
                                                                                        "function='0x1'/>\n" END HOSTDEV(
                                                                                                "domain='"
                                                                                                "0x0000' "
                                                                                                "bus='0x01' "
                                                                                                "slot='0x00' "
                                                                                                "function='"
                                                                                                "0x2'") "  "
                                                                                                        "<addr"
                                                                                                        "ess"
                                                                                                        " type"
                                                                                                        "='"
                                                                                                        "pci' "
                                                                                                        "domai"
                                                                                                        "n='"
                                                                                                        "0x000"
                                                                                                        "0' "
                                                                                                        "bus='"
                                                                                                        "0x0a'"
                                                                                                        " "
                                                                                                        "slot="
                                                                                                        "'"
                                                                                                        "0x00'"
                                                                                                        " "
                                                                                                        "funct"
                                                                                                        "ion"
                                                                                                        "='"
                                                                                                        "0x2'/"
                                                                                                        ">"
                                                                                                        "\n" END },
        { "libvirt", "up/0",
          "<!-- up (c:12), VF 0: a hostdev, for an interface would give the VF a MAC and a VLAN of libvirt's "
          "-->\n" HOSTDEV("domain='0x0000' bus='0x03' slot='0x00' function='0x1'") END },
        { "proxmox", "all/0", "# only (c:28), VF 0" Q35 "\nqm set VMID -hostpci0 0000:05:10.0,pcie=1\n" },
        { "libvirt", "vgpu two",
          "<!-- vgpu (c:30) -->\n" MDEV("vfio-pci' display='off'", UUID) "<!-- two (c:34) -->\n" MDEV(
                  "vfio-ap'", AP) "<!-- two (c:34) -->\n" MDEV("vfio-ap'", "74000000-0000-0000-0000-000000000001") },
        { "proxmox", "gpu",
          "# gpu (c:1)" Q35 "; x-vga=1 makes the card the VM's only display\n"
          "qm set VMID -hostpci0 0000:01:00,pcie=1,x-vga=1\n" },
        { "proxmox", "part up vgpu own",
          "# part (c:4)" Q35 "\nqm set VMID -hostpci0 0000:02:00.1,pcie=1\n"
          "# up (c:12), VF 0" Q35 "\nqm set VMID -hostpci1 0000:03:00.1,pcie=1\n"
          "# vgpu (c:30): Proxmox VE takes this very mdev if its UUID is made of 2 and the VM's number; --vmid=ID "
          "shows it\n"
          "qm set VMID -hostpci2 0000:00:02.0,pcie=1,mdev=i915-GVTg_V5_4\n"
          "# own (c:16), VF 1" Q35 "; driver=keep, from Proxmox VE 9.1 on, leaves it on its driver\n"
          "qm set VMID -hostpci3 0000:03:00.2,pcie=1,driver=keep\n" },
        { "qemu", "gpu",
          PORT("0000.01.00.0",
               "chassis=1,slot=256") " -device "
                                     "vfio-pci,host=0000:01:00.0,bus=port-0000.01.00.0,addr=0.0,multifunction=on,x-"
                                     "vga=on"
                                     " -device vfio-pci,host=0000:01:00.1,bus=port-0000.01.00.0,addr=0.1"
                                     " -device vfio-pci,host=0000:01:00.2,bus=port-0000.01.00.0,addr=0.2\n" },
        { "qemu", "vmd up/1 two vgpu",
          PORT("10000.e1.00.0", "chassis=225,slot=256") " -device "
                                                        "vfio-pci,sysfsdev=/sys/bus/pci/devices/"
                                                        "10000:e1:00.0,bus=port-10000.e1.00.0,addr=0.0\n" PORT(
                                                                "0000.03.00.2",
                                                                "chassis=3,slot=258") " -device "
                                                                                      "vfio-pci,host=0000:03:00.2,bus="
                                                                                      "port-0000.03.00.2,addr=0.0\n"
                                                                                      "-device "
                                                                                      "vfio-ap,sysfsdev=/sys/bus/mdev/"
                                                                                      "devices/" AP "\n"
                                                                                      "-device "
                                                                                      "vfio-ap,sysfsdev=/sys/bus/mdev/"
                                                                                      "devices/"
                                                                                      "74000000-0000-0000-0000-"
                                                                                      "000000000001\n"
                                                                                      "-device "
                                                                                      "vfio-pci,sysfsdev=/sys/bus/"
                                                                                      "mdev/devices/" UUID "\n" },
};

#define APPLY "; before the VM starts: systemctl reload-or-restart passthru-setup\n"

/* Where there is nothing to hand over, or not that way. */
static const struct export_case refusals[] = {
        { "qemu", "gpuu", "no such section" },
        { "qemu", "none/0", "no such section" },
        { "qemu", "gpu/0", "no such section" },
        { "qemu", "/", "no such section" },
        { "qemu", "gpu igd", "igd is disabled: enabled = no (c:8)\n" },
        { "qemu", "away", "away is absent: no device at 0f:00.0 (c:22)\n" },
        { "qemu", "away/7", "away/7 is absent: no device at 0f:00.0 (c:22)\n" },
        { "qemu", "up/2", "up/2: [sriov up] has 2 VFs, 0 to 1\n" },
        { "qemu", "all", "all hands nothing over by itself: its VFs have sections of their own\n" },
        { "qemu", "new",
          "new: the kernel tells the address of a VF once it is there, and 2 are not; first: systemctl "
          "reload-or-restart passthru-setup\n" },
        { "qemu", "new/1",
          "new/1: the kernel tells the address of a VF once it is there, and 1 is not; first: systemctl "
          "reload-or-restart passthru-setup\n" },
        { "proxmox", "two",
          "two is not handed over yet" APPLY "two: proxmox has no device of the kind vfio-ap\n"
          "two: proxmox has no device of the kind vfio-ap\n" },
        { "libvirt", "strange",
          "strange is not handed over yet" APPLY "strange: libvirt has no device of the kind vfio-platform\n" },
        { "libvirt", "vmd",
          "vmd: libvirt can't name 10000:e1:00.0, whose domain is above ffff; export it for qemu, and give the VM "
          "these arguments\n" },
        { "proxmox", "vmd",
          "vmd: proxmox can't name 10000:e1:00.0, whose domain is above ffff; export it for qemu, and give the VM "
          "these arguments\n" },
        { "libvirt", "kvm", "kvm is a module, not a device (c:41)\n" },
};

static void assert_exports(const struct export_case *cases, size_t n)
{
        CLEANUP_PLANNED struct planned p = { 0 };

        plan_for(&p, machine, CONFIG);
        for (size_t i = 0; i < n; i++) {
                CLEANUP_FREE char *text = export_of(&p, cases[i].format, "VMID", cases[i].names);

                assert_text_of(cases[i].names, text, cases[i].expected);
        }
}

static void lines(void **unused)
{
        (void) unused;
        assert_exports(texts, ARRAY_SIZE(texts));
}

static void refused(void **unused)
{
        (void) unused;
        assert_exports(refusals, ARRAY_SIZE(refusals));
}

/* Without function 0 a guest would look for no others, and so the numbers are its own. */
static void card_without_function_0(void **unused)
{
        CLEANUP_PLANNED struct planned p = { 0 };
        CLEANUP_FREE char *whole = NULL, *part = NULL, *qemu = NULL;

        (void) unused;
        plan_for(&p, machine,
                 "[device hba]\naddress = 02:00.1\nfunctions = all\n[device audio]\nid = 10de:228b\ncount = 2\n");
        whole = export_of(&p, "proxmox", "100", "hba");
        assert_string_equal(whole, "# hba (c:1)" Q35 "\nqm set 100 -hostpci0 0000:02:00,pcie=1\n");
        qemu = export_of(&p, "qemu", "100", "hba");
        assert_string_equal(
                qemu,
                PORT("0000.02.00.1",
                     "chassis=2,slot=257") " -device "
                                           "vfio-pci,host=0000:02:00.1,bus=port-0000.02.00.1,addr=0.0,multifunction=on"
                                           " -device vfio-pci,host=0000:02:00.2,bus=port-0000.02.00.1,addr=0.1\n");
        part = export_of(&p, "proxmox", "100", "audio");
        assert_string_equal(part, "# audio (c:4)" Q35 "\nqm set 100 -hostpci0 '0000:01:00.1;0000:01:00.2,pcie=1'\n");
}

/* Other drivers than VFIO's: of all, or of some. */
static void other_drivers(void **unused)
{
        static const char config[] = "[sriov up]\naddress = 03:00.0\nvfs = 2\nvf-driver = host\n"
                                     "[device stub]\naddress = 02:00.1\ndriver = pci-stub\ngroup = ignore\n";
        CLEANUP_PLANNED struct planned p = { 0 };
        CLEANUP_FREE char *all = NULL, *stub = NULL;

        (void) unused;
        plan_for(&p, machine, config);
        all = export_of(&p, "qemu", "", "up");
        assert_string_equal(all,
                            "up: 2 of 2 go to a driver other than VFIO's (the host's own), so no VM can use them\n");
        stub = export_of(&p, "qemu", "", "stub");
        assert_string_equal(stub, "stub: 1 of 1 goes to a driver other than VFIO's (pci-stub), so no VM can use it\n");
}

/* What the last run says of a section. */
static void after_a_run(void **unused)
{
        CLEANUP_PLANNED struct planned p = { 0 };
        CLEANUP_FREE char *released = NULL;
        CLEANUP_EXPORT struct export_list list = { 0 };
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        CLEANUP_FREE char *failed = NULL;
        struct export_input in;

        (void) unused;
        state_add_failure(&p.state, "device nvme", EBUSY, "it is open");
        state_set_released(&p.state, "device stub");
        plan_for(&p, machine,
                 "[device nvme]\naddress = 04:00.0\n[device stub]\naddress = 02:00.1\ndriver = pci-stub\n");
        in = (struct export_input){ p.plan, p.inv, &p.state };
        assert_int_equal(export_add(&in, "nvme", &list, &diags), 0);
        assert_int_equal(list.n, 1);
        failed = said(&diags);
        assert_string_equal(failed, "nvme failed and can't be exported until that is fixed: it is open (c:1)\n");
        released = export_of(&p, "qemu", "", "stub");
        assert_string_equal(
                released,
                "stub was released; run: systemctl reload-or-restart passthru-setup to hand it over again\n");
}

/* 17 PCI devices are too many for Proxmox VE, and 16 are not. */
static void too_many(void **unused)
{
        CLEANUP_PLANNED struct planned p = { 0 };
        CLEANUP_STRBUF struct strbuf names = { 0 };
        CLEANUP_FREE char *text = NULL, *few = NULL;

        (void) unused;
        plan_for(&p, machine, CONFIG);
        for (size_t i = 0; i < 17; i++)
                strbuf_addf(&names, "%sup/0", i > 0 ? " " : "");
        text = export_of(&p, "proxmox", "VMID", names.text);
        assert_string_equal(text,
                            "Proxmox VE gives a VM 16 PCI devices at most, not 17; name a single VF as SECTION/0\n");
        few = export_of(&p, "proxmox", "VMID", names.text + strlen("up/0 "));
        assert_non_null(strstr(few, "-hostpci15 "));
}

/* An mdev whose parent is to come has the type of one that is there. */
static void openstack_type_of_two(void **unused)
{
        CLEANUP_PLANNED struct planned p = { 0 };
        CLEANUP_FREE char *text = NULL;

        (void) unused;
        plan_for(&p, machine,
                 "[mdev vgpu]\nparent = 0000:00:02.0\ntype = i915-GVTg_V5_4\nuuid = " UUID "\n"
                 "[sriov new]\naddress = 04:00.0\nvfs = 2\nvf-driver = host\n"
                 "[mdev late]\nparent = new/1\ntype = i915-GVTg_V5_4\n");
        text = export_of(&p, "openstack", "", "vgpu late");
        assert_string_equal(text, "late is not handed over yet" APPLY
                                  "late: Nova supports mdevs only of PCI devices that are present\n");
}

/* A file's name may hold what a comment can't. */
static void comments(void **unused)
{
        const struct test_file file = { "/etc/passthru.conf.d/a--b-\xff>.conf", "[device vmd-]\naddress = 02:00.1\n",
                                        0 };
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        CLEANUP_PLANNED struct planned p = { 0 };
        struct plan_input input = { 0 };
        CLEANUP_FREE char *text = NULL;

        (void) unused;
        p.config = parse_files(&file, 1, &diags);
        p.inv = machine();
        inventory_index(p.inv);
        input = (struct plan_input){ p.config, p.inv, NULL, test_derive_uuid, NULL };
        plan_build(&input, &p.plan);
        text = export_of(&p, "libvirt", "", "vmd-");
        assert_int_equal(
                strncmp(text, "<!-- vmd- (passthru.conf.d/a- -b-?>.conf:1) -->\n", strlen("<!-- vmd- (passthru")), 0);
        assert_non_null(strstr(text, "a- -b-?>.conf:1) -->"));
}

static void format_names(void **unused)
{
        (void) unused;
        for (size_t i = 0; i < export_n_formats; i++) {
                assert_ptr_equal(export_format_find(export_formats[i].name), &export_formats[i]);
                assert_true(!isempty(export_formats[i].prints) && !isempty(export_formats[i].since) &&
                            !isempty(export_formats[i].use) && export_formats[i].write);
        }
        assert_null(export_format_find("xen"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(lines),
                cmocka_unit_test(refused),
                cmocka_unit_test(card_without_function_0),
                cmocka_unit_test(other_drivers),
                cmocka_unit_test(after_a_run),
                cmocka_unit_test(too_many),
                cmocka_unit_test(openstack_type_of_two),
                cmocka_unit_test(comments),
                cmocka_unit_test(format_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
