/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which boot loader starts this host, and so where words of the kernel command line are written and what makes them
 * count. Data only: the facts come from boot/bootloader-read.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "boot/boot-sources.h"

enum bootloader_kind {
        BOOTLOADER_UNKNOWN,
        BOOTLOADER_GRUB,
        BOOTLOADER_SYSTEMD_BOOT,
        BOOTLOADER_PROXMOX_GRUB,         /* GRUB on ESPs that proxmox-boot-tool fills */
        BOOTLOADER_PROXMOX_SYSTEMD_BOOT, /* the same with systemd-boot */
        BOOTLOADER_OSTREE,               /* whatever it is: the entries are those of ostree's deployments */
        BOOTLOADER_KIND_MAX,
};

#define GRUB_DEFAULTS "/etc/default/grub"
#define GRUB_DROP_INS "/etc/default/grub.d"
#define GRUB_DROP_IN GRUB_DROP_INS "/passthru-setup.cfg" /* ours alone */
#define GRUB_VARIABLE "GRUB_CMDLINE_LINUX_DEFAULT"
#define KERNEL_CMDLINE "/etc/kernel/cmdline"

/* An installed kernel, as kernel-install(8) is given it. */
struct boot_kernel {
        char *version;
        char *image;
        char *initrd; /* NULL: none beside it */
};

/* Who has written the loader's entries, by their names. */
enum boot_entries {
        BOOT_ENTRIES_UNSEEN, /* there are none where we can look */
        BOOT_ENTRIES_MADE,   /* kernel-install: one is named for an installed kernel */
        BOOT_ENTRIES_OTHER,  /* someone else, or a person */
};

/* What can be read of a running host or a captured tree. */
struct bootloader_facts {
        char *loader_info;  /* the EFI variable LoaderInfo, "systemd-boot 257.8-1"; NULL: there is none */
        bool efi;           /* the firmware started us by EFI */
        bool stub;          /* the EFI variable StubInfo: the running kernel is a unified image */
        bool boot_image;    /* the running command line begins with BOOT_IMAGE=, which GRUB gives */
        bool initrd;        /* it has initrd=, which GRUB does not give */
        bool proxmox;       /* proxmox-boot-tool is there, and has ESPs to fill */
        bool grub_defaults; /* GRUB_DEFAULTS is there */
        bool grub_drop_ins; /* grub-mkconfig reads GRUB_DROP_INS: Debian's does */
        bool grub_bls;      /* GRUB_ENABLE_BLSCFG: its entries are not made by grub-mkconfig */
        bool update_grub, grub_mkconfig, grub2_mkconfig, grubby, kernel_install; /* programs that are there */
        bool kernelstub, sdbootutil, rpm_ostree, bootc, transactional;           /* programs, too */
        bool ostree; /* the running system is one of its deployments */
        bool nixos;
        bool unified;            /* kernel-install makes unified kernel images */
        bool unified_images;     /* a directory for them has some */
        bool unified_mkinitcpio; /* mkinitcpio makes them */
        bool entries;            /* an ESP that is mounted has a directory for loader entries */
        enum boot_entries entries_of;
        char *entry; /* the entry that was started, or the only one; their directory when that is not known */
        struct boot_kernel *kernels;
        size_t n_kernels, alloc_kernels;
};

void bootloader_facts_clear(struct bootloader_facts *f);
#define CLEANUP_BOOTLOADER_FACTS CLEANUP(bootloader_facts_clear)

/* A command as execv(3) takes it: argv[0] is a path, the last is NULL. */
struct boot_command {
        char **argv;
        size_t n, alloc;
};

/* A program that edits the command line of the entries that there are. */
enum boot_tool {
        BOOT_TOOL_NONE,
        BOOT_TOOL_GRUBBY,
        BOOT_TOOL_KERNELSTUB,
        BOOT_TOOL_RPM_OSTREE,
        BOOT_TOOL_BOOTC,
        BOOT_TOOL_NIXOS
};

struct bootloader {
        enum bootloader_kind kind;
        enum boot_syntax syntax; /* of the files that the next command line comes from */
        char *name;              /* "GRUB", "systemd-boot", "rEFInd 0.14"; "unknown" */
        const char *file; /* where words are written: GRUB_DROP_IN, KERNEL_CMDLINE or the entry; NULL: unknown */
        char *entry;      /* of the facts */
        char *why_not;    /* why boot-config can't write it; NULL: it can */
        struct boot_command
                *commands; /* what makes the file count, in this order; may be told also when why_not is set */
        size_t n_commands, alloc_commands;
        enum boot_tool tool; /* with why_not: what edits it */
};

void bootloader_clear(struct bootloader *b);
#define CLEANUP_BOOTLOADER CLEANUP(bootloader_clear)

/* *ret is zeroed before. */
void bootloader_detect(const struct bootloader_facts *facts, struct bootloader *ret);

/* Whether it is configured as GRUB is: by shell variables. */
bool bootloader_is_grub(enum bootloader_kind kind);

/* "update-grub", "kernel-install add 6.12.1 /boot/vmlinuz-6.12.1": the commands as a person types them, with " && "
 * between them; "" when there is none. New string. */
char *bootloader_commands_text(const struct bootloader *b);

/* What to do to have words ("intel_iommu=on iommu=pt") on the kernel command line of this host: one sentence with the
 * exact line, file and command. ours: `boot-config --write` would write them for this configuration, and is named
 * first. New string. */
char *bootloader_remedy(const struct bootloader *b, const char *words, bool ours);

/* The same for a word that must go. where: "/etc/default/grub:6", or NULL when it is not known. */
char *bootloader_removal(const struct bootloader *b, const char *word, const char *where);
