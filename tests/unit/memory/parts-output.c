/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a person or a program reads: rows, JSON, the list, a release. */
#include <errno.h>
#include <stdlib.h>

#include "device/device-class.h"
#include "export/export.h"
#include "json/render-json.h"
#include "json/render-prometheus.h"
#include "release/release.h"
#include "unit/memory/fault.h"
#include "unit/memory/parts.h"
#include "view/table.h"
#include "view/rows.h"
#include "view/tree.h"

static void add_rows(struct strbuf *text, const struct row_list *rows)
{
        for (size_t i = 0; i < rows->n; i++) {
                for (size_t k = 0; k < ROW_COLUMNS; k++)
                        strbuf_addf(text, "%s|", rows->items[i].cells[k] ? rows->items[i].cells[k] : "");
                strbuf_add(text, "\n");
        }
}

/* What `plan` and `status` print. */
int part_rows(const struct world *w, struct strbuf *text)
{
        const struct render_style style = { .color = true };
        CLEANUP_ROWS struct row_list plan = { 0 }, status = { 0 };
        CLEANUP_STRBUF struct strbuf drawn = { 0 };
        CLEANUP_FREE char *summary = NULL;
        int r = IN_CORE(rows_of_plan(w->p.plan, w->p.inv, "->", &plan));

        r = r < 0 ? r : IN_CORE(rows_of_status(w->p.plan, w->p.inv, &w->p.state, &status));
        r = r < 0 ? r : IN_CORE((summary = plan_summary(w->p.plan)) ? 0 : -ENOMEM);
        r = r < 0 ? r : IN_CORE((render_rows(&drawn, &plan, false, &style), drawn.failed ? -ENOMEM : 0));
        if (r < 0)
                return r;
        add_rows(text, &status);
        strbuf_addf(text, "\n%s\n%s", summary, drawn.text);
        return 0;
}

int part_json(const struct world *w, struct strbuf *text)
{
        struct diag diag = { DIAG_WARNING, (char *) "/etc/passthru.conf", 3, (char *) "text" };
        const struct diag_list diags = { .items = &diag, .n = 1 };
        CLEANUP_FREE char *plan = NULL, *status = NULL, *check = NULL;
        int r = IN_CORE(render_plan_json(w->few.plan, NULL, w->few.inv, &plan));

        r = r < 0 ? r : IN_CORE(render_status_json(&(struct status_input){ w->few.plan, w->few.inv, &w->few.state, NULL, { 7, 1 } },
                                                   &status));
        r = r < 0 ? r : IN_CORE(render_check_json(w->p.config, &diags, &check));
        if (r == 0)
                strbuf_addf(text, "%s\n%s\n%s\n", plan, status, check);
        return r;
}

static const struct list_filter everything = { .all = true };

int part_list(const struct world *w, struct strbuf *text)
{
        CLEANUP_ROWS struct row_list rows = { 0 };
        int r = IN_CORE(rows_of_list(w->p.inv, &everything, &rows));

        if (r == 0)
                add_rows(text, &rows);
        return r;
}

int part_list_json(const struct world *w, struct strbuf *text)
{
        const struct list_filter drives = { .classes = 1U << DEVICE_NVME };
        char *json = NULL;
        int r = IN_CORE(render_list_json(w->p.inv, &drives, &json));

        if (r == 0)
                part_add(text, json);
        return r;
}

int part_tree(const struct world *w, struct strbuf *text)
{
        const struct tree_input input = { w->p.inv, w->p.plan, w->usage };
        CLEANUP_TREE struct tree tree = { 0 };
        CLEANUP_ROWS struct row_list rows = { 0 };
        int r = IN_CORE(tree_build(&input, &tree));

        r = r < 0 ? r : IN_CORE(rows_of_tree(&tree, w->p.inv, &rows));
        if (r == 0)
                add_rows(text, &rows);
        return r;
}

