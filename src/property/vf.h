/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be set of a VF through its PF, and how it is written: one model for what is wanted and what is there. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

/* In the order in which they are set. The keys of [vf] are in the same order (config/config.h). */
enum vf_property {
        VF_MAC,           /* 48 bits, the first byte uppermost */
        VF_VLAN,          /* 0: none */
        VF_QOS,           /* of the VLAN: 0 to 7 */
        VF_VLAN_PROTOCOL, /* of the VLAN: an EtherType */
        VF_SPOOFCHK,
        VF_TRUST,
        VF_LINK_STATE,  /* linux/if_link.h: IFLA_VF_LINK_STATE_… */
        VF_MIN_TX_RATE, /* Mbit/s, 0: none */
        VF_MAX_TX_RATE, /* Mbit/s, 0: none */
        VF_QUERY_RSS,
        VF_MSIX_COUNT, /* interrupt vectors; not by rtnetlink but in the VF's own directory */
        VF_PROPERTY_MAX,
};

#define VF_BIT(property) (1U << (property))

struct vf_values {
        unsigned known;   /* bits: those that have a value */
        unsigned lacking; /* bits: of what is there: those that the PF's driver does not offer */
        uint64_t value[VF_PROPERTY_MAX];
};

const char *vf_property_name(enum vf_property property); /* its key: "mac", "vlan", "qos", … */
const char *vf_property_expected(enum vf_property property);

uint64_t vf_mac_number(const uint8_t mac[static 6]);

/* Reads a key's value. Returns 0 or -EINVAL. */
int vf_property_parse(enum vf_property property, const char *text, uint64_t *ret);

/* "8 VFs, 0 to 7", for who has asked for one that is none of them. */
#define VF_COUNT_TEXT_MAX 40
const char *vf_count_format(unsigned n, char buf[static VF_COUNT_TEXT_MAX]);
#define VF_COUNT_TEXT(n) vf_count_format(n, (char[VF_COUNT_TEXT_MAX]){ 0 })

/* What the kernel takes in one message: vlan, qos and vlan-protocol; both rates; all others alone. The bits of the
 * property's group; the first of them leads it. */
unsigned vf_group(enum vf_property property);
bool vf_leads_group(enum vf_property property);

/* Which of the wanted values are not there, by bits. What is not known counts as another. */
unsigned vf_difference(const struct vf_values *wanted, const struct vf_values *have);

/* Takes those of a mask that `from` knows and `to` does not. */
void vf_values_keep(struct vf_values *to, const struct vf_values *from, unsigned mask);

/* "vlan, qos", and "100, 3": the names and values of the properties of a mask. */
void vf_names_format(unsigned mask, struct strbuf *b);
void vf_values_format(const struct vf_values *values, unsigned mask, struct strbuf *b);

/* "vlan 100, trust yes" */
void vf_words_format(const struct vf_values *values, unsigned mask, struct strbuf *b);

/* "mac=52:54:00:12:34:56 vlan=100 trust=-": all that is known; - is for what is lacking. And the opposite, which takes
 * blanks between them: 0 or -EINVAL, then *ret stays. */
void vf_text_format(const struct vf_values *values, struct strbuf *b);
int vf_text_parse(const char *text, struct vf_values *ret);
