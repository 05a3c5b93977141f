/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The short form of the configuration: what a section goes by, as a sorted array of numbers. */
#include "config/claims.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strutil.h"

/* The upper byte of a key. Two keys may be the same for two things: then "maybe" is said once too often. */
enum key_kind {
        CLAIM_FUNCTION = 1,
        CLAIM_SLOT,
        CLAIM_ID,
        CLAIM_PATH,
        CLAIM_PARENT,
        CLAIM_BUS,
        CLAIM_INTERFACE,
        CLAIM_SERIAL,
        CLAIM_STAYS = 0x80, /* the function keeps its own driver: a PF, a parent */
};

#define PAYLOAD ((UINT64_C(1) << 56) - 1)

void claims_free(struct claims *c)
{
        free(c->keys);
        free(c->vfio_group);
        *c = (struct claims){ 0 };
}

uint64_t claims_hash(uint64_t hash, const void *data, size_t len)
{
        const unsigned char *bytes = data;

        for (size_t i = 0; i < len; i++)
                hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
        return hash;
}

static uint64_t make_key(unsigned kind, uint64_t payload)
{
        return (uint64_t) kind << 56 | (payload & PAYLOAD);
}

static uint64_t text_payload(const char *text)
{
        return claims_hash(CLAIMS_HASH, text, strlen(text));
}

/* As the text "platform:fff51000.ethernet" would be. */
static uint64_t bus_payload(enum bus_kind bus, const char *name)
{
        const char *text = bus_name(bus);
        uint64_t hash = claims_hash(CLAIMS_HASH, text, strlen(text));

        hash = claims_hash(hash, ":", 1);
        return claims_hash(hash, name, strlen(name));
}

static uint64_t address_payload(const struct pci_address *a, bool slot)
{
        return (uint64_t) a->domain << 16 | (uint64_t) a->bus << 8 | (uint64_t) a->device << 3 |
               (slot ? 0 : a->function);
}

/* 17 bits for each: a number or any. */
static uint64_t id_payload(uint32_t vendor, uint32_t device)
{
        return (uint64_t) MIN_OF(vendor, 0x10000U) << 17 | MIN_OF(device, 0x10000U);
}

static void add_key(struct claims *c, unsigned kind, uint64_t payload)
{
        uint64_t *slot = ARRAY_APPEND(c->keys, c->n, c->alloc);

        *slot = make_key(kind, payload);
}

static void add_section(struct claims *c, const struct config_section *s)
{
        const struct selector *sel = &s->selector;
        unsigned stays = s->kind != SECTION_DEVICE || streq(s->driver, DRIVER_HOST) ? CLAIM_STAYS : 0;

        if (s->kind == SECTION_DEVICE && s->group == GROUP_WHOLE && s->bus == BUS_PCI)
                c->flags |= CLAIMS_GROUP;
        if (s->all_functions)
                c->flags |= CLAIMS_SIBLINGS;
        switch (sel->kind) {
        case SELECTOR_ADDRESS:
                if (sel->slot || s->all_functions) {
                        add_key(c, CLAIM_SLOT | stays, address_payload(&sel->address, true));
                        return;
                }
                add_key(c, CLAIM_FUNCTION | stays, address_payload(&sel->address, false));
                return;
        case SELECTOR_ID:
                c->flags |= CLAIMS_ID;
                add_key(c, CLAIM_ID | stays, id_payload(sel->id.vendor, sel->id.device));
                return;
        case SELECTOR_PATH:
                c->flags |= CLAIMS_PATH;
                add_key(c, CLAIM_PATH | stays, text_payload(sel->text));
                return;
        case SELECTOR_PARENT:
                add_key(c, CLAIM_PARENT, text_payload(sel->text));
                return;
        case SELECTOR_INTERFACE:
                c->flags |= CLAIMS_LATE;
                add_key(c, CLAIM_INTERFACE, text_payload(sel->text));
                return;
        case SELECTOR_MAC:
                c->flags |= CLAIMS_MAC;
                return;
        case SELECTOR_SERIAL:
                c->flags |= CLAIMS_SERIAL;
                add_key(c, CLAIM_SERIAL, text_payload(sel->text));
                return;
        case SELECTOR_NAME:
                c->flags |= CLAIMS_BUS;
                add_key(c, CLAIM_BUS, bus_payload(s->bus, sel->text));
                return;
        case SELECTOR_SLOT:
                c->flags |= CLAIMS_SLOT;
                return;
        case SELECTOR_VF: /* found through its PF's section */
        case SELECTOR_NONE:
                break;
        }
}

