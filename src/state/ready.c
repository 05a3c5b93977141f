/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The marks of sections that are as configured. */
#include "state/ready.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/macro.h"

/* The name of a [vf] section has a slash, before which no name has one. */
static const char *path_of(const char *key, char buf[static PATH_MAX])
{
        (void) snprintf(buf, PATH_MAX, READY_DIRECTORY "/%s", key);
        for (char *c = buf + sizeof(READY_DIRECTORY); *c; c++)
                if (*c == '/')
                        *c = ':';
        return buf;
}

static int drop(struct sys *sys, const char *path)
{
        int r = sys->ops->remove(sys->userdata, path);

        return r == -ENOENT ? 0 : r;
}

bool ready_is(struct sys *sys, const struct config_section *section)
{
        CLEANUP_FREE char *key = config_section_key(section);
        char path[PATH_MAX];

        return sys_exists(sys, path_of(key, path));
}

int ready_mark(struct sys *sys, const struct config_section *section, bool ready)
{
        CLEANUP_FREE char *key = config_section_key(section);
        char path[PATH_MAX];

        if (sys_exists(sys, path_of(key, path)) == ready)
                return 0;
        return ready ? sys->ops->replace(sys->userdata, path, "", 0) : drop(sys, path);
}

int ready_drop(struct sys *sys, char *const *keys, size_t n)
{
        char path[PATH_MAX];
        int r = 0;

        for (size_t i = 0; i < n && r == 0; i++)
                r = drop(sys, path_of(keys[i], path));
        return r;
}

static bool has_section(const struct config *config, const char *name)
{
        for (size_t i = 0; i < config->n_sections; i++) {
                CLEANUP_FREE char *key = config_section_key(config->sections[i]);
                char path[PATH_MAX];

                if (streq(path_of(key, path) + sizeof(READY_DIRECTORY), name))
                        return true;
        }
        return false;
}

int ready_prune(struct sys *sys, const struct config *config)
{
        CLEANUP(names_freep) char **names = NULL;
        char path[PATH_MAX];
        size_t n = 0;
        int r = sys_list(sys, READY_DIRECTORY, &names, &n);

        for (size_t i = 0; i < n && r == 0; i++)
                if (!has_section(config, names[i]))
                        r = drop(sys, path_of(names[i], path));
        return r == -ENOENT ? 0 : r;
}

int ready_wait(struct sys *sys, struct config_section *const *sections, size_t n, uint64_t deadline)
{
        for (;;) {
                /* Watch first, then look: no mark that comes between is missed. */
                int r = SYS_CALL(sys, watch_begin, READY_DIRECTORY);
                size_t ready = 0;

                if (r < 0)
                        return r;
                while (ready < n && ready_is(sys, sections[ready]))
                        ready++;
                if (ready == n)
                        return 0;
                r = SYS_CALL(sys, watch_wait, deadline);
                if (r <= 0)
                        return r < 0 ? r : -ETIMEDOUT;
        }
}
