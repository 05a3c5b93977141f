/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations of the fake kernel that are no files: permanent MACs, admin commands to NVMe drives, derived UUIDs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/macro.h"
#include "fake/fake-internal.h"
#include "property/nvme-virt.h"

int fake_permanent_mac(void *userdata, const char *interface, uint8_t ret[6])
{
        CLEANUP_FREE char *path = fake_printf("sys/class/net/%s", interface);
        struct fake_kernel *k = userdata;
        struct node *n;
        const struct device *dev;
        unsigned mac[6];
        int r = fake_enter(k, false, "permanent_mac", interface);

        if (r < 0)
                return r;
        if (node_find(k->root, path, true, &n) < 0)
                return -ENODEV;
        dev = n->owner;
        if (!dev || !dev->spec.mac ||
            sscanf(dev->spec.mac, "%x:%x:%x:%x:%x:%x", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5]) != 6)
                return -EOPNOTSUPP;
        for (size_t i = 0; i < 6; i++)
                ret[i] = (uint8_t) mac[i];
        return 0;
}

/* The journal has it as a write: "nvme7", "ACTION RESOURCE CONTROLLER NUMBER". */
int fake_nvme_admin(void *userdata, const char *name, const struct nvme_command *command, void *data)
{
        CLEANUP_FREE char *value = fake_printf("%u %u %u %u", command->cdw10 & 0xf, command->cdw10 >> 8 & 7,
                                               command->cdw10 >> 16, command->cdw11);
        struct fake_kernel *k = userdata;
        bool changes = command->opcode == 0x1c;
        int r = fake_enter(k, changes, "nvme", value);

        r = r ? MIN_OF(r, 0) : nvme_admin(k, name, command, data);
        if (changes)
                fake_journal(k, name, value, r);
        return r;
}

/* FNV-1a, twice with other seeds: the same at each run, and another for another name or index. */
int fake_derive_uuid(void *userdata, const char *name, unsigned index, uint8_t ret[16])
{
        CLEANUP_FREE char *text = fake_printf("%s/%u", name, index);
        int r = fake_enter(userdata, false, "derive_uuid", text);

        if (r < 0)
                return r;
        for (unsigned half = 0; half < 2; half++) {
                uint64_t h = UINT64_C(14695981039346656037) + half;

                for (const char *p = text; *p; p++)
                        h = (h ^ (unsigned char) *p) * UINT64_C(1099511628211);
                for (unsigned i = 0; i < 8; i++)
                        ret[half * 8 + i] = (uint8_t) (h >> (8 * i));
        }
        ret[6] = (ret[6] & 0x0f) | 0x40; /* version 4, as sd-id128 makes them */
        ret[8] = (ret[8] & 0x3f) | 0x80;
        return 0;
}
