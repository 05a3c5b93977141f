/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor's findings about VMs: what golden cases have not, and each way that a device can be another one. */
#include "unit/doctor-host.h"

#include <stdio.h>
#include <stdlib.h>

#include "state/clearance.h"
#include "vmdef/vmdef.h"

#define UUID "4b20d080-1b54-4048-85b3-a6a62d165c01"

/* A definition: the file's name tells whose it is; "+" before it: it starts with the host. */
struct definition {
        const char *file, *text;
};

struct vm_case {
        const char *changes, *config, *cleared;
        struct definition definitions[3];
        const char *expected;
};

static void add(struct vmdefs *defs, const struct definition *d)
{
        CLEANUP_FREE char *copy = strdup(d->text);
        const char *file = d->file + (*d->file == '+');

        assert_non_null(copy);
        if (strstr(file, ".xml"))
                vmdef_add_libvirt(defs, file, file > d->file, copy, strlen(copy));
        else if (strstr(file, ".conf")) {
                CLEANUP_FREE char *id = strndup(file, strcspn(file, "."));

                vmdef_add_proxmox(defs, file, id, copy, strlen(copy));
        } else
                vmdef_add_mappings(defs, file, "pve1", copy, strlen(copy));
}

static void assert_findings(const struct vm_case *c)
{
        CLEANUP_DOCTOR_HOST struct doctor_host h = { 0 };
        CLEANUP_VMDEFS struct vmdefs defs = { 0 };
        CLEANUP_REPORT struct doctor_report report = { 0 };
        CLEANUP_FREE char *found = NULL, *record = c->cleared ? clearance_record(c->cleared) : NULL;
        struct doctor_input input;

        doctor_host_make(&h, c->changes, c->config);
        for (size_t i = 0; i < ARRAY_SIZE(c->definitions) && c->definitions[i].file; i++)
                add(&defs, &c->definitions[i]);
        input = doctor_host_input(&h);
        input.vms = &defs;
        input.cleared = record;
        input.cleared_len = record ? strlen(record) : 0;
        doctor_examine(&input, &report);
        found = doctor_report_text(&report, "vm");
        assert_text_of(c->definitions[0].text, found, c->expected);
}

#define DOMAIN(managed, bus)                                                                                          \
        "<domain><name>web</name><devices><hostdev type='pci' managed='" managed "'><source><address bus='" bus       \
        "' slot='0' function='0'/></source></hostdev></devices></domain>"
#define CLEARED(address, id) address "\tvfio-pci\t-\tdevice gpu\taddress=01:00\tid=" id " path=x\n"

