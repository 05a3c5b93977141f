/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds and reads the configuration files. */
#pragma once

#include "config/config.h"

/* Reads what applies below root: the first of /etc, /run and /usr/lib/passthru.conf, and the drop-ins of
 * passthru.conf.d in all three; or, if file is not NULL, that file alone, which must be there. What is wrong goes
 * to diags. With trust_owner (a captured tree) it does not matter who owns them.
 * Returns 0, also when there are diagnostics, or a negative errno. (*ret)->n_files is 0 when there is no file. */
int config_load(const char *root, const char *file, bool trust_owner, struct diag_list *diags,
                struct config **ret);
