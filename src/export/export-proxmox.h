/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Proxmox VE's hostpci and its resource mappings have in common. */
#pragma once

#include "export/export-internal.h"

/* An mdev's parent and type, or a vGPU's VF and type. False: Proxmox VE can't have it, and diags says why. */
bool export_proxmox_mdev(const struct export_writer *w, const struct export_device *d, struct strbuf *type,
                         const struct pci_address **ret);

/* ": uuid = …", what keeps Proxmox VE from making an mdev of its own beside ours as hostpciN; nothing where it takes
 * ours. */
void export_proxmox_add_uuid_comment(const struct export_writer *w, const struct export_device *d, size_t n);

/* "0000:01:00" for a whole card, else its functions, parted by semicolons. */
void export_proxmox_add_path(const struct export_writer *w, const struct export_device *d);
