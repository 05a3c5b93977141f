/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which boot loader it is by what can be read, and what is to be done with it. */
#include "unit/kit.h"

#include <stdlib.h>
#include <string.h>

#include "boot/bootloader-read.h"
#include "unit/tree.h"

#define INFO "sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
#define STUB "sys/firmware/efi/efivars/StubInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
#define MKCONFIG "usr/sbin/grub-mkconfig=for x in ${sysconfdir}/default/grub.d/*.cfg ; do"

/* A file "path=text" each. */
static const struct {
        const char *what;
        const char *files[9];
        const char *info; /* LoaderInfo */
        enum bootloader_kind kind;
        const char *name, *commands, *why_not;
} cases[] = {
        { "nothing", { NULL }, NULL, BOOTLOADER_UNKNOWN, "unknown", "", "boot-config supports only" },
        { "Debian's GRUB",
          { "etc/default/grub=", MKCONFIG, "usr/sbin/update-grub=", "proc/cmdline=BOOT_IMAGE=/x" },
          NULL,
          BOOTLOADER_GRUB,
          "GRUB",
          "update-grub",
          NULL },
        { "GRUB without what it says of itself, as in a captured tree",
          { "etc/default/grub=", MKCONFIG },
          NULL,
          BOOTLOADER_GRUB,
          "GRUB",
          "grub-mkconfig -o /boot/grub/grub.cfg",
          NULL },
        { "GRUB 2.12 by EFI",
          { "etc/default/grub=", MKCONFIG, "usr/sbin/update-grub=" },
          "GRUB 2.12",
          BOOTLOADER_GRUB,
          "GRUB",
          "update-grub",
          NULL },
        { "GRUB that rEFInd started",
          { "etc/default/grub=", MKCONFIG, "proc/cmdline=BOOT_IMAGE=/x" },
          "rEFInd 0.14",
          BOOTLOADER_GRUB,
          "GRUB",
          "grub-mkconfig -o /boot/grub/grub.cfg",
          NULL },
        { "a kernel that rEFInd started",
          { "etc/default/grub=", MKCONFIG, "proc/cmdline=root=1" },
          "rEFInd 0.14",
          BOOTLOADER_UNKNOWN,
          "rEFInd 0.14",
          "",
          "boot-config supports only" },
        { "GRUB without drop-ins",
          { "etc/default/grub=", "usr/bin/grub-mkconfig=", "usr/sbin/grub-mkconfig=. /etc/default/grub" },
          NULL,
          BOOTLOADER_GRUB,
          "GRUB",
          "grub-mkconfig -o /boot/grub/grub.cfg",
          "its grub-mkconfig reads no drop-ins" },
        { "Fedora's GRUB",
          { "etc/default/grub=GRUB_ENABLE_BLSCFG=\"true\"\n", "usr/sbin/grub2-mkconfig=", "usr/sbin/grubby=",
            "boot/loader/entries/x.conf=", "proc/cmdline=BOOT_IMAGE=(hd0)/x" },
          NULL,
          BOOTLOADER_GRUB,
          "GRUB",
          "grub2-mkconfig -o /boot/grub2/grub.cfg",
          "its entries are kept by grubby" },
        { "systemd-boot",
          { "usr/bin/kernel-install=", "usr/lib/modules/6.1/x=", "boot/vmlinuz-6.1=", "boot/initrd.img-6.1=" },
          "systemd-boot 257.8-1",
          BOOTLOADER_SYSTEMD_BOOT,
          "systemd-boot",
          "kernel-install add 6.1 /boot/vmlinuz-6.1 /boot/initrd.img-6.1",
          NULL },
        { "systemd-boot beside GRUB's files",
          { "etc/default/grub=", MKCONFIG, "usr/bin/kernel-install=", "usr/lib/modules/6.1/vmlinuz=",
            "usr/lib/modules/6.0/x=", "usr/lib/modules/6.2/x=", "boot/vmlinuz-6.2=" },
          "systemd-boot 252",
          BOOTLOADER_SYSTEMD_BOOT,
          "systemd-boot",
          "kernel-install add 6.1 /usr/lib/modules/6.1/vmlinuz && kernel-install add 6.2 /boot/vmlinuz-6.2",
          NULL },
        { "systemd-boot by its entries alone",
          { "usr/bin/kernel-install=", "boot/efi/loader/entries/x.conf=" },
          NULL,
          BOOTLOADER_SYSTEMD_BOOT,
          "systemd-boot",
          "",
          "its entries are written by hand" },
        { "systemd-boot without a kernel",
          { "usr/bin/kernel-install=", "boot/efi/loader/entries/README=" },
          NULL,
          BOOTLOADER_SYSTEMD_BOOT,
          "systemd-boot",
          "",
          "no kernel was found" },
        { "entries of kernel-install beside one by hand",
          { "usr/bin/kernel-install=", "boot/vmlinuz-6.1=", "usr/lib/modules/6.1/x=", "boot/loader/entries/a.conf=",
            "boot/loader/entries/t-6.1.conf=" },
          "systemd-boot 257",
          BOOTLOADER_SYSTEMD_BOOT,
          "systemd-boot",
          "kernel-install add 6.1 /boot/vmlinuz-6.1",
          NULL },
        { "entries by hand",
          { "usr/bin/kernel-install=", "boot/vmlinuz-6.1=", "usr/lib/modules/6.1/x=",
            "efi/loader/entries/arch.conf=" },
          "systemd-boot 257",
          BOOTLOADER_SYSTEMD_BOOT,
          "systemd-boot",
          "",
          "its entries are written by hand" },
        { "Pop!_OS",
          { "usr/bin/kernel-install=", "usr/bin/kernelstub=", "boot/vmlinuz-6.1=", "usr/lib/modules/6.1/x=",
            "boot/efi/loader/entries/Pop_OS-current.conf=" },
          "systemd-boot 257",
          BOOTLOADER_SYSTEMD_BOOT,
          "systemd-boot",
          "",
          "its entries are written by kernelstub" },
        { "openSUSE",
          { "usr/bin/kernel-install=", "usr/bin/sdbootutil=", "boot/efi/loader/entries/opensuse-6.1-1.conf=" },
          "systemd-boot 257",
          BOOTLOADER_SYSTEMD_BOOT,
          "systemd-boot",
          "sdbootutil update-all-entries",
          "its entries are written by sdbootutil" },
        { "openSUSE's GRUB",
          { "usr/bin/sdbootutil=", "boot/efi/loader/entries/opensuse-6.1-1.conf=", "etc/default/grub=", MKCONFIG },
          "GRUB 2.12",
          BOOTLOADER_SYSTEMD_BOOT,
          "GRUB 2.12",
          "sdbootutil update-all-entries",
          "its entries are written by sdbootutil" },
        { "ostree",
          { "run/ostree-booted=", "usr/bin/rpm-ostree=", "boot/loader/entries/ostree-1.conf=",
            "proc/cmdline=BOOT_IMAGE=/x", "usr/sbin/grub2-mkconfig=", "etc/default/grub=" },
          NULL,
          BOOTLOADER_OSTREE,
          "ostree",
          "",
          "the kernel command line belongs to ostree's deployments" },
        { "NixOS",
          { "etc/NIXOS=", "boot/loader/entries/nixos-generation-1.conf=" },
          "systemd-boot 258",
          BOOTLOADER_SYSTEMD_BOOT,
          "systemd-boot",
          "",
          "it is a part of the configuration of NixOS" },
        { "MicroOS",
          { "etc/default/grub=", "usr/sbin/grub2-mkconfig=", "usr/sbin/transactional-update=" },
          "GRUB 2.12",
          BOOTLOADER_GRUB,
          "GRUB",
          "transactional-update grub.cfg",
          "only transactional-update changes the root file system" },
        { "Fedora's GRUB by its configuration",
          { "etc/default/grub=", "usr/sbin/grub2-mkconfig=", "boot/grub2/grub.cfg=set x\nblscfg\n",
            "proc/cmdline=BOOT_IMAGE=(hd0)/x" },
          NULL,
          BOOTLOADER_GRUB,
          "GRUB",
          "grub2-mkconfig -o /boot/grub2/grub.cfg",
          "its entries are kept by grubby" },
        { "entries by hand beside presets of mkinitcpio",
          { "usr/bin/kernel-install=", "usr/lib/modules/6.1/vmlinuz=", "boot/loader/entries/arch.conf=",
            "etc/mkinitcpio.d/linux.preset=default_uki=/efi/x\n" },
          "systemd-boot 257",
          BOOTLOADER_SYSTEMD_BOOT,
          "systemd-boot",
          "",
          "its entries are written by hand" },
        { "the same, and it is an image that runs",
          { "usr/bin/kernel-install=", "usr/lib/modules/6.1/vmlinuz=", "boot/loader/entries/arch.conf=", STUB "=",
            "etc/mkinitcpio.d/linux.preset=default_uki=/efi/x\n" },
          "systemd-boot 257",
          BOOTLOADER_SYSTEMD_BOOT,
          "systemd-boot",
          "mkinitcpio -P",
          "its kernels are unified images that mkinitcpio" },
        { "syslinux, though GRUB is installed",
          { "etc/default/grub=", MKCONFIG, "proc/cmdline=BOOT_IMAGE=/x initrd=/y" },
          NULL,
          BOOTLOADER_UNKNOWN,
          "unknown",
          "",
          "boot-config supports only" },
        { "the firmware, though GRUB is installed",
          { "etc/default/grub=", MKCONFIG, "proc/cmdline=root=1 initrd=\\y" },
          NULL,
          BOOTLOADER_UNKNOWN,
          "unknown",
          "",
          "boot-config supports only" },
        { "the firmware with a unified image",
          { "etc/default/grub=", MKCONFIG, STUB "=" },
          NULL,
          BOOTLOADER_UNKNOWN,
          "unknown",
          "",
          "boot-config supports only" },
        { "systemd-boot without kernel-install",
          { "boot/loader/entries/x.conf=" },
          "systemd-boot 257",
          BOOTLOADER_SYSTEMD_BOOT,
          "systemd-boot",
          "",
          "its entries are written by hand" },
        { "systemd-boot with nothing beside it",
          { NULL },
          "systemd-boot 257",
          BOOTLOADER_SYSTEMD_BOOT,
          "systemd-boot",
          "",
          "there is no kernel-install" },
        { "unified images",
          { "usr/bin/kernel-install=", "usr/lib/modules/6.1/vmlinuz=", "etc/kernel/install.conf=layout=uki\n" },
          "systemd-boot 257",
          BOOTLOADER_SYSTEMD_BOOT,
          "systemd-boot",
          "kernel-install add 6.1 /usr/lib/modules/6.1/vmlinuz",
          "its kernels are unified images" },
        { "unified images by a drop-in",
          { "usr/bin/kernel-install=", "usr/lib/modules/6.1/vmlinuz=", "etc/kernel/install.conf=layout=bls\n",
            "etc/kernel/install.conf.d/uki.conf=layout=uki\n" },
          "systemd-boot 257",
          BOOTLOADER_SYSTEMD_BOOT,
          "systemd-boot",
          "kernel-install add 6.1 /usr/lib/modules/6.1/vmlinuz",
          "its kernels are unified images (layout=uki)" },
        { "unified images of mkinitcpio",
          { "usr/bin/kernel-install=", "usr/lib/modules/6.1/vmlinuz=",
            "etc/mkinitcpio.d/linux.preset=default_uki=\"/efi/EFI/Linux/a.efi\"\n" },
          "systemd-boot 257",
          BOOTLOADER_SYSTEMD_BOOT,
          "systemd-boot",
          "mkinitcpio -P",
          "its kernels are unified images that mkinitcpio" },
        { "unified images of somebody",
          { "usr/bin/kernel-install=", "usr/lib/modules/6.1/vmlinuz=", "efi/EFI/Linux/a.efi=" },
          "systemd-boot 257",
          BOOTLOADER_SYSTEMD_BOOT,
          "systemd-boot",
          "",
          "its kernels are unified images, made by a program" },
        { "Proxmox with ZFS by EFI",
          { "usr/sbin/proxmox-boot-tool=", "etc/kernel/proxmox-boot-uuids=A-B\n", "etc/default/grub=" },
          "systemd-boot 252",
          BOOTLOADER_PROXMOX_SYSTEMD_BOOT,
          "systemd-boot by proxmox-boot-tool",
          "proxmox-boot-tool refresh",
          NULL },
        { "the same in a tree without EFI variables",
          { "usr/sbin/proxmox-boot-tool=", "etc/kernel/proxmox-boot-uuids=A-B\n",
            "sys/firmware/efi/x=", "proc/cmdline=initrd=x" },
          NULL,
          BOOTLOADER_PROXMOX_SYSTEMD_BOOT,
          "systemd-boot by proxmox-boot-tool",
          "proxmox-boot-tool refresh",
          NULL },
        { "Proxmox with ZFS by BIOS",
          { "usr/bin/proxmox-boot-tool=", "etc/kernel/proxmox-boot-uuids=A-B\n", MKCONFIG,
            "proc/cmdline=BOOT_IMAGE=/x" },
          NULL,
          BOOTLOADER_PROXMOX_GRUB,
          "GRUB by proxmox-boot-tool",
          "proxmox-boot-tool refresh",
          NULL },
        { "Proxmox on LVM: no ESPs of the tool's",
          { "usr/sbin/proxmox-boot-tool=", "etc/default/grub=", MKCONFIG,
            "usr/sbin/update-grub=", "proc/cmdline=BOOT_IMAGE=/x", "etc/kernel/proxmox-boot-uuids=\n" },
          NULL,
          BOOTLOADER_GRUB,
          "GRUB",
          "update-grub",
          NULL },
};

