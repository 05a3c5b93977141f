/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files of a boot loader, and the command line that their settings come to. */
#include "boot/boot-sources.h"

#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "boot/boot-cmdline.h"

void boot_files_clear(struct boot_files *files)
{
        for (size_t i = 0; i < files->n; i++) {
                free(files->items[i].name);
                free(files->items[i].text);
        }
        free(files->items);
        *files = (struct boot_files){ 0 };
}

void boot_files_add(struct boot_files *files, const char *name, const char *text)
{
        struct boot_file *f = ARRAY_APPEND(files->items, files->n, files->alloc);

        replace_string(&f->name, name);
        replace_string(&f->text, text);
}

const char *boot_files_find(const struct boot_files *files, const char *name)
{
        for (size_t i = 0; i < files->n; i++)
                if (streq(files->items[i].name, name))
                        return files->items[i].text;
        return NULL;
}

void boot_settings_clear(struct boot_settings *s)
{
        for (size_t i = 0; i < s->n; i++)
                free(s->items[i].value);
        free(s->items);
        *s = (struct boot_settings){ 0 };
}

static void add_part(const struct boot_file *file, unsigned number, const char *start, size_t len,
                     struct boot_settings *s)
{
        struct boot_setting *item = ARRAY_APPEND(s->items, s->n, s->alloc);

        *item = (struct boot_setting){ file->name, number, s->n_slots++, xstrndup(start, len), false };
}

/* The part of the command line that a line is, NULL: none. */
static const char *part_of(enum boot_syntax syntax, const char *line, unsigned number)
{
        static const char *const keys[] = { "options ", "options\t", "kernelopts=" /* of GRUB's environment block */ };
        size_t blank = strspn(line, " \t\r");

        if (syntax == BOOT_SYNTAX_LINE)
                return number == 1 ? line : NULL;
        if (syntax == BOOT_SYNTAX_LINES)
                return line[blank] && !strchr("#\n", line[blank]) ? line : NULL;
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                if (after_prefix(line + blank, keys[i]))
                        return after_prefix(line + blank, keys[i]);
        return NULL;
}

static void add_lines(enum boot_syntax syntax, const struct boot_file *file, struct boot_settings *s)
{
        const char *line = file->text;

        for (unsigned number = 1; *line; number++) {
                const char *end = line + strcspn(line, "\n"), *part = part_of(syntax, line, number);

                if (part && part < end)
                        add_part(file, number, part, (size_t) (end - part), s);
                line = end + (*end == '\n');
        }
}

void boot_settings_read(enum boot_syntax syntax, const struct boot_files *files, struct boot_settings *ret)
{
        CLEANUP_BOOT_SETTINGS struct boot_settings s = { 0 };

        if (syntax == BOOT_SYNTAX_SHELL) {
                boot_settings_of_grub(files, ret);
                return;
        }
        for (size_t i = 0; i < files->n; i++)
                add_lines(syntax, &files->items[i], &s);
        *ret = s;
        s = (struct boot_settings){ 0 };
}

/* The last setting of a slot, or NULL. */
static const struct boot_setting *last_of(const struct boot_settings *s, size_t slot)
{
        for (size_t i = s->n; i-- > 0;)
                if (s->items[i].slot == slot)
                        return &s->items[i];
        return NULL;
}

char *boot_settings_text(const struct boot_settings *s)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };

        for (size_t slot = 0; slot < s->n_slots; slot++) {
                const struct boot_setting *item = last_of(s, slot);

                if (item)
                        strbuf_addf(&text, "%s%s", text.len > 0 ? " " : "", item->value);
        }
        return strbuf_steal(&text);
}

const struct boot_setting *boot_settings_where(const struct boot_settings *s, const char *word)
{
        const struct boot_setting *found = NULL;

        for (size_t slot = 0; slot < s->n_slots && !found; slot++) {
                bool had = false;

                for (size_t i = 0; i < s->n; i++) {
                        const struct boot_setting *item = &s->items[i];
                        bool has = item->slot == slot && cmdline_has(item->value, word);

                        if (item->slot != slot)
                                continue;
                        if (!has)
                                found = NULL;
                        else if (!had)
                                found = item;
                        had = has;
                }
        }
        return found;
}
