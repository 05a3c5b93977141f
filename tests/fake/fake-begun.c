/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes that are begun and ended: the kernel does each at some moment between. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "fake/fake-internal.h"

static void do_begun(struct fake_kernel *k, struct begun *w)
{
        k->bounded = true;
        k->limit = w->limit;
        w->result = fake_do_write(k, w->path, w->value, strlen(w->value), 0200);
        k->bounded = false;
        w->done = true;
}

int fake_write_begin(void *userdata, const char *path, const char *value, size_t len, uint64_t limit)
{
        struct fake_kernel *k = userdata;
        size_t i = 0, busy = 1;

        while (i < k->n_begun && k->begun[i].path)
                i++;
        if (i == k->n_begun)
                ARRAY_APPEND(k->begun, k->n_begun, k->alloc_begun);
        for (size_t other = 0; other < k->n_begun; other++)
                busy += k->begun[other].path != NULL;
        k->most_begun = busy > k->most_begun ? busy : k->most_begun;
        k->begun[i] = (struct begun){ .limit = limit,
                                      .path = fake_strdup(path),
                                      .value = fake_printf("%.*s", (int) len, value) };
        if (!k->late_writes)
                do_begun(k, &k->begun[i]);
        return (int) i;
}

int fake_write_end(void *userdata, int number, struct blocked_write *ret)
{
        struct fake_kernel *k = userdata;
        struct begun *w = &k->begun[number];
        int r;

        /* Late, the last one that was begun comes first. */
        for (size_t i = k->n_begun; i-- > 0 && !w->done;)
                if (k->begun[i].path && !k->begun[i].done)
                        do_begun(k, &k->begun[i]);
        r = w->result;
        free(w->path);
        free(w->value);
        *w = (struct begun){ 0 };
        if (r == -ETIMEDOUT)
                *ret = (struct blocked_write){ .pid = FAKE_WRITER, .where = "vfio_unregister_group_dev" };
        return r;
}

void fake_let_write_late(struct fake_kernel *k)
{
        k->late_writes = true;
}

size_t fake_most_begun(const struct fake_kernel *k)
{
        return k->most_begun;
}

bool fake_all_ended(const struct fake_kernel *k)
{
        for (size_t i = 0; i < k->n_begun; i++)
                if (k->begun[i].path)
                        return false;
        return true;
}
