/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The properties of a VF: names, values, comparing and writing them. */
#include "property/vf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/macro.h"
#include "base/strutil.h"

enum form { FORM_MAC, FORM_NUMBER, FORM_SWITCH, FORM_WORD };

struct word {
        const char *text;
        uint64_t value;
};

#define ETHERTYPE_8021Q 0x8100
#define ETHERTYPE_8021AD 0x88a8

static const struct word protocols[] = { { "802.1q", ETHERTYPE_8021Q }, { "802.1ad", ETHERTYPE_8021AD }, { NULL, 0 } };
static const struct word link_states[] = { { "auto", 0 }, { "enable", 1 }, { "disable", 2 }, { NULL, 0 } };

static const struct {
        const char *name;
        enum form form;
        unsigned group;
        uint64_t min, max;
        const char *zero; /* what 0 is called */
        const struct word *words;
        const char *expected;
} properties[VF_PROPERTY_MAX] = {
#define VLAN (VF_BIT(VF_VLAN) | VF_BIT(VF_QOS) | VF_BIT(VF_VLAN_PROTOCOL))
#define RATES (VF_BIT(VF_MIN_TX_RATE) | VF_BIT(VF_MAX_TX_RATE))
        [VF_MAC] = { "mac", FORM_MAC, VF_BIT(VF_MAC), 0, 0, NULL, NULL, "a MAC address with colons, such as 52:54:00:12:34:56" },
        [VF_VLAN] = { "vlan", FORM_NUMBER, VLAN, 0, 4094, "none", NULL, "a VLAN from 1 to 4094, or none" },
        [VF_QOS] = { "qos", FORM_NUMBER, VLAN, 0, 7, NULL, NULL, "a priority from 0 to 7" },
        [VF_VLAN_PROTOCOL] = { "vlan-protocol", FORM_WORD, VLAN, 0, 0, NULL, protocols, "802.1q or 802.1ad" },
        [VF_SPOOFCHK] = { "spoofchk", FORM_SWITCH, VF_BIT(VF_SPOOFCHK), 0, 0, NULL, NULL, "yes or no" },
        [VF_TRUST] = { "trust", FORM_SWITCH, VF_BIT(VF_TRUST), 0, 0, NULL, NULL, "yes or no" },
        [VF_LINK_STATE] = { "link-state", FORM_WORD, VF_BIT(VF_LINK_STATE), 0, 0, NULL, link_states, "auto, enable or disable" },
        [VF_MIN_TX_RATE] = { "min-tx-rate", FORM_NUMBER, RATES, 0, UINT32_MAX, "none", NULL, "a number of Mbit/s, or none" },
        [VF_MAX_TX_RATE] = { "max-tx-rate", FORM_NUMBER, RATES, 0, UINT32_MAX, "none", NULL, "a number of Mbit/s, or none" },
        [VF_QUERY_RSS] = { "query-rss", FORM_SWITCH, VF_BIT(VF_QUERY_RSS), 0, 0, NULL, NULL, "yes or no" },
        [VF_MSIX_COUNT] = { "msix-count", FORM_NUMBER, VF_BIT(VF_MSIX_COUNT), 1, 2048, NULL, NULL,
                            "a number of interrupt vectors from 1 to 2048" },
};

const char *vf_property_name(enum vf_property property)
{
        return properties[property].name;
}

const char *vf_property_expected(enum vf_property property)
{
        return properties[property].expected;
}

uint64_t vf_mac_number(const uint8_t mac[static 6])
{
        uint64_t n = 0;

        for (size_t i = 0; i < 6; i++)
                n = n << 8 | mac[i];
        return n;
}

/* Whether a user may want it. A MAC that a device can have is neither a group's nor zeros. */
static bool is_valid(enum vf_property property, uint64_t value)
{
        switch (properties[property].form) {
        case FORM_MAC:
                return value != 0 && !(value >> 40 & 1);
        case FORM_NUMBER:
                return value >= properties[property].min && value <= properties[property].max;
        default:
                return true;
        }
}

static int parse_value(enum vf_property property, const char *text, uint64_t *ret)
{
        uint8_t mac[6];
        bool on;

        switch (properties[property].form) {
        case FORM_MAC:
                if (mac_parse(text, mac) < 0)
                        return -EINVAL;
                *ret = vf_mac_number(mac);
                return 0;
        case FORM_SWITCH:
                if (parse_boolean(text, &on) < 0)
                        return -EINVAL;
                *ret = on;
                return 0;
        case FORM_WORD:
                for (const struct word *w = properties[property].words; w->text; w++)
                        if (strcasecmp(w->text, text) == 0) {
                                *ret = w->value;
                                return 0;
                        }
                return -EINVAL;
        case FORM_NUMBER:
                break;
        }
        if (streq_ptr(properties[property].zero, text)) {
                *ret = 0;
                return 0;
        }
        return parse_unsigned(text, 10, UINT32_MAX, ret) < 0 ? -EINVAL : 0;
}

int vf_property_parse(enum vf_property property, const char *text, uint64_t *ret)
{
        uint64_t value;

        if (parse_value(property, text, &value) < 0 || !is_valid(property, value))
                return -EINVAL;
        *ret = value;
        return 0;
}

