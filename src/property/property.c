/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of properties, and values: parsing, comparing and writing them. */
#include "property/property.h"

#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "property/bar-size.h"
#include "property/eswitch.h"

#define MAC_SIZE 6  /* bytes */
#define LIST_BITS 4 /* of a word in a list */

#define ETHERTYPE_8021Q 0x8100
#define ETHERTYPE_8021AD 0x88a8

static const struct property_word protocols[] = { { "802.1q", ETHERTYPE_8021Q },
                                                  { "802.1ad", ETHERTYPE_8021AD },
                                                  { NULL, 0 } };
static const struct property_word link_states[] = { { "auto", 0 }, { "enable", 1 }, { "disable", 2 }, { NULL, 0 } };

/* pci_reset_fn_methods[] in the kernel's drivers/pci/pci.c */
static const struct property_word reset_methods[] = { { "device_specific", 1 }, { "acpi", 2 }, { "flr", 3 },
                                                      { "af_flr", 4 },          { "pm", 5 },   { "bus", 6 },
                                                      { "cxl_bus", 7 },         { NULL, 0 } };
static const struct property_word eswitch_modes[] = { { "legacy", ESWITCH_LEGACY },
                                                      { "switchdev", ESWITCH_SWITCHDEV },
                                                      { NULL, 0 } };
static const struct property_word pf_drivers[] = { { "pci-pf-stub", 1 }, { "vfio-pci", 2 }, { NULL, 0 } };
static const struct property_word power_controls[] = { { "on", 1 }, { "auto", 2 }, { NULL, 0 } };

#define VLAN_GROUP (PROPERTY_BIT(PROPERTY_VLAN) | PROPERTY_BIT(PROPERTY_QOS) | PROPERTY_BIT(PROPERTY_VLAN_PROTOCOL))
#define RATE_GROUP (PROPERTY_BIT(PROPERTY_MIN_TX_RATE) | PROPERTY_BIT(PROPERTY_MAX_TX_RATE))

/* A member of one of the structs of linux/if_link.h. */
#define FIELD(type, of, member)                                                                                       \
        .transport = TRANSPORT_VF,                                                                                    \
        .vf = { type, sizeof(struct of), offsetof(struct of, member), sizeof(((struct of *) NULL)->member), false }

#define GUID(key, type)                                                                                               \
        {                                                                                                             \
                .name = key, .scope = SCOPE_VF, .form = FORM_BYTES, .link = LINK_INFINIBAND, .at_bind = true,         \
                .guarded = true, .expected = "a GUID with colons, such as 02:11:22:33:44:55:66:77, or stable",        \
                FIELD(type, ifla_vf_guid, guid)                                                                       \
        }

#define BAR_SIZE(key, file)                                                                                           \
        {                                                                                                             \
                .name = key, .form = FORM_SIZE, .expected = "a power of 2 from 1M on, such as 256M or 16G",           \
                .transport = TRANSPORT_BAR, .attribute = file, .when = WHEN_UNBOUND                                   \
        }

