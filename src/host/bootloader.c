/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what tells which boot loader starts this host: its files, its programs, and what it has told the kernel. */
#include "host/bootloader.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "util/array.h"
#include "util/macro.h"
#include "util/strbuf.h"
#include "util/strutil.h"

#define LOADER_INFO "sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
#define EFI_VARIABLE_MAX 4096

/* A text file, "" when it is not there or can't be read. Returns 0 or -ENOMEM. */
static int read_text(struct sys *sys, const char *path, char **ret)
{
        int r = sys_read_text(sys, path, ret);

        return r == 0 || r == -ENOMEM ? r : replace_string(ret, "");
}

/* The variable is 4 bytes of attributes and UTF-16; a loader's name is ASCII. */
static int read_loader_info(struct sys *sys, char **ret)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };
        unsigned char bytes[EFI_VARIABLE_MAX];
        ssize_t n = sys->ops->read(sys->userdata, LOADER_INFO, bytes, sizeof(bytes));

        for (ssize_t i = 4; i + 1 < n && (bytes[i] || bytes[i + 1]); i += 2)
                strbuf_addn(&text, bytes[i + 1] == 0 && isprint(bytes[i]) ? (const char *) &bytes[i] : "?", 1);
        return text.len > 0 || text.failed ? strbuf_steal(&text, ret) : 0;
}

static bool has_program(struct sys *sys, const char *name)
{
        char path[64];

        (void) snprintf(path, sizeof(path), "usr/sbin/%s", name);
        if (sys_exists(sys, path))
                return true;
        (void) snprintf(path, sizeof(path), "usr/bin/%s", name);
        return sys_exists(sys, path);
}

/* Whether a text file that can be read holds this. Returns 1, 0 or -ENOMEM. */
static int holds(struct sys *sys, const char *path, const char *what)
{
        CLEANUP_FREE char *text = NULL;
        int r = read_text(sys, path, &text);

        return r < 0 ? r : strstr(text, what) != NULL;
}

/* KEY=VALUE at the beginning of a line, with or without quotes. Returns 1, 0 or -ENOMEM. */
static int has_line(struct sys *sys, const char *path, const char *key, const char *value)
{
        CLEANUP_FREE char *text = NULL;
        char *rest, *line;
        int r = read_text(sys, path, &text), found = 0;

        for (rest = r < 0 ? NULL : text; (line = strsep(&rest, "\n"));) {
                const char *v = after_prefix(strip(line), key);

                if (!v)
                        continue;
                v += strspn(v, "\"'");
                found = strncmp(v, value, strlen(value)) == 0; /* the last counts */
        }
        return r < 0 ? r : found;
}

static int add_kernel(struct bootloader_facts *f, const char *version, const char *image, const char *initrd)
{
        struct boot_kernel *k = ARRAY_APPEND(f->kernels, f->n_kernels, f->alloc_kernels);
        int r = k ? replace_string(&k->version, version) : -ENOMEM;

        if (r == 0)
                r = replace_string(&k->image, image);
        return r < 0 ? r : replace_string(&k->initrd, initrd);
}

static int look_for_kernel(struct sys *sys, struct bootloader_facts *f, const char *version)
{
        char image[PATH_MAX], initrd[PATH_MAX];

        if (snprintf(image, sizeof(image), "/boot/vmlinuz-%s", version) >= (int) sizeof(image) ||
            snprintf(initrd, sizeof(initrd), "/boot/initrd.img-%s", version) >= (int) sizeof(initrd))
                return 0; /* no file's name */
        if (sys_exists(sys, image + 1))
                return add_kernel(f, version, image, sys_exists(sys, initrd + 1) ? initrd : NULL);
        if (snprintf(image, sizeof(image), "/usr/lib/modules/%s/vmlinuz", version) >= (int) sizeof(image) ||
            !sys_exists(sys, image + 1))
                return 0;
        return add_kernel(f, version, image, NULL);
}

static int read_kernels(struct sys *sys, struct bootloader_facts *f)
{
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;
        int r = sys_list(sys, "usr/lib/modules", &names, &n);

        if (r < 0)
                return r == -ENOMEM ? r : 0;
        for (size_t i = 0; i < n && r == 0; i++)
                r = look_for_kernel(sys, f, names[i]);
        return r;
}

/* Whether one of the places where an ESP is mounted has loader entries. */
static bool has_entries(struct sys *sys)
{
        static const char *const places[] = { "boot/loader/entries", "efi/loader/entries", "boot/efi/loader/entries" };

        for (size_t i = 0; i < ARRAY_SIZE(places); i++)
                if (sys_exists(sys, places[i]))
                        return true;
        return false;
}

static int read_grub(struct sys *sys, struct bootloader_facts *f)
{
        int r;

        f->grub_defaults = sys_exists(sys, &GRUB_DEFAULTS[1]);
        f->update_grub = has_program(sys, "update-grub");
        f->grub_mkconfig = has_program(sys, "grub-mkconfig");
        f->grub2_mkconfig = has_program(sys, "grub2-mkconfig");
        f->grubby = has_program(sys, "grubby");
        r = holds(sys, f->grub_mkconfig ? "usr/sbin/grub-mkconfig" : "usr/sbin/grub2-mkconfig", "/default/grub.d/");
        if (r < 0)
                return r;
        f->grub_drop_ins = r > 0;
        r = has_line(sys, &GRUB_DEFAULTS[1], "GRUB_ENABLE_BLSCFG=", "true");
        f->grub_bls = r > 0;
        return r < 0 ? r : 0;
}

int bootloader_read(struct sys *sys, struct bootloader_facts *ret)
{
        CLEANUP_BOOTLOADER_FACTS struct bootloader_facts f = { 0 };
        CLEANUP_FREE char *esps = NULL, *cmdline = NULL;
        int r = read_loader_info(sys, &f.loader_info);

        if (r == 0)
                r = read_text(sys, "proc/cmdline", &cmdline);
        if (r == 0)
                r = read_text(sys, "etc/kernel/proxmox-boot-uuids", &esps);
        if (r == 0)
                r = read_grub(sys, &f);
        if (r == 0)
                r = has_line(sys, "etc/kernel/install.conf", "layout=", "uki");
        if (r < 0)
                return r;
        f.unified = r > 0;
        f.efi = sys_exists(sys, "sys/firmware/efi");
        f.boot_image = after_prefix(cmdline, "BOOT_IMAGE=");
        f.proxmox = has_program(sys, "proxmox-boot-tool") && *strip(esps);
        f.kernel_install = has_program(sys, "kernel-install");
        f.entries = has_entries(sys);
        r = read_kernels(sys, &f);
        if (r < 0)
                return r;
        *ret = f;
        f = (struct bootloader_facts){ 0 };
        return 0;
}

int bootloader_find(struct sys *sys, struct bootloader *ret)
{
        CLEANUP_BOOTLOADER_FACTS struct bootloader_facts f = { 0 };
        int r = bootloader_read(sys, &f);

        return r < 0 ? r : bootloader_detect(&f, ret);
}
