/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of devices out of the hardware database (sd-hwdb). */
#include "scan/hwdb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <systemd/sd-hwdb.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "device/device-class.h"
#include "device/modalias.h"

static inline void hwdb_unrefp(sd_hwdb **hwdb)
{
        sd_hwdb_unref(*hwdb);
}

static bool same_ids(const struct pci_function *f, const struct pci_function *g)
{
        return f->vendor == g->vendor && f->device == g->device && f->subvendor == g->subvendor &&
               f->subdevice == g->subdevice && f->class == g->class;
}

/* "Chip (Subsystem)" where the entry is of the subsystem, and "Chip" is that of every such chip. */
static void name_subsystem(sd_hwdb *hwdb, struct pci_function *f)
{
        char alias[MODALIAS_MAX];
        const char *chip = NULL, *rest = NULL;

        (void) snprintf(alias, sizeof(alias), "pci:v%08Xd%08X", (unsigned) f->vendor, (unsigned) f->device);
        if (f->name && sd_hwdb_get(hwdb, alias, "ID_MODEL_FROM_DATABASE", &chip) >= 0)
                rest = after_prefix(f->name, chip);
        if (!rest || !after_prefix(rest, " (") || rest[strlen(rest) - 1] != ')')
                return;
        replace_string(&f->subsystem, rest + strlen(" ("));
        f->subsystem[strlen(f->subsystem) - 1] = '\0';
}

/* A model that the database does not know yet has a vendor that it knows, but for those of bridges and such, which are
 * many. */
static void name_vendor(sd_hwdb *hwdb, struct pci_function *f, const char *alias)
{
        const char *vendor = NULL;

        if (device_class_of(f) != DEVICE_SYSTEM && sd_hwdb_get(hwdb, alias, "ID_VENDOR_FROM_DATABASE", &vendor) >= 0)
                replace_string(&f->name, vendor);
}

/* last: the function that was looked up last; the VFs of a PF are all alike, and a look-up is slow. */
static void name_function(sd_hwdb *hwdb, struct pci_function *f, const struct pci_function **last)
{
        char alias[MODALIAS_MAX];
        const char *name = NULL;

        if (f->name)
                return;
        if (*last && same_ids(*last, f)) {
                replace_string(&f->name, (*last)->name);
                replace_string(&f->subsystem, (*last)->subsystem);
                return;
        }
        *last = f;
        if (sd_hwdb_get(hwdb, modalias_of("pci", f, alias), "ID_MODEL_FROM_DATABASE", &name) < 0) {
                name_vendor(hwdb, f, alias);
                return;
        }
        replace_string(&f->name, name);
        name_subsystem(hwdb, f);
}

static int open_hwdb(const char *root, sd_hwdb **ret)
{
        static const char *const places[] = { "etc/udev/hwdb.bin", "usr/lib/udev/hwdb.bin", "lib/udev/hwdb.bin" };

        if (streq(root, "/"))
                return sd_hwdb_new(ret);
        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
                CLEANUP_FREE char *path = NULL;

                path = xasprintf("%s/%s", root, places[i]);
                if (sd_hwdb_new_from_path(path, ret) >= 0)
                        return 0;
        }
        return -ENOENT;
}

/* The subsystem of what is soldered on is the machine, whose ids the chipset has too, or its name: "ThinkPad T30",
 * "H12SSL-i", "PowerEdge R6515/R7515 LOM". That of a card is what is printed on its box: "Gigabit ET Dual Port Server
 * Adapter". */
static bool is_card(const struct inventory *inv, const struct pci_function *f)
{
        enum device_class c = device_class_of(f);

        if (!f->subsystem || strcasestr(f->subsystem, "board") || strstr(f->subsystem, "LOM") ||
            (c != DEVICE_GPU && c != DEVICE_NIC && c != DEVICE_NVME && c != DEVICE_HBA && c != DEVICE_ACCELERATOR) ||
            !strpbrk(f->subsystem, c == DEVICE_NIC ? " " : "0123456789"))
                return false;
        for (size_t i = 0; i < inv->n_functions; i++) {
                const struct pci_function *g = &inv->functions[i];

                if (g->subvendor == f->subvendor && g->subdevice == f->subdevice && device_is_of_chipset(g) &&
                    !pci_address_same_slot(&f->address, &g->address))
                        return false;
        }
        return true;
}

static void find_cards(struct inventory *inv)
{
        for (size_t i = 0; i < inv->n_functions; i++)
                inv->functions[i].is_card = is_card(inv, &inv->functions[i]);
}

void hwdb_name_all(const char *root, struct inventory *inv)
{
        CLEANUP(hwdb_unrefp) sd_hwdb *hwdb = NULL;
        const struct pci_function *last = NULL;
        int r = open_hwdb(root, &hwdb);

        if (r < 0)
                return;
        for (size_t i = 0; i < inv->n_functions; i++)
                name_function(hwdb, &inv->functions[i], &last);
        find_cards(inv);
}

void hwdb_name_functions(const char *root, const struct plan *plan, struct inventory *inv)
{
        CLEANUP(hwdb_unrefp) sd_hwdb *hwdb = NULL;
        const struct pci_function *last = NULL;
        int r = open_hwdb(root, &hwdb);

        if (r < 0)
                return; /* ids will do */
        for (size_t i = 0; i < plan->n_items; i++) {
                const struct plan_item *item = &plan->items[i];

                if (item->pf != NO_INDEX)
                        name_function(hwdb, &inv->functions[item->pf], &last);
                for (size_t k = 0; k < item->n_claims; k++)
                        if (item->claims[k].function != NO_INDEX)
                                name_function(hwdb, &inv->functions[item->claims[k].function], &last);
        }
        find_cards(inv);
}
