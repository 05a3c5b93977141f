/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the initramfs of the running kernel holds the configuration as it is. Its hooks leave a copy of what went in
 * below /var/lib/passthru-setup/initramfs/RELEASE. */
#pragma once

#include <stdbool.h>

#include "host/sys.h"

/* *ret_stale: it holds another configuration. Without a copy it holds none, and is not stale. release: the kernel's, as
 * uname -r says. Returns 0 or a negative errno; -ENOENT: there is no copy. */
int initramfs_is_stale(struct sys *sys, const char *release, bool *ret_stale);

/* The command that makes it anew, as far as can be told. */
const char *initramfs_command(struct sys *sys);
