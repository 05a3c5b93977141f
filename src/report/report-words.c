/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the log words what was done. */
#include "report/report-words.h"

#include "base/strutil.h"
#include "base/uuid.h"
#include "plan/step-setting.h"
#include "report/log.h"

bool report_is_address(const struct plan_step *step)
{
        return step_row(step) && step_row(step)->form == FORM_BYTES;
}

void report_add_what(struct strbuf *b, const struct report *r)
{
        enum section_kind kind = r->plan->items[r->first.step->item].section->kind;
        char first[PCI_ADDRESS_MAX], last[PCI_ADDRESS_MAX];

        if (r->first.step->bus != BUS_PCI)
                strbuf_add(b, r->first.step->subject);
        if (r->n_addresses == 0)
                return;
        (void) pci_address_format(&r->addresses[0], first);
        (void) pci_address_format(&r->addresses[r->n_addresses - 1], last);
        if (r->n_addresses == 1)
                strbuf_add(b, first);
        else
                strbuf_addf(b, "%zu %s (%s%s%s)", r->n_addresses,
                            kind == SECTION_SRIOV || kind == SECTION_VF ? "VFs" : "functions", first,
                            r->n_addresses == 2 ? ", " : " to ", last);
}

/* " (was on igbvf)"; nothing without old */
static void add_was(struct strbuf *b, const char *word, const char *old)
{
        if (old)
                strbuf_addf(b, " (%s %s)", word, old);
}

static const char *add_module(struct strbuf *b, const struct plan_step *s)
{
        if (s->kind == STEP_MODULE_LOAD)
                strbuf_addf(b, "module %s loaded%s%s", s->subject, s->value ? " with " : "", s->value ? s->value : "");
        else
                strbuf_addf(b, "%s of module %s set to %s (was %s)", s->attribute, s->subject, s->value, s->old);
        return MSG_MODULE;
}

static const char *add_driver(struct strbuf *b, const struct report *r)
{
        const struct plan_step *s = r->first.step;
        const struct pci_function *f = s->has_address ? inventory_find(r->inventory, &r->first.address) : NULL;

        switch (s->kind) {
        case STEP_OVERRIDE:
                strbuf_addf(b, *s->value ? " kept for %s" : " free for its own driver", s->value);
                return MSG_OVERRIDE;
        case STEP_UNBIND:
                strbuf_addf(b, " unbound from %s", s->old);
                return MSG_OVERRIDE;
        case STEP_BIND:
                strbuf_addf(b, " bound to %s", s->value);
                add_was(b, "was on", s->old);
                return MSG_BOUND;
        default: /* a probe */
                strbuf_addf(b, " on %s own driver", r->n_addresses > 1 ? "their" : "its");
                add_was(b, "was on", f ? f->driver : NULL);
                return MSG_BOUND;
        }
}

/* The VFs that a PF makes, and what they get with that. */
static const char *add_vfs(struct strbuf *b, const struct report *r)
{
        const struct plan_step *s = r->first.step;
        bool removed = streq(s->value, "0");
        const char *number = removed ? s->old : s->value;

        if (s->kind == STEP_NVME_RESERVE)
                strbuf_addf(b, " was reset, to leave %s to its VFs", s->value);
        else if (s->kind == STEP_VF_QUEUES)
                strbuf_addf(b, " online with %s%s", s->value, r->n_addresses > 1 ? " each" : "");
        else
                strbuf_addf(b, ": %s %s %s", number, streq(number, "1") ? "VF" : "VFs", removed ? "removed" : "made");
        return MSG_VFS;
}

/* What is set of a PF and its VFs. */
static const char *add_vf_setting(struct strbuf *b, const struct report *r)
{
        const struct plan_step *s = r->first.step;

        CLEANUP_STRBUF struct strbuf old = { 0 };

        step_before_format(&old, s);
        if (step_sets(s, PROPERTY_PF_UP))
                strbuf_addf(b, ": interface %s set %s", s->subject, s->changes[0].value ? "up" : "down");
        else if (step_row(s)->scope == SCOPE_NETDEV) {
                strbuf_addf(b, ": interface %s has ", s->subject);
                step_setting_format(b, s, NULL);
                strbuf_add(b, " now");
        } else if (report_is_address(s) && r->n > 1)
                strbuf_addf(b, ": %ss set", step_sets(s, PROPERTY_MAC) ? "MAC" : step_row(s)->name);
        else if (step_row(s)->scope == SCOPE_PF) {
                strbuf_add(b, ": ");
                step_setting_format(b, s, NULL);
                strbuf_add(b, " now");
                add_was(b, "was", old.text);
        } else {
                strbuf_add(b, ": ");
                step_names_format(b, s);
                strbuf_add(b, " set to ");
                step_values_format(b, s);
                add_was(b, "was", old.text);
        }
        return MSG_VF_SET;
}

