/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of devices out of the hardware database (sd-hwdb). */
#include "scan/hwdb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <systemd/sd-hwdb.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"
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

/* last: the function that was looked up last; the VFs of a PF are all alike, and a look-up is slow. */
static void name_function(sd_hwdb *hwdb, struct pci_function *f, const struct pci_function **last)
{
        char alias[MODALIAS_MAX];
        const char *name = NULL;

        if (f->name)
                return;
        if (*last && same_ids(*last, f)) {
                replace_string(&f->name, (*last)->name);
                return;
        }
        *last = f;
        if (sd_hwdb_get(hwdb, modalias_of("pci", f, alias), "ID_MODEL_FROM_DATABASE", &name) < 0)
                return;
        replace_string(&f->name, name);
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

void hwdb_name_all(const char *root, struct inventory *inv)
{
        CLEANUP(hwdb_unrefp) sd_hwdb *hwdb = NULL;
        const struct pci_function *last = NULL;
        int r = open_hwdb(root, &hwdb);

        if (r < 0)
                return;
        for (size_t i = 0; i < inv->n_functions; i++)
                name_function(hwdb, &inv->functions[i], &last);
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
}
