/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a person reads of the kernel command line: its words, and what is to be done. */
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "boot/boot-cmdline.h"
#include "boot/boot-remedy.h"
#include "view/render-boot.h"
#include "view/rows-internal.h"

enum { WORD, STATE, WHERE, WHY };

static const struct column columns[ROW_COLUMNS] = {
        [WORD] = { "WORD", COLUMN_NAME, .share = 0.4 },
        [STATE] = { "STATE", .role = COLUMN_VERDICT },
        [WHERE] = { "WHERE", .fold = FOLD_BELOW, .into = WHY },
        [WHY] = { "WHY", .share = 0.4 },
};

static const enum row_color colors[BOOT_WORD_STATE_MAX] = {
        [BOOT_WORD_THERE] = ROW_GOOD,      [BOOT_WORD_REBOOT] = ROW_CHANGE, [BOOT_WORD_REFRESH] = ROW_CHANGE,
        [BOOT_WORD_ADD] = ROW_CHANGE,      [BOOT_WORD_OPTIONAL] = ROW_DIM,  [BOOT_WORD_STALE] = ROW_CHANGE,
        [BOOT_WORD_NEEDLESS] = ROW_CHANGE, [BOOT_WORD_HARMFUL] = ROW_BAD,
};

void rows_of_boot(const struct boot_needs *needs, struct row_list *ret)
{
        ret->columns = columns;
        for (size_t i = 0; i < needs->n; i++) {
                const struct boot_word *w = &needs->items[i];
                struct row *row = add_row(ret, colors[w->state]);
                CLEANUP_STRBUF struct strbuf where = { 0 };

                row_set_text(row, WORD, w->word);
                row_set_text(row, STATE, boot_word_state_name(w->state));
                if (w->file) {
                        strbuf_add(&where, w->file);
                        if (w->line > 0)
                                strbuf_addf(&where, ":%u", w->line);
                        row_set(row, WHERE, &where);
                }
                row_set_text(row, WHY, w->why);
        }
}

/* "intel_iommu=on i915.enable_gvt=1": what is to be added. */
static char *added_words(const struct boot_needs *needs)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };

        for (size_t i = 0; i < needs->n; i++)
                if (needs->items[i].state == BOOT_WORD_ADD)
                        strbuf_addf(&b, "%s%s", b.len > 0 ? " " : "", needs->items[i].word);
        return strbuf_steal(&b);
}

static void add_by_hand(const struct boot_host *host, const struct boot_needs *needs, struct strbuf *b)
{
        CLEANUP_FREE char *words = added_words(needs), *remedy = NULL;

        if (!*words)
                return;
        remedy = bootloader_remedy(&host->loader, words, false);
        strbuf_addf(b, "boot-config can't write it: %s.\nBy hand: %s.\n", host->loader.why_not, remedy);
}

/* What a new file, made from the running command line, does not take over. */
static void add_left_out(const struct boot_host *host, const struct boot_edit *edit, struct strbuf *b)
{
        const char *rest = host->running;
        struct cmdline_word w;
        bool any = false;

        if (host->loader.syntax != BOOT_SYNTAX_LINES || host->files.n > 0 || !edit->after)
                return;
        while (cmdline_next(&rest, &w)) {
                if (!cmdline_is_for_once(&w))
                        continue;
                strbuf_add(b, any ? " " : "Left out, as it is for one boot only: ");
                strbuf_addn(b, w.text, w.len);
                any = true;
        }
        strbuf_add(b, any ? "\n" : "");
}

static void add_edit(const struct boot_host *host, const struct boot_edit *edit, struct strbuf *b)
{
        CLEANUP_FREE char *lines = boot_edit_text(edit), *commands = bootloader_commands_text(&host->loader);

        strbuf_addf(b, "%s%s\n%s", edit->file, !edit->after ? " (removed)" : !edit->before ? " (new)" : "", lines);
        add_left_out(host, edit, b);
        strbuf_addf(b, "then: %s\n", commands);
}

/* What is in the files, and not yet where it counts. */
static void add_unfinished(const struct boot_host *host, const struct boot_needs *needs, struct strbuf *b)
{
        CLEANUP_BOOT_SETTINGS struct boot_settings settings = { 0 };

        boot_settings_read(host->loader.syntax, &host->files, &settings);
        for (size_t i = 0; i < needs->n; i++) {
                CLEANUP_FREE char *remedy = NULL;

                if (needs->items[i].state != BOOT_WORD_REFRESH)
                        continue;
                remedy = boot_remedy(host, &settings, needs->items[i].word, false, NULL);
                strbuf_addf(b, "%s\n", remedy);
        }
}

char *boot_account(const struct boot_host *host, const struct boot_needs *needs, const struct boot_edit *edit,
                   const char *hindrance)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };

        for (size_t i = 0; i < needs->n; i++)
                if (needs->items[i].elsewhere)
                        strbuf_addf(&b, "%s.\n", needs->items[i].elsewhere);
        if (hindrance)
                strbuf_addf(&b, "%s.\n", hindrance);
        else if (host->loader.why_not)
                add_by_hand(host, needs, &b);
        else if (boot_edit_changes(edit))
                add_edit(host, edit, &b);
        if (host->loader.why_not || !boot_edit_changes(edit))
                add_unfinished(host, needs, &b);
        return strbuf_steal(&b);
}

char *boot_summary(const struct boot_needs *needs)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        size_t n_there = boot_needs_count(needs, BOOT_WORD_THERE),
               n_reboot = boot_needs_count(needs, BOOT_WORD_REBOOT);

        strbuf_add_count(&b, boot_needs_count(needs, BOOT_WORD_ADD), "word to add", "words to add");
        strbuf_add_count(&b, boot_needs_count(needs, BOOT_WORD_REFRESH), "not yet in the boot loader",
                         "not yet in the boot loader");
        strbuf_add_count(&b, n_reboot, "active after a reboot", "active after a reboot");
        strbuf_add_count(&b, boot_needs_count(needs, BOOT_WORD_STALE), "to take back", "to take back");
        strbuf_add_count(&b, n_there, "there", "there");
        strbuf_add_count(&b, boot_needs_count(needs, BOOT_WORD_HARMFUL), "to remove by hand", "to remove by hand");
        strbuf_add_count(&b, boot_needs_count(needs, BOOT_WORD_NEEDLESS), "not needed", "not needed");
        if (b.len == 0)
                strbuf_add(&b, "nothing is needed");
        return strbuf_steal(&b);
}
