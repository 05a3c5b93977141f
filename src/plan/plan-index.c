/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the item of a plan that is about a function, an mdev or a section, however many there are. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strutil.h"
#include "plan/plan.h"

/* An mdev and its item. */
struct plan_mdev_key {
        uint8_t uuid[16];
        size_t item;
};

struct plan_index {
        size_t n_functions, n_mdevs;
        size_t *functions; /* by function: the number, from 1, of its item; 0 none */
        size_t *vgpus;     /* by function: that of the item whose vGPU it is; NULL: none is one */
        size_t *sections;  /* all items, by kind and name */
        struct plan_mdev_key *mdevs;
};

void plan_index_free(struct plan_index *index)
{
        if (!index)
                return;
        free(index->functions);
        free(index->vgpus);
        free(index->sections);
        free(index->mdevs);
        free(index);
}

static void set_first(size_t *slot, size_t item)
{
        if (*slot == 0)
                *slot = item + 1;
}

/* Whoever claims it comes before those that only name it. */
static void index_functions(const struct plan *plan, struct plan_index *index)
{
        for (size_t i = 0; i < plan->n_items; i++) {
                const struct plan_item *item = &plan->items[i];

                if (item->verdict == VERDICT_DISABLED)
                        continue;
                if (item->section->kind == SECTION_SRIOV && item->pf != NO_INDEX)
                        set_first(&index->functions[item->pf], i);
                for (size_t k = 0; k < item->n_claims; k++)
                        if (item->claims[k].function != NO_INDEX)
                                set_first(&index->functions[item->claims[k].function], i);
        }
        for (size_t i = 0; i < plan->n_items; i++)
                if (plan->items[i].verdict != VERDICT_DISABLED && plan->items[i].found != NO_INDEX)
                        set_first(&index->functions[plan->items[i].found], i);
}

static int compare_mdevs(const void *a, const void *b)
{
        const struct plan_mdev_key *x = a, *y = b;
        int r = memcmp(x->uuid, y->uuid, sizeof(x->uuid));

        return r != 0 ? r : (x->item > y->item) - (x->item < y->item);
}

static void index_mdevs(const struct plan *plan, const struct inventory *inv, struct plan_index *index)
{
        size_t n = 0;

        for (size_t i = 0; i < plan->n_items; i++)
                n += plan->items[i].n_mdevs;
        if (n == 0)
                return;
        index->mdevs = xcalloc(n, sizeof(*index->mdevs));
        index->vgpus = xcalloc(inv->n_functions + 1, sizeof(*index->vgpus));
        for (size_t i = 0; i < plan->n_items; i++)
                for (size_t k = 0; k < plan->items[i].n_mdevs; k++) {
                        const struct plan_mdev *m = &plan->items[i].mdevs[k];
                        struct plan_mdev_key *key = &index->mdevs[index->n_mdevs];

                        if (m->vgpu && m->parent != NO_INDEX && inv->parents[m->parent].function != NO_INDEX)
                                set_first(&index->vgpus[inv->parents[m->parent].function], i);
                        if (!m->known)
                                continue;
                        memcpy(key->uuid, m->uuid, sizeof(key->uuid));
                        key->item = i;
                        index->n_mdevs++;
                }
        qsort(index->mdevs, index->n_mdevs, sizeof(*index->mdevs), compare_mdevs);
}

static int compare_names(const struct config_section *x, enum section_kind kind, const char *name)
{
        return x->kind != kind ? (x->kind > kind) - (x->kind < kind) : strcmp(x->name, name);
}

static int compare_sections(const void *a, const void *b, void *userdata)
{
        const struct plan *plan = userdata;
        const struct config_section *y = plan->items[*(const size_t *) b].section;

        return compare_names(plan->items[*(const size_t *) a].section, y->kind, y->name);
}

void plan_index(struct plan *plan, const struct inventory *inv)
{
        struct plan_index *index = xcalloc(1, sizeof(*index));

        plan_index_free(plan->index);
        plan->index = index;
        index->n_functions = inv->n_functions;
        index->functions = xcalloc(inv->n_functions + 1, sizeof(*index->functions));
        index->sections = xcalloc(plan->n_items + 1, sizeof(*index->sections));
        index_functions(plan, index);
        for (size_t i = 0; i < plan->n_items; i++)
                index->sections[i] = i;
        qsort_r(index->sections, plan->n_items, sizeof(*index->sections), compare_sections, plan);
        index_mdevs(plan, inv, index);
}

static const struct plan_item *item_numbered(const struct plan *plan, const size_t *numbers, size_t function)
{
        return numbers && numbers[function] > 0 ? &plan->items[numbers[function] - 1] : NULL;
}

const struct plan_item *plan_item_of(const struct plan *plan, size_t function)
{
        return plan ? item_numbered(plan, plan->index->functions, function) : NULL;
}

const struct plan_item *plan_item_of_vgpu(const struct plan *plan, size_t function)
{
        return plan ? item_numbered(plan, plan->index->vgpus, function) : NULL;
}

const struct plan_item *plan_item_of_mdev(const struct plan *plan, const uint8_t uuid[static 16])
{
        const struct plan_index *index = plan ? plan->index : NULL;
        size_t low = 0, high = index ? index->n_mdevs : 0;

        while (low < high) { /* the first of several */
                size_t middle = low + (high - low) / 2;

                if (memcmp(index->mdevs[middle].uuid, uuid, 16) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return index && low < index->n_mdevs && memcmp(index->mdevs[low].uuid, uuid, 16) == 0
                       ? &plan->items[index->mdevs[low].item]
                       : NULL;
}

struct plan_item *plan_find_item(const struct plan *plan, const char *key)
{
        const char *name = NULL;
        enum section_kind kind = 0;
        size_t low = 0, high = plan->n_items;

        for (; kind < SECTION_KIND_MAX; kind++) {
                name = key ? after_prefix(key, section_kind_name(kind)) : NULL;
                if (name && *name == ' ')
                        break;
        }
        if (kind == SECTION_KIND_MAX)
                return NULL;
        name++;
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                struct plan_item *item = &plan->items[plan->index->sections[middle]];
                int r = compare_names(item->section, kind, name);

                if (r == 0)
                        return item;
                if (r < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return NULL;
}
