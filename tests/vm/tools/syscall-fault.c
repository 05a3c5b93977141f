/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a command, with its children, to one of its system calls:
 *
 *   syscall-fault count LOG CMD…          to its end
 *   syscall-fault kill N LOG CMD…         SIGKILL to all of its processes as they enter the Nth call
 *   syscall-fault kill-main N LOG CMD…    to the command alone; its children go on
 *   syscall-fault fail N ERRNO LOG CMD…   the Nth call on something below /sys fails with ERRNO (a number), undone
 *
 * Calls are counted from the command's first one on. LOG gets lines: "change N NAME PATH" before each call that may change
 * something, "sysfs N NAME PATH" for each on something below /sys, "open PATH" for what was opened there for writing,
 * "hit NAME PATH", "calls N SYSFS". Exit status: the command's, 128 + signal, or 126. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/reg.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __x86_64__
#error "registers are set as x86-64 has them"
#endif

enum what { NONE, FD, PATH_AT, PATH_FIRST };

static const struct call {
        long number;
        const char *name;
        enum what what;
        bool changes; /* always; openat does if it opens for writing */
} calls[] = {
        { SYS_openat, "openat", PATH_AT, false },
        { SYS_read, "read", FD, false },
        { SYS_pread64, "pread64", FD, false },
        { SYS_getdents64, "getdents64", FD, false },
        { SYS_readlinkat, "readlinkat", PATH_AT, false },
        { SYS_newfstatat, "newfstatat", PATH_AT, false },
        { SYS_statx, "statx", PATH_AT, false },
        { SYS_faccessat, "faccessat", PATH_AT, false },
        { SYS_faccessat2, "faccessat2", PATH_AT, false },
        { SYS_open, "open", PATH_FIRST, false },
        { SYS_readlink, "readlink", PATH_FIRST, false },
        { SYS_access, "access", PATH_FIRST, false },
        { SYS_stat, "stat", PATH_FIRST, false },
        { SYS_lstat, "lstat", PATH_FIRST, false },
        { SYS_write, "write", FD, true },
        { SYS_pwrite64, "pwrite64", FD, true },
        { SYS_fsync, "fsync", FD, true },
        { SYS_mkdirat, "mkdirat", PATH_AT, true },
        { SYS_mkdir, "mkdir", PATH_FIRST, true },
        { SYS_unlinkat, "unlinkat", PATH_AT, true },
        { SYS_unlink, "unlink", PATH_FIRST, true },
        { SYS_renameat, "renameat", PATH_AT, true },
        { SYS_renameat2, "renameat2", PATH_AT, true },
        { SYS_rename, "rename", PATH_FIRST, true },
        { SYS_sendto, "sendto", NONE, true },
        { SYS_sendmsg, "sendmsg", NONE, true },
        { SYS_clone, "clone", NONE, true },
        { SYS_clone3, "clone3", NONE, true },
        { SYS_flock, "flock", FD, true },
        { SYS_finit_module, "finit_module", FD, true },
        { SYS_exit_group, "exit_group", NONE, true },
};

enum mode { COUNT, KILL, KILL_MAIN, FAIL };

static enum mode mode;
static unsigned long n_target, n_calls, n_sysfs;
static int error_wanted, status_main = -1;
static pid_t main_pid, failing, opening;
static bool hit, started;
static char opened[PATH_MAX];
static FILE *log_file;

static void die(const char *what)
{
        fprintf(stderr, "syscall-fault: %s: %s\n", what, strerror(errno));
        exit(126);
}

static const struct call *find_call(unsigned long number)
{
        for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
                if ((unsigned long) calls[i].number == number)
                        return &calls[i];
        return NULL;
}

static void path_of_fd(pid_t pid, int fd, char path[static PATH_MAX])
{
        char link[64];
        ssize_t n;

        if (fd == AT_FDCWD)
                snprintf(link, sizeof(link), "/proc/%d/cwd", (int) pid);
        else
                snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int) pid, fd);
        n = readlink(link, path, PATH_MAX - 1);
        path[n > 0 ? n : 0] = '\0';
}

static void read_text(pid_t pid, unsigned long address, char text[static PATH_MAX])
{
        struct iovec local = { text, PATH_MAX - 1 }, remote = { (void *) address, PATH_MAX - 1 };
        ssize_t n = process_vm_readv(pid, &local, 1, &remote, 1, 0);

        if (n < 0) { /* up to the end of the page */
                remote.iov_len = 4096 - address % 4096;
                n = process_vm_readv(pid, &local, 1, &remote, 1, 0);
        }
        text[n > 0 ? n : 0] = '\0';
}

static void path_of_call(pid_t pid, const struct call *call, const uint64_t *args, char path[static PATH_MAX])
{
        char name[PATH_MAX], dir[PATH_MAX];

        path[0] = '\0';
        if (call->what == NONE)
                return;
        if (call->what == FD) {
                path_of_fd(pid, (int) args[0], path);
                return;
        }
        read_text(pid, args[call->what == PATH_AT ? 1 : 0], name);
        path_of_fd(pid, call->what == PATH_AT ? (int) args[0] : AT_FDCWD, dir);
        if (!name[0])
                snprintf(path, PATH_MAX, "%s", dir);
        else if (name[0] == '/')
                snprintf(path, PATH_MAX, "%s", name);
        else
                snprintf(path, PATH_MAX, "%.2000s/%.2000s", strcmp(dir, "/") == 0 ? "" : dir, name);
}

