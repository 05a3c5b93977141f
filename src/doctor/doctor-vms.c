/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor's checks of what VMs say they have: each device is to be there, to be the one that was meant, and to be
 * handed over. */
#include <stdio.h>
#include <stdlib.h>

#include "base/strutil.h"
#include "base/uuid.h"
#include "device/device-class.h"
#include "doctor/doctor-vms.h"
#include "import/foreign-config.h"
#include "plan/advice.h"
#include "state/clearance.h"

enum doctor_severity vm_severity(const struct vm *vm)
{
        return vm->autostart ? DOCTOR_ERROR : DOCTOR_WARNING;
}

/* Without a configuration nothing is meant to be handed over yet. */
enum doctor_severity vm_advice(const struct examination *e)
{
        return doctor_has_sections(e) ? DOCTOR_WARNING : DOCTOR_NOTE;
}

void vm_add_function(struct strbuf *b, const struct pci_function *f)
{
        char address[PCI_ADDRESS_MAX];

        strbuf_addf(b, "%s ", pci_address_format(&f->address, address));
        add_function_name(b, f);
}

struct doctor_finding *vm_finding(struct examination *e, enum doctor_severity severity, const struct vm *vm,
                                  const struct vm_device *d, struct strbuf *text)
{
        CLEANUP_STRBUF struct strbuf title = { 0 };
        struct doctor_finding *f;

        vm_add_title(&title, vm);
        f = finding_add(e, severity, title.text, "%s", text->text);
        finding_at(f, vm->file, d->line);
        return f;
}

size_t vm_function_at(const struct inventory *inv, const struct pci_address *a, bool slot)
{
        if (!slot)
                return inventory_find_index(inv, a);
        for (size_t i = 0; i < inv->n_functions; i++)
                if (pci_address_same_slot(&inv->functions[i].address, a))
                        return i;
        return NO_INDEX;
}

const struct pci_function *vm_find_elsewhere(const struct examination *e, uint16_t vendor, uint16_t device,
                                             const struct pci_address *but)
{
        const struct inventory *inv = e->input->inventory;
        const struct pci_function *found = NULL;
        size_t first, n = inventory_find_id(inv, vendor, device, &first);

        for (size_t i = first; i < first + n; i++) {
                const struct pci_function *f = &inv->functions[inv->by_id[i]];

                if (pci_address_same_slot(&f->address, but))
                        continue;
                if (found)
                        return NULL;
                found = f;
        }
        return found;
}

bool vm_add_unclaimed(struct examination *e, size_t function, struct strbuf *b, const struct plan_item **ret_item)
{
        const struct plan_item *item = NULL;
        const struct plan_claim *claim = doctor_find_claim(e, function, &item);

        *ret_item = item = item ? item : plan_item_of(e->input->plan, function);
        if (!item || !item_is_wanted(item))
                strbuf_add(b, ", which no section hands over");
        else if (!item_is_open(item))
                strbuf_addf(b, ", whose section %s is %s", item->section->name,
                            item->verdict == VERDICT_REFUSED ? "refused" : "absent");
        else if (claim && !driver_is_vfio(claim->driver) && !plan_item_of_vgpu(e->input->plan, function))
                strbuf_addf(b, ", which section %s leaves to %s", item->section->name,
                            streq(claim->driver, DRIVER_HOST) ? "the host's own driver" : claim->driver);
        else
                return false;
        return true;
}

/* ---- remedies ---- */

static void add_address(struct strbuf *b, const struct pci_address *a, bool slot)
{
        char address[PCI_ADDRESS_MAX];

        (void) pci_address_format(a, address);
        strbuf_addn(b, address, slot ? strlen(address) - strlen(".0") : strlen(address));
}

