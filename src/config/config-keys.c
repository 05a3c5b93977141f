/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys of each section and how their values are read. */
#include "config/config-keys.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "base/uuid.h"
#include "config/guard-kind.h"

static int set_required(struct config *config, struct config_section *section, const char *value)
{
        (void) config;
        return parse_boolean(value, &section->required);
}

static int set_enabled(struct config *config, struct config_section *section, const char *value)
{
        (void) config;
        return parse_boolean(value, &section->enabled);
}

/* A driver's name becomes part of a path below /sys, so it must not be able to leave its directory. */
static bool is_driver_name(const char *s)
{
        if (!*s || *s == '.' || strlen(s) > 64)
                return false;
        for (; *s; s++)
                if (!isalnum((unsigned char) *s) && !strchr("_-.:+ ", *s))
                        return false;
        return true;
}

/* The module's names, which forum recipes use: no driver is called so. */
bool config_is_driver(const char *s)
{
        return is_driver_name(s) && strcasecmp(s, "vfio") != 0 && strcasecmp(s, "vfio_pci") != 0;
}

static int set_driver(struct config *config, struct config_section *section, const char *value)
{
        (void) config;
        if (!config_is_driver(value))
                return -EINVAL;
        /* As the default of all devices it would hand over none. */
        if (section->kind == SECTION_DEFAULTS && (streq(value, DRIVER_HOST) || streq(value, DRIVER_NONE)))
                return -EINVAL;
        replace_string(&section->driver, value);
        return 0;
}

int config_set_vf_driver(struct config *config, struct config_section *section, const char *value)
{
        return set_driver(config, section, value);
}

static int set_group(struct config *config, struct config_section *section, const char *value)
{
        (void) config;
        if (streq(value, "strict"))
                section->group = GROUP_STRICT;
        else if (streq(value, "whole"))
                section->group = GROUP_WHOLE;
        else if (streq(value, "ignore"))
                section->group = GROUP_IGNORE;
        else
                return -EINVAL;
        return 0;
}

static int set_force(struct config *config, struct config_section *section, const char *value)
{
        const char *word;
        size_t n;

        (void) config;
        return guard_parse(value, &section->force, &word, &n) == GUARD_MISTAKE_NONE ? 0 : -EINVAL;
}

int config_parse_time(const char *value, uint64_t *ret)
{
        static const struct {
                const char *unit;
                uint64_t usec;
        } units[] = { { "", 1000000 }, { "s", 1000000 }, { "ms", 1000 }, { "min", 60000000 } };
        size_t digits = strspn(value, "0123456789");
        CLEANUP_FREE char *number = xstrndup(value, digits);
        const char *unit = value + digits;
        uint64_t n;

        while (*unit == ' ')
                unit++;
        /* An hour is far past what a boot can wait for. */
        if (parse_unsigned(number, 10, 3600000, &n) < 0)
                return -EINVAL;
        for (size_t i = 0; i < ARRAY_SIZE(units); i++)
                if (streq(unit, units[i].unit) && n * units[i].usec <= 3600 * UINT64_C(1000000)) {
                        *ret = n * units[i].usec;
                        return 0;
                }
        return -EINVAL;
}

static int set_settle_timeout(struct config *config, struct config_section *section, const char *value)
{
        (void) section;
        return config_parse_time(value, &config->settle_timeout);
}

/* Without any time even a write that does not sleep would be given up. */
static int set_write_timeout(struct config *config, struct config_section *section, const char *value)
{
        uint64_t limit;
        int r = config_parse_time(value, &limit);

        (void) section;
        if (r == 0 && limit < 1000000)
                r = -EINVAL;
        if (r == 0)
                config->write_timeout = limit;
        return r;
}

/* useradd's rule for names; udev looks the name up (or takes the number). */
static int set_vfio_group(struct config *config, struct config_section *section, const char *value)
{
        size_t n = strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");

        (void) section;
        if (n == 0 || value[n] || n > 32 || value[0] == '-' || value[0] == '.')
                return -EINVAL;
        replace_string(&config->vfio_group, value);
        return 0;
}

