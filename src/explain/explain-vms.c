/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which VMs name a thing in their definitions. */
#include "base/macro.h"
#include "explain/explain-internal.h"
#include "vmdef/vmdef.h"

static bool is_for(const struct explain_input *in, const struct explain_subject *s, const struct vm *vm,
                   const struct vm_device *d)
{
        if (s->has_uuid)
                return vm_device_is_mdev(vm, d, s->uuid);
        if (s->function != NO_INDEX && vm_device_is(in->vms, d, in->inventory, s->function))
                return true;
        for (size_t i = 0; explain_is_whole(s) && i < s->item->n_claims; i++)
                if (s->item->claims[i].function != NO_INDEX &&
                    vm_device_is(in->vms, d, in->inventory, s->item->claims[i].function))
                        return true;
        for (size_t i = 0; explain_is_whole(s) && i < s->item->n_mdevs; i++)
                if (vm_device_is_mdev(vm, d, s->item->mdevs[i].uuid))
                        return true;
        return false;
}

bool explain_next_vm(const struct explain_input *in, const struct explain_subject *s, struct explain_vm *v)
{
        size_t first = v->vm ? (size_t) (v->vm - in->vms->items) : 0;
        size_t next = v->vm ? (size_t) (v->device - v->vm->devices) + 1 : 0;

        for (size_t i = first; in->vms && i < in->vms->n; i++) {
                const struct vm *vm = &in->vms->items[i];

                for (size_t k = i == first ? next : 0; k < vm->n_devices; k++)
                        /* The functions of one hostpciN are one device to the VM. */
                        if (is_for(in, s, vm, &vm->devices[k]) &&
                            !(i == first && v->vm && v->device->line == vm->devices[k].line &&
                              streq(v->device->key, vm->devices[k].key))) {
                                *v = (struct explain_vm){ vm, &vm->devices[k] };
                                return true;
                        }
        }
        return false;
}