/* Of the last groups and parents, which are enough. */
int part_tree_json(const struct world *w, struct strbuf *text)
{
        const struct tree_input input = { w->p.inv, w->p.plan, w->usage };
        CLEANUP_TREE struct tree tree = { 0 };
        struct tree end = { .n = 12 };
        char *json = NULL;
        int r;

        assert_int_equal(tree_build(&input, &tree), 0);
        while (tree.nodes[tree.n - end.n].depth > 0)
                end.n--;
        end.nodes = tree.nodes + tree.n - end.n;
        r = IN_CORE(render_tree_json(&end, w->p.inv, &json));
        if (r == 0)
                part_add(text, json);
        return r;
}

/* Every section, of which few can be handed over, and the lines for those that can. */
static int export_to(const struct world *w, const char *format, struct strbuf *text)
{
        static const char *const names[] = { "gpu", "twins", "vm", "up/0", "there", "there/1", "kept", "serials", "off", "console",
                                             "kvm" };
        const struct export_input in = { w->p.plan, w->p.inv, &w->p.state };
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(names) && r == 0; i++) {
                CLEANUP_EXPORT struct export_list list = { 0 };
                CLEANUP_DIAGS struct diag_list own = { 0 };
                char *lines = NULL;

                r = IN_CORE(export_add(&in, names[i], &list, &own));
                if (r == 0)
                        r = IN_CORE(export_text(&list, w->p.inv, export_format_find(format), "VMID", &own, &lines));
                for (size_t k = 0; r == 0 && k < own.n; k++)
                        strbuf_addf(text, "%s\n", own.items[k].text);
                if (r == 0)
                        part_add(text, lines);
        }
        return r;
}

int part_export(const struct world *w, struct strbuf *text)
{
        int r = export_to(w, "libvirt", text);

        return r < 0 ? r : export_to(w, "qemu", text);
}

int part_prometheus(const struct world *w, struct strbuf *text)
{
        const struct metrics m = { "1.0 \"\\\n", w->few.plan, &w->few.state, NULL, { 7, 1 } };
        char *metrics = NULL;
        int r = IN_CORE(render_prometheus(&m, &metrics));

        if (r == 0)
                part_add(text, metrics);
        return r;
}

/* `release`, or with `held` what apply --prune gives back and status tells of. */
static int release_with(const struct world *w, const struct plan *held, struct strbuf *text)
{
        const struct release_input input = { .state = &w->p.state, .inventory = w->p.inv, .config = w->p.config, .held = held };
        CLEANUP_RELEASE struct release release = { 0 };
        CLEANUP_ROWS struct row_list rows = { 0 };
        CLEANUP_FREE bool *failed = calloc(w->p.state.n_devices + w->p.state.n_bus_devices + w->p.state.n_mdevs, sizeof(*failed));
        CLEANUP_STATE struct state left = { 0 };
        char *written = NULL;
        CLEANUP_FREE char *summary = NULL, *json = NULL, *with_held = NULL;
        int r = IN_CORE(release_build(&input, &release));

        assert_non_null(failed);
        r = r < 0 ? r : IN_CORE(rows_of_release(&release, w->p.inv, "->", &rows));
        r = r < 0 ? r : IN_CORE(rows_of_held(&release, w->p.inv, &rows));
        r = r < 0 ? r : IN_CORE((summary = release_summary(&release)) ? 0 : -ENOMEM);
        r = r < 0 ? r : IN_CORE(render_release_json(&release, &json));
        r = r < 0 ? r : IN_CORE(render_plan_json(w->few.plan, &release, w->few.inv, &with_held));
        if (r < 0)
                return r;
        rich_state(&left);
        (void) IN_CORE((release_forget(&input, &release, failed, &left), 0));
        strbuf_addf(text, "%s\n%s\n", json, with_held);
        add_rows(text, &rows);
        strbuf_add(text, summary);
        assert_int_equal(state_format(&left, &written), 0);
        part_add(text, written);
        return 0;
}

int part_release(const struct world *w, struct strbuf *text)
{
        return release_with(w, NULL, text);
}

int part_prune(const struct world *w, struct strbuf *text)
{
        return release_with(w, w->p.plan, text);
}
