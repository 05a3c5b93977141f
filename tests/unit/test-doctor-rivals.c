/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What else hands devices over: doctor's findings, and the texts that it finds them in. */
#include "unit/doctor-host.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"

#define UPLINK "[sriov uplink]\naddress = 02:00.0\nvfs = 4\n"
#define UUID "4b20d080-1b54-4048-85b3-a6a62d165c01"
#define PLACES                                                                                                        \
        "modprobe.d, the kernel command line, lists of modules, udev rules, tmpfiles.d, systemd services with "       \
        "those of timers, init.d, cron, rc.local, "                                                                   \
        "hooks of the network and of the initramfs, and the scripts that they run\n"
#define NONE "ok rivals: nothing else hands devices over: none of driverctl, mdevctl, sysfsutils, " PLACES
#define NO_VFS                                                                                                        \
        "ok VFs: made by nobody else: no .link or .network file, NetworkManager, netplan, os-net-config, "            \
        "sysfsutils, " PLACES
#define TAKE_OUT(file) "> remove the line from " file ", and run: update-initramfs -u\n"
#define ONE "> remove it there, or leave the number of VFs to it and disable the [sriov] section\n"

static void rivals(void **unused)
{
        static const struct doctor_case cases[] = {
                { NULL, NULL, "" },
                { NULL, GPU, NONE },
                /* Without a configuration: how it was done so far. */
                { "ids 10de:2487", NULL,
                  "note vfio-ids: vfio-pci ids= claims every card with an ID, in whatever slot "
                  "@/etc/modprobe.d/vfio.conf:1\n"
                  "> run: passthru-setup generate --from=vfio-ids; it writes it as sections\n" },
                { "ids 10de:2487", GPU,
                  "warning vfio-pci: ids=10de:2487 takes 0000:03:00.0 too, which no section names "
                  "@/etc/modprobe.d/vfio.conf:1\n" TAKE_OUT("/etc/modprobe.d/vfio.conf") },
                { "ids 10de:228b", GPU,
                  "note gpu: vfio-pci ids=10de:228b is not needed: the section claims what has that id "
                  "@/etc/modprobe.d/vfio.conf:1\n" TAKE_OUT("/etc/modprobe.d/vfio.conf") },
                { "ids 1234:5678", GPU, NONE },
                { "driverctl 0000:04:00.0 vfio-pci\n", GPU,
                  "note driverctl: binds 0000:04:00.0 to vfio-pci at each boot: harmless, as no section names it "
                  "@/etc/driverctl.d/pci-0000:04:00.0\n" },
                { "driverctl 0000:01:00.0 vfio-pci\n", GPU,
                  "note gpu: driverctl also binds 0000:01:00.0 to vfio-pci: one of the two is enough "
                  "@/etc/driverctl.d/pci-0000:01:00.0\n"
                  "> run: driverctl unset-override 0000:01:00.0, and then: systemctl reload-or-restart "
                  "passthru-setup\n" },
                { "driverctl 0000:01:00.0 nouveau\n", GPU,
                  "warning gpu: driverctl binds 0000:01:00.0 to nouveau at every boot, the section binds it to "
                  "vfio-pci: the later one wins @/etc/driverctl.d/pci-0000:01:00.0\n> run: driverctl unset-override "
                  "0000:01:00.0, and then: systemctl reload-or-restart passthru-setup\n" },
                { "gvt-parent 0000:00:02.0\nmdevctl " UUID "\n",
                  "[mdev d]\nparent = 0000:00:02.0\ntype = i915-GVTg_V5_4\nuuid = " UUID "\n",
                  "warning d: mdevctl also creates mdev " UUID " at every boot @/etc/mdevctl.d/0000:00:02.0/" UUID "\n"
                  "> run: mdevctl modify --manual --uuid " UUID "\n" },
                { "gvt-parent 0000:00:02.0\nmdevctl " UUID "\n",
                  "[mdev d]\nparent = 0000:00:02.0\ntype = i915-GVTg_V5_4\n",
                  "note mdevctl: makes the mdev " UUID " at each boot: harmless, as no section has it "
                  "@/etc/mdevctl.d/0000:00:02.0/" UUID "\n" },
                { "sysfs bus/pci/devices/0000:02:00.0/sriov_numvfs = 8", UPLINK,
                  "warning uplink: sysfsutils creates 8 VFs on it at every boot, the section 4 @/etc/sysfs.conf:1\n"
                  "> remove the line\n" },
                { "sysfs |class/net/uplink0/device/sriov_numvfs = 4", UPLINK,
                  "note uplink: sysfsutils creates 4 VFs on it at every boot, the section 4 @/etc/sysfs.conf:2\n> "
                  "remove the line\n" },
                { "sysfs bus/pci/devices/0000:04:00.0/sriov_numvfs = 8", UPLINK, NONE },
        };

        (void) unused;
        doctor_findings("rival", cases, ARRAY_SIZE(cases));
}

