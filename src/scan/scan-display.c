/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads who shows something on the host's displays: the display manager, and the consoles on framebuffers. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/strutil.h"
#include "scan/scan.h"

#define CONSOLES "sys/class/vtconsole"

/* Its name is a link to that of the one which is installed, and a unit that runs has a cgroup with processes in it
 * (cgroup.events of Documentation/admin-guide/cgroup-v2.rst). */
bool display_manager_runs(struct sys *sys)
{
        CLEANUP_FREE char *unit = NULL, *events = NULL;
        char path[PATH_MAX];

        if (sys_read_link_name(sys, "etc/systemd/system/" DISPLAY_MANAGER, &unit) < 0)
                return false;
        if (snprintf(path, sizeof(path), "sys/fs/cgroup/system.slice/%s/cgroup.events", unit) >= (int) sizeof(path))
                return false;
        return sys_read_text(sys, path, &events) == 0 && strstr(events, "populated 1");
}

/* "(M) frame buffer device": what is built in, such as the dummy, can't be unbound and shows nothing. */
static bool is_on_framebuffer(struct sys *sys, const char *console)
{
        char path[PATH_MAX], name[128];
        uint64_t bound;

        (void) snprintf(path, sizeof(path), CONSOLES "/%s/name", console);
        if (sys_read_attr(sys, path, name, sizeof(name)) < 0 || !strstr(name, "frame buffer"))
                return false;
        (void) snprintf(path, sizeof(path), CONSOLES "/%s/bind", console);
        return sys_read_number(sys, path, &bound) == 0 && bound == 1;
}

void inventory_read_display(struct sys *sys, struct inventory *inv)
{
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;

        inv->display_manager = display_manager_runs(sys);
        (void) sys_list(sys, CONSOLES, &names, &n);
        for (size_t i = 0; i < n; i++)
                if (after_prefix(names[i], "vtcon") && is_on_framebuffer(sys, names[i]))
                        *(char **) ARRAY_APPEND(inv->consoles, inv->n_consoles, inv->alloc_consoles) =
                                xstrdup(names[i]);
}
