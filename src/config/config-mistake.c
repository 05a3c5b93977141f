/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is said of values that a key can't have, and of keys that a section can't. */
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/names.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "config/config-keys.h"
#include "config/guard-kind.h"

const char *config_expected(enum config_key key)
{
        static const enum selector_kind kinds[CONFIG_KEY_MAX] = {
                [KEY_ADDRESS] = SELECTOR_ADDRESS,     [KEY_ID] = SELECTOR_ID,         [KEY_PATH] = SELECTOR_PATH,
                [KEY_INTERFACE] = SELECTOR_INTERFACE, [KEY_MAC] = SELECTOR_MAC,       [KEY_SERIAL] = SELECTOR_SERIAL,
                [KEY_SLOT] = SELECTOR_SLOT,           [KEY_PARENT] = SELECTOR_PARENT,
        };

        if (key >= KEY_PROPERTY && key <= KEY_PROPERTY_LAST)
                return properties[key - KEY_PROPERTY].expected;
        return config_key_is_selector(key) ? selector_expected(kinds[key]) : config_keys[key].expected;
}

/* What is wrong with just this value; NULL: it is like none of those that are often tried. */
static const char *known_mistake(enum config_key key, const char *value)
{
        uint8_t mac[6];

        switch (key) {
        case KEY_DRIVER:
        case KEY_OWN_DRIVER:
        case KEY_VF_DRIVER:
                if (strcasecmp(value, "vfio_pci") == 0 || strcasecmp(value, "vfio") == 0)
                        return "the driver's name is vfio-pci, with a dash";
                return NULL;
        case KEY_PROPERTY + PROPERTY_MAC:
                if (mac_parse(value, mac) < 0)
                        return NULL;
                return mac[0] & 1 ? "a multicast address can't be a device's" : "no device has that address";
        default:
                return NULL;
        }
}

/* A sum is one of a value and the letter N, which stands for the VF's number. */
static bool is_bad_sum(enum config_key key, const char *value)
{
        return key >= KEY_PROPERTY && key <= KEY_PROPERTY_LAST && properties[key - KEY_PROPERTY].counts &&
               strchr(value, '+');
}

/* Of a list of guards: the word that is wrong, the nearest right one, or all that there are. */
static void bad_force(const char *value, const struct config_loc *loc, struct diag_list *diags)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };
        const char *names[GUARD_MAX], *word = NULL, *nearest;
        CLEANUP_FREE char *copy = NULL;
        unsigned guards;
        size_t n = 0;
        bool yes;

        if (guard_parse(value, &guards, &word, &n) == GUARD_MISTAKE_TWICE) {
                diag_add(diags, DIAG_ERROR, loc, "force = %s: %.*s is given twice", value, (int) n, word);
                return;
        }
        for (enum guard guard = 0; guard < GUARD_MAX; guard++)
                names[guard] = guard_name(guard);
        copy = xstrndup(word, n);
        nearest = parse_boolean(copy, &yes) < 0 ? names_nearest(copy, names, GUARD_MAX) : NULL;
        if (nearest) {
                diag_add(diags, DIAG_ERROR, loc, "force = %s: unknown guard %s; did you mean %s?", value, copy,
                         nearest);
                return;
        }
        guard_add_names(&text, UINT_MAX, ", ");
        diag_add(diags, DIAG_ERROR, loc, "force = %s: expected a list of guards: %s", value,
                 text.text ? text.text : "");
}

void config_bad_value(enum config_key key, const char *value, const struct config_loc *loc, struct diag_list *diags)
{
        const char *name = config_key_name(key), *expected = config_expected(key),
                   *mistake = known_mistake(key, value);

        if (key == KEY_FORCE)
                bad_force(value, loc, diags);
        else if (mistake)
                diag_add(diags, DIAG_ERROR, loc, "%s = %s: %s", name, value, mistake);
        else if (is_bad_sum(key, value))
                diag_add(diags, DIAG_ERROR, loc,
                         "%s = %s: expected the value for VF 0 and +N, with nothing after the N", name, value);
        else if (strpbrk(value, "\"'"))
                diag_add(diags, DIAG_ERROR, loc, "%s = %s: expected %s, without quotation marks", name, value,
                         expected);
        else if (strchr(value, ',') && key != KEY_PROPERTY + PROPERTY_RESET_METHOD)
                diag_add(diags, DIAG_ERROR, loc, "%s = %s: one value only; expected %s", name, value, expected);
        else
                diag_add(diags, DIAG_ERROR, loc, "%s = %s: expected %s", name, value, expected);
}

/* What keys are called elsewhere: sysfs, modprobe.d, ip(8), systemd.link(5), netplan, driverctl, libvirt, Proxmox VE.
 * Of several with one word the first that the section has. */
