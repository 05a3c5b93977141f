/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A directory tree on disk for one test, which takes it away again. Paths are below it and make their directories. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "sys/sys.h"

char *tree_new(void);
void tree_remove(char *root);
DEFINE_CLEANUP(char *, tree_remove)
#define CLEANUP_TREE CLEANUP(tree_removep)

void tree_file(const char *root, const char *path, const char *text);
void tree_bytes(const char *root, const char *path, const void *data, size_t n);
void tree_link(const char *root, const char *path, const char *target);
void tree_dir(const char *root, const char *path);
void tree_mode(const char *root, const char *path, mode_t mode);

/* "ROOT/path" in a buffer that the next call overwrites. */
const char *tree_path(const char *root, const char *path);

/* The running system's files with the tree in place of "/": written and linked as there. All that is no file of the tree
 * (modules, udev, interfaces, what is in /dev) is the host's own, and must be left alone. */
struct sys *tree_running(const char *root);
