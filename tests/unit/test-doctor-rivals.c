/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What else hands devices over: doctor's findings, and the texts that it finds them in. */
#include "unit/doctor-host.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"

#define UPLINK "[sriov uplink]\naddress = 02:00.0\nvfs = 4\n"
#define UUID "4b20d080-1b54-4048-85b3-a6a62d165c01"
#define NONE "ok rivals: none of driverctl, mdevctl, sysfsutils and vfio-pci's ids= is in the way\n"
#define TAKE_OUT(file) "> take the line out of " file ", and run: update-initramfs -u\n"
#define ONE "> take it out there, or leave the number of VFs to it and disable the [sriov] section\n"

static void rivals(void **unused)
{
        static const struct doctor_case cases[] = {
                { NULL, NULL, "" },
                { NULL, GPU, NONE },
                /* Without a configuration: how it was done so far. */
                { "ids 10de:2487", NULL,
                  "note vfio-ids: vfio-pci ids= takes every card of an id, at whatever slot "
                  "@/etc/modprobe.d/vfio.conf:1\n"
                  "> run: passthru-setup generate --from=vfio-ids; it writes it as sections\n" },
                { "ids 10de:2487", GPU,
                  "warning vfio-pci: ids=10de:2487 takes 0000:03:00.0 too, which no section names "
                  "@/etc/modprobe.d/vfio.conf:1\n" TAKE_OUT("/etc/modprobe.d/vfio.conf") },
                { "ids 10de:228b", GPU,
                  "note gpu: vfio-pci ids=10de:228b is not needed: the section claims what has that id "
                  "@/etc/modprobe.d/vfio.conf:1\n" TAKE_OUT("/etc/modprobe.d/vfio.conf") },
                { "ids 1234:5678", GPU, NONE },
                { "driverctl 0000:04:00.0 vfio-pci\n", GPU, NONE },
                { "driverctl 0000:01:00.0 vfio-pci\n", GPU,
                  "note gpu: driverctl binds 0000:01:00.0 to vfio-pci as well: one of the two is enough "
                  "@/etc/driverctl.d/pci-0000:01:00.0\n"
                  "> run: driverctl unset-override 0000:01:00.0, and then: passthru-setup apply\n" },
                { "driverctl 0000:01:00.0 nouveau\n", GPU,
                  "warning gpu: driverctl binds 0000:01:00.0 to nouveau at each boot, the section to vfio-pci: "
                  "whoever comes last "
                  "has it @/etc/driverctl.d/pci-0000:01:00.0\n"
                  "> run: driverctl unset-override 0000:01:00.0, and then: passthru-setup apply\n" },
                { "gvt-parent 0000:00:02.0\nmdevctl " UUID "\n",
                  "[mdev d]\nparent = 0000:00:02.0\ntype = i915-GVTg_V5_4\nuuid = " UUID "\n",
                  "warning d: mdevctl makes the mdev " UUID " at each boot as well @/etc/mdevctl.d/0000:00:02.0/" UUID
                  "\n"
                  "> run: mdevctl modify --manual --uuid " UUID "\n" },
                { "gvt-parent 0000:00:02.0\nmdevctl " UUID "\n",
                  "[mdev d]\nparent = 0000:00:02.0\ntype = i915-GVTg_V5_4\n", NONE },
                { "sysfs bus/pci/devices/0000:02:00.0/sriov_numvfs = 8", UPLINK,
                  "warning uplink: sysfsutils makes 8 VFs of it at each boot, the section 4 @/etc/sysfs.conf:1\n"
                  "> take the line out\n" },
                { "sysfs |class/net/uplink0/device/sriov_numvfs = 4", UPLINK,
                  "note uplink: sysfsutils makes 4 VFs of it at each boot, the section 4 @/etc/sysfs.conf:2\n> take "
                  "the line out\n" },
                { "sysfs bus/pci/devices/0000:04:00.0/sriov_numvfs = 8", UPLINK, NONE },
        };

        (void) unused;
        doctor_findings("rival", cases, ARRAY_SIZE(cases));
}