#define LINE_OUT "> remove it there; only what has a section is to be handed over\n"
#define NOT_NEEDED(module, place)                                                                                     \
        "note " module ": loading it here is harmless, and not needed: passthru-setup and the kernel load it @" place \
        "\n"

static void lines(void **unused)
{
        static const struct doctor_case cases[] = {
                /* Overrides and bindings, by the addresses of the line or of the file. */
                { "script echo vfio-pci >/sys/bus/pci/devices/0000:01:00.0/driver_override", GPU,
                  "warning gpu: this line sets a driver_override (0000:01:00.0); the section does that "
                  "@/etc/rc.local:1\n" LINE_OUT },
                { "script D=\"0000:01:00.0 0000:04:00.0\"|echo x >/sys/bus/pci/devices/$D/driver_override", GPU,
                  "warning gpu: this line sets a driver_override (0000:01:00.0 0000:04:00.0); the section does that; "
                  "no "
                  "section names 0000:04:00.0 @/etc/rc.local:2\n" LINE_OUT },
                { "script echo 0000:04:00.0 >/sys/bus/pci/drivers/vfio-pci/bind", GPU,
                  "warning rivals: this line binds, unbinds, or gives a driver ids (0000:04:00.0); no section names "
                  "0000:04:00.0 @/etc/rc.local:1\n" LINE_OUT },
                { "script echo 10de 2487 >/sys/bus/pci/drivers/vfio-pci/new_id", GPU,
                  "warning gpu: this line binds, unbinds, or gives a driver ids (10de:2487); the section does that; "
                  "no "
                  "section names 0000:03:00.0 @/etc/rc.local:1\n" LINE_OUT },
                { "script echo $ID >/sys/bus/pci/drivers/vfio-pci/new_id", GPU,
                  "warning rivals: this line binds, unbinds, or gives a driver ids; is it for a device that a section "
                  "names? @/etc/rc.local:1\n" LINE_OUT },
                { "script echo 10de 2487 >/sys/bus/pci/drivers/vfio-pci/new_id", NULL,
                  "note rivals: this line binds, unbinds, or gives a driver ids: needed until a section does it "
                  "@/etc/rc.local:1\n> run: passthru-setup generate; it writes what runs now as sections\n" },
                /* Loading. */
                { "modules vfio_pci", GPU, NOT_NEEDED("vfio_pci", "/etc/modules:1") "> remove the line\n" },
                { "modules vfio_pci", GPU "[module vfio_pci]\ndisable_vga = 1\n",
                  "warning vfio_pci: it is loaded here before [module vfio_pci] can give it parameters "
                  "@/etc/modules:1\n> remove the line\n" },
                { "modules vfio_pci", NULL,
                  "note vfio_pci: loading it here is needed until a section does it @/etc/modules:1\n" },
                { "mkinitcpio yes\ndracut MODULES=(vfio_pci)", GPU,
                  "note vfio_pci: loading it here is needed: nothing of passthru-setup is in the initramfs "
                  "@/etc/dracut.conf:1\n" },
                { "release 6.1.0\nmodules vfio_virqfd", GPU,
                  NOT_NEEDED("vfio_virqfd", "/etc/modules:1") "> remove the line\n" },
                { "release 6.2.0\nmodules vfio_virqfd", NULL,
                  "note vfio_virqfd: it is a part of vfio since Linux 6.2: loading it fails at each boot "
                  "@/etc/modules:1\n> remove the line\n" },
                { "early-modules vfio_pci", GPU,
                  NOT_NEEDED("vfio_pci", INITRAMFS_MODULES ":1") TAKE_OUT(INITRAMFS_MODULES) },
                { "mkinitcpio yes\nmodprobe softdep nouveau pre: vfio-pci", GPU,
                  "note nouveau: this softdep is needed: nothing of passthru-setup is in the initramfs "
                  "@/etc/modprobe.d/m.conf:1\n" },
                { "modprobe softdep nouveau pre: vfio-pci", GPU,
                  "note nouveau: this softdep is harmless, and not needed: what a section claims is kept from nouveau "
                  "anyway @/etc/modprobe.d/m.conf:1\n" TAKE_OUT("/etc/modprobe.d/m.conf") },
                { "dracut add_drivers+=\" vfio vfio_pci \"", GPU,
                  NOT_NEEDED("vfio_pci",
                             "/etc/dracut.conf:1") "> remove the module; dracut does not make the initramfs here\n" },
                { "modprobe install vfio-pci /sbin/x.sh", GPU,
                  "warning vfio-pci: this line runs a command instead of loading the module: the command decides "
                  "which devices are claimed @/etc/modprobe.d/m.conf:1\n" TAKE_OUT("/etc/modprobe.d/m.conf") },
                /* Parameters. */
                { "modprobe options kvm ignore_msrs=1", GPU, NONE },
                { "modprobe options kvm ignore_msrs=1", GPU "[module kvm]\nignore_msrs = Y\n",
                  "note kvm: ignore_msrs=1 is given here as well: harmless, and not needed "
                  "@/etc/modprobe.d/m.conf:1\n> remove ignore_msrs from /etc/modprobe.d/m.conf, and run: "
                  "update-initramfs -u\n" },
                { "modprobe options kvm ignore_msrs=1", GPU "[module kvm]\nignore_msrs = N\n",
                  "warning kvm: ignore_msrs=1 is given here, and another value by the section: who loads the module "
                  "first decides @/etc/modprobe.d/m.conf:1\n> remove ignore_msrs from /etc/modprobe.d/m.conf, and "
                  "run: "
                  "update-initramfs -u\n" },
                { "modprobe options vfio-pci ids=10de:228b disable_vga=1", GPU,
                  "note gpu: vfio-pci ids=10de:228b is not needed: the section claims what has that id "
                  "@/etc/modprobe.d/m.conf:1\n> remove ids= alone, and not its other parameters, from "
                  "/etc/modprobe.d/m.conf, and run: update-initramfs -u\nnote vfio_pci: disable_vga=1 is set here: "
                  "harmless; a section can set it instead @/etc/modprobe.d/m.conf:1\n> [module vfio_pci] disable_vga "
                  "= 1 in /etc/passthru.conf\n" },
                { "modprobe options pci-stub ids=10de:228b", GPU,
                  "note gpu: pci-stub ids=10de:228b is not needed: the section claims what has that id "
                  "@/etc/modprobe.d/m.conf:1\n" TAKE_OUT("/etc/modprobe.d/m.conf") },
                { "unread-maker /var/spool/cron/crontabs/root", GPU,
                  "note rivals: can't tell whether /var/spool/cron/crontabs/root hands devices over: it can't be read "
                  "(are "
                  "you root?)\n" },
                /* PFs. */
                { "driverctl 0000:02:00.0 vfio-pci\n", UPLINK,
                  "warning uplink: driverctl binds the PF 0000:02:00.0 to vfio-pci at each boot, whose own driver "
                  "makes the VFs @/etc/driverctl.d/pci-0000:02:00.0\n"
                  "> run: driverctl unset-override 0000:02:00.0, and then: systemctl reload-or-restart "
                  "passthru-setup\n" },
                { "driverctl 0000:02:00.0 igb\n", UPLINK, NONE },
        };

        (void) unused;
        doctor_findings("rival", cases, ARRAY_SIZE(cases));
}

