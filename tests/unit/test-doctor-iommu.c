/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor's checks of the IOMMU and of what weakens it: each finding appears where it should, and nowhere else. */
#include "unit/doctor-host.h"

#include <stdio.h>
#include <stdlib.h>

static void iommu(void **unused)
{
        static const struct doctor_case cases[] = {
                { NULL, NULL, "ok IOMMU: on (dmar0)\n" },
                { "units ?", NULL, "ok IOMMU: on: devices have groups\n" },
                { "no-group 0000:00:02.0\ncmdline quiet", "[device igpu]\naddress = 00:02.0\n",
                  "ok IOMMU: on (dmar0)\n"
                  "error IOMMU: on, but not for the CPU's graphics, which this kernel leaves out without "
                  "intel_iommu=on\n" OURS_ADD("intel_iommu=on") },
                { "no-group 0000:00:02.0\ncmdline quiet", GPU, "ok IOMMU: on (dmar0)\n" },
                /* Off in the kernel: an error only for who needs it. */
                { OFF "cmdline quiet", NULL,
                  "warning IOMMU: off in the kernel; the firmware has it on (ACPI table DMAR)\n> " GRUB_ADD(
                          "intel_iommu=on") },
                { OFF "cmdline quiet", GPU,
                  "error IOMMU: off in the kernel; the firmware has it on (ACPI table DMAR)\n" OURS_ADD(
                          "intel_iommu=on") },
                { OFF "cmdline quiet\ngrub GRUB_CMDLINE_LINUX=\"intel_iommu=on\"", GPU,
                  "error IOMMU: off in the kernel; the firmware has it on (ACPI table DMAR)\n"
                  "> run: update-grub, and reboot: /etc/default/grub:1 has intel_iommu=on, the running kernel does "
                  "not\n" },
                { OFF "cmdline quiet\nloader proxmox", GPU,
                  "error IOMMU: off in the kernel; the firmware has it on (ACPI table DMAR)\n" OURS
                  "add intel_iommu=on to the line in /etc/kernel/cmdline, run: proxmox-boot-tool refresh, and "
                  "reboot\n" },
                { OFF "cmdline quiet\nloader none", GPU,
                  "error IOMMU: off in the kernel; the firmware has it on (ACPI table DMAR)\n> put intel_iommu=on on "
                  "the "
                  "kernel command line in the boot loader's own configuration, and reboot\n" },
                { OFF "cmdline quiet iommu=off", GPU,
                  "error IOMMU: off in the kernel: iommu=off is on its command line\n> remove iommu=off from the "
                  "kernel command line; it is not in /etc/default/grub nor in /etc/default/grub.d, so it may have "
                  "been given by hand at boot\n" },
                { OFF "cpu amd\ndmar no\nivrs yes\ncmdline amd_iommu=off\ngrub #|GRUB_CMDLINE_LINUX=\"amd_iommu=off\"",
                  GPU,
                  "error IOMMU: off in the kernel: amd_iommu=off is on its command line\n> remove amd_iommu=off from "
                  "/etc/default/grub:2, run: update-grub, and reboot\n" },
                { OFF "cpu amd\ndmar no\nivrs yes\ncmdline quiet", GPU,
                  "error IOMMU: off in the kernel; the firmware has it on (ACPI table IVRS)\n"
                  "> dmesg says why: dmesg | grep -i -e iommu -e amd-vi\n" },
                { OFF, GPU,
                  "error IOMMU: off in the kernel; the firmware has it on (ACPI table DMAR)\n"
                  "> dmesg says why: dmesg | grep -i -e iommu -e dmar\n" },
                /* Off in the firmware. */
                { OFF "dmar no", GPU,
                  "error IOMMU: off in the firmware, or missing: there is no DMAR or IVRS table\n"
                  "> in the firmware's setup, turn on VT-d (Intel Virtualization Technology for Directed I/O)\n" },
                { OFF "dmar no\ncmdline quiet\ndefault-on no", NULL,
                  "warning IOMMU: off in the firmware, or missing: there is no DMAR or IVRS table\n"
                  "> in the firmware's setup, turn on VT-d (Intel Virtualization Technology for Directed I/O)\n"
                  "> " GRUB_ADD("intel_iommu=on") },
                { OFF "dmar no\ncmdline quiet\ndefault-on yes", NULL,
                  "warning IOMMU: off in the firmware, or missing: there is no DMAR or IVRS table\n"
                  "> in the firmware's setup, turn on VT-d (Intel Virtualization Technology for Directed I/O)\n" },
                { OFF "dmar no\ncmdline quiet", NULL,
                  "warning IOMMU: off in the firmware, or missing: there is no DMAR or IVRS table\n"
                  "> in the firmware's setup, turn on VT-d (Intel Virtualization Technology for Directed I/O)\n"
                  "> then run doctor again: this kernel may need intel_iommu=on as well\n" },
                { OFF "dmar no\ncpu amd", GPU,
                  "error IOMMU: off in the firmware, or missing: there is no DMAR or IVRS table\n"
                  "> in the firmware's setup, turn on IOMMU (AMD-Vi)\n" },
                { OFF "dmar no\nhypervisor yes", GPU,
                  "error IOMMU: off in the firmware, or missing: there is no DMAR or IVRS table\n"
                  "> this host is a VM: give it an IOMMU of its own (QEMU: -machine q35,kernel-irqchip=split -device "
                  "intel-iommu,intremap=on,caching-mode=on)\n" },
                { OFF "dmar ?\nivrs ?", GPU,
                  "error IOMMU: off; can't tell whether in the firmware or in the kernel: /sys/firmware/acpi/tables "
                  "can't be read\n"
                  "> in the firmware's setup, turn on VT-d (Intel) or IOMMU (AMD)\n" },
                { OFF "cpu other", GPU,
                  "error IOMMU: off or missing: no device has an IOMMU group\n"
                  "> the firmware must describe it (ACPI IORT, device tree); dmesg | grep -i -e iommu -e smmu\n" },
                /* Groups of VFIO's mode without an IOMMU are none. */
                { "units -\nnoiommu Y\ndmar no", NULL,
                  "warning IOMMU: off in the firmware, or missing: there is no DMAR or IVRS table\n"
                  "> in the firmware's setup, turn on VT-d (Intel Virtualization Technology for Directed I/O)\n" },
        };

        (void) unused;
        CHECK("iommu", cases);
}

