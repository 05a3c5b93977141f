/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What VMs say: each format, and texts that are none. */
#include "unit/machine.h"

#include <stdlib.h>

#include "base/strbuf.h"
#include "base/uuid.h"
#include "vmdef/vmdef.h"

#define UUID "4b20d080-1b54-4048-85b3-a6a62d165c01"

static void add_device(struct strbuf *b, const struct vm *vm, const struct vm_device *d)
{
        char text[UUID_TEXT_MAX];

        strbuf_add(b, "  ");
        vm_add_key(b, vm, d);
        strbuf_addf(b, " @%u", d->line);
        if (d->has_address)
                strbuf_addf(b, " %s%s", pci_address_format(&d->address, text), d->slot ? " slot" : "");
        if (d->has_uuid)
                strbuf_addf(b, " %s", uuid_format(d->uuid, text));
        strbuf_addf(b, "%s%s%s%s%s%s%s%s%s%s%s\n", d->type ? " type " : "", d->type ? d->type : "",
                    d->mapping ? " mapping " : "", d->mapping ? d->mapping : "", d->network ? " network " : "",
                    d->network ? d->network : "", d->interface ? " pf " : "", d->interface ? d->interface : "",
                    d->options ? " " : "", d->options ? d->options : "", d->managed ? " managed" : "");
}

/* All of it, a line each. New string. */
static char *text_of(const struct vmdefs *defs)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        CLEANUP_FREE char *notes = diags_text(&defs->notes);

        for (size_t i = 0; i < defs->n; i++) {
                vm_add_title(&b, &defs->items[i]);
                strbuf_addf(&b, "%s\n", defs->items[i].autostart ? " starts" : "");
                for (size_t k = 0; k < defs->items[i].n_devices; k++)
                        add_device(&b, &defs->items[i], &defs->items[i].devices[k]);
        }
        for (size_t i = 0; i < defs->n_mappings; i++) {
                const struct vm_mapping *m = &defs->mappings[i];

                strbuf_addf(&b, "mapping %s%s @%u\n", m->name, m->mdev ? " mdev" : "", m->line);
                for (size_t k = 0; k < m->n_maps; k++) {
                        char address[PCI_ADDRESS_MAX];

                        strbuf_addf(&b, "  %s%s%s %04x:%04x", m->maps[k].here ? "here " : "",
                                    pci_address_format(&m->maps[k].address, address), m->maps[k].slot ? " slot" : "",
                                    m->maps[k].vendor, m->maps[k].device);
                        if (m->maps[k].has_subsystem)
                                strbuf_addf(&b, " %04x:%04x", m->maps[k].subvendor, m->maps[k].subdevice);
                        strbuf_addf(&b, " group %d @%u\n", m->maps[k].group, m->maps[k].line);
                }
        }
        strbuf_add(&b, notes);
        return strbuf_steal(&b);
}

struct text_case {
        const char *text, *expected;
        size_t len; /* 0: up to the NUL */
};

static void assert_cases(const struct text_case *cases, size_t n,
                         void (*add)(struct vmdefs *defs, char *text, size_t len))
{
        for (size_t i = 0; i < n; i++) {
                CLEANUP_VMDEFS struct vmdefs defs = { 0 };
                size_t len = cases[i].len > 0 ? cases[i].len : strlen(cases[i].text);
                CLEANUP_FREE char *copy = calloc(1, len + 1), *found = NULL;

                assert_non_null(copy);
                memcpy(copy, cases[i].text, len);
                add(&defs, copy, len);
                found = text_of(&defs);
                assert_text_of(cases[i].text, found, cases[i].expected);
        }
}

static void add_proxmox(struct vmdefs *defs, char *text, size_t len)
{
        vmdef_add_proxmox(defs, "100.conf", "100", text, len);
}

