/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A word is in the source file, with the loader, or in the running kernel alone: each asks for another step. */
#include "boot/boot-remedy.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "boot/boot-cmdline.h"

/* "/etc/default/grub:3"; a file that has it whole has no line. */
static void add_place(struct strbuf *b, const struct boot_setting *where)
{
        strbuf_addf(b, "%s:%u", where->file, where->line);
}

/* In a line behind the first, which proxmox-boot-tool leaves out. */
static void later_line(const struct boot_host *host, const char *word, struct strbuf *b)
{
        CLEANUP_BOOT_SETTINGS struct boot_settings settings = { 0 };
        const struct boot_setting *where;

        if (host->loader.syntax == BOOT_SYNTAX_LINE)
                boot_settings_read(BOOT_SYNTAX_LINES, &host->files, &settings);
        where = boot_settings_where(&settings, word);
        if (where && where->line > 1) {
                add_place(b, where);
                strbuf_addf(b, " has %s, but proxmox-boot-tool reads only the first line", word);
        }
}

/* In a file of another loader's. */
static void other_file(const struct boot_host *host, const char *word, struct strbuf *b)
{
        CLEANUP_BOOT_SETTINGS struct boot_settings shell = { 0 }, lines = { 0 };
        CLEANUP_BOOT_FILES struct boot_files grub = { 0 }, cmdline = { 0 };
        const struct boot_setting *where = NULL;

        for (size_t i = 0; i < host->unread.n; i++) {
                const struct boot_file *f = &host->unread.items[i];

                boot_files_add(streq(f->name, KERNEL_CMDLINE) ? &cmdline : &grub, f->name, f->text);
        }
        boot_settings_read(BOOT_SYNTAX_SHELL, &grub, &shell);
        boot_settings_read(BOOT_SYNTAX_LINES, &cmdline, &lines);
        where = boot_settings_where(&shell, word);
        where = where ? where : boot_settings_where(&lines, word);
        if (!where)
                return;
        add_place(b, where);
        if (host->loader.syntax == BOOT_SYNTAX_ENTRIES)
                strbuf_addf(b, " has %s, but the entries that this host boots are not made from it", word);
        else
                strbuf_addf(b, " has %s, but this host boots by %.*s, which does not read it", word,
                            (int) strcspn(host->loader.name, " "), host->loader.name);
}

char *boot_elsewhere(const struct boot_host *host, const char *word)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };

        later_line(host, word, &b);
        if (b.len == 0)
                other_file(host, word, &b);
        return b.len > 0 ? strbuf_steal(&b) : NULL;
}

/* It is in the file. Only when the loader has it as well is a reboot enough. */
static void finish(const struct boot_host *host, const struct boot_setting *where, const char *word, struct strbuf *b)
{
        CLEANUP_FREE char *commands = bootloader_commands_text(&host->loader);
        const char *given;
        enum boot_given state = boot_host_given(host, word, &given);

        if (state == BOOT_GIVEN_YES || !*commands)
                strbuf_add(b, "reboot: ");
        else
                strbuf_addf(b, "run: %s, and reboot: ", commands);
        add_place(b, where);
        if (state == BOOT_GIVEN_NO)
                strbuf_addf(b, " has %s, %s does not", word, given);
        else
                strbuf_addf(b, " has %s, the running kernel does not", word);
}

char *boot_remedy(const struct boot_host *host, const struct boot_settings *settings, const char *word, bool ours,
                  const char *hindrance)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        CLEANUP_FREE char *by_hand = NULL;
        const struct boot_setting *where = boot_settings_where(settings, word);

        if (where) {
                finish(host, where, word, &b);
                return strbuf_steal(&b);
        }
        by_hand = bootloader_remedy(&host->loader, word, ours && !hindrance);
        if (hindrance)
                strbuf_addf(&b, "%s; then ", hindrance);
        strbuf_add(&b, by_hand);
        return strbuf_steal(&b);
}

/* One that has the word and is made from the files, which have it no more; NULL: none. */
static const char *find_leftover(const struct boot_host *host, const char *word)
{
        for (size_t i = 0; i < host->given.n; i++)
                if (cmdline_has(host->given.items[i].text, word))
                        return host->given.items[i].name;
        return NULL;
}

char *boot_removal(const struct boot_host *host, const struct boot_settings *settings, const char *word)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        CLEANUP_FREE char *commands = bootloader_commands_text(&host->loader), *place = NULL;
        const struct boot_setting *where = boot_settings_where(settings, word);
        const char *leftover = where ? NULL : find_leftover(host, word);

        if (leftover && *commands) {
                strbuf_addf(&b, "run: %s, and reboot: %s has %s, %s does not", commands, leftover, word,
                            host->loader.syntax == BOOT_SYNTAX_SHELL ? GRUB_DEFAULTS : KERNEL_CMDLINE);
                return strbuf_steal(&b);
        }
        if (!where && host->given.n > 0 && host->files.n > 0) {
                strbuf_addf(&b, "reboot: only the running kernel has %s", word);
                return strbuf_steal(&b);
        }
        if (where)
                place = xasprintf("%s:%u", where->file, where->line);
        return bootloader_removal(&host->loader, word, place);
}
