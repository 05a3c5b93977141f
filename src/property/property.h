/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be set of a device, a PF, its interface or a VF: a table with a row for each, and one model for what is
 * wanted, what is there and what was there before. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

/* In the order in which they are set. The keys of the configuration are in the same order (config/config.h). */
enum property {
        /* of a VF */
        PROPERTY_MAC,           /* 48 bits, the first byte uppermost */
        PROPERTY_VLAN,          /* 0: none */
        PROPERTY_QOS,           /* of the VLAN: 0 to 7 */
        PROPERTY_VLAN_PROTOCOL, /* of the VLAN: an EtherType */
        PROPERTY_SPOOFCHK,
        PROPERTY_TRUST,
        PROPERTY_LINK_STATE,  /* linux/if_link.h: IFLA_VF_LINK_STATE_… */
        PROPERTY_MIN_TX_RATE, /* Mbit/s, 0: none */
        PROPERTY_MAX_TX_RATE, /* Mbit/s, 0: none */
        PROPERTY_QUERY_RSS,
        PROPERTY_NODE_GUID, /* 64 bits, the first byte uppermost */
        PROPERTY_PORT_GUID,
        PROPERTY_MSIX_COUNT, /* interrupt vectors */
        /* of a PF and its interface */
        PROPERTY_MTU,
        PROPERTY_PF_UP,
        PROPERTY_ESWITCH,   /* enum eswitch_mode (property/eswitch.h) */
        PROPERTY_PF_DRIVER, /* 0: the one that it has */
        PROPERTY_AUTOPROBE, /* whether the kernel gives its VFs a driver when they are made */
        /* of a device */
        PROPERTY_RESET_METHOD,
        PROPERTY_D3COLD,
        PROPERTY_POWER_CONTROL,
        PROPERTY_BAR_SIZE_0, /* bytes */
        PROPERTY_BAR_SIZE_1,
        PROPERTY_BAR_SIZE_2,
        PROPERTY_BAR_SIZE_3,
        PROPERTY_BAR_SIZE_4,
        PROPERTY_BAR_SIZE_5,
        PROPERTY_MAX,
};

#define PROPERTY_BIT(property) (UINT64_C(1) << (property))

/* What it is of, and so the section whose key it is: [device], [sriov], [sriov], [vf]. */
enum property_scope {
        SCOPE_DEVICE,
        SCOPE_PF,
        SCOPE_NETDEV, /* of the PF's interface */
        SCOPE_VF,
        SCOPE_MAX,
};

/* Which links have it. */
enum property_link { LINK_ANY, LINK_ETHERNET, LINK_INFINIBAND };

/* What a value is, as text and as a number. */
enum property_form {
        FORM_NUMBER, /* decimal */
        FORM_BYTES,  /* with colons, the first uppermost: a MAC */
        FORM_SWITCH, /* yes or no; 1 or 0 */
        FORM_WORD,   /* one of `words` */
        FORM_LIST, /* several of `words`, of 1 to 14: four bits for each, the first lowest; LIST_DEFAULT, LIST_OTHER */
        FORM_SIZE, /* a power of 2, at least 1M (property/bar-size.h) */
};

struct property_word {
        const char *text;
        uint64_t value;
};

#define LIST_DEFAULT UINT64_MAX /* as it was before */
#define LIST_OTHER 0xf          /* a word that the table does not have */

/* How it is read and written. */
enum property_transport {
        TRANSPORT_VF,      /* through the PF's interface by rtnetlink(7): `vf` */
        TRANSPORT_MSIX,    /* by a file of the VF's; what it has stands in its configuration space */
        TRANSPORT_SYSFS,   /* `attribute` of the function */
        TRANSPORT_BAR,     /* the same; what it has stands in the attribute resource */
        TRANSPORT_NETDEV,  /* `attribute` of the PF's interface; `flag`: a bit of it */
        TRANSPORT_DEVLINK, /* the mode of the eswitch */
        TRANSPORT_DRIVER,  /* its driver, by steps of their own: no value is read */
        TRANSPORT_MAX,
};

/* The place of a value in what rtnetlink has of a VF (linux/if_link.h): in an attribute within IFLA_VF_INFO, whose
 * first four bytes are the VF's number. */
struct vf_field {
        uint16_t type; /* of the attribute; IFLA_VF_VLAN_LIST: of the one that is in that list */
        uint16_t length;
        uint8_t offset, size; /* bytes; a size that is no number's is of single bytes, the first uppermost */
        bool big_endian;
};

/* When it is set, by the driver of what it is of. */
enum property_when {
        WHEN_ANY_TIME,      /* a VF's, before its driver has it; a PF's, before its VFs are made */
        WHEN_BEFORE_UNBIND, /* while the old driver has it still */
        WHEN_UNBOUND,       /* while none has it; one that does is unbound for it */
        WHEN_BOUND,         /* once the new driver has it, which may set it */
};

