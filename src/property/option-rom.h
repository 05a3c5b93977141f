/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Option ROMs: whether what was read is one (PCI firmware specification 3.3, 5.1). */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* What is wrong with it, in words: "it is empty"; NULL when each of its images is whole. */
const char *option_rom_fault(const uint8_t *rom, size_t len);