static const char *add_mdev(struct strbuf *b, const struct report *r)
{
        const struct plan_step *s = r->first.step;
        const struct plan_item *item = &r->plan->items[s->item];
        char uuid[UUID_TEXT_MAX], vf[PCI_ADDRESS_MAX];

        if (s->kind == STEP_MDEV_REMOVE) {
                if (s->vgpu)
                        strbuf_addf(b, ": vGPU of type %s removed", s->old);
                else
                        strbuf_addf(b, "mdev %s removed from %s, type %s", uuid_format(s->uuid, uuid), s->subject,
                                    s->old);
                return MSG_MDEV;
        }
        b->len = 0; /* the VF's address, if it is on one: the line begins with what was made */
        if (r->first.vgpu)
                strbuf_addf(b, "%s made a vGPU of type %s", pci_address_format(&r->first.address, vf), s->value);
        else
                strbuf_addf(b, "mdev %s created on %s, type %s", uuid_format(s->uuid, uuid), item->parent_name,
                            s->value);
        if (item->type_name && !streq(item->type_name, s->value))
                strbuf_addf(b, " (%s)", item->type_name);
        return MSG_MDEV;
}

static const char *add_attribute(struct strbuf *b, const struct plan_step *s)
{
        strbuf_add(b, ": ");
        step_setting_format(b, s, "->");
        return MSG_SETTING;
}

void report_add_done(struct strbuf *b, const struct report *r, const char **ret_id)
{
        const struct plan_step *s = r->first.step;

        report_add_what(b, r);
        switch (s->kind) {
        case STEP_MODULE_LOAD:
        case STEP_MODULE_PARAM:
                *ret_id = add_module(b, s);
                return;
        case STEP_OVERRIDE:
        case STEP_UNBIND:
        case STEP_BIND:
        case STEP_PROBE:
                *ret_id = add_driver(b, r);
                return;
        case STEP_NUMVFS:
        case STEP_NVME_RESERVE:
        case STEP_VF_QUEUES:
                *ret_id = add_vfs(b, r);
                return;
        case STEP_SET:
                *ret_id = step_is_of_device(s) ? add_attribute(b, s) : add_vf_setting(b, r);
                return;
        case STEP_MDEV_CREATE:
        case STEP_MDEV_REMOVE:
                *ret_id = add_mdev(b, r);
                return;
        case STEP_ROM_DUMP:
                *ret_id = add_attribute(b, s);
                return;
        case STEP_UNIT:
        case STEP_CONSOLE:
                strbuf_addf(b, "%s %s", s->subject, step_display_word(s, true));
                *ret_id = MSG_DISPLAY;
                return;
        case STEP_MDEV_ATTR:
        case STEP_KIND_MAX:
                *ret_id = MSG_BOUND; /* none of these is reported */
                return;
        }
}

void report_add_doing(struct strbuf *b, const struct report *r, const struct plan_step *step)
{
        char address[PCI_ADDRESS_MAX];
        const char *device = step->has_address ? pci_address_format(&step->address, address) : step->subject;
        const char *vf = step->new_vf ? "a new VF of " : "";
        bool removed = step->kind == STEP_NUMVFS && streq(step->value, "0");

        switch (step->kind) {
        case STEP_MODULE_LOAD:
                strbuf_addf(b, "loading %s", step->subject);
                return;
        case STEP_NUMVFS:
                strbuf_addf(b, "%s %s VFs on %s", removed ? "removing" : "creating", removed ? step->old : step->value,
                            device);
                return;
        case STEP_UNBIND:
                strbuf_addf(b, "unbinding %s%s from %s", vf, device, step->old);
                return;
        case STEP_BIND:
                strbuf_addf(b, "binding %s%s to %s", vf, device, step->value);
                return;
        case STEP_PROBE:
                strbuf_addf(b, "binding %s%s to its own driver", vf, device);
                return;
        case STEP_MDEV_CREATE:
                strbuf_addf(b, "creating an mdev on %s", r->plan->items[step->item].parent_name);
                return;
        case STEP_MDEV_REMOVE:
                strbuf_addf(b, "removing an mdev from %s", step->subject);
                return;
        case STEP_UNIT:
                strbuf_addf(b, "waiting for %s to %s", step->subject, step_display_word(step, false));
                return;
        default:
                strbuf_addf(b, "setting up %s%s", vf, device);
                return;
        }
}
