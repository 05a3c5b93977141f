/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt: mdevs as node devices (https://libvirt.org/formatnode.html), which libvirt has mdevctl(8) make at each
 * boot. For who would have it make them in place of a section: both would make the same one. */
#include "base/macro.h"
#include "base/strutil.h"
#include "base/uuid.h"
#include "export/export-internal.h"

/* What libvirt calls the parent: pci_0000_00_02_0, css_0_0_0313, ap_matrix. */
static bool add_parent(struct strbuf *b, const struct inventory *inv, const struct mdev_parent *parent)
{
        const char *kind = parent->function != NO_INDEX    ? "pci_"
                           : streq(parent->name, "matrix") ? "ap_"
                           : strstr(parent->path, "css")   ? "css_"
                                                           : NULL;
        char address[PCI_ADDRESS_MAX];
        const char *name = parent->function == NO_INDEX
                                   ? parent->name
                                   : pci_address_format(&inv->functions[parent->function].address, address);

        if (!kind)
                return false;
        strbuf_add(b, kind);
        export_add_name(b, name, "", '_');
        return true;
}

static void add_escaped(struct strbuf *b, const char *s)
{
        for (; *s; s++)
                if (strchr("<>&'", *s))
                        strbuf_addf(b, "&#%d;", *s);
                else
                        strbuf_addn(b, s, 1);
}

static void add_device(const struct export_writer *w, const struct export_device *d)
{
        const struct config_section *s = d->item->section;
        CLEANUP_STRBUF struct strbuf name = { 0 }, parent = { 0 };
        char uuid[UUID_TEXT_MAX];

        if (!d->parent || !d->item->type_id || !add_parent(&parent, w->inv, d->parent)) {
                diag_add(w->diags, DIAG_ERROR, NULL, "%s: libvirt has no node device for its parent %s", s->name,
                         d->item->parent_name ? d->item->parent_name : s->selector.text);
                return;
        }
        /* The name that libvirt gives it itself. */
        strbuf_add(&name, "mdev_");
        export_add_name(&name, uuid_format(d->uuid, uuid), "", '_');
        strbuf_add(&name, "_");
        export_add_name(&name, strchr(parent.text, '_') + 1, "", '_');
        export_add_xml_comment(w, d);
        strbuf_addf(w->b,
                    ": take the section out, as both would make it -->\n"
                    "<device>\n"
                    "  <name>%s</name>\n"
                    "  <parent>%s</parent>\n"
                    "  <capability type='mdev'>\n"
                    "    <type id='",
                    name.text, parent.text);
        add_escaped(w->b, d->item->type_id);
        strbuf_addf(w->b,
                    "'/>\n"
                    "    <uuid>%s</uuid>\n",
                    uuid_format(d->uuid, uuid));
        for (size_t i = 0; i < s->n_pairs; i++) {
                strbuf_add(w->b, "    <attr name='");
                add_escaped(w->b, s->pairs[i].name);
                strbuf_add(w->b, "' value='");
                add_escaped(w->b, s->pairs[i].value);
                strbuf_add(w->b, "'/>\n");
        }
        strbuf_add(w->b, "  </capability>\n"
                         "</device>\n");
}

void export_libvirt_nodedev(const struct export_writer *w)
{
        FOR_EXPORTS (d, w)
                add_device(w, d);
}
