/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bare loop that many VFs are held against: bench-threads N LIST. Lines of PATH VALUE are written by N threads, each as
 * soon as one is free; at an empty line all wait until what stands before it is done. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
        char *path, *value;
} *lines;
static size_t n_lines, next_line, end_of_part;
static int failed;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void write_line(size_t i)
{
        int fd = open(lines[i].path, O_WRONLY | O_CLOEXEC);

        if (fd < 0 || write(fd, lines[i].value, strlen(lines[i].value)) < 0) {
                fprintf(stderr, "bench-threads: %s: %s\n", lines[i].path, strerror(errno));
                failed = 1;
        }
        if (fd >= 0)
                close(fd);
}

static void *work(void *unused)
{
        (void) unused;
        for (;;) {
                size_t i;

                pthread_mutex_lock(&lock);
                i = next_line < end_of_part ? next_line++ : n_lines;
                pthread_mutex_unlock(&lock);
                if (i == n_lines)
                        return NULL;
                write_line(i);
        }
}

static void do_part(unsigned n_threads)
{
        pthread_t threads[64];

        for (unsigned i = 0; i < n_threads; i++)
                if (pthread_create(&threads[i], NULL, work, NULL) != 0)
                        abort();
        for (unsigned i = 0; i < n_threads; i++)
                pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
        unsigned n_threads = argc == 3 ? (unsigned) atoi(argv[1]) : 0;
        FILE *list = argc == 3 ? fopen(argv[2], "re") : NULL;
        char line[512];

        if (!list || n_threads < 1 || n_threads > 64) {
                fprintf(stderr, "usage: bench-threads N LIST\n");
                return 126;
        }
        while (fgets(line, sizeof(line), list)) {
                char *value = strchr(line, ' ');

                line[strcspn(line, "\n")] = '\0';
                lines = realloc(lines, (n_lines + 1) * sizeof(*lines));
                if (!lines)
                        return 126;
                if (value)
                        *value++ = '\0';
                lines[n_lines].path = value ? strdup(line) : NULL;
                lines[n_lines++].value = value ? strdup(value) : NULL;
        }
        fclose(list);
        while (next_line < n_lines) {
                for (end_of_part = next_line; end_of_part < n_lines && lines[end_of_part].path; end_of_part++)
                        ;
                do_part(n_threads);
                next_line = end_of_part + 1;
        }
        return failed;
}
