/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the export-*.c files share. */
#pragma once

#include <jansson.h>

#include "base/strbuf.h"
#include "export/export.h"

#define HOST_DOMAIN_MAX 0xffff /* of QEMU's host=, by which libvirt and Proxmox VE hand devices over too */

struct export_writer {
        const struct export_format *format;
        const struct export_list *list;
        const struct inventory *inv;
        const char *vmid;
        struct strbuf *b;
        struct diag_list *diags;
};

#define FOR_EXPORTS(device, w)                                                                                        \
        for (const struct export_device *device = (w)->list->items; device < (w)->list->items + (w)->list->n; device++)

/* The writers of the formats. */
void export_libvirt(const struct export_writer *w);
void export_libvirt_interface(const struct export_writer *w);
void export_libvirt_network(const struct export_writer *w);
void export_libvirt_nodedev(const struct export_writer *w);
void export_proxmox(const struct export_writer *w);
void export_proxmox_8(const struct export_writer *w);
void export_proxmox_mapping(const struct export_writer *w);
void export_qemu(const struct export_writer *w);
void export_qemu_iommufd(const struct export_writer *w);
void export_cloud_hypervisor(const struct export_writer *w);
void export_incus(const struct export_writer *w);
void export_cdi(const struct export_writer *w);
void export_sriov_device_plugin(const struct export_writer *w);
void export_kubevirt(const struct export_writer *w);
void export_openstack(const struct export_writer *w);

/* "gpu (passthru.conf:3)", with the number of the VF where it is one. New string. */
char *export_title(const struct export_writer *w, const struct export_device *d) __attribute__((returns_nonnull));

/* Begins a comment with the title: after "# ", or after "<!-- ". The caller ends it. */
void export_add_comment(const struct export_writer *w, const struct export_device *d);
void export_add_xml_comment(const struct export_writer *w, const struct export_device *d);

/* "  <address type='pci' domain='0x0000' …/>": attributes are what stands before them, "" or "type='pci' ". */
void export_add_xml_address(struct strbuf *b, const char *indent, const char *attributes, const struct pci_address *a);

/* The device that the guest may have as its only display: the first whose first function is a VGA controller. NULL:
 * none. */
const struct export_device *export_display(const struct export_list *list, const struct inventory *inv);

/* The guest's number of function i: the host's, but that a card without function 0 would not be found. */
unsigned export_guest_function(const struct export_device *d, const struct inventory *inv, size_t i);

static inline const struct pci_function *export_function(const struct export_writer *w, const struct export_device *d,
                                                         size_t i)
{
        return &w->inv->functions[d->functions[i]];
}

/* Whether d begins what a section hands over, and how many devices of it stand together from there on. */
bool export_is_first(const struct export_writer *w, const struct export_device *d);
size_t export_n_of_section(const struct export_writer *w, const struct export_device *d);

/* Appends s with `other` in place of what is neither a letter, a digit nor one of `others`. */
void export_add_name(struct strbuf *b, const char *s, const char *others, char other);

/* What a format calls all that a section hands over: the section's name as above, and the device's number where it is
 * the only one that is meant. New string. */
char *export_name(const struct export_writer *w, const struct export_device *d, const char *others, char other);

/* What a format calls a device, or one of its functions, as no other one of the section: "uplink-3", "gpu", "gpu-1".
 * New string. */
char *export_device_name(const struct export_writer *w, const struct export_device *d, size_t function,
                         const char *others, char other);

/* Appends a value as indented JSON, each line behind the indent, or in one line (indent NULL); takes it. */
void export_add_json(struct strbuf *b, json_t *j, const char *indent);
json_t *export_json_address(const struct pci_address *a);