static void put(const char *root, const char *file)
{
        const char *text = strchr(file, '=');
        char path[256];

        assert_non_null(text);
        assert_true((size_t) (text - file) < sizeof(path));
        memcpy(path, file, (size_t) (text - file));
        path[text - file] = '\0';
        tree_file(root, path, text + 1);
}

/* As efivarfs has it: attributes, then UTF-16 with a zero at its end. */
static void put_info(const char *root, const char *info)
{
        char bytes[256] = { 6, 0, 0, 0 };
        size_t n = strlen(info) + 1;

        for (size_t i = 0; i < n; i++)
                bytes[4 + 2 * i] = info[i];
        tree_bytes(root, INFO, bytes, 4 + 2 * n);
}

static void detection(void **unused)
{
        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_TREE char *root = tree_new();
                CLEANUP(sys_freep) struct sys *sys = NULL;
                CLEANUP_BOOTLOADER struct bootloader b = { 0 };
                CLEANUP_FREE char *commands = NULL;

                for (size_t k = 0; k < ARRAY_SIZE(cases[i].files) && cases[i].files[k]; k++)
                        put(root, cases[i].files[k]);
                if (cases[i].info)
                        put_info(root, cases[i].info);
                assert_int_equal(sys_open(root, &sys), 0);
                bootloader_find(sys, &b);
                if (b.kind != cases[i].kind)
                        fail_msg("%s: kind %d", cases[i].what, b.kind);
                assert_text_of(cases[i].what, b.name, cases[i].name);
                commands = bootloader_commands_text(&b);
                assert_text_of(cases[i].what, commands, cases[i].commands);
                if (!cases[i].why_not != !b.why_not ||
                    (b.why_not && strncmp(b.why_not, cases[i].why_not, strlen(cases[i].why_not)) != 0))
                        fail_msg("%s: %s", cases[i].what, b.why_not ? b.why_not : "it can be written");
                assert_true((b.file == NULL) == (b.syntax == BOOT_SYNTAX_NONE));
        }
}

