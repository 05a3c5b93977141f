/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fake kernel as struct sys_ops: every operation is counted, may be made to fail, and writes are noted. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/strutil.h"
#include "fake/fake-internal.h"

int fake_enter(struct fake_kernel *k, bool changes, const char *what, const char *path)
{
        if (k->outside)
                return 0;
        if (k->change_at != 0 && k->operations + 1 == k->change_at) {
                k->change_at = 0;
                k->change(k, k->change_arg);
        }
        if (++k->operations != k->fault_at || (k->fault == FAULT_LOST && !changes))
                return k->fault == FAULT_DEATH && k->fault_what ? -k->fault_error : 0;
        free(k->fault_what);
        k->fault_what = fake_printf("%s %s", what, path);
        return k->fault == FAULT_LOST ? 1 : -k->fault_error;
}

static int open_file(struct fake_kernel *k, const char *path, unsigned mode, struct node **ret)
{
        int r = node_find(k->root, path, true, ret);

        if (r < 0)
                return r;
        if ((*ret)->kind == NODE_DIR)
                return -EISDIR;
        /* sysfs minds the mode even for root (KERNFS_ROOT_EXTRA_OPEN_PERM_CHECK). */
        return ((*ret)->mode & mode) == mode ? 0 : -EACCES;
}

static ssize_t do_read(struct fake_kernel *k, const char *path, void *buf, size_t size)
{
        CLEANUP_FREE char *text = NULL;
        struct node *n;
        size_t len;
        int r = open_file(k, path, 0400, &n);

        if (r < 0)
                return r;
        text = node_text(k, n, &len);
        len = MIN_OF(len, size);
        if (len > 0)
                memcpy(buf, text, len);
        return (ssize_t) len;
}

static ssize_t op_read(void *userdata, const char *path, void *buf, size_t size)
{
        int r = fake_enter(userdata, false, "read", path);

        return r < 0 ? r : do_read(userdata, path, buf, size);
}

static int op_read_file(void *userdata, const char *path, size_t max, char **ret, size_t *ret_len)
{
        CLEANUP_FREE char *text = NULL;
        struct fake_kernel *k = userdata;
        struct node *n;
        size_t len;
        int r = fake_enter(k, false, "read", path);

        if (r == 0)
                r = open_file(k, path, 0400, &n);
        if (r < 0)
                return r;
        text = node_text(k, n, &len);
        if (len > max)
                return -EFBIG;
        *ret = STEAL(text);
        *ret_len = len;
        return 0;
}

/* A copy shows a use after unmap(). */
static int op_map(void *userdata, const char *path, const char **ret, size_t *ret_len)
{
        char *text = NULL;
        int r = op_read_file(userdata, path, SIZE_MAX, &text, ret_len);

        if (r == 0)
                *ret = text;
        return r;
}

static void op_unmap(void *userdata, const char *data, size_t len)
{
        (void) userdata;
        (void) len;
        free((void *) data);
}

int fake_do_write(struct fake_kernel *k, const char *path, const char *value, size_t len, unsigned mode)
{
        CLEANUP_FREE char *copy = fake_printf("%.*s", (int) len, value), *real = NULL;
        CLEANUP_FREE char *what = fake_printf("%s = %s", path, copy);
        size_t n_copy = strlen(copy);
        struct node *n;
        int lost = fake_enter(k, true, "write", what);
        int r = open_file(k, path, mode, &n);

        if (r < 0) {
                fake_journal(k, path, copy, r);
                return lost < 0 ? lost : r;
        }
        real = node_path(n);
        if (n_copy > 0 && copy[n_copy - 1] == '\n')
                copy[n_copy - 1] = '\0';
        if (after_prefix(real, "sys/module/"))
                fake_touch(k, n->parent->parent->name);
        /* kernfs does not call an attribute for a write of no bytes. */
        r = lost ? MIN_OF(lost, 0) : len > 0 ? n->store(k, n, copy) : 0;
        fake_journal(k, real, copy, r);
        if (r == 0)
                fake_run_hooks(k, real, copy);
        return r;
}

