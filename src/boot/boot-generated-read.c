/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what the loader has in the end: grub.cfg, or the loader entries of the installed kernels. */
#include "boot/boot-generated.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "boot/boot-cmdline.h"
#include "boot/boot-host.h"
#include "boot/bootloader-read.h"

/* A word that our run of the command is to bring to the loader, or away from it. */
static bool matters(const struct boot_word *w)
{
        return w->ours || w->state == BOOT_WORD_REFRESH;
}

/* Each such word is there, and none that is stale. */
static bool is_same(const struct boot_needs *needs, const char *cmdline)
{
        for (size_t i = 0; i < needs->n; i++) {
                const struct boot_word *w = &needs->items[i];

                if (matters(w) && cmdline_has(cmdline, w->word) == (w->state == BOOT_WORD_STALE))
                        return false;
        }
        return true;
}

static int answer(bool same, const char *path, char **ret_where)
{
        if (same)
                return BOOT_GENERATED_SAME;
        *ret_where = xasprintf("/%s", path);
        return BOOT_GENERATED_OTHER;
}

/* The command line in grub.cfg: a new string. *ret_path: which that is. -ENOENT: there is none. */
static int read_grub_cfg(struct sys *sys, const char **ret_path, char **ret)
{
        CLEANUP_FREE char *text = NULL;
        int r;

        *ret_path = sys_exists(sys, "boot/grub2/grub.cfg") ? "boot/grub2/grub.cfg" : "boot/grub/grub.cfg";
        r = sys_read_text(sys, *ret_path, &text);
        return r < 0 ? r : grub_cfg_cmdline(text, ret);
}

static int look_at_grub(struct sys *sys, const struct boot_needs *needs, char **ret_where)
{
        CLEANUP_FREE char *cmdline = NULL;
        const char *path;
        int r = read_grub_cfg(sys, &path, &cmdline);

        if (r == -ENOENT)
                return answer(false, path, ret_where);
        if (r < 0)
                return sys_note_failed(sys, path, r);
        return answer(is_same(needs, cmdline), path, ret_where);
}

/* The entry of a kernel in a directory, into path. 1 found, 0 not, -errno. */
static int find_entry(struct sys *sys, const char *version, char path[PATH_MAX])
{
        for (size_t i = 0; i < BOOT_ENTRY_PLACES; i++) {
                CLEANUP(names_freep) char **names = NULL;
                size_t n = 0;
                int r = sys_list(sys, boot_entry_places[i], &names, &n);

                if (r < 0 && r != -ENOENT)
                        return r;
                for (size_t k = 0; k < n; k++)
                        if (loader_entry_is_of(names[k], version) &&
                            snprintf(path, PATH_MAX, "%s/%s", boot_entry_places[i], names[k]) < PATH_MAX)
                                return 1;
        }
        return 0;
}

/* The command line of a kernel's entry: a new string. 1 found, 0 not, -errno. */
static int read_entry(struct sys *sys, const char *version, char path[PATH_MAX], char **ret)
{
        CLEANUP_FREE char *text = NULL;
        int r = find_entry(sys, version, path);

        if (r > 0)
                r = sys_read_text(sys, path, &text);
        if (!text)
                return r;
        *ret = loader_entry_cmdline(text);
        return 1;
}

static int look_at_entry(struct sys *sys, const char *version, const struct boot_needs *needs, char **ret_where)
{
        CLEANUP_FREE char *cmdline = NULL;
        char path[PATH_MAX] = "";
        int r = read_entry(sys, version, path, &cmdline);

        if (r == 0) {
                *ret_where = xasprintf("the entry of Linux %s", version);
                return BOOT_GENERATED_OTHER;
        }
        if (r < 0)
                return sys_note_failed(sys, path, r);
        return answer(is_same(needs, cmdline), path, ret_where);
}

static void add_given(struct boot_files *given, const char *path, const char *cmdline)
{
        char name[PATH_MAX];

        if (snprintf(name, sizeof(name), "/%s", path) < (int) sizeof(name))
                boot_files_add(given, name, cmdline);
}

/* The entries of the installed kernels; those of a kernel that has none, and what can't be read, are not seen. */
static void read_given_entries(struct sys *sys, const struct bootloader_facts *facts, struct boot_files *given)
{
        for (size_t i = 0; i < facts->n_kernels; i++) {
                CLEANUP_FREE char *cmdline = NULL;
                char path[PATH_MAX] = "";

                if (read_entry(sys, facts->kernels[i].version, path, &cmdline) > 0)
                        add_given(given, path, cmdline);
        }
}

void boot_host_read_given(struct sys *sys, const struct bootloader *loader, const struct bootloader_facts *facts,
                          struct boot_files *given)
{
        CLEANUP_FREE char *cmdline = NULL;
        const char *path;

        switch (loader->kind) {
        case BOOTLOADER_GRUB:
                if (loader->syntax != BOOT_SYNTAX_ENTRIES && read_grub_cfg(sys, &path, &cmdline) == 0)
                        add_given(given, path, cmdline);
                return;
        case BOOTLOADER_SYSTEMD_BOOT:
        case BOOTLOADER_PROXMOX_SYSTEMD_BOOT:
                if (loader->syntax != BOOT_SYNTAX_ENTRIES)
                        read_given_entries(sys, facts, given);
                return;
        default:
                return;
        }
}

static bool any_matters(const struct boot_needs *needs)
{
        for (size_t i = 0; i < needs->n; i++)
                if (matters(&needs->items[i]))
                        return true;
        return false;
}

int boot_host_generated(struct sys *sys, const struct boot_host *host, const struct boot_needs *needs,
                        char **ret_where)
{
        int r = BOOT_GENERATED_SAME;

        if (!any_matters(needs)) /* then it is none of our business, not even whether it is there */
                return r;
        switch (host->loader.kind) {
        case BOOTLOADER_GRUB:
                return look_at_grub(sys, needs, ret_where);
        case BOOTLOADER_SYSTEMD_BOOT:
                for (size_t i = 0; i < host->loader.n_commands && r == BOOT_GENERATED_SAME; i++)
                        r = look_at_entry(sys, host->loader.commands[i].argv[2], needs, ret_where);
                return r;
        default:
                return BOOT_GENERATED_UNSEEN;
        }
}