const struct property_row properties[PROPERTY_MAX] = {
        [PROPERTY_MAC] = {
                .name = "mac",
                .scope = SCOPE_VF,
                .form = FORM_BYTES,
                .expected = "a MAC address with colons, such as 52:54:00:12:34:56",
                .link = LINK_ETHERNET,
                .counts = true,
                .guarded = true,
                .at_bind = true,
                .transport = TRANSPORT_VF,
                .vf = { IFLA_VF_MAC, sizeof(struct ifla_vf_mac), offsetof(struct ifla_vf_mac, mac), MAC_SIZE, false },
        },
        [PROPERTY_VLAN] = {
                .name = "vlan",
                .scope = SCOPE_VF,
                .max = 4094,
                .zero = "none",
                .expected = "a VLAN from 1 to 4094, or none",
                .counts = true,
                .group = VLAN_GROUP,
                FIELD(IFLA_VF_VLAN_LIST, ifla_vf_vlan_info, vlan),
        },
        [PROPERTY_QOS] = {
                .name = "qos",
                .scope = SCOPE_VF,
                .max = 7,
                .expected = "a priority from 0 to 7",
                .group = VLAN_GROUP,
                FIELD(IFLA_VF_VLAN_LIST, ifla_vf_vlan_info, qos),
        },
        [PROPERTY_VLAN_PROTOCOL] = {
                .name = "vlan-protocol",
                .scope = SCOPE_VF,
                .form = FORM_WORD,
                .words = protocols,
                .expected = "802.1q or 802.1ad",
                .group = VLAN_GROUP,
                .transport = TRANSPORT_VF,
                .vf = { IFLA_VF_VLAN_LIST, sizeof(struct ifla_vf_vlan_info), offsetof(struct ifla_vf_vlan_info, vlan_proto),
                        sizeof(uint16_t), true },
        },
        [PROPERTY_SPOOFCHK] = {
                .name = "spoofchk",
                .scope = SCOPE_VF,
                .form = FORM_SWITCH,
                .expected = "yes or no",
                FIELD(IFLA_VF_SPOOFCHK, ifla_vf_spoofchk, setting),
        },
        [PROPERTY_TRUST] = {
                .name = "trust",
                .scope = SCOPE_VF,
                .form = FORM_SWITCH,
                .expected = "yes or no",
                FIELD(IFLA_VF_TRUST, ifla_vf_trust, setting),
        },
        [PROPERTY_LINK_STATE] = {
                .name = "link-state",
                .scope = SCOPE_VF,
                .form = FORM_WORD,
                .words = link_states,
                .expected = "auto, enable or disable",
                FIELD(IFLA_VF_LINK_STATE, ifla_vf_link_state, link_state),
        },
        [PROPERTY_MIN_TX_RATE] = {
                .name = "min-tx-rate",
                .scope = SCOPE_VF,
                .max = UINT32_MAX,
                .zero = "none",
                .expected = "a number of Mbit/s, or none",
                .group = RATE_GROUP,
                FIELD(IFLA_VF_RATE, ifla_vf_rate, min_tx_rate),
        },
        [PROPERTY_MAX_TX_RATE] = {
                .name = "max-tx-rate",
                .scope = SCOPE_VF,
                .max = UINT32_MAX,
                .zero = "none",
                .expected = "a number of Mbit/s, or none",
                .group = RATE_GROUP,
                FIELD(IFLA_VF_RATE, ifla_vf_rate, max_tx_rate),
        },
        [PROPERTY_QUERY_RSS] = {
                .name = "query-rss",
                .scope = SCOPE_VF,
                .form = FORM_SWITCH,
                .expected = "yes or no",
                FIELD(IFLA_VF_RSS_QUERY_EN, ifla_vf_rss_query_en, setting),
        },
        [PROPERTY_NODE_GUID] = GUID("node-guid", IFLA_VF_IB_NODE_GUID),
        [PROPERTY_PORT_GUID] = GUID("port-guid", IFLA_VF_IB_PORT_GUID),
        [PROPERTY_MSIX_COUNT] = {
                .name = "msix-count",
                .scope = SCOPE_VF,
                .min = 1,
                .max = 2048,
                .expected = "a number of interrupt vectors from 1 to 2048",
                .transport = TRANSPORT_MSIX,
                .attribute = "sriov_vf_msix_count",
                .when = WHEN_UNBOUND,
                .guarded = true,
                .at_bind = true,
        },
        [PROPERTY_MTU] = {
                .name = "mtu",
                .scope = SCOPE_NETDEV,
                .min = 68, /* the kernel's bounds for IPv4; the driver has its own */
                .max = 65535,
                .expected = "a number from 68 to 65535",
                .transport = TRANSPORT_NETDEV,
                .attribute = "mtu",
        },
        [PROPERTY_PF_UP] = {
                .name = "pf-up",
                .scope = SCOPE_NETDEV,
                .form = FORM_SWITCH,
                .expected = "yes or no",
                .transport = TRANSPORT_NETDEV,
                .attribute = "flags",
                .flag = 1, /* IFF_UP */
        },
        [PROPERTY_ESWITCH] = {
                .name = "eswitch",
                .scope = SCOPE_PF,
                .form = FORM_WORD,
                .words = eswitch_modes,
                .expected = "legacy or switchdev",
                .transport = TRANSPORT_DEVLINK,
        },
        [PROPERTY_PF_DRIVER] = {
                .name = "pf-driver",
                .scope = SCOPE_PF,
                .form = FORM_WORD,
                .words = pf_drivers,
                .expected = "pci-pf-stub or vfio-pci",
                .transport = TRANSPORT_DRIVER,
        },
        [PROPERTY_AUTOPROBE] = {
                .name = "autoprobe",
                .scope = SCOPE_PF,
                .form = FORM_SWITCH,
                .expected = "yes or no",
                .transport = TRANSPORT_SYSFS,
                .attribute = "sriov_drivers_autoprobe",
                .internal = true,
        },
        [PROPERTY_RESET_METHOD] = {
                .name = "reset-method",
                .form = FORM_LIST,
                .words = reset_methods,
                .expected = "default, or methods in the order in which they are tried, such as flr bus (device_specific, acpi, flr, "
                            "af_flr, pm, bus, cxl_bus)",
                .transport = TRANSPORT_SYSFS,
                .attribute = "reset_method",
                .when = WHEN_BEFORE_UNBIND,
                .lacks = "has no reset_method: it supports no reset, or the kernel is older than Linux 5.15",
        },
        [PROPERTY_D3COLD] = {
                .name = "d3cold",
                .form = FORM_SWITCH,
                .expected = "yes or no",
                .transport = TRANSPORT_SYSFS,
                .attribute = "d3cold_allowed",
                .when = WHEN_BEFORE_UNBIND,
                .lacks = "has no d3cold_allowed: the kernel has no ACPI for it",
        },
        [PROPERTY_POWER_CONTROL] = {
                .name = "power-control",
                .form = FORM_WORD,
                .words = power_controls,
                .expected = "on or auto",
                .transport = TRANSPORT_SYSFS,
                .attribute = "power/control",
                .when = WHEN_BOUND,
                .lacks = "has no power/control: the kernel has no power management",
        },
        [PROPERTY_BAR_SIZE_0] = BAR_SIZE("bar-size.0", "resource0_resize"),
        [PROPERTY_BAR_SIZE_1] = BAR_SIZE("bar-size.1", "resource1_resize"),
        [PROPERTY_BAR_SIZE_2] = BAR_SIZE("bar-size.2", "resource2_resize"),
        [PROPERTY_BAR_SIZE_3] = BAR_SIZE("bar-size.3", "resource3_resize"),
        [PROPERTY_BAR_SIZE_4] = BAR_SIZE("bar-size.4", "resource4_resize"),
        [PROPERTY_BAR_SIZE_5] = BAR_SIZE("bar-size.5", "resource5_resize"),
};

