/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The checks of doctor: each finding appears where it should, and nowhere else. */
#include "unit/doctor-host.h"

#include <stdlib.h>

#define UPLINK "[sriov uplink]\naddress = 02:00.0\nvfs = 4\n"
#define DESKTOP "[mdev desktop]\nparent = 0000:00:02.0\ntype = i915-GVTg_V5_4\n"

static void cpu(void **unused)
{
        static const struct doctor_case cases[] = {
                { NULL, NULL, "ok CPU: virtualisation is on (vmx), and KVM is available\n" },
                { "vmx no\nsvm yes\ncpu amd\nkvm ?", NULL, "ok CPU: virtualisation is on (svm)\n" },
                { "cpu other\nflags no\nvmx no", NULL, "ok CPU: virtualisation is on, and KVM is available\n" },
                { "vmx no\nkvm no", NULL,
                  "warning CPU: no virtualisation (neither vmx nor svm): VMs run without KVM, or not at all\n"
                  "> in the firmware's setup, turn on VT-x (Intel Virtualization Technology)\n" },
                { "vmx no\nkvm no\ncpu amd", NULL,
                  "warning CPU: no virtualisation (neither vmx nor svm): VMs run without KVM, or not at all\n"
                  "> in the firmware's setup, turn on SVM Mode\n" },
                { "vmx no\nkvm no\nhypervisor yes", NULL,
                  "warning CPU: no virtualisation (neither vmx nor svm): VMs run without KVM, or not at all\n"
                  "> this host is a VM: turn on nested virtualisation for it (QEMU: -cpu host)\n" },
                { "kvm no", NULL,
                  "warning CPU: KVM is not there (no /dev/kvm), though the CPU can (vmx)\n"
                  "> run: modprobe kvm_intel; when it fails, dmesg says why\n" },
                { "cpu other\nflags no\nvmx no\nkvm no", NULL,
                  "warning CPU: KVM is not there (no /dev/kvm)\n> dmesg says why: dmesg | grep -i kvm\n" },
                { "cpu ?\nflags no\nvmx no\nkvm ?", NULL,
                  "note CPU: can't tell whether it can virtualise: no flags in /proc/cpuinfo, and nothing of KVM in "
                  "/sys\n" },
        };

        (void) unused;
        CHECK("cpu", cases);
}

static void modules(void **unused)
{
        static const struct doctor_case cases[] = {
                { NULL, NULL, "" },
                { NULL, GPU, "ok modules: there: vfio_pci\n" },
                { "module vfio_pci installed\nmodule kvm loaded", GPU "[module kvm]\nignore_msrs = 1\n",
                  "ok modules: there: vfio_pci, kvm\n" },
                { "module vfio_pci gone", GPU,
                  "error modules: vfio_pci is neither loaded nor there for Linux 6.12.1\n"
                  "> reboot if the kernel was upgraded since; else install one that has vfio_pci\n" },
                { "module vfio_pci gone", "[device gpu]\naddress = 01:00\ndriver = nouveau\n", "" },
                { "module mtty gone\nrelease -", "[module mtty]\nrequired = no\n",
                  "note modules: mtty is neither loaded nor there for the running kernel @c:1\n"
                  "> reboot if the kernel was upgraded since; else install one that has mtty\n" },
                { "module vfio_pci ?", GPU,
                  "note modules: can't tell whether there: vfio_pci (modules.dep of Linux 6.12.1 can't be read)\n" },
        };

        (void) unused;
        CHECK("module", cases);
}

