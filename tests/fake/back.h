/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way back. */
#pragma once

#include <stddef.h>

#include "fake/fake-kernel.h"

/* Drivers, overrides, numbers of VFs, autoprobe and mdevs of all devices, as text: a new string. */
char *host_text(struct fake_kernel *k);

/* Releases what a section (NULL: any) holds. Returns the number of sections that were not given back. */
size_t release(struct fake_kernel *k, const char *name);
/* The same where an operation may fail: that number, or a negative errno. */
int try_release(struct fake_kernel *k, const char *name);
