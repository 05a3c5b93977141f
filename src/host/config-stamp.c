/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stamp of the configuration, from what stat(2) tells of its files. */
#include "host/config-stamp.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "core/claims.h"
#include "util/macro.h"

/* A drop-in that comes or goes changes its directory. */
static const char *const fixed[] = {
        "/etc/passthru.conf", "/run/passthru.conf", "/usr/lib/passthru.conf",
        "/etc/passthru.conf.d", "/run/passthru.conf.d", "/usr/lib/passthru.conf.d",
};

uint64_t config_stamp_of(const char *path, const struct stat *st)
{
        uint64_t hash = claims_hash(CLAIMS_HASH, path, strlen(path));
        /* Device, inode and the time of the last change: a file that is replaced by rename has another inode, one that
         * is written to another time. */
        const uint64_t facts[] = {
                st ? st->st_dev : 0,
                st ? st->st_ino : 0,
                st ? (uint64_t) st->st_size : 0,
                st ? (uint64_t) st->st_mtim.tv_sec : 0,
                st ? (uint64_t) st->st_mtim.tv_nsec : 0,
                st ? (uint64_t) st->st_ctim.tv_sec : 0,
                st ? (uint64_t) st->st_ctim.tv_nsec : 0,
        };

        return claims_hash(hash, facts, sizeof(facts));
}

static uint64_t stamp_path(int root_fd, const char *path)
{
        struct stat st;

        return config_stamp_of(path, fstatat(root_fd, path + 1, &st, 0) < 0 ? NULL : &st);
}

uint64_t config_stamp_fixed(int root_fd)
{
        uint64_t stamp = 0;

        for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
                stamp += stamp_path(root_fd, fixed[i]);
        return stamp;
}

static bool is_fixed(const char *path)
{
        for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
                if (streq(path, fixed[i]))
                        return true;
        return false;
}

uint64_t config_stamp(int root_fd, char *const *files, size_t n_files)
{
        uint64_t stamp = config_stamp_fixed(root_fd);

        for (size_t i = 0; i < n_files; i++)
                if (!is_fixed(files[i]))
                        stamp += stamp_path(root_fd, files[i]);
        return stamp;
}
