/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what tells which boot loader starts this host: its files, its programs, and what it has told the kernel. */
#include "boot/bootloader-read.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "boot/boot-cmdline.h"
#include "boot/boot-generated.h"

/* The variables of the Boot Loader Interface. */
#define EFI_VARIABLE(name) "sys/firmware/efi/efivars/" name "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
#define EFI_VARIABLE_MAX 4096

char *boot_read_text(struct sys *sys, const char *path)
{
        char *text = NULL;

        return sys_read_text(sys, path, &text) == 0 ? text : xstrdup("");
}

/* A variable is 4 bytes of attributes and UTF-16; the names in it are ASCII. NULL: there is none. */
static char *read_variable(struct sys *sys, const char *path)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };
        unsigned char bytes[EFI_VARIABLE_MAX];
        ssize_t n = sys->ops->read(sys->userdata, path, bytes, sizeof(bytes));

        for (ssize_t i = 4; i + 1 < n && (bytes[i] || bytes[i + 1]); i += 2)
                strbuf_addn(&text, bytes[i + 1] == 0 && isprint(bytes[i]) ? (const char *) &bytes[i] : "?", 1);
        return text.len > 0 ? strbuf_steal(&text) : NULL;
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

/* Whether a text file that can be read holds this. */
static bool holds(struct sys *sys, const char *path, const char *what)
{
        CLEANUP_FREE char *text = boot_read_text(sys, path);

        return strstr(text, what) != NULL;
}

/* KEY=VALUE at the beginning of a line, with or without quotes. */
static bool has_line(struct sys *sys, const char *path, const char *key, const char *value)
{
        CLEANUP_FREE char *text = boot_read_text(sys, path);
        char *rest, *line;
        bool found = false;

        for (rest = text; (line = strsep(&rest, "\n"));) {
                const char *v = after_prefix(strip(line), key);

                if (!v)
                        continue;
                v += strspn(v, "\"'");
                found = strncmp(v, value, strlen(value)) == 0; /* the last counts */
        }
        return found;
}

static void add_kernel(struct bootloader_facts *f, const char *version, const char *image, const char *initrd)
{
        struct boot_kernel *k = ARRAY_APPEND(f->kernels, f->n_kernels, f->alloc_kernels);

        replace_string(&k->version, version);
        replace_string(&k->image, image);
        replace_string(&k->initrd, initrd);
}

static void look_for_kernel(struct sys *sys, struct bootloader_facts *f, const char *version)
{
        char image[PATH_MAX], initrd[PATH_MAX];

        if (snprintf(image, sizeof(image), "/boot/vmlinuz-%s", version) >= (int) sizeof(image) ||
            snprintf(initrd, sizeof(initrd), "/boot/initrd.img-%s", version) >= (int) sizeof(initrd))
                return; /* no file's name */
        if (sys_exists(sys, image + 1)) {
                add_kernel(f, version, image, sys_exists(sys, initrd + 1) ? initrd : NULL);
                return;
        }
        if (snprintf(image, sizeof(image), "/usr/lib/modules/%s/vmlinuz", version) >= (int) sizeof(image) ||
            !sys_exists(sys, image + 1))
                return;
        add_kernel(f, version, image, NULL);
}

static void read_kernels(struct sys *sys, struct bootloader_facts *f)
{
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;

        (void) sys_list(sys, "usr/lib/modules", &names, &n);
        for (size_t i = 0; i < n; i++)
                look_for_kernel(sys, f, names[i]);
}

const char *const boot_entry_places[BOOT_ENTRY_PLACES] = { "boot/loader/entries", "efi/loader/entries",
                                                           "boot/efi/loader/entries" };

bool boot_has_suffix(const char *name, const char *suffix)
{
        size_t n = strlen(name), k = strlen(suffix);

        return name[0] != '.' && n > k && streq(name + n - k, suffix);
}

/* The installed kernels, and the one that runs, which may be installed no more. */
struct versions {
        char **names;
        size_t n;
        char running[128];
};

static bool is_of_a_kernel(const struct versions *v, const char *name)
{
        for (size_t i = 0; i < v->n; i++)
                if (loader_entry_is_of(name, v->names[i]))
                        return true;
        return *v->running && loader_entry_is_of(name, v->running);
}

/* The entries of one directory. selected: the name of the one that was started, or "". */
static void read_place(struct sys *sys, const char *place, const char *selected, const struct versions *versions,
                       struct bootloader_facts *f)
{
        CLEANUP(names_freep) char **names = NULL;
        const char *last = NULL;
        size_t n = 0, n_entries = 0;
        bool found = false;
        char path[PATH_MAX];

        (void) sys_list(sys, place, &names, &n);
        f->entries = f->entries || sys_exists(sys, place);
        for (size_t i = 0; i < n; i++) {
                if (!boot_has_suffix(names[i], ".conf"))
                        continue;
                if (f->entries_of != BOOT_ENTRIES_MADE)
                        f->entries_of = is_of_a_kernel(versions, names[i]) ? BOOT_ENTRIES_MADE : BOOT_ENTRIES_OTHER;
                n_entries++;
                last = found ? last : names[i];
                found = found || streq(names[i], selected);
        }
        if (n_entries == 0 || f->entry)
                return;
        if (!found && n_entries > 1)
                last = NULL;
        (void) snprintf(path, sizeof(path), "/%s%s%s", place, last ? "/" : "", last ? last : "");
        replace_string(&f->entry, path);
}

