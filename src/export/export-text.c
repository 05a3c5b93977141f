/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the formats have in common, and what they can't hold. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "device/device-class.h"
#include "export/export-internal.h"

char *export_title(const struct export_writer *w, const struct export_device *d)
{
        CLEANUP_FREE char *loc = loc_text(&d->item->section->loc);
        CLEANUP_STRBUF struct strbuf title = { 0 };

        strbuf_addf(&title, "%s (%s)", d->item->section->name, loc);
        if (d->n_functions > 0 && export_function(w, d, 0)->physfn != NO_INDEX)
                strbuf_addf(&title, ", VF %u", export_function(w, d, 0)->vf_index);
        return strbuf_steal(&title);
}

/* A file's name may hold a newline. */
void export_add_comment(const struct export_writer *w, const struct export_device *d)
{
        CLEANUP_FREE char *title = export_title(w, d);

        strbuf_add(w->b, "# ");
        for (const char *s = title; *s; s++)
                strbuf_addn(w->b, (unsigned char) *s < ' ' || *s == '\x7f' ? "?" : s, 1);
}

/* Intel's integrated GPUs sit on the root bus and are none of the kind that x-vga is for: QEMU has modes of their own
 * for them. VFs have no VGA registers. */
static bool is_vga(const struct export_device *d, const struct inventory *inv)
{
        const struct pci_function *f = d->n_functions > 0 ? &inv->functions[d->functions[0]] : NULL;

        return f && f->class >> 8 == 0x0300 && f->physfn == NO_INDEX && !(f->vendor == 0x8086 && f->address.bus == 0);
}

const struct export_device *export_display(const struct export_list *list, const struct inventory *inv)
{
        for (size_t i = 0; i < list->n; i++)
                if (is_vga(&list->items[i], inv))
                        return &list->items[i];
        return NULL;
}

unsigned export_guest_function(const struct export_device *d, const struct inventory *inv, size_t i)
{
        return inv->functions[d->functions[0]].address.function == 0 ? inv->functions[d->functions[i]].address.function
                                                                     : (unsigned) i;
}

bool export_is_first(const struct export_writer *w, const struct export_device *d)
{
        return d == w->list->items || d[-1].item != d->item;
}

size_t export_n_of_section(const struct export_writer *w, const struct export_device *d)
{
        size_t n = 1;

        while (d + n < w->list->items + w->list->n && d[n].item == d->item)
                n++;
        return n;
}

/* The number that tells it from the section's others; NO_INDEX: the section has no other. */
static size_t number_of(const struct export_writer *w, const struct export_device *d)
{
        size_t before = 0;

        if (d->n_functions > 0 && export_function(w, d, 0)->physfn != NO_INDEX)
                return d->item->n_claims > 1 ? export_function(w, d, 0)->vf_index : NO_INDEX;
        for (size_t i = 0; d->n_functions == 0 && i < d->item->n_mdevs; i++)
                if (memcmp(d->item->mdevs[i].uuid, d->uuid, sizeof(d->uuid)) == 0)
                        return d->item->n_mdevs > 1 ? i : NO_INDEX;
        while (!export_is_first(w, d - before))
                before++;
        return before > 0 || export_n_of_section(w, d) > 1 ? before : NO_INDEX;
}

void export_add_name(struct strbuf *b, const char *s, const char *others, char other)
{
        for (; *s; s++)
                strbuf_addn(b, isalnum((unsigned char) *s) || strchr(others, *s) ? s : &other, 1);
}

char *export_name(const struct export_writer *w, const struct export_device *d, const char *others, char other)
{
        size_t number = export_is_first(w, d) && export_n_of_section(w, d) == 1 ? number_of(w, d) : NO_INDEX;
        CLEANUP_STRBUF struct strbuf name = { 0 };

        export_add_name(&name, d->item->section->name, others, other);
        if (number != NO_INDEX)
                strbuf_addf(&name, "%c%zu", other, number);
        return strbuf_steal(&name);
}