static void add_value(struct strbuf *b, enum vf_property property, uint64_t value)
{
        switch (properties[property].form) {
        case FORM_MAC:
                for (unsigned i = 0; i < 6; i++)
                        strbuf_addf(b, "%s%02x", i > 0 ? ":" : "", (unsigned) (value >> (40 - 8 * i) & 0xff));
                return;
        case FORM_SWITCH:
                strbuf_add(b, value ? "yes" : "no");
                return;
        case FORM_WORD:
                for (const struct word *w = properties[property].words; w->text; w++)
                        if (w->value == value) {
                                strbuf_add(b, w->text);
                                return;
                        }
                break;
        case FORM_NUMBER:
                if (value == 0 && properties[property].zero) {
                        strbuf_add(b, properties[property].zero);
                        return;
                }
                break;
        }
        strbuf_addf(b, "%llu", (unsigned long long) value);
}

const char *vf_count_format(unsigned n, char buf[static VF_COUNT_TEXT_MAX])
{
        if (n <= 1)
                return n == 0 ? "no VFs" : "1 VF, number 0";
        (void) snprintf(buf, VF_COUNT_TEXT_MAX, "%u VFs, 0 to %u", n, n - 1);
        return buf;
}

unsigned vf_group(enum vf_property property)
{
        return properties[property].group;
}

bool vf_leads_group(enum vf_property property)
{
        return (properties[property].group & (VF_BIT(property) - 1)) == 0;
}

unsigned vf_difference(const struct vf_values *wanted, const struct vf_values *have)
{
        unsigned mask = 0;

        for (enum vf_property p = 0; p < VF_PROPERTY_MAX; p++)
                if ((wanted->known & VF_BIT(p)) && (!(have->known & VF_BIT(p)) || have->value[p] != wanted->value[p]))
                        mask |= VF_BIT(p);
        return mask;
}

void vf_values_keep(struct vf_values *to, const struct vf_values *from, unsigned mask)
{
        mask &= from->known & ~to->known;
        for (enum vf_property p = 0; p < VF_PROPERTY_MAX; p++)
                if (mask & VF_BIT(p))
                        to->value[p] = from->value[p];
        to->known |= mask;
}

void vf_names_format(unsigned mask, struct strbuf *b)
{
        size_t n = 0;

        for (enum vf_property p = 0; p < VF_PROPERTY_MAX; p++)
                if (mask & VF_BIT(p))
                        strbuf_addf(b, "%s%s", n++ > 0 ? ", " : "", properties[p].name);
}

void vf_values_format(const struct vf_values *values, unsigned mask, struct strbuf *b)
{
        size_t n = 0;

        for (enum vf_property p = 0; p < VF_PROPERTY_MAX; p++) {
                if (!(mask & VF_BIT(p)))
                        continue;
                strbuf_add(b, n++ > 0 ? ", " : "");
                if (values->known & VF_BIT(p))
                        add_value(b, p, values->value[p]);
                else
                        strbuf_add(b, "unknown");
        }
}

void vf_words_format(const struct vf_values *values, unsigned mask, struct strbuf *b)
{
        size_t n = 0;

        for (enum vf_property p = 0; p < VF_PROPERTY_MAX; p++) {
                if (!(mask & VF_BIT(p)))
                        continue;
                strbuf_addf(b, "%s%s ", n++ > 0 ? ", " : "", properties[p].name);
                vf_values_format(values, VF_BIT(p), b);
        }
}

void vf_text_format(const struct vf_values *values, struct strbuf *b)
{
        size_t n = 0;

        for (enum vf_property p = 0; p < VF_PROPERTY_MAX; p++) {
                if (!((values->known | values->lacking) & VF_BIT(p)))
                        continue;
                strbuf_addf(b, "%s%s=", n++ > 0 ? " " : "", properties[p].name);
                if (values->lacking & VF_BIT(p))
                        strbuf_add(b, "-");
                else
                        add_value(b, p, values->value[p]);
        }
}

static int parse_word(const char *word, size_t len, struct vf_values *values)
{
        char text[64];
        char *value;

        if (len >= sizeof(text))
                return -EINVAL;
        memcpy(text, word, len);
        text[len] = '\0';
        value = strchr(text, '=');
        if (!value)
                return -EINVAL;
        *value++ = '\0';
        for (enum vf_property p = 0; p < VF_PROPERTY_MAX; p++) {
                if (!streq(properties[p].name, text))
                        continue;
                if (streq(value, "-")) {
                        values->lacking |= VF_BIT(p);
                        return 0;
                }
                values->known |= VF_BIT(p);
                return parse_value(p, value, &values->value[p]); /* what is there may be what nobody would ask for */
        }
        return -EINVAL;
}

int vf_text_parse(const char *text, struct vf_values *ret)
{
        struct vf_values values = { 0 };

        for (;;) {
                size_t len;

                text += strspn(text, " \t");
                len = strcspn(text, " \t");
                if (len == 0)
                        break;
                if (parse_word(text, len, &values) < 0)
                        return -EINVAL;
                text += len;
        }
        *ret = values;
        return 0;
}