static const struct {
        const char *word, *key;
} synonyms[] = {
        { "bdf", "address" },
        { "pci", "address" },
        { "pci-address", "address" },
        { "pciaddress", "address" },
        { "pci-slot", "address" },
        { "host", "address" },
        { "hostdev", "address" },
        { "device", "address" },
        { "dev", "address" },
        { "addr", "address" },
        { "source", "address" },
        { "vid", "id" },
        { "pid", "id" },
        { "vendor", "id" },
        { "vendor-id", "id" },
        { "device-id", "id" },
        { "ids", "id" },
        { "pci-id", "id" },
        { "match", "id" },
        { "ifname", "interface" },
        { "iface", "interface" },
        { "netdev", "interface" },
        { "nic", "interface" },
        { "pf", "interface" },
        { "macaddress", "mac" },
        { "macaddr", "mac" },
        { "mac-address", "mac" },
        { "hwaddr", "mac" },
        { "hwaddress", "mac" },
        { "lladdr", "mac" },
        { "sn", "serial" },
        { "serial-number", "serial" },
        { "check", "expect" },
        { "driver-override", "driver" },
        { "driver-override", "vf-driver" },
        { "module", "driver" },
        { "module", "vf-driver" },
        { "multifunction", "functions" },
        { "all-functions", "functions" },
        { "grp", "group" },
        { "iommu-group", "group" },
        { "override", "force" },
        { "sriov-numvfs", "vfs" },
        { "numvfs", "vfs" },
        { "num-vfs", "vfs" },
        { "max-vfs", "vfs" },
        { "sriov-totalvfs", "vfs" },
        { "total-vfs", "vfs" },
        { "virtual-function-count", "vfs" },
        { "vf-count", "vfs" },
        { "vlan-id", "vlan" },
        { "vlanid", "vlan" },
        { "tag", "vlan" },
        { "quality-of-service", "qos" },
        { "vlan-qos", "qos" },
        { "proto", "vlan-protocol" },
        { "vlan-proto", "vlan-protocol" },
        { "spoof-check", "spoofchk" },
        { "spoofcheck", "spoofchk" },
        { "mac-spoof-check", "spoofchk" },
        { "state", "link-state" },
        { "link", "link-state" },
        { "rate", "max-tx-rate" },
        { "max-rate", "max-tx-rate" },
        { "min-rate", "min-tx-rate" },
        { "query-receive-side-scaling", "query-rss" },
        { "sriov-vf-msix-count", "msix-count" },
        { "msix", "msix-count" },
        { "eswitch-mode", "eswitch" },
        { "mode", "eswitch" },
        { "switchdev", "eswitch" },
        { "embedded-switch-mode", "eswitch" },
        { "mdev-type", "type" },
        { "profile", "type" },
        { "current-vgpu-type", "type" },
        { "attrs", "attr" },
        { "assign-adapter", "attr" },
        { "assign-domain", "attr" },
        { "instances", "count" },
        { "reset", "reset-method" },
        { "d3cold-allowed", "d3cold" },
        { "power", "power-control" },
        { "romfile", "rom-dump" },
        { "rom", "rom-dump" },
        { "optional", "required" },
        { "disabled", "enabled" },
        { "enable", "enabled" },
        { "autostart", "enabled" },
        { "start", "enabled" },
        { "timeout", "settle-timeout" },
};

/* The key that a word stands for in sections of that kind, or in others; CONFIG_KEY_MAX: none. */
static enum config_key meant_by(enum section_kind kind, const char *word, bool elsewhere)
{
        for (size_t i = 0; i < ARRAY_SIZE(synonyms); i++) {
                if (!names_same(synonyms[i].word, word))
                        continue;
                for (enum config_key key = 0; key < KEY_PARAMETER; key++)
                        if (config_key_kinds(key) && streq(config_key_name(key), synonyms[i].key) &&
                            (elsewhere || config_key_kinds(key) & 1U << kind))
                                return key;
        }
        return CONFIG_KEY_MAX;
}

static enum section_kind home_of(enum config_key key)
{
        enum section_kind home = 0;

        while (!(config_key_kinds(key) & 1U << home))
                home++;
        return home;
}

void config_unknown_key(const struct config_section *section, const char *name, const struct config_loc *loc,
                        struct diag_list *diags)
{
        const char *names[CONFIG_KEY_MAX] = { NULL }, *nearest;
        const char *kind = section_kind_name(section->kind);
        enum config_key meant;
        size_t n = 0;

        if (strpbrk(name, " \t")) {
                diag_add(diags, DIAG_ERROR, loc, "%s: expected key = value; is a = missing?", name);
                return;
        }
        if (section->kind == SECTION_DEVICE && after_prefix(name, "bar-size")) {
                diag_add(diags, DIAG_ERROR, loc, "%s: unknown key in [%s]; expected bar-size.N, with N from 0 to 5",
                         name, kind);
                return;
        }
        meant = meant_by(section->kind, name, false);
        if (meant != CONFIG_KEY_MAX) {
                diag_add(diags, DIAG_ERROR, loc, "%s: unknown key in [%s]; use %s (%s)", name, kind,
                         config_key_name(meant), config_expected(meant));
                return;
        }
        for (enum config_key key = 0; key < KEY_PARAMETER; key++)
                if (config_key_kinds(key) & 1U << section->kind)
                        names[n++] = config_key_name(key);
        nearest = names_nearest(name, names, n);
        /* "driver" in [sriov] means vf-driver; "uuid" in [device] does not mean id. */
        for (enum config_key key = 0; key < KEY_PARAMETER && !(nearest && strstr(nearest, name)); key++) {
                if (!config_key_kinds(key) || !streq(config_key_name(key), name))
                        continue;
                diag_add(diags, DIAG_ERROR, loc, "%s: not a key of [%s], but of [%s]", name, kind,
                         section_kind_name(home_of(key)));
                return;
        }
        meant = nearest ? CONFIG_KEY_MAX : meant_by(section->kind, name, true);
        if (nearest)
                diag_add(diags, DIAG_ERROR, loc, "%s: unknown key in [%s]; did you mean %s?", name, kind, nearest);
        else if (meant != CONFIG_KEY_MAX)
                diag_add(diags, DIAG_ERROR, loc, "%s: unknown key in [%s]; use %s in [%s]", name, kind,
                         config_key_name(meant), section_kind_name(home_of(meant)));
        else
                diag_add(diags, DIAG_ERROR, loc, "%s: unknown key in [%s]", name, kind);
}