static const struct vm_case cases[] = {
        { NULL, GPU, NULL, { { "100.conf", "name: web\n" } }, "" },
        { NULL,
          GPU,
          NULL,
          { { "100.conf", "hostpci0: 01:00,pcie=1\n" } },
          "ok VMs: 1 device of 1 VM: there, and handed over\n" },
        /* The record of what was cleared tells which device an address stood for. */
        { NULL,
          GPU,
          CLEARED("0000:09:00.0", "8086:1533"),
          { { "100.conf", "onboot: 1\nhostpci0: 09:00.0,pcie=1\n" } },
          "error VM 100: hostpci0 is 0000:09:00.0, which has moved: 0000:04:00.0 [8086:1533] @100.conf:2\n"
          "> qm set 100 -hostpci0 0000:04:00.0,pcie=1\n" },
        { NULL,
          GPU,
          CLEARED("0000:09:00.0", "10de:2487"),
          { { "100.conf", "hostpci0: 09:00.0;01:00.1\n" } },
          "warning VM 100: hostpci0 is 0000:09:00.0, where no device is @100.conf:1\n"
          "> put it back, or qm set 100 -delete hostpci0\n" },
        { NULL,
          "[device nic]\naddress = 04:00.0\n",
          CLEARED("0000:04:00.0", "10de:20b0"),
          { { "web.xml", DOMAIN("no", "4") } },
          "warning VM web: hostdev 1 is 0000:04:00.0 [8086:1533], and was 10de:20b0 when [device gpu] was handed "
          "over, which has "
          "moved: 0000:05:00.0 [10de:20b0] @web.xml:1\n"
          "> virsh edit web: in its line 1, domain='0x0000' bus='0x05' slot='0x00' function='0x0'\n" },
        { NULL,
          "[device nic]\naddress = 04:00.0\n",
          CLEARED("0000:04:00.0", "1234:5678"),
          { { "web.xml", DOMAIN("no", "4") } },
          "warning VM web: hostdev 1 is 0000:04:00.0 [8086:1533], and was 1234:5678 when [device gpu] was handed over "
          "@web.xml:1\n> put it back, or remove it: virsh edit web, line 1\n" },
        { NULL,
          "[device nic]\naddress = 04:00.0\n",
          "rubbish\n",
          { { "100.conf", "hostpci0: 04:00.0\n" } },
          "ok VMs: 1 device of 1 VM: there, and handed over\n" },
        /* VFs that are to come. */
        { NULL,
          "[sriov up]\naddress = 02:00.0\nvfs = 4\n",
          NULL,
          { { "100.conf", "hostpci0: 02:01.0\n" } },
          "warning VM 100: hostpci0 is 0000:02:01.0, and the device does not exist yet @100.conf:1\n> systemctl "
          "reload-or-restart passthru-setup\n" },
        /* Sections that do not hand it over. */
        { NULL,
          "[device nic]\naddress = 04:00.0\nexpect = 1:2\n",
          NULL,
          { { "100.conf", "args: -device vfio-pci,host=04:00.0\nonboot: 1\n" } },
          "error VM 100: args is 0000:04:00.0 [8086:1533], whose section nic is refused; it is on igb, and the VM "
          "can't start "
          "@100.conf:1\n> passthru-setup explain nic\n" },
        { NULL,
          "[device nic]\naddress = 04:00.0\nenabled = no\n",
          NULL,
          { { "web.xml", DOMAIN("yes", "4") } },
          "note VM web: hostdev 1 is 0000:04:00.0 [8086:1533], which no section hands over; libvirt takes it from igb "
          "when the VM "
          "starts, unchecked @web.xml:1\n> passthru-setup explain 0000:04:00.0\n" },
        { NULL,
          NULL,
          NULL,
          { { "100.conf", "onboot: 1\nhostpci0: 04:00.0\n" } },
          "note VM 100: hostpci0 is 0000:04:00.0 [8086:1533], which no section hands over; Proxmox VE takes it from "
          "igb when the VM "
          "starts, unchecked @100.conf:2\n> passthru-setup explain 0000:04:00.0\n" },
        /* Mine, and libvirt's. */
        { NULL,
          "[device nic]\naddress = 04:00.0\n",
          NULL,
          { { "web.xml", DOMAIN("yes", "4") } },
          "warning VM web: hostdev 1 has managed='yes', and section nic hands 0000:04:00.0 over: as it is not on "
          "vfio-pci when the VM "
          "starts, libvirt binds it, and gives it to the host's driver when the VM ends @web.xml:1\n"
          "> virt-xml web --edit 1 --hostdev xpath.set=./@managed,xpath.value=no\n" },
        /* Mappings. */
        { NULL,
          GPU,
          NULL,
          { { "pci.cfg", "gpu\n\tmap node=pve2,id=10de:2487,path=01:00\n" },
            { "100.conf", "hostpci0: mapping=gpu\n" } },
          "warning VM 100: hostpci0 is mapping gpu, which has no device on this node @100.conf:1\n"
          "> passthru-setup export proxmox-mapping SECTION prints the command that makes it\n" },
        { NULL,
          GPU,
          NULL,
          { { "pci.cfg", "gpu\n\tmap node=pve1,id=10de:20b0,path=01:00\n\tmap node=pve2,id=1:2,path=03:00.0\n" },
            { "100.conf", "hostpci0: mapping=gpu\nonboot: 1\n" } },
          "error mapping gpu: it expects 10de:20b0 at 0000:01:00.0, and that has moved: 0000:05:00.0 [10de:20b0]; "
          "Proxmox VE starts no VM "
          "with it @pci.cfg:2\n"
          "> pvesh set /cluster/mapping/pci/gpu --map "
          "'node=pve1,path=0000:05:00,id=10de:20b0,subsystem-id=0000:0000,iommugroup=18' "
          "--map 'node=pve2,id=1:2,path=03:00.0'\n" },
        { NULL,
          GPU,
          NULL,
          { { "pci.cfg", "gpu\n\tmap node=pve1,id=1:2,path=01:00\n" } },
          "note mapping gpu: it expects 0001:0002 at 0000:01:00.0, and there is another device now: 0000:01:00.0 "
          "[10de:2487]; Proxmox VE "
          "starts no VM with it @pci.cfg:2\n> put it back, or pvesh delete /cluster/mapping/pci/gpu\n" },
        { NULL,
          GPU "[device more]\naddress = 03:00.0\n",
          NULL,
          { { "pci.cfg", "gpu\n\tmap node=pve1,id=10de:2487,path=01:00\n\tmap node=pve1,id=10de:2487,path=03:00.0\n" },
            { "100.conf", "hostpci0: mapping=gpu\nhostpci1: mapping=gpu\nonboot: 1\n" },
            { "101.conf", "hostpci0: mapping=gpu\nonboot: 1\n" } },
          "error mapping gpu: VMs that start with the host have 3 of its devices, and it has 2 on this node "
          "@pci.cfg:1\n"
          "> qm set 101 -onboot 0\n" },
        { NULL,
          GPU,
          NULL,
          { { "pci.cfg", "gpu\n\tmap node=pve1,id=10de:2487,path=01:00\n" },
            { "100.conf", "hostpci0: mapping=gpu\nonboot: 1\n" },
            { "101.conf", "hostpci7: 01:00.0\nonboot: 1\n" } },
          "error VM 101: hostpci7 is 0000:01:00.0, which VM 100 has too, and both start with the host @101.conf:1\n"
          "> qm set 101 -onboot 0\n" },
        /* mdevs. */
        { NULL,
          GPU,
          NULL,
          { { "100.conf", "args: -device vfio-pci,sysfsdev=/sys/bus/mdev/devices/" UUID "\n" } },
          "warning VM 100: args is mdev " UUID ", which no section makes @100.conf:1\n"
          "> in a section [mdev NAME], uuid = " UUID "; passthru-setup list --mdev shows parents and types\n" },
        { "gvt-parent 0000:00:02.0\nmdevctl " UUID "\n",
          GPU,
          NULL,
          { { "100.conf", "args: -device vfio-pci,sysfsdev=/sys/bus/mdev/devices/" UUID "\n" } },
          "ok VMs: 1 device of 1 VM: there, and handed over\n" },
        { "gvt-parent 0000:00:02.0\n",
          "[mdev d]\nparent = 0000:00:02.0\ntype = i915-GVTg_V5_4\nuuid = " UUID "\nenabled = no\n",
          NULL,
          { { "100.conf", "onboot: 1\nargs: -device vfio-pci,sysfsdev=/sys/bus/mdev/devices/" UUID "\n" } },
          "error VM 100: args is mdev " UUID ", which no section makes @100.conf:2\n"
          "> in a section [mdev NAME], uuid = " UUID "; passthru-setup list --mdev shows parents and types\n" },
        { "gvt-parent 0000:00:02.0\n",
          "[mdev d]\nparent = 0000:00:02.0\ntype = i915-GVTg_V5_4\nuuid = " UUID "\n",
          NULL,
          { { "100.conf", "onboot: 1\nargs: -device vfio-pci,sysfsdev=/sys/bus/mdev/devices/" UUID "\n" },
            { "101.conf", "onboot: 1\nargs: -device vfio-pci,sysfsdev=/sys/bus/mdev/devices/" UUID "\n" } },
          "error VM 101: args is " UUID
          ", which VM 100 has too, and both start with the host @101.conf:2\n> qm set 101 -onboot 0\n" },
        /* Networks. */
        { NULL,
          GPU,
          NULL,
          { { "+net.xml", "<network><name>n</name><forward mode='hostdev'><address bus='9' slot='0' "
                          "function='0'/></forward></network>" } },
          "error network n: its pool is 0000:09:00.0, where no device is @net.xml:1\n> put it back, or remove it: "
          "virsh net-edit n, line 1\n" },
        { NULL,
          GPU,
          NULL,
          { { "web.xml", "<domain>" } },
          "warning VMs: it is not well-formed: no element found @web.xml:1\n" },
};

static void findings(void **unused)
{
        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_findings(&cases[i]);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(findings) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
