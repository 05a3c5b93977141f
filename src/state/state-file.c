/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state file, how the last run ended, and the lock of /run/passthru-setup. */
#include "state/state-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "state/notes.h"

/* 10,000 devices make about 2 MB. */
#define STATE_MAX (64U * 1024 * 1024)

static int read_state(struct sys *sys, struct state *ret)
{
        CLEANUP_FREE char *text = NULL;
        size_t len = 0;
        int r = sys->ops->read_file(sys->userdata, STATE_PATH, STATE_MAX, &text, &len);

        if (r == -ENOENT)
                return 0;
        return r < 0 ? r : state_parse(ret, text, len);
}

int state_load(struct sys *sys, bool take, struct state *ret)
{
        int r, merged;

        *ret = (struct state){ 0 };
        r = read_state(sys, ret);
        merged = hotplug_merge(sys, take, ret);
        return r < 0 ? r : merged;
}

int state_save(struct sys *sys, const struct state *state)
{
        CLEANUP_FREE char *text = NULL, *old = NULL;
        size_t old_len = 0;
        bool empty = state->n_devices == 0 && state->n_bus_devices == 0 && state->n_mdevs == 0 && state->n_failures == 0;
        int r = 0;

        state_format(state, &text);
        r = sys->ops->read_file(sys->userdata, STATE_PATH, STATE_MAX, &old, &old_len);
        if ((r == 0 && streq(old, text)) || (r == -ENOENT && empty))
                return 0;
        return sys->ops->replace(sys->userdata, STATE_PATH, text, strlen(text));
}

int last_run_load(struct sys *sys, struct last_run *ret)
{
        char text[LAST_RUN_TEXT_MAX];
        ssize_t n = sys->ops->read(sys->userdata, LAST_RUN_PATH, text, sizeof(text) - 1);

        *ret = (struct last_run){ 0 };
        if (n < 0)
                return n == -ENOENT ? 0 : (int) n;
        text[n] = '\0';
        return last_run_parse(text, ret);
}

int last_run_save(struct sys *sys, const struct last_run *run)
{
        char buf[LAST_RUN_TEXT_MAX];
        const char *text = last_run_format(run, buf);

        return sys->ops->replace(sys->userdata, LAST_RUN_PATH, text, strlen(text));
}

int state_lock(const char *root, bool wait)
{
        CLEANUP_FREE char *dir = NULL, *path = NULL;
        CLEANUP_CLOSE int fd = -1;
        int ret;

        dir = xasprintf("%s/run/passthru-setup", streq(root, "/") ? "" : root);
        path = xasprintf("%s/lock", dir);
        if (mkdir(dir, 0755) < 0 && errno != EEXIST)
                return -errno;
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
        if (fd < 0)
                return -errno;
        while (flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB) < 0)
                if (errno != EINTR)
                        return errno == EWOULDBLOCK ? -EAGAIN : -errno;
        ret = fd;
        fd = -1;
        return ret;
}

bool state_is_locked(void)
{
        CLEANUP_CLOSE int fd = open("/run/passthru-setup/lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);

        /* Shared, so that two who ask do not take each other for a run. */
        return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}