static void proxmox(void **unused)
{
        static const struct text_case cases[] = {
                { "", "VM 100\n", 0 },
                { "name: web\nonboot: 1\nhostpci0: 0000:01:00,pcie=1,x-vga=1\n",
                  "VM 100 (web) starts\n  hostpci0 @3 0000:01:00.0 slot ,pcie=1,x-vga=1\n", 0 },
                { "\r\n# a comment\r\nhostpci15: host=01:00.1;10000:e1:00.0\r\nonboot: 0\r\n",
                  "VM 100\n  hostpci15 @3 0000:01:00.1\n  hostpci15 @3 10000:e1:00.0\n", 0 },
                { "hostpci0: pcie=1,host=01:00.0,mdev=nvidia-222\nhostpci1: mapping=gpu,mdev=i915-GVTg_V5_4,pcie=1",
                  "VM 100\n  hostpci0 @1 0000:01:00.0 type nvidia-222 ,pcie=1,mdev=nvidia-222\n"
                  "  hostpci1 @2 type i915-GVTg_V5_4 mapping gpu ,mdev=i915-GVTg_V5_4,pcie=1\n",
                  0 },
                { "args: -device 'vfio-pci,sysfsdev=/sys/bus/mdev/devices/" UUID
                  "' -device \"vfio-pci,host=03:00.0,x=y\" -device "
                  "vfio-pci,sysfsdev=/sys/bus/pci/devices/10000:e1:00.0 -cpu host=01:00.0 -netdev "
                  "vfio-x,host=,sysfsdev=/sys\n",
                  "VM 100\n  args @1 " UUID "\n  args @1 0000:03:00.0\n  args @1 10000:e1:00.0\n", 0 },
                /* What is pending is what the next start has; a snapshot is none. */
                { "hostpci0: 01:00.0\nhostpci1: 02:00.0\nargs: -device vfio-pci,host=05:00.0\n[PENDING]\ndelete: "
                  "hostpci0,!args nothing\n"
                  "hostpci1: 03:00.0\nhostpci2: 04:00.0\n[before]\nhostpci0: 01:00.0\n[PENDING]\nhostpci3: 01:00.0\n",
                  "VM 100\n  hostpci1 @6 0000:03:00.0\n  hostpci2 @7 0000:04:00.0\n", 0 },
                { "template: 1\nhostpci0: 01:00.0\n", "VM 100\n", 0 },
                { "hostpci0: 01:00.0\nhostpci0: 02:00.0\n", "VM 100\n  hostpci0 @2 0000:02:00.0\n", 0 },
                /* Broken ones. */
                { "hostpci0:\nhostpci1: ,,\nhostpci2: pcie=1\nhostpci3: mapping=\nhostpci4: "
                  "mapping=a,host=01:00.0\nhostpci5: 0:1:20;;\n",
                  "VM 100\n100.conf:1: hostpci0: expected a PCI address or mapping=\n100.conf:2: hostpci1: expected a "
                  "PCI address or mapping=\n100.conf:3: hostpci2: expected a PCI address or mapping=\n100.conf:4: "
                  "hostpci3: expected a PCI address or mapping=\n100.conf:5: hostpci4: expected a PCI address or "
                  "mapping=\n100.conf:6: hostpci5: 0:1:20 is not a PCI address\n100.conf:6: hostpci5:  is not a PCI "
                  "address\n100.conf:6: hostpci5:  is not a PCI address\n",
                  0 },
                { "hostpci16: 01:00.0\nhostpci-1: 01:00.0\nhostpci: 01:00.0\nhostpci00000000000000000000001: "
                  "01:00.0\n",
                  "VM 100\n  hostpci00000000000000000000001 @4 0000:01:00.0\n", 0 },
                { "no option\n: x\nHOSTPCI0: 01:00.0\n[\n",
                  "VM 100\n"
                  "100.conf:1: expected \"option: value\", which Proxmox VE passes over\n"
                  "100.conf:2: expected \"option: value\", which Proxmox VE passes over\n"
                  "100.conf:3: expected \"option: value\", which Proxmox VE passes over\n",
                  0 },
                { "hostpci0: 01:00.0\0hostpci1: 02:00.0\n", "100.conf:0: it has a NUL byte in it\n", 36 },
        };

        (void) unused;
        assert_cases(cases, ARRAY_SIZE(cases), add_proxmox);
}

static void add_mappings(struct vmdefs *defs, char *text, size_t len)
{
        vmdef_add_mappings(defs, "pci.cfg", "pve1", text, len);
}

