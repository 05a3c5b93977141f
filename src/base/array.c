/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arrays that grow. */
#include "base/array.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int array_reserve(void *array, size_t *alloc, size_t need, size_t size)
{
        void *items, *more;
        size_t room = *alloc;

        if (need <= room)
                return 0;
        while (room < need) {
                if (room > SIZE_MAX / 2)
                        return -ENOMEM;
                room = room ? room * 2 : 8;
        }
        /* The caller's pointer is of another type than void *: copy it in and out. */
        memcpy(&items, array, sizeof(items));
        more = reallocarray(items, room, size);
        if (!more)
                return -ENOMEM;
        memcpy(array, &more, sizeof(more));
        *alloc = room;
        return 0;
}

void *array_append(void *array, size_t *n, size_t *alloc, size_t size)
{
        char *items;

        if (array_reserve(array, alloc, *n + 1, size) < 0)
                return NULL;
        memcpy(&items, array, sizeof(items));
        return memset(items + (*n)++ * size, 0, size);
}
