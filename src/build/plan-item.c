/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Items and steps while a plan is being built: verdicts, claims, appending. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/strbuf.h"
#include "build/plan-internal.h"

void item_fail(struct plan_item *item, enum plan_verdict verdict, const struct config_loc *loc, const char *format,
               ...)
{
        CLEANUP_FREE char *text = NULL;
        va_list args;

        if (!item_is_open(item) && (item->verdict != VERDICT_REFUSED || verdict != VERDICT_REFUSED))
                return;
        va_start(args, format);
        text = xvasprintf(format, args);
        va_end(args);
        if (item_is_open(item)) {
                item->verdict = verdict;
                item->loc = loc ? loc : &item->section->loc;
        }
        if (verdict == VERDICT_REFUSED)
                plan_add_obstacle(item, STEAL(text));
        else
                item->reason = STEAL(text);
}

static bool has_line(const char *lines, const char *line)
{
        size_t n = strlen(line);

        for (const char *at = lines; at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
                if (strncmp(at, line, n) == 0 && (at[n] == '\n' || at[n] == '\0'))
                        return true;
        return false;
}

void item_line(struct plan_item *item, const char *format, ...)
{
        CLEANUP_STRBUF struct strbuf lines = { 0 };
        CLEANUP_FREE char *line = NULL;
        va_list args;

        if (item->verdict != VERDICT_REFUSED)
                return;
        va_start(args, format);
        line = xvasprintf(format, args);
        va_end(args);
        if (item->line && has_line(item->line, line))
                return;
        strbuf_addf(&lines, "%s%s%s", item->line ? item->line : "", item->line ? "\n" : "", line);
        free(item->line);
        item->line = strbuf_steal(&lines);
}

void item_note(struct plan_item *item, const char *format, ...)
{
        char *note = NULL;
        va_list args;

        va_start(args, format);
        note = xvasprintf(format, args);
        va_end(args);
        free(item->note); /* which may be among the arguments */
        item->note = note;
}

bool item_is_open(const struct plan_item *item)
{
        return item->verdict == VERDICT_OK || item->verdict == VERDICT_CHANGE;
}

bool item_claims(const struct plan_item *item, size_t function)
{
        for (size_t i = 0; i < item->n_claims; i++)
                if (item->claims[i].function == function)
                        return true;
        return false;
}

bool has_claimed(const struct builder *b, const struct plan_item *item, size_t function)
{
        return b->claimer[function] == item_index(b, item) + 1;
}

void item_claim(struct builder *b, struct plan_item *item, size_t function, unsigned vf_index, const char *driver)
{
        struct plan_claim *claim;

        if (function != NO_INDEX && has_claimed(b, item, function))
                return;
        claim = ARRAY_APPEND(item->claims, item->n_claims, item->alloc_claims);
        *claim = (struct plan_claim){ .function = function, .vf_index = vf_index, .driver = xstrdup(driver) };
        if (function != NO_INDEX)
                b->claimer[function] = item_index(b, item) + 1;
}

size_t item_index(const struct builder *b, const struct plan_item *item)
{
        return (size_t) (item - b->plan->items);
}

struct plan_item *find_sriov_item(struct builder *b, const char *name)
{
        const struct config_section *section = config_find(b->in->config, SECTION_SRIOV, name);

        return section ? &b->plan->items[b->item_of[section->index]] : NULL;
}

struct plan_step *add_step(struct builder *b, const struct plan_item *item, enum step_phase phase,
                           enum step_kind kind, const char *old, const char *value)
{
        struct plan_step *step = step_list_add(&b->phases[phase], kind, phase, item_index(b, item), old, value);

        return step;
}

void step_set(struct plan_step *step, const char *subject, const char *attribute)
{
        if (!step)
                return;
        if (subject)
                step->subject = xstrdup(subject);
        if (attribute)
                step->attribute = xstrdup(attribute);
}

#define LIST_MAX 4 /* functions named in one message; the rest is counted */

char *list_functions(const struct inventory *inv, const size_t *functions, size_t n)
{
        CLEANUP_STRBUF struct strbuf s = { 0 };

        for (size_t i = 0; i < n && i < LIST_MAX; i++)
                strbuf_addf(&s, "%s%s", i == 0 ? "" : ", ", ADDRESS_TEXT(&inv->functions[functions[i]]));
        if (n > LIST_MAX)
                strbuf_addf(&s, " and %zu more", n - LIST_MAX);
        return strbuf_steal(&s);
}
