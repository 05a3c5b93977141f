/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a word on the command line means: a device, however it is called. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/strutil.h"
#include "device/lookup.h"
#include "edit/edit.h"

struct finding {
        struct sys *sys;
        const struct inventory *inv;
        const char *word;
        struct edit_device found;
        struct strbuf error;
};

#define NAMED_MAX 4 /* devices in one message */

/* Several devices for one word. */
static int ambiguous(struct finding *f, const size_t *hits, size_t n)
{
        char address[PCI_ADDRESS_MAX];

        strbuf_addf(&f->error, "%s: there are %zu such devices:", f->word, n);
        for (size_t i = 0; i < n && i < NAMED_MAX; i++)
                strbuf_addf(&f->error, "%s %s", i > 0 ? "," : "",
                            pci_address_format(&f->inv->functions[hits[i]].address, address));
        strbuf_addf(&f->error, "%s; name one by its address", n > NAMED_MAX ? " and more" : "");
        return -ENODEV;
}

/* By a selector of the configuration. 1: that is what it is; 0: it is none of that kind. */
static int by_selector(struct finding *f, enum selector_kind kind)
{
        CLEANUP(selector_clear) struct selector s = { 0 };
        CLEANUP(lookup_freep) struct lookup *lookup = NULL;
        CLEANUP_FREE size_t *hits = NULL;
        size_t n = 0;

        if (selector_parse(kind, f->word, &s) < 0 || s.kind == SELECTOR_VF)
                return 0;
        lookup_new(f->inv, &lookup);
        lookup_find(lookup, &s, &hits, &n);
        if (n > 1 && !s.slot)
                return ambiguous(f, hits, n);
        if (n == 0) {
                strbuf_addf(&f->error, "%s: no such device; passthru-setup list shows what there is", f->word);
                return -ENODEV;
        }
        f->found.function = hits[0];
        f->found.slot = s.slot && n > 1;
        return 1;
}

/* The last PCI address on the way of a link below /sys/class: "…/0000:00:1d.0/0000:03:00.0/nvme/nvme0/nvme0n1". */
static size_t function_of_link(const struct inventory *inv, char *target)
{
        size_t function = NO_INDEX;
        char *part;

        while ((part = strsep(&target, "/"))) {
                struct pci_address address;
                bool slot;
                size_t found = pci_address_parse(part, false, &address, &slot) < 0
                                       ? NO_INDEX
                                       : inventory_find_index(inv, &address);

                if (found != NO_INDEX)
                        function = found;
        }
        return function;
}

/* By what the kernel has made of a device: an interface, a disk, a display. */
static int by_class(struct finding *f)
{
        static const char *const classes[] = { "net", "block", "nvme", "drm", "infiniband", "sound" };
        const char *name = last_component(f->word);
        char path[PATH_MAX], target[PATH_MAX];

        if (!*name || (strchr(f->word, '/') && !after_prefix(f->word, "/dev/")))
                return 0;
        for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
                if (snprintf(path, sizeof(path), "sys/class/%s/%s", classes[i], name) >= (int) sizeof(path) ||
                    f->sys->ops->readlink(f->sys->userdata, path, target, sizeof(target)) < 0)
                        continue;
                f->found.function = function_of_link(f->inv, target);
                if (f->found.function != NO_INDEX)
                        return 1;
                strbuf_addf(&f->error, "%s: it is not on a PCI device", f->word);
                return -ENODEV;
        }
        return 0;
}

static int by_interface(struct finding *f)
{
        for (size_t i = 0; i < f->inv->n_functions; i++)
                for (size_t k = 0; k < f->inv->functions[i].n_netdevs; k++)
                        if (streq(f->inv->functions[i].netdevs[k].name, f->word)) {
                                f->found.function = i;
                                return 1;
                        }
        return 0;
}

static int by_parent(struct finding *f)
{
        const struct mdev_parent *parent = inventory_find_parent(f->inv, f->word);

        if (!parent)
                return 0;
        f->found.function = parent->function;
        f->found.parent = parent->function == NO_INDEX ? parent->name : NULL;
        return 1;
}

int edit_find_device(struct sys *sys, const struct inventory *inv, const char *word, struct edit_device *ret,
                     char **ret_error)
{
        struct finding f = { .sys = sys, .inv = inv, .word = word, .found = { .function = NO_INDEX } };
        int r = by_selector(&f, SELECTOR_ADDRESS);

        if (r == 0)
                r = by_selector(&f, SELECTOR_ID);
        if (r == 0)
                r = by_selector(&f, SELECTOR_MAC);
        if (r == 0)
                r = by_selector(&f, SELECTOR_PATH);
        if (r == 0)
                r = by_interface(&f);
        if (r == 0)
                r = by_class(&f);
        if (r == 0)
                r = by_parent(&f);
        if (r == 0)
                strbuf_addf(&f.error,
                            "%s: no device, interface or disk has that name; passthru-setup list shows what there is",
                            word);
        if (r <= 0) {
                *ret_error = strbuf_steal(&f.error);
                return -ENODEV;
        }
        *ret = f.found;
        return 0;
}
