/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps on modules. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "apply/apply-internal.h"
#include "scan/scan.h"

int do_module_load(struct applier *a, const struct plan_step *step)
{
        int r = SYS_CALL(a->sys, module_load, step->subject, step->value);

        if (r < 0)
                return step_fail(a, r, "failed to load module %s", step->subject);
        if (!module_is_present(a->sys, step->subject))
                return step_fail(a, -EUCLEAN, "module %s is missing after loading it", step->subject);
        return 0;
}

int do_module_param(struct applier *a, const struct plan_step *step)
{
        char path[PATH_MAX], got[4096];
        int r;

        (void) snprintf(path, sizeof(path), "sys/module/%s/parameters/%s", step->subject, step->attribute);
        r = a->sys->ops->write(a->sys->userdata, path, step->value, strlen(step->value));
        if (r < 0)
                return step_fail(a, r, "failed to set %s of %s to %s", step->attribute, step->subject, step->value);
        r = sys_read_attr(a->sys, path, got, sizeof(got));
        if (r < 0)
                return step_fail(a, r, "failed to read %s of %s", step->attribute, step->subject);
        if (!module_value_equal(got, step->value))
                return step_fail(a, -EUCLEAN, "%s of %s reads %s after writing %s", step->attribute, step->subject,
                                 got, step->value);
        return 0;
}