const char *property_name(enum property property)
{
        return properties[property].name;
}

/* Whether a user may want it. An address that a device can have is neither a group's nor zeros. */
static bool is_valid(const struct property_row *row, uint64_t value)
{
        switch (row->form) {
        case FORM_BYTES:
                return value != 0 && (row->vf.size != MAC_SIZE || !(value >> 40 & 1));
        case FORM_NUMBER:
                return value >= row->min && value <= row->max;
        case FORM_LIST:
                for (uint64_t rest = value; rest && value != LIST_DEFAULT; rest >>= LIST_BITS)
                        if ((rest & LIST_OTHER) == LIST_OTHER)
                                return false;
                return value != 0;
        default:
                return true;
        }
}

static const struct property_word *find_word(const struct property_row *row, uint64_t value)
{
        for (const struct property_word *w = row->words; w->text; w++)
                if (w->value == value)
                        return w;
        return NULL;
}

static int parse_word(const struct property_row *row, const char *text, uint64_t *ret)
{
        for (const struct property_word *w = row->words; w->text; w++)
                if (strcasecmp(w->text, text) == 0) {
                        *ret = w->value;
                        return 0;
                }
        return -EINVAL;
}

/* "flr bus"; a kernel may have a word that the table does not have yet. */
static int parse_list(const struct property_row *row, const char *text, uint64_t *ret)
{
        uint64_t list = 0, word;
        unsigned n = 0;

        if (streq(text, "default")) {
                *ret = LIST_DEFAULT;
                return 0;
        }
        for (size_t len; *(text += strspn(text, " \t")); text += len, n++) {
                len = strcspn(text, " \t");
                if (n >= 64 / LIST_BITS - 1)
                        return -EINVAL;
                word = LIST_OTHER;
                for (const struct property_word *w = row->words; w->text; w++)
                        if (strlen(w->text) == len && strncmp(w->text, text, len) == 0)
                                word = w->value;
                list |= word << n * LIST_BITS;
        }
        *ret = list;
        return 0;
}

