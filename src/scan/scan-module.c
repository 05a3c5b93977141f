/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the modules that the configuration names, and the vfio_pci: entries of modules.alias. */
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "scan/scan.h"

/* modules.alias is about 1.3 MB on Debian; past this it is something else. */
#define MODULES_FILE_MAX (64U * 1024 * 1024)

static void read_params(struct sys *sys, struct module_info *m)
{
        CLEANUP(names_freep) char **names = NULL;
        char path[PATH_MAX], value[4096];
        size_t n = 0;
        int r;

        (void) snprintf(path, sizeof(path), "sys/module/%s/parameters", m->name);
        r = sys_list(sys, path, &names, &n);
        if (r == -ENOENT)
                return;
        if (r < 0) {
                m->error = -r;
                return;
        }
        m->params = xcalloc(n + 1, sizeof(*m->params));
        for (size_t i = 0; i < n; i++) {
                struct module_param *p = &m->params[m->n_params++];

                (void) snprintf(path, sizeof(path), "sys/module/%s/parameters/%s", m->name, names[i]);
                p->writable = sys->ops->writable(sys->userdata, path) > 0;
                replace_string(&p->name, names[i]);
                /* Some can only be written. */
                if (sys_read_attr(sys, path, value, sizeof(value)) == 0)
                        replace_string(&p->value, value);
        }
}

int modules_read_file(struct sys *sys, const char *file, char **ret)
{
        char release[256], path[512];
        size_t len;
        int r = sys_read_attr(sys, "proc/sys/kernel/osrelease", release, sizeof(release));

        if (r < 0)
                return r;
        if (snprintf(path, sizeof(path), "lib/modules/%s/%s", release, file) >= (int) sizeof(path))
                return -ENAMETOOLONG;
        return sys->ops->read_file(sys->userdata, path, MODULES_FILE_MAX, ret, &len);
}

/* Whether a line of the file begins with the path of that module, which a colon may end. 1, 0, -errno. */
static int is_listed(struct sys *sys, const char *file, const char *name)
{
        CLEANUP_FREE char *text = NULL;
        char *rest, *line;
        int r = modules_read_file(sys, file, &text);

        if (r < 0)
                return r;
        rest = text;
        while ((line = strsep(&rest, "\n"))) {
                char *base, *end;

                line[strcspn(line, ":")] = '\0';
                base = (char *) last_component(line);
                end = strstr(base, ".ko");
                if (!end)
                        continue;
                *end = '\0';
                module_name_normalize(base);
                if (streq(base, name))
                        return 1;
        }
        return 0;
}

int module_is_installed(struct sys *sys, const char *name)
{
        return is_listed(sys, "modules.dep", name);
}

/* A built-in module without parameters has no directory below /sys/module. */
static bool is_builtin(struct sys *sys, const char *name)
{
        return is_listed(sys, "modules.builtin", name) > 0;
}

bool module_is_present(struct sys *sys, const char *name)
{
        char path[PATH_MAX];

        (void) snprintf(path, sizeof(path), "sys/module/%s", name);
        return sys_exists(sys, path) || is_builtin(sys, name);
}

void inventory_read_modules(struct sys *sys, const struct config *config, struct inventory *inv)
{
        char value[8];

        inv->denylist_off = sys_read_attr(sys, "sys/module/vfio_pci/parameters/disable_denylist", value, sizeof(value)) == 0 &&
                            streq(value, "Y");
        for (size_t i = 0; i < config->n_sections; i++) {
                const struct config_section *s = config->sections[i];
                struct module_info *m;
                char path[PATH_MAX];

                if (s->kind != SECTION_MODULE || !s->enabled)
                        continue;
                m = ARRAY_APPEND(inv->modules, inv->n_modules, inv->alloc_modules);
                replace_string(&m->name, s->name);
                (void) snprintf(path, sizeof(path), "sys/module/%s", m->name);
                m->loaded = sys_exists(sys, path);
                if (!m->loaded) {
                        m->loaded = is_builtin(sys, m->name);
                        continue;
                }
                read_params(sys, m);
        }
}

/* Of "alias vfio_pci:v…i* mlx5_vfio_pci" the pattern, and in *ret_module the module; NULL: it is no such line, or one of
 * another bus. The line is cut. */
static char *split_alias(char *line, const char *bus, char **ret_module)
{
        char *pattern = (char *) after_prefix(line, "alias "), *space = pattern ? strchr(pattern, ' ') : NULL;

        if (!space || !after_prefix(pattern, bus))
                return NULL;
        *space = '\0';
        *ret_module = strip(space + 1);
        return pattern;
}

static void add_alias(struct inventory *inv, char *line)
{
        char *module, *pattern = split_alias(line, "vfio_pci:", &module);
        struct vfio_alias *a;

        if (!pattern)
                return;
        a = ARRAY_APPEND(inv->aliases, inv->n_aliases, inv->alloc_aliases);
        replace_string(&a->pattern, pattern);
        replace_string(&a->module, module);
}

int inventory_read_aliases(struct sys *sys, struct inventory *inv)
{
        CLEANUP_FREE char *text = NULL;
        char *rest, *line;
        int r = modules_read_file(sys, "modules.alias", &text);

        if (r < 0)
                return r == -ENOENT ? 0 : r; /* a kernel without modules */
        rest = text;
        while (r == 0 && (line = strsep(&rest, "\n")))
                add_alias(inv, line);
        return r;
}

int module_lookup_in_file(struct sys *sys, const char *alias, int (*each)(void *arg, const char *module, bool blacklisted),
                          void *arg)
{
        CLEANUP_FREE char *text = NULL;
        char *rest, *line, *module, *pattern;
        bool any = false;
        int r = modules_read_file(sys, "modules.alias", &text);

        rest = text;
        while (r == 0 && (line = strsep(&rest, "\n"))) {
                pattern = split_alias(line, "pci:", &module);
                any = any || pattern;
                if (pattern && fnmatch(pattern, alias, 0) == 0)
                        r = each(arg, module, false);
        }
        return r < 0 || any ? r : -ENOENT;
}
