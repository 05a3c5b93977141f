/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the facts that doctor's checks rest on. */
#pragma once

#include <errno.h>

#include "doctor/doctor.h"
#include "sys/sys.h"

/* usual: the configuration is that of the usual places, which the initramfs has. What can't be read is not known.
 * *ret is the caller's to clear, also on failure. Returns 0 or -ENOMEM. */
int doctor_read(struct sys *sys, const struct inventory *inventory, const struct plan *plan, bool usual,
                struct doctor_facts *ret);

/* The parts, each in a file of its own. Return 0 or -ENOMEM. */
int doctor_read_modules(struct sys *sys, const struct plan *plan, struct doctor_facts *facts);
int doctor_read_files(struct sys *sys, struct doctor_facts *facts);

/* A text of at most some MiB: a new string. Returns 0 or -errno. */
int doctor_read_text(struct sys *sys, const char *path, char **ret);

/* Continues over what can't be read. */
static inline int doctor_ignore(int r)
{
        return r == -ENOMEM ? r : 0;
}
