/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `explain`: from a word to its rows and its JSON. */
#include <errno.h>
#include <stdlib.h>

#include "explain/explain.h"
#include "unit/memory/fault.h"
#include "unit/memory/parts.h"

static struct explain_module modules[] = { { (char *) "nouveau", false }, { (char *) "nvidiafb", true } };
static struct explain_holder holders[] = { { (char *) "/dev/dri/card0", (char *) "Xorg (pid 7)" } };
static struct explain_entry entries[] = { { 7, true, (char *) "gpu: it failed" } };
static const struct explain_facts facts = {
        .modules = modules, .n_modules = 2, .modules_known = true, .holders = holders, .n_holders = 1, .holders_known = true,
        .entries = entries, .n_entries = 1,
};

/* One word: its explanations, as rows or as JSON. */
static int explain(const struct explain_input *in, const char *word, bool json, struct strbuf *text)
{
        CLEANUP_FREE struct explain_subject *subjects = NULL;
        size_t n = 0;
        int r = IN_CORE(explain_find(in, word, &subjects, &n));

        for (size_t i = 0; i < n && r == 0; i++) {
                CLEANUP_EXPLANATION struct explanation e = { 0 };
                CLEANUP_ROWS struct row_list rows = { 0 };
                char *made = NULL;

                r = IN_CORE(explain_build(in, &subjects[i], &facts, &e));
                if (r == 0 && json)
                        r = IN_CORE(render_explain_json(in, &e, 1, &made));
                else if (r == 0)
                        r = IN_CORE(rows_of_explanation(in, &e, &rows));
                if (r == 0 && json)
                        part_add(text, made);
                for (size_t k = 0; k < rows.n && r == 0; k++)
                        strbuf_addf(text, "%s|%s\n", rows.items[k].cells[0], rows.items[k].cells[1] ? rows.items[k].cells[1] : "");
        }
        return r;
}

int part_explain(const struct world *w, struct strbuf *text)
{
        static const char *const words[] = { "gpu", "01:00.1", "up", "up/0", "vm", "kvm", "serials", "kept", "old", "06:00.0",
                                             "enp7s0", "mtty", "gone", "absent", "refused" };
        const struct explain_input in = { w->p.inv, w->p.plan, &w->p.state, w->usage, false, NULL };
        CLEANUP_FREE char *nearest = NULL, *no_vf = NULL;
        int r = IN_CORE(explain_nearest(&in, "gup", &nearest));

        if (r == 0)
                r = IN_CORE(explain_no_vf(&in, "up/99", &no_vf));
        if (r == 0)
                strbuf_addf(text, "%s %s\n", nearest, no_vf);
        for (size_t i = 0; i < ARRAY_SIZE(words) && r == 0; i++)
                r = explain(&in, words[i], false, text);
        return r;
}

int part_explain_json(const struct world *w, struct strbuf *text)
{
        const struct explain_input in = { w->p.inv, w->p.plan, &w->p.state, w->usage, false, NULL };
        int r = explain(&in, "01:00.1", true, text);

        return r < 0 ? r : explain(&in, "kept", true, text);
}
