/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the guards found about an item, and how it is put into words. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "plan/plan.h"

int plan_add_reason(struct plan_item *item, enum guard guard, size_t function, const char *device, struct strbuf *text)
{
        CLEANUP_FREE char *name = strdup(device), *copy = NULL;
        struct plan_reason *reason;
        size_t at;
        int r = strbuf_steal(text, &copy);

        reason = name && r == 0 ? ARRAY_APPEND(item->reasons, item->n_reasons, item->alloc_reasons) : NULL;
        if (!reason)
                return -ENOMEM;
        for (at = item->n_reasons - 1; at > 0 && item->reasons[at - 1].guard > guard; at--)
                item->reasons[at] = item->reasons[at - 1];
        item->reasons[at] = (struct plan_reason){ guard, function, STEAL(name), STEAL(copy),
                                                  item->section->force & GUARD_BIT(guard) };
        return 0;
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

int plan_note_forced(struct plan_item *item)
{
        CLEANUP_STRBUF struct strbuf note = { 0 };

        if (item->verdict != VERDICT_CHANGE || plan_item_forced(item) == 0)
                return 0;
        if (item->note)
                strbuf_addf(&note, "%s; ", item->note);
        strbuf_add(&note, "forced: ");
        plan_add_reasons(&note, item, true);
        free(item->note);
        item->note = NULL;
        return strbuf_steal(&note, &item->note);
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
