/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The programs without memory: whatever allocation fails, the program says so and ends with an error. */
#include "unit/kit.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEP 4096UL
#define LIMIT_MAX (512UL * 1024 * 1024) /* more than they need */

/* Runs a program of the build directory, at most so many bytes large. Returns its status; ret has what it wrote to
 * stderr. */
static int run(const char *program, char *const argv[], rlim_t limit, char *ret, size_t size)
{
        char path[PATH_MAX] = { 0 };
        int pipe_fds[2], status;
        size_t len = 0;
        ssize_t n;
        pid_t pid;

        assert_true(readlink("/proc/self/exe", path, sizeof(path) - 1) > 0);
        for (unsigned i = 0; i < 3; i++) /* tests/unit/test-out-of-memory */
                *strrchr(path, '/') = '\0';
        strcat(path, "/");
        strcat(path, program);
        assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                const struct rlimit as = { limit, limit }, core = { 0, 0 };
                int null = open("/dev/null", O_RDWR);

                (void) dup2(null, STDIN_FILENO);
                (void) dup2(null, STDOUT_FILENO);
                (void) dup2(pipe_fds[1], STDERR_FILENO);
                (void) setrlimit(RLIMIT_CORE, &core);
                (void) setrlimit(RLIMIT_AS, &as);
                execv(path, argv);
                _exit(126);
        }
        close(pipe_fds[1]);
        while (len + 1 < size && (n = read(pipe_fds[0], ret + len, size - 1 - len)) > 0)
                len += (size_t) n;
        ret[len] = '\0';
        close(pipe_fds[0]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        return status;
}

/* From what it comes to its end with, downwards until not even its libraries are loaded. */
static void main_program(void **unused)
{
        const char *const program = "passthru-setup", *const message = "passthru-setup: Out of memory.\n";
        char *argv[] = { (char *) "passthru-setup", (char *) "check", (char *) "/dev/null", NULL };
        char whole[4096], text[4096];
        rlim_t enough = LIMIT_MAX, little = STEP;
        unsigned n_told = 0;
        int good = run(program, argv, LIMIT_MAX, whole, sizeof(whole));

        (void) unused;
        assert_true(WIFEXITED(good));
        while (enough - little > STEP) {
                rlim_t middle = little + (enough - little) / 2;

                if (run(program, argv, middle, text, sizeof(text)) == good && strcmp(text, whole) == 0)
                        enough = middle;
                else
                        little = middle;
        }
        for (rlim_t limit = enough; limit > STEP && limit + 128 * STEP > enough; limit -= STEP) {
                int status = run(program, argv, limit, text, sizeof(text));

                if (!strstr(text, "Out of memory"))
                        continue; /* it had enough by chance, or its own code never ran */
                n_told++;
                if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_FAILURE || !strstr(text, message))
                        fail_msg("%lu bytes: status %d: %s", (unsigned long) limit, status, text);
        }
        assert_true(n_told > 0);
}

static void helper(void **unused)
{
        char *argv[] = { (char *) "passthru-setup-helper", (char *) "add", (char *) "/devices/none", NULL },
             text[4096];
        int status = run("tests/unit/passthru-setup-helper", argv, LIMIT_MAX, text, sizeof(text));

        (void) unused;
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), EXIT_FAILURE);
        assert_string_equal(text, "passthru-setup-helper: Out of memory.\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(main_program), cmocka_unit_test(helper) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
