/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of a section's devices is free, and what a VM has open: in one line, and row by row. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/uuid.h"
#include "plan/step-setting.h"
#include "view/rows-internal.h"

enum { NAME, DEVICE, MAC, STATE };

static const struct column columns[ROW_COLUMNS] = {
        [NAME] = { "NAME", COLUMN_NAME, .share = 0.25 },
        [DEVICE] = { "DEVICE", COLUMN_DEVICE, .share = 0.3 },
        [MAC] = { "MAC", .optional = true },
        [STATE] = { "STATE", .role = COLUMN_VERDICT, .share = 0.4 },
};

#define NAMED_MAX 4 /* users that one line names */

/* "win11, web1 and 3 more", each once. */
static void add_users(struct strbuf *b, const struct pool *pool)
{
        CLEANUP_FREE char **titles = xcalloc(pool->n + 1, sizeof(*titles));
        size_t n = 0;

        for (size_t i = 0; i < pool->n; i++) {
                size_t k = 0;

                if (!pool->members[i].opener)
                        continue;
                titles[n] = opener_title(pool->members[i].opener);
                while (!streq(titles[k], titles[n]))
                        k++;
                if (k < n) {
                        free(titles[n]);
                        continue;
                }
                if (n < NAMED_MAX)
                        strbuf_addf(b, "%s%s", n > 0 ? ", " : ": ", titles[n]);
                n++;
        }
        if (n > NAMED_MAX)
                strbuf_addf(b, " and %zu more", n - NAMED_MAX);
        for (size_t i = 0; i < n; i++)
                free(titles[i]);
}

void add_pool_use(struct strbuf *b, const struct pool *pool, const struct opener_view *view)
{
        bool only = pool->n == 1;

        if (pool->n_open + pool->n_free == 0 || (only && pool->n_open == 0))
                return;
        strbuf_add(b, b->len > 0 ? "; " : "");
        if (!only && pool->n_free > 0)
                strbuf_addf(b, "%zu free%s", pool->n_free, pool->n_open > 0 ? ", " : "");
        if (!only && pool->n_open > 0)
                strbuf_addf(b, "%zu ", pool->n_open);
        if (pool->n_open == 0)
                return;
        strbuf_add(b, "in use");
        add_users(b, pool);
        if (view->hidden)
                strbuf_add(b, " (only root can see by which VM)");
}

/* As a section calls it: a VF by its number, "uplink/3". */
static void set_name(struct row *row, const struct config_section *s, const struct pool_member *m,
                     const struct inventory *inv)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };

        if (s->kind == SECTION_SRIOV || s->kind == SECTION_VF)
                strbuf_addf(&b, "%s/%d", s->kind == SECTION_VF ? s->selector.section : s->name, member_vf(m, inv));
        else
                strbuf_add(&b, s->name);
        row_set(row, NAME, &b);
}

const char *pool_member_name(const struct pool_member *m, const struct inventory *inv, char buf[static POOL_NAME_MAX])
{
        if (m->function != NO_INDEX)
                return pci_address_format(&inv->functions[m->function].address, buf);
        return m->mdev ? uuid_format(m->mdev->uuid, buf) : inv->bus_devices[m->bus_device].name;
}

const char *pool_member_mac(const struct pool_member *m, const struct inventory *inv,
                            char buf[static PROPERTY_TEXT_MAX])
{
        const struct values *have = m->function == NO_INDEX ? NULL : inv->functions[m->function].values;

        return have && values_have(have, PROPERTY_MAC) ? property_value(PROPERTY_MAC, have->value[PROPERTY_MAC], buf)
                                                       : NULL;
}

static void set_state(struct row *row, const struct pool_member *m, const struct inventory *inv,
                      const struct opener_view *view)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        CLEANUP_FREE char *title = NULL;

        switch (m->use) {
        case MEMBER_NOT_READY:
                strbuf_add(&b, driver_word(m->function != NO_INDEX ? inv->functions[m->function].driver
                                                                   : inv->bus_devices[m->bus_device].driver));
                break;
        case MEMBER_UNKNOWN:
                strbuf_add(&b, view->hidden ? "only root can see who has it open" : "unknown");
                break;
        case MEMBER_FREE:
                strbuf_add(&b, member_use_name(m->use));
                break;
        case MEMBER_OPEN:
                title = m->opener ? opener_text(m->opener) : NULL;
                strbuf_addf(&b, "in use: %s",
                            title          ? title
                            : view->hidden ? "a VM or another program; root sees which"
                                           : "a VM or another program");
                break;
        }
        row_set(row, STATE, &b);
}

/* A PF's VFs are listed with it. */
static bool is_listed_with_pf(const struct plan *plan, const struct plan_item *item)
{
        for (size_t i = 0; item->section->kind == SECTION_VF && i < plan->n_items; i++) {
                const struct config_section *s = plan->items[i].section;

                if (s->kind == SECTION_SRIOV && !s->left_out && plan->items[i].pf == item->pf)
                        return true;
        }
        return false;
}

void rows_of_pools(const struct plan *plan, const struct inventory *inv, const struct pools *pools,
                   struct row_list *ret)
{
        static const enum row_color colors[] = {
                [MEMBER_NOT_READY] = ROW_DIM,
                [MEMBER_UNKNOWN] = ROW_PLAIN,
                [MEMBER_FREE] = ROW_GOOD,
                [MEMBER_OPEN] = ROW_CHANGE,
        };

        ret->columns = columns;
        for (size_t i = 0; i < pools->n; i++) {
                const struct pool *pool = &pools->items[i];

                if (pool->n == 0 || is_listed_with_pf(plan, &plan->items[i]))
                        continue;
                for (size_t k = 0; k < pool->n; k++) {
                        const struct pool_member *m = &pool->members[k];
                        struct row *row = add_row(ret, colors[m->use]);
                        char name[POOL_NAME_MAX], mac[PROPERTY_TEXT_MAX];

                        set_name(row, plan->items[i].section, m, inv);
                        row_set_text(row, DEVICE, pool_member_name(m, inv, name));
                        row_set_text(row, MAC, pool_member_mac(m, inv, mac));
                        set_state(row, m, inv, &pools->view);
                }
        }
}
