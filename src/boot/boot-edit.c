/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What boot-config writes, and how it is taken out again. */
#include "boot/boot-edit.h"

#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "boot/boot-cmdline.h"

#define HEADER "# Written by passthru-setup boot-config --write; passthru-setup boot-config --undo removes it.\n"
#define RECORD_HEADER "# What passthru-setup boot-config --write added to " KERNEL_CMDLINE "; --undo removes it.\n"

void boot_edit_clear(struct boot_edit *e)
{
        free(e->before);
        free(e->after);
        free(e->record_before);
        free(e->record_after);
        free(e->backup);
        *e = (struct boot_edit){ 0 };
}

static bool is_wanted(const struct boot_word *w)
{
        return w->ours && w->state != BOOT_WORD_STALE;
}

/* The words of ours that are to be there. */
struct wanted {
        const char **words;
        size_t n, alloc;
};

static void wanted_clear(struct wanted *w)
{
        free(w->words);
}

static void find_wanted(const struct boot_needs *needs, struct wanted *ret)
{
        for (size_t i = 0; i < needs->n; i++) {
                const char **slot;

                if (!is_wanted(&needs->items[i]))
                        continue;
                slot = ARRAY_APPEND(ret->words, ret->n, ret->alloc);
                *slot = needs->items[i].word;
        }
}

static void build_grub(const struct boot_host *host, const struct wanted *wanted, struct boot_edit *e)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };

        replace_string(&e->before, boot_files_find(&host->files, GRUB_DROP_IN));
        if (wanted->n == 0)
                return;
        strbuf_add(&text, HEADER GRUB_VARIABLE "=\"$" GRUB_VARIABLE);
        for (size_t i = 0; i < wanted->n; i++)
                strbuf_addf(&text, " %s", wanted->words[i]);
        strbuf_add(&text, "\"\n");
        e->after = strbuf_steal(&text);
}

/* The file without our words; what it is made of where there is none. */
static char *base_of(const struct boot_host *host)
{
        CLEANUP_BOOT_FILES struct boot_files files = { 0 };
        CLEANUP_BOOT_SETTINGS struct boot_settings settings = { 0 };
        CLEANUP_FREE char *joined = NULL;
        const char *there;

        boot_host_settings(host, true, &files, &settings);
        there = boot_files_find(&files, KERNEL_CMDLINE);
        if (there)
                return xstrdup(there);
        if (files.n == 0)
                return cmdline_as_file(host->running);
        joined = boot_settings_text(&settings);
        return cmdline_as_file(joined);
}

/* created has its newline; NULL: there was a file. NULL: there is nothing to record. */
static char *format_record(const char *const *words, size_t n, const char *created)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };

        if (n == 0 && !created)
                return NULL;
        strbuf_add(&text, RECORD_HEADER);
        if (created)
                strbuf_addf(&text, "created %s", created);
        for (size_t i = 0; i < n; i++)
                strbuf_addf(&text, "word %s\n", words[i]);
        return strbuf_steal(&text);
}

static char *add_words(const struct wanted *wanted, const char *base)
{
        char *text = xstrdup(base);

        for (size_t i = 0; i < wanted->n; i++) {
                CLEANUP_FREE char *before = text;

                text = cmdline_add(before, wanted->words[i]);
        }
        return text;
}

static void build_cmdline(const struct boot_host *host, const struct wanted *wanted, struct boot_edit *e)
{
        const struct boot_record *record = &host->record;
        const char *there = boot_files_find(&host->files, KERNEL_CMDLINE), *created = there ? record->created : NULL;
        CLEANUP_FREE char *base = base_of(host);

        replace_string(&e->before, there);
        e->record_before = format_record((const char *const *) record->words, record->n, record->created);
        if (wanted->n > 0) {
                e->after = add_words(wanted, base);
                e->record_after = format_record(wanted->words, wanted->n, there ? created : base);
                if (there && !created && !streq_ptr(e->before, e->after))
                        e->backup = STEAL(base);
        } else if (there && !(created && streq(base, created)))
                e->after = STEAL(base); /* what we have made and nobody else has changed since is removed */
}

void boot_edit_build(const struct boot_host *host, const struct boot_needs *needs, struct boot_edit *ret)
{
        CLEANUP_BOOT_EDIT struct boot_edit e = { .file = host->loader.file };
        CLEANUP(wanted_clear) struct wanted wanted = { 0 };

        find_wanted(needs, &wanted);
        if (host->loader.syntax == BOOT_SYNTAX_SHELL)
                build_grub(host, &wanted, &e);
        else
                build_cmdline(host, &wanted, &e);
        *ret = e;
        e = (struct boot_edit){ 0 };
}

bool boot_edit_changes(const struct boot_edit *e)
{
        return !streq_ptr(e->before, e->after) || !streq_ptr(e->record_before, e->record_after);
}

static void add_lines(struct strbuf *b, const char *sign, const char *from, const char *to)
{
        while (from < to) {
                size_t n = strcspn(from, "\n");

                n = MIN_OF(n, (size_t) (to - from));
                strbuf_addf(b, "%s %.*s\n", sign, (int) n, from);
                from += n + 1;
        }
}

