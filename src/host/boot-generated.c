/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what the loader was given in the end: grub.cfg, or the loader entries of the installed kernels. */
#include "core/boot-generated.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "core/boot-cmdline.h"
#include "host/boot-host.h"
#include "util/macro.h"
#include "util/strutil.h"

/* Each word of ours is there, and none that is stale. */
static bool is_same(const struct boot_needs *needs, const char *cmdline)
{
        for (size_t i = 0; i < needs->n; i++) {
                const struct boot_word *w = &needs->items[i];

                if (w->ours && cmdline_has(cmdline, w->word) == (w->state == BOOT_WORD_STALE))
                        return false;
        }
        return true;
}

static int answer(bool same, const char *path, char **ret_where)
{
        if (same)
                return BOOT_GENERATED_SAME;
        return asprintf(ret_where, "/%s", path) < 0 ? -ENOMEM : BOOT_GENERATED_OTHER;
}

static int look_at_grub(struct sys *sys, const struct boot_needs *needs, char **ret_where)
{
        const char *path = sys_exists(sys, "boot/grub2/grub.cfg") ? "boot/grub2/grub.cfg" : "boot/grub/grub.cfg";
        CLEANUP_FREE char *text = NULL, *cmdline = NULL;
        int r = sys_read_text(sys, path, &text);

        if (r == 0)
                r = grub_cfg_cmdline(text, &cmdline);
        if (r == -ENOENT)
                return answer(false, path, ret_where);
        if (r < 0)
                return sys_note_failed(sys, path, r);
        return answer(is_same(needs, cmdline), path, ret_where);
}

/* The entry of a kernel in a directory, into path. 1 found, 0 not, -errno. */
static int find_entry(struct sys *sys, const char *version, char path[PATH_MAX])
{
        static const char *const places[] = { "boot/loader/entries", "efi/loader/entries", "boot/efi/loader/entries" };

        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
                CLEANUP(names_freep) char **names = NULL;
                size_t n = 0;
                int r = sys_list(sys, places[i], &names, &n);

                if (r < 0 && r != -ENOENT)
                        return r;
                for (size_t k = 0; k < n; k++)
                        if (loader_entry_is_of(names[k], version) &&
                            snprintf(path, PATH_MAX, "%s/%s", places[i], names[k]) < PATH_MAX)
                                return 1;
        }
        return 0;
}

static int look_at_entry(struct sys *sys, const char *version, const struct boot_needs *needs, char **ret_where)
{
        CLEANUP_FREE char *text = NULL, *cmdline = NULL;
        char path[PATH_MAX] = "";
        int r = find_entry(sys, version, path);

        if (r == 0)
                return asprintf(ret_where, "the entry of Linux %s", version) < 0 ? -ENOMEM : BOOT_GENERATED_OTHER;
        if (r > 0)
                r = sys_read_text(sys, path, &text);
        if (r == 0)
                r = loader_entry_cmdline(text, &cmdline);
        if (r < 0)
                return sys_note_failed(sys, path, r);
        return answer(is_same(needs, cmdline), path, ret_where);
}

static bool has_ours(const struct boot_needs *needs)
{
        for (size_t i = 0; i < needs->n; i++)
                if (needs->items[i].ours)
                        return true;
        return false;
}

int boot_host_generated(struct sys *sys, const struct boot_host *host, const struct boot_needs *needs,
                        char **ret_where)
{
        int r = BOOT_GENERATED_SAME;

        if (!has_ours(needs)) /* then it is none of our business, not even whether it is there */
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
