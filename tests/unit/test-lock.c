/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lock of /run/passthru-setup: one holder, and none through a link. */
#include "unit/kit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state/state-file.h"
#include "unit/tree.h"

#define DIRECTORY "run/passthru-setup"
#define LOCK DIRECTORY "/lock"

static void one_holder(void **unused)
{
        CLEANUP_TREE char *root = tree_new(), *other = tree_new();
        CLEANUP_CLOSE int first = -1, second = -1, elsewhere = -1;
        struct stat st;

        (void) unused;
        tree_dir(root, "run"); /* its own directory is made */
        tree_dir(other, "run");
        first = state_lock(root, false);
        assert_true(first >= 0);
        assert_int_equal(fcntl(first, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
        /* Others may not open it, so that they can't keep a run waiting. */
        assert_int_equal(stat(tree_path(root, LOCK), &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        assert_int_equal(state_lock(root, false), -EAGAIN);
        elsewhere = state_lock(other, false);
        assert_true(elsewhere >= 0);
        first = close_fd(first);
        second = state_lock(root, false);
        assert_true(second >= 0);
        assert_int_equal(state_lock(root, false), -EAGAIN);
}

/* The one that waits has it when the holder is done, and not before. */
static void waiting(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP_CLOSE int holder = -1;
        struct pollfd fd = { .events = POLLIN };
        int ends[2], status;
        char c = 0;
        pid_t pid;

        (void) unused;
        tree_dir(root, "run");
        holder = state_lock(root, true); /* a free one is no wait */
        assert_true(holder >= 0);
        assert_int_equal(pipe(ends), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                close(holder); /* the lock is the parent's as long as it has it open */
                c = write(ends[1], "w", 1) == 1 && state_lock(root, true) >= 0 && write(ends[1], "h", 1) == 1;
                _exit(c ? 0 : 1);
        }
        close(ends[1]);
        fd.fd = ends[0];
        (void) alarm(20);
        assert_int_equal(read(ends[0], &c, 1), 1);
        assert_int_equal(poll(&fd, 1, 50), 0); /* it does not have it while we do */
        holder = close_fd(holder);
        assert_int_equal(read(ends[0], &c, 1), 1);
        assert_int_equal(c, 'h');
        assert_int_equal(waitpid(pid, &status, 0), pid);
        (void) alarm(0);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        close(ends[0]);
}

static void refusals(void **unused)
{
        CLEANUP_TREE char *root = tree_new(), *outside = tree_new();

        (void) unused;
        assert_int_equal(state_lock(root, false), -ENOENT); /* no /run: it is not made */
        tree_file(root, DIRECTORY, "");
        assert_int_equal(state_lock(root, false), -ENOTDIR);
        assert_int_equal(unlink(tree_path(root, DIRECTORY)), 0);
        tree_link(root, LOCK, tree_path(outside, "made"));
        assert_int_equal(state_lock(root, false), -ELOOP);
        assert_int_equal(access(tree_path(outside, "made"), F_OK), -1);
        assert_int_equal(unlink(tree_path(root, LOCK)), 0);
        tree_dir(root, LOCK);
        assert_int_equal(state_lock(root, false), -EISDIR);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(one_holder),
                cmocka_unit_test(waiting),
                cmocka_unit_test(refusals),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
