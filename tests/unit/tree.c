/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A directory tree on disk for one test. */
#include "unit/tree.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sys/live.h"
#include "unit/kit.h"

char *tree_new(void)
{
        char *root = strdup("/tmp/passthru-unit-XXXXXX");

        assert_non_null(root);
        assert_ptr_equal(mkdtemp(root), root);
        return root;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
        (void) st, (void) flag, (void) ftw;
        return remove(path);
}

void tree_remove(char *root)
{
        if (root)
                (void) nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        free(root);
}

const char *tree_path(const char *root, const char *path)
{
        static char buf[PATH_MAX];

        assert_true(snprintf(buf, sizeof(buf), "%s/%s", root, path) < (int) sizeof(buf));
        return buf;
}

static const char *prepare(const char *root, const char *path)
{
        char *full = (char *) tree_path(root, path);

        for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
                *slash = '\0';
                (void) mkdir(full, 0755);
                *slash = '/';
        }
        return full;
}

void tree_bytes(const char *root, const char *path, const void *data, size_t n)
{
        CLEANUP_CLOSE int fd = open(prepare(root, path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        assert_true(fd >= 0);
        assert_true(write(fd, data, n) == (ssize_t) n);
}

void tree_file(const char *root, const char *path, const char *text)
{
        tree_bytes(root, path, text, strlen(text));
}

void tree_link(const char *root, const char *path, const char *target)
{
        CLEANUP_FREE char *to = strdup(target); /* it may be in tree_path()'s buffer */

        assert_non_null(to);
        assert_int_equal(symlink(to, prepare(root, path)), 0);
}

void tree_dir(const char *root, const char *path)
{
        assert_int_equal(mkdir(prepare(root, path), 0755), 0);
}

void tree_mode(const char *root, const char *path, mode_t mode)
{
        assert_int_equal(chmod(tree_path(root, path), mode), 0);
}

struct sys *tree_running(const char *root)
{
        struct sys *sys = NULL;

        assert_int_equal(sys_open(root, &sys), 0);
        ((struct live *) sys->userdata)->captured = false;
        return sys;
}
