/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what the kernel command line of this host is made of: the loader's files, the CPU, firmware and kernel. */
#include "boot/boot-host.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "boot/boot-edit.h"
#include "boot/bootloader-read.h"
#include "boot/initramfs-made-read.h"

/* Adds a file, unless it is not there. Returns 1, 0 or a negative errno. */
static int add_file(struct sys *sys, struct boot_files *files, const char *name)
{
        CLEANUP_FREE char *text = NULL;
        int r = sys_read_text(sys, name + 1, &text);

        if (r == -ENOENT)
                return 0;
        if (r == 0)
                boot_files_add(files, name, text);
        return r < 0 ? sys_note_failed(sys, name + 1, r) : 1;
}

static int read_grub_files(struct sys *sys, struct boot_files *files)
{
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;
        int r = add_file(sys, files, GRUB_DEFAULTS);

        if (r >= 0)
                r = sys_list(sys, &GRUB_DROP_INS[1], &names, &n);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        for (size_t i = 0; i < n; i++) {
                char name[PATH_MAX];

                if (!boot_has_suffix(names[i], ".cfg") ||
                    snprintf(name, sizeof(name), GRUB_DROP_INS "/%s", names[i]) >= (int) sizeof(name))
                        continue;
                r = add_file(sys, files, name);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* The entries that are edited themselves: the one that was started, or all of the directory; and the variable that
 * some of Fedora's and Red Hat's hold in the place of the words. */
static int read_entries(struct sys *sys, const char *entry, struct boot_files *files)
{
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;
        bool variable = false;
        int r = sys_list(sys, entry + 1, &names, &n);

        if (r < 0)
                r = add_file(sys, files, entry);
        for (size_t i = 0; i < n && r >= 0; i++) {
                char name[PATH_MAX];

                if (boot_has_suffix(names[i], ".conf") &&
                    snprintf(name, sizeof(name), "%s/%s", entry, names[i]) < (int) sizeof(name))
                        r = add_file(sys, files, name);
        }
        for (size_t i = 0; i < files->n; i++)
                variable = variable || strstr(files->items[i].text, "$kernelopts");
        return r < 0 || !variable ? r : add_file(sys, files, "/boot/grub2/grubenv");
}

static int read_files(struct sys *sys, struct boot_host *h)
{
        int r;

        switch (h->loader.syntax) {
        case BOOT_SYNTAX_NONE:
                return 0;
        case BOOT_SYNTAX_SHELL:
                return read_grub_files(sys, &h->files);
        case BOOT_SYNTAX_ENTRIES:
                return read_entries(sys, h->loader.entry, &h->files);
        default:
                r = add_file(sys, &h->files, KERNEL_CMDLINE);
                if (r == 0 && h->loader.syntax == BOOT_SYNTAX_LINES)
                        r = add_file(sys, &h->files, "/usr/lib/kernel/cmdline");
                return r;
        }
}

/* What is edited in vain. Of a loader that is not known it can't be said. */
static void read_unread(struct sys *sys, struct boot_host *h)
{
        enum boot_syntax syntax = h->loader.syntax;
        int r = 0;

        if (syntax == BOOT_SYNTAX_NONE)
                return;
        if (syntax != BOOT_SYNTAX_SHELL)
                r = read_grub_files(sys, &h->unread);
        if (r >= 0 && (syntax == BOOT_SYNTAX_SHELL || syntax == BOOT_SYNTAX_ENTRIES))
                (void) add_file(sys, &h->unread, KERNEL_CMDLINE);
}

/* The first CPU's lines say it; with hundreds of CPUs the whole file has megabytes. */
static void read_cpu(struct sys *sys, struct boot_host *h)
{
        char text[1024];
        ssize_t n = sys->ops->read(sys->userdata, "proc/cpuinfo", text, sizeof(text) - 1);

        text[n > 0 ? n : 0] = '\0';
        h->dmar = sys_exists(sys, "sys/firmware/acpi/tables/DMAR");
        h->intel = h->dmar || strstr(text, "GenuineIntel");
        h->amd = !h->intel && (sys_exists(sys, "sys/firmware/acpi/tables/IVRS") || strstr(text, "AuthenticAMD") ||
                               strstr(text, "HygonGenuine"));
}

static void read_iommu(struct sys *sys, struct boot_host *h)
{
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;

        h->iommu = sys_list(sys, "sys/class/iommu", &names, &n) == 0 && n > 0;
}

/* The kernel's own configuration: beside its image, or with its modules, where Fedora has it, and Debian from Linux 7
 * on. */
static char *read_config(struct sys *sys)
{
        static const char *const places[] = { "boot/config-%s", "usr/lib/modules/%s/config", "lib/modules/%s/config" };
        char release[128], path[192], *text = NULL;

        if (sys_read_attr(sys, "proc/sys/kernel/osrelease", release, sizeof(release)) < 0)
                return xstrdup("");
        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
                (void) snprintf(path, sizeof(path), places[i], release);
                if (sys_read_text(sys, path, &text) == 0)
                        return text;
        }
        return xstrdup("");
}

static void read_default(struct sys *sys, struct boot_host *h)
{
        CLEANUP_FREE char *text = read_config(sys);

        if (strstr(text, "\nCONFIG_INTEL_IOMMU_DEFAULT_ON=y\n") ||
            strstr(text, "\nCONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF=y\n"))
                h->by_default = IOMMU_DEFAULT_ON;
        else if (strstr(text, "\n# CONFIG_INTEL_IOMMU_DEFAULT_ON is not set\n"))
                h->by_default = IOMMU_DEFAULT_OFF;
}

static int read_record(struct sys *sys, struct boot_host *h)
{
        CLEANUP_FREE char *text = NULL;
        int r = sys_read_text(sys, &BOOT_RECORD[1], &text);

        if (r < 0)
                return r == -ENOENT ? 0 : sys_note_failed(sys, &BOOT_RECORD[1], r);
        boot_record_parse(text, &h->record);
        return 0;
}

int boot_host_read(struct sys *sys, struct boot_host *ret)
{
        CLEANUP_BOOT_HOST struct boot_host h = { 0 };
        CLEANUP_BOOTLOADER_FACTS struct bootloader_facts facts = { 0 };
        struct initramfs_made made;
        char gvt[8] = "";
        int r;

        bootloader_read(sys, &facts);
        bootloader_detect(&facts, &h.loader);
        r = read_files(sys, &h);
        if (r >= 0 && h.loader.syntax != BOOT_SYNTAX_SHELL)
                r = read_record(sys, &h);
        if (r < 0)
                return r;
        read_unread(sys, &h);
        boot_host_read_given(sys, &h.loader, &facts, &h.given);
        h.running = boot_read_text(sys, "proc/cmdline");
        read_iommu(sys, &h);
        read_default(sys, &h);
        initramfs_made_read(sys, &made);
        h.no_claim = !made.claims;
        read_cpu(sys, &h);
        h.gvt = sys_read_attr(sys, "sys/module/i915/parameters/enable_gvt", gvt, sizeof(gvt)) == 0 && streq(gvt, "Y");
        *ret = h;
        h = (struct boot_host){ 0 };
        return 0;
}
