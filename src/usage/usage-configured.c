/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the host's configuration will use a function's block devices or network interfaces. */
#include "usage/usage-configured.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/strutil.h"
#include "device/selector.h"
#include "usage/usage-internal.h"

static void entry_clear(struct usage_configured *e)
{
        free(e->what);
        free(e->name);
        free(e->file);
        free(e->group);
        free(e->blocks.items);
}

void usage_add_configured(struct usage *usage, const struct usage_configured *entry)
{
        struct usage_configured e = { .kind = entry->kind, .line = entry->line }, *slot = NULL;

        replace_string(&e.what, entry->what);
        replace_string(&e.name, entry->name);
        replace_string(&e.file, entry->file);
        slot = ARRAY_APPEND(usage->configured, usage->n_configured, usage->alloc_configured);
        *slot = e;
}

void usage_drop_configured(struct usage *usage, size_t first)
{
        while (usage->n_configured > first)
                entry_clear(&usage->configured[--usage->n_configured]);
}

/* In use already: that is reported, or it was before the entry's turn. */
static bool is_used(const struct usage *usage, const struct usage_block *b)
{
        for (size_t i = 0; i < usage->n_mounts; i++)
                if (usage_is_mounted_by(b, &usage->mounts[i]))
                        return true;
        return b->swap || b->uppers.n > 0 || b->btrfs != NO_INDEX;
}

static void add_block_entry(struct strbuf *text, const struct usage_configured *e, const struct usage_block *b)
{
        static const char *const uses[] = {
                [CONFIGURED_MOUNT] = " is to be mounted at ",
                [CONFIGURED_SWAP] = " is configured as swap",
                [CONFIGURED_CRYPT] = " is opened as ",
                [CONFIGURED_ARRAY] = " is configured as a member of ",
        };

        usage_add_name(text, b->label ? b->label : b->name);
        strbuf_add(text, " on it");
        if (e->group) {
                strbuf_add(text, " is a physical volume of ");
                usage_add_name(text, e->group);
                strbuf_add(text, ", and ");
                usage_add_name(text, e->what);
        }
        strbuf_add(text, uses[e->kind]);
        usage_add_name(text, e->name ? e->name : "");
        strbuf_addf(text, " (%s:%u)", e->file, e->line);
}

bool usage_configured_block_reason(const struct usage *usage, const struct pci_function *f,
                                   const struct usage_words *words, struct strbuf *text)
{
        size_t n = 0;

        for (size_t i = 0; i < usage->n_configured; i++) {
                const struct usage_configured *e = &usage->configured[i];

                for (size_t k = 0; k < e->blocks.n; k++) {
                        const struct usage_block *b = &usage->blocks[e->blocks.items[k]];

                        if (!usage_block_is_under(b, f) || is_used(usage, b))
                                continue;
                        strbuf_add(text, n++ == 0 ? words->lead : ", ");
                        add_block_entry(text, e, b);
                }
        }
        return n > 0;
}

static bool is_mac_of(const struct usage_link *l, const uint8_t mac[static 6])
{
        static const uint8_t unknown[6];

        return memcmp(mac, unknown, sizeof(unknown)) != 0 &&
               (memcmp(mac, l->macs[0], sizeof(unknown)) == 0 || memcmp(mac, l->macs[1], sizeof(unknown)) == 0);
}

/* udev's ID_PATH of an interface is "pci-" and its function's address. No name of an interface is as long as that or a
 * MAC. */
static bool is_meant(const struct usage_link *l, const char *what)
{
        const char *address = after_prefix(what, "pci-"), *net = l->place ? strstr(l->place, "/net/") : NULL;
        size_t n = address ? strlen(address) : 0;
        uint8_t mac[6];

        if (mac_parse(what, mac) == 0)
                return is_mac_of(l, mac);
        if (n >= strlen("0000:00:00.0") && net && (size_t) (net - l->place) > n)
                return net[-(ptrdiff_t) n - 1] == '/' && strncmp(net - n, address, n) == 0;
        return streq(l->name, what);
}

static const struct usage_configured *find_entry(const struct usage *usage, const struct usage_link *l)
{
        for (size_t i = 0; i < usage->n_configured; i++) {
                const struct usage_configured *e = &usage->configured[i];

                if (e->kind >= CONFIGURED_LINK && is_meant(l, e->what))
                        return e->kind == CONFIGURED_UNMANAGED ? NULL : e;
        }
        return NULL;
}

bool usage_configured_net_reason(const struct usage *usage, const struct pci_function *f,
                                 const struct usage_words *words, struct strbuf *text)
{
        static const char *const uses[] = {
                [CONFIGURED_BRIDGE] = " is a port of bridge ",
                [CONFIGURED_BOND] = " is a port of bond ",
                [CONFIGURED_VLAN] = " carries VLAN ",
        };

        for (size_t i = 0; i < usage->n_links; i++) {
                const struct usage_link *l = &usage->links[i];
                bool is_its = usage_is_under(l->place, f);
                const struct usage_configured *e = is_its ? find_entry(usage, l) : NULL;

                if (!e && !(is_its && l->manager))
                        continue;
                strbuf_add(text, words->lead);
                usage_add_name(text, l->name);
                if (!e) {
                        strbuf_addf(text, " %s", l->manager);
                        return true;
                }
                strbuf_add(text, e->name ? uses[e->kind] : " is configured by ");
                usage_add_name(text, e->name ? e->name : e->file);
                if (e->name)
                        strbuf_addf(text, " (%s", e->file);
                strbuf_addf(text, ":%u%s", e->line, e->name ? ")" : "");
                return true;
        }
        return false;
}
