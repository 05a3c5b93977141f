/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words of the kernel command line for doctor's checks: which there are, and how they get there and away. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "boot/boot-cmdline.h"
#include "boot/boot-remedy.h"
#include "doctor/doctor-internal.h"

char *find_word(struct examination *e, const char *option, const char *value)
{
        const char *rest = e->facts->cmdline, *have;
        struct cmdline_word w;
        size_t len;

        while (rest && cmdline_next(&rest, &w)) {
                char *word;

                if (!cmdline_sets(&w, option, &have, &len) || (value && !cmdline_value_has(have, len, value)))
                        continue;
                word = xstrndup(w.text, w.len);
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

                if (streq(w->word, word) &&
                    (w->state == BOOT_WORD_ADD || w->state == BOOT_WORD_REFRESH || w->state == BOOT_WORD_REBOOT))
                        return w;
        }
        return NULL;
}

void finding_add_word(struct examination *e, struct doctor_finding *f, const char *word)
{
        const struct boot_host *boot = e->input->boot;
        const struct boot_word *need = find_need(e, word);
        bool ours = need && need->ours && need->state == BOOT_WORD_ADD;
        CLEANUP_FREE char *remedy = boot_remedy(boot, &e->settings, word, ours, e->hindrance), *elsewhere = NULL;

        finding_remedy(f, "%s", remedy);
        if (boot_settings_where(&e->settings, word))
                return;
        elsewhere = boot_elsewhere(boot, word);
        if (elsewhere)
                finding_remedy(f, "%s", elsewhere);
}

void finding_drop_word(struct examination *e, struct doctor_finding *f, const char *word)
{
        CLEANUP_FREE char *removal = boot_removal(e->input->boot, &e->settings, word);

        finding_remedy(f, "%s", removal);
}

/* What recipes have people put there. */
void examine_parameters(struct examination *e)
{
        for (size_t i = 0; i < e->needs.n; i++) {
                const struct boot_word *w = &e->needs.items[i];
                bool harmful = w->state == BOOT_WORD_HARMFUL,
                     needed = w->state == BOOT_WORD_OPTIONAL && !doctor_has_sections(e);
                struct doctor_finding *f;

                if (!harmful && !needed && w->state != BOOT_WORD_NEEDLESS)
                        continue;
                if (w->checked && e->facts->cmdline && cmdline_has(e->facts->cmdline, w->word))
                        continue;
                f = finding_add(e, harmful ? DOCTOR_WARNING : DOCTOR_NOTE, "kernel", "%s%s %s", w->word,
                                w->item ? ":" : "", w->why);
                if (!needed)
                        finding_drop_word(e, f, w->word);
                if (w->item)
                        finding_remedy(f, "of %s, only %s must go", w->word, w->item);
        }
}

/* What the boot loader gives the next kernel is what a remedy rests on. */
void examine_loader(struct examination *e)
{
        if (e->facts->unread_boot)
                finding_add(e, DOCTOR_NOTE, "boot loader", "can't tell what its files pass to the kernel: %s",
                            e->facts->unread_boot);
}