static void vf_makers(void **unused)
{
        static const struct doctor_case cases[] = {
                { "link [Link]|SR-IOVVirtualFunctions=8", GPU, "" }, /* no section makes VFs: nobody's business */
                { NULL, UPLINK,
                  "ok VFs: made by nobody else: no .link file, NetworkManager, netplan, udev rule or script\n" },
                { "link [Match]|OriginalName=*|[Link]|SR-IOVVirtualFunctions=8", UPLINK,
                  "warning VFs: this .link file makes or sets VFs as well; is it for a PF that a section names? "
                  "@/etc/systemd/network/10-nic.link:4\n" ONE },
                { "link [Match]|OriginalName=uplink0|[Link]|SR-IOVVirtualFunctions=8", UPLINK,
                  "warning uplink: this .link file makes or sets VFs as well "
                  "@/etc/systemd/network/10-nic.link:4\n" ONE },
                { "link [Match]|OriginalName=other|[Link]|SR-IOVVirtualFunctions=8", UPLINK,
                  "ok VFs: made by nobody else: no .link file, NetworkManager, netplan, udev rule or script\n" },
                { "script #!/bin/sh|echo 8 >/sys/class/net/x/device/sriov_numvfs", UPLINK,
                  "warning VFs: this line has sriov_numvfs, and may make VFs as well; is it for a PF that a section "
                  "names? "
                  "@/etc/rc.local:2\n" ONE },
                { "unread-maker /etc/NetworkManager/system-connections", UPLINK,
                  "note VFs: not known whether /etc/NetworkManager/system-connections makes VFs as well: it can't be "
                  "read (are you "
                  "root?)\n" },
        };

        (void) unused;
        doctor_findings("vf-maker", cases, ARRAY_SIZE(cases));
}

static void blacklists(void **unused)
{
        static const struct doctor_case cases[] = {
                { "blacklist nouveau pci:v000010DEd*", NULL, "" },
                { "blacklist pcspkr platform:x", GPU, "" },
                { "blacklist ast pci:v00001A03d*", GPU, "" },
                { "blacklist snd-hda-intel pci:v000010DEd0000228B*", GPU,
                  "note gpu: snd_hda_intel need not be blacklisted: what the section claims is kept from it anyway "
                  "@/etc/modprobe.d/b.conf:2\n" TAKE_OUT("/etc/modprobe.d/b.conf") },
                { "blacklist nouveau pci:v000010DEd00002487*", GPU,
                  "warning gpu: nouveau is blacklisted, so that 0000:03:00.0, which no section names, has no driver; "
                  "the claimed one "
                  "needs no blacklist @/etc/modprobe.d/b.conf:2\n" TAKE_OUT("/etc/modprobe.d/b.conf") },
                /* 05:00.0 is with the host, and has a driver: the blacklist may be what decided which. */
                { "blacklist nvidia pci:v000010DEd*sv*sd*bc03*", GPU, "" },
                { "cmdline modprobe.blacklist=x,snd_hda_intel\nblacklist-word snd_hda_intel "
                  "pci:v000010DEd0000228B*\nloader none",
                  GPU,
                  "note gpu: snd_hda_intel need not be blacklisted: what the section claims is kept from it anyway "
                  "@/proc/cmdline\n"
                  "> take modprobe.blacklist=x,snd_hda_intel out of the boot loader's configuration, and reboot\n" },
                { "blacklist nouveau ?", GPU,
                  "note nouveau: not known whether this blacklist is for what is configured: modules.alias can't be "
                  "read "
                  "@/etc/modprobe.d/b.conf:2\n" },
        };

        (void) unused;
        doctor_findings("blacklist", cases, ARRAY_SIZE(cases));
}

