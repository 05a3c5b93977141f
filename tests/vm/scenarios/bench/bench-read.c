/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The read-only pass: reads of every PCI function what a decision needs, and does nothing with it. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Of each function the ids, class and driver (one uevent tells all), the override, the IOMMU group and the place on
 * the bus; of functions that are no VF also whether they make VFs. This is the least that can be read without knowing
 * beforehand which functions the configuration is about (selectors are ids, serials, bridges: all must be looked at).
 */
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

int main(void)
{
        static const char *const links[] = { "iommu_group", "physfn" };
        char path[PATH_MAX], target[PATH_MAX];
        struct dirent *e;
        DIR *dir = opendir("/sys/bus/pci/devices");
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