static void mappings(void **unused)
{
        static const struct text_case cases[] = {
                { "gpu\n\tdescription the fast one\n\tmap "
                  "id=10de:24B0,iommugroup=14,node=pve1,path=0000:01:00,subsystem-id=10de:14ad\n"
                  "\tmap node=pve2,path=0000:0a:00.0;0000:0a:00.1,id=10de:24b0\n\n  desk\n",
                  "mapping gpu @1\n  here 0000:01:00.0 slot 10de:24b0 10de:14ad group 14 @3\n  0000:0a:00.0 10de:24b0 "
                  "group -1 @4\n",
                  0 },
                { "desk\r\n\tmdev 1\r\n\tmap node=pve1,path=81:00.0,id=10de:1eb8\r\n",
                  "mapping desk mdev @1\n  here 0000:81:00.0 10de:1eb8 group -1 @3\n", 0 },
                { "a\n\tmap\n\tmap \n\tmap ,\n\tmap path=x,id=1:2\n\tmap path=01:00.0\n\tmap id=10de:*,path=01:00.0\n"
                  "\tmap id=10de:1,path=01:00.0,iommugroup=-1\n\tmap id=10de:1,subsystem-id=1,path=01:00.0\nb "
                  "c\n\tmap path=01:00.0,id=1:2\n",
                  "mapping a @1\n  0000:01:00.0 0001:0002 group -1 @11\npci.cfg:4: mapping a: expected "
                  "PROPERTY=VALUE\npci.cfg:5: mapping a: path is not a PCI address\npci.cfg:6: mapping a: expected "
                  "path= and id=\npci.cfg:7: mapping a: id is not VENDOR:DEVICE\npci.cfg:8: mapping a: iommugroup is "
                  "not a number\npci.cfg:9: mapping a: subsystem-id is not VENDOR:DEVICE\npci.cfg:10: expected the name "
                  "of a mapping, or an indented line of one\n",
                  0 },
                { "gpu\0\n", "pci.cfg:0: it has a NUL byte in it\n", 5 },
        };

        (void) unused;
        assert_cases(cases, ARRAY_SIZE(cases), add_mappings);
}

static void add_libvirt(struct vmdefs *defs, char *text, size_t len)
{
        vmdef_add_libvirt(defs, "web.xml", true, text, len);
}

#define DOMAIN(devices) "<domain type='kvm'>\n<name>web</name>\n<devices>\n" devices "</devices>\n</domain>\n"
#define HOSTDEV(attributes, address)                                                                                  \
        "<hostdev mode='subsystem' " attributes ">\n<source>\n<address " address "/>\n</source>\n</hostdev>\n"
#define NO_ADDRESS "expected the address of a PCI device: domain, bus, slot and function\n"