/* "LINE INTERFACE", one for each. */
static void maker_texts(void **unused)
{
        static const struct {
                enum doctor_maker kind;
                const char *text, *expected;
        } cases[] = {
                { DOCTOR_LINK, "[Match]\nOriginalName=eth0\n\n[Link]\nMTUBytes=9000\n", "" },
                { DOCTOR_LINK, "[Link]\n# SR-IOVVirtualFunctions=3\nSR-IOVVirtualFunctions = 3\n", "3 -\n" },
                { DOCTOR_LINK,
                  "[Match]\nOriginalName=eth0 eth1\n[SR-IOV]\nVirtualFunction=0\n[SR-IOV]\nVirtualFunction=1\n",
                  "3 -\n" },
                { DOCTOR_LINK, "[Match]\nOriginalName=eth0\n[SR-IOV]\nVirtualFunction=0\n", "3 eth0\n" },
                { DOCTOR_LINK, "[Network]\nSR-IOVVirtualFunctions=3\n", "" },
                { DOCTOR_NETWORKMANAGER, "[connection]\ninterface-name=eth0\n\n[sriov]\ntotal-vfs=4\n", "5 eth0\n" },
                { DOCTOR_NETWORKMANAGER, "[sriov]\ntotal-vfs=4\n[ethernet]\n", "2 -\n" },
                { DOCTOR_NETWORKMANAGER, "[ethernet]\ntotal-vfs=4\n", "" },
                { DOCTOR_NETPLAN, "network:\n  ethernets:\n    enp1s0:\n      virtual-function-count: 8\n", "4 -\n" },
                { DOCTOR_NETPLAN, "network:\n  # virtual-function-count: 8\n  version: 2\n", "" },
                { DOCTOR_SCRIPT, "ACTION==\"add\", ATTR{device/sriov_numvfs}=\"8\"\n", "1 -\n" },
                { DOCTOR_SCRIPT, "ATTR{device/sriov_numvfs}==\"0\", GOTO=\"end\"\n# sriov_numvfs\n", "" },
                { DOCTOR_SCRIPT, "#!/bin/sh\r\n\techo 8 > /sys/class/net/e/device/sriov_numvfs", "2 -\n" },
                { DOCTOR_SCRIPT, "", "" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_FACTS struct doctor_facts facts = { 0 };
                CLEANUP_FREE char *text = strdup(cases[i].text);
                CLEANUP_STRBUF struct strbuf found = { 0 };

                assert_int_equal(doctor_parse_vf_maker(&facts, cases[i].kind, "/f", text), 0);
                strbuf_add(&found, "");
                for (size_t k = 0; k < facts.n_makers; k++)
                        strbuf_addf(&found, "%u %s\n", facts.makers[k].line,
                                    facts.makers[k].interface ? facts.makers[k].interface : "-");
                assert_text_of(cases[i].text, found.text ? found.text : "", cases[i].expected);
        }
}

static void blacklist_texts(void **unused)
{
        CLEANUP_FACTS struct doctor_facts facts = { 0 };
        char text[] = "# blacklist a\nblacklist b-c\n  blacklist  d # why\noptions e x=1\nblacklist\n\ninstall f "
                      "/bin/false\n"
                      "install g /sbin/modprobe h\ninstall i /usr/bin/true\n";
        char word[] = "BOOT_IMAGE=/x module_blacklist=j,k quiet";
        CLEANUP_STRBUF struct strbuf found = { 0 };

        (void) unused;
        assert_int_equal(doctor_parse_blacklist(&facts, "/f", text), 0);
        assert_int_equal(doctor_parse_blacklist_cmdline(&facts, "/c", word), 0);
        for (size_t i = 0; i < facts.n_blacklists; i++)
                strbuf_addf(&found, "%s %s:%u\n", facts.blacklists[i].module, facts.blacklists[i].file,
                            facts.blacklists[i].line);
        assert_string_equal(found.text, "b_c /f:2\nd /f:3\nf /f:7\ni /f:9\nj /c:0\nk /c:0\n");
}

static void cpu_texts(void **unused)
{
        static const struct {
                const char *text;
                struct doctor_facts facts;
        } cases[] = {
                { "processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu vmx\n\nprocessor\t: 1\nflags\t\t: svm\n",
                  { .cpu = DOCTOR_CPU_INTEL, .cpu_flags = true, .vmx = true } },
                { "vendor_id : HygonGenuine\nflags : svm hypervisor",
                  { .cpu = DOCTOR_CPU_AMD, .cpu_flags = true, .svm = true, .hypervisor = true } },
                { "vendor_id : CentaurHauls\nflags : fpu", { .cpu = DOCTOR_CPU_X86, .cpu_flags = true } },
                { "processor : 0\nBogoMIPS : 50\nFeatures : fp asimd\nCPU implementer : 0x41\n",
                  { .cpu = DOCTOR_CPU_OTHER } },
                { "vendor_id       : IBM/S390\n# processors    : 2\nfeatures\t: esan3 sie \n",
                  { .cpu = DOCTOR_CPU_OTHER, .cpu_flags = true, .sie = true } },
                { "", { .cpu = DOCTOR_CPU_NOT_KNOWN } },
                { "no colon\n", { .cpu = DOCTOR_CPU_NOT_KNOWN } },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_FACTS struct doctor_facts facts = { 0 };
                CLEANUP_FREE char *text = strdup(cases[i].text);

                assert_int_equal(doctor_parse_cpuinfo(&facts, text), 0);
                assert_int_equal(facts.cpu, cases[i].facts.cpu);
                assert_int_equal(facts.cpu_flags, cases[i].facts.cpu_flags);
                assert_int_equal(facts.vmx, cases[i].facts.vmx);
                assert_int_equal(facts.svm, cases[i].facts.svm);
                assert_int_equal(facts.sie, cases[i].facts.sie);
                assert_int_equal(facts.hypervisor, cases[i].facts.hypervisor);
        }
}

static void regions(void **unused)
{
        (void) unused;
        assert_true(doctor_has_direct_region("0x1 0x2 msi\n0x3 0x4 direct\n"));
        assert_true(doctor_has_direct_region("0x3 0x4 direct"));
        assert_false(doctor_has_direct_region("0x1 0x2 msi\n0x3 0x4 direct-relaxable\n0x5 0x6 reserved\n"));
        assert_false(doctor_has_direct_region("direct"));
        assert_false(doctor_has_direct_region(""));
        assert_false(doctor_has_direct_region("\n"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(rivals),      cmocka_unit_test(vf_makers),       cmocka_unit_test(blacklists),
                cmocka_unit_test(maker_texts), cmocka_unit_test(blacklist_texts), cmocka_unit_test(cpu_texts),
                cmocka_unit_test(regions),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
