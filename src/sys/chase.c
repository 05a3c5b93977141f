/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening below a captured tree. */
#include "sys/chase.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* How often; each time something would have to be renamed just then. */
#define TRIES 1000

int open_in_root(int root_fd, const char *path, int flags)
{
        struct open_how how = { .flags = (uint64_t) flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };
        int fd = -1, tries = 0;

        /* EAGAIN: something was renamed or mounted, anywhere on the host, while a ".." was being followed (openat2(2)). */
        do
                fd = (int) syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
        while (fd < 0 && errno == EAGAIN && ++tries < TRIES);
        return fd < 0 ? -errno : fd;
}
