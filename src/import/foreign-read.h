/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading what other programs' files say about devices. */
#pragma once

#include "import/foreign-config.h"
#include "sys/sys.h"

/* Every place of one table where devices are handed over, VFs made or modules loaded, and the scripts that are run
 * there. A file that can't be read is a note. *ret must be empty. */
void rivals_read(struct sys *sys, struct rivals *ret);