/* hostpciN as it is, but for the one device. */
static void remedy_hostpci(struct doctor_finding *f, const struct vm *vm, const struct vm_device *d,
                           const struct pci_address *a)
{
        CLEANUP_STRBUF struct strbuf hosts = { 0 };
        const char *quote = "";

        for (size_t i = 0; i < vm->n_devices; i++) {
                const struct vm_device *other = &vm->devices[i];

                if (!streq(other->key, d->key))
                        continue;
                if (hosts.len > 0) {
                        strbuf_add(&hosts, ";");
                        quote = "'";
                }
                add_address(&hosts, other == d ? a : &other->address, other->slot);
        }
        finding_remedy(f, "qm set %s -%s %s%s%s%s", vm->id, d->key, quote, hosts.text, d->options ? d->options : "",
                       quote);
}

static void remedy_address(struct doctor_finding *f, const struct vm *vm, const struct vm_device *d,
                           const struct pci_address *a)
{
        char address[PCI_ADDRESS_MAX];

        if (vm->engine == VM_LIBVIRT)
                finding_remedy(
                        f,
                        "virsh %sedit %s: in its line %u, domain='0x%04x' bus='0x%02x' slot='0x%02x' function='0x%x'",
                        vm->network ? "net-" : "", vm->id, d->line, a->domain, a->bus, a->device, a->function);
        else if (streq(d->key, "args"))
                finding_remedy(f, "qm set %s -args, with host=%s", vm->id, pci_address_format(a, address));
        else
                remedy_hostpci(f, vm, d, a);
}

static void remedy_drop(struct doctor_finding *f, const struct vm *vm, const struct vm_device *d)
{
        if (vm->engine == VM_LIBVIRT)
                finding_remedy(f, "put it back, or remove it: virsh %sedit %s, line %u", vm->network ? "net-" : "",
                               vm->id, d->line);
        else
                finding_remedy(f, "put it back, or qm set %s -delete %s", vm->id, d->key);
}

/* ---- what is no longer there ---- */

/* "10DE:2484:…" behind id= in the record of what was cleared there. */
static bool find_cleared_id(const struct examination *e, const struct pci_address *a, uint16_t *ret_vendor,
                            uint16_t *ret_device, char **ret_section)
{
        CLEANUP_CLEARANCE struct clearance c = { 0 };
        const char *id;
        unsigned vendor, device;

        if (!e->input->cleared || clearance_find(e->input->cleared, e->input->cleared_len, a, &c) < 0)
                return false;
        id = c.identity ? after_prefix(c.identity, "id=") : NULL;
        if (!id || sscanf(id, "%4x:%4x", &vendor, &device) != 2)
                return false;
        *ret_vendor = (uint16_t) vendor;
        *ret_device = (uint16_t) device;
        replace_string(ret_section, c.section);
        return true;
}

static bool any_vm_has(const struct vmdefs *defs, const struct inventory *inv, const struct plan_item *item)
{
        for (size_t i = 0; i < defs->n; i++)
                for (size_t k = 0; k < defs->items[i].n_devices; k++)
                        for (size_t n = 0; n < item->n_claims; n++)
                                if (item->claims[n].function != NO_INDEX &&
                                    vm_device_is(defs, &defs->items[i].devices[k], inv, item->claims[n].function))
                                        return true;
        return false;
}

/* The device that the only section hands over of which no VM has anything: it is likely to be the one. */
static const struct pci_function *find_unused(const struct examination *e, const struct plan_item **ret_item)
{
        const struct inventory *inv = e->input->inventory;
        const struct pci_function *found = NULL;

        for (size_t i = 0; i < e->input->plan->n_items; i++) {
                const struct plan_item *item = &e->input->plan->items[i];

                if (item->section->kind != SECTION_DEVICE || !item_is_open(item) || item->n_claims == 0 ||
                    item->claims[0].function == NO_INDEX || any_vm_has(e->input->vms, inv, item))
                        continue;
                if (found)
                        return NULL;
                found = &inv->functions[item->claims[0].function];
                *ret_item = item;
        }
        return found;
}

