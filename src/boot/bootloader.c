/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which boot loader it is, and what to do with it (grub-mkconfig(8), kernel-install(8), Boot Loader Interface of
 * systemd, Proxmox VE Administration Guide "Host Bootloader"). */
#include "boot/bootloader.h"

#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"

static void command_clear(struct boot_command *c)
{
        for (size_t i = 0; i < c->n; i++)
                free(c->argv[i]);
        free(c->argv);
}

void bootloader_clear(struct bootloader *b)
{
        free(b->name);
        free(b->entry);
        free(b->why_not);
        for (size_t i = 0; i < b->n_commands; i++)
                command_clear(&b->commands[i]);
        free(b->commands);
        *b = (struct bootloader){ 0 };
}

void bootloader_facts_clear(struct bootloader_facts *f)
{
        free(f->loader_info);
        free(f->entry);
        for (size_t i = 0; i < f->n_kernels; i++) {
                free(f->kernels[i].version);
                free(f->kernels[i].image);
                free(f->kernels[i].initrd);
        }
        free(f->kernels);
        *f = (struct bootloader_facts){ 0 };
}

bool bootloader_is_grub(enum bootloader_kind kind)
{
        return kind == BOOTLOADER_GRUB || kind == BOOTLOADER_PROXMOX_GRUB;
}

static bool has_mkconfig(const struct bootloader_facts *f)
{
        return f->update_grub || f->grub_mkconfig || f->grub2_mkconfig;
}

static bool info_is(const struct bootloader_facts *f, const char *loader)
{
        return f->loader_info && after_prefix(f->loader_info, loader);
}

static enum bootloader_kind kind_of(const struct bootloader_facts *f)
{
        bool systemd_boot = info_is(f, "systemd-boot");

        if (f->ostree)
                return BOOTLOADER_OSTREE;
        if (f->proxmox)
                return systemd_boot || (f->efi && !f->loader_info && !f->boot_image) ? BOOTLOADER_PROXMOX_SYSTEMD_BOOT
                                                                                     : BOOTLOADER_PROXMOX_GRUB;
        /* What openSUSE's GRUB reads are the same entries. */
        if (systemd_boot || (f->sdbootutil && f->entries_of != BOOT_ENTRIES_UNSEEN))
                return BOOTLOADER_SYSTEMD_BOOT;
        /* The firmware itself started the image, or syslinux, which gives BOOT_IMAGE= too. */
        if (!f->loader_info && (f->stub || (f->initrd && (f->boot_image || !f->entries))))
                return BOOTLOADER_UNKNOWN;
        /* Before 2.12 GRUB does not name itself, and what started it may have. */
        if (f->grub_defaults && has_mkconfig(f) && (f->boot_image || !f->loader_info || info_is(f, "GRUB")))
                return f->boot_image || f->loader_info || !f->entries ? BOOTLOADER_GRUB : BOOTLOADER_SYSTEMD_BOOT;
        if (!f->loader_info && !f->boot_image && f->entries && f->kernel_install)
                return BOOTLOADER_SYSTEMD_BOOT;
        return BOOTLOADER_UNKNOWN;
}

static void add_command(struct bootloader *b, const char *const *words, size_t n)
{
        struct boot_command *c = ARRAY_APPEND(b->commands, b->n_commands, b->alloc_commands);

        for (size_t i = 0; i < n && words[i]; i++) { /* not each kernel has an initrd */
                char **slot = ARRAY_APPEND(c->argv, c->n, c->alloc);

                *slot = xstrdup(words[i]);
        }
        /* The NULL at the end is no argument, and not counted. */
        ARRAY_APPEND(c->argv, c->n, c->alloc);
        c->n--;
}

