/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs the loader's command on the running system, as a process of its own (posix_spawn(3)). */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/macro.h"
#include "base/strutil.h"
#include "boot/boot-write.h"

/* What a command gets of our environment: titles in grub.cfg are in the administrator's language. */
static const char *const kept[] = { "LANG=", "LANGUAGE=", "LC_ALL=", "LC_MESSAGES=", "LC_CTYPE=", "TERM=", "HOME=" };

/* The environment for the command; its strings are borrowed. */
static void fill_environment(char *ret[ARRAY_SIZE(kept) + 2])
{
        static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        size_t n = 0;

        ret[n++] = path;
        for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
                for (char **e = environ; *e; e++)
                        if (after_prefix(*e, kept[i])) {
                                ret[n++] = *e;
                                break;
                        }
        ret[n] = NULL;
}

static int wait_for(pid_t pid)
{
        int status;

        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Until the command has closed its end. */
static void take_output(int fd, struct boot_output *output)
{
        CLEANUP_STRBUF struct strbuf line = { 0 };
        char bytes[4096];
        ssize_t n;

        while ((n = read(fd, bytes, sizeof(bytes))) > 0 || (n < 0 && errno == EINTR))
                for (ssize_t i = 0; i < n; i++) {
                        if (bytes[i] != '\n' && bytes[i] != '\r') {
                                strbuf_addn(&line, &bytes[i], 1);
                                continue;
                        }
                        if (line.len == 0)
                                continue;
                        strbuf_addf(&output->text, "%s\n", line.text);
                        output->on_line(line.text);
                        strbuf_free(&line);
                }
        if (line.len > 0)
                strbuf_addf(&output->text, "%s\n", line.text);
}

static int run(void *userdata, char *const argv[])
{
        struct boot_output *output = userdata;
        CLEANUP_CLOSE int read_end = -1, write_end = -1;
        posix_spawn_file_actions_t actions;
        char *environment[ARRAY_SIZE(kept) + 2];
        int fds[2], r;
        pid_t pid = 0;

        if (output && pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        if (output) {
                read_end = fds[0];
                write_end = fds[1];
        }
        (void) fflush(stdout);
        fill_environment(environment);
        r = posix_spawn_file_actions_init(&actions);
        if (r != 0)
                return -r;
        r = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        if (r == 0 && output)
                r = posix_spawn_file_actions_adddup2(&actions, write_end, STDERR_FILENO);
        /* What we print ourselves may be JSON. */
        if (r == 0)
                r = posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
        if (r == 0)
                r = posix_spawn(&pid, argv[0], &actions, NULL, argv, environment);
        (void) posix_spawn_file_actions_destroy(&actions);
        write_end = close_fd(write_end);
        if (r == 0 && output)
                take_output(read_end, output);
        return r != 0 ? -r : wait_for(pid);
}

const struct boot_runner boot_runner_live = { .run = run };
