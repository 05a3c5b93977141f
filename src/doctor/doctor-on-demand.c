/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor's check of what VMs have on demand: that somebody calls us when they start. */
#include <stdlib.h>

#include "base/alloc.h"
#include "doctor/doctor-vms.h"
#include "vmdef/vm-hook.h"

#define HOOKS "/usr/share/passthru-setup/hooks"

static bool is_for(const struct examination *e, const struct plan_item *item, const struct vm *vm)
{
        const struct hook_call call = { .engine = vm->engine, .vm = vm->id };

        if (vm->network)
                return false;
        return item->section->n_vms > 0 ? hook_is_named(item->section, &call, vm)
                                        : hook_has_device(e->input->vms, vm, e->input->inventory, item);
}

static void say_no_vm(struct examination *e, const struct plan_item *item)
{
        const struct config_loc *loc = config_loc_of(item->section, item->section->n_vms > 0 ? KEY_VM : KEY_WHEN);
        CLEANUP_STRBUF struct strbuf when = { 0 };
        struct doctor_finding *f;

        config_add_when(&when, item->section);
        f = finding_add(e, DOCTOR_WARNING, item->section->name, "is handed over %s, and there is no such VM",
                        when.text);
        finding_at(f, loc->file, loc->line);
        finding_remedy(f, "name the VM: vm = NAME, or its number on Proxmox VE");
}

static void say_no_hookscript(struct examination *e, const struct vm *vm, const struct strbuf *sections)
{
        CLEANUP_STRBUF struct strbuf title = { 0 };
        struct doctor_finding *f;

        vm_add_title(&title, vm);
        f = finding_add(e, vm_severity(vm), title.text, "has no hookscript, and does not get %s when it starts",
                        sections->text);
        finding_at(f, vm->file, 0);
        finding_remedy(f, "cp " HOOKS "/proxmox /var/lib/vz/snippets/passthru-setup");
        finding_remedy(f, "qm set %s -hookscript local:snippets/passthru-setup", vm->id);
}

static void say_no_hook(struct examination *e, enum doctor_severity severity, const struct strbuf *missed)
{
        struct doctor_finding *f =
                finding_add(e, severity, "libvirt", "the hook of passthru-setup is not installed: %s", missed->text);

        finding_remedy(f, "install -D " HOOKS "/libvirt /etc/libvirt/hooks/qemu.d/passthru-setup");
        finding_remedy(f, "systemctl try-restart libvirtd virtqemud");
}

static bool is_on_demand(const struct plan_item *item)
{
        return item->section->when == WHEN_VM && item->section->kind != SECTION_VF && item_is_wanted(item);
}

/* Adds the names of the VM's sections, and marks them. */
static void add_sections(const struct examination *e, const struct vm *vm, bool *found, struct strbuf *b)
{
        for (size_t i = 0; i < e->input->plan->n_items; i++) {
                const struct plan_item *item = &e->input->plan->items[i];

                if (!is_on_demand(item) || !is_for(e, item, vm))
                        continue;
                found[i] = true;
                strbuf_addf(b, "%s%s", b->len > 0 ? ", " : "", item->section->name);
        }
}

void examine_hooks(struct examination *e)
{
        CLEANUP_FREE bool *found = xcalloc(e->input->plan->n_items + 1, sizeof(*found));
        enum doctor_severity severity = DOCTOR_WARNING;
        CLEANUP_STRBUF struct strbuf missed = { 0 };
        const struct vmdefs *vms = e->input->vms;

        for (size_t i = 0; vms && i < vms->n; i++) {
                CLEANUP_STRBUF struct strbuf sections = { 0 };

                add_sections(e, &vms->items[i], found, &sections);
                if (sections.len == 0)
                        continue;
                if (vms->items[i].engine == VM_PROXMOX && !vms->items[i].hookscript)
                        say_no_hookscript(e, &vms->items[i], &sections);
                if (vms->items[i].engine != VM_LIBVIRT || e->facts->libvirt_hook)
                        continue;
                severity = MAX_OF(severity, vm_severity(&vms->items[i]));
                strbuf_add(&missed, missed.len > 0 ? "; " : "");
                vm_add_title(&missed, &vms->items[i]);
                strbuf_addf(&missed, " does not get %s when it starts", sections.text);
        }
        if (missed.len > 0)
                say_no_hook(e, severity, &missed);
        for (size_t i = 0; vms && vms->n > 0 && i < e->input->plan->n_items; i++)
                if (is_on_demand(&e->input->plan->items[i]) && !found[i])
                        say_no_vm(e, &e->input->plan->items[i]);
}
