/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What libvirt and Proxmox VE call their hooks with. */
#include "vmdef/vm-hook.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"

static const char *const engines[] = { [VM_PROXMOX] = "proxmox", [VM_LIBVIRT] = "libvirt" };

/* libvirt takes the devices between prepare and start, and has given them back at release, which comes after a crash
 * and a failed start too; Proxmox VE takes them after pre-start. */
static const struct {
        enum vm_engine engine;
        const char *operation, *sub; /* sub NULL: there is none */
        enum hook_moment moment;
} moments[] = {
        { VM_LIBVIRT, "prepare", "begin", HOOK_STARTS },
        { VM_LIBVIRT, "release", "end", HOOK_ENDED },
        { VM_PROXMOX, "pre-start", NULL, HOOK_STARTS },
        { VM_PROXMOX, "post-stop", NULL, HOOK_ENDED },
};

int hook_parse(char *const *args, size_t n, struct hook_call *ret)
{
        enum vm_engine engine;

        if (n < 3 || isempty(args[1]))
                return -EINVAL;
        engine = streq(args[0], engines[VM_LIBVIRT]) ? VM_LIBVIRT : VM_PROXMOX;
        if (!streq(args[0], engines[engine]) || n < (engine == VM_LIBVIRT ? 4U : 3U))
                return -EINVAL;
        *ret = (struct hook_call){ .engine = engine, .vm = args[1], .moment = HOOK_OTHER };
        for (size_t i = 0; i < ARRAY_SIZE(moments); i++)
                if (moments[i].engine == engine && streq(moments[i].operation, args[2]) &&
                    (!moments[i].sub || streq(moments[i].sub, args[3])))
                        ret->moment = moments[i].moment;
        return 0;
}

char *hook_vm_key(const struct hook_call *call)
{
        return xasprintf("%s %s", engines[call->engine], call->vm);
}

bool hook_is_named(const struct config_section *section, const struct hook_call *call, const struct vm *definition)
{
        for (size_t i = 0; i < section->n_vms; i++)
                if (streq(section->vms[i], call->vm) || (definition && streq_ptr(definition->name, section->vms[i])))
                        return true;
        return false;
}

bool hook_has_device(const struct vmdefs *defs, const struct vm *definition, const struct inventory *inv,
                     const struct plan_item *item)
{
        for (size_t i = 0; i < definition->n_devices; i++) {
                const struct vm_device *d = &definition->devices[i];

                for (size_t k = 0; k < item->n_claims; k++)
                        if (item->claims[k].function != NO_INDEX &&
                            vm_device_is(defs, d, inv, item->claims[k].function))
                                return true;
                for (size_t k = 0; k < item->n_mdevs; k++)
                        if (item->mdevs[k].known && vm_device_is_mdev(definition, d, item->mdevs[k].uuid))
                                return true;
        }
        return false;
}

const struct vm *hook_find_vm(const struct vmdefs *defs, const struct hook_call *call)
{
        for (size_t i = 0; i < defs->n; i++)
                if (defs->items[i].engine == call->engine && !defs->items[i].network &&
                    streq(defs->items[i].id, call->vm))
                        return &defs->items[i];
        return NULL;
}