static void interrupts(void **unused)
{
        static const char none[] =
                "> in the firmware's setup, turn on interrupt remapping or x2APIC; some have it under VT-d or "
                "IOMMU\n";
        static const char or_unsafe[] = "> or, where all guests are trusted as the host is: [module vfio_iommu_type1] "
                                        "allow_unsafe_interrupts = 1 in /etc/passthru.conf\n";
        static const char not_remapped[] = "interrupts: not remapped: VFIO assigns no device to a VM (\"No interrupt "
                                           "remapping support\" in dmesg)\n";
        char error[512], warning[512], by_word[512], in_vm[512];
        const struct doctor_case cases[] = {
                { NULL, NULL, "ok interrupts: remapped by the IOMMU\n" },
                { "remapping no", GPU, error },
                { "remapping no", NULL, warning },
                { "remapping no\ncmdline intremap=off intel_iommu=on\nloader none", GPU, by_word },
                { "remapping no\nhypervisor yes", GPU, in_vm },
                { "remapping no\nunsafe Y", GPU,
                  "warning interrupts: not remapped, and allow_unsafe_interrupts = 1: a guest with a device can send "
                  "interrupts "
                  "to the host, and so crash it or worse\n> in the firmware's setup, turn on interrupt remapping or "
                  "x2APIC; some "
                  "have it under VT-d or IOMMU\n" },
                { "remapping ?", GPU,
                  "note interrupts: can't tell whether they are remapped: /sys/kernel/irq can't be read\n" },
                { "remapping no\n" OFF, GPU, "" }, /* the IOMMU comes first */
                { "remapping no\ncpu other", GPU, "" },
        };

        (void) unused;
        assert_true(snprintf(error, sizeof(error), "error %s%s%s", not_remapped, none, or_unsafe) > 0);
        assert_true(snprintf(warning, sizeof(warning), "warning %s%s%s", not_remapped, none, or_unsafe) > 0);
        assert_true(snprintf(by_word, sizeof(by_word),
                             "error %s> remove intremap=off from the boot loader's configuration, and reboot\n%s",
                             not_remapped, or_unsafe) > 0);
        assert_true(snprintf(in_vm, sizeof(in_vm), "error %s> this host is a VM: give its IOMMU intremap=on\n%s",
                             not_remapped, or_unsafe) > 0);
        CHECK("interrupt-remapping", cases);
}

