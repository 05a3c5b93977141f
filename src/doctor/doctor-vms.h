/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What doctor's checks of VMs share. */
#pragma once

#include "doctor/doctor-internal.h"
#include "vmdef/vmdef.h"

/* A finding about a VM, or about a mapping where there is no VM, at the device's line. */
struct doctor_finding *vm_finding(struct examination *e, enum doctor_severity severity, const struct vm *vm,
                                  const struct vm_device *d, struct strbuf *text);

/* Of what keeps the VM from starting: an error if it starts with the host. */
enum doctor_severity vm_severity(const struct vm *vm);

/* Of what only ought to be otherwise. */
enum doctor_severity vm_advice(const struct examination *e);

/* "SAS3008 [1000:0097]" and where it is. */
void vm_add_function(struct strbuf *b, const struct pci_function *f);

/* The only function of the ids of `like` that is elsewhere, NULL: there is none, or there are several. */
const struct pci_function *vm_find_elsewhere(const struct examination *e, uint16_t vendor, uint16_t device,
                                             const struct pci_address *but);

/* Why no section hands the function over: " which no section hands over", " whose section hba is refused". False: one
 * does. */
bool vm_add_unclaimed(struct examination *e, size_t function, struct strbuf *b, const struct plan_item **ret_item);

/* The function at the address, or the first one of the slot; NO_INDEX: there is none. */
size_t vm_function_at(const struct inventory *inv, const struct pci_address *a, bool slot);

/* The checks that need all VMs: mappings, and what two of them have. */
void examine_vm_mappings(struct examination *e);
void examine_vm_sharing(struct examination *e);