static void libvirt(void **unused)
{
        static const struct text_case cases[] = {
                { DOMAIN(HOSTDEV("type='usb'", "bus='1' device='2'") HOSTDEV(
                          "type='pci' managed='yes'", "domain='0x0000' bus='0x01' slot='0x1f' function='0x7'")
                                 HOSTDEV("type='mdev' model='vfio-pci'", "uuid='" UUID "'")),
                  "VM web starts\n  hostdev 2 @9 0000:01:1f.7 managed\n  hostdev 3 @14 " UUID "\n", 0 },
                { DOMAIN("<disk type='nvme'><source type='pci' managed='yes' namespace='1'>"
                         "<address bus='2' slot='0' function='0'/></source></disk>\n"
                         "<disk type='file'><source file='/x'/><address type='pci' bus='1' slot='2' "
                         "function='0'/></disk>\n"
                         "<interface type='hostdev'><source><address type='pci' bus='3' slot='16' "
                         "function='1'/></source></interface>\n"
                         "<interface type='network'><source network='pool'/><address type='pci' bus='1' slot='0' "
                         "function='0'/></interface>\n"
                         "<interface type='bridge'><source bridge='br0'/></interface>\n"),
                  "VM web starts\n  disk 1 @4 0000:02:00.0 managed\n  interface 1 @6 0000:03:10.1\n  interface 2 @7 "
                  "network pool\n",
                  0 },
                /* Elsewhere the same elements mean nothing. */
                { "<domain><metadata><devices>" HOSTDEV(
                          "type='pci'",
                          "bus='1' slot='0' function='0'") "</devices></metadata>"
                                                           "<name>  web\n</name><hostdev "
                                                           "type='pci'/><devices><hostdev type='pci'><driver><source>"
                                                           "<address bus='1' slot='0' "
                                                           "function='0'/></source></driver></hostdev></devices></"
                                                           "domain>",
                  "VM web starts\n", 0 },
                { "<network><name>lan</name><forward mode='hostdev' managed='yes'><pf "
                  "dev='eth0'/></forward></network>",
                  "network lan starts\n  its pool @1 pf eth0 managed\n", 0 },
                { "<network>\n<name>lan</name><forward mode='hostdev' managed='yes'><driver name='vfio'/>\n"
                  "<address type='pci' domain='0' bus='5' slot='0x10' function='0'/>\n"
                  "<address type='pci' domain='0' bus='5' slot='0x10' function='2'/>\n</forward></network>",
                  "network lan starts\n  its pool @3 0000:05:10.0 managed\n  its pool @4 0000:05:10.2 managed\n", 0 },
                { "<network><name>nat</name><forward mode='nat'><address start='1.2.3.4' "
                  "end='1.2.3.5'/></forward></network>",
                  "network nat starts\n", 0 },
                /* Addresses that are none. */
                { DOMAIN(HOSTDEV("type='pci'", "bus='256' slot='0' function='0'")),
                  "VM web starts\nweb.xml:6: " NO_ADDRESS, 0 },
                { DOMAIN(HOSTDEV("type='pci'", "bus='-1' slot='0' function='0'")),
                  "VM web starts\nweb.xml:6: " NO_ADDRESS, 0 },
                { DOMAIN(HOSTDEV("type='pci'", "bus='0x' slot='0' function='0'")),
                  "VM web starts\nweb.xml:6: " NO_ADDRESS, 0 },
                { DOMAIN(HOSTDEV("type='pci'", "bus='1' function='0'")), "VM web starts\nweb.xml:6: " NO_ADDRESS, 0 },
                { DOMAIN(HOSTDEV("type='mdev'", "uuid='no'")), "VM web starts\nweb.xml:6: " NO_ADDRESS, 0 },
                /* Texts that are none. */
                { "", "web.xml:1: it is not well-formed: no element found\n", 0 },
                { "x", "web.xml:1: it is not well-formed: syntax error\n", 0 },
                { "<domain>", "web.xml:1: it is not well-formed: no element found\n", 0 },
                { "<domain><devices><hostdev type='pci'>", "web.xml:1: it is not well-formed: no element found\n", 0 },
                { "<domain/>\n<domain/>", "web.xml:2: it is not well-formed: junk after document element\n", 0 },
                { "<domain></devices></domain>", "web.xml:1: it is not well-formed: mismatched tag\n", 0 },
                { "<domain><name>a\0b</name></domain>",
                  "web.xml:1: it is not well-formed: not well-formed (invalid token)\n", 33 },
                { "<domain><name>a\xff</name></domain>",
                  "web.xml:1: it is not well-formed: not well-formed (invalid token)\n", 0 },
                { "<domain/>", "web.xml:0: it has no name\n", 0 },
                { "<domain><name> \n</name></domain>", "web.xml:0: it has no name\n", 0 },
                { "<pool/>", "web.xml:1: it is neither a domain nor a network\n", 0 },
                { "<!DOCTYPE domain [<!ENTITY a 'b'>]><domain><name>&a;</name></domain>",
                  "web.xml:1: a document type has no place in it\n", 0 },
                { "<domain><name>&a;</name></domain>", "web.xml:1: it is not well-formed: undefined entity\n", 0 },
        };

        (void) unused;
        assert_cases(cases, ARRAY_SIZE(cases), add_libvirt);
}

static void too_deep(void **unused)
{
        CLEANUP_VMDEFS struct vmdefs defs = { 0 };
        CLEANUP_STRBUF struct strbuf text = { 0 };
        CLEANUP_FREE char *found = NULL;

        (void) unused;
        strbuf_add(&text, "<domain>\n");
        for (size_t i = 0; i < 100000; i++)
                strbuf_add(&text, i == 99999 ? "<a/>" : "<a>");
        vmdef_add_libvirt(&defs, "web.xml", false, text.text, text.len);
        found = text_of(&defs);
        assert_string_equal(found, "web.xml:2: its elements are nested too deeply\n");
}

/* The mdev whose UUID Proxmox VE makes of N and the VM's number. */
static void mdevs_of_proxmox(void **unused)
{
        CLEANUP_VMDEFS struct vmdefs defs = { 0 };
        char text[] = "hostpci3: 81:00.0,mdev=nvidia-222\n";
        uint8_t uuid[16];

        (void) unused;
        vmdef_add_proxmox(&defs, "x", "104", text, strlen(text));
        assert_int_equal(uuid_parse("00000003-0000-0000-0000-000000000104", uuid), 0);
        assert_true(vm_device_is_mdev(&defs.items[0], &defs.items[0].devices[0], uuid));
        assert_int_equal(uuid_parse("00000002-0000-0000-0000-000000000104", uuid), 0);
        assert_false(vm_device_is_mdev(&defs.items[0], &defs.items[0].devices[0], uuid));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(proxmox),  cmocka_unit_test(mappings),         cmocka_unit_test(libvirt),
                cmocka_unit_test(too_deep), cmocka_unit_test(mdevs_of_proxmox),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
