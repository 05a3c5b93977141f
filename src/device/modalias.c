/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Matching modules.alias. */
#include "device/modalias.h"

#include <fnmatch.h>
#include <stdio.h>

#include "base/macro.h"

const char *modalias_of(const char *prefix, const struct pci_function *f, char buf[static MODALIAS_MAX])
{
        /* drivers/pci/pci-driver.c, pci_uevent() */
        (void) snprintf(buf, MODALIAS_MAX, "%s:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X", prefix, (unsigned) f->vendor,
                        (unsigned) f->device, (unsigned) f->subvendor, (unsigned) f->subdevice, f->class >> 16 & 0xff,
                        f->class >> 8 & 0xff, f->class & 0xff);
        return buf;
}

static unsigned count_wildcards(const char *pattern)
{
        unsigned n = 0;

        for (; *pattern; pattern++)
                n += *pattern == '*';
        return n;
}

const char *modalias_best_vfio(const struct inventory *inv, const struct pci_function *f)
{
        const char *best = NULL;
        char alias[MODALIAS_MAX];
        unsigned fewest = 0;

        (void) modalias_of("vfio_pci", f, alias);
        for (size_t i = 0; i < inv->n_aliases; i++) {
                unsigned n = count_wildcards(inv->aliases[i].pattern);

                if ((best && n >= fewest) || fnmatch(inv->aliases[i].pattern, alias, 0) != 0)
                        continue;
                best = inv->aliases[i].module;
                fewest = n;
        }
        return best;
}
