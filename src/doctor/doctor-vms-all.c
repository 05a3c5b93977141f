/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor's checks of what VMs have in common: resource mappings, and devices that two VMs start with. */
#include <stdlib.h>

#include "base/uuid.h"
#include "doctor/doctor-vms.h"

/* ---- resource mappings ---- */

/* An error where a VM that starts with the host has it, and a note where none has. */
static enum doctor_severity mapping_severity(const struct vmdefs *defs, const struct vm_mapping *m)
{
        enum doctor_severity severity = DOCTOR_NOTE;

        for (size_t i = 0; i < defs->n; i++)
                for (size_t k = 0; k < defs->items[i].n_devices; k++)
                        if (streq_ptr(defs->items[i].devices[k].mapping, m->name))
                                severity = MAX_OF(severity, vm_severity(&defs->items[i]));
        return severity;
}

static struct doctor_finding *mapping_finding(struct examination *e, enum doctor_severity severity,
                                              const struct vm_mapping *m, const struct vm_map *map,
                                              const struct strbuf *text)
{
        CLEANUP_STRBUF struct strbuf title = { 0 };
        struct doctor_finding *f;

        strbuf_addf(&title, "mapping %s", m->name);
        f = finding_add(e, severity, title.text, "%s", text->text);
        finding_at(f, m->file, map ? map->line : m->line);
        return f;
}

/* All maps as they are, as pvesh sets them together, but for this one. */
static void remedy_map(struct doctor_finding *f, const struct vm_mapping *m, const struct vm_map *map,
                       const struct pci_function *now)
{
        CLEANUP_STRBUF struct strbuf command = { 0 };
        char address[PCI_ADDRESS_MAX];

        strbuf_addf(&command, "pvesh set /cluster/mapping/pci/%s", m->name);
        for (size_t i = 0; i < m->n_maps; i++) {
                const char *node = strstr(m->maps[i].text, "node=");

                if (&m->maps[i] != map) {
                        strbuf_addf(&command, " --map '%s'", m->maps[i].text);
                        continue;
                }
                (void) pci_address_format(&now->address, address);
                if (map->slot)
                        address[strlen(address) - strlen(".0")] = '\0';
                strbuf_addf(&command, " --map '%.*s,path=%s,id=%04x:%04x,subsystem-id=%04x:%04x",
                            (int) strcspn(node, ","), node, address, now->vendor, now->device, now->subvendor,
                            now->subdevice);
                if (now->group >= 0)
                        strbuf_addf(&command, ",iommugroup=%d", now->group);
                strbuf_add(&command, "'");
        }
        finding_remedy(f, "%s", command.text);
}

static bool has_ids(const struct vm_map *map, const struct pci_function *f)
{
        return map->vendor == f->vendor && map->device == f->device &&
               (!map->has_subsystem || (map->subvendor == f->subvendor && map->subdevice == f->subdevice));
}

static bool is_as_expected(const struct vm_map *map, const struct pci_function *f)
{
        return has_ids(map, f) && (map->group == NO_GROUP || map->group == f->group);
}

/* Whether another map of this node is of that function already. */
static bool is_mapped(const struct vm_mapping *m, const struct pci_function *f)
{
        for (size_t i = 0; i < m->n_maps; i++)
                if (m->maps[i].here && vm_is_at(f, &m->maps[i].address, m->maps[i].slot))
                        return true;
        return false;
}

/* Proxmox VE compares ids, subsystem and IOMMU group when a VM starts (PVE::Mapping::PCI). */
static void check_map(struct examination *e, const struct vm_mapping *m, const struct vm_map *map)
{
        const struct inventory *inv = e->input->inventory;
        size_t function = vm_function_at(inv, &map->address, map->slot);
        const struct pci_function *there = function == NO_INDEX ? NULL : &inv->functions[function], *now = there;
        CLEANUP_STRBUF struct strbuf text = { 0 };
        char address[PCI_ADDRESS_MAX];
        struct doctor_finding *f;

        if (there && is_as_expected(map, there))
                return;
        strbuf_addf(&text, "it expects %04x:%04x at %s, ", map->vendor, map->device,
                    pci_address_format(&map->address, address));
        if (there && has_ids(map, there))
                strbuf_addf(&text, "in IOMMU group %d, and that is group %d now", map->group, there->group);
        else {
                now = vm_find_elsewhere(e, map->vendor, map->device, &map->address);
                now = now && is_mapped(m, now) ? NULL : now;
                if (now) {
                        strbuf_add(&text, "and that has moved: ");
                        vm_add_function(&text, now);
                } else if (there) {
                        strbuf_add(&text, "and there is another device now: ");
                        vm_add_function(&text, there);
                } else
                        strbuf_add(&text, "where no device is");
        }
        strbuf_add(&text, "; Proxmox VE starts no VM with it");
        f = mapping_finding(e, mapping_severity(e->input->vms, m), m, map, &text);
        if (now)
                remedy_map(f, m, map, now);
        else
                finding_remedy(f, "put it back, or pvesh delete /cluster/mapping/pci/%s", m->name);
}

/* Of the first that no section hands over. */
static void check_claims(struct examination *e, const struct vm_mapping *m)
{
        for (size_t i = 0; i < m->n_maps; i++) {
                const struct vm_map *map = &m->maps[i];
                size_t function = map->here ? vm_function_at(e->input->inventory, &map->address, map->slot) : NO_INDEX;
                CLEANUP_STRBUF struct strbuf text = { 0 }, why = { 0 };
                char address[PCI_ADDRESS_MAX];
                const struct pci_function *there;
                const struct plan_item *item;
                struct doctor_finding *f;

                there = function == NO_INDEX ? NULL : &e->input->inventory->functions[function];
                if (!there || !is_as_expected(map, there) || !vm_add_unclaimed(e, function, &why, &item))
                        continue;
                strbuf_add(&text, "it has ");
                vm_add_function(&text, there);
                strbuf_add(&text, why.text);
                if (!driver_is_vfio(there->driver))
                        strbuf_addf(&text, "; Proxmox VE takes it from %s when a VM starts, unchecked",
                                    there->driver ? there->driver : "no driver");
                f = mapping_finding(e, vm_advice(e), m, map, &text);
                finding_remedy(f, "passthru-setup explain %s",
                               item ? item->section->name : pci_address_format(&there->address, address));
                return;
        }
}