static void unsafe_interrupts(void **unused)
{
        static const struct doctor_case cases[] = {
                { NULL, NULL, "" },
                { "unsafe Y", NULL,
                  "note interrupts: allow_unsafe_interrupts = 1 is not needed: they are remapped\n"
                  "> it is set neither in modprobe.d nor on the kernel command line: look for a script that sets "
                  "it\n" },
                { NULL, "[module vfio_iommu_type1]\nallow_unsafe_interrupts = 1\n",
                  "note interrupts: allow_unsafe_interrupts = 1 is not needed: they are remapped @c:2\n"
                  "> remove the line from the configuration\n" },
                { NULL, "[module vfio_iommu_type1]\nallow_unsafe_interrupts = 0\n", "" },
                { "unsafe Y\nremapping no", NULL, "" }, /* told by interrupt-remapping */
        };

        (void) unused;
        CHECK("unsafe-interrupts", cases);
}

static void passthrough(void **unused)
{
        static const char not_set[] =
                "note iommu=pt: not set: the host's own devices go through the IOMMU, which keeps them apart "
                "from its memory and costs fast NICs and drives some speed\n> " GRUB_ADD("iommu=pt");
        static const struct doctor_case cases[] = {
                { NULL, NULL, "ok iommu=pt: the host's own devices go past the IOMMU, at full speed\n" },
                { "cmdline iommu.passthrough=1", NULL,
                  "ok iommu=pt: the host's own devices go past the IOMMU, at full speed\n" },
                { "cmdline quiet -- iommu=pt", NULL, not_set }, /* that is init's */
                { "cmdline intel_iommu=on", NULL, not_set },
                { "cmdline intel_iommu=on\npassthrough no", NULL, not_set },
                { "cmdline intel_iommu=on\npassthrough yes", NULL,
                  "ok iommu=pt: the host's own devices go past the IOMMU, at full speed\n" },
                { "cmdline -", NULL, "note iommu=pt: can't tell whether it is set: /proc/cmdline can't be read\n" },
                { "cmdline quiet\n" OFF, NULL, "" },
                { "cmdline quiet\ncpu other", NULL, "" },
        };

        (void) unused;
        CHECK("iommu-passthrough", cases);
}

static void weakened(void **unused)
{
        static const struct doctor_case acs[] = {
                { NULL, NULL, "" },
                { "cmdline pcie_acs_override=downstream,multifunction iommu=pt\n"
                  "grub GRUB_CMDLINE_LINUX_DEFAULT=\"pcie_acs_override=downstream,multifunction\"",
                  NULL,
                  "warning groups: isolation is not guaranteed: with pcie_acs_override=downstream,multifunction a "
                  "patched kernel splits groups that the hardware does not isolate, and a guest's device may access "
                  "another's memory\n> remove pcie_acs_override=downstream,multifunction from /etc/default/grub:1, "
                  "run: update-grub, and reboot\n> where the groups are then too large: another slot, or group = "
                  "whole\n" },
        };
        static const struct doctor_case noiommu[] = {
                { "noiommu N", NULL, "" },
                { "noiommu Y", NULL,
                  "warning vfio: enable_unsafe_noiommu_mode = 1: whoever has a device without an IOMMU can read and "
                  "write all of the host's memory\n> it is set neither in modprobe.d nor on the kernel command line: "
                  "look for a script that sets it\n" },
        };
        static const struct doctor_case loader[] = {
                { NULL, NULL, "" },
                { "unread-boot etc/default/grub: Permission denied", NULL,
                  "note boot loader: can't tell what its files pass to the kernel: etc/default/grub: Permission "
                  "denied\n" },
        };

        (void) unused;
        CHECK("acs-override", acs);
        CHECK("no-iommu-mode", noiommu);
        CHECK("boot-loader", loader);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(iommu),       cmocka_unit_test(interrupts), cmocka_unit_test(unsafe_interrupts),
                cmocka_unit_test(passthrough), cmocka_unit_test(weakened),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
