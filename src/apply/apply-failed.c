/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps that have failed, found by what they touch: whether one stands in the way is asked for each step after it.
 */
#include "apply/apply-internal.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "config/claims.h"

/* The failed steps that touch the same; the number may stand for another thing too, by chance. */
struct failed_steps {
        uint64_t key;
        size_t *steps;
        size_t n, alloc;
};

static uint64_t hash_of(const void *data, size_t len)
{
        return UINT64_C(1) << 62 | claims_hash(CLAIMS_HASH, data, len);
}

/* A card; a driver, of a step that loads its module; an mdev. */
static uint64_t key_of(const struct applier *a, const struct plan_step *step)
{
        if (step->kind == STEP_MDEV_CREATE || step->kind == STEP_MDEV_ATTR || step->kind == STEP_MDEV_REMOVE)
                return hash_of(step->uuid, sizeof(step->uuid));
        if (step->kind == STEP_MODULE_LOAD && step->attribute)
                return hash_of(step->attribute, strlen(step->attribute));
        return plan_place_of(a->inv, step).card;
}

static int compare_keys(const void *a, const void *b)
{
        const struct failed_steps *x = a, *y = b;

        return (x->key > y->key) - (x->key < y->key);
}

void failed_add(struct applier *a, size_t i)
{
        const struct plan_step *step = &a->plan->steps[i];
        struct failed_steps *fresh, **node;

        a->n_failed++;
        /* Each module of a section, and each of its parameters, is on its own. */
        if (step->kind == STEP_MODULE_PARAM || (step->kind == STEP_MODULE_LOAD && !step->attribute))
                return;
        fresh = xcalloc(1, sizeof(*fresh));
        fresh->key = key_of(a, step);
        node = tsearch(fresh, &a->failed, compare_keys);
        if (!node)
                out_of_memory();
        if (*node != fresh)
                free(fresh);
        *(size_t *) ARRAY_APPEND((*node)->steps, (*node)->n, (*node)->alloc) = i;
}

static const struct plan_step *find(const struct applier *a, uint64_t key, failed_match match,
                                    const struct plan_step *step)
{
        const struct failed_steps wanted = { .key = key };
        struct failed_steps *const *node = a->failed ? tfind(&wanted, &a->failed, compare_keys) : NULL;

        for (size_t i = 0; node && i < (*node)->n; i++) {
                const struct plan_step *failed = &a->plan->steps[(*node)->steps[i]];

                if (match(a, failed, step))
                        return failed;
        }
        return NULL;
}

bool failed_any(const struct applier *a, failed_match match, const struct plan_step *step)
{
        return a->failed && find(a, key_of(a, step), match, step);
}

static bool is_load_of(const struct applier *a, const struct plan_step *failed, const struct plan_step *step)
{
        (void) a;
        return failed->kind == STEP_MODULE_LOAD && streq_ptr(failed->attribute, step->value);
}

bool failed_to_load(const struct applier *a, const struct plan_step *step)
{
        return a->failed && step->value && find(a, hash_of(step->value, strlen(step->value)), is_load_of, step);
}

static void failed_free(void *node)
{
        struct failed_steps *f = node;

        free(f->steps);
        free(f);
}

void failed_clear(struct applier *a)
{
        tdestroy(a->failed, failed_free);
        a->failed = NULL;
}