char *export_device_name(const struct export_writer *w, const struct export_device *d, size_t function,
                         const char *others, char other)
{
        size_t number = number_of(w, d);
        CLEANUP_STRBUF struct strbuf name = { 0 };

        export_add_name(&name, d->item->section->name, others, other);
        if (number != NO_INDEX)
                strbuf_addf(&name, "%c%zu", other, number);
        if (function > 0)
                strbuf_addf(&name, "%c%zu", other, function);
        return strbuf_steal(&name);
}

json_t *export_json_address(const struct pci_address *a)
{
        char text[PCI_ADDRESS_MAX];

        return json_string(pci_address_format(a, text));
}

void export_add_json(struct strbuf *b, json_t *j, const char *indent)
{
        CLEANUP_FREE char *text = json_dumps(j, JSON_ENCODE_ANY | (indent ? JSON_INDENT(2) : 0));
        char *rest = text, *line;

        if (!text)
                out_of_memory();
        while ((line = strsep(&rest, "\n")))
                strbuf_addf(b, "%s%s%s", indent ? indent : "", line, indent ? "\n" : "");
        json_decref(j);
}

static bool is_s390(const char *api)
{
        return streq(api, "vfio-ap") || streq(api, "vfio-ccw");
}

static bool is_nic_vf(const struct pci_function *f)
{
        return f->physfn != NO_INDEX && device_class_of(f) == DEVICE_NIC;
}

static void check_functions(const struct export_writer *w, const struct export_device *d)
{
        const struct pci_function *f = export_function(w, d, 0);
        const char *section = d->item->section->name, *name = w->format->name;
        char address[PCI_ADDRESS_MAX];

        (void) pci_address_format(&f->address, address);
        if (!(w->format->takes & (EXPORT_PCI | EXPORT_NIC_VFS)))
                diag_add(w->diags, DIAG_ERROR, NULL, "%s: %s is for mdevs, and %s is none", section, name, address);
        else if (!(w->format->takes & EXPORT_PCI) && !is_nic_vf(f))
                diag_add(w->diags, DIAG_ERROR, NULL, "%s: %s is for VFs of NICs, and %s is none", section, name,
                         address);
        else if (f->address.domain > HOST_DOMAIN_MAX && !(w->format->takes & EXPORT_WIDE))
                diag_add(w->diags, DIAG_ERROR, NULL,
                         "%s: %s can't name %s, whose domain is above ffff; export it for qemu, and give the VM these "
                         "arguments",
                         section, name, address);
        else if (d->driver && w->format->variant &&
                 (d->vgpu == 0 || w->format->vfio_pci_only || !(w->format->takes & EXPORT_MDEVS)))
                diag_add(w->diags, w->format->vfio_pci_only ? DIAG_ERROR : DIAG_NOTE, NULL, "%s: %s is on %s: %s",
                         section, address, d->driver, w->format->variant);
}

static void check_mdev(const struct export_writer *w, const struct export_device *d)
{
        unsigned needs = is_s390(d->api) ? EXPORT_S390 : streq(d->api, "vfio-pci") ? EXPORT_MDEVS : 0;

        if (!(w->format->takes & (EXPORT_MDEVS | EXPORT_S390)))
                diag_add(w->diags, DIAG_ERROR, NULL, "%s: %s has no mdevs", d->item->section->name, w->format->name);
        else if (!(w->format->takes & needs))
                diag_add(w->diags, DIAG_ERROR, NULL, "%s: %s has no device of the kind %s", d->item->section->name,
                         w->format->name, d->api);
}

static void check(const struct export_writer *w)
{
        FOR_EXPORTS (d, w)
                if (d->n_functions > 0)
                        check_functions(w, d);
                else
                        check_mdev(w, d);
        if (w->format->max > 0 && w->list->n > w->format->max)
                diag_add(w->diags, DIAG_ERROR, NULL,
                         "Proxmox VE gives a VM %u PCI devices at most, not %zu; name a single VF as SECTION/0",
                         w->format->max, w->list->n);
}

char *export_text(const struct export_list *list, const struct inventory *inv, const struct export_format *format,
                 const char *vmid, struct diag_list *diags)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        const struct export_writer w = { format, list, inv, vmid, &b, diags };

        check(&w);
        if (!diag_has_errors(diags))
                format->write(&w);
        if (diag_has_errors(diags))
                strbuf_free(&b);
        return strbuf_steal(&b);
}
