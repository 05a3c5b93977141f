/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* explain: why one thing is as it is, and what to type next. */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "cmd/cmd.h"
#include "explain/explain-facts.h"
#include "explain/explain.h"
#include "report/log.h"
#include "report/output.h"
#include "scan/hwdb.h"
#include "survey/survey.h"
#include "vmdef/vmdef-read.h"

/* All that was asked about. */
struct explained {
        struct explanation *items;
        struct explain_facts *facts;
        size_t n;
};

static void explained_clear(struct explained *e)
{
        for (size_t i = 0; i < e->n; i++) {
                explanation_clear(&e->items[i]);
                explain_facts_clear(&e->facts[i]);
        }
        free(e->items);
        free(e->facts);
}

static int unknown(const struct explain_input *in, const char *word)
{
        CLEANUP_FREE char *nearest = NULL, *no_vf = NULL;

        explain_no_vf(in, word, &no_vf);
        if (no_vf) {
                log_plain(LOG_ERR, NULL, "%s: no such VF; %s", word, no_vf);
                return EXIT_USAGE_ERROR;
        }
        explain_nearest(in, word, &nearest);
        log_plain(LOG_ERR, NULL, "%s: no such section, device, interface or mdev%s%s%s", word,
                  nearest ? "; did you mean " : "", nearest ? nearest : "",
                  nearest ? "?" : "; passthru-setup list shows what there is");
        return EXIT_USAGE_ERROR;
}

static int print(const struct explain_input *in, const struct explained *e, const struct options *o)
{
        struct render_style style = output_style();
        CLEANUP_STRBUF struct strbuf text = { 0 };
        CLEANUP_FREE char *json = NULL;

        if (o->json) {
                render_explain_json(in, e->items, e->n, &json);
                strbuf_add(&text, json);
        }
        for (size_t i = 0; !o->json && i < e->n; i++) {
                CLEANUP_ROWS struct row_list rows = { 0 };

                rows_of_explanation(in, &e->items[i], &rows);
                strbuf_add(&text, i > 0 ? "\n" : "");
                render_summary(&text, ROW_PLAIN, &style, "%s", e->items[i].title);
                render_rows(&text, &rows, false, &style);
        }
        return output_page(text.text, o->no_pager);
}

static int explain(struct context *c, const struct explain_input *in, const struct options *o)
{
        CLEANUP(explained_clear) struct explained e = { 0 };
        CLEANUP_FREE struct explain_subject *subjects = NULL;
        size_t n = 0;

        explain_find(in, o->args[0], &subjects, &n);
        if (n == 0)
                return context_is_left_out(c, o->args[0]) ? EXIT_USAGE_ERROR : unknown(in, o->args[0]);
        e.items = xcalloc(n + 1, sizeof(*e.items));
        e.facts = xcalloc(n + 1, sizeof(*e.facts));
        while (e.n < n) {
                size_t i = e.n++;

                explain_facts_read(c->sys, in->inventory, &subjects[i], &e.facts[i]);
                explain_build(in, &subjects[i], &e.facts[i], &e.items[i]);
        }
        return print(in, &e, o);
}

int cmd_explain(const struct options *o)
{
        CLEANUP_CONTEXT struct context c = { 0 };
        CLEANUP(usage_freep) struct usage *usage = NULL;
        CLEANUP_VMDEFS struct vmdefs vms = { 0 };
        struct explain_input in = { 0 };
        int r;

        r = context_load_config(&c, o, NULL, 0);
        if (r == EXIT_OK)
                r = context_open(&c, o, false);
        if (r == EXIT_OK)
                r = context_look(&c, o);
        if (r != EXIT_OK)
                return r;
        usage_read(c.sys, c.snapshot.inventory, NULL, 0, &usage);
        hwdb_name_all(o->root, c.snapshot.inventory);
        vmdefs_read(c.sys, &vms);
        in = (struct explain_input){ c.snapshot.inventory, c.snapshot.plan, &c.state, usage, c.off, &vms };
        return explain(&c, &in, o);
}
