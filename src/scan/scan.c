/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the inventory: the parts together. */
#include <errno.h>
#include <stdlib.h>

#include "scan/scan.h"
#include "base/alloc.h"
#include "base/macro.h"

static bool wants(const struct config *config, bool (*test)(const struct config_section *))
{
        for (size_t i = 0; i < config->n_sections; i++)
                if (test(config->sections[i]))
                        return true;
        return false;
}

static bool wants_aliases(const struct config_section *s)
{
        return s->driver && streq(s->driver, DRIVER_AUTO);
}

static bool wants_nvme(const struct config_section *s)
{
        return s->vf_queues > 0;
}

static bool wants_slots(const struct config_section *s)
{
        return s->selector.kind == SELECTOR_SLOT;
}

static int read_drivers(struct sys *sys, struct inventory *inv)
{
        char **names = NULL;
        size_t n = 0;
        int r = sys_list(sys, "sys/bus/pci/drivers", &names, &n);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        inv->drivers = names;
        inv->n_drivers = n;
        return 0;
}

static bool wants_display(const struct config_section *s)
{
        return s->display_stop && s->enabled;
}

int inventory_read(struct sys *sys, const struct config *config, struct inventory **ret)
{
        CLEANUP(inventory_freep) struct inventory *inv = xcalloc(1, sizeof(*inv));
        int r;

        r = inventory_read_pci(sys, config, inv);
        if (r == 0)
                r = inventory_read_net(sys, config, inv);
        if (r == 0 && wants(config, wants_slots))
                inventory_read_slots(sys, inv);
        if (r == 0)
                r = read_drivers(sys, inv);
        if (r == 0)
                r = inventory_read_mdev(sys, inv);
        if (r == 0)
                inventory_read_vgpus(sys, inv);
        if (r == 0)
                inventory_read_modules(sys, config, inv);
        if (r == 0 && wants(config, wants_aliases))
                r = inventory_read_aliases(sys, inv);
        if (r == 0)
                inventory_index(inv);
        if (r == 0)
                inventory_read_sriov(sys, config, inv);
        if (r == 0 && wants(config, config_sets_device))
                inventory_read_device(sys, config, inv);
        if (r == 0 && wants(config, wants_nvme))
                inventory_read_nvme(sys, config, inv);
        if (r == 0 && wants(config, wants_display))
                inventory_read_display(sys, inv);
        if (r < 0)
                return r;
        *ret = STEAL(inv);
        return 0;
}