static int set_selector(struct config_section *section, enum selector_kind kind, const char *value)
{
        struct selector s;
        int r = selector_parse(kind, value, &s);

        if (r < 0)
                return r;
        selector_clear(&section->selector);
        section->selector = s;
        return 0;
}

#define DEFINE_SET_SELECTOR(func, kind)                                                                               \
        static int func(struct config *config, struct config_section *section, const char *value)                     \
        {                                                                                                             \
                (void) config;                                                                                        \
                return set_selector(section, kind, value);                                                            \
        }

DEFINE_SET_SELECTOR(set_id, SELECTOR_ID)
DEFINE_SET_SELECTOR(set_path, SELECTOR_PATH)
DEFINE_SET_SELECTOR(set_interface, SELECTOR_INTERFACE)
DEFINE_SET_SELECTOR(set_mac, SELECTOR_MAC)
DEFINE_SET_SELECTOR(set_serial, SELECTOR_SERIAL)
DEFINE_SET_SELECTOR(set_slot, SELECTOR_SLOT)
DEFINE_SET_SELECTOR(set_parent, SELECTOR_PARENT)

/* On another bus than PCI it is a name; which bus it is may be said later. config_bus_check() tells. */
static int set_address(struct config *config, struct config_section *section, const char *value)
{
        int r = set_selector(section, SELECTOR_ADDRESS, value);

        (void) config;
        return r == -EINVAL && section->kind == SECTION_DEVICE ? set_selector(section, SELECTOR_NAME, value) : r;
}

static int set_bus(struct config *config, struct config_section *section, const char *value)
{
        enum bus_kind bus = bus_from_name(value);

        (void) config;
        if (bus == BUS_OTHER)
                return -EINVAL;
        section->bus = bus;
        return 0;
}

static int set_expect(struct config *config, struct config_section *section, const char *value)
{
        (void) config;
        if (pci_id_pattern_parse(value, &section->expect) < 0)
                return -EINVAL;
        section->has_expect = true;
        replace_string(&section->expect_text, value);
        return 0;
}

static int set_count(struct config *config, struct config_section *section, const char *value)
{
        uint64_t n;

        (void) config;
        if (section->kind == SECTION_DEVICE && streq(value, "all")) {
                section->count = COUNT_ALL;
                return 0;
        }
        if (parse_unsigned(value, 10, 65535, &n) < 0 || n == 0)
                return -EINVAL;
        section->count = (unsigned) n;
        return 0;
}

static int set_functions(struct config *config, struct config_section *section, const char *value)
{
        (void) config;
        if (!streq(value, "all") && !streq(value, "named"))
                return -EINVAL;
        section->all_functions = streq(value, "all");
        return 0;
}

static int set_vfs(struct config *config, struct config_section *section, const char *value)
{
        uint64_t n;

        (void) config;
        if (streq(value, "max")) {
                section->vfs = VFS_MAX;
                return 0;
        }
        if (parse_unsigned(value, 10, 65535, &n) < 0)
                return -EINVAL;
        section->vfs = (unsigned) n;
        return 0;
}

static int set_type(struct config *config, struct config_section *section, const char *value)
{
        (void) config;
        /* An id is looked for among the parent's, never made into a path unseen; a slash is in neither. */
        if (strchr(value, '/') || value[0] == '.')
                return -EINVAL;
        replace_string(&section->type, value);
        return 0;
}

static int set_uuid(struct config *config, struct config_section *section, const char *value)
{
        (void) config;
        if (uuid_parse(value, section->uuid) < 0)
                return -EINVAL;
        section->has_uuid = true;
        return 0;
}

