/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every kind of step needs: failing in words, waiting, a function's paths and driver. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/apply-internal.h"
#include "base/alloc.h"
#include "base/strutil.h"
#include "state/hung-writes.h"

int step_fail(struct applier *a, int error, const char *format, ...)
{
        CLEANUP_FREE char *text = NULL;
        va_list args;

        va_start(args, format);
        text = xvasprintf(format, args);
        va_end(args);
        strbuf_add(&a->work->detail, text);
        return error;
}

/* Drivers take 0.3 s (i40e) to 2 minutes (a DPU) for a VF, and s390's firmware 0.5 s. */
#define VF_TIME (120 * UINT64_C(1000000))
#define VFS_TIME_MAX (3600 * UINT64_C(1000000))

static bool makes_vfs(const struct plan_step *step)
{
        return step->kind == STEP_NUMVFS && !streq(step->value, "0");
}

uint64_t apply_write_limit(const struct plan_step *step, uint64_t write_timeout)
{
        uint64_t n = 0;

        if (makes_vfs(step))
                (void) parse_unsigned(step->value, 10, UINT16_MAX, &n);
        return n > 0 ? MAX_OF(write_timeout, MIN_OF(n * VF_TIME, VFS_TIME_MAX)) : write_timeout;
}

int begin_write(struct applier *a, const char *path, const char *value)
{
        struct work *w = a->work;
        int r = 0;

        replace_string(&w->path, path);
        r = w->write = a->sys->ops->write_begin(a->sys->userdata, path, value, strlen(value),
                                                apply_write_limit(w->step, a->options->write_timeout));
        return r < 0 ? r : 1;
}

int end_write(struct applier *a, const char *device)
{
        struct blocked_write blocked = { 0 };
        int r = a->sys->ops->write_end(a->sys->userdata, a->work->write, &blocked);

        if (r != -ETIMEDOUT)
                return r;
        (void) stuck_note(a->sys, device, blocked.pid);
        return step_fail(a, r, "the write to /%s is still blocked after %.4g s%s%s (pid %d). %s", a->work->path,
                         (double) apply_write_limit(a->work->step, a->options->write_timeout) / 1e6,
                         *blocked.where ? ", in " : "", blocked.where, blocked.pid,
                         makes_vfs(a->work->step)
                                 ? "The driver is still creating the VFs: run apply again once they exist"
                                 : "Stop the process that has the device open");
}

int bounded_write(struct applier *a, const char *device, const char *path, const char *value)
{
        int r = begin_write(a, path, value);

        return r < 0 ? r : end_write(a, device);
}

int apply_wait(struct applier *a)
{
        uint64_t start = a->sys->ops->now(a->sys->userdata), waited;
        int r = SYS_CALL(a->sys, events_wait, start + a->wait_left);

        waited = a->sys->ops->now(a->sys->userdata) - start;
        a->wait_left -= MIN_OF(waited, a->wait_left);
        return r;
}

const char *apply_device_path(const struct apply_device *d, const char *attribute, char buf[static DEVICE_PATH_MAX])
{
        (void) snprintf(buf, DEVICE_PATH_MAX, "sys/bus/%s/devices/%s/%s", bus_name(d->bus), d->name, attribute);
        return buf;
}

int read_driver(struct sys *sys, const struct apply_device *d, char **ret)
{
        char path[DEVICE_PATH_MAX];
        char *driver = NULL;
        int r = sys_read_link_name(sys, apply_device_path(d, "driver", path), &driver);

        if (r < 0 && r != -ENOENT)
                return r;
        *ret = driver;
        return 0;
}