char *boot_edit_text(const struct boot_edit *e)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        const char *old = e->before ? e->before : "", *new = e->after ? e->after : "";
        const char *old_end = old + strlen(old), *new_end = new + strlen(new);
        size_t same = 0;

        if (streq_ptr(e->before, e->after))
                return strbuf_steal(&b);
        for (size_t i = 0; old[i] && old[i] == new[i]; i++)
                if (old[i] == '\n')
                        same = i + 1;
        /* What is the same behind it is left out by whole lines too. */
        for (const char *o = old_end, *n = new_end; o > old + same && n > new + same &&o[-1] == n[-1];) {
                o--;
                n--;
                if (o > old + same && n > new + same &&o[-1] == '\n' && n[-1] == '\n') {
                        old_end = o;
                        new_end = n;
                }
        }
        add_lines(&b, "-", old + same, old_end);
        add_lines(&b, "+", new + same, new_end);
        return strbuf_steal(&b);
}

/* The loader's files as they will be; the drop-in where its name sorts it. */
static void files_after(const struct boot_host *host, const struct boot_edit *e, struct boot_files *ret)
{
        bool put = !e->after;

        for (size_t i = 0; i < host->files.n; i++) {
                const struct boot_file *f = &host->files.items[i];
                bool is = streq(f->name, e->file);

                /* What is read first has no number among the drop-ins. */
                if (!put && (is || (i > 0 && strcmp(f->name, e->file) > 0))) {
                        boot_files_add(ret, e->file, e->after);
                        put = true;
                }
                if (!is)
                        boot_files_add(ret, f->name, f->text);
        }
        if (!put)
                boot_files_add(ret, e->file, e->after);
}

/* The last line behind our file that sets our variable again; NULL: there is none. */
static const struct boot_setting *find_override(const struct boot_settings *s, const char *file)
{
        for (size_t i = s->n; i-- > 0;) {
                if (streq(s->items[i].file, file))
                        return NULL;
                if (s->items[i].slot == s->n_slots - 1)
                        return &s->items[i];
        }
        return NULL;
}

static const char *word_that_fails(const struct boot_needs *needs, const char *cmdline)
{
        for (size_t i = 0; i < needs->n; i++)
                if (is_wanted(&needs->items[i]) && !boot_word_counts(cmdline, needs->items[i].word))
                        return needs->items[i].word;
        return NULL;
}

static void tell_hindrance(const struct boot_host *host, const struct boot_settings *s, const char *cmdline,
                           const char *word, const struct boot_edit *e, struct strbuf *b)
{
        bool grub = host->loader.syntax == BOOT_SYNTAX_SHELL;
        const struct boot_setting *override = grub ? find_override(s, e->file) : NULL;

        if (cmdline_has(cmdline, word))
                strbuf_addf(b, "%s would have no effect: a later parameter says the opposite; remove that first",
                            word);
        else if (override)
                strbuf_addf(b,
                            "%s would have no effect: %s:%u sets " GRUB_VARIABLE
                            " again after %s; make it keep the earlier value (\"$" GRUB_VARIABLE " ...\")",
                            word, override->file, override->line, e->file);
        else
                strbuf_addf(b, "%s would have no effect: it comes after \"--\", which leaves the rest to init", word);
}

/* Whether the first line is not all that there is. */
static bool has_lines_left_out(const struct boot_files *files)
{
        const char *text = boot_files_find(files, KERNEL_CMDLINE), *first = text ? text + strspn(text, " \t") : "";
        bool comment = *first == '#' || *first == '\n';

        for (const char *line = strchr(first, '\n'); line; line = strchr(line, '\n')) {
                line++;
                if (!strchr("#\n", line[strspn(line, " \t\r")]))
                        return true;
        }
        return comment;
}

char *boot_edit_hindrance(const struct boot_host *host, const struct boot_needs *needs, const struct boot_edit *e)
{
        CLEANUP_BOOT_FILES struct boot_files files = { 0 };
        CLEANUP_BOOT_SETTINGS struct boot_settings settings = { 0 };
        CLEANUP_STRBUF struct strbuf b = { 0 };
        CLEANUP_FREE char *text = NULL;
        const char *word;

        files_after(host, e, &files);
        boot_settings_read(host->loader.syntax, &files, &settings);
        text = boot_settings_text(&settings);
        word = word_that_fails(needs, text);
        if (host->loader.syntax == BOOT_SYNTAX_LINE && boot_edit_changes(e) && has_lines_left_out(&files))
                strbuf_add(&b, KERNEL_CMDLINE " has more than one line, and proxmox-boot-tool reads only the first: "
                                              "join them into one first");
        else if (word)
                tell_hindrance(host, &settings, text, word, e, &b);
        else
                return NULL;
        return strbuf_steal(&b);
}

void boot_record_parse(const char *text, struct boot_record *ret)
{
        while (text && *text) {
                size_t len = strcspn(text, "\n");
                const char *word = after_prefix(text, "word "), *created = after_prefix(text, "created ");

                if (word && word < text + len) {
                        char **slot = ARRAY_APPEND(ret->words, ret->n, ret->alloc);

                        *slot = xstrndup(word, (size_t) (text + len - word));
                } else if (created && text[len]) {
                        free(ret->created);
                        ret->created = xstrndup(created, (size_t) (text + len + 1 - created));
                }
                text += len + (text[len] == '\n');
        }
}
