/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a command and prints what it took: microseconds, peak memory in KiB, exit status, microseconds of user CPU time
 * (its own, and its children's that it waited for). */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
        struct rusage usage;
        long long start, end;
        int status;
        pid_t pid;

        if (argc < 2)
                return 126;
        start = now();
        pid = fork();
        if (pid == 0) {
                /* What the command says is for stderr; stdout has the figures alone. */
                dup2(STDERR_FILENO, STDOUT_FILENO);
                execvp(argv[1], argv + 1);
                perror(argv[1]);
                _exit(127);
        }
        if (pid < 0 || wait4(pid, &status, 0, &usage) < 0) {
                perror("bench-time");
                return 126;
        }
        end = now();
        /* The peak is at least this program's own, which the child had before exec: it is small. */
        printf("%lld %ld %d %lld\n", end - start, usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 125,
               usage.ru_utime.tv_sec * 1000000LL + usage.ru_utime.tv_usec);
        return 0;
}
