/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system: permanent MACs (ethtool), VFIO groups, derived UUIDs (sd-id128). */
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <systemd/sd-id128.h>

#include "host/live.h"
#include "util/cleanup.h"
#include "util/macro.h"

int live_permanent_mac(void *userdata, const char *interface, uint8_t ret[6])
{
        const struct live *live = userdata;
        /* The header, and room for the longest address behind it. */
        union {
                struct ethtool_perm_addr header;
                uint8_t bytes[sizeof(struct ethtool_perm_addr) + 32];
        } address = { .header = { .cmd = ETHTOOL_GPERMADDR, .size = 32 } };
        struct ifreq request = { 0 };
        CLEANUP_CLOSE int fd = -1;

        if (live->captured)
                return -EOPNOTSUPP;
        if (strlen(interface) >= sizeof(request.ifr_name))
                return -EINVAL;
        strcpy(request.ifr_name, interface); /* length checked above */
        request.ifr_data = (void *) &address;
        /* Any socket will do for this ioctl; a unix one is allowed in every sandbox. */
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        if (ioctl(fd, SIOCETHTOOL, &request) < 0)
                return -errno;
        if (address.header.size != 6)
                return -EINVAL; /* InfiniBand has 20 bytes */
        memcpy(ret, address.bytes + sizeof(address.header), 6);
        return 0;
}

int live_group_open(void *userdata, int group)
{
        const struct live *live = userdata;
        char path[64];
        CLEANUP_CLOSE int fd = -1;

        if (live->captured)
                return -EOPNOTSUPP;
        (void) snprintf(path, sizeof(path), "/dev/vfio/%d", group);
        /* The group is open once, whoever has it: EBUSY. It is closed again at once. */
        fd = open(path, O_RDWR | O_CLOEXEC);
        if (fd < 0 && (errno == EACCES || errno == EPERM) && geteuid() == 0)
                return -EBUSY; /* root that may not open it can't know that it is idle */
        return fd < 0 ? -errno : 0;
}

/* The application's id in the sense of sd_id128_get_machine_app_specific(3): the machine's own id must not be
 * guessable from a UUID that guests see. */
#define PASSTHRU_APP_ID SD_ID128_MAKE(6f, 0d, 5c, 1e, 2b, 84, 4e, 0a, 9d, 53, 7a, c1, 08, 66, f2, 3b)

/* A chain over the name in blocks of 16 bytes, each step the keyed hash (HMAC-SHA256 under the machine id) that
 * sd-id128 offers. The first block holds the length and the index, so that no name is another's beginning. */
int live_derive_uuid(void *userdata, const char *name, unsigned index, uint8_t ret[16])
{
        const struct live *live = userdata;
        size_t len = strlen(name);
        sd_id128_t id = PASSTHRU_APP_ID;
        uint64_t head[2] = { len, index };
        uint8_t block[16];
        int r;

        if (live->captured)
                return -EOPNOTSUPP;
        for (size_t i = 0; i < sizeof(block); i++) /* little-endian, whatever the host is */
                block[i] = (uint8_t) (head[i / 8] >> (i % 8 * 8));
        for (size_t offset = 0;; offset += sizeof(block)) {
                for (size_t i = 0; i < sizeof(block); i++)
                        id.bytes[i] ^= block[i];
                r = sd_id128_get_machine_app_specific(id, &id);
                if (r < 0)
                        return r;
                if (offset >= len)
                        break;
                memset(block, 0, sizeof(block));
                memcpy(block, name + offset, MIN_OF(sizeof(block), len - offset));
        }
        memcpy(ret, id.bytes, 16);
        return 0;
}
