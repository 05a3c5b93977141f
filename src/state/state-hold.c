/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state of sections that are not for boot and are in force: for which VM, and what was taken besides devices. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "state/state-text.h"

static void hold_clear(struct state_hold *h)
{
        free(h->section);
        free(h->vm);
        free(h->unit);
        while (h->n_consoles > 0)
                free(h->consoles[--h->n_consoles]);
        free(h->consoles);
}

void state_holds_clear(struct state *state)
{
        for (size_t i = 0; i < state->n_holds; i++)
                hold_clear(&state->holds[i]);
        free(state->holds);
}

struct state_hold *state_find_hold(const struct state *state, const char *section)
{
        for (size_t i = 0; i < state->n_holds; i++)
                if (streq_ptr(state->holds[i].section, section))
                        return &state->holds[i];
        return NULL;
}

struct state_hold *state_set_hold(struct state *state, const char *section, const char *vm)
{
        struct state_hold *h = state_find_hold(state, section);

        if (h)
                return h;
        h = ARRAY_APPEND(state->holds, state->n_holds, state->alloc_holds);
        replace_string(&h->section, section);
        replace_string(&h->vm, vm);
        state->changed = true;
        return h;
}

void state_drop_hold(struct state *state, const char *section)
{
        struct state_hold *h = state_find_hold(state, section);

        if (!h)
                return;
        hold_clear(h);
        state->n_holds--;
        memmove(h, h + 1, (size_t) (state->holds + state->n_holds - h) * sizeof(*h));
        state->changed = true;
}

void state_hold_add_console(struct state_hold *h, const char *console)
{
        for (size_t i = 0; i < h->n_consoles; i++)
                if (streq(h->consoles[i], console))
                        return;
        *(char **) ARRAY_APPEND(h->consoles, h->n_consoles, h->alloc_consoles) = xstrdup(console);
}

void state_hold_add_vm(struct strbuf *b, const struct state_hold *hold)
{
        const char *blank = hold && hold->vm ? strchr(hold->vm, ' ') : NULL;

        if (blank)
                strbuf_addf(b, "VM%s", blank);
}

void state_put_holds(struct strbuf *b, const struct state *state)
{
        for (size_t i = 0; i < state->n_holds; i++) {
                const struct state_hold *h = &state->holds[i];

                strbuf_addf(b, "\n[hold %zu]\n", i);
                state_put(b, "section", h->section);
                state_put(b, "vm", h->vm);
                state_put(b, "unit", h->unit);
                for (size_t k = 0; k < h->n_consoles; k++)
                        state_put(b, "console", h->consoles[k]);
        }
}

/* A release writes to it: it is a name in a directory. */
static int take_console(struct state_hold *h, const char *value)
{
        CLEANUP_FREE char *name = NULL;
        int r = state_take(&name, value);

        if (r == 0 && (isempty(name) || *name == '.' || strchr(name, '/')))
                r = -EBADMSG;
        if (r == 0)
                state_hold_add_console(h, name);
        return r;
}

/* Numbered in order, as failures are; a long name has several lines. */
int state_take_hold(struct state *state, uint64_t index, const char *name, const char *value)
{
        struct state_hold *h;

        if (index == state->n_holds)
                ARRAY_APPEND(state->holds, state->n_holds, state->alloc_holds);
        if (index + 1 != state->n_holds)
                return -EBADMSG;
        h = &state->holds[index];
        if (streq(name, "section"))
                return state_take(&h->section, value);
        if (streq(name, "vm"))
                return state_take(&h->vm, value);
        if (streq(name, "unit"))
                return state_take(&h->unit, value);
        return streq(name, "console") ? take_console(h, value) : -EBADMSG;
}

bool state_holds_are_named(const struct state *state)
{
        for (size_t i = 0; i < state->n_holds; i++)
                if (!state->holds[i].section || !strchr(state->holds[i].section, ' '))
                        return false;
        return true;
}
