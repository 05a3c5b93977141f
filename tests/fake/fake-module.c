/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Modules of the fake kernel: loading them, their parameters, and the drivers and mdev parents they bring. */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "fake/fake-internal.h"

/* As modprobe does, "-" is "_" in a module's name. */
static char *normal_name(const char *name)
{
        char *s = fake_strdup(name);

        for (char *p = s; *p; p++)
                if (*p == '-')
                        *p = '_';
        return s;
}

struct module *module_find(struct fake_kernel *k, const char *name)
{
        CLEANUP_FREE char *normal = normal_name(name);

        for (struct module *m = k->modules; m; m = m->next)
                if (streq(m->name, normal))
                        return m;
        return NULL;
}

struct module *module_get(struct fake_kernel *k, const char *name)
{
        struct module *m = module_find(k, name);

        if (m)
                return m;
        m = fake_alloc(sizeof(*m));
        m->name = normal_name(name);
        m->next = k->modules;
        k->modules = m;
        return m;
}

static int param_set(struct param *p, const char *value)
{
        if (p->boolean) {
                if (!*value || !strchr("1yY0nN", *value))
                        return -EINVAL;
                value = strchr("1yY", *value) ? "Y" : "N";
        }
        free(p->value);
        p->value = fake_strdup(value);
        return 0;
}

static void param_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        const struct param *p = n->owner;

        (void) k;
        strbuf_addf(out, "%s\n", p->value);
}

static int param_store(struct fake_kernel *k, struct node *n, const char *value)
{
        (void) k;
        return param_set(n->owner, value);
}

/* What it does not know the kernel passes over with a warning; a value that is wrong fails the load. */
static int set_options(struct module *m, const char *options)
{
        CLEANUP_FREE char *copy = fake_strdup(options ? options : "");
        char *save = NULL;

        for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
                char *value = strchr(word, '=');

                if (value)
                        *value++ = '\0';
                for (struct param *p = m->params; p; p = p->next)
                        if (streq(p->name, word)) {
                                int r = param_set(p, value ? value : "1");

                                if (r < 0)
                                        return r;
                        }
        }
        return 0;
}

static void module_nodes(struct fake_kernel *k, struct module *m)
{
        struct node *dir;

        m->dir = node_dir(node_dir(k->root, "sys/module"), m->name);
        if (!m->builtin)
                node_file(m->dir, "initstate", "live\n");
        if (!m->params)
                return;
        dir = node_dir(m->dir, "parameters");
        for (struct param *p = m->params; p; p = p->next)
                node_attr(dir, p->name, param_show, p->writable ? param_store : NULL, p);
}

static int load(struct fake_kernel *k, struct module *m, const char *options)
{
        int r;

        if (m->loaded)
                return 0;
        r = set_options(m, options);
        if (r < 0)
                return r;
        m->loaded = true;
        module_nodes(k, m);
        for (struct driver *d = k->drivers; d; d = d->next)
                if (d->module == m)
                        driver_register(k, d);
        bus_drivers_register(k, m);
        if (m->spec.parent_path)
                parent_register(k, node_dir(node_dir(k->root, "sys/devices"), m->spec.parent_path), m->spec.mdev_types,
                                m->spec.mdev_ports);
        return 0;
}

/* By the first line of modules.alias that matches, or by the ids that the native drivers know. */
static struct module *by_alias(struct fake_kernel *k, const char *name)
{
        CLEANUP_FREE char *copy = fake_strdup(k->aliases.text ? k->aliases.text : "");
        char *save = NULL;

        for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
                char *pattern = line + strlen("alias "), *module = strchr(pattern, ' ');

                *module++ = '\0';
                if (fnmatch(pattern, name, 0) == 0)
                        return module_find(k, module);
        }
        for (const struct device *d = k->devices; d; d = d->next) {
                CLEANUP_FREE char *modalias = device_modalias(d);

                if (streq(modalias, name) && d->spec.native)
                        return driver_find(k, d->spec.native)->module;
        }
        return NULL;
}

int module_load(struct fake_kernel *k, const char *name, const char *options)
{
        struct module *m = module_find(k, name);

        if (!m)
                m = by_alias(k, name);
        return m ? load(k, m, options) : -ENOENT;
}

bool fake_module_loaded(struct fake_kernel *k, const char *name)
{
        const struct module *m = module_find(k, name);

        return m && m->loaded;
}

void fake_module_add(struct fake_kernel *k, const char *name, const struct fake_module *spec)
{
        struct module *m = module_get(k, name);

        m->spec = *spec;
        for (const struct fake_param *p = spec->params; p && p->name; p++) {
                struct param *param = fake_alloc(sizeof(*param));

                param->name = fake_strdup(p->name);
                param->value = fake_strdup(p->value);
                param->writable = p->writable;
                param->boolean = p->boolean;
                param->next = m->params;
                m->params = param;
        }
        if (spec->loaded)
                load(k, m, NULL);
}

void fake_alias_add(struct fake_kernel *k, const char *pattern, const char *module)
{
        struct node *dir = node_dir(k->root, "lib/modules/6.12.0-fake");
        struct node *file = node_child(dir, "modules.alias");

        strbuf_addf(&k->aliases, "alias %s %s\n", pattern, module);
        node_set(file ? file : node_new(dir, NODE_FILE, "modules.alias"), k->aliases.text, k->aliases.len);
}

void modules_free(struct fake_kernel *k)
{
        while (k->modules) {
                struct module *m = k->modules;

                while (m->params) {
                        struct param *p = m->params;

                        m->params = p->next;
                        free(p->name);
                        free(p->value);
                        free(p);
                }
                k->modules = m->next;
                free(m->name);
                free(m);
        }
}