static void format_list(const struct property_row *row, uint64_t value, char buf[static PROPERTY_TEXT_MAX])
{
        size_t n = 0;

        if (value == 0 || value == LIST_DEFAULT)
                (void) snprintf(buf, PROPERTY_TEXT_MAX, "%s", value == 0 ? "none" : "default");
        for (; value && value != LIST_DEFAULT; value >>= LIST_BITS) {
                const struct property_word *w = find_word(row, value & LIST_OTHER);

                n += (size_t) snprintf(buf + n, PROPERTY_TEXT_MAX - n, "%s%s", n > 0 ? " " : "",
                                       w ? w->text : "other");
        }
}

/* Two digits for each byte, colons between them. */
static int parse_bytes(const char *text, unsigned n, uint64_t *ret)
{
        uint64_t value = 0, byte;

        if (strlen(text) != (size_t) n * 3 - 1)
                return -EINVAL;
        for (unsigned i = 0; i < n; i++, text += 3) {
                const char digits[3] = { text[0], text[1], '\0' };

                if (parse_unsigned(digits, 16, 0xff, &byte) < 0 || text[2] != (i + 1 < n ? ':' : '\0'))
                        return -EINVAL;
                value = value << 8 | byte;
        }
        *ret = value;
        return 0;
}

static int parse_value(const struct property_row *row, const char *text, uint64_t *ret)
{
        bool on;

        switch (row->form) {
        case FORM_BYTES:
                return parse_bytes(text, row->vf.size, ret);
        case FORM_SWITCH:
                if (parse_boolean(text, &on) < 0)
                        return -EINVAL;
                *ret = on;
                return 0;
        case FORM_WORD:
                return parse_word(row, text, ret);
        case FORM_LIST:
                return parse_list(row, streq(text, "none") ? "" : text, ret);
        case FORM_SIZE:
                return bar_size_parse(text, ret);
        case FORM_NUMBER:
                break;
        }
        if (streq_ptr(row->zero, text)) {
                *ret = 0;
                return 0;
        }
        return parse_unsigned(text, 10, UINT32_MAX, ret) < 0 ? -EINVAL : 0;
}

int property_parse(enum property property, const char *text, uint64_t *ret)
{
        uint64_t value;

        if (parse_value(&properties[property], text, &value) < 0 || !is_valid(&properties[property], value))
                return -EINVAL;
        *ret = value;
        return 0;
}

#define COUNTED "+N"