/* name=value, where name is a file of the mdev: no path may come out of it. */
static int set_attr(struct config *config, struct config_section *section, const char *value)
{
        const char *equal = strchr(value, '=');
        CLEANUP_FREE char *copy = NULL;
        char *name;

        (void) config;
        if (!equal)
                return -EINVAL;
        copy = xstrndup(value, (size_t) (equal - value));
        name = strip(copy);
        if (!*name || name[0] == '.' || strchr(name, '/') || strchr(name, ' '))
                return -EINVAL;
        while (*++equal == ' ')
                ;
        config_add_pair(section, name, equal, NULL);
        return 0;
}

#define IN(kind) (1U << SECTION_##kind)
#define IN_ALL (IN(DEFAULTS) | IN(MODULE) | IN(DEVICE) | IN(SRIOV) | IN(VF) | IN(MDEV))
#define IN_DEVICES (IN(DEVICE) | IN(SRIOV) | IN(MDEV))

const struct config_key_info config_keys[CONFIG_KEY_MAX] = {
        [KEY_REQUIRED] = { "required", IN_ALL, false, "yes or no", set_required },
        [KEY_ENABLED] = { "enabled", IN_ALL, false, "yes or no", set_enabled },
        [KEY_WHEN] = { "when", IN_DEVICES, false, "boot, vm or manual", set_when },
        [KEY_VM] = { "vm", IN_DEVICES, false, "the names or ids of VMs, such as win11 or 104", set_vm },
        [KEY_DISPLAY] = { "display", IN(DEVICE), false, "stop or keep", set_display },
        [KEY_DRIVER] = { "driver", IN(DEFAULTS) | IN(DEVICE), false, "vfio-pci, auto, or the name of a driver",
                         set_driver },
        [KEY_GROUP] = { "group", IN(DEFAULTS) | IN(DEVICE) | IN(SRIOV), false, "strict, whole or ignore", set_group },
        [KEY_FORCE] = { "force", IN(DEVICE) | IN(SRIOV), false, NULL, set_force },
        [KEY_SETTLE_TIMEOUT] = { "settle-timeout", IN(DEFAULTS), false,
                                 "a time of at most an hour, such as 10, 500ms or 1min", set_settle_timeout },
        [KEY_WRITE_TIMEOUT] = { "write-timeout", IN(DEFAULTS), false,
                                "a time from a second to an hour, such as 30 or 1min", set_write_timeout },
        [KEY_VFIO_GROUP] = { "vfio-group", IN(DEFAULTS), false, "the name of a group, such as kvm", set_vfio_group },
        [KEY_BUS] = { "bus", IN(DEVICE), false, "pci, platform, amba, fsl-mc, cdx, css or ap", set_bus },
        [KEY_ADDRESS] = { "address", IN_DEVICES, false, NULL, set_address },
        [KEY_ID] = { "id", IN_DEVICES, false, NULL, set_id },
        [KEY_PATH] = { "path", IN_DEVICES, false, NULL, set_path },
        [KEY_INTERFACE] = { "interface", IN_DEVICES, false, NULL, set_interface },
        [KEY_MAC] = { "mac", IN_DEVICES, false, NULL, set_mac },
        [KEY_SERIAL] = { "serial", IN_DEVICES, false, NULL, set_serial },
        [KEY_SLOT] = { "slot", IN_DEVICES, false, NULL, set_slot },
        [KEY_PARENT] = { "parent", IN(MDEV), false, NULL, set_parent },
        [KEY_EXPECT] = { "expect", IN_DEVICES, false,
                         "vendor:device or vendor:device:subvendor:subdevice in hex, such as 10de:2487", set_expect },
        [KEY_COUNT] = { "count", IN(DEVICE) | IN(MDEV), false, "a number from 1 (or, for devices, all)", set_count },
        [KEY_FUNCTIONS] = { "functions", IN(DEVICE), false, "all or named", set_functions },
        [KEY_VFS] = { "vfs", IN(SRIOV), false, "a number up to 65535, or max", set_vfs },
        [KEY_VF_DRIVER] = { "vf-driver", IN(SRIOV), false,
                            "vfio-pci, auto, host (the VF's own), none, or the name of a driver",
                            config_set_vf_driver },
        [KEY_VF_MACS] = { "vf-mac", IN(SRIOV), false, "stable, or random (the kernel's)", config_set_vf_macs },
        [KEY_OWN_DRIVER] = { "driver", IN(VF), false,
                             "vfio-pci, auto, host (the VF's own), none, or the name of a driver",
                             config_set_vf_driver },
        [KEY_TYPE] = { "type", IN(MDEV), false, "a type's id or its name, such as i915-GVTg_V5_4", set_type },
        [KEY_UUID] = { "uuid", IN(MDEV), false, "a UUID, such as 4b20d080-1b54-4048-85b3-a6a62d165c01", set_uuid },
        [KEY_ATTR] = { "attr", IN(MDEV), true, "name=value, such as assign_adapter=5", set_attr },
        [KEY_ROM_DUMP] = { "rom-dump", IN(DEVICE), false,
                           "a file's name (below /var/lib/passthru-setup/rom) or an absolute path", set_rom_dump },
        [KEY_VF_QUEUES] = { "vf-queues", IN(SRIOV), false, "a number from 2 to 65535", set_vf_queues },
        [KEY_VF_INTERRUPTS] = { "vf-interrupts", IN(SRIOV), false, "a number from 1 to 65535", set_vf_interrupts },
        [KEY_PARAMETER] = { "", 0, false, NULL, NULL },
};