/* A VF that is made by the next apply has its address only then. */
static bool may_come(const struct examination *e)
{
        for (size_t i = 0; i < e->input->plan->n_items; i++)
                for (size_t k = 0; k < e->input->plan->items[i].n_claims; k++)
                        if (e->input->plan->items[i].claims[k].function == NO_INDEX)
                                return true;
        return false;
}

static void say_absent(struct examination *e, const struct vm *vm, const struct vm_device *d)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };
        CLEANUP_FREE char *section = NULL;
        const struct pci_function *now = NULL;
        const struct plan_item *item = NULL;
        bool to_come = may_come(e);
        struct doctor_finding *f;
        uint16_t vendor, device;

        vm_add_key(&text, vm, d);
        strbuf_add(&text, " is ");
        add_address(&text, &d->address, d->slot);
        if (find_cleared_id(e, &d->address, &vendor, &device, &section))
                now = vm_find_elsewhere(e, vendor, device, &d->address);
        if (now) {
                strbuf_add(&text, ", which has moved: ");
                vm_add_function(&text, now);
        } else if (to_come)
                strbuf_add(&text, ", and the device does not exist yet");
        else if (!vm->network && !streq(d->key, "interface") && (now = find_unused(e, &item))) {
                strbuf_addf(&text, ", where no device is; section %s, which no VM has, hands over ",
                            item->section->name);
                vm_add_function(&text, now);
        } else
                strbuf_add(&text, ", where no device is");
        f = vm_finding(e, vm_severity(vm), vm, d, &text);
        if (now)
                remedy_address(f, vm, d, &now->address);
        else if (to_come)
                finding_remedy(f, HOW_TO_APPLY);
        else
                remedy_drop(f, vm, d);
}

/* Whether it was said that there is another device now than the one that was cleared. */
static bool say_other(struct examination *e, const struct vm *vm, const struct vm_device *d,
                      const struct pci_function *there)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };
        CLEANUP_FREE char *section = NULL;
        const struct pci_function *now;
        struct doctor_finding *f;
        uint16_t vendor, device;

        if (!find_cleared_id(e, &there->address, &vendor, &device, &section) ||
            (vendor == there->vendor && device == there->device))
                return false;
        now = vm_find_elsewhere(e, vendor, device, &there->address);
        vm_add_key(&text, vm, d);
        strbuf_add(&text, " is ");
        vm_add_function(&text, there);
        strbuf_addf(&text, ", and was %04x:%04x when [%s] was handed over", vendor, device, section ? section : "");
        if (now) {
                strbuf_add(&text, ", which has moved: ");
                vm_add_function(&text, now);
        }
        f = vm_finding(e, vm_severity(vm), vm, d, &text);
        if (now)
                remedy_address(f, vm, d, &now->address);
        else
                remedy_drop(f, vm, d);
        return true;
}

/* ---- who hands it over ---- */

/* Proxmox VE always binds a device itself, libvirt where it manages it. */
static bool engine_takes(const struct vm *vm, const struct vm_device *d)
{
        return vm->engine == VM_PROXMOX ? !streq(d->key, "args") : d->managed;
}

static void say_unclaimed(struct examination *e, const struct vm *vm, const struct vm_device *d, size_t function,
                          const struct strbuf *why, const struct plan_item *item)
{
        const struct pci_function *there = &e->input->inventory->functions[function];
        bool ready = driver_is_vfio(there->driver), takes = engine_takes(vm, d);
        CLEANUP_STRBUF struct strbuf text = { 0 };
        char address[PCI_ADDRESS_MAX];
        struct doctor_finding *f;

        vm_add_key(&text, vm, d);
        strbuf_add(&text, " is ");
        vm_add_function(&text, there);
        strbuf_add(&text, why->text);
        if (ready)
                strbuf_addf(&text, "; something else has bound it to %s", there->driver);
        else if (takes)
                strbuf_addf(&text, "; %s takes it from %s when the VM starts, unchecked",
                            vm->engine == VM_PROXMOX ? "Proxmox VE" : "libvirt",
                            there->driver ? there->driver : "no driver");
        else
                strbuf_addf(&text, "; it is on %s, and the VM can't start",
                            there->driver ? there->driver : "no driver");
        f = vm_finding(e, ready || takes ? vm_advice(e) : vm_severity(vm), vm, d, &text);
        finding_remedy(f, "passthru-setup explain %s",
                       item ? item->section->name : pci_address_format(&there->address, address));
}