static void read_entries(struct sys *sys, struct bootloader_facts *f)
{
        CLEANUP(names_freep) char **names = NULL;
        CLEANUP_FREE char *selected = read_variable(sys, EFI_VARIABLE("LoaderEntrySelected"));
        struct versions versions = { .n = 0 };

        (void) sys_list(sys, "usr/lib/modules", &names, &versions.n);
        versions.names = names;
        if (sys_read_attr(sys, "proc/sys/kernel/osrelease", versions.running, sizeof(versions.running)) < 0)
                versions.running[0] = '\0';
        for (size_t i = 0; i < BOOT_ENTRY_PLACES; i++)
                read_place(sys, boot_entry_places[i], selected ? selected : "", &versions, f);
}

/* Whether a directory has a file whose name ends like this, with the line (key NULL: with any). */
static bool has_file(struct sys *sys, const char *directory, const char *suffix, const char *key, const char *value)
{
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;
        bool found = false;

        (void) sys_list(sys, directory, &names, &n);
        for (size_t i = 0; i < n && !found; i++) {
                char path[PATH_MAX];

                if (boot_has_suffix(names[i], suffix) &&
                    snprintf(path, sizeof(path), "%s/%s", directory, names[i]) < (int) sizeof(path))
                        found = !key || has_line(sys, path, key, value);
        }
        return found;
}

/* kernel-install(8): install.conf of the first directory that has one, then its drop-ins. */
static bool has_layout_uki(struct sys *sys)
{
        static const char *const places[] = { "etc/kernel", "run/kernel", "usr/local/lib/kernel", "usr/lib/kernel" };
        char path[64];
        bool found = false;

        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
                (void) snprintf(path, sizeof(path), "%s/install.conf", places[i]);
                if (sys_exists(sys, path)) {
                        found = has_line(sys, path, "layout=", "uki");
                        break;
                }
        }
        for (size_t i = 0; i < ARRAY_SIZE(places) && !found; i++) {
                (void) snprintf(path, sizeof(path), "%s/install.conf.d", places[i]);
                found = has_file(sys, path, ".conf", "layout=", "uki");
        }
        return found;
}

/* What makes unified images, or has made some. */
static void read_unified(struct sys *sys, struct bootloader_facts *f)
{
        static const char *const places[] = { "boot/EFI/Linux", "efi/EFI/Linux", "boot/efi/EFI/Linux" };
        bool images = false;

        f->unified = has_layout_uki(sys);
        f->unified_mkinitcpio = has_file(sys, "etc/mkinitcpio.d", ".preset", "default_uki=", "");
        for (size_t i = 0; i < ARRAY_SIZE(places) && !images; i++)
                images = has_file(sys, places[i], ".efi", NULL, NULL);
        f->unified_images = images && f->entries_of == BOOT_ENTRIES_UNSEEN;
}

static void read_grub(struct sys *sys, struct bootloader_facts *f)
{
        f->grub_defaults = sys_exists(sys, &GRUB_DEFAULTS[1]);
        f->update_grub = has_program(sys, "update-grub");
        f->grub_mkconfig = has_program(sys, "grub-mkconfig");
        f->grub2_mkconfig = has_program(sys, "grub2-mkconfig");
        f->grubby = has_program(sys, "grubby");
        f->grub_drop_ins = holds(sys, f->grub_mkconfig ? "usr/sbin/grub-mkconfig" : "usr/sbin/grub2-mkconfig",
                                 "/default/grub.d/");
        f->grub_bls = has_line(sys, &GRUB_DEFAULTS[1], "GRUB_ENABLE_BLSCFG=", "true") ||
                      has_line(sys, "boot/grub2/grub.cfg", "blscfg", "");
}

static void read_programs(struct sys *sys, struct bootloader_facts *f)
{
        f->kernel_install = has_program(sys, "kernel-install");
        f->kernelstub = has_program(sys, "kernelstub");
        f->sdbootutil = has_program(sys, "sdbootutil");
        f->rpm_ostree = has_program(sys, "rpm-ostree");
        f->bootc = has_program(sys, "bootc");
        f->transactional = has_program(sys, "transactional-update");
        f->nixos = sys_exists(sys, "etc/NIXOS");
        f->ostree = sys_exists(sys, "run/ostree-booted");
        f->efi = sys_exists(sys, "sys/firmware/efi");
        f->stub = sys_exists(sys, EFI_VARIABLE("StubInfo"));
}

/* What the running kernel was given tells who gave it. */
static void read_running(struct sys *sys, struct bootloader_facts *f)
{
        CLEANUP_FREE char *cmdline = boot_read_text(sys, "proc/cmdline");
        struct cmdline_word w;
        const char *rest, *value;
        size_t len;

        f->boot_image = after_prefix(cmdline, "BOOT_IMAGE=");
        for (rest = cmdline; cmdline_next(&rest, &w);)
                f->initrd = f->initrd || cmdline_sets(&w, "initrd", &value, &len);
}

void bootloader_read(struct sys *sys, struct bootloader_facts *ret)
{
        CLEANUP_BOOTLOADER_FACTS struct bootloader_facts f = { 0 };
        CLEANUP_FREE char *esps = boot_read_text(sys, "etc/kernel/proxmox-boot-uuids");

        f.loader_info = read_variable(sys, EFI_VARIABLE("LoaderInfo"));
        read_programs(sys, &f);
        read_running(sys, &f);
        read_grub(sys, &f);
        read_kernels(sys, &f);
        read_entries(sys, &f);
        read_unified(sys, &f);
        f.proxmox = has_program(sys, "proxmox-boot-tool") && *strip(esps);
        *ret = f;
        f = (struct bootloader_facts){ 0 };
}

void bootloader_find(struct sys *sys, struct bootloader *ret)
{
        CLEANUP_BOOTLOADER_FACTS struct bootloader_facts f = { 0 };

        bootloader_read(sys, &f);
        bootloader_detect(&f, ret);
}