static void vf_makers(void **unused)
{
        static const struct doctor_case cases[] = {
                { "link [Link]|SR-IOVVirtualFunctions=8", GPU, "" }, /* no section makes VFs: nobody's business */
                { NULL, UPLINK, NO_VFS },
                { "link [Match]|OriginalName=*|[Link]|SR-IOVVirtualFunctions=8", UPLINK,
                  "warning VFs: this .link or .network file makes or sets VFs as well; check whether it is for a PF "
                  "that a section names "
                  "@/etc/systemd/network/10-nic.link:4\n" ONE },
                { "link [Match]|OriginalName=uplink0|[Link]|SR-IOVVirtualFunctions=8", UPLINK,
                  "warning uplink: this .link or .network file makes or sets VFs as well "
                  "@/etc/systemd/network/10-nic.link:4\n" ONE },
                { "link [Match]|OriginalName=other|[Link]|SR-IOVVirtualFunctions=8", UPLINK,
                  "note VFs: this .link or .network file makes or sets VFs as well: harmless, as no section names "
                  "that PF "
                  "@/etc/systemd/network/10-nic.link:4\n" },
                { "script #!/bin/sh|echo 8 >/sys/class/net/$x/device/sriov_numvfs", UPLINK,
                  "warning VFs: this line has sriov_numvfs, and may make VFs as well; check whether it is for a PF "
                  "that a section names @/etc/rc.local:2\n" ONE },
                { "packaged-link [SR-IOV]", UPLINK,
                  "warning VFs: this .link or .network file makes or sets VFs as well; check whether it is for a PF "
                  "that a section names @/usr/lib/systemd/network/10-nic.link:1\n> "
                  "/usr/lib/systemd/network/10-nic.link belongs to the distribution: leave it as it is, and override "
                  "it by a file of the same name in /etc\n" },
                { "script echo 8 >/sys/class/net/uplink0/device/sriov_numvfs", NULL,
                  "note VFs: this line has sriov_numvfs, and may make VFs as well: needed until an [sriov] section "
                  "does "
                  "it @/etc/rc.local:1\n> run: passthru-setup generate; it writes what runs now as sections\n" },
                { "script echo 8 >/sys/class/net/uplink0/device/sriov_numvfs", UPLINK,
                  "warning uplink: this line has sriov_numvfs, and may make VFs as well @/etc/rc.local:1\n" ONE },
                { "script echo 8 >/sys/bus/pci/devices/0000:02:00.0/sriov_numvfs", UPLINK,
                  "warning uplink: this line has sriov_numvfs, and may make VFs as well @/etc/rc.local:1\n" ONE },
                { "script echo 8 >/sys/bus/pci/devices/0000:04:00.0/sriov_numvfs", UPLINK,
                  "note VFs: this line has sriov_numvfs, and may make VFs as well: harmless, as no section names that "
                  "PF "
                  "@/etc/rc.local:1\n" },
                { "modprobe options i40e max_vfs=8", UPLINK,
                  "note i40e: max_vfs= makes VFs as well: harmless, as no section names PFs of that driver "
                  "@/etc/modprobe.d/m.conf:1\n" },
                { "unread-maker /etc/NetworkManager/system-connections", UPLINK,
                  "note VFs: can't tell whether /etc/NetworkManager/system-connections makes VFs as well: it can't be "
                  "read (are you "
                  "root?)\n" },
        };

        (void) unused;
        doctor_findings("vf-maker", cases, ARRAY_SIZE(cases));
}

