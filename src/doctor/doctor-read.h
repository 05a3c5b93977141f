/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the facts that doctor's checks rest on. */
#pragma once

#include "doctor/doctor.h"
#include "sys/sys.h"

/* usual: the configuration is that of the usual places, which the initramfs has. What can't be read is not known. */
void doctor_read(struct sys *sys, const struct inventory *inventory, const struct plan *plan, bool usual,
                 struct doctor_facts *ret);

/* The parts, each in a file of its own. */
void doctor_read_modules(struct sys *sys, const struct plan *plan, struct doctor_facts *facts);
void doctor_read_files(struct sys *sys, struct doctor_facts *facts);

/* A text of at most some MiB: a new string. Returns 0 or -errno. */
int doctor_read_text(struct sys *sys, const char *path, char **ret);