static void remedies(void **unused)
{
        static const struct {
                struct bootloader_facts facts;
                const char *remedy, *removal;
        } all[] = {
                { { .grub_defaults = true, .grub_drop_ins = true, .update_grub = true },
                  "run: passthru-setup boot-config --write, and reboot; or by hand: add the line "
                  "GRUB_CMDLINE_LINUX_DEFAULT="
                  "\"$GRUB_CMDLINE_LINUX_DEFAULT a b\" to /etc/default/grub.d/passthru-setup.cfg, run: update-grub, "
                  "and reboot",
                  "remove x from /f:1, run: update-grub, and reboot" },
                { { .grub_defaults = true, .grub_mkconfig = true },
                  "add the line GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT a b\" to /etc/default/grub, "
                  "run: "
                  "grub-mkconfig -o /boot/grub/grub.cfg, and reboot",
                  "remove x from /f:1, run: grub-mkconfig -o /boot/grub/grub.cfg, and reboot" },
                { { .grub_defaults = true, .grub2_mkconfig = true, .grub_bls = true, .grubby = true },
                  "run: grubby --update-kernel=ALL --args=\"a b\", and reboot",
                  "run: grubby --update-kernel=ALL --remove-args=\"x\", and reboot" },
                { { .proxmox = true, .efi = true },
                  "run: passthru-setup boot-config --write, and reboot; or by hand: add a b to the line in "
                  "/etc/kernel/cmdline, "
                  "run: proxmox-boot-tool refresh, and reboot",
                  "remove x from /f:1, run: proxmox-boot-tool refresh, and reboot" },
                { { .loader_info = (char *) "systemd-boot 257",
                    .entries_of = BOOT_ENTRIES_OTHER,
                    .entry = (char *) "/e/a.conf" },
                  "add a b to the line \"options\" of /e/a.conf, and reboot",
                  "remove x from /f:1, and reboot" },
                { { .loader_info = (char *) "systemd-boot 257",
                    .entries_of = BOOT_ENTRIES_OTHER,
                    .entry = (char *) "/e" },
                  "add a b to the line \"options\" of the entries in /e, and reboot",
                  "remove x from /f:1, and reboot" },
                { { .loader_info = (char *) "systemd-boot 257", .kernelstub = true },
                  "run: kernelstub --add-options \"a b\", and reboot",
                  "run: kernelstub --delete-options \"x\", and reboot" },
                { { .ostree = true, .rpm_ostree = true, .bootc = true },
                  "run: rpm-ostree kargs --append-if-missing=a --append-if-missing=b, and reboot",
                  "run: rpm-ostree kargs --delete-if-present=x, and reboot" },
                { { .ostree = true, .bootc = true },
                  "add a b to kargs of a file in /usr/lib/bootc/kargs.d of the image, run: bootc upgrade, and reboot",
                  "take x out of kargs of a file in /usr/lib/bootc/kargs.d of the image, run: bootc upgrade, and "
                  "reboot" },
                { { .nixos = true },
                  "add a b to boot.kernelParams of /etc/nixos/configuration.nix, run: nixos-rebuild boot, and reboot",
                  "take x out of boot.kernelParams of /etc/nixos/configuration.nix, run: nixos-rebuild boot, and "
                  "reboot" },
                { { 0 },
                  "put a b on the kernel command line in the boot loader's own configuration, and reboot",
                  "remove x from /f:1, and reboot" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
                CLEANUP_BOOTLOADER struct bootloader b = { 0 };
                CLEANUP_FREE char *remedy = NULL, *removal = NULL, *nowhere = NULL, *other = NULL;

                bootloader_detect(&all[i].facts, &b);
                remedy = bootloader_remedy(&b, "a b", true);
                assert_text_of("remedy", remedy, all[i].remedy);
                other = bootloader_remedy(&b, "a b", false);
                assert_null(strstr(other, "boot-config"));
                removal = bootloader_removal(&b, "x", "/f:1");
                assert_text_of("removal", removal, all[i].removal);
                nowhere = bootloader_removal(&b, "x", NULL);
                assert_non_null(strstr(nowhere, "x"));
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(detection),
                cmocka_unit_test(remedies),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