static int op_write(void *userdata, const char *path, const char *value, size_t len)
{
        return fake_do_write(userdata, path, value, len, 0200);
}

static ssize_t op_write_read(void *userdata, const char *path, const char *value, size_t len, char *buf, size_t size)
{
        ssize_t n;
        int r = fake_do_write(userdata, path, value, len, 0600);

        if (r < 0)
                return r;
        n = op_read(userdata, path, buf, size - 1);
        if (n >= 0)
                buf[n] = '\0';
        return n;
}

static ssize_t op_readlink(void *userdata, const char *path, char *buf, size_t size)
{
        struct fake_kernel *k = userdata;
        struct node *n;
        int r = fake_enter(k, false, "readlink", path);

        if (r == 0)
                r = node_find(k->root, path, false, &n);
        if (r < 0)
                return r;
        if (n->kind != NODE_LINK)
                return -EINVAL;
        if (n->len >= size)
                return -ENAMETOOLONG;
        memcpy(buf, n->text, n->len + 1);
        return (ssize_t) n->len;
}

static int op_list(void *userdata, const char *path, int (*each)(void *arg, const char *name), void *arg)
{
        struct fake_kernel *k = userdata;
        struct name *names = NULL, **end = &names;
        struct node *dir;
        int r = fake_enter(k, false, "list", path);

        if (r == 0)
                r = node_find(k->root, path, true, &dir);
        if (r < 0)
                return r;
        if (dir->kind != NODE_DIR)
                return -ENOTDIR;
        /* each() may call operations that change the directory. */
        for (const struct node *n = dir->children; n; n = n->next) {
                *end = fake_alloc(sizeof(**end));
                (*end)->text = fake_strdup(n->name);
                end = &(*end)->next;
        }
        while (names) {
                struct name *name = names;

                if (r >= 0)
                        r = each(arg, name->text);
                names = name->next;
                free(name->text);
                free(name);
        }
        return MIN_OF(r, 0);
}

static int op_writable(void *userdata, const char *path)
{
        struct fake_kernel *k = userdata;
        struct node *n;
        int r = fake_enter(k, false, "stat", path);

        if (r == 0)
                r = node_find(k->root, path, true, &n);
        return r < 0 ? r : (n->mode & 0200) != 0;
}

static int op_module_load(void *userdata, const char *name, const char *options)
{
        CLEANUP_FREE char *path = fake_printf("module %s", name);
        struct fake_kernel *k = userdata;
        int r = fake_enter(k, true, "load", name);

        r = r ? MIN_OF(r, 0) : module_load(k, name, options);
        fake_journal(k, path, options ? options : "", r);
        return r;
}

static int op_group_open(void *userdata, int group)
{
        CLEANUP_FREE char *path = fake_printf("%d", group);
        int r = fake_enter(userdata, false, "group_open", path);

        return r < 0 ? r : group_open_test(userdata, group);
}

static int op_block_open(void *userdata, const char *name)
{
        int r = fake_enter(userdata, false, "block_open", name);

        return r < 0 ? r : usage_block_open(userdata, name);
}

static int op_addresses(void *userdata,
                        int (*each)(void *arg, const char *interface, const uint8_t *address, size_t size), void *arg)
{
        int r = fake_enter(userdata, false, "addresses", "");

        return r < 0 ? r : usage_addresses(userdata, each, arg);
}

static uint64_t op_now(void *userdata)
{
        const struct fake_kernel *k = userdata;

        return k->now;
}

static int op_events_begin(void *userdata)
{
        int r = fake_enter(userdata, false, "events_begin", "");

        if (r < 0)
                return r;
        fake_events_begin(userdata);
        return 0;
}

