/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose a node of VFIO's is, and by which name systemd knows it. */
#pragma once

#include "sys/sys.h"

#define NODE_ALIASES "/dev/passthru/" /* what systemd's device units are named after; there are no such files */

struct node_owner {
        char *section; /* without its kind; NULL: no section's in force */
        char *alias; /* /dev/passthru/gpu, of VF 3 of [sriov uplink] /dev/passthru/uplink/3, of one of several devices
                      * or mdevs of a section /dev/passthru/gpus/0000:01:00.0; NULL: none, or the node of its group has
                      * it */
};

void node_owner_clear(struct node_owner *o);
#define CLEANUP_NODE_OWNER CLEANUP(node_owner_clear)

/* By the state, and by the record of what is cleared, which is there before the first run of a boot. devpath: as
 * events have it, of a group ("…/virtual/vfio/14") or of a cdev ("…/0000:01:00.0/vfio-dev/vfio0"). *ret is zeroed
 * before. Returns 0, also when it is nobody's, or a negative errno. */
int node_owner_find(struct sys *sys, const char *devpath, struct node_owner *ret);