static void undo_call(pid_t pid)
{
        if (ptrace(PTRACE_POKEUSER, pid, sizeof(long) * ORIG_RAX, -1L) < 0)
                die("PTRACE_POKEUSER");
        failing = pid;
}

static void entered(pid_t pid, const struct __ptrace_syscall_info *info)
{
        const struct call *call = find_call(info->entry.nr);
        char path[PATH_MAX];
        const uint64_t *args = (const uint64_t *) info->entry.args;
        bool writable = false, below_sys;

        n_calls++;
        path[0] = '\0';
        if (call)
                path_of_call(pid, call, args, path);
        if (call && (call->number == SYS_openat || call->number == SYS_open))
                writable = (args[call->what == PATH_AT ? 2 : 1] & (O_ACCMODE | O_CREAT)) != 0;
        below_sys = call && strncmp(path, "/sys/", 5) == 0;
        if (call && (call->changes || writable))
                fprintf(log_file, "change %lu %s %s\n", n_calls, call->name, path);
        if (below_sys)
                fprintf(log_file, "sysfs %lu %s%s %s\n", ++n_sysfs, call->name, writable ? "-for-writing" : "", path);
        if (below_sys && writable) {
                opening = pid;
                snprintf(opened, sizeof(opened), "%s", path);
        }
        if (hit || n_target == 0 || (mode == FAIL ? !below_sys || n_sysfs != n_target : n_calls != n_target))
                return;
        hit = true;
        fprintf(log_file, "hit %s %s\n", call ? call->name : "another", path);
        if (mode == FAIL)
                undo_call(pid);
        else
                (void) kill(main_pid, SIGKILL);
}

static void left(pid_t pid, const struct __ptrace_syscall_info *info)
{
        if (failing == pid) {
                if (ptrace(PTRACE_POKEUSER, pid, sizeof(long) * RAX, (long) -error_wanted) < 0)
                        die("PTRACE_POKEUSER");
                failing = 0;
        } else if (opening == pid && !info->exit.is_error)
                fprintf(log_file, "open %s\n", opened);
        if (opening == pid)
                opening = 0;
}

/* A process that has stopped: what for, and how it goes on. */
static void stopped(pid_t pid, int status)
{
        struct __ptrace_syscall_info info = { 0 };
        int sig = WSTOPSIG(status);

        if (sig == (SIGTRAP | 0x80)) {
                if (started && ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0) {
                        if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
                                entered(pid, &info);
                        else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
                                left(pid, &info);
                }
                sig = 0;
        } else if (sig == SIGTRAP || sig == SIGSTOP) {
                started = started || status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8);
                sig = 0;
        }
        if (hit && mode == KILL)
                (void) kill(pid, SIGKILL);
        if (hit && mode == KILL_MAIN && pid != main_pid)
                (void) ptrace(PTRACE_DETACH, pid, 0, (long) sig);
        else
                (void) ptrace(PTRACE_SYSCALL, pid, 0, (long) sig); /* one that was killed meanwhile has no need of it */
}

static void follow(void)
{
        for (;;) {
                int status;
                pid_t pid = waitpid(-1, &status, __WALL);

                if (pid < 0 && errno == EINTR)
                        continue;
                if (pid < 0 && errno == ECHILD)
                        return;
                if (pid < 0)
                        die("waitpid");
                if (WIFSTOPPED(status))
                        stopped(pid, status);
                else if (pid == main_pid)
                        status_main = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
}

static int usage(void)
{
        fprintf(stderr, "usage: syscall-fault count LOG CMD... | kill|kill-main N LOG CMD... | fail N ERRNO LOG CMD...\n");
        return 126;
}

int main(int argc, char **argv)
{
        static const char *const modes[] = { "count", "kill", "kill-main", "fail" };
        static const int first[] = { 2, 3, 3, 4 };
        int status;

        for (mode = COUNT; argc > 1 && mode <= FAIL && strcmp(argv[1], modes[mode]) != 0; mode++)
                ;
        if (argc < 3 || mode > FAIL || argc < first[mode] + 2)
                return usage();
        if (mode != COUNT)
                n_target = strtoul(argv[2], NULL, 10);
        if (mode == FAIL)
                error_wanted = atoi(argv[3]);
        log_file = fopen(argv[first[mode]], "we");
        if (!log_file)
                die(argv[first[mode]]);
        main_pid = fork();
        if (main_pid < 0)
                die("fork");
        if (main_pid == 0) {
                if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0 || raise(SIGSTOP) != 0)
                        _exit(126);
                execvp(argv[first[mode] + 1], argv + first[mode] + 1);
                _exit(127);
        }
        if (waitpid(main_pid, &status, 0) != main_pid || !WIFSTOPPED(status))
                die("the command does not start");
        if (ptrace(PTRACE_SETOPTIONS, main_pid, 0,
                   (long) (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                           PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)) < 0)
                die("PTRACE_SETOPTIONS");
        if (ptrace(PTRACE_SYSCALL, main_pid, 0, 0) < 0)
                die("PTRACE_SYSCALL");
        follow();
        fprintf(log_file, "calls %lu %lu\n", n_calls, n_sysfs);
        if (fclose(log_file) != 0)
                die("the log");
        return status_main < 0 ? 126 : status_main;
}
