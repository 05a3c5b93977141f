/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the export-*.c files share. */
#pragma once

#include "base/strbuf.h"
#include "export/export.h"

#define HOST_DOMAIN_MAX 0xffff /* of QEMU's host=, by which libvirt and Proxmox VE hand devices over too */

/* "gpu (passthru.conf:3)", with the number of the VF where it is one. */
void export_add_title(struct strbuf *b, const struct export_device *d, const struct inventory *inv);

/* The device that the guest may have as its only display: the first whose first function is a VGA controller. NULL: none. */
const struct export_device *export_display(const struct export_list *list, const struct inventory *inv);

/* The guest's number of function i: the host's, but that a card without function 0 would not be found. */
unsigned export_guest_function(const struct export_device *d, const struct inventory *inv, size_t i);

/* The lines for the whole list. */
void export_libvirt(const struct export_list *list, const struct inventory *inv, struct strbuf *b);
void export_proxmox(const struct export_list *list, const struct inventory *inv, const char *vmid, struct strbuf *b);
void export_qemu(const struct export_list *list, const struct inventory *inv, struct strbuf *b);

/* Sets an mdev's place in sysfs behind what stands there. */
void export_add_mdev_argument(struct strbuf *b, const struct export_device *d);
