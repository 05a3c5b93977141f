/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Resets, power, resizable BARs and option ROMs in the fake kernel (drivers/pci/pci.c, pci-sysfs.c, rom.c; Linux 6.12). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/strutil.h"
#include "fake/fake-internal.h"

static void reset_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        const struct device *dev = n->owner;

        (void) k;
        strbuf_addf(out, "%s\n", dev->resets);
}

/* All that the device does not have is refused, and then nothing changes. */
static int reset_store(struct fake_kernel *k, struct node *n, const char *value)
{
        struct device *dev = n->owner;
        CLEANUP_FREE char *copy = fake_strdup(value);
        char *rest = copy, *word;

        fake_touch_device(k, dev);
        while ((word = strsep(&rest, " "))) {
                const char *at = strstr(dev->spec.resets, word);
                size_t len = strlen(word);

                if (streq(value, "default") || *word == '\0')
                        continue;
                if (!at || (at > dev->spec.resets && at[-1] != ' ') || (at[len] && at[len] != ' '))
                        return -EINVAL;
        }
        free(dev->resets);
        dev->resets = fake_strdup(streq(value, "default") ? dev->spec.resets : value);
        return 0;
}

static void d3cold_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        const struct device *dev = n->owner;

        (void) k;
        strbuf_addf(out, "%d\n", !dev->no_d3cold);
}

static int d3cold_store(struct fake_kernel *k, struct node *n, const char *value)
{
        struct device *dev = n->owner;
        uint64_t v;

        fake_touch_device(k, dev);
        if (parse_unsigned(value, 10, UINT32_MAX, &v) < 0)
                return -EINVAL;
        dev->no_d3cold = v == 0;
        return 0;
}

static void control_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        const struct device *dev = n->owner;

        (void) k;
        strbuf_add(out, dev->power_auto ? "auto\n" : "on\n");
}

static int control_store(struct fake_kernel *k, struct node *n, const char *value)
{
        struct device *dev = n->owner;

        fake_touch_device(k, dev);
        if (!streq(value, "on") && !streq(value, "auto"))
                return -EINVAL;
        dev->power_auto = streq(value, "auto");
        return 0;
}

static void resource_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        const struct device *dev = n->owner;
        uint64_t start = UINT64_C(0x4000000000);

        (void) k;
        for (unsigned i = 0; i < 6; i++) {
                uint64_t size = dev->bar_sizes[i];

                strbuf_addf(out, "0x%016llx 0x%016llx 0x%016llx\n", (unsigned long long) (size ? start : 0),
                            (unsigned long long) (size ? start + size - 1 : 0), size ? 0x14220cULL : 0ULL);
                start += size;
        }
}

static unsigned bar_of(const struct node *n)
{
        return (unsigned) (n->name[strlen("resource")] - '0');
}

static void resize_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        const struct device *dev = n->owner;

        (void) k;
        strbuf_addf(out, "%016llx\n", (unsigned long long) dev->spec.bars[bar_of(n)].sizes);
}

static int resize_store(struct fake_kernel *k, struct node *n, const char *value)
{
        struct device *dev = n->owner;
        unsigned bar = bar_of(n);
        uint64_t bit;

        fake_touch_device(k, dev);
        if (parse_unsigned(value, 10, 63, &bit) < 0)
                return -EINVAL;
        if (dev->driver || dev->numvfs > 0)
                return -EBUSY;
        if (!(dev->spec.bars[bar].sizes >> bit & 1))
                return -EINVAL;
        if (dev->spec.bars[bar].room && (UINT64_C(1) << (20 + bit)) > dev->spec.bars[bar].room)
                return -ENOSPC;
        dev->bar_sizes[bar] = UINT64_C(1) << (20 + bit);
        return 0;
}

/* Without its enable bit it can't be read; a device that sleeps answers with ones. */
static void rom_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        const struct device *dev = n->owner;

        (void) k;
        for (size_t i = 0; i < dev->spec.rom_size; i++) {
                bool sleeps = dev->power_auto && dev->driver && dev->driver->vfio;

                strbuf_addn(out, sleeps ? "\xff" : (const char *) dev->spec.rom + i, 1);
        }
}

static int rom_store(struct fake_kernel *k, struct node *n, const char *value)
{
        fake_touch_device(k, n->owner);
        n->mode = streq(value, "0") ? 0200 : 0600;
        return 0;
}

void device_settings(struct device *dev)
{
        dev->power_auto = dev->spec.power_auto;
        node_attr(node_dir(dev->dir, "power"), "control", control_show, control_store, dev);
        node_attr(dev->dir, "d3cold_allowed", d3cold_show, d3cold_store, dev);
        if (dev->spec.resets) {
                dev->resets = fake_strdup(dev->spec.resets);
                node_attr(dev->dir, "reset_method", reset_show, reset_store, dev);
        }
        for (unsigned i = 0; i < 6; i++) {
                CLEANUP_FREE char *name = fake_printf("resource%u_resize", i);

                dev->bar_sizes[i] = dev->spec.bars[i].size;
                if (dev->spec.bars[i].sizes)
                        node_attr(dev->dir, name, resize_show, resize_store, dev);
        }
        node_attr(dev->dir, "resource", resource_show, NULL, dev);
        if (dev->spec.rom_size > 0)
                node_attr(dev->dir, "rom", rom_show, rom_store, dev)->mode = 0200;
}
