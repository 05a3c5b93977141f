/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What definitions say, asked about. */
#include "vmdef/vmdef.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/macro.h"
#include "base/strbuf.h"
#include "base/uuid.h"
#include "device/netdev.h"

static void device_clear(struct vm_device *d)
{
        free(d->key);
        free(d->type);
        free(d->mapping);
        free(d->network);
        free(d->interface);
        free(d->options);
}

void vm_clear(struct vm *vm)
{
        for (size_t i = 0; i < vm->n_devices; i++)
                device_clear(&vm->devices[i]);
        free(vm->devices);
        free(vm->id);
        free(vm->name);
        free(vm->hookscript);
        free(vm->file);
        *vm = (struct vm){ 0 };
}

static void mapping_clear(struct vm_mapping *m)
{
        for (size_t i = 0; i < m->n_maps; i++)
                free(m->maps[i].text);
        free(m->maps);
        free(m->name);
        free(m->file);
}

void vmdefs_clear(struct vmdefs *defs)
{
        for (size_t i = 0; i < defs->n; i++)
                vm_clear(&defs->items[i]);
        free(defs->items);
        for (size_t i = 0; i < defs->n_mappings; i++)
                mapping_clear(&defs->mappings[i]);
        free(defs->mappings);
        diag_list_free(&defs->notes);
        *defs = (struct vmdefs){ 0 };
}

void vm_add_title(struct strbuf *b, const struct vm *vm)
{
        strbuf_addf(b, "%s %s", vm->network ? "network" : "VM", vm->id);
        if (vm->name)
                strbuf_addf(b, " (%s)", vm->name);
}

void vm_add_key(struct strbuf *b, const struct vm *vm, const struct vm_device *d)
{
        if (vm->network)
                strbuf_add(b, "its pool");
        else if (vm->engine == VM_LIBVIRT)
                strbuf_addf(b, "%s %u", d->key, d->number);
        else
                strbuf_add(b, d->key);
}

/* PVE::QemuServer::PCI::Mdev, generate_mdev_uuid() */
bool vm_device_is_mdev(const struct vm *vm, const struct vm_device *d, const uint8_t uuid[static 16])
{
        char theirs[64], ours[UUID_TEXT_MAX];

        if (d->has_uuid)
                return memcmp(d->uuid, uuid, sizeof(d->uuid)) == 0;
        if (!d->type)
                return false;
        (void) snprintf(theirs, sizeof(theirs), "%08u-0000-0000-0000-%012u", d->number,
                        (unsigned) strtoul(vm->id, NULL, 10));
        return streq(theirs, uuid_format(uuid, ours));
}

const struct vm_mapping *vmdef_find_mapping(const struct vmdefs *defs, const char *name)
{
        for (size_t i = 0; i < defs->n_mappings; i++)
                if (streq(defs->mappings[i].name, name))
                        return &defs->mappings[i];
        return NULL;
}

const struct vm_map *vm_mapping_only(const struct vm_mapping *mapping)
{
        const struct vm_map *only = NULL;

        for (size_t i = 0; i < mapping->n_maps; i++) {
                if (mapping->maps[i].here && only)
                        return NULL;
                if (mapping->maps[i].here)
                        only = &mapping->maps[i];
        }
        return only;
}

bool vm_is_at(const struct pci_function *f, const struct pci_address *a, bool slot)
{
        return slot ? pci_address_same_slot(&f->address, a) : pci_address_compare(&f->address, a) == 0;
}

bool vm_device_is(const struct vmdefs *defs, const struct vm_device *d, const struct inventory *inv, size_t function)
{
        const struct pci_function *f = &inv->functions[function];
        const struct vm_mapping *mapping = d->mapping ? vmdef_find_mapping(defs, d->mapping) : NULL;

        if (d->has_address)
                return vm_is_at(f, &d->address, d->slot);
        for (size_t i = 0; mapping && i < mapping->n_maps; i++)
                if (mapping->maps[i].here && vm_is_at(f, &mapping->maps[i].address, mapping->maps[i].slot))
                        return true;
        if (d->interface && f->physfn != NO_INDEX) {
                const struct pci_function *pf = &inv->functions[f->physfn];

                for (size_t i = 0; i < pf->n_netdevs; i++)
                        if (streq(pf->netdevs[i].name, d->interface))
                                return true;
        }
        return false;
}
