/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes that may sleep for ever: done by another process, given up in time, and none of the next ones' business. FIFOs
 * stand for the attributes, for the kernel keeps a write to one as long as a test wants it to. */
#include "unit/kit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/live.h"
#include "unit/tree.h"

#define SECOND UINT64_C(1000000)
#define LONG_ENOUGH (60 * SECOND)

static int bounded(struct sys *sys, const char *path, const char *value, uint64_t limit, struct blocked_write *ret)
{
        int number = sys->ops->write_begin(sys->userdata, path, value, strlen(value), limit);

        return number < 0 ? number : sys->ops->write_end(sys->userdata, number, ret);
}

static int write_now(struct sys *sys, const char *path, const char *value)
{
        struct blocked_write blocked;

        return bounded(sys, path, value, LONG_ENOUGH, &blocked);
}

static void assert_attr(struct sys *sys, const char *path, const char *expected)
{
        char buf[128];

        assert_int_equal(sys_read_attr(sys, path, buf, sizeof(buf)), 0);
        assert_string_equal(buf, expected);
}

static pid_t writer_of(const struct sys *sys)
{
        const struct live *live = sys->userdata;

        return live->n_writers > 0 ? live->writers[0].pid : 0;
}

static void values_and_errors(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = tree_running(root);
        CLEANUP_FREE char *long_path = malloc(PATH_MAX + 1), *long_value = malloc(PATH_MAX + 4097);
        pid_t writer;

        (void) unused;
        tree_file(root, "a", "----");
        tree_link(root, "full", "/dev/full");
        assert_int_equal(write_now(sys, "a", "12"), 0);
        assert_attr(sys, "a", "12--");
        writer = writer_of(sys);
        assert_true(writer > 0 && writer != getpid());
        assert_int_equal(write_now(sys, "none", "1"), -ENOENT);
        assert_int_equal(access(tree_path(root, "none"), F_OK), -1);
        assert_int_equal(write_now(sys, "full", "1"), -ENOSPC);
        assert_int_equal(write_now(sys, "a", "345"), 0);
        assert_attr(sys, "a", "345-");

        assert_true(long_path && long_value);
        memset(long_path, 'x', PATH_MAX);
        long_path[PATH_MAX] = '\0';
        memset(long_value, 'x', PATH_MAX + 4096);
        long_value[PATH_MAX + 4096] = '\0';
        assert_int_equal(write_now(sys, long_path, "1"), -ENAMETOOLONG);
        assert_int_equal(write_now(sys, "a", long_value), -ENAMETOOLONG);
        assert_attr(sys, "a", "345-");
        assert_int_equal(writer_of(sys), writer); /* one process for all that come back */
}

/* It must hold nothing of ours when it is left behind: neither a lock nor the pipe that our output goes to. */
static void what_the_writer_holds(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = tree_running(root), *proc = NULL;
        CLEANUP(names_freep) char **fds = NULL;
        char path[64], target[64];
        size_t n = 0;
        int ends[2], high;

        (void) unused;
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        high = fcntl(ends[1], F_DUPFD, 200);
        assert_true(high >= 200);
        tree_file(root, "a", "");
        assert_int_equal(write_now(sys, "a", "1"), 0);
        assert_int_equal(sys_open_small(&proc), 0);
        (void) snprintf(path, sizeof(path), "proc/%d/comm", (int) writer_of(sys));
        assert_attr(proc, path, BLOCKED_COMM);
        (void) snprintf(path, sizeof(path), "proc/%d/fd", (int) writer_of(sys));
        assert_int_equal(sys_list(proc, path, &fds, &n), 0);
        for (size_t i = 0; i < n; i++) {
                (void) snprintf(path, sizeof(path), "proc/%d/fd/%s", (int) writer_of(sys), fds[i]);
                assert_true(proc->ops->readlink(proc->userdata, path, target, sizeof(target)) > 0);
                if (!streq(target, "/dev/null") && !streq(target, root) && strncmp(target, "socket:", 7) != 0)
                        fail_msg("the writer has %s open", target);
        }
        assert_true(n >= 2 && n <= 5); /* the root and its end of the socket, and the standard three */
        close(high);
        close(ends[0]);
        close(ends[1]);
}