static void sections(void **unused)
{
        static const struct doctor_case cases[] = {
                { NULL, GPU UPLINK,
                  "note gpu: 0000:03:00.0 is equal to 0000:01:00.0: the address alone tells them apart, and it may "
                  "come to mean the other "
                  "one when a card is added or removed @c:2\n"
                  "> name it by path: 0000:00:01.0/00.0 is 0000:01:00.0 now, 0000:00:1c.1/00.0 is 0000:03:00.0\n" },
                { NULL, "[device gpu]\naddress = 01:00.0\n",
                  "error gpu: refused: IOMMU group 14 also contains 0000:01:00.1 (snd_hda_intel), so no VM can open "
                  "it; functions = all takes it along @c:1\n" },
                { NULL, "[device x]\naddress = 09:00.0\n[device y]\naddress = 09:00.0\nrequired = no\nenabled = no\n",
                  "error x: absent: no device at 09:00.0 @c:1\n" },
                { NULL, "[device x]\naddress = 09:00.0\nrequired = no\n",
                  "note x: absent: no device at 09:00.0 @c:1\n" },
                { NULL, "[sriov x]\naddress = 04:00.0\nvfs = 1\n",
                  "error x: refused: 0000:04:00.0 offers no SR-IOV: the device does not support it, or it is off in "
                  "the device's or the host's firmware @c:1\n> in the firmware's setup, turn on SR-IOV; some cards "
                  "have a switch of their own (mlxconfig SRIOV_EN=1 NUM_OF_VFS=N, the NIC's page in the firmware's "
                  "setup)\n" },
                { OFF, GPU, "" },      /* told by the IOMMU */
                { NULL, DESKTOP, "" }, /* told by GVT-g */
        };
        static const struct doctor_case groups[] = {
                { NULL, GPU "[device nic]\naddress = 04:00.0\n", "ok groups: fit for VFIO: 14 (gpu), 17 (nic)\n" },
                { NULL, "[device gpu]\naddress = 01:00.0\ngroup = ignore\n",
                  "warning gpu: no VM can open IOMMU group 14: it also contains 0000:01:00.1 (snd_hda_intel) @c:3\n"
                  "> remove group = ignore; plan then says what must be included\n" },
                { NULL, "[device gpu]\naddress = 01:00.0\n", "" }, /* refused, and told */
                { NULL, NULL, "" },
        };
        static const struct doctor_case reserved[] = {
                { "group 14 no", GPU, "" },
                { "group 14 ?", GPU,
                  "note groups: can't tell whether the firmware keeps memory mapped for a device (RMRR): "
                  "reserved_regions can't be read\n" },
                { "group 15 direct", GPU, "" },
                { "group 14 direct", GPU,
                  "error gpu: the firmware keeps memory mapped for a device of group 14 (RMRR): the kernel assigns it "
                  "to no VM @c:1\n> in the firmware's setup, turn off what uses it: remote management's shared memory "
                  "(HP: HPE Shared Memory features), USB legacy support; or try another slot\n" },
        };

        (void) unused;
        CHECK("section", cases);
        CHECK("group", groups);
        CHECK("reserved-memory", reserved);
}

static void display(void **unused)
{
        static const struct doctor_case cases[] = {
                { NULL, GPU, "" },
                { "framebuffer pci0000:00/0000:00:02.0\nboot-vga 0000:01:00.0", GPU, "" }, /* a driver of its own */
                { "framebuffer platform/simple-framebuffer.0\nboot-vga 0000:03:00.0", GPU, "" },
                { "framebuffer platform/simple-framebuffer.0\nboot-vga 0000:01:00.0", NULL, "" },
                { "framebuffer platform/simple-framebuffer.0\nboot-vga 0000:01:00.0", GPU,
                  "note gpu: the console is on it by the firmware's framebuffer (simple-framebuffer.0): the screen "
                  "stops when "
                  "vfio-pci takes it, and SSH is what is left\n" },
                { "framebuffer pci0000:00/0000:00:1c.3/0000:05:00.0/efi-framebuffer.0",
                  "[device a]\naddress = 05:00.0\n",
                  "warning a: the firmware's framebuffer (efi-framebuffer.0) keeps its memory: \"can't reserve\" in "
                  "dmesg when a VM "
                  "opens it\n> " GRUB_ADD("initcall_blacklist=sysfb_init") },
        };

        (void) unused;
        CHECK("display", cases);
}

