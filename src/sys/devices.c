/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system: permanent MACs (ethtool), alternative names of interfaces, VFIO groups, the clock. */
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/live.h"
#include "sys/sys.h"

uint64_t live_now(void *userdata)
{
        struct timespec t;

        (void) userdata;
        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * 1000000 + (uint64_t) t.tv_nsec / 1000;
}

int live_permanent_mac(void *userdata, const char *interface, uint8_t ret[6])
{
        /* The header, and room for the longest address behind it. */
        union {
                struct ethtool_perm_addr header;
                uint8_t bytes[sizeof(struct ethtool_perm_addr) + 32];
        } address = { .header = { .cmd = ETHTOOL_GPERMADDR, .size = 32 } };
        struct ifreq request = { 0 };
        CLEANUP_CLOSE int fd = -1;

        (void) userdata;
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

/* The kernel takes either name where it takes one, and gives the first. */
int live_interface_name(void *userdata, const char *altname, char *ret)
{
        struct ifreq request = { 0 };
        CLEANUP_CLOSE int fd = -1;

        (void) userdata;
        if (strlen(altname) >= sizeof(request.ifr_name))
                return -EINVAL;
        strcpy(request.ifr_name, altname); /* length checked above */
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || ioctl(fd, SIOCGIFINDEX, &request) < 0 || ioctl(fd, SIOCGIFNAME, &request) < 0)
                return -errno;
        memcpy(ret, request.ifr_name, INTERFACE_MAX);
        return 0;
}

int live_group_open(void *userdata, int group)
{
        struct live *live = userdata;
        char path[64];
        CLEANUP_CLOSE int fd = -1;

        (void) snprintf(path, sizeof(path), "/dev/vfio/%d", group);
        /* The group is open once, whoever has it: EBUSY. It is closed again at once. */
        fd = open(path, O_RDWR | O_CLOEXEC);
        if (fd < 0 && (errno == EACCES || errno == EPERM) && geteuid() == 0)
                return -EBUSY; /* root that may not open it can't know that it is idle */
        if (fd < 0)
                return -errno;
        live->own_opens += 2; /* that it is opened, and that it is closed */
        return 0;
}