/* Waits for a process that was left behind. It is a child of ours, for as long as we are there. */
static void await_end(pid_t pid)
{
        struct pollfd fd = { .fd = (int) syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };
        int status;

        assert_true(fd.fd >= 0);
        assert_int_equal(poll(&fd, 1, 10000), 1);
        close(fd.fd);
        assert_int_equal(waitpid(pid, &status, WNOHANG), pid);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void assert_gives_up(struct sys *sys, const char *path, const char *value, struct blocked_write *ret)
{
        uint64_t start = live_now(NULL), took;

        (void) alarm(20);
        assert_int_equal(bounded(sys, path, value, SECOND / 20, ret), -ETIMEDOUT);
        (void) alarm(0);
        took = live_now(NULL) - start;
        assert_true(took >= SECOND / 20 && took < 15 * SECOND);
        assert_true(ret->pid > 0);
        assert_int_equal(kill(ret->pid, 0), 0);
        /* The function's name alone. Not every kernel tells it. */
        assert_true(ret->where[strspn(ret->where, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.")] == '\0');
}

/* Its open(2) sleeps until someone opens the other end. */
static void an_open_that_sleeps(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = tree_running(root);
        CLEANUP_CLOSE int reader = -1;
        struct blocked_write blocked = { 0 };
        struct pollfd fd = { .events = POLLIN };
        char buf[16] = "";

        (void) unused;
        assert_int_equal(mkfifo(tree_path(root, "fifo"), 0600), 0);
        tree_file(root, "a", "");
        assert_gives_up(sys, "fifo", "late", &blocked);
        assert_int_equal(write_now(sys, "a", "1"), 0); /* by another */
        assert_attr(sys, "a", "1");
        assert_true(writer_of(sys) > 0 && writer_of(sys) != blocked.pid);
        /* The sleep ends: the write is done after all, and who did it goes. */
        fd.fd = reader = open(tree_path(root, "fifo"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        assert_true(reader >= 0);
        assert_int_equal(poll(&fd, 1, 10000), 1);
        assert_int_equal(read(reader, buf, sizeof(buf)), 4);
        assert_string_equal(buf, "late");
        await_end(blocked.pid);
}

/* Its write(2) sleeps; and two at once, each for itself. */
static void writes_that_sleep(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = tree_running(root);
        CLEANUP_FREE char *full = calloc(1, 1 << 20);
        CLEANUP_CLOSE int reader = -1, filler = -1;
        struct blocked_write first = { 0 }, second = { 0 };

        (void) unused;
        assert_non_null(full);
        assert_int_equal(mkfifo(tree_path(root, "fifo"), 0600), 0);
        reader = open(tree_path(root, "fifo"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        filler = open(tree_path(root, "fifo"), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
        assert_true(reader >= 0 && filler >= 0);
        while (write(filler, full, 4096) > 0)
                ;
        assert_int_equal(errno, EAGAIN);
        assert_gives_up(sys, "fifo", "1", &first);
        assert_gives_up(sys, "fifo", "2", &second);
        assert_true(first.pid != second.pid);
        if (first.where[0])
                assert_non_null(strstr(first.where, "pipe"));
        filler = close_fd(filler);
        while (read(reader, full, 1 << 20) > 0)
                ;
        await_end(first.pid);
        await_end(second.pid);
}

/* Two that sleep and one that does not are under way at the same time, and end in any order; who is idle is used again. */
static void side_by_side(void **unused)
{
        static const char *const fifos[] = { "one", "two" };
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = tree_running(root);
        struct blocked_write blocked;
        int numbers[3], again, readers[2];
        char buf[16] = "";

        (void) unused;
        tree_file(root, "a", "-");
        for (size_t i = 0; i < 2; i++) {
                assert_int_equal(mkfifo(tree_path(root, fifos[i]), 0600), 0);
                numbers[i] = sys->ops->write_begin(sys->userdata, fifos[i], "x", 1, LONG_ENOUGH);
                assert_true(numbers[i] >= 0);
        }
        numbers[2] = sys->ops->write_begin(sys->userdata, "a", "1", 1, LONG_ENOUGH);
        assert_true(numbers[0] != numbers[1] && numbers[1] != numbers[2] && numbers[0] != numbers[2]);
        assert_int_equal(sys->ops->write_end(sys->userdata, numbers[2], &blocked), 0);
        assert_attr(sys, "a", "1");
        again = sys->ops->write_begin(sys->userdata, "a", "2", 1, LONG_ENOUGH);
        assert_int_equal(again, numbers[2]);
        assert_int_equal(sys->ops->write_end(sys->userdata, again, &blocked), 0);
        for (size_t i = 0; i < 2; i++) {
                readers[i] = open(tree_path(root, fifos[i]), O_RDONLY | O_CLOEXEC);
                assert_true(readers[i] >= 0);
        }
        for (size_t i = 2; i-- > 0;) {
                assert_int_equal(sys->ops->write_end(sys->userdata, numbers[i], &blocked), 0);
                assert_int_equal(read(readers[i], buf, sizeof(buf)), 1);
                close(readers[i]);
        }
}

/* A door that is closed does not wait for what it left behind. */
static void a_closed_door(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP_CLOSE int reader = -1;
        struct blocked_write blocked = { 0 };

        (void) unused;
        assert_int_equal(mkfifo(tree_path(root, "fifo"), 0600), 0);
        {
                CLEANUP(sys_freep) struct sys *sys = tree_running(root);

                assert_gives_up(sys, "fifo", "late", &blocked);
        }
        reader = open(tree_path(root, "fifo"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        assert_true(reader >= 0);
        await_end(blocked.pid);
}

/* Started with its standard input closed, a program has other things there: the root's directory, or the socket. */
static void low_descriptors(void **unused)
{
        (void) unused;
        for (int low = 0; low <= STDERR_FILENO; low++) {
                CLEANUP_TREE char *root = tree_new();
                int saved = fcntl(low, F_DUPFD_CLOEXEC, 10), r, again;
                struct blocked_write blocked;
                struct sys *sys;

                tree_file(root, "a", "");
                close(low);
                sys = tree_running(root);
                r = bounded(sys, "a", "1", LONG_ENOUGH, &blocked);
                again = bounded(sys, "a", "2", LONG_ENOUGH, &blocked);
                sys_free(sys);
                if (saved >= 0)
                        (void) dup2(saved, low);
                (void) close_fd(saved);
                assert_int_equal(r, 0);
                assert_int_equal(again, 0);
        }
}

/* The writer is killed (out of memory, say): that write fails, whether it had begun or not, and the next one has another. */
static void a_killed_writer(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = tree_running(root);
        siginfo_t info;

        (void) unused;
        tree_file(root, "a", "");
        assert_int_equal(write_now(sys, "a", "1"), 0);
        assert_int_equal(kill(writer_of(sys), SIGKILL), 0);
        assert_int_equal(waitid(P_PID, (id_t) writer_of(sys), &info, WEXITED | WNOWAIT), 0);
        assert_int_equal(write_now(sys, "a", "2"), -EPIPE);
        assert_int_equal(write_now(sys, "a", "3"), 0);
        assert_attr(sys, "a", "3");
}

static volatile sig_atomic_t victim;

static void kill_victim(int sig)
{
        (void) sig;
        (void) kill(victim, SIGKILL);
}

static void a_writer_killed_at_work(void **unused)
{
        const struct sigaction action = { .sa_handler = kill_victim };
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = tree_running(root);

        (void) unused;
        tree_file(root, "a", "");
        assert_int_equal(mkfifo(tree_path(root, "fifo"), 0600), 0);
        assert_int_equal(write_now(sys, "a", "1"), 0);
        victim = writer_of(sys);
        assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
        assert_int_equal(ualarm(50000, 0), 0);
        assert_int_equal(write_now(sys, "fifo", "2"), -EPIPE);
        (void) signal(SIGALRM, SIG_DFL);
        assert_int_equal(write_now(sys, "a", "3"), 0);
        assert_attr(sys, "a", "3");
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(values_and_errors),
                cmocka_unit_test(what_the_writer_holds),
                cmocka_unit_test(an_open_that_sleeps),
                cmocka_unit_test(writes_that_sleep),
                cmocka_unit_test(side_by_side),
                cmocka_unit_test(a_closed_door),
                cmocka_unit_test(low_descriptors),
                cmocka_unit_test(a_killed_writer),
                cmocka_unit_test(a_writer_killed_at_work),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
