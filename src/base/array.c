/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arrays that grow. */
#include "base/array.h"

#include <stdint.h>
#include <string.h>

#include "base/alloc.h"

void array_reserve(void *array, size_t *alloc, size_t need, size_t size)
{
        size_t room = *alloc;
        void *items;

        if (need <= room)
                return;
        while (room < need) {
                if (room > SIZE_MAX / 2)
                        out_of_memory();
                room = room ? room * 2 : 8;
        }
        /* The caller's pointer is of another type than void *: copy it in and out. */
        memcpy(&items, array, sizeof(items));
        items = xreallocarray(items, room, size);
        memcpy(array, &items, sizeof(items));
        *alloc = room;
}

void *array_append(void *array, size_t *n, size_t *alloc, size_t size)
{
        char *items;

        array_reserve(array, alloc, *n + 1, size);
        memcpy(&items, array, sizeof(items));
        return memset(items + (*n)++ * size, 0, size);
}
