/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* OpenStack: what Nova reads in nova.conf (its manual, pci and devices): device_spec says which devices of the node
 * instances may have, alias what a flavor calls them. managed = no leaves their drivers to passthru-setup. */
#include <stdlib.h>

#include "base/macro.h"
#include "export/export-internal.h"

/* As Nova has it of libvirt: a PF is one also while it has no VFs. */
static const char *type_of(const struct pci_function *f)
{
        return f->physfn != NO_INDEX ? "type-VF" : f->sriov && f->totalvfs > 0 ? "type-PF" : "type-PCI";
}

static void add_option(const struct export_writer *w, const char *option, json_t *value)
{
        strbuf_addf(w->b, "%s = ", option);
        export_add_json(w->b, value, NULL);
        strbuf_add(w->b, "\n");
}

/* Flavors ask for a number of an alias, so that one alias is of all functions alike. */
static bool has_alias(const struct export_writer *w, const struct export_device *d, size_t i)
{
        const struct pci_function *f = export_function(w, d, i);

        for (const struct export_device *other = w->list->items; other <= d; other++)
                for (size_t k = 0; other->item == d->item && k < other->n_functions && (other < d || k < i); k++)
                        if (export_function(w, other, k)->vendor == f->vendor &&
                            export_function(w, other, k)->device == f->device)
                                return true;
        return false;
}

static void add_functions(const struct export_writer *w, const struct export_device *d)
{
        export_add_comment(w, d);
        strbuf_add(w->b, "\n");
        for (size_t i = 0; i < d->n_functions; i++) {
                const struct pci_function *f = export_function(w, d, i);
                CLEANUP_FREE char *name = export_name(w, d, "-_.", '-');

                add_option(w, "device_spec",
                           json_pack("{s:o, s:s}", "address", export_json_address(&f->address), "managed", "no"));
                if (has_alias(w, d, i))
                        continue;
                add_option(w, "alias",
                           json_pack("{s:o, s:o, s:o, s:s}", "name",
                                     i > 0 ? json_sprintf("%s-%zu", name, i) : json_string(name), "vendor_id",
                                     json_sprintf("%04x", f->vendor), "product_id", json_sprintf("%04x", f->device),
                                     "device_type", type_of(f)));
        }
}

static bool is_of_type(const struct export_device *d, const char *type)
{
        return d->n_functions == 0 && streq_ptr(d->item->type_id, type);
}

/* Nova takes an mdev that nobody has, and makes one where all are taken. */
static void add_type(const struct export_writer *w, const char *type)
{
        const char *separator = "device_addresses = ";
        char address[PCI_ADDRESS_MAX];

        strbuf_addf(w->b, "\n[mdev_%s]\n", type);
        FOR_EXPORTS (d, w) {
                bool told = !is_of_type(d, type);

                for (const struct export_device *other = w->list->items; other < d; other++)
                        told = told || (is_of_type(other, type) && other->parent == d->parent);
                if (told)
                        continue;
                strbuf_addf(w->b, "%s%s", separator,
                            pci_address_format(&w->inv->functions[d->parent->function].address, address));
                separator = ",";
        }
        strbuf_add(w->b, "\n");
}

static bool is_first_of_type(const struct export_writer *w, const struct export_device *d)
{
        for (const struct export_device *other = w->list->items; other < d; other++)
                if (is_of_type(other, d->item->type_id))
                        return false;
        return d->n_functions == 0;
}

static void add_mdevs(const struct export_writer *w)
{
        CLEANUP_STRBUF struct strbuf enabled = { 0 };

        FOR_EXPORTS (d, w)
                if (is_first_of_type(w, d))
                        strbuf_addf(&enabled, "%s%s", enabled.len > 0 ? "," : "", d->item->type_id);
        if (enabled.len == 0)
                return;
        strbuf_addf(w->b, "%s[devices]\nenabled_mdev_types = %s\n", w->b->len > 0 ? "\n" : "", enabled.text);
        FOR_EXPORTS (d, w)
                if (is_first_of_type(w, d))
                        add_type(w, d->item->type_id);
}

static void check_mdevs(const struct export_writer *w)
{
        FOR_EXPORTS (d, w)
                if (d->n_functions == 0 && (!d->parent || d->parent->function == NO_INDEX || !d->item->type_id))
                        diag_add(w->diags, DIAG_ERROR, NULL,
                                 "%s: Nova supports mdevs only of PCI devices that are present",
                                 d->item->section->name);
}

void export_openstack(const struct export_writer *w)
{
        const char *heading = "[pci]\n";

        check_mdevs(w);
        if (diag_has_errors(w->diags))
                return;
        FOR_EXPORTS (d, w) {
                if (d->n_functions == 0)
                        continue;
                strbuf_add(w->b, heading);
                heading = "";
                add_functions(w, d);
        }
        add_mdevs(w);
}
