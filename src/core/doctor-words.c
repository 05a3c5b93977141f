/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words of the kernel command line for doctor's checks: which there are, and how they get there and away. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/boot-cmdline.h"
#include "core/doctor-internal.h"

char *find_word(struct examination *e, const char *option, const char *value)
{
        const char *rest = e->facts->cmdline, *have;
        struct cmdline_word w;
        size_t len;

        while (rest && cmdline_next(&rest, &w)) {
                char *word;

                if (!cmdline_sets(&w, option, &have, &len) || (value && !cmdline_value_has(have, len, value)))
                        continue;
                word = strndup(w.text, w.len);
                if (!word)
                        e->report->out_of_memory = true;
                return word;
        }
        return NULL;
}

bool has_word(struct examination *e, const char *option, const char *value)
{
        CLEANUP_FREE char *word = find_word(e, option, value);

        return word;
}

const struct boot_word *find_need(const struct examination *e, const char *word)
{
        for (size_t i = 0; i < e->needs.n; i++) {
                const struct boot_word *w = &e->needs.items[i];

                if (streq(w->word, word) && (w->state == BOOT_WORD_ADD || w->state == BOOT_WORD_REBOOT))
                        return w;
        }
        return NULL;
}

/* Gives the text, which is freed, to the remedy. */
static void add_text(struct examination *e, struct doctor_finding *f, int r, char *text)
{
        CLEANUP_FREE char *line = text;

        if (r < 0)
                e->report->out_of_memory = true;
        else
                finding_remedy(e, f, "%s", line);
}

void finding_add_word(struct examination *e, struct doctor_finding *f, const char *word)
{
        const struct boot_setting *where = boot_settings_where(&e->settings, word);
        const struct boot_word *need = find_need(e, word);
        char *text = NULL;
        int r;

        if (where) {
                finding_remedy(e, f, "reboot: %s:%u gives %s already", where->file, where->line, word);
                return;
        }
        r = bootloader_remedy(&e->input->boot->loader, word, need && need->ours && need->state == BOOT_WORD_ADD,
                              &text);
        add_text(e, f, r, text);
}

void finding_drop_word(struct examination *e, struct doctor_finding *f, const char *word)
{
        const struct boot_setting *where = boot_settings_where(&e->settings, word);
        CLEANUP_FREE char *place = NULL;
        char *text = NULL;
        int r;

        if (where && asprintf(&place, "%s:%u", where->file, where->line) < 0) {
                place = NULL;
                e->report->out_of_memory = true;
                return;
        }
        r = bootloader_removal(&e->input->boot->loader, word, place, &text);
        add_text(e, f, r, text);
}

/* What the boot loader gives the next kernel is what a remedy rests on. */
void examine_loader(struct examination *e)
{
        if (e->facts->unread_boot)
                finding_add(e, DOCTOR_NOTE, "boot loader", "not known what its files give the kernel: %s",
                            e->facts->unread_boot);
}
