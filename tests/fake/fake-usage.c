/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the fake kernel's host uses its devices for: block devices, mounts, addresses. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/strutil.h"
#include "fake/fake-internal.h"

/* The directory at a path, made below the last of its parents that is there; links are followed. */
static struct node *dir_at(struct fake_kernel *k, const char *path)
{
        CLEANUP_FREE char *copy = fake_strdup(path);
        struct node *dir = k->root;
        char *rest = copy, *part;

        while ((part = strsep(&rest, "/"))) {
                struct node *next;

                if (*part && node_find(dir, part, true, &next) == 0)
                        dir = next;
                else if (*part)
                        dir = node_dir(dir, part);
        }
        return dir;
}

void fake_file(struct fake_kernel *k, const char *path, const char *text)
{
        CLEANUP_FREE char *above = fake_strdup(path), *whole = NULL;
        const char *name = last_component(path);
        struct node *dir, *file;

        above[name - path] = '\0';
        dir = dir_at(k, above);
        file = node_child(dir, name);
        if (!file) {
                node_file(dir, name, text);
                return;
        }
        whole = fake_printf("%s%s", file->text, text);
        node_set(file, whole, strlen(whole));
}

void fake_link(struct fake_kernel *k, const char *path, const char *target)
{
        CLEANUP_FREE char *above = fake_strdup(path);
        const char *name = last_component(path);
        struct node *to;

        above[name - path] = '\0';
        if (node_find(k->root, target, true, &to) < 0)
                abort();
        node_link(dir_at(k, above), name, to);
}

void fake_block(struct fake_kernel *k, const char *dir, const char *name, const char *number)
{
        CLEANUP_FREE char *number_line = fake_printf("%s\n", number);
        struct node *block = node_dir(dir_at(k, dir), name);

        node_file(block, "dev", number_line);
        node_dir(block, "holders");
        node_link(node_dir(k->root, "sys/class/block"), name, block);
}

static void add_name(struct name **names, const char *text)
{
        struct name *n = fake_alloc(sizeof(*n));

        n->text = fake_strdup(text);
        n->next = *names;
        *names = n;
}

static bool has_name(const struct name *names, const char *text)
{
        for (const struct name *n = names; n; n = n->next)
                if (streq(n->text, text))
                        return true;
        return false;
}

static void forget_names(struct name **names)
{
        while (*names) {
                struct name *n = *names;

                *names = n->next;
                free(n->text);
                free(n);
        }
}

void fake_hold(struct fake_kernel *k, const char *name)
{
        add_name(&k->holds, name);
}

void fake_lock_disk(struct fake_kernel *k, const char *name)
{
        add_name(&k->locks, name);
}

bool fake_was_opened(const struct fake_kernel *k, const char *name)
{
        return has_name(k->opened, name);
}

void fake_mount(struct fake_kernel *k, const char *dir, const char *name, const char *number, const char *point,
                const char *type)
{
        CLEANUP_FREE char *line = fake_printf("36 1 %s / %s rw - %s /dev/%s rw\n", number, point, type, name);

        fake_block(k, dir, name, number);
        fake_hold(k, name);
        fake_file(k, "proc/1/mountinfo", line);
}

void fake_address(struct fake_kernel *k, const char *interface, const char *address)
{
        struct address *a = fake_alloc(sizeof(*a));

        a->interface = fake_strdup(interface);
        a->size = strchr(address, ':') ? 16 : 4;
        if (inet_pton(a->size == 4 ? AF_INET : AF_INET6, address, a->bytes) != 1)
                abort();
        a->next = k->addresses;
        k->addresses = a;
}

int usage_block_open(struct fake_kernel *k, const char *name)
{
        if (has_name(k->locks, name))
                return -EAGAIN;
        add_name(&k->opened, name);
        return has_name(k->holds, name) ? -EBUSY : 0;
}

int usage_addresses(struct fake_kernel *k,
                    int (*each)(void *arg, const char *interface, const uint8_t *address, size_t size), void *arg)
{
        for (const struct address *a = k->addresses; a; a = a->next) {
                int r = each(arg, a->interface, a->bytes, a->size);

                if (r < 0)
                        return r;
        }
        return 0;
}

void usage_forget(struct fake_kernel *k)
{
        forget_names(&k->holds);
        forget_names(&k->locks);
        forget_names(&k->opened);
        while (k->addresses) {
                struct address *a = k->addresses;

                k->addresses = a->next;
                free(a->interface);
                free(a);
        }
}