int property_parse_counted(enum property property, const char *text, uint64_t *ret)
{
        CLEANUP_FREE char *first = xstrdup(text);
        char *plus = strchr(first, COUNTED[0]);
        uint64_t value;

        if (!properties[property].counts || !plus || !streq(strip(plus + 1), &COUNTED[1]))
                return -EINVAL;
        *plus = '\0';
        if (property_parse(property, strip(first), &value) < 0 || value == 0)
                return -EINVAL;
        *ret = value;
        return 0;
}

bool property_is_valid(enum property property, uint64_t value)
{
        return is_valid(&properties[property], value);
}

static void format_bytes(unsigned n, uint64_t value, char *buf)
{
        for (unsigned i = n; i-- > 0; buf += 3)
                (void) snprintf(buf, 4, "%02x%s", (unsigned) (value >> 8 * i & 0xff), i > 0 ? ":" : "");
}

const char *property_value(enum property property, uint64_t value, char buf[static PROPERTY_TEXT_MAX])
{
        const struct property_row *row = &properties[property];
        const struct property_word *word = row->form == FORM_WORD ? find_word(row, value) : NULL;

        if (row->form == FORM_BYTES)
                format_bytes(row->vf.size, value, buf);
        else if (row->form == FORM_LIST)
                format_list(row, value, buf);
        else if (row->form == FORM_SIZE)
                return bar_size_format(value, buf);
        else if (row->form == FORM_SWITCH)
                return value ? "yes" : "no";
        else if (word || (value == 0 && row->zero))
                return word ? word->text : row->zero;
        else
                (void) snprintf(buf, PROPERTY_TEXT_MAX, "%llu", (unsigned long long) value);
        return buf;
}

void property_format(enum property property, uint64_t value, struct strbuf *b)
{
        strbuf_add(b, property_value(property, value, (char[PROPERTY_TEXT_MAX]){ 0 }));
}

int property_text_parse(enum property property, const char *text, uint64_t *ret)
{
        if (properties[property].form == FORM_SWITCH)
                return parse_unsigned(text, 10, 1, ret) < 0 ? -EINVAL : 0;
        return parse_value(&properties[property], text, ret);
}

const char *property_text_format(enum property property, uint64_t value, char buf[static PROPERTY_TEXT_MAX])
{
        const struct property_row *row = &properties[property];

        if (row->form == FORM_SWITCH)
                return value ? "1" : "0";
        return row->form == FORM_LIST && value == 0 ? "" : property_value(property, value, buf);
}

const char *vf_count_format(unsigned n, char buf[static VF_COUNT_TEXT_MAX])
{
        if (n <= 1)
                return n == 0 ? "no VFs" : "1 VF, number 0";
        (void) snprintf(buf, VF_COUNT_TEXT_MAX, "%u VFs, 0 to %u", n, n - 1);
        return buf;
}

uint64_t property_group(enum property property)
{
        return properties[property].group ? properties[property].group : PROPERTY_BIT(property);
}

bool property_leads_group(enum property property)
{
        return (property_group(property) & (PROPERTY_BIT(property) - 1)) == 0;
}

uint64_t property_scope_mask(enum property_scope scope)
{
        uint64_t mask = 0;

        for (enum property p = 0; p < PROPERTY_MAX; p++)
                if (properties[p].scope == scope)
                        mask |= PROPERTY_BIT(p);
        return mask;
}

void values_set(struct values *values, enum property property, uint64_t value)
{
        values->known |= PROPERTY_BIT(property);
        values->value[property] = value;
}

uint64_t values_difference(const struct values *wanted, const struct values *have)
{
        uint64_t mask = 0;

        for (enum property p = 0; p < PROPERTY_MAX; p++)
                if ((wanted->known & PROPERTY_BIT(p)) &&
                    (!(have->known & PROPERTY_BIT(p)) || have->value[p] != wanted->value[p]))
                        mask |= PROPERTY_BIT(p);
        return mask;
}

