/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nvme-virt DEVICE list N: the first N VFs' controllers of an NVMe drive, "VF online|offline QUEUES INTERRUPTS", as the drive
 * lists them (Identify, CNS 15h). nvme-virt DEVICE primary QUEUES INTERRUPTS: what its own controller has from the next reset
 * of the function on (Virtualization Management, action 1). */
#include <fcntl.h>
#include <linux/nvme_ioctl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

static int command(int fd, uint8_t opcode, uint32_t cdw10, uint32_t cdw11, void *data)
{
        struct nvme_admin_cmd cmd = { .opcode = opcode, .addr = (uintptr_t) data, .data_len = data ? 4096 : 0,
                                      .cdw10 = cdw10, .cdw11 = cdw11 };
        int status = ioctl(fd, NVME_IOCTL_ADMIN_CMD, &cmd);

        if (status != 0)
                fprintf(stderr, "nvme-virt: %02x %08x: %d\n", opcode, cdw10, status);
        return status != 0;
}

int main(int argc, char **argv)
{
        static uint8_t list[4096], about[4096];
        int fd = argc > 3 ? open(argv[1], O_RDWR) : -1;
        uint32_t own;

        if (fd < 0 || command(fd, 0x06, 0x14, 0, about) || command(fd, 0x06, 0x15, 0, list))
                return 1;
        own = ((uint32_t) about[0] | (uint32_t) about[1] << 8) << 16;
        if (strcmp(argv[2], "primary") == 0)
                return argc != 5 || command(fd, 0x1c, own | 0x001, (uint32_t) atoi(argv[3]), NULL) ||
                       command(fd, 0x1c, own | 0x101, (uint32_t) atoi(argv[4]), NULL);
        for (int i = 0; i < list[0] && i < atoi(argv[3]); i++) {
                const uint8_t *p = list + 32 * (i + 1);

                printf("%d %s %d %d\n", p[8] | p[9] << 8, p[4] & 1 ? "online" : "offline", p[10] | p[11] << 8, p[12] | p[13] << 8);
        }
        return 0;
}