static void blacklists(void **unused)
{
        static const struct doctor_case cases[] = {
                { "blacklist pcspkr pci:v000010DEd*", NULL, "" },
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
                  "@/proc/cmdline\n> remove modprobe.blacklist=x,snd_hda_intel from the boot loader's configuration, "
                  "and reboot\n" },
                { "blacklist radeon pci:v00001002d*", GPU,
                  "note radeon: this blacklist is harmless and has no effect: no device here is for radeon "
                  "@/etc/modprobe.d/b.conf:2\n" TAKE_OUT("/etc/modprobe.d/b.conf") },
                { "blacklist nouveau pci:v000010DEd00002487*", NULL,
                  "note nouveau: this blacklist is needed until a section claims its devices "
                  "@/etc/modprobe.d/b.conf:2\n" },
                { "blacklist nouveau ?", GPU,
                  "note nouveau: can't tell whether this blacklist is for what is configured: modules.alias can't be "
                  "read "
                  "@/etc/modprobe.d/b.conf:2\n" },
        };

        (void) unused;
        doctor_findings("blacklist", cases, ARRAY_SIZE(cases));
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
        doctor_parse_blacklist(&facts, "/f", text);
        doctor_parse_blacklist_cmdline(&facts, "/c", word);
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

                doctor_parse_cpuinfo(&facts, text);
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
                cmocka_unit_test(rivals),     cmocka_unit_test(lines),           cmocka_unit_test(vf_makers),
                cmocka_unit_test(blacklists), cmocka_unit_test(blacklist_texts), cmocka_unit_test(cpu_texts),
                cmocka_unit_test(regions),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