/* libvirt leaves alone what it finds on the driver that it wants (src/util/virpci.c: virPCIDeviceBindToStub()). */
static void say_managed(struct examination *e, const struct vm *vm, const struct vm_device *d, size_t function,
                        const struct plan_item *item)
{
        const struct pci_function *there = &e->input->inventory->functions[function];
        const struct plan_item *claimer = NULL;
        const struct plan_claim *claim = doctor_find_claim(e, function, &claimer);
        bool variant = claim && !streq(claim->driver, DRIVER_VFIO);
        bool ready = claim && function_is_on(there, claim->driver) && !variant;
        CLEANUP_STRBUF struct strbuf text = { 0 };
        char address[PCI_ADDRESS_MAX];
        struct doctor_finding *f;

        vm_add_key(&text, vm, d);
        strbuf_addf(&text, " has managed='yes', and section %s hands %s over: ", item->section->name,
                    pci_address_format(&there->address, address));
        if (variant)
                strbuf_addf(&text,
                            "before version 10 libvirt takes it from %s when the VM starts, and gives it to the "
                            "host's driver when "
                            "it ends",
                            claim->driver);
        else
                strbuf_addf(&text,
                            "%s not on vfio-pci when the VM starts, libvirt binds it, and gives it to the host's "
                            "driver when "
                            "the VM ends",
                            ready ? "if it is" : "as it is");
        f = vm_finding(e, ready ? DOCTOR_NOTE : DOCTOR_WARNING, vm, d, &text);
        if (streq(d->key, "hostdev"))
                finding_remedy(f, "virt-xml %s --edit %u --hostdev xpath.set=./@managed,xpath.value=no", vm->id,
                               d->number);
        else
                finding_remedy(f, "virsh %sedit %s: in its line %u, managed='no'", vm->network ? "net-" : "", vm->id,
                               d->line);
}

static void check_function(struct examination *e, const struct vm *vm, const struct vm_device *d, size_t function)
{
        CLEANUP_STRBUF struct strbuf why = { 0 };
        const struct plan_item *item;

        if (say_other(e, vm, d, &e->input->inventory->functions[function]) || d->type)
                return; /* of the parent of mdevs that Proxmox VE makes, no section need know */
        if (vm_add_unclaimed(e, function, &why, &item))
                say_unclaimed(e, vm, d, function, &why, item);
        else if (d->managed)
                say_managed(e, vm, d, function, item);
}

/* ---- mdevs ---- */

static bool is_mdevctls(const struct examination *e, const uint8_t uuid[static 16])
{
        for (size_t i = 0; i < e->input->rivals->n; i++) {
                const struct rival *r = &e->input->rivals->items[i];

                if (r->kind == RIVAL_MDEVCTL && r->in_force && memcmp(r->uuid, uuid, sizeof(r->uuid)) == 0)
                        return true;
        }
        return false;
}

