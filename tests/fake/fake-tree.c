/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fake kernel's file system: a tree of directories, attributes and links, and the way along a path. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake/fake-internal.h"

#define LINKS_MAX 40 /* as in the kernel: then it is ELOOP */

void *fake_alloc(size_t size)
{
        void *p = calloc(1, size);

        if (!p)
                abort();
        return p;
}

char *fake_strdup(const char *s)
{
        char *copy = strdup(s);

        if (!copy)
                abort();
        return copy;
}

char *fake_printf(const char *format, ...)
{
        va_list args;
        char *text;
        int n;

        va_start(args, format);
        n = vasprintf(&text, format, args);
        va_end(args);
        if (n < 0)
                abort();
        return text;
}

static struct node *child_n(const struct node *dir, const char *name, size_t len)
{
        /* The first character decides for most; the sanitizer's strncmp() is slow. */
        for (struct node *n = dir->children; n; n = n->next)
                if (n->name[0] == name[0] && strncmp(n->name, name, len) == 0 && !n->name[len])
                        return n;
        return NULL;
}

struct node *node_child(const struct node *dir, const char *name)
{
        return child_n(dir, name, strlen(name));
}

static struct node *new_n(struct node *dir, enum node_kind kind, const char *name, size_t len)
{
        struct node *n = fake_alloc(sizeof(*n));

        n->name = fake_printf("%.*s", (int) len, name);
        n->kind = kind;
        n->mode = kind == NODE_FILE ? 0444 : 0755;
        n->parent = dir;
        if (dir) {
                n->next = dir->children;
                dir->children = n;
        }
        return n;
}

struct node *node_new(struct node *dir, enum node_kind kind, const char *name)
{
        return new_n(dir, kind, name, strlen(name));
}

struct node *node_dir(struct node *dir, const char *path)
{
        while (*path) {
                size_t n = strcspn(path, "/");
                struct node *child = child_n(dir, path, n);

                dir = child ? child : new_n(dir, NODE_DIR, path, n);
                path += n;
                path += strspn(path, "/");
        }
        return dir;
}

void node_set(struct node *file, const char *data, size_t len)
{
        free(file->text);
        file->text = fake_alloc(len + 1);
        if (len > 0)
                memcpy(file->text, data, len);
        file->len = len;
}

struct node *node_file(struct node *dir, const char *name, const char *text)
{
        struct node *n = node_new(dir, NODE_FILE, name);

        node_set(n, text, strlen(text));
        return n;
}

struct node *node_attr(struct node *dir, const char *name, node_show show, node_store store, void *owner)
{
        struct node *n = node_new(dir, NODE_FILE, name);

        n->mode = (show ? 0444 : 0) | (store ? 0200 : 0);
        n->show = show;
        n->store = store;
        n->owner = owner;
        return n;
}

static unsigned depth(const struct node *n)
{
        unsigned d = 0;

        for (; n->parent; n = n->parent)
                d++;
        return d;
}

static void add_path(struct strbuf *b, const struct node *n)
{
        if (!n->parent)
                return;
        add_path(b, n->parent);
        if (n->parent->parent)
                strbuf_add(b, "/");
        strbuf_add(b, n->name);
}

char *node_path(const struct node *n)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };

        add_path(&b, n);
        return strbuf_steal(&b);
}

/* The kernel's links are relative, from the place of the link: so many ../ as both have nothing in common. */
struct node *node_link(struct node *dir, const char *name, const struct node *target)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        CLEANUP_FREE char *path = node_path(target);
        struct node *n = node_new(dir, NODE_LINK, name);
        const struct node *common = dir;
        const char *rest = path;

        for (;;) {
                CLEANUP_FREE char *base = node_path(common);
                size_t len = strlen(base);

                if (len == 0)
                        break;
                if (strncmp(path, base, len) == 0 && path[len] == '/') {
                        rest = path + len + 1;
                        break;
                }
                common = common->parent;
        }
        for (unsigned i = depth(common); i < depth(dir); i++)
                strbuf_add(&b, "../");
        strbuf_add(&b, rest);
        n->len = b.len;
        n->text = strbuf_steal(&b);
        return n;
}

static void node_free(struct node *n)
{
        while (n->children) {
                struct node *child = n->children;

                n->children = child->next;
                node_free(child);
        }
        free(n->name);
        free(n->text);
        free(n);
}

void node_remove(struct node *n)
{
        if (!n)
                return;
        if (n->parent) {
                struct node **at = &n->parent->children;

                while (*at != n)
                        at = &(*at)->next;
                *at = n->next;
        }
        node_free(n);
}

void node_remove_child(const struct node *dir, const char *name)
{
        node_remove(node_child(dir, name));
}

static int walk(struct node *at, const char *path, bool follow_last, unsigned links, struct node **ret)
{
        if (links > LINKS_MAX)
                return -ELOOP;
        path += strspn(path, "/");
        while (*path) {
                size_t n = strcspn(path, "/");
                const char *rest = path + n + strspn(path + n, "/");
                struct node *to;

                if (at->kind != NODE_DIR)
                        return -ENOTDIR;
                if (n == 2 && strncmp(path, "..", 2) == 0)
                        to = at->parent ? at->parent : at;
                else if (n == 1 && *path == '.')
                        to = at;
                else
                        to = child_n(at, path, n);
                if (!to)
                        return -ENOENT;
                if (to->kind == NODE_LINK && (*rest || follow_last)) {
                        int r = walk(at, to->text, true, links + 1, &to);

                        if (r < 0)
                                return r;
                }
                at = to;
                path = rest;
        }
        *ret = at;
        return 0;
}

int node_find(struct node *at, const char *path, bool follow_last, struct node **ret)
{
        return walk(at, path, follow_last, 0, ret);
}

char *node_text(struct fake_kernel *k, struct node *file, size_t *ret_len)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };

        if (file->show)
                file->show(k, file, &b);
        else if (file->len > 0)
                strbuf_addn(&b, file->text, file->len);
        *ret_len = b.len;
        return strbuf_steal(&b);
}
