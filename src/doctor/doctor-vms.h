/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What doctor's checks of VMs share. */
#pragma once

#include "doctor/doctor-internal.h"
#include "vmdef/vmdef.h"

/* A finding about a VM, at the device's line. */
struct doctor_finding *vm_finding(struct examination *e, enum doctor_severity severity, const struct vm *vm,
                                  const struct vm_device *d, struct strbuf *text);

/* How bad it is that something keeps the VM from starting: an error if it starts with the host. */
enum doctor_severity vm_severity(const struct vm *vm);

/* How bad what keeps no VM from starting is. */
enum doctor_severity vm_advice(const struct examination *e);

/* "0000:03:00.0 SAS3008 [1000:0097]" */
void vm_add_function(struct strbuf *b, const struct pci_function *f);

/* The only function of these ids that is in another slot; NULL: there is none, or there are several. */
const struct pci_function *vm_find_elsewhere(const struct examination *e, uint16_t vendor, uint16_t device,
                                             const struct pci_address *but);

/* Adds why no section hands the function over: ", which no section hands over", ", whose section hba is refused".
 * *ret_item: the section that names it, NULL: none does. False: one hands it over. */
bool vm_add_unclaimed(struct examination *e, size_t function, struct strbuf *b, const struct plan_item **ret_item);

/* The function at the address, or the first one of the slot; NO_INDEX: there is none. */
size_t vm_function_at(const struct inventory *inv, const struct pci_address *a, bool slot);

/* The checks that need all VMs: mappings, and what two of them have. */
void examine_vm_mappings(struct examination *e);
void examine_vm_sharing(struct examination *e);
