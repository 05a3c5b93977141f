/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* status: each section, what is wanted, what is there, and why they differ. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "core/render-json.h"
#include "core/rows.h"
#include "log.h"
#include "output.h"
#include "util/strbuf.h"

static const char *const header[ROW_COLUMNS] = { "SECTION", "DEVICE", "STATUS", "ACTUAL", "NOTE" };

static int print_json(const struct context *c)
{
        CLEANUP_FREE char *text = NULL;

        if (render_status_json(c->snapshot.plan, c->snapshot.inventory, &c->state, &text) < 0) {
                log_plain(LOG_ERR, NULL, "The status can't be printed: out of memory");
                return EXIT_SECTION_FAILED;
        }
        (void) fputs(text, stdout);
        return output_text("\n");
}

static int print_text(const struct context *c, const struct options *o)
{
        struct render_style style = output_style();
        CLEANUP_ROWS struct row_list rows = { 0 };
        CLEANUP_STRBUF struct strbuf text = { 0 };
        CLEANUP_RELEASE struct release held = { 0 };
        bool whole = context_held(c, o, &held) == 0 &&
                     rows_of_status(c->snapshot.plan, c->snapshot.inventory, &c->state, &rows) == 0 &&
                     rows_of_held(&held, c->snapshot.inventory, &rows) == 0;

        if (whole)
                render_rows(&text, &rows, o->no_legend || rows.n == 0 ? NULL : header, 2, &style);
        if (!whole || text.failed) {
                log_plain(LOG_ERR, NULL, "The status can't be printed: out of memory");
                return EXIT_SECTION_FAILED;
        }
        return output_text(text.text ? text.text : "");
}

/* Something that is required is not as the configuration says. */
static bool is_off(const struct context *c)
{
        for (size_t i = 0; i < c->snapshot.plan->n_items; i++) {
                const struct plan_item *item = &c->snapshot.plan->items[i];
                enum section_status status = section_status(item, &c->state);

                if (status != STATUS_OK && status != STATUS_DISABLED && status != STATUS_RELEASED && item->section->required)
                        return true;
        }
        return false;
}

int cmd_status(const struct options *o)
{
        CLEANUP_CONTEXT struct context c = { 0 };
        int r = context_load_config(&c, o, o->args, o->n_args);

        if (r == EXIT_OK)
                r = context_open(&c, o, false);
        if (r == EXIT_OK)
                r = context_look(&c, o);
        if (r == EXIT_OK)
                r = o->json ? print_json(&c) : print_text(&c, o);
        if (r == EXIT_OK)
                context_check_initramfs(&c, o);
        return r == EXIT_OK && is_off(&c) ? EXIT_SECTION_FAILED : r;
}
