/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bare loops that apply is held against: bench-loop read | write LIST | steps LIST, as fast as C can. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void read_attribute(int dir, const char *name)
{
        char buf[4096];
        int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

        if (fd < 0)
                return;
        if (read(fd, buf, sizeof(buf)) < 0)
                perror(name);
        close(fd);
}

/* The read-only pass. Of each function the ids, class and driver (one uevent tells all), the override, the IOMMU
 * group, the place on the bus and its PF; of functions that are no VF also whether they make VFs. Without knowing
 * beforehand which functions the configuration is about (selectors are ids, bridges, serials: all must be looked at)
 * nothing can be left out. It is this and not another verb of passthru-setup that a rerun is held against: the verbs
 * share what they might waste. */
static int read_all(void)
{
        static const char *const links[] = { "iommu_group", "physfn" };
        char path[PATH_MAX], target[PATH_MAX];
        DIR *dir = opendir("/sys/bus/pci/devices");
        struct dirent *e;
        int root;

        if (!dir)
                return 1;
        root = dirfd(dir);
        while ((e = readdir(dir))) {
                ssize_t physfn = -1;

                if (e->d_name[0] == '.')
                        continue;
                snprintf(path, sizeof(path), "%s/uevent", e->d_name);
                read_attribute(root, path);
                snprintf(path, sizeof(path), "%s/driver_override", e->d_name);
                read_attribute(root, path);
                for (size_t i = 0; i < 2; i++) {
                        snprintf(path, sizeof(path), "%s/%s", e->d_name, links[i]);
                        physfn = readlinkat(root, path, target, sizeof(target));
                }
                if (readlinkat(root, e->d_name, target, sizeof(target)) < 0)
                        perror(e->d_name);
                if (physfn >= 0)
                        continue;
                snprintf(path, sizeof(path), "%s/sriov_numvfs", e->d_name);
                read_attribute(root, path);
        }
        closedir(dir);
        return 0;
}

/* What was written says what it is now: the attribute itself, or the driver of the function that was bound. */
static int verify(int fd, const char *path, const char *value)
{
        char buf[4096], link[PATH_MAX];

        if (strstr(path, "/drivers/")) {
                snprintf(link, sizeof(link), "/sys/bus/pci/devices/%s/driver", value);
                return readlink(link, buf, sizeof(buf)) < 0 ? -1 : 0;
        }
        return pread(fd, buf, sizeof(buf), 0) < 0 ? -1 : 0;
}

/* Lines of PATH VALUE; an empty value stands for a newline, which clears an override. */
static int write_all(const char *path, int verified)
{
        char line[512], last[512] = "";
        int fd = -1, failed = 0;
        FILE *list = fopen(path, "re");

        if (!list)
                return 1;
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
                        fd = open(line, (verified && !strstr(line, "/drivers/") ? O_RDWR : O_WRONLY) | O_CLOEXEC);
                        strcpy(last, line);
                }
                if (fd < 0 || pwrite(fd, *value ? value : "\n", *value ? strlen(value) : 1, 0) < 0 ||
                    (verified && verify(fd, line, value) < 0)) {
                        fprintf(stderr, "bench-loop: %s: %s\n", line, strerror(errno));
                        failed = 1;
                }
        }
        fclose(list);
        return failed;
}

int main(int argc, char **argv)
{
        if (argc == 2 && strcmp(argv[1], "read") == 0)
                return read_all();
        if (argc == 3 && strcmp(argv[1], "write") == 0)
                return write_all(argv[2], 0);
        if (argc == 3 && strcmp(argv[1], "steps") == 0)
                return read_all() || write_all(argv[2], 1);
        fprintf(stderr, "usage: bench-loop read | write LIST | steps LIST\n");
        return 126;
}