void values_keep(struct values *to, const struct values *from, uint64_t mask)
{
        mask &= from->known & ~to->known;
        for (enum property p = 0; p < PROPERTY_MAX; p++)
                if (mask & PROPERTY_BIT(p))
                        to->value[p] = from->value[p];
        to->known |= mask;
}

void values_inherit(struct values *to, const struct values *from)
{
        uint64_t mask = values_wanted(from) & ~values_wanted(to);

        values_keep(to, from, mask);
        to->stable |= from->stable & mask;
        to->counted |= from->counted & mask;
}

void values_count(struct values *values, unsigned vf)
{
        for (enum property p = 0; p < PROPERTY_MAX; p++)
                if (values->counted & values->known & PROPERTY_BIT(p))
                        values->value[p] += vf;
        values->counted = 0;
}

void property_names_format(uint64_t mask, struct strbuf *b)
{
        size_t n = 0;

        for (enum property p = 0; p < PROPERTY_MAX; p++)
                if (mask & PROPERTY_BIT(p))
                        strbuf_addf(b, "%s%s", n++ > 0 ? ", " : "", properties[p].name);
}

void values_format(const struct values *values, uint64_t mask, struct strbuf *b)
{
        size_t n = 0;

        for (enum property p = 0; p < PROPERTY_MAX; p++) {
                if (!(mask & PROPERTY_BIT(p)))
                        continue;
                strbuf_add(b, n++ > 0 ? ", " : "");
                if (values->known & PROPERTY_BIT(p)) {
                        property_format(p, values->value[p], b);
                        strbuf_add(b, values->counted & PROPERTY_BIT(p) ? COUNTED : "");
                } else
                        strbuf_add(b, values->stable & PROPERTY_BIT(p) ? "stable" : "unknown");
        }
}

void values_words_format(const struct values *values, uint64_t mask, struct strbuf *b)
{
        size_t n = 0;

        for (enum property p = 0; p < PROPERTY_MAX; p++) {
                if (!(mask & PROPERTY_BIT(p)))
                        continue;
                strbuf_addf(b, "%s%s ", n++ > 0 ? ", " : "", properties[p].name);
                values_format(values, PROPERTY_BIT(p), b);
        }
}

void values_text_format(const struct values *values, struct strbuf *b)
{
        size_t n = 0;

        for (enum property p = 0; p < PROPERTY_MAX; p++) {
                if (!((values->known | values->lacking) & PROPERTY_BIT(p)))
                        continue;
                strbuf_addf(b, "%s%s=", n++ > 0 ? " " : "", properties[p].name);
                if (values->lacking & PROPERTY_BIT(p))
                        strbuf_add(b, "-");
                else
                        property_format(p, values->value[p], b);
        }
}

int value_text_parse(const char *text, struct values *values)
{
        const char *value = strchr(text, '=');
        size_t len = value ? (size_t) (value - text) : 0;

        if (!value)
                return -EINVAL;
        value++;
        for (enum property p = 0; p < PROPERTY_MAX; p++) {
                if (strlen(properties[p].name) != len || strncmp(properties[p].name, text, len) != 0)
                        continue;
                if (streq(value, "-")) {
                        values->lacking |= PROPERTY_BIT(p);
                        return 0;
                }
                values->known |= PROPERTY_BIT(p);
                return parse_value(&properties[p], value,
                                   &values->value[p]); /* what is there may be what nobody would ask for */
        }
        return -EINVAL;
}

int values_text_parse(const char *text, struct values *ret)
{
        struct values values = { 0 };

        for (size_t len; *(text += strspn(text, " \t")); text += len) {
                char word[64];

                len = strcspn(text, " \t");
                if (len >= sizeof(word))
                        return -EINVAL;
                memcpy(word, text, len);
                word[len] = '\0';
                if (value_text_parse(word, &values) < 0)
                        return -EINVAL;
        }
        *ret = values;
        return 0;
}
