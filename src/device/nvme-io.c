/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asks an NVMe controller. */
#include "device/nvme-io.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "device/device-path.h"

int nvme_name(struct sys *sys, const struct pci_address *address, char buf[static NVME_NAME_MAX])
{
        CLEANUP(names_freep) char **names = NULL;
        char path[DEVICE_PATH_MAX];
        size_t n = 0;
        int r = sys_list(sys, device_path(address, "nvme", path), &names, &n);

        if (r < 0)
                return r == -ENOENT ? -ENODEV : r;
        for (size_t i = 0; i < n; i++)
                if (strncmp(names[i], "nvme", 4) == 0 && strlen(names[i]) < NVME_NAME_MAX) {
                        (void) snprintf(buf, NVME_NAME_MAX, "%s", names[i]);
                        return 0;
                }
        return -ENODEV;
}

int nvme_read_virt(struct sys *sys, const char *name, struct nvme_virt **ret)
{
        struct nvme_command primary = nvme_identify_primary(), list = nvme_identify_secondaries();
        uint8_t about[NVME_DATA_SIZE] = { 0 }, secondaries[NVME_DATA_SIZE] = { 0 };
        int r = SYS_CALL(sys, nvme_admin, name, &primary, about);

        if (r == 0)
                r = SYS_CALL(sys, nvme_admin, name, &list, secondaries);
        return r != 0 ? r : nvme_virt_parse(about, secondaries, ret);
}