/* More VMs start with the host than it has devices for. */
static void check_number(struct examination *e, const struct vm_mapping *m)
{
        const struct vmdefs *defs = e->input->vms;
        CLEANUP_STRBUF struct strbuf text = { 0 };
        const struct vm *last = NULL;
        size_t n_maps = 0, n = 0;
        struct doctor_finding *f;

        for (size_t i = 0; i < m->n_maps; i++)
                n_maps += m->maps[i].here;
        for (size_t i = 0; i < defs->n; i++)
                for (size_t k = 0; defs->items[i].autostart && k < defs->items[i].n_devices; k++)
                        if (streq_ptr(defs->items[i].devices[k].mapping, m->name)) {
                                last = &defs->items[i];
                                n++;
                        }
        if (n <= n_maps || n_maps < 2)
                return; /* one is shared, as any device */
        strbuf_addf(&text, "VMs that start with the host have %zu of its devices, and it has %zu on this node", n,
                    n_maps);
        f = mapping_finding(e, DOCTOR_ERROR, m, NULL, &text);
        finding_remedy(f, "qm set %s -onboot 0", last->id);
}

void examine_vm_mappings(struct examination *e)
{
        for (size_t i = 0; i < e->input->vms->n_mappings; i++) {
                const struct vm_mapping *m = &e->input->vms->mappings[i];

                for (size_t k = 0; k < m->n_maps; k++)
                        if (m->maps[k].here)
                                check_map(e, m, &m->maps[k]);
                if (m->mdev)
                        continue;
                check_claims(e, m);
                check_number(e, m);
        }
}

/* ---- what two VMs have ---- */

struct owner {
        const struct vm *vm;
        const struct vm_device *device;
};

static void say_shared(struct examination *e, const struct owner *first, const struct owner *second, const char *what)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };
        struct doctor_finding *f;

        vm_add_key(&text, second->vm, second->device);
        strbuf_addf(&text, " is %s, which ", what);
        vm_add_title(&text, first->vm);
        strbuf_add(&text, " has too, and both start with the host");
        f = vm_finding(e, DOCTOR_ERROR, second->vm, second->device, &text);
        if (second->vm->engine == VM_PROXMOX)
                finding_remedy(f, "qm set %s -onboot 0", second->vm->id);
        else
                finding_remedy(f, "virsh autostart --disable %s", second->vm->id);
}

/* A device that a VM has for itself: no mdev's parent, and no pool of which it gets one. */
static bool has_function(const struct examination *e, const struct vm_device *d, size_t function)
{
        const struct vm_mapping *m = d->mapping ? vmdef_find_mapping(e->input->vms, d->mapping) : NULL;

        return !d->type && (d->has_address || (m && vm_mapping_only(m))) &&
               vm_device_is(e->input->vms, d, e->input->inventory, function);
}

static void check_function(struct examination *e, size_t function)
{
        const struct vmdefs *defs = e->input->vms;
        struct owner first = { 0 };
        char address[PCI_ADDRESS_MAX];

        for (size_t i = 0; i < defs->n; i++)
                for (size_t k = 0; defs->items[i].autostart && !defs->items[i].network && k < defs->items[i].n_devices;
                     k++) {
                        const struct owner second = { &defs->items[i], &defs->items[i].devices[k] };

                        if (!has_function(e, second.device, function) || second.vm == first.vm)
                                continue;
                        if (first.vm)
                                say_shared(e, &first, &second,
                                           pci_address_format(&e->input->inventory->functions[function].address,
                                                              address));
                        else
                                first = second;
                }
}

static void check_mdevs(struct examination *e, const struct owner *first, size_t from)
{
        const struct vmdefs *defs = e->input->vms;
        char uuid[UUID_TEXT_MAX];

        for (size_t i = from; i < defs->n; i++)
                for (size_t k = 0; defs->items[i].autostart && k < defs->items[i].n_devices; k++) {
                        const struct owner second = { &defs->items[i], &defs->items[i].devices[k] };

                        if (second.device->has_uuid &&
                            memcmp(second.device->uuid, first->device->uuid, sizeof(first->device->uuid)) == 0)
                                say_shared(e, first, &second, uuid_format(first->device->uuid, uuid));
                }
}

void examine_vm_sharing(struct examination *e)
{
        const struct vmdefs *defs = e->input->vms;
        const struct inventory *inv = e->input->inventory;
        bool any = false;

        for (size_t i = 0; i < defs->n; i++) {
                any = any || (defs->items[i].autostart && defs->items[i].n_devices > 0);
                for (size_t k = 0; defs->items[i].autostart && k < defs->items[i].n_devices; k++)
                        if (defs->items[i].devices[k].has_uuid)
                                check_mdevs(e, &(struct owner){ &defs->items[i], &defs->items[i].devices[k] }, i + 1);
        }
        /* A card is one device of a VM's, whichever of its functions are named. */
        for (size_t i = 0; any && i < inv->n_functions; i++)
                if (i == 0 || !pci_address_same_slot(&inv->functions[i - 1].address, &inv->functions[i].address) ||
                    inv->functions[i].physfn != NO_INDEX)
                        check_function(e, i);
}
