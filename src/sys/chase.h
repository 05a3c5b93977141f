/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening below a captured tree, out of which no link leads. */
#pragma once

/* openat(2) with O_CLOEXEC; an absolute link, or one with too many "..", stays below root_fd. Returns a file descriptor or a
 * negative errno. */
int open_in_root(int root_fd, const char *path, int flags);
