/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shows text by a pager. */
#include "report/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <systemd/sd-login.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "report/output.h"

#define BLANKS " \t\n"

/* Whether the pager must not open files or run programs. trusted: it is not up to us to find out, so any pager will
 * do. */
static bool is_secure(bool *ret_trusted)
{
        const char *word = secure_getenv("SYSTEMD_PAGERSECURE");
        bool secure = true;
        uid_t owner;

        *ret_trusted = word && parse_boolean(word, &secure) == 0;
        if (word)
                return secure;
        return secure_getenv("SUDO_UID") || sd_pid_get_owner_uid(0, &owner) < 0 || owner != geteuid();
}

static void set_variables(bool secure)
{
        const char *options = getenv("SYSTEMD_LESS"), *charset;

        (void) setenv("LESS", options ? options : "FRSXMK", true);
        charset = getenv("SYSTEMD_LESSCHARSET"); /* not before: setenv() may move what getenv() returned */
        if (charset || output_is_utf8())
                (void) setenv("LESSCHARSET", charset ? charset : "utf-8", true);
        (void) setenv("LESSSECURE", secure ? "1" : "0", true);
}

/* With stdin from the pipe, and without what we ignore meanwhile. */
static int spawn(char *const argv[], int input, const sigset_t *signals, pid_t *ret)
{
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        int r = posix_spawn_file_actions_init(&actions);

        if (r != 0)
                return -r;
        r = posix_spawnattr_init(&attributes);
        if (r == 0) {
                r = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
                (void) posix_spawnattr_setsigdefault(&attributes, signals);
                (void) posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
                if (r == 0)
                        r = posix_spawnp(ret, argv[0], &actions, &attributes, argv, environ);
                (void) posix_spawnattr_destroy(&attributes);
        }
        (void) posix_spawn_file_actions_destroy(&actions);
        return -r;
}

/* The user's own, if it may be run, and else the first that is there. */
static int start(const char *chosen, int input, const sigset_t *signals, pid_t *ret)
{
        /* Of these less alone knows a secure mode. */
        static const char *const known[] = { "pager", "less", "more" };
        CLEANUP_FREE char *words = chosen ? xstrdup(chosen) : NULL;
        CLEANUP_FREE char **argv = NULL;
        size_t n = 0, alloc = 0;
        char *save = NULL;
        bool trusted, secure = is_secure(&trusted);
        int r = -ENOENT;

        set_variables(secure);
        for (char *word = words ? strtok_r(words, BLANKS, &save) : NULL; word; word = strtok_r(NULL, BLANKS, &save))
                *(char **) ARRAY_APPEND(argv, n, alloc) = word;
        if (n > 0 && trusted) {
                (void) ARRAY_APPEND(argv, n, alloc);
                r = spawn(argv, input, signals, ret);
        }
        for (size_t i = 0; i < ARRAY_SIZE(known) && r < 0; i++) {
                char *alone[] = { (char *) known[i], NULL };

                if (!secure || streq(known[i], "less"))
                        r = spawn(alone, input, signals, ret);
        }
        return r;
}

/* Until all is written, or the user has seen enough. */
static void feed(int fd, const char *text)
{
        size_t left = strlen(text);

        while (left > 0) {
                ssize_t n = write(fd, text, left);

                if (n < 0 && errno != EINTR)
                        return;
                if (n > 0) {
                        text += n;
                        left -= (size_t) n;
                }
        }
}

static int show(const char *chosen, const char *text, const sigset_t *signals)
{
        int pipe_ends[2], r;
        pid_t pid = 0;

        if (pipe2(pipe_ends, O_CLOEXEC) < 0)
                return -errno;
        r = start(chosen, pipe_ends[0], signals, &pid);
        close_fd(pipe_ends[0]);
        if (r == 0)
                feed(pipe_ends[1], text);
        close_fd(pipe_ends[1]);
        while (r == 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                ;
        return r;
}

int pager_show(const char *text)
{
        static const int ignored[] = { SIGPIPE, SIGINT, SIGQUIT }; /* the last two are the pager's while it runs */
        const char *chosen = getenv("SYSTEMD_PAGER"), *term = getenv("TERM");
        struct sigaction ignore = { .sa_handler = SIG_IGN }, before[ARRAY_SIZE(ignored)];
        sigset_t signals;
        int r;

        if (!chosen)
                chosen = getenv("PAGER");
        if (chosen && (streq(chosen, "") || streq(chosen, "cat")))
                return -EOPNOTSUPP;
        if (!isatty(STDOUT_FILENO) || !isatty(STDERR_FILENO) || isempty(term) || streq(term, "dumb"))
                return -ENOTTY;
        (void) sigemptyset(&signals);
        for (size_t i = 0; i < ARRAY_SIZE(ignored); i++) {
                (void) sigaddset(&signals, ignored[i]);
                (void) sigaction(ignored[i], &ignore, &before[i]);
        }
        r = show(chosen, text, &signals);
        for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
                (void) sigaction(ignored[i], &before[i], NULL);
        return r;
}