/* PROPERTY_MAX: it is no property's. */
static enum property property_of(enum config_key key)
{
        return key >= KEY_PROPERTY && key <= KEY_PROPERTY_LAST ? (enum property)(key - KEY_PROPERTY) : PROPERTY_MAX;
}

const char *config_key_name(enum config_key key)
{
        enum property p = property_of(key);

        return p < PROPERTY_MAX ? property_name(p) : config_keys[key].name;
}

unsigned config_key_kinds(enum config_key key)
{
        static const unsigned kinds[SCOPE_MAX] = {
                [SCOPE_DEVICE] = IN(DEVICE),
                [SCOPE_PF] = IN(SRIOV),
                [SCOPE_NETDEV] = IN(SRIOV),
                [SCOPE_VF] = IN(VF),
        };
        enum property p = property_of(key);

        if (p == PROPERTY_MAX)
                return config_keys[key].kinds;
        return properties[p].internal ? 0 : kinds[properties[p].scope];
}

int config_set(struct config *config, struct config_section *section, enum config_key key, const char *value)
{
        enum property p = property_of(key);
        uint64_t number;

        if (p == PROPERTY_MAX)
                return config_keys[key].set(config, section, value);
        /* What is refused is none that others could be compared with. */
        section->values.known &= ~PROPERTY_BIT(p);
        section->values.stable &= ~PROPERTY_BIT(p);
        section->values.counted &= ~PROPERTY_BIT(p);
        if (properties[p].form == FORM_BYTES && streq(value, "stable")) {
                section->values.stable |= PROPERTY_BIT(p);
                return 0;
        }
        if (section->kind == SECTION_VF && property_parse_counted(p, value, &number) == 0)
                section->values.counted |= PROPERTY_BIT(p);
        else if (property_parse(p, value, &number) < 0)
                return -EINVAL;
        if (p != PROPERTY_PF_UP || number) /* else it is left as it is */
                values_set(&section->values, p, number);
        return 0;
}

bool config_key_is_selector(enum config_key key)
{
        return key >= KEY_ADDRESS && key <= KEY_PARENT;
}

enum config_key config_key_find(enum section_kind kind, const char *name)
{
        for (enum config_key key = 0; key < KEY_PARAMETER; key++)
                if ((config_key_kinds(key) & 1U << kind) && streq(config_key_name(key), name))
                        return key;
        return kind == SECTION_MODULE ? KEY_PARAMETER : CONFIG_KEY_MAX;
}