static int compare_keys(const void *a, const void *b)
{
        const uint64_t *x = a, *y = b;

        return (*x > *y) - (*x < *y);
}

void claims_build(const struct config *config, struct claims *ret)
{
        for (size_t i = 0; i < config->n_sections; i++)
                if (config->sections[i]->enabled)
                        add_section(ret, config->sections[i]);
        if (ret->n > 1)
                qsort(ret->keys, ret->n, sizeof(*ret->keys), compare_keys);
        replace_string(&ret->vfio_group, config->vfio_group);
}

static bool has_key(const struct claims *c, unsigned kind, uint64_t payload)
{
        uint64_t key = make_key(kind, payload);

        return c->n > 0 && bsearch(&key, c->keys, c->n, sizeof(key), compare_keys);
}

static bool match(const struct claims *c, const struct claims_query *q, unsigned stays)
{
        if (has_key(c, CLAIM_FUNCTION | stays, address_payload(&q->address, false)) ||
            has_key(c, CLAIM_SLOT | stays, address_payload(&q->address, true)))
                return true;
        for (unsigned any = 0; q->has_id && any < 4; any++)
                if (has_key(c, CLAIM_ID | stays,
                            id_payload(any & 1 ? PCI_ID_ANY : q->vendor, any & 2 ? PCI_ID_ANY : q->device)))
                        return true;
        return q->path && has_key(c, CLAIM_PATH | stays, text_payload(q->path));
}

bool claims_match(const struct claims *c, const struct claims_query *q, bool override)
{
        return (c->flags & CLAIMS_SLOT) || match(c, q, 0) || (!override && match(c, q, CLAIM_STAYS));
}

bool claims_match_parent(const struct claims *c, const char *name)
{
        return has_key(c, CLAIM_PARENT, text_payload(name));
}

bool claims_match_bus(const struct claims *c, const char *event)
{
        return has_key(c, CLAIM_BUS, text_payload(event));
}

bool claims_match_interface(const struct claims *c, const char *name)
{
        return has_key(c, CLAIM_INTERFACE, text_payload(name));
}

bool claims_match_serial(const struct claims *c, const char *serial)
{
        return has_key(c, CLAIM_SERIAL, text_payload(serial));
}

/* The file: this, the keys, and vfio_group with its NUL. */
struct claims_head {
        char magic[8];
        uint32_t flags, n_keys;
};

static const char magic[8] = "PTCLAIM2";

void claims_format(const struct claims *c, char **ret, size_t *ret_len)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        struct claims_head head = { .flags = c->flags, .n_keys = (uint32_t) c->n };
        const char *group = c->vfio_group ? c->vfio_group : "";

        memcpy(head.magic, magic, sizeof(magic));
        strbuf_addn(&b, (const char *) &head, sizeof(head));
        if (c->n > 0)
                strbuf_addn(&b, (const char *) c->keys, c->n * sizeof(*c->keys));
        strbuf_addn(&b, group, strlen(group) + 1);
        *ret_len = b.len;
        *ret = strbuf_steal(&b);
}

int claims_parse(const char *data, size_t len, struct claims *ret)
{
        CLEANUP_CLAIMS struct claims c = { 0 };
        struct claims_head head;
        const char *keys = data + sizeof(head), *group;

        if (len < sizeof(head))
                return -EBADMSG;
        memcpy(&head, data, sizeof(head));
        if (memcmp(head.magic, magic, sizeof(magic)) != 0 || head.n_keys > (len - sizeof(head)) / sizeof(uint64_t))
                return -EBADMSG;
        c.flags = head.flags;
        if (head.n_keys > 0) {
                array_reserve(&c.keys, &c.alloc, head.n_keys, sizeof(*c.keys));
                c.n = head.n_keys;
                memcpy(c.keys, keys, c.n * sizeof(*c.keys));
        }
        group = keys + c.n * sizeof(*c.keys);
        if (memchr(group, '\0', (size_t) (data + len - group)) != data + len - 1)
                return -EBADMSG;
        if (*group)
                replace_string(&c.vfio_group, group);
        *ret = c;
        c = (struct claims){ 0 };
        return 0;
}
