/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt: <hostdev> elements, for the <devices> of a domain (https://libvirt.org/formatdomain.html, Host device
 * assignment). managed='no' throughout: the drivers are passthru-setup's to bind. */
#include "base/macro.h"
#include "base/uuid.h"
#include "device/device-class.h"
#include "export/export-internal.h"

/* Above those that virt-manager's VMs use from the start; libvirt makes the root ports up to there. */
#define FIRST_GUEST_BUS 0x0a

/* XML 1.0, 2.2 and 2.5: no two dashes together, and of a file's name nothing that is no text. */
void export_add_xml_comment(const struct export_writer *w, const struct export_device *d)
{
        CLEANUP_FREE char *title = export_title(w, d);

        strbuf_add(w->b, "<!-- ");
        for (const char *s = title; *s; s++)
                if ((unsigned char) *s < ' ' || (unsigned char) *s > '~')
                        strbuf_add(w->b, "?");
                else
                        strbuf_add(w->b, (char[]){ *s, *s == '-' && s[1] == '-' ? ' ' : '\0', '\0' });
}

void export_add_xml_address(struct strbuf *b, const char *indent, const char *attributes, const struct pci_address *a)
{
        strbuf_addf(b, "%s<address %sdomain='0x%04x' bus='0x%02x' slot='0x%02x' function='0x%x'/>\n", indent,
                    attributes, a->domain, a->bus, a->device, a->function);
}

static void add_comment(const struct export_writer *w, const struct export_device *d, unsigned bus)
{
        const struct pci_function *f = d->n_functions > 0 ? export_function(w, d, 0) : NULL;

        export_add_xml_comment(w, d);
        if (d->n_functions > 1)
                strbuf_addf(w->b,
                            ": one card for the guest, at a bus of its own; if 0x%02x is not free, any other will do",
                            bus);
        else if (f && f->physfn != NO_INDEX && device_class_of(f) == DEVICE_NIC)
                strbuf_add(w->b, ": a hostdev, for an interface would give the VF a MAC and a VLAN of libvirt's");
        strbuf_add(w->b, " -->\n");
}

static void add_function(const struct export_writer *w, const struct export_device *d, size_t i, unsigned bus)
{
        strbuf_add(w->b, "<hostdev mode='subsystem' type='pci' managed='no'>\n"
                         "  <source>\n");
        export_add_xml_address(w->b, "    ", "", &export_function(w, d, i)->address);
        strbuf_add(w->b, "  </source>\n");
        if (d->n_functions > 1)
                strbuf_addf(w->b,
                            "  <address type='pci' domain='0x0000' bus='0x%02x' slot='0x00' function='0x%x'%s/>\n",
                            bus, export_guest_function(d, w->inv, i), i == 0 ? " multifunction='on'" : "");
        strbuf_add(w->b, "</hostdev>\n");
}

static void add_mdev(struct strbuf *b, const struct export_device *d)
{
        char uuid[UUID_TEXT_MAX];

        strbuf_addf(b, "<hostdev mode='subsystem' type='mdev' managed='no' model='%s'%s>\n", d->api,
                    streq(d->api, "vfio-pci") ? " display='off'" : "");
        strbuf_addf(b,
                    "  <source>\n"
                    "    <address uuid='%s'/>\n"
                    "  </source>\n"
                    "</hostdev>\n",
                    uuid_format(d->uuid, uuid));
}

void export_libvirt(const struct export_writer *w)
{
        unsigned bus = FIRST_GUEST_BUS;

        FOR_EXPORTS (d, w) {
                add_comment(w, d, bus);
                for (size_t k = 0; k < d->n_functions; k++)
                        add_function(w, d, k, bus);
                if (d->n_functions == 0)
                        add_mdev(w->b, d);
                bus += d->n_functions > 1;
        }
}
