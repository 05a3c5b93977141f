/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what the kernel command line of this host is made of: the loader's files, the CPU, firmware and kernel. */
#include "host/boot-host.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "core/boot-edit.h"
#include "host/bootloader.h"
#include "util/macro.h"
#include "util/strutil.h"

/* Adds a file, unless it is not there. Returns 1, 0 or a negative errno. */
static int add_file(struct sys *sys, struct boot_files *files, const char *name)
{
        CLEANUP_FREE char *text = NULL;
        int r = sys_read_text(sys, name + 1, &text);

        if (r == -ENOENT)
                return 0;
        if (r == 0)
                r = boot_files_add(files, name, text);
        return r < 0 ? sys_note_failed(sys, name + 1, r) : 1;
}

static bool is_drop_in(const char *name)
{
        size_t n = strlen(name);

        /* As the shell's *.cfg, which leaves out what begins with a dot. */
        return name[0] != '.' && n > strlen(".cfg") && streq(name + n - strlen(".cfg"), ".cfg");
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

                if (!is_drop_in(names[i]) ||
                    snprintf(name, sizeof(name), GRUB_DROP_INS "/%s", names[i]) >= (int) sizeof(name))
                        continue;
                r = add_file(sys, files, name);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int read_files(struct sys *sys, struct boot_host *h)
{
        int r;

        if (h->loader.kind == BOOTLOADER_UNKNOWN)
                return 0;
        if (bootloader_is_grub(h->loader.kind))
                return read_grub_files(sys, &h->files);
        r = add_file(sys, &h->files, KERNEL_CMDLINE);
        if (r == 0 && h->loader.kind == BOOTLOADER_SYSTEMD_BOOT)
                r = add_file(sys, &h->files, "/usr/lib/kernel/cmdline");
        return r < 0 ? r : 0;
}

/* "" when it can't be read, as of a captured tree. Returns 0 or -ENOMEM. */
static int read_optional(struct sys *sys, const char *path, char **ret)
{
        int r = sys_read_text(sys, path, ret);

        return r == 0 || r == -ENOMEM ? r : replace_string(ret, "");
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

static int read_iommu(struct sys *sys, struct boot_host *h)
{
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;
        int r = sys_list(sys, "sys/class/iommu", &names, &n);

        h->iommu = r == 0 && n > 0;
        return r == -ENOMEM ? r : 0;
}

/* The kernel's own configuration, as Debian and others lay it beside it. */
static int read_default(struct sys *sys, struct boot_host *h)
{
        CLEANUP_FREE char *text = NULL;
        char release[128], path[192];
        int r;

        if (sys_read_attr(sys, "proc/sys/kernel/osrelease", release, sizeof(release)) < 0)
                return 0;
        (void) snprintf(path, sizeof(path), "boot/config-%s", release);
        r = read_optional(sys, path, &text);
        if (r < 0)
                return r;
        if (strstr(text, "\nCONFIG_INTEL_IOMMU_DEFAULT_ON=y\n") ||
            strstr(text, "\nCONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF=y\n"))
                h->by_default = IOMMU_DEFAULT_ON;
        else if (strstr(text, "\n# CONFIG_INTEL_IOMMU_DEFAULT_ON is not set\n"))
                h->by_default = IOMMU_DEFAULT_OFF;
        return 0;
}

static int read_record(struct sys *sys, struct boot_host *h)
{
        CLEANUP_FREE char *text = NULL;
        int r = sys_read_text(sys, &BOOT_RECORD[1], &text);

        if (r < 0)
                return r == -ENOENT ? 0 : sys_note_failed(sys, &BOOT_RECORD[1], r);
        return boot_record_parse(text, &h->record);
}

int boot_host_read(struct sys *sys, struct boot_host *ret)
{
        CLEANUP_BOOT_HOST struct boot_host h = { 0 };
        char gvt[8] = "";
        int r = bootloader_find(sys, &h.loader);

        if (r == 0)
                r = read_files(sys, &h);
        if (r == 0 && !bootloader_is_grub(h.loader.kind))
                r = read_record(sys, &h);
        if (r == 0)
                r = read_optional(sys, "proc/cmdline", &h.running);
        if (r == 0)
                r = read_iommu(sys, &h);
        if (r == 0)
                r = read_default(sys, &h);
        if (r < 0)
                return r;
        read_cpu(sys, &h);
        h.gvt = sys_read_attr(sys, "sys/module/i915/parameters/enable_gvt", gvt, sizeof(gvt)) == 0 && streq(gvt, "Y");
        *ret = h;
        h = (struct boot_host){ 0 };
        return 0;
}
