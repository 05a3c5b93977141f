/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stamp of the configuration: whether its files are still those that were read, without reading them. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* The stamp of one path; st NULL: there is nothing. Stamps of several are added up, in any order. */
uint64_t config_stamp_of(const char *path, const struct stat *st);

/* What is looked at whether it is there or not: the main files and the drop-ins' directories. Below a root. */
uint64_t config_stamp_fixed(int root_fd);

/* The stamp now of these files and of what is fixed; what config_load() gave as config->stamp if nothing has changed. A
 * path may be among the fixed ones. */
uint64_t config_stamp(int root_fd, char *const *files, size_t n_files);
