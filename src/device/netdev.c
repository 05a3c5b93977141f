/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose a network interface is. */
#include "device/netdev.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/strutil.h"

/* Part of a path: what lies below it is another device's than the function's above. */
static bool leads_to_another(const char *part)
{
        static const char *const prefixes[] = { "usb", "mmc", "domain" };

        for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
                const char *rest = after_prefix(part, prefixes[i]);

                if (rest && isdigit((unsigned char) *rest))
                        return true;
        }
        return strstr(part, ".sf.");
}

int netdev_function_of(const char *path, struct pci_address *ret)
{
        struct pci_address found;
        char part[64]; /* of a longer one the beginning is enough */
        int r = -ENOENT;

        for (size_t n; *path; path += n + (path[n] == '/')) {
                n = strcspn(path, "/");
                (void) snprintf(part, sizeof(part), "%.*s", (int) n, path);
                if (pci_address_parse(part, false, &found, NULL) == 0)
                        r = 0;
                else if (leads_to_another(part))
                        r = -ENOENT;
        }
        if (r == 0)
                *ret = found;
        return r;
}

static const char *skip_number(const char *s, const char *prefix)
{
        const char *digits = after_prefix(s, prefix);
        size_t n = digits ? strspn(digits, "0123456789") : 0;

        return n > 0 ? digits + n : s;
}

bool netdev_is_representor(const char *phys_port_name)
{
        /* sfc's begin with the port. */
        const char *pf = skip_number(skip_number(phys_port_name, "c"), "p");

        return skip_number(pf, "pf") != pf;
}

const struct netdev *netdev_of(const struct pci_function *f)
{
        return f->n_netdevs > 0 ? &f->netdevs[0] : NULL;
}

const struct netdev *netdev_find(const struct pci_function *f, const char *name)
{
        for (size_t i = 0; i < f->n_netdevs; i++)
                if (streq(f->netdevs[i].name, name))
                        return &f->netdevs[i];
        return NULL;
}

const struct netdev *netdev_at_port(const struct pci_function *f, unsigned port)
{
        for (size_t i = 0; i < f->n_netdevs; i++)
                if (f->netdevs[i].port == port)
                        return &f->netdevs[i];
        return NULL;
}
