/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every user of the door needs: attributes as text and numbers, link names, sorted directories. */
#include "sys/sys.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"

void sys_free(struct sys *sys)
{
        if (!sys)
                return;
        if (sys->ops->free)
                sys->ops->free(sys->userdata);
        free(sys);
}

int sys_read_attr(struct sys *sys, const char *path, char *buf, size_t size)
{
        ssize_t n = sys->ops->read(sys->userdata, path, buf, size);

        if (n < 0)
                return (int) n;
        if ((size_t) n >= size)
                return -EFBIG;
        buf[n] = '\0';
        if (strlen(buf) != (size_t) n)
                return -EINVAL; /* text has no NUL */
        while (n > 0 && buf[n - 1] == '\n')
                buf[--n] = '\0';
        return 0;
}

int sys_read_text(struct sys *sys, const char *path, char **ret)
{
        CLEANUP_FREE char *text = NULL;
        size_t len = 0;
        int r = sys->ops->read_file(sys->userdata, path, 1U << 20, &text, &len);

        if (r == 0 && strlen(text) != len)
                r = -EINVAL;
        if (r == 0)
                *ret = STEAL(text);
        return r;
}

int sys_read_number(struct sys *sys, const char *path, uint64_t *ret)
{
        char buf[64];
        const char *hex;
        int r = sys_read_attr(sys, path, buf, sizeof(buf));

        if (r < 0)
                return r == -EFBIG ? -EINVAL : r;
        hex = after_prefix(buf, "0x");
        return parse_unsigned(hex ? hex : buf, hex ? 16 : 10, UINT64_MAX, ret) < 0 ? -EINVAL : 0;
}

int sys_read_link_name(struct sys *sys, const char *path, char **ret)
{
        char target[PATH_MAX];
        ssize_t n = sys->ops->readlink(sys->userdata, path, target, sizeof(target));

        if (n < 0)
                return (int) n;
        *ret = xstrdup(last_component(target));
        return 0;
}

struct name_list {
        char **names;
        size_t n, alloc;
};

static int add_name(void *arg, const char *name)
{
        struct name_list *list = arg;
        char **slot = ARRAY_APPEND(list->names, list->n, list->alloc);

        *slot = xstrdup(name);
        return 0;
}

static int compare_names(const void *a, const void *b)
{
        return strcmp(*(char *const *) a, *(char *const *) b);
}

void names_free(char **names)
{
        for (char **n = names; n && *n; n++)
                free(*n);
        free(names);
}

int sys_note_failed(struct sys *sys, const char *path, int error)
{
        if (error < 0 && error != -ENOENT)
                (void) snprintf(sys->failed, sizeof(sys->failed), "/%s", path);
        return error;
}

int sys_list(struct sys *sys, const char *path, char ***ret, size_t *ret_n)
{
        struct name_list list = { 0 };
        int r = sys->ops->list(sys->userdata, path, add_name, &list);

        if (r == 0)
                ARRAY_APPEND(list.names, list.n, list.alloc);
        if (r < 0) {
                for (size_t i = 0; i < list.n; i++)
                        free(list.names[i]);
                free(list.names);
                return sys_note_failed(sys, path, r);
        }
        list.n--;
        if (list.n > 1)
                qsort(list.names, list.n, sizeof(*list.names), compare_names);
        *ret = list.names;
        *ret_n = list.n;
        return 0;
}

bool sys_exists(struct sys *sys, const char *path)
{
        char buf[PATH_MAX];
        ssize_t n = sys->ops->readlink(sys->userdata, path, buf, sizeof(buf));

        return n >= 0 || n == -EINVAL; /* there, and not a link */
}
