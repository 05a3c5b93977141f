/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The buses whose devices a [device] section can name. The drivers are those of drivers/vfio and drivers/s390 in
 * Linux. */
#include "device/bus.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "base/strutil.h"

static const struct {
        const char *name, *driver;
        bool groups;
} buses[] = {
        [BUS_PCI] = { "pci", "vfio-pci", true },    [BUS_PLATFORM] = { "platform", "vfio-platform", true },
        [BUS_AMBA] = { "amba", "vfio-amba", true }, [BUS_FSL_MC] = { "fsl-mc", "vfio-fsl-mc", true },
        [BUS_CDX] = { "cdx", "vfio-cdx", true },    [BUS_CSS] = { "css", "vfio_ccw", false },
        [BUS_AP] = { "ap", "vfio_ap", false },      [BUS_OTHER] = { "other", NULL, false },
};

const char *bus_name(enum bus_kind bus)
{
        return buses[bus].name;
}

enum bus_kind bus_from_name(const char *name)
{
        enum bus_kind bus = BUS_PCI;

        while (bus < BUS_OTHER && !streq(buses[bus].name, name))
                bus++;
        return bus;
}

const char *bus_driver(enum bus_kind bus)
{
        return buses[bus].driver;
}

const char *bus_module(enum bus_kind bus, char buf[static BUS_NAME_MAX])
{
        (void) snprintf(buf, BUS_NAME_MAX, "%s", buses[bus].driver ? buses[bus].driver : "");
        module_name_normalize(buf);
        return buf;
}

bool bus_has_groups(enum bus_kind bus)
{
        return buses[bus].groups;
}

enum bus_kind bus_parse_event(const char *text, const char **ret_name)
{
        for (enum bus_kind bus = BUS_PLATFORM; bus < BUS_OTHER; bus++) {
                const char *rest = after_prefix(text, buses[bus].name);

                if (rest && *rest == ':' && bus_is_device_name(rest + 1)) {
                        *ret_name = rest + 1;
                        return bus;
                }
        }
        return BUS_OTHER;
}

bool bus_is_device_name(const char *s)
{
        if (!*s || *s == '.' || strlen(s) >= BUS_NAME_MAX)
                return false;
        for (; *s; s++)
                if (!isgraph((unsigned char) *s) || strchr("/\"'", *s))
                        return false;
        return true;
}
