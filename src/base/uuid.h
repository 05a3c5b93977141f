/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UUIDs as text. Making them is the system's work (sys/systemd.c). */
#pragma once

#include <stdint.h>

#define UUID_TEXT_MAX 37 /* 36 characters and the NUL */

/* Reads 4b20d080-1b54-4048-85b3-a6a62d165c01 in either case. Returns 0 or -EINVAL. */
int uuid_parse(const char *s, uint8_t ret[static 16]);

/* Writes it in lower case, as the kernel does, and returns buf. */
const char *uuid_format(const uint8_t uuid[static 16], char buf[static UUID_TEXT_MAX]);