static void check_mdev(struct examination *e, const struct vm *vm, const struct vm_device *d)
{
        const struct plan_item *item = plan_item_of_mdev(e->input->plan, d->uuid);
        bool there = inventory_find_mdev(e->input->inventory, d->uuid);
        CLEANUP_STRBUF struct strbuf text = { 0 };
        char uuid[UUID_TEXT_MAX];
        struct doctor_finding *f;

        if ((item && item_is_open(item)) || is_mdevctls(e, d->uuid))
                return;
        vm_add_key(&text, vm, d);
        strbuf_addf(&text, " is mdev %s, ", uuid_format(d->uuid, uuid));
        if (item)
                strbuf_addf(&text, "whose section %s is %s", item->section->name,
                            item->verdict == VERDICT_DISABLED  ? "disabled"
                            : item->verdict == VERDICT_REFUSED ? "refused"
                                                               : "absent");
        else
                strbuf_addf(&text, "which no section makes%s", there ? ": after the next boot it is gone" : "");
        f = vm_finding(e, there ? DOCTOR_WARNING : vm_severity(vm), vm, d, &text);
        if (item)
                finding_remedy(f, "passthru-setup explain %s", item->section->name);
        else
                finding_remedy(
                        f, "in a section [mdev NAME], uuid = %s; passthru-setup list --mdev shows parents and types",
                        uuid);
}

/* ---- all of a VM ---- */

static void check_mapping(struct examination *e, const struct vm *vm, const struct vm_device *d)
{
        const struct vm_mapping *m = vmdef_find_mapping(e->input->vms, d->mapping);
        CLEANUP_STRBUF struct strbuf text = { 0 };
        bool here = false;
        struct doctor_finding *f;

        for (size_t i = 0; m && i < m->n_maps; i++)
                here = here || m->maps[i].here;
        if (here || (m && !e->input->vms->node_known))
                return;
        vm_add_key(&text, vm, d);
        strbuf_addf(&text, " is mapping %s, %s", d->mapping,
                    m ? "which has no device on this node" : "which there is not");
        f = vm_finding(e, vm_severity(vm), vm, d, &text);
        finding_remedy(f, "passthru-setup export proxmox-mapping SECTION prints the command that makes it");
}

static void check_device(struct examination *e, const struct vm *vm, const struct vm_device *d)
{
        size_t function;

        if (d->has_uuid)
                check_mdev(e, vm, d);
        else if (d->mapping)
                check_mapping(e, vm, d);
        if (!d->has_address)
                return;
        function = vm_function_at(e->input->inventory, &d->address, d->slot);
        if (function == NO_INDEX)
                say_absent(e, vm, d);
        else
                check_function(e, vm, d, function);
}

static void say_notes(struct examination *e)
{
        for (size_t i = 0; i < e->input->vms->notes.n; i++) {
                const struct diag *note = &e->input->vms->notes.items[i];
                struct doctor_finding *f = finding_add(e, note->severity == DIAG_NOTE ? DOCTOR_NOTE : DOCTOR_WARNING,
                                                       "VMs", "%s", note->text);

                finding_at(f, note->file, note->line);
        }
}

/* The VFs of a network's PF are one device in the definition. */
static void check_pool(struct examination *e, const struct vm *vm, const struct vm_device *d)
{
        const struct inventory *inv = e->input->inventory;

        for (size_t i = 0; i < inv->n_functions; i++)
                if (vm_device_is(e->input->vms, d, inv, i)) {
                        check_function(e, vm, d, i);
                        return;
                }
}

void examine_vms(struct examination *e)
{
        size_t before = e->report->n, n = 0, n_vms = 0;

        if (!e->input->vms)
                return;
        say_notes(e);
        for (size_t i = 0; i < e->input->vms->n; i++) {
                const struct vm *vm = &e->input->vms->items[i];

                for (size_t k = 0; k < vm->n_devices; k++) {
                        check_device(e, vm, &vm->devices[k]);
                        if (vm->devices[k].interface)
                                check_pool(e, vm, &vm->devices[k]);
                        n += !vm->devices[k].network;
                }
                n_vms += vm->n_devices > 0 && !vm->network;
        }
        examine_vm_mappings(e);
        examine_vm_sharing(e);
        if (n > 0 && e->report->n == before)
                finding_add(e, DOCTOR_OK, "VMs", "%zu device%s of %zu VM%s: there, and handed over", n,
                            n == 1 ? "" : "s", n_vms, n_vms == 1 ? "" : "s");
}
