/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nvme-secondaries DEVICE N: the first N VFs' controllers of an NVMe drive, "VF online|offline QUEUES INTERRUPTS", as the
 * drive lists them (Identify, CNS 15h). */
#include <fcntl.h>
#include <linux/nvme_ioctl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

int main(int argc, char **argv)
{
        static uint8_t list[4096];
        struct nvme_admin_cmd cmd = { .opcode = 0x06, .addr = (uintptr_t) list, .data_len = sizeof(list), .cdw10 = 0x15 };
        int fd = argc == 3 ? open(argv[1], O_RDWR) : -1, status = fd < 0 ? -1 : ioctl(fd, NVME_IOCTL_ADMIN_CMD, &cmd);

        if (status != 0) {
                fprintf(stderr, "nvme-secondaries: %d\n", status);
                return 1;
        }
        for (int i = 0; i < list[0] && i < atoi(argv[2]); i++) {
                const uint8_t *p = list + 32 * (i + 1);

                printf("%d %s %d %d\n", p[8] | p[9] << 8, p[4] & 1 ? "online" : "offline", p[10] | p[11] << 8, p[12] | p[13] << 8);
        }
        return 0;
}
