/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Explains one thing: the parts together. */
#include "explain/explain.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "explain/explain-internal.h"

void explain_facts_clear(struct explain_facts *facts)
{
        for (size_t i = 0; i < facts->n_modules; i++)
                free(facts->modules[i].name);
        for (size_t i = 0; i < facts->n_holders; i++) {
                free(facts->holders[i].node);
                free(facts->holders[i].who);
        }
        for (size_t i = 0; i < facts->n_entries; i++)
                free(facts->entries[i].text);
        free(facts->modules);
        free(facts->holders);
        free(facts->entries);
        free(facts->driver_module);
        *facts = (struct explain_facts){ 0 };
}

void explanation_clear(struct explanation *e)
{
        free(e->title);
        free(e->wanted);
        free(e->by);
        free(e->now);
        free(e->why);
        free(e->along);
        free(e->members);
        free(e->use);
        free(e->before);
        free(e->claim);
        free(e->claim_note);
        free(e->next);
        free(e->next_in);
        free(e->next_when);
        *e = (struct explanation){ 0 };
}

const char *explain_driver_word(const char *driver)
{
        if (!driver || streq(driver, DRIVER_NONE))
                return "no driver";
        return streq(driver, DRIVER_HOST) ? "its own driver" : driver;
}

const char *explain_held_for(const struct explain_input *in, const struct explanation *e)
{
        const struct explain_subject *s = &e->subject;
        const struct state_device *d;
        const struct state_mdev *m;
        const char *section = NULL;

        if (s->item)
                return NULL;
        d = s->function == NO_INDEX ? NULL
                                    : state_find_device(in->state, &in->inventory->functions[s->function].address);
        m = s->has_uuid ? state_find_mdev(in->state, s->uuid) : NULL;
        section = d ? d->section : m ? m->section : NULL;
        for (size_t i = 0; section && i < in->plan->n_items; i++)
                if (config_section_is(in->plan->items[i].section, section))
                        return NULL;
        return section;
}

static void take(struct strbuf *b, char **ret)
{
        if (!(b->len == 0))
                *ret = strbuf_steal(b);
}

static void words(const struct explain_input *in, struct explanation *e)
{
        const struct explain_subject *s = &e->subject;
        CLEANUP_STRBUF struct strbuf name = { 0 }, wanted = { 0 }, by = { 0 }, now = { 0 }, why = { 0 }, along = { 0 },
                                     before = { 0 };

        explain_title(in, s, &name);
        explain_wanted(in, s, &wanted);
        explain_by(in, s, &by);
        if (s->item)
                explain_why(in, e, &why);
        if (explain_is_whole(s))
                explain_along(in, s->item, &along);
        explain_now(in, e, &now);
        explain_before(in, e, &before);
        take(&name, &e->title);
        take(&wanted, &e->wanted);
        take(&by, &e->by);
        take(&now, &e->now);
        take(&why, &e->why);
        take(&along, &e->along);
        take(&before, &e->before);
}

void explain_build(const struct explain_input *in, const struct explain_subject *subject,
                   const struct explain_facts *facts, struct explanation *ret)
{
        CLEANUP_FREE bool *taken = xcalloc(in->inventory->n_functions + 1, sizeof(*taken));

        *ret = (struct explanation){ .subject = *subject, .facts = facts };
        if (subject->item) {
                ret->has_status = true;
                ret->status = section_status(subject->item, in->state);
        }
        words(in, ret);
        if (subject->function != NO_INDEX)
                usage_describe(in->usage, in->inventory, subject->function, taken, &ret->use, &ret->use_guards);
        explain_group(in, ret);
        explain_claim(in, ret);
        explain_next(in, ret);
}
