/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The buses whose devices a [device] section can name, besides PCI: their VFIO drivers, and the names of their
 * devices. */
#pragma once

#include <stdbool.h>

enum bus_kind {
        BUS_PCI,      /* what everything is about that does not say otherwise */
        BUS_PLATFORM, /* fff51000.ethernet */
        BUS_AMBA,     /* 2b600000.dma */
        BUS_FSL_MC,   /* dprc.2, a container with all that is in it */
        BUS_CDX,      /* cdx-00:00 */
        BUS_CSS,      /* 0.0.0313, a subchannel of an IBM mainframe */
        BUS_AP,       /* 03.0006, a queue of a cryptographic adapter there */
        BUS_OTHER,    /* any other: of a group's member that no section can take */
};

#define BUS_NAME_MAX 128 /* bytes of a device's name that are taken, with the NUL */

const char *bus_name(enum bus_kind bus); /* as under /sys/bus; "other" */

/* By that name; BUS_OTHER: no section can name its devices. */
enum bus_kind bus_from_name(const char *name);

/* The driver that hands its devices to VFIO; NULL: there is none. */
const char *bus_driver(enum bus_kind bus);

/* The module that it is in, written into buf: vfio_platform. */
const char *bus_module(enum bus_kind bus, char buf[static BUS_NAME_MAX]);

/* Whether that driver hands devices over by their IOMMU group. vfio_ccw and vfio_ap do not: what a VM opens are the
 * mdevs that are made of them. */
bool bus_has_groups(enum bus_kind bus);

/* "platform:fff51000.ethernet", as events name a device: the bus, and its name into *ret_name. BUS_OTHER: it is no
 * such text. */
enum bus_kind bus_parse_event(const char *text, const char **ret_name);

/* Whether s can be the name of a device on such a bus: it becomes part of a path below /sys. */
bool bus_is_device_name(const char *s);
