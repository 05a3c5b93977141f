/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Assignments in /etc/default/grub and its drop-ins: as much of the shell's grammar (POSIX, 2.2 and 2.3) as gives a
 * variable its value, and nothing executed. */
#include "boot/boot-sources.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strutil.h"

/* grub-mkconfig puts the one before the other on the lines of its entries (10_linux). */
static const char *const parts[] = { "GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT" };

struct variable {
        char *name;
        char *value;
        bool unsure;
};

struct reader {
        const char *s; /* what is left of the file */
        unsigned line;
        struct variable *variables; /* of all files so far */
        size_t n, alloc;
};

static void reader_clear(struct reader *r)
{
        for (size_t i = 0; i < r->n; i++) {
                free(r->variables[i].name);
                free(r->variables[i].value);
        }
        free(r->variables);
}

static bool is_name(char c)
{
        return isalnum((unsigned char) c) || c == '_';
}

static size_t name_length(const char *s)
{
        size_t n = 0;

        while (is_name(s[n]))
                n++;
        return isdigit((unsigned char) *s) ? 0 : n;
}

static struct variable *find_variable(struct reader *r, const char *name, size_t len)
{
        for (size_t i = 0; i < r->n; i++)
                if (strlen(r->variables[i].name) == len && strncmp(r->variables[i].name, name, len) == 0)
                        return &r->variables[i];
        return NULL;
}

static char take(struct reader *r)
{
        r->line += *r->s == '\n';
        return *r->s++;
}

/* Goes past what ends with `close`, one that is opened in it with it; only to find its end. */
static void skip_nested(struct reader *r, char open, char close)
{
        unsigned depth = 1;

        while (*r->s && depth > 0) {
                char c = take(r);

                if (c == '\\' && *r->s)
                        (void) take(r);
                else if (c == close)
                        depth--;
                else if (c == open)
                        depth++;
        }
}

/* Behind a "$". What only a shell can tell is left out, and noted. */
static void expand(struct reader *r, struct strbuf *value, bool *unsure)
{
        bool brace = *r->s == '{';
        size_t len = name_length(r->s + brace);
        const char *name = r->s + brace;

        if (len > 0 && (!brace || name[len] == '}')) {
                const struct variable *v = find_variable(r, name, len);

                r->s = name + len + brace;
                strbuf_add(value, v && v->value ? v->value : "");
                *unsure = *unsure || (v && v->unsure);
                return;
        }
        if (brace || *r->s == '(') {
                char open = take(r);

                skip_nested(r, open, open == '{' ? '}' : ')');
                *unsure = true;
                return;
        }
        if (*r->s && strchr("0123456789@*#?-!$", *r->s)) { /* of the shell itself */
                (void) take(r);
                *unsure = true;
                return;
        }
        strbuf_add(value, "$"); /* one that stands alone */
}

/* What double quotes do not change: an expansion, or the character itself. */
static void read_unescaped(struct reader *r, char c, struct strbuf *value, bool *unsure)
{
        if (c == '$')
                expand(r, value, unsure);
        else if (c == '`') {
                skip_nested(r, '\0', '`');
                *unsure = true;
        } else
                strbuf_addn(value, &c, 1);
}

static void read_double_quoted(struct reader *r, struct strbuf *value, bool *unsure)
{
        while (*r->s && *r->s != '"') {
                char c = take(r);

                if (c == '\\' && *r->s && strchr("$`\"\\\n", *r->s)) {
                        c = take(r);
                        if (c != '\n')
                                strbuf_addn(value, &c, 1);
                } else
                        read_unescaped(r, c, value, unsure);
        }
        if (*r->s)
                (void) take(r);
}

/* A word: up to a blank or an operator that is not quoted. */
static void read_word(struct reader *r, struct strbuf *value, bool *unsure)
{
        while (*r->s && !strchr(" \t\n;&|<>()", *r->s)) {
                char c = take(r);

                if (c == '\'') {
                        size_t n = strcspn(r->s, "'");

                        strbuf_addn(value, r->s, n);
                        for (size_t i = 0; i < n; i++)
                                (void) take(r);
                        if (*r->s)
                                (void) take(r);
                } else if (c == '"')
                        read_double_quoted(r, value, unsure);
                else if (c == '\\') {
                        c = *r->s ? take(r) : '\n';
                        if (c != '\n')
                                strbuf_addn(value, &c, 1);
                } else
                        read_unescaped(r, c, value, unsure);
        }
}

static void note(const struct boot_file *file, unsigned line, const struct variable *v, struct boot_settings *s)
{
        for (size_t slot = 0; slot < ARRAY_SIZE(parts); slot++) {
                struct boot_setting *item;

                if (!streq(v->name, parts[slot]))
                        continue;
                item = ARRAY_APPEND(s->items, s->n, s->alloc);
                *item = (struct boot_setting){ file->name, line, slot, xstrdup(v->value), v->unsure };
                return;
        }
}

/* At NAME= or NAME+=. */
static void read_assignment(struct reader *r, const struct boot_file *file, size_t len, struct boot_settings *s)
{
        CLEANUP_STRBUF struct strbuf value = { 0 };
        unsigned line = r->line;
        const char *name = r->s;
        bool append = name[len] == '+', unsure = false;
        struct variable *v = find_variable(r, name, len);

        if (!v) {
                v = ARRAY_APPEND(r->variables, r->n, r->alloc);
                v->name = xstrndup(name, len);
        } else if (append) {
                strbuf_add(&value, v->value ? v->value : "");
                unsure = v->unsure;
        }
        r->s += len + (append ? 2 : 1);
        read_word(r, &value, &unsure);
        v = find_variable(r, name, len);
        v->unsure = unsure;
        free(v->value);
        v->value = strbuf_steal(&value);
        note(file, line, v, s);
}

/* At the beginning of a word of a command. */
static void read_command_word(struct reader *r, const struct boot_file *file, struct boot_settings *s)
{
        CLEANUP_STRBUF struct strbuf word = { 0 };
        size_t len = name_length(r->s);
        bool unsure = false;

        if (len > 0 && (r->s[len] == '=' || (r->s[len] == '+' && r->s[len + 1] == '='))) {
                read_assignment(r, file, len, s);
                return;
        }
        read_word(r, &word, &unsure);
}

/* Assignments are taken wherever they stand (behind export, in an if): what is so in truth the generated configuration
 * tells, which is looked at after a change. */
static void read_file(struct reader *r, const struct boot_file *file, struct boot_settings *s)
{
        r->s = file->text;
        r->line = 1;
        while (*r->s)
                if (*r->s == '#')
                        r->s += strcspn(r->s, "\n");
                else if (strchr(" \t\n;&|<>()", *r->s))
                        (void) take(r);
                else
                        read_command_word(r, file, s);
}

void boot_settings_of_grub(const struct boot_files *files, struct boot_settings *ret)
{
        CLEANUP_BOOT_SETTINGS struct boot_settings s = { .n_slots = ARRAY_SIZE(parts) };
        CLEANUP(reader_clear) struct reader reader = { 0 };

        for (size_t i = 0; i < files->n; i++)
                read_file(&reader, &files->items[i], &s);
        *ret = s;
        s = (struct boot_settings){ 0 };
}