#define ADD_COMMAND(b, ...)                                                                                           \
        add_command(b, (const char *const[]){ __VA_ARGS__ },                                                          \
                    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/* Unified images that kernel-install does not make. */
static bool has_foreign_images(const struct bootloader_facts *f)
{
        bool entries = f->entries_of != BOOT_ENTRIES_UNSEEN;

        return !f->unified && (f->stub || (!entries && (f->unified_mkinitcpio || f->unified_images)));
}

/* The entries are what is edited: nothing makes them from another file. */
static bool has_entries_alone(const struct bootloader_facts *f, enum bootloader_kind kind)
{
        if (f->entries_of == BOOT_ENTRIES_UNSEEN)
                return false;
        switch (kind) {
        case BOOTLOADER_OSTREE:
                return true;
        case BOOTLOADER_GRUB:
                return f->grub_bls;
        case BOOTLOADER_SYSTEMD_BOOT:
                return f->kernelstub ||
                       (f->entries_of == BOOT_ENTRIES_OTHER && !f->sdbootutil && !f->unified && !f->stub);
        default:
                return false;
        }
}

static enum boot_syntax syntax_of(const struct bootloader_facts *f, enum bootloader_kind kind)
{
        if (has_entries_alone(f, kind))
                return BOOT_SYNTAX_ENTRIES;
        if (bootloader_is_grub(kind))
                return BOOT_SYNTAX_SHELL;
        if (kind == BOOTLOADER_PROXMOX_SYSTEMD_BOOT)
                return BOOT_SYNTAX_LINE;
        if (kind != BOOTLOADER_SYSTEMD_BOOT || (has_foreign_images(f) && !f->unified_mkinitcpio))
                return BOOT_SYNTAX_NONE;
        return BOOT_SYNTAX_LINES;
}

static enum boot_tool tool_of(const struct bootloader_facts *f, enum bootloader_kind kind)
{
        if (f->nixos)
                return BOOT_TOOL_NIXOS;
        switch (kind) {
        case BOOTLOADER_OSTREE:
                return f->rpm_ostree ? BOOT_TOOL_RPM_OSTREE : f->bootc ? BOOT_TOOL_BOOTC : BOOT_TOOL_NONE;
        case BOOTLOADER_GRUB:
        case BOOTLOADER_PROXMOX_GRUB:
                return f->grubby ? BOOT_TOOL_GRUBBY : BOOT_TOOL_NONE;
        case BOOTLOADER_SYSTEMD_BOOT:
                return f->kernelstub ? BOOT_TOOL_KERNELSTUB : BOOT_TOOL_NONE;
        default:
                return BOOT_TOOL_NONE;
        }
}

/* kernel-install add-all looks below /usr/lib/modules, where Debian has no images: each is named. */
static void add_kernels(const struct bootloader_facts *f, struct bootloader *b)
{
        for (size_t i = 0; i < f->n_kernels; i++) {
                const struct boot_kernel *k = &f->kernels[i];

                ADD_COMMAND(b, "/usr/bin/kernel-install", "add", k->version, k->image, k->initrd);
        }
}

static void add_commands(const struct bootloader_facts *f, struct bootloader *b)
{
        switch (b->kind) {
        case BOOTLOADER_GRUB:
                if (f->transactional)
                        ADD_COMMAND(b, "/usr/sbin/transactional-update", "grub.cfg");
                else if (f->update_grub)
                        ADD_COMMAND(b, "/usr/sbin/update-grub");
                else if (f->grub_mkconfig)
                        ADD_COMMAND(b, "/usr/sbin/grub-mkconfig", "-o", "/boot/grub/grub.cfg");
                else
                        ADD_COMMAND(b, "/usr/sbin/grub2-mkconfig", "-o", "/boot/grub2/grub.cfg");
                break;
        case BOOTLOADER_SYSTEMD_BOOT:
                if (f->sdbootutil)
                        ADD_COMMAND(b, "/usr/bin/sdbootutil", "update-all-entries");
                else if (f->unified_mkinitcpio && has_foreign_images(f))
                        ADD_COMMAND(b, "/usr/bin/mkinitcpio", "-P");
                else if (b->syntax == BOOT_SYNTAX_LINES && f->kernel_install)
                        add_kernels(f, b);
                break;
        case BOOTLOADER_PROXMOX_GRUB:
        case BOOTLOADER_PROXMOX_SYSTEMD_BOOT:
                ADD_COMMAND(b, "/usr/sbin/proxmox-boot-tool", "refresh");
                break;
        default:
                break;
        }
}

/* Of systemd-boot. */
static const char *why_not_kernel_install(const struct bootloader_facts *f)
{
        if (f->kernelstub)
                return "its entries are written by kernelstub";
        if (f->sdbootutil)
                return "its entries are written by sdbootutil";
        if (has_foreign_images(f))
                return f->unified_mkinitcpio
                               ? "its kernels are unified images that mkinitcpio makes"
                               : "its kernels are unified images, made by a program that boot-config does not know";
        if (f->unified)
                return "its kernels are unified images (layout=uki)";
        if (f->entries_of == BOOT_ENTRIES_OTHER)
                return "its entries are written by hand, or by a program that boot-config does not know";
        if (!f->kernel_install)
                return "there is no kernel-install";
        return f->n_kernels > 0 ? NULL : "no kernel was found in /boot or /usr/lib/modules";
}

static const char *why_not(const struct bootloader_facts *f, enum bootloader_kind kind)
{
        if (f->nixos)
                return "it is a part of the configuration of NixOS";
        switch (kind) {
        case BOOTLOADER_UNKNOWN:
                return "boot-config supports only GRUB and systemd-boot, with or without proxmox-boot-tool";
        case BOOTLOADER_OSTREE:
                return "the kernel command line belongs to ostree's deployments";
        case BOOTLOADER_GRUB:
        case BOOTLOADER_PROXMOX_GRUB:
                if (f->grub_bls)
                        return "its entries are kept by grubby and not made by grub-mkconfig (GRUB_ENABLE_BLSCFG)";
                if (f->transactional)
                        return "only transactional-update changes the root file system";
                return f->grub_drop_ins ? NULL : "its grub-mkconfig reads no drop-ins in " GRUB_DROP_INS;
        case BOOTLOADER_SYSTEMD_BOOT:
                return why_not_kernel_install(f);
        default:
                return NULL;
        }
}

static const char *name_of(const struct bootloader_facts *f, enum bootloader_kind kind)
{
        static const char *const names[BOOTLOADER_KIND_MAX] = {
                [BOOTLOADER_GRUB] = "GRUB",
                [BOOTLOADER_SYSTEMD_BOOT] = "systemd-boot",
                [BOOTLOADER_PROXMOX_GRUB] = "GRUB by proxmox-boot-tool",
                [BOOTLOADER_PROXMOX_SYSTEMD_BOOT] = "systemd-boot by proxmox-boot-tool",
                [BOOTLOADER_OSTREE] = "ostree",
        };

        if (names[kind] && !(f->loader_info && kind == BOOTLOADER_SYSTEMD_BOOT && !info_is(f, names[kind])))
                return names[kind];
        return f->loader_info ? f->loader_info : "unknown";
}

void bootloader_detect(const struct bootloader_facts *facts, struct bootloader *ret)
{
        CLEANUP_BOOTLOADER struct bootloader b = { .kind = kind_of(facts) };

        replace_string(&b.name, name_of(facts, b.kind));
        b.syntax = syntax_of(facts, b.kind);
        b.tool = tool_of(facts, b.kind);
        replace_string(&b.why_not, why_not(facts, b.kind));
        replace_string(&b.entry, facts->entry);
        add_commands(facts, &b);
        b.file = b.syntax == BOOT_SYNTAX_NONE      ? NULL
                 : b.syntax == BOOT_SYNTAX_ENTRIES ? b.entry
                 : b.syntax == BOOT_SYNTAX_SHELL   ? GRUB_DROP_IN
                                                   : KERNEL_CMDLINE;
        *ret = b;
        b = (struct bootloader){ 0 };
}