struct property_row {
        const char *name;     /* its key */
        const char *expected; /* what a value must be, for an error */
        const struct property_word *words;
        const char *zero;      /* what 0 is called; NULL: 0 */
        const char *attribute; /* a file below the directory of the function, or of its interface */
        const char *lacks;     /* what is said of a device that does not offer it, behind its address */
        uint64_t min, max;
        uint64_t group; /* those that the kernel takes in one message with it, by bits; 0: it goes alone */
        uint64_t flag;  /* the bit of the attribute that it is; 0: all of it */
        struct vf_field vf;
        enum property_scope scope;
        enum property_form form;
        enum property_transport transport;
        enum property_when when;
        enum property_link link;
        bool at_bind;  /* a VF's driver reads it when it takes the VF: one that has the VF must take it again */
        bool internal; /* no key: it is set for the sake of others, and no summary tells of it beside them */
        bool counts;   /* its value may be one to count up from, by the VF's number: 100+N */
        bool guarded;  /* it is not set under a guest: what it has would be another than what it was given */
};

extern const struct property_row properties[PROPERTY_MAX];

/* Values of properties: what is wanted, what is there, or what was there before. */
struct values {
        uint64_t known;   /* bits: those that have a value */
        uint64_t lacking; /* bits: of what is there: those that the device or its driver does not offer */
        uint64_t stable;  /* bits: of what is wanted: those whose value is derived from the host, the PF and the VF's
                             number */
        uint64_t counted; /* bits: of what is wanted of several VFs: those to which the VF's number is to be added */
        uint64_t value[PROPERTY_MAX];
};

/* A property that is set: what it was, as far as that is known, and what it is to be. */
struct property_change {
        enum property property;
        bool known;
        uint64_t old, value;
};

#define PROPERTY_GROUP_MAX 3 /* how many the kernel takes at once */

/* Its row's name. */
const char *property_name(enum property property);

/* Reads a key's value. Returns 0 or -EINVAL. */
int property_parse(enum property property, const char *text, uint64_t *ret);

/* The same of one to count from, "100+N". -EINVAL also for a property that does not count, and for 0. */
int property_parse_counted(enum property property, const char *text, uint64_t *ret);

/* Whether a key may have the value. */
bool property_is_valid(enum property property, uint64_t value);

/* "8 VFs, 0 to 7", for who has asked for one that is none of them. */
#define VF_COUNT_TEXT_MAX 40
const char *vf_count_format(unsigned n, char buf[static VF_COUNT_TEXT_MAX]);
#define VF_COUNT_TEXT(n) vf_count_format(n, (char[VF_COUNT_TEXT_MAX]){ 0 })

/* A value in words: "100", "none", "yes"; from buf or a constant. */
#define PROPERTY_TEXT_MAX 256
const char *property_value(enum property property, uint64_t value, char buf[static PROPERTY_TEXT_MAX]);

/* The value as the kernel has it in a file: reads it, and writes it, from buf or a constant. */
int property_text_parse(enum property property, const char *text, uint64_t *ret);
const char *property_text_format(enum property property, uint64_t value, char buf[static PROPERTY_TEXT_MAX]);

/* Appends a value in words. */
void property_format(enum property property, uint64_t value, struct strbuf *b);

/* What is set at once: the bits of the property's group, or its own. The first of them leads it. */
uint64_t property_group(enum property property);
bool property_leads_group(enum property property);

/* Whether a value is there and known. */
static inline bool values_have(const struct values *values, enum property property)
{
        return values->known & PROPERTY_BIT(property);
}

/* All of a scope, by bits. */
uint64_t property_scope_mask(enum property_scope scope);

void values_set(struct values *values, enum property property, uint64_t value);

/* Which of the wanted values are not there, by bits. What is not known counts as another. */
uint64_t values_difference(const struct values *wanted, const struct values *have);

/* The same of what is wanted, derived and counted values too. */
void values_inherit(struct values *to, const struct values *from);

/* What is wanted of the VF of that number: nothing is counted any more. */
void values_count(struct values *values, unsigned vf);

/* Takes those of a mask that `from` knows and `to` does not. */
void values_keep(struct values *to, const struct values *from, uint64_t mask);

/* Those that are wanted, whatever their value. */
static inline uint64_t values_wanted(const struct values *values)
{
        return values->known | values->stable;
}

/* "vlan, qos", and "100, 3": the names and values of the properties of a mask. */
void property_names_format(uint64_t mask, struct strbuf *b);
void values_format(const struct values *values, uint64_t mask, struct strbuf *b);

/* "vlan 100, trust yes" */
void values_words_format(const struct values *values, uint64_t mask, struct strbuf *b);

/* "mac=52:54:00:12:34:56 vlan=100 trust=-": all that is known; - is for what is lacking. And the opposite, which takes
 * blanks between them: 0 or -EINVAL, then *ret stays. */
void values_text_format(const struct values *values, struct strbuf *b);
int values_text_parse(const char *text, struct values *ret);

/* The same of one property, whose value may have blanks: adds it to *ret. */
int value_text_parse(const char *text, struct values *ret);
