/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system: admin commands to NVMe controllers, by the ioctl of their character devices. */
#include <errno.h>
#include <fcntl.h>
#include <linux/nvme_ioctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "property/nvme-virt.h"
#include "sys/live.h"

#define TIMEOUT 10000 /* ms; the kernel gives the command up then and resets the controller */

int live_nvme_admin(void *userdata, const char *name, const struct nvme_command *command, void *data)
{
        struct nvme_admin_cmd cmd = {
                .opcode = command->opcode,
                .addr = (uintptr_t) data,
                .data_len = data ? NVME_DATA_SIZE : 0,
                .cdw10 = command->cdw10,
                .cdw11 = command->cdw11,
                .timeout_ms = TIMEOUT,
        };
        CLEANUP_CLOSE int fd = -1;
        char path[64];
        int r;

        (void) userdata;
        if (strchr(name, '/') || snprintf(path, sizeof(path), "/dev/%s", name) >= (int) sizeof(path))
                return -EINVAL;
        fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return -errno;
        r = ioctl(fd, NVME_IOCTL_ADMIN_CMD, &cmd);
        return r < 0 ? -errno : r;
}