static void gvt(void **unused)
{
        static const struct doctor_case cases[] = {
                { "gvt N", GPU, "" },
                { "gvt-parent 0000:00:02.0", DESKTOP, "ok desktop: GVT-g is on\n" },
                { "gvt N\ncmdline intel_iommu=on", DESKTOP,
                  "error desktop: GVT-g is off: i915.enable_gvt = N @c:1\n" OURS_ADD("i915.enable_gvt=1") },
                { "gvt -", DESKTOP,
                  "error desktop: this kernel has no GVT-g: i915 has no parameter enable_gvt @c:1\n"
                  "> use a kernel built with CONFIG_DRM_I915_GVT\n" },
                { "gvt -\ngvt-hidden yes", DESKTOP,
                  "note desktop: can't tell whether GVT-g is on: i915.enable_gvt is for root alone to read\n" },
                { "gvt -\nmodule i915 installed", DESKTOP,
                  "error desktop: GVT-g needs i915, which is not loaded @c:1\n> run: modprobe i915; is the "
                  "processor's graphics on "
                  "in the firmware's setup, or i915 blacklisted?\n" },
                { "gvt -\nmodule i915 ?", DESKTOP,
                  "note desktop: can't tell whether GVT-g is on: nothing of i915 in /sys/module\n" },
                { "gvt Y\nmodule kvmgt installed", DESKTOP,
                  "error desktop: GVT-g is on, but kvmgt, which makes its mdevs, is not loaded @c:1\n"
                  "> add the section [module kvmgt] to /etc/passthru.conf\n" },
                { "gvt Y\nmodule kvmgt ?", DESKTOP,
                  "warning desktop: GVT-g is on, but kvmgt, which makes its mdevs, may not be loaded @c:1\n"
                  "> add the section [module kvmgt] to /etc/passthru.conf\n" },
                { "gvt Y\nmodule kvmgt installed", DESKTOP "[module kvmgt]\n",
                  "ok desktop: GVT-g is on; [module kvmgt] loads the rest\n" },
                { "gvt Y\nmodule kvmgt loaded", DESKTOP,
                  "error desktop: GVT-g is on and kvmgt loaded, but i915 offers no mdevs @c:1\n"
                  "> GVT-g is for the 5th to 10th generation of Intel's CPUs; dmesg | grep -i gvt\n" },
        };

        (void) unused;
        CHECK("gvt-g", cases);
}

static void msrs(void **unused)
{
        static const struct doctor_case cases[] = {
                { "ignore_msrs N", UPLINK, "" },
                { NULL, GPU, "ok kvm: ignore_msrs = 1: guest drivers may access registers that KVM does not have\n" },
                { "ignore_msrs N", GPU,
                  "note kvm: ignore_msrs is off: some GPU drivers, mostly on Windows, access registers that KVM does "
                  "not have, and the guest stops\n> only if that happens: [module kvm] ignore_msrs = 1 in "
                  "/etc/passthru.conf\n" },
                { "ignore_msrs N", GPU "[module kvm]\nignore_msrs = 0\n", "" },
                { "ignore_msrs -", GPU,
                  "note kvm: can't tell whether ignore_msrs is set: nothing of kvm in /sys/module\n" },
                { "ignore_msrs -\nkvm no", GPU, "" },
                { "ignore_msrs N\ncpu other", GPU, "" },
        };

        (void) unused;
        CHECK("ignore-msrs", cases);
}

static void initramfs(void **unused)
{
        static const struct doctor_case cases[] = {
                { "initramfs stale", NULL, "" },
                { NULL, GPU, "ok initramfs: the initramfs of Linux 6.12.1 claims early what is cleared for that\n" },
                { "initramfs stale", GPU,
                  "warning initramfs: the initramfs of Linux 6.12.1 is outdated: a driver in it may bind a device "
                  "first, which is then handed over only later in the boot\n> run: update-initramfs -u\n" },
                { "initramfs withdrawn", GPU,
                  "error initramfs: the initramfs of Linux 6.12.1 is outdated: it claims 0000:00:00.0 early, which is "
                  "no longer allowed\n"
                  "> run before the next boot: update-initramfs -u\n" },
                { "initramfs none", GPU,
                  "note initramfs: the initramfs of Linux 6.12.1 claims nothing early: a driver in it binds its "
                  "devices first, and they are handed over later in the boot\n> run: systemctl enable --now "
                  "passthru-setup && update-initramfs -u\n" },
                { "initramfs ?\nrelease -", GPU,
                  "note initramfs: can't tell what the initramfs of the running kernel claims early\n" },
                { "initramfs not-asked", GPU, "" },
        };

        (void) unused;
        CHECK("initramfs", cases);
}

static void summary(void **unused)
{
        CLEANUP_DOCTOR_HOST struct doctor_host h;
        CLEANUP_REPORT struct doctor_report report = { 0 };
        static const struct doctor_report none;
        CLEANUP_FREE char *text = NULL, *nothing = doctor_summary(&none);
        struct doctor_input input;

        (void) unused;
        doctor_host_make(&h, "cmdline intel_iommu=on\nremapping no\nvmx no\nkvm no", GPU);
        input = doctor_host_input(&h);
        doctor_examine(&input, &report);
        text = doctor_summary(&report);
        assert_string_equal(text, "1 error, 1 warning, 2 notes, 5 ok.");
        assert_string_equal(nothing, "nothing was found.");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(cpu),       cmocka_unit_test(modules), cmocka_unit_test(sections),
                cmocka_unit_test(display),   cmocka_unit_test(gvt),     cmocka_unit_test(msrs),
                cmocka_unit_test(initramfs), cmocka_unit_test(summary),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
