/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every row needs: the list, names of states and places. */
#include "core/rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/rows-internal.h"
#include "util/array.h"
#include "util/strutil.h"

void row_list_free(struct row_list *list)
{
        for (size_t i = 0; i < list->n; i++)
                for (size_t k = 0; k < ROW_COLUMNS; k++)
                        free(list->items[i].cells[k]);
        free(list->items);
        *list = (struct row_list){ 0 };
}

struct row *add_row(struct row_list *list, enum row_color color)
{
        struct row *row = ARRAY_APPEND(list->items, list->n, list->alloc);

        if (!row)
                list->out_of_memory = true;
        else
                row->color = color;
        return row;
}

void row_set(struct row_list *list, struct row *row, size_t column, struct strbuf *text)
{
        if (!row || strbuf_steal(text, &row->cells[column]) < 0) {
                list->out_of_memory = true;
                strbuf_free(text);
        }
}

void row_set_text(struct row_list *list, struct row *row, size_t column, const char *text)
{
        if (row && text && replace_string(&row->cells[column], text) < 0)
                list->out_of_memory = true;
}

const char *plan_verdict_name(enum plan_verdict verdict)
{
        static const char *const names[] = {
                [VERDICT_OK] = "ok",           [VERDICT_CHANGE] = "change",     [VERDICT_ABSENT] = "absent",
                [VERDICT_REFUSED] = "refused", [VERDICT_DISABLED] = "disabled",
        };

        return names[verdict];
}

const char *section_status_name(enum section_status status)
{
        static const char *const names[] = {
                [STATUS_OK] = "ok",           [STATUS_DRIFT] = "drift",   [STATUS_ABSENT] = "absent",
                [STATUS_REFUSED] = "refused", [STATUS_FAILED] = "failed", [STATUS_DISABLED] = "disabled",
                [STATUS_STUCK] = "stuck",     [STATUS_RELEASED] = "released",
        };

        return names[status];
}

const struct state_failure *item_failure(const struct plan_item *item, const struct state *state)
{
        for (size_t i = 0; state && i < state->n_failures; i++)
                if (config_section_is(item->section, state->failures[i].section))
                        return &state->failures[i];
        return NULL;
}

static bool is_released(const struct plan_item *item, const struct state *state)
{
        for (size_t i = 0; state && i < state->n_released; i++)
                if (config_section_is(item->section, state->released[i]))
                        return true;
        return false;
}

enum section_status section_status(const struct plan_item *item, const struct state *state)
{
        const struct state_failure *failure = item->verdict == VERDICT_OK ? NULL : item_failure(item, state);

        /* Whatever the plan says of it: the next apply would leave it alone. */
        if (failure && failure->error == ETIMEDOUT && item->verdict != VERDICT_DISABLED)
                return STATUS_STUCK;
        switch (item->verdict) {
        case VERDICT_OK:
                return STATUS_OK; /* whatever failed once, it is right now */
        case VERDICT_CHANGE:
                return is_released(item, state) ? STATUS_RELEASED : failure ? STATUS_FAILED : STATUS_DRIFT;
        case VERDICT_ABSENT:
                return STATUS_ABSENT;
        case VERDICT_REFUSED:
                return STATUS_REFUSED;
        case VERDICT_DISABLED:
                break;
        }
        return STATUS_DISABLED;
}

bool section_is_off(const struct plan_item *item, const struct state *state)
{
        enum section_status status = section_status(item, state);

        return status != STATUS_OK && status != STATUS_DISABLED && status != STATUS_RELEASED && item->section->required;
}

/* The next of a list's parts, "vlan, qos": its length, and *list past it. */
static int next_part(const char **list)
{
        const char *start = *list;
        size_t n = strcspn(start, ",");

        *list = start[n] ? start + n + strlen(", ") : start + n;
        return (int) n;
}

/* Of "vlan, qos", "100, 0" and "200, 3": "vlan 100 → 200, qos 0 → 3"; without an arrow "vlan 200, qos 3". */
static void add_each(struct strbuf *b, const char *names, const char *old, const char *values, const char *arrow)
{
        while (*names) {
                const char *name = names, *was = old, *value = values;

                strbuf_addf(b, "%.*s", next_part(&names), name);
                if (was && arrow)
                        strbuf_addf(b, " %.*s %s", next_part(&old), was, arrow);
                strbuf_addf(b, " %.*s%s", next_part(&values), value, *names ? ", " : "");
        }
}

void add_setting(struct strbuf *b, const struct plan_step *step, const char *arrow)
{
        if (step->kind == STEP_PF_SET && streq(step->attribute, "up"))
                strbuf_addf(b, "%s %s", step->subject, streq(step->value, "yes") ? "up" : "down");
        else
                add_each(b, step->attribute, step->old, step->value, arrow);
}

void add_settings(struct strbuf *b, const struct plan *plan, size_t item, const struct pci_function *f, const char *arrow)
{
        size_t n = 0;

        for (size_t i = 0; i < plan->n_steps; i++) {
                const struct plan_step *step = &plan->steps[i];

                if (step->item != item || (step->kind != STEP_VF_SET && step->kind != STEP_PF_SET && step->kind != STEP_ESWITCH) ||
                    (f && pci_address_compare(&step->address, &f->address) != 0))
                        continue;
                strbuf_add(b, n++ > 0 ? ", " : "");
                add_setting(b, step, arrow);
        }
}

char *loc_text(const struct config_loc *loc)
{
        const char *file = loc->file, *rest;
        char *text;

        if (!file) /* a section that the state alone still knows */
                return strdup("not in the configuration any more");
        /* The first is where nearly all are; a drop-in keeps its directory. */
        if ((rest = after_prefix(file, "/etc/")))
                file = rest;
        if (loc->line == 0)
                return strdup(file);
        return asprintf(&text, "%s:%u", file, loc->line) < 0 ? NULL : text;
}

char *item_place(const struct plan_item *item)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        CLEANUP_FREE char *loc = loc_text(item->loc);
        char *ret = NULL;
        size_t n;

        if (!loc)
                return NULL;
        strbuf_add(&b, loc);
        n = b.len;
        plan_add_override(&b, item, "; ");
        strbuf_add(&b, b.len > n ? " overrides" : "");
        return strbuf_steal(&b, &ret) < 0 ? NULL : ret;
}

/* Where a name that is too long is cut: after a word, not within a character, and not after "for" or "and". */
static size_t cut_name(const char *name)
{
        size_t n = NAME_WIDTH, word;

        while (n > NAME_WIDTH / 2 && name[n] != ' ')
                n--;
        if (name[n] != ' ') {
                n = NAME_WIDTH;
                while (n > 0 && ((unsigned char) name[n] & 0xc0) == 0x80)
                        n--;
                return n;
        }
        for (word = n; word > 0 && name[word - 1] != ' '; word--)
                ;
        if (word > 1 && strspn(name + word, "abcdefghijklmnopqrstuvwxyz-/") == n - word)
                n = word - 1;
        return n;
}

void add_function_name(struct strbuf *b, const struct pci_function *f)
{
        /* The hwdb has "GA104 [GeForce RTX 3070]": the bracket is what is printed on the box. */
        const char *open = f->name ? strchr(f->name, '[') : NULL, *start = open ? open + 1 : f->name;
        size_t n = open ? strcspn(start, "]") : start ? strlen(start) : 0;

        if (n > NAME_WIDTH)
                n = cut_name(start);
        if (n > 0) {
                strbuf_addn(b, start, n);
                strbuf_add(b, " ");
        }
        strbuf_addf(b, "[%04x:%04x]", f->vendor, f->device);
}