static int op_events_wait(void *userdata, uint64_t deadline)
{
        int r = fake_enter(userdata, false, "events_wait", "");

        return r < 0 ? r : fake_events_wait(userdata, deadline);
}

static int op_events_idle(void *userdata)
{
        int r = fake_enter(userdata, false, "events_idle", "");

        return r < 0 ? r : fake_events_idle(userdata);
}

static int op_watch_begin(void *userdata, const char *directory)
{
        int r = fake_enter(userdata, false, "watch_begin", directory);

        return MIN_OF(r, 0);
}

static int op_watch_wait(void *userdata, uint64_t deadline)
{
        int r = fake_enter(userdata, false, "watch_wait", "");

        return r < 0 ? r : fake_events_wait(userdata, deadline);
}

static int op_replace(void *userdata, const char *path, const char *data, size_t len)
{
        struct fake_kernel *k = userdata;
        int r = fake_enter(k, false, "replace", path); /* a file system does not lose it silently */

        if (!after_prefix(path, "run/") && !after_prefix(path, "var/lib/passthru-setup/"))
                fake_violate(k, "a file outside of /run is replaced: %s", path);
        if (r == 0) {
                CLEANUP_FREE char *above = fake_strdup(path);
                const char *name = last_component(path);
                struct node *dir, *file;

                above[name - path] = '\0';
                dir = node_dir(k->root, above);
                file = node_child(dir, name);
                node_set(file ? file : node_new(dir, NODE_FILE, name), data, len);
        }
        r = MIN_OF(r, 0);
        fake_journal(k, path, "", r);
        if (r == 0)
                fake_run_hooks(k, path, "");
        return r;
}

static int op_remove(void *userdata, const char *path)
{
        struct fake_kernel *k = userdata;
        struct node *n;
        int r = fake_enter(k, false, "remove", path);

        if (!after_prefix(path, "run/"))
                fake_violate(k, "a file outside of /run is removed: %s", path);
        if (r == 0)
                r = node_find(k->root, path, false, &n);
        if (r == 0)
                node_remove(n);
        return MIN_OF(r, 0);
}

static void op_free(void *userdata)
{
        (void) userdata; /* the test frees its kernel */
}

const struct sys_ops fake_ops = {
        .read = op_read,
        .read_file = op_read_file,
        .map = op_map,
        .unmap = op_unmap,
        .write = op_write,
        .write_read = op_write_read,
        .write_begin = fake_write_begin,
        .write_end = fake_write_end,
        .readlink = op_readlink,
        .list = op_list,
        .writable = op_writable,
        .module_load = op_module_load,
        .permanent_mac = fake_permanent_mac,
        .vf_read = vf_op_read,
        .vf_set = vf_op_set,
        .eswitch_get = eswitch_op_get,
        .eswitch_set = eswitch_op_set,
        .group_open = op_group_open,
        .block_open = op_block_open,
        .addresses = op_addresses,
        .nvme_admin = fake_nvme_admin,
        .derive_uuid = fake_derive_uuid,
        .unit_set = fake_unit_set,
        .now = op_now,
        .events_begin = op_events_begin,
        .events_wait = op_events_wait,
        .events_idle = op_events_idle,
        .watch_begin = op_watch_begin,
        .watch_wait = op_watch_wait,
        .replace = op_replace,
        .remove = op_remove,
        .free = op_free,
};

int fake_poke(struct fake_kernel *k, const char *path, const char *value)
{
        int r;

        k->outside = true;
        r = fake_do_write(k, path, value, strlen(value), 0200);
        k->outside = false;
        return r;
}

char *fake_text(struct fake_kernel *k, const char *path)
{
        CLEANUP_FREE char *text = NULL;
        struct node *n;
        size_t len;

        if (open_file(k, path, 0400, &n) < 0)
                return NULL;
        text = node_text(k, n, &len);
        if (len > 0 && text[len - 1] == '\n')
                text[len - 1] = '\0';
        return STEAL(text);
}
