/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the SSH sessions: the connections of the processes whose name begins with sshd, or, where a unit's sandbox hides those,
 * the connections to SSH's port. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "survey/survey.h"
#include "usage/usage-parse.h"

struct inodes {
        uint64_t *items;
        size_t n, alloc;
};

/* "socket:[12345]" (proc(5)) */
static void add_socket(struct sys *sys, const char *path, struct inodes *inodes)
{
        char target[64], *end;
        const char *number;
        uint64_t inode, *slot;

        if (sys->ops->readlink(sys->userdata, path, target, sizeof(target)) < 0)
                return;
        number = after_prefix(target, "socket:[");
        end = number ? strchr(target, ']') : NULL;
        if (!end)
                return;
        *end = '\0';
        if (parse_unsigned(number, 10, UINT64_MAX, &inode) < 0)
                return;
        slot = ARRAY_APPEND(inodes->items, inodes->n, inodes->alloc);
        *slot = inode;
}

/* sshd, sshd-session (OpenSSH 9.8), … The part of it that is root's has the connection too, and its files are readable
 * to us. */
static void read_process(struct sys *sys, const char *pid, struct inodes *inodes)
{
        CLEANUP(names_freep) char **fds = NULL;
        char path[PATH_MAX], comm[64];
        size_t n = 0;

        (void) snprintf(path, sizeof(path), "proc/%s/comm", pid);
        if (sys_read_attr(sys, path, comm, sizeof(comm)) < 0 || !after_prefix(comm, "sshd"))
                return;
        (void) snprintf(path, sizeof(path), "proc/%s/fd", pid);
        (void) sys_list(sys, path, &fds, &n);
        for (size_t i = 0; i < n; i++) {
                (void) snprintf(path, sizeof(path), "proc/%s/fd/%s", pid, fds[i]);
                add_socket(sys, path, inodes);
        }
}

void usage_read_ssh(struct sys *sys, struct usage *usage)
{
        static const char *const tables[] = { "proc/net/tcp", "proc/net/tcp6" };
        CLEANUP(names_freep) char **pids = NULL;
        struct inodes inodes = { 0 };
        bool hidden = sys_exists(sys, "proc/self") && !sys_exists(sys, "proc/1"); /* as all processes but its own are from a unit */
        size_t n = 0;

        (void) sys_list(sys, "proc", &pids, &n);
        for (size_t i = 0; i < n; i++)
                if (strspn(pids[i], "0123456789") == strlen(pids[i]))
                        read_process(sys, pids[i], &inodes);
        for (size_t i = 0; (inodes.n > 0 || hidden) && i < ARRAY_SIZE(tables); i++) {
                CLEANUP_FREE char *text = NULL;

                (void) usage_read_text(sys, tables[i], &text);
                if (text)
                        usage_parse_sockets(text, inodes.items, inodes.n, usage);
        }
        free(inodes.items);
}
