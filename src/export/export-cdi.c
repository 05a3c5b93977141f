/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The Container Device Interface (its SPEC.md): the nodes of VFIO that a container needs which runs a VM. mdevs are
 * none of it, as their groups are numbered as they come. */
#include <ctype.h>
#include <stdlib.h>

#include "base/macro.h"
#include "export/export-internal.h"

#define VERSION_TEXT "0.5.0" /* names that begin with a digit are of it */
#define KIND "passthru-setup.local/vfio"

static json_t *nodes_of(const struct export_writer *w, const struct export_device *d)
{
        json_t *nodes = json_array();

        for (size_t i = 0; i < d->n_functions; i++) {
                int group = export_function(w, d, i)->group;
                bool known = false;

                for (size_t k = 0; k < i; k++)
                        known = known || export_function(w, d, k)->group == group;
                if (known)
                        continue;
                if (group < 0)
                        diag_add(w->diags, DIAG_ERROR, NULL,
                                 "%s: it has no IOMMU group, and so no node below /dev/vfio", d->item->section->name);
                (void) json_array_append_new(nodes,
                                             json_pack("{s:o}", "path", json_sprintf("/dev/vfio/%d", group)));
        }
        return nodes;
}

/* PASSTHRU_GPU=0000:01:00.0 0000:01:00.1: how what is in the container finds them. */
static json_t *variable(const struct export_writer *w, const struct export_device *d)
{
        CLEANUP_FREE char *name = export_device_name(w, d, 0, "", '_');
        CLEANUP_STRBUF struct strbuf text = { 0 };
        char address[PCI_ADDRESS_MAX];

        for (char *s = name; *s; s++)
                *s = (char) toupper((unsigned char) *s);
        strbuf_addf(&text, "PASSTHRU_%s=", name);
        for (size_t i = 0; i < d->n_functions; i++)
                strbuf_addf(&text, "%s%s", i > 0 ? " " : "",
                            pci_address_format(&export_function(w, d, i)->address, address));
        return json_string(text.text ? text.text : "");
}

/* They begin and end with a letter or a digit, as sections need not. */
static json_t *device_name(const struct export_writer *w, const struct export_device *d)
{
        CLEANUP_FREE char *name = export_device_name(w, d, 0, "-_.", '-');
        bool begins = isalnum((unsigned char) name[0]), ends = isalnum((unsigned char) name[strlen(name) - 1]);

        return json_sprintf("%s%s%s", begins ? "" : "vm", name, ends ? "" : "0");
}

void export_cdi(const struct export_writer *w)
{
        json_t *devices = json_array();

        FOR_EXPORTS (d, w)
                (void) json_array_append_new(devices, json_pack("{s:o, s:{s:[o], s:o}}", "name", device_name(w, d),
                                                                "containerEdits", "env", variable(w, d), "deviceNodes",
                                                                nodes_of(w, d)));
        export_add_json(w->b,
                        json_pack("{s:s, s:s, s:o, s:{s:[{s:s}]}}", "cdiVersion", VERSION_TEXT, "kind", KIND, "devices",
                                  devices, "containerEdits", "deviceNodes", "path", "/dev/vfio/vfio"),
                        "");
}
