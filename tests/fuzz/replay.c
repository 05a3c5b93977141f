/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Feeds a corpus to a fuzz target without libFuzzer: each file is one test, told in cmocka's words. Arguments: files
 * and directories; none: the corpus of the target that the program is called after. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "fuzz/fuzz.h"

#define SECONDS_MAX 30 /* for one input */
#define SURVIVED 7     /* of a process: nothing that ends early says so */

struct corpus {
        char **paths;
        size_t n, alloc;
};

static void add_path(struct corpus *c, const char *path)
{
        char **slot = ARRAY_APPEND(c->paths, c->n, c->alloc);

        REQUIRE((*slot = strdup(path)));
}

static int visible(const struct dirent *e)
{
        return e->d_name[0] != '.';
}

static void add(struct corpus *c, const char *path)
{
        struct dirent **entries;
        struct stat st;
        int n;

        if (stat(path, &st) < 0) {
                perror(path);
                exit(EXIT_FAILURE);
        }
        if (!S_ISDIR(st.st_mode)) {
                add_path(c, path);
                return;
        }
        n = scandir(path, &entries, visible, alphasort);
        REQUIRE(n >= 0);
        for (int i = 0; i < n; i++) {
                char *inside = NULL;

                REQUIRE(asprintf(&inside, "%s/%s", path, entries[i]->d_name) > 0);
                add_path(c, inside);
                free(inside);
                free(entries[i]);
        }
        free(entries);
}

static void run_file(const char *path)
{
        FILE *f = fopen(path, "re");
        struct stat st;
        uint8_t *data;

        REQUIRE(f && fstat(fileno(f), &st) == 0);
        data = malloc((size_t) st.st_size + 1);
        REQUIRE(data && fread(data, 1, (size_t) st.st_size, f) == (size_t) st.st_size);
        fclose(f);
        alarm(SECONDS_MAX);
        LLVMFuzzerTestOneInput(data, (size_t) st.st_size);
        alarm(0);
        free(data);
}

/* Whether these inputs are survived, without a leak, which is looked for at the end of the process. */
static bool survives(char *const *paths, size_t n)
{
        int status;
        pid_t pid;

        fflush(stdout);
        pid = fork();
        REQUIRE(pid >= 0);
        if (pid == 0) {
                for (size_t i = 0; i < n; i++)
                        run_file(paths[i]);
                exit(SURVIVED);
        }
        REQUIRE(waitpid(pid, &status, 0) == pid);
        return WIFEXITED(status) && WEXITSTATUS(status) == SURVIVED;
}

/* Where the corpus of a program …/replay-NAME is. */
static void add_own(struct corpus *c, const char *program)
{
        const char *name = after_prefix(last_component(program), "replay-");
        char path[256];

        REQUIRE(name && snprintf(path, sizeof(path), "tests/fuzz/corpus/%s", name) < (int) sizeof(path));
        add(c, path);
}

int main(int argc, char **argv)
{
        struct corpus c = { 0 };
        size_t failed = 0;
        bool all;

        for (int i = 1; i < argc; i++)
                add(&c, argv[i]);
        if (argc == 1)
                add_own(&c, argv[0]);
        /* One process is quick; only to name the culprit each gets its own. */
        all = survives(c.paths, c.n);
        for (size_t i = 0; i < c.n; i++) {
                bool ok = all || survives(&c.paths[i], 1);

                printf("%s %s\n", ok ? "[       OK ]" : "[  FAILED  ]", last_component(c.paths[i]));
                failed += !ok;
        }
        if (!all && failed == 0)
                printf("[  FAILED  ] all_in_one_process\n");
        for (size_t i = 0; i < c.n; i++)
                free(c.paths[i]);
        free(c.paths);
        return all ? EXIT_SUCCESS : EXIT_FAILURE;
}
