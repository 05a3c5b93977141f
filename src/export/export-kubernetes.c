/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kubernetes: sriov-network-device-plugin (its README, Config parameters) and KubeVirt (its user guide, Host Devices
 * Assignment). Both go by what a node has, and give a VM one of its kind. */
#include <stdlib.h>

#include "base/macro.h"
#include "base/strutil.h"
#include "device/device-class.h"
#include "export/export-internal.h"

#define PREFIX "passthru-setup.local/"

static bool has_string(const json_t *array, const char *s)
{
        for (size_t i = 0; i < json_array_size(array); i++)
                if (streq(json_string_value(json_array_get(array, i)), s))
                        return true;
        return false;
}

/* VFs by their PF and numbers, "0000:5e:00.0#0,1"; all else by its address. */
static void add_selector(const struct export_writer *w, const struct export_device *d, size_t n, json_t *selectors)
{
        json_t *drivers = json_array(), *addresses = json_array();
        const struct pci_function *first = export_function(w, d, 0);
        bool vf = first->physfn != NO_INDEX;
        CLEANUP_STRBUF struct strbuf root = { 0 };
        char text[PCI_ADDRESS_MAX];

        for (size_t i = 0; i < n; i++)
                for (size_t k = 0; k < d[i].n_functions; k++) {
                        const struct pci_function *f = export_function(w, d + i, k);
                        const char *driver = d[i].driver ? d[i].driver : DRIVER_VFIO;

                        if (!has_string(drivers, driver))
                                (void) json_array_append_new(drivers, json_string(driver));
                        if (!vf)
                                (void) json_array_append_new(addresses, export_json_address(&f->address));
                        else if (root.len == 0)
                                strbuf_addf(&root, "%s#%u",
                                            pci_address_format(&w->inv->functions[f->physfn].address, text),
                                            f->vf_index);
                        else
                                strbuf_addf(&root, ",%u", f->vf_index);
                }
        if (vf)
                (void) json_array_append_new(addresses, json_string(root.text ? root.text : ""));
        (void) json_array_append_new(selectors, json_pack("{s:o, s:o}", "drivers", drivers,
                                                          vf ? "rootDevices" : "pciAddresses", addresses));
}

/* How many devices from d on are of one selector: VFs of one PF, or functions. */
static size_t run_length(const struct export_writer *w, const struct export_device *d, size_t n)
{
        size_t i = 1;

        while (i < n && export_function(w, d + i, 0)->physfn == export_function(w, d, 0)->physfn)
                i++;
        return i;
}

static json_t *resource_of(const struct export_writer *w, const struct export_device *d)
{
        const struct pci_function *f = export_function(w, d, 0);
        CLEANUP_FREE char *name = export_name(w, d, "_", '_');
        json_t *selectors = json_array(), *resource;
        size_t n = export_n_of_section(w, d), run;

        if (f->class >> 16 != 0x02 && f->class >> 16 != 0x12)
                diag_add(w->diags, DIAG_ERROR, NULL, "%s: the plugin has NICs and accelerators alone",
                         d->item->section->name);
        for (size_t i = 0; i < n; i += run) {
                run = run_length(w, d + i, n - i);
                add_selector(w, d + i, run, selectors);
        }
        resource = json_pack("{s:s}", "resourceName", name);
        if (f->class >> 16 == 0x12)
                (void) json_object_set_new(resource, "deviceType", json_string("accelerator"));
        (void) json_object_set_new(resource, "selectors", selectors);
        return resource;
}

void export_sriov_device_plugin(const struct export_writer *w)
{
        json_t *resources = json_array();

        FOR_EXPORTS (d, w)
                if (export_is_first(w, d))
                        (void) json_array_append_new(resources, resource_of(w, d));
        strbuf_add(w->b, "apiVersion: v1\n"
                         "kind: ConfigMap\n"
                         "metadata:\n"
                         "  name: sriovdp-config\n"
                         "  namespace: kube-system\n"
                         "data:\n"
                         "  config.json: |\n");
        export_add_json(w->b, json_pack("{s:o}", "resourceList", resources), "    ");
}

/* ---- KubeVirt ---- */

static bool is_told(const struct export_writer *w, const struct pci_function *f)
{
        FOR_EXPORTS (d, w)
                for (size_t i = 0; i < d->n_functions; i++) {
                        const struct pci_function *other = export_function(w, d, i);

                        if (other == f)
                                return false;
                        if (other->vendor == f->vendor && other->device == f->device)
                                return true;
                }
        return false;
}

/* KubeVirt goes by ids, whichever section takes what has them. */
static void add_others(const struct export_writer *w, const struct pci_function *f)
{
        const char *separator = "  # and of others that are on vfio-pci: ";
        char address[PCI_ADDRESS_MAX];

        for (size_t i = 0; i < w->inv->n_functions; i++) {
                const struct pci_function *other = &w->inv->functions[i];
                bool listed = false;

                if (other->vendor != f->vendor || other->device != f->device)
                        continue;
                FOR_EXPORTS (d, w)
                        for (size_t k = 0; k < d->n_functions; k++)
                                listed = listed || d->functions[k] == i;
                if (listed)
                        continue;
                strbuf_addf(w->b, "%s%s", separator, pci_address_format(&other->address, address));
                separator = ", ";
        }
        if (streq(separator, ", "))
                strbuf_add(w->b, "\n");
}

static void add_pci_devices(const struct export_writer *w)
{
        const char *heading = "  pciHostDevices:\n";

        FOR_EXPORTS (d, w)
                for (size_t i = 0; i < d->n_functions; i++) {
                        const struct pci_function *f = export_function(w, d, i);
                        CLEANUP_FREE char *section = export_name(w, d, "-_.", '-');

                        if (is_told(w, f))
                                continue;
                        strbuf_add(w->b, heading);
                        heading = "";
                        add_others(w, f);
                        strbuf_addf(w->b,
                                    "  - pciVendorSelector: \"%04X:%04X\"\n"
                                    "    resourceName: " PREFIX "%s",
                                    f->vendor, f->device, section);
                        if (i > 0)
                                strbuf_addf(w->b, "-%zu", i);
                        strbuf_add(w->b, "\n");
                }
}

static const char *type_of(const struct export_device *d)
{
        return d->item->type_name ? d->item->type_name : d->item->type_id ? d->item->type_id : d->item->section->type;
}

static void add_mdevs(const struct export_writer *w)
{
        const char *heading = "  mediatedDevices:\n";

        FOR_EXPORTS (d, w) {
                bool told = d->functions;

                for (const struct export_device *other = w->list->items; other < d; other++)
                        told = told || (other->n_functions == 0 && streq(type_of(other), type_of(d)));
                if (told)
                        continue;
                strbuf_addf(w->b, "%s  - mdevNameSelector: ", heading);
                heading = "";
                export_add_json(w->b, json_string(type_of(d)), NULL);
                strbuf_add(w->b, "\n    resourceName: " PREFIX);
                export_add_name(w->b, d->item->section->name, "-_.", '-');
                strbuf_add(w->b, "\n");
        }
}

void export_kubevirt(const struct export_writer *w)
{
        strbuf_add(w->b, "permittedHostDevices:\n");
        add_pci_devices(w);
        add_mdevs(w);
}
