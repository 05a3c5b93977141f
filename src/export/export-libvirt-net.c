/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt: VFs of NICs as interfaces of a domain (https://libvirt.org/formatdomain.html, PCI Passthrough) and as the
 * pool of a network (https://libvirt.org/formatnetwork.html, forward mode hostdev). */
#include <stdlib.h>

#include "base/macro.h"
#include "export/export-internal.h"

static void add_title(const struct export_writer *w, const struct export_device *d, const char *more)
{
        export_add_xml_comment(w, d);
        strbuf_addf(w->b, "%s -->\n", more);
}

/* A property of the VF: as its section has it, or else as it is there. */
static bool find_value(const struct export_device *d, const struct pci_function *f, enum property property,
                       uint64_t *ret)
{
        const struct config_section *s = d->item->section;
        const struct values *values =
                s->kind == SECTION_VF && values_have(&s->values, property) ? &s->values : f->values;

        *ret = values && values_have(values, property) ? values->value[property] : 0;
        return *ret != 0;
}

/* libvirt sets an interface's MAC and VLAN on the VF as the VM starts, the MAC at random where none is given: they are
 * to be those that the VF has. */
void export_libvirt_interface(const struct export_writer *w)
{
        FOR_EXPORTS (d, w) {
                const struct pci_function *f = export_function(w, d, 0);
                uint64_t mac, vlan;
                bool has_mac = find_value(d, f, PROPERTY_MAC, &mac), has_vlan = find_value(d, f, PROPERTY_VLAN, &vlan);
                char text[PROPERTY_TEXT_MAX];

                add_title(w, d, has_mac ? "" : ": without a <mac> libvirt gives the VF one at random");
                strbuf_add(w->b, "<interface type='hostdev' managed='no'>\n"
                                 "  <source>\n");
                export_add_xml_address(w->b, "    ", "type='pci' ", &f->address);
                strbuf_add(w->b, "  </source>\n");
                if (has_mac)
                        strbuf_addf(w->b, "  <mac address='%s'/>\n", property_value(PROPERTY_MAC, mac, text));
                if (has_vlan)
                        strbuf_addf(w->b,
                                    "  <vlan>\n"
                                    "    <tag id='%u'/>\n"
                                    "  </vlan>\n",
                                    (unsigned) vlan);
                strbuf_add(w->b, "</interface>\n");
        }
}

void export_libvirt_network(const struct export_writer *w)
{
        FOR_EXPORTS (d, w) {
                CLEANUP_FREE char *name = NULL;
                size_t n = export_n_of_section(w, d);

                if (!export_is_first(w, d))
                        continue;
                name = export_name(w, d, "-_.", '-');
                add_title(w, d,
                          n > 1 ? " and the section's others: a VM gets one that is free, by an <interface "
                                  "type='network'>"
                                : ": for a VM's <interface type='network'>");
                strbuf_addf(w->b,
                            "<network>\n"
                            "  <name>%s</name>\n"
                            "  <forward mode='hostdev' managed='no'>\n",
                            name);
                for (size_t i = 0; i < n; i++)
                        export_add_xml_address(w->b, "    ", "type='pci' ", &export_function(w, d + i, 0)->address);
                strbuf_add(w->b, "  </forward>\n"
                                 "</network>\n");
        }
}
