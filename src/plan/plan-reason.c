/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the guards found about an item, and how it is put into words. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "plan/plan.h"

void plan_add_reason(struct plan_item *item, enum guard guard, size_t function, const char *device,
                     struct strbuf *text)
{
        CLEANUP_FREE char *name = xstrdup(device), *copy = NULL;
        size_t at;

        copy = strbuf_steal(text);
        (void) ARRAY_APPEND(item->reasons, item->n_reasons, item->alloc_reasons);
        for (at = item->n_reasons - 1; at > 0 && item->reasons[at - 1].guard > guard; at--)
                item->reasons[at] = item->reasons[at - 1];
        item->reasons[at] = (struct plan_reason){ guard, function, STEAL(name), STEAL(copy),
                                                  item->section->force & GUARD_BIT(guard) };
}

bool plan_has_reason(const struct plan_item *item, enum guard guard, const char *device)
{
        for (size_t i = 0; i < item->n_reasons; i++)
                if (item->reasons[i].guard == guard && streq(item->reasons[i].device, device))
                        return true;
        return false;
}

static unsigned guards_of(const struct plan_item *item, bool forced)
{
        unsigned guards = 0;

        for (size_t i = 0; i < item->n_reasons; i++)
                if (item->reasons[i].forced == forced)
                        guards |= GUARD_BIT(item->reasons[i].guard);
        return guards;
}

unsigned plan_item_refusing(const struct plan_item *item)
{
        return guards_of(item, false);
}

unsigned plan_item_forced(const struct plan_item *item)
{
        return guards_of(item, true);
}

void plan_add_reasons(struct strbuf *b, const struct plan_item *item, bool forced)
{
        const char *between = "";

        for (size_t i = 0; i < item->n_reasons; i++) {
                if (item->reasons[i].forced != forced)
                        continue;
                strbuf_addf(b, "%s%s", between, item->reasons[i].text);
                between = "; ";
        }
}

void plan_add_override(struct strbuf *b, const struct plan_item *item, const char *lead)
{
        unsigned refusing = plan_item_refusing(item);

        if (item->verdict != VERDICT_REFUSED || refusing == 0)
                return;
        strbuf_addf(b, "%sforce = ", lead);
        guard_add_names(b, item->section->force | refusing, " ");
}

void plan_note_forced(struct plan_item *item)
{
        CLEANUP_STRBUF struct strbuf note = { 0 };

        if (item->verdict != VERDICT_CHANGE || plan_item_forced(item) == 0)
                return;
        if (item->note)
                strbuf_addf(&note, "%s; ", item->note);
        strbuf_add(&note, "forced: ");
        plan_add_reasons(&note, item, true);
        free(item->note);
        item->note = NULL;
        item->note = strbuf_steal(&note);
}

void plan_compose_reason(struct plan_item *item)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };

        for (size_t i = 0; i < item->n_obstacles; i++)
                strbuf_addf(&text, "%s%s", i > 0 ? "; " : "", item->obstacles[i]);
        if (item->n_obstacles > 0 && plan_item_refusing(item) != 0)
                strbuf_add(&text, "; ");
        plan_add_reasons(&text, item, false);
        free(item->reason);
        item->reason = strbuf_steal(&text);
}

void plan_add_obstacle(struct plan_item *item, char *text)
{
        CLEANUP_FREE char *owned = text;
        char **slot;

        for (size_t i = 0; i < item->n_obstacles; i++)
                if (streq(item->obstacles[i], owned))
                        return;
        slot = ARRAY_APPEND(item->obstacles, item->n_obstacles, item->alloc_obstacles);
        *slot = STEAL(owned);
        plan_compose_reason(item);
}

char *item_place(const struct plan_item *item)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        CLEANUP_FREE char *loc = loc_text(item->loc);
        size_t n;

        strbuf_add(&b, loc);
        n = b.len;
        plan_add_override(&b, item, "; ");
        strbuf_add(&b, b.len == n ? "" : item->n_obstacles > 0 ? " is needed too" : " overrides");
        return strbuf_steal(&b);
}
