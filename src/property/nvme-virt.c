/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands for NVMe's virtualization enhancements, and their answers. */
#include "property/nvme-virt.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/macro.h"

#define OPCODE_IDENTIFY 0x06
#define OPCODE_VIRTUALIZATION 0x1c
#define CNS_PRIMARY 0x14
#define CNS_SECONDARIES 0x15

#define SECONDARY_SIZE 32 /* of an entry, and of the list's header */
#define SECONDARIES_MAX 127

void nvme_virt_free(struct nvme_virt *virt)
{
        if (virt)
                free(virt->secondaries);
        free(virt);
}

struct nvme_command nvme_identify_primary(void)
{
        return (struct nvme_command){ .opcode = OPCODE_IDENTIFY, .cdw10 = CNS_PRIMARY };
}

struct nvme_command nvme_identify_secondaries(void)
{
        return (struct nvme_command){ .opcode = OPCODE_IDENTIFY, .cdw10 = CNS_SECONDARIES };
}

struct nvme_command nvme_manage(enum nvme_action action, enum nvme_resource resource, uint16_t controller, unsigned number)
{
        return (struct nvme_command){
                .opcode = OPCODE_VIRTUALIZATION,
                .cdw10 = (uint32_t) action | (uint32_t) resource << 8 | (uint32_t) controller << 16,
                .cdw11 = number,
        };
}

static unsigned get16(const uint8_t *p)
{
        return (unsigned) p[0] | (unsigned) p[1] << 8;
}

static struct nvme_pool pool_at(const uint8_t *p)
{
        return (struct nvme_pool){ .total = get16(p) | get16(p + 2) << 16, .primary = get16(p + 8), .limit = get16(p + 12) };
}

static struct nvme_secondary secondary_at(const uint8_t *p)
{
        return (struct nvme_secondary){
                .controller = (uint16_t) get16(p),
                .online = p[4] & 1,
                .vf = (uint16_t) get16(p + 8),
                .has = { [NVME_QUEUES] = get16(p + 10), [NVME_INTERRUPTS] = get16(p + 12) },
        };
}

int nvme_virt_parse(const uint8_t primary[static NVME_DATA_SIZE], const uint8_t secondaries[static NVME_DATA_SIZE],
                    struct nvme_virt **ret)
{
        CLEANUP(nvme_virt_freep) struct nvme_virt *virt = NULL;

        if (secondaries[0] > SECONDARIES_MAX)
                return -EINVAL;
        virt = xcalloc(1, sizeof(*virt));
        virt->secondaries = xcalloc((size_t) secondaries[0] + 1, sizeof(*virt->secondaries));
        virt->controller = (uint16_t) get16(primary);
        virt->pools[NVME_QUEUES] = pool_at(primary + 32);
        virt->pools[NVME_INTERRUPTS] = pool_at(primary + 64);
        virt->n_secondaries = secondaries[0];
        for (size_t i = 0; i < virt->n_secondaries; i++)
                virt->secondaries[i] = secondary_at(secondaries + SECONDARY_SIZE * (i + 1));
        *ret = STEAL(virt);
        return 0;
}

const struct nvme_secondary *nvme_virt_find(const struct nvme_virt *virt, unsigned vf_index)
{
        for (size_t i = 0; i < virt->n_secondaries; i++)
                if (virt->secondaries[i].vf == vf_index + 1)
                        return &virt->secondaries[i];
        return NULL;
}

bool nvme_secondary_is(const struct nvme_secondary *s, const unsigned wanted[static NVME_RESOURCE_MAX])
{
        return s->online && s->has[NVME_QUEUES] == wanted[NVME_QUEUES] && s->has[NVME_INTERRUPTS] == wanted[NVME_INTERRUPTS];
}

const char *nvme_status_text(int status)
{
        static const struct {
                int status; /* type and code */
                const char *text;
        } texts[] = {
                { 0x001, "invalid command: the drive has no virtualization management" },
                { 0x002, "invalid field in the command: the drive has no virtualization enhancements" },
                { 0x006, "internal error of the drive" },
                { 0x00c, "command sequence error" },
                { 0x11f, "invalid controller identifier" },
                { 0x120, "invalid state of the VF's controller" },
                { 0x121, "invalid number of resources: more, or fewer, than the drive gives to one" },
                { 0x122, "invalid resource identifier: not so many are free, or the controller is online" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
                if (texts[i].status == (status & 0x7ff))
                        return texts[i].text;
        return NULL;
}
