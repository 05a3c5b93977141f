/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Holds a vfio device open, as a virtual machine would, while a command runs: vfio-hold ADDRESS|UUID COMMAND… */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *what)
{
        fprintf(stderr, "vfio-hold: %s: %s\n", what, strerror(errno));
        return 126;
}

/* The group's number of a PCI function or a mediated device, or -1. */
static int group_of(const char *device)
{
        static const char *const buses[] = { "pci", "mdev" };
        char path[PATH_MAX], link[PATH_MAX];

        for (size_t i = 0; i < sizeof(buses) / sizeof(buses[0]); i++) {
                snprintf(path, sizeof(path), "/sys/bus/%s/devices/%s/iommu_group", buses[i], device);
                ssize_t n = readlink(path, link, sizeof(link) - 1);
                if (n > 0) {
                        link[n] = '\0';
                        return atoi(basename(link));
                }
        }
        return -1;
}

int main(int argc, char **argv)
{
        char path[64];
        int container, group, device, number, status;

        if (argc < 3) {
                fprintf(stderr, "usage: vfio-hold ADDRESS|UUID COMMAND...\n");
                return 126;
        }
        number = group_of(argv[1]);
        if (number < 0)
                return fail("no IOMMU group");
        snprintf(path, sizeof(path), "/dev/vfio/%d", number);

        container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
        if (container < 0)
                return fail("/dev/vfio/vfio");
        group = open(path, O_RDWR | O_CLOEXEC);
        if (group < 0)
                return fail(path);
        if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) < 0)
                return fail("VFIO_GROUP_SET_CONTAINER");
        if (ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) < 0)
                return fail("VFIO_SET_IOMMU");
        device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, argv[1]);
        if (device < 0)
                return fail("VFIO_GROUP_GET_DEVICE_FD");

        pid_t child = fork();
        if (child < 0)
                return fail("fork");
        if (child == 0) {
                /* The command does not hold the device itself. */
                close(device);
                execvp(argv[2], argv + 2);
                _exit(fail(argv[2]));
        }
        if (waitpid(child, &status, 0) < 0)
                return fail("waitpid");
        return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}
