/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NVMe's virtualization enhancements: commands, and what the controller says of its resources (NVM Express base
 * specification 2.0, 5.17.2.15, 5.17.2.16, 5.30 and 8.26). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

#define NVME_DATA_SIZE 4096 /* of what a command gives back */

enum nvme_resource { NVME_QUEUES, NVME_INTERRUPTS, NVME_RESOURCE_MAX }; /* RT; interrupts: vectors */

enum nvme_action { NVME_PRIMARY_FLEXIBLE = 1, NVME_OFFLINE = 7, NVME_ASSIGN = 8, NVME_ONLINE = 9 }; /* ACT */

struct nvme_command {
        uint8_t opcode;
        uint32_t cdw10, cdw11;
};

/* Flexible resources of one kind. */
struct nvme_pool {
        uint32_t total;
        unsigned primary; /* that the PF has of them */
        unsigned limit;   /* for one VF */
};

/* The controller of a VF. */
struct nvme_secondary {
        uint16_t controller;
        uint16_t vf; /* counted from 1, as in the PCIe specification */
        bool online;
        unsigned has[NVME_RESOURCE_MAX];
};

/* What a PF's controller says. */
struct nvme_virt {
        uint16_t controller; /* its own */
        struct nvme_pool pools[NVME_RESOURCE_MAX];
        struct nvme_secondary *secondaries;
        size_t n_secondaries;
};

void nvme_virt_free(struct nvme_virt *virt);
DEFINE_CLEANUP(struct nvme_virt *, nvme_virt_free)

/* Asks for what nvme_virt_parse() reads; each gives NVME_DATA_SIZE bytes back. */
struct nvme_command nvme_identify_primary(void);
struct nvme_command nvme_identify_secondaries(void);

/* Virtualization management. number: of resources; the resource does not matter for OFFLINE and ONLINE. */
struct nvme_command nvme_manage(enum nvme_action action, enum nvme_resource resource, uint16_t controller, unsigned number);

/* From the answers to both. Returns 0 or -EINVAL (more secondaries than there can be). */
int nvme_virt_parse(const uint8_t primary[static NVME_DATA_SIZE], const uint8_t secondaries[static NVME_DATA_SIZE],
                    struct nvme_virt **ret);

/* The controller of a VF, counted from 0; NULL: there is none. */
const struct nvme_secondary *nvme_virt_find(const struct nvme_virt *virt, unsigned vf_index);

/* Whether it is online and has exactly so many. */
bool nvme_secondary_is(const struct nvme_secondary *s, const unsigned wanted[static NVME_RESOURCE_MAX]);

/* A command's status in words, "invalid resource identifier"; NULL for one that is not known. */
const char *nvme_status_text(int status);
