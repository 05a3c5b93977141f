/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mediated devices of the fake kernel (drivers/vfio/mdev/): parents, types, instances and their attributes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/uuid.h"
#include "fake/fake-internal.h"

struct mdev *mdev_find(struct fake_kernel *k, const char *uuid)
{
        for (struct mdev *m = k->mdevs; m; m = m->next)
                if (streq(m->uuid, uuid))
                        return m;
        return NULL;
}

unsigned fake_n_mdevs(struct fake_kernel *k)
{
        unsigned n = 0;

        for (const struct mdev *m = k->mdevs; m; m = m->next)
                n++;
        return n;
}

bool parent_is_open(struct fake_kernel *k, const struct parent *p)
{
        for (const struct mdev *m = k->mdevs; m; m = m->next)
                if (m->parent == p && group_find(k, m->group)->open)
                        return true;
        return false;
}

static unsigned cost(const struct fake_mdev_type *type)
{
        return type->cost > 0 ? type->cost : 1;
}

static void mdev_remove(struct fake_kernel *k, struct mdev *m)
{
        struct mdev **at = &k->mdevs;

        m->parent->free_ports += cost(m->type);
        group_leave(k, m->group, m->dir, m->uuid);
        node_remove_child(node_dir(k->root, "sys/bus/mdev/devices"), m->uuid);
        node_remove(m->dir);
        while (*at != m)
                at = &(*at)->next;
        *at = m->next;
        free(m->uuid);
        free(m->ap);
        free(m);
        fake_uevent(k);
}

static int remove_store(struct fake_kernel *k, struct node *n, const char *value)
{
        struct mdev *m = n->owner;

        fake_touch(k, m->parent->dir->name);
        if (*value < '0' || *value > '9')
                return -EINVAL;
        if (group_find(k, m->group)->open)
                return fake_hang(k, "remove", m->uuid);
        if (*value != '0')
                mdev_remove(k, m);
        return 0;
}

static int attr_store(struct fake_kernel *k, struct node *n, const char *value)
{
        const struct mdev *m = n->owner;

        fake_touch(k, m->parent->dir->name);
        if (m->type->reject && streq(m->type->reject, value))
                return -EINVAL;
        node_set(n, value, strlen(value));
        return 0;
}

static void attr_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        (void) k;
        strbuf_addf(out, "%s\n", n->text ? n->text : "");
}

static void mdev_attributes(struct mdev *m)
{
        CLEANUP_FREE char *attrs = fake_strdup(m->type->attrs ? m->type->attrs : "");
        char *save = NULL;

        node_attr(m->dir, "remove", NULL, remove_store, m);
        if (m->type->ap > 0)
                ap_attributes(m);
        for (char *a = strtok_r(attrs, ",", &save); a; a = strtok_r(NULL, ",", &save)) {
                bool write_only = *a == '!';

                node_attr(m->dir, a + write_only, write_only ? NULL : attr_show, attr_store, m);
        }
}

static struct parent *parent_of(const struct fake_kernel *k, const struct node *dir)
{
        for (struct parent *p = k->parents; p; p = p->next)
                if (p->dir == dir)
                        return p;
        return NULL;
}

static int create_store(struct fake_kernel *k, struct node *n, const char *value)
{
        const struct fake_mdev_type *type = n->owner;
        struct node *type_dir = n->parent, *dir = type_dir->parent->parent;
        struct parent *p = parent_of(k, dir);
        char text[UUID_TEXT_MAX];
        uint8_t uuid[16];
        struct mdev *m;

        fake_touch(k, dir->name);
        if (uuid_parse(value, uuid) < 0)
                return -EINVAL;
        uuid_format(uuid, text);
        if (mdev_find(k, text)) /* on any parent */
                return -EEXIST;
        if (p->free_ports < cost(type))
                return -ENOSPC;
        p->free_ports -= cost(type);
        m = fake_alloc(sizeof(*m));
        m->uuid = fake_strdup(text);
        m->parent = p;
        m->type = type;
        m->dir = node_dir(dir, text);
        m->group = group_join(k, 0, m->dir, text)->number;
        node_link(m->dir, "mdev_type", type_dir);
        node_link(node_dir(type_dir, "devices"), text, m->dir);
        node_link(node_dir(k->root, "sys/bus/mdev/devices"), text, m->dir);
        mdev_attributes(m);
        m->next = k->mdevs;
        k->mdevs = m;
        fake_uevent(k);
        return 0;
}

static void available_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        strbuf_addf(out, "%u\n", parent_of(k, n->parent->parent->parent)->free_ports / cost(n->owner));
}

static void type_nodes(struct node *types, const struct fake_mdev_type *type)
{
        struct node *dir = node_dir(types, type->id);

        if (type->name) {
                CLEANUP_FREE char *line = fake_printf("%s\n", type->name);

                node_file(dir, "name", line);
        }
        node_file(dir, "device_api", "vfio-pci\n");
        node_attr(dir, "available_instances", available_show, NULL, (void *) type);
        node_attr(dir, "create", NULL, create_store, (void *) type);
        node_dir(dir, "devices");
}

struct parent *parent_register(struct fake_kernel *k, struct node *dir, const struct fake_mdev_type *types,
                               unsigned ports)
{
        struct parent *p = fake_alloc(sizeof(*p));
        struct node *types_dir = node_dir(dir, "mdev_supported_types");

        p->dir = dir;
        p->types = types;
        p->free_ports = ports;
        for (const struct fake_mdev_type *t = types; t->id; t++)
                type_nodes(types_dir, t);
        node_link(node_dir(k->root, "sys/class/mdev_bus"), dir->name, dir);
        node_dir(k->root, "sys/bus/mdev/devices");
        p->next = k->parents;
        k->parents = p;
        fake_uevent(k);
        return p;
}

void parent_unregister(struct fake_kernel *k, struct parent *p)
{
        struct parent **at = &k->parents;
        struct mdev *next;

        for (struct mdev *m = k->mdevs; m; m = next) {
                next = m->next;
                if (m->parent == p)
                        mdev_remove(k, m);
        }
        node_remove_child(node_dir(k->root, "sys/class/mdev_bus"), p->dir->name);
        node_remove_child(p->dir, "mdev_supported_types");
        while (*at != p)
                at = &(*at)->next;
        *at = p->next;
        free(p);
}

void mdevs_free(struct fake_kernel *k)
{
        while (k->parents)
                parent_unregister(k, k->parents);
}
