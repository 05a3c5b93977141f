/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bare loop: writes to files what a list says (a line is PATH VALUE) and does nothing else, as fast as C can. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
        char line[512], last[512] = "";
        int fd = -1, failed = 0;
        FILE *list = argc == 2 ? fopen(argv[1], "re") : NULL;

        if (!list) {
                fprintf(stderr, "usage: bench-write LIST\n");
                return 126;
        }
        while (fgets(line, sizeof(line), list)) {
                char *value = strchr(line, ' ');

                if (!value)
                        continue;
                *value++ = '\0';
                value[strcspn(value, "\n")] = '\0';
                /* Many writes to one file (bind) are done through one descriptor. */
                if (strcmp(line, last) != 0) {
                        if (fd >= 0)
                                close(fd);
                        fd = open(line, O_WRONLY | O_CLOEXEC);
                        strcpy(last, line);
                }
                /* An empty value stands for a newline, which clears an override. */
                if (fd < 0 || pwrite(fd, *value ? value : "\n", *value ? strlen(value) : 1, 0) < 0) {
                        fprintf(stderr, "bench-write: %s: %s\n", line, strerror(errno));
                        failed = 1;
                }
        }
        return failed;
}
