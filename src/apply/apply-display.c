/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps on what shows something on a display: the display manager, and consoles on framebuffers. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "apply/apply-internal.h"
#include "base/strutil.h"
#include "scan/scan.h"

int do_unit(struct applier *a, const struct plan_step *step)
{
        bool start = streq(step->value, UNIT_ACTIVE);
        int r = SYS_CALL(a->sys, unit_set, step->subject, start, a->options->write_timeout);

        if (r == -ETIMEDOUT)
                return step_fail(a, r, "%s did not %s within %.4g s", step->subject, start ? "start" : "stop",
                                 (double) a->options->write_timeout / 1e6);
        if (r == -ESHUTDOWN && start)
                return 0; /* nobody misses it */
        if (r < 0)
                return step_fail(a, r, "failed to %s %s", start ? "start" : "stop", step->subject);
        return display_manager_runs(a->sys) == start
                       ? 0
                       : step_fail(a, -EUCLEAN, "%s %s", step->subject,
                                   start ? "does not run after it was started" : "still runs after it was stopped");
}

/* A framebuffer that goes takes its console along, and one that comes brings it, bound (fbcon_fb_registered()): where
 * there is none, nothing is to be done. */
int do_console(struct applier *a, const struct plan_step *step)
{
        char path[PATH_MAX], got[16];
        int r;

        (void) snprintf(path, sizeof(path), "sys/class/vtconsole/%s/bind", step->subject);
        r = sys_read_attr(a->sys, path, got, sizeof(got));
        if (r == -ENOENT || (r == 0 && streq(got, step->value)))
                return 0;
        if (r == 0)
                r = bounded_write(a, step->subject, path, step->value);
        if (r == -ETIMEDOUT)
                return r;
        if (r < 0)
                return step_fail(a, r, "failed to %s console %s", *step->value == '1' ? "bind" : "unbind",
                                 step->subject);
        r = sys_read_attr(a->sys, path, got, sizeof(got));
        if (r < 0 && r != -ENOENT)
                return step_fail(a, r, "failed to read whether console %s is bound", step->subject);
        return r < 0 || streq(got, step->value) ? 0
                                                : step_fail(a, -EUCLEAN, "console %s is still %s", step->subject,
                                                            *got == '1' ? "bound" : "unbound");
}
