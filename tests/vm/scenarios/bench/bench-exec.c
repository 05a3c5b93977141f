/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a command N times, one after the other: bench-exec N CMD…. Fails when one of them does. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

extern char **environ;

int main(int argc, char **argv)
{
        if (argc < 3)
                return 126;
        for (int n = atoi(argv[1]); n > 0; n--) {
                int status;
                pid_t pid;

                if (posix_spawn(&pid, argv[2], NULL, NULL, argv + 2, environ) != 0 || waitpid(pid, &status, 0) < 0) {
                        perror(argv[2]);
                        return 126;
                }
                if (status != 0)
                        return 1;
        }
        return 0;
}
