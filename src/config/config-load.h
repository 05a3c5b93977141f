/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds and reads the configuration files. */
#pragma once

#include "config/config.h"

/* A file of the configuration as it would be: its path, "/etc/passthru.conf.d/gpu.conf", whether it is there or not, and its text. */
struct config_overlay {
        const char *path;
        const char *text;
        size_t len;
        bool unwritten; /* it is nowhere yet: a mistake in it is reported without its place */
};

/* Reads what applies below root: the first of /etc, /run and /usr/lib/passthru.conf, and the drop-ins of
 * passthru.conf.d in all three; or, if file is not NULL, that file alone, which must be there ("-": stdin). What is wrong goes
 * to diags. With trust_owner (a captured tree) it does not matter who owns them.
 * Returns 0, also when there are diagnostics, or a negative errno. (*ret)->n_files is 0 when there is no file. */
int config_load(const char *root, const char *file, bool trust_owner, struct diag_list *diags,
                struct config **ret);

/* The same of one file, which is or will be a drop-in: what its sections lack may be in the main file, and is no mistake. */
int config_load_dropin(const char *file, bool trust_owner, struct diag_list *diags, struct config **ret);

/* The same of all files, with one of them (NULL: none) as it would be. */
int config_load_overlay(const char *root, const struct config_overlay *overlay, bool trust_owner, struct diag_list *diags,
                        struct config **ret);
