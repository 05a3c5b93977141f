/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sizes of BARs: as people write them, as sysfs has them (PCI Express base specification, 7.8.6: resizable BARs). */
#pragma once

#include <stdint.h>

#define PCI_BARS 6
#define BAR_SIZE_MAX 16 /* of a size as text */

/* "256M", "16g", "1T": a power of 2, at least 1M. Returns 0 or -EINVAL. */
int bar_size_parse(const char *text, uint64_t *ret);

/* The same the other way; what is smaller than 1M or odd as "64K" and "100". Returns buf. */
const char *bar_size_format(uint64_t size, char buf[static BAR_SIZE_MAX]);

/* What resourceN_resize takes: n for 2^n MiB, of a size that bar_size_parse() gave. */
unsigned bar_size_bit(uint64_t size);

/* The sizes of a mask (bit n: 2^n MiB), "256M 512M 1G". New string or NULL. */
char *bar_size_list(uint64_t sizes);

/* The size of a BAR by the text of the attribute `resource`: lines of start, end and flags. 0: there is none. Returns 0 or
 * -EINVAL. */
int bar_size_of_resource(const char *text, unsigned bar, uint64_t *ret);
