/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a section's selector to the functions it means: ambiguity and mismatch touch nothing and say what is there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/names.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "build/plan-internal.h"

static void find_expected(struct builder *b, const struct config_section *s)
{
        CLEANUP_FREE size_t *hits = NULL;
        CLEANUP_FREE char *list = NULL;
        size_t n = 0;

        free(b->expected);
        b->expected = NULL;
        lookup_find_id(b->lookup, &s->expect, &hits, &n);
        list = n > 0 ? list_functions(b->inv, hits, n) : NULL;
        if (list)
                b->expected = xasprintf("; %s is at %s", s->expect_text, list);
}

/* "; 10de:2487 is at 0000:02:00.0" when the expected device is elsewhere, and what could not be looked at; else "".
 * New string or NULL. */
static char *where_expected_is(struct builder *b, const struct config_section *s)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };
        char address[PCI_ADDRESS_MAX];

        for (size_t i = 0; i < b->inv->n_unreadable; i++)
                if (!b->inv->unreadable[i].going)
                        strbuf_addf(&text, "; failed to read %s (%s)",
                                    pci_address_format(&b->inv->unreadable[i].address, address),
                                    strerrordesc_np(b->inv->unreadable[i].error));
        if (s->has_expect && !streq_ptr(b->expected_id, s->expect_text)) {
                find_expected(b, s);
                b->expected_id = s->expect_text;
        }
        if (s->has_expect && b->expected)
                strbuf_add(&text, b->expected);
        return strbuf_steal(&text);
}

/* Whether one is the other with more behind it: "ens7f0" and "ens7f0np0", as a driver with names for its ports has it.
 */
static bool goes_on(const char *a, const char *b)
{
        return strncmp(a, b, strlen(a)) == 0 || strncmp(a, b, strlen(b)) == 0;
}

/* A mistake in a character or two; names of other slots are like each other by their kind. */
static bool is_misspelt(const char *a, const char *b)
{
        size_t n = strlen(a), m = strlen(b);

        return n <= m + 1 && m <= n + 1 && names_nearest(a, &b, 1);
}

/* Of thousands of interfaces that are not there the first tell what has happened; the others are not worth the time.
 */
#define NEAR_NAMES_MAX 16

/* "; ens7f0np0 is at 0000:41:00.0": the interface that the name may mean, by now. */
static char *like_interface(struct builder *b, const char *name)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };
        const struct inventory *inv = b->inv;
        const char *like = NULL;

        b->near_names++;
        for (size_t i = 0; i < inv->n_functions && b->near_names <= NEAR_NAMES_MAX; i++)
                for (size_t k = 0; k < inv->functions[i].n_netdevs; k++) {
                        const char *other = inv->functions[i].netdevs[k].name;

                        if (goes_on(name, other) ? like && goes_on(name, like) : like || !is_misspelt(name, other))
                                continue;
                        strbuf_free(&text);
                        like = other;
                        strbuf_addf(&text, "; %s is at %s", other, ADDRESS_TEXT(&inv->functions[i]));
                }
        return strbuf_steal(&text);
}

/* "; in that place behind another root bus, 10de:2487 is at 0000:5f:00.0 (path = 0000:5e:02.0/00.0)": firmware numbers
 * the root buses by what is plugged in. "" when none of the expected ones is. */
static char *moved_root(const struct builder *b, const struct config_section *s)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };
        const char *place = strrchr(s->selector.text, ':');

        for (size_t i = 0; i < b->inv->n_functions && s->has_expect; i++) {
                const struct pci_function *f = &b->inv->functions[i];
                CLEANUP_FREE char *path = NULL;

                if (f->physfn != NO_INDEX || !f->path || !pci_id_pattern_matches(&s->expect, f) ||
                    selector_path_of(f->path, &path) < 0 || !streq(strrchr(path, ':'), place))
                        continue;
                if (text.len == 0)
                        strbuf_addf(&text, "; in that place behind another root bus, %s is at ", s->expect_text);
                else
                        strbuf_add(&text, " and ");
                strbuf_addf(&text, "%s (path = %s)", ADDRESS_TEXT(f), path);
        }
        return strbuf_steal(&text);
}

/* "slot 5 is empty", "no slot is called 5 (those here: 1, 2)". */
static void fail_slot(struct builder *b, struct plan_item *item, const char *elsewhere)
{
        const struct selector *sel = &item->section->selector;
        CLEANUP_STRBUF struct strbuf text = { 0 };
        const struct inventory *inv = b->inv;

        for (size_t i = 0; i < inv->n_slots; i++) {
                const char *rest = after_prefix(sel->text, inv->slots[i].name);

                int n = rest ? (int) (rest - sel->text) : 0;

                if (rest && *rest == '/') {
                        item_fail(item, VERDICT_ABSENT, NULL, "slot %.*s has no device at %s%s", n, sel->text,
                                  rest + 1, elsewhere);
                        return;
                }
                if (rest && !*rest) {
                        item_fail(item, VERDICT_ABSENT, NULL, "slot %s is empty%s", sel->text, elsewhere);
                        return;
                }
                strbuf_addf(&text, "%s%s", i > 0 ? ", " : "", inv->slots[i].name);
        }
        if (inv->n_slots > 0)
                item_fail(item, VERDICT_ABSENT, NULL, "no slot is called %s; there are %s%s", sel->text, text.text,
                          elsewhere);
        else if (inv->slots_error)
                item_fail(item, VERDICT_ABSENT, NULL,
                          "no slot is called %s: the kernel has none, and SMBIOS can't be read (%s)%s", sel->text,
                          strerrordesc_np(inv->slots_error), elsewhere);
        else
                item_fail(item, VERDICT_ABSENT, NULL, "no slot is called %s: neither the kernel nor SMBIOS has any%s",
                          sel->text, elsewhere);
}

/* What the selector finds, in words: "no device at 0000:01:00.0", "no interface enp94s0f0". */
static void fail_absent(struct builder *b, struct plan_item *item)
{
        const struct config_section *s = item->section;
        CLEANUP_FREE char *elsewhere = where_expected_is(b, s), *like = NULL;

        switch (s->selector.kind) {
        case SELECTOR_ADDRESS:
                item_fail(item, VERDICT_ABSENT, NULL, "no device at %s%s", s->selector.text, elsewhere);
                break;
        case SELECTOR_PATH:
                like = moved_root(b, s);
                item_fail(item, VERDICT_ABSENT, NULL, "no device at the path %s%s", s->selector.text,
                          *like ? like : elsewhere);
                break;
        case SELECTOR_SLOT:
                fail_slot(b, item, elsewhere);
                break;
        case SELECTOR_INTERFACE:
                like = like_interface(b, s->selector.text);
                item_fail(item, VERDICT_ABSENT, NULL, "no PCI device has the interface %s%s%s", s->selector.text, like,
                          elsewhere);
                break;
        default:
                item_fail(item, VERDICT_ABSENT, NULL, "no device with %s %s%s", selector_key(s->selector.kind),
                          s->selector.text, elsewhere);
                break;
        }
}

/* An interface, a MAC and a controller's serial are gone once the device is on vfio-pci. What this boot's state says
 * was found by them is still meant. */
static size_t find_held(struct builder *b, const struct plan_item *item)
{
        const struct selector *sel = &item->section->selector;
        const struct state *state = b->in->state;

        if (sel->kind != SELECTOR_INTERFACE && sel->kind != SELECTOR_MAC && sel->kind != SELECTOR_SERIAL)
                return NO_INDEX;
        for (size_t i = 0; state && i < state->n_devices; i++) {
                const struct state_device *d = &state->devices[i];
                const struct pci_function *f;

                if (!streq_ptr(d->selector, sel->text))
                        continue;
                f = inventory_find(b->inv, &d->address);
                /* With an interface again it is back with the host, and goes by that one's name. */
                if (f && f->vendor == d->vendor && f->device == d->device &&
                    (sel->kind == SELECTOR_SERIAL || f->n_netdevs == 0))
                        return (size_t) (f - b->inv->functions);
        }
        return NO_INDEX;
}

static void fail_ambiguous(struct builder *b, struct plan_item *item, const size_t *hits, size_t n)
{
        const struct config_section *s = item->section;
        CLEANUP_FREE char *list = list_functions(b->inv, hits, n);

        if (s->kind == SECTION_DEVICE && s->selector.kind == SELECTOR_ID) {
                item_fail(item, VERDICT_REFUSED, config_loc_of(s, s->count > 1 ? KEY_COUNT : KEY_ID),
                          "%zu devices are %s (%s), expected %u; name one by address or path, or set count = %zu", n,
                          s->selector.text, list, s->count, n);
                item_line(item, "count = %zu", n);
        } else if (s->selector.kind == SELECTOR_SLOT)
                item_fail(item, VERDICT_REFUSED, NULL,
                          "%zu devices are in slot %s (%s), expected one; name it, such as slot = %s/00.0", n,
                          s->selector.text, list, s->selector.text);
        else
                item_fail(item, VERDICT_REFUSED, NULL,
                          "%zu devices have %s %s (%s), expected one; name it by address or path", n,
                          selector_key(s->selector.kind), s->selector.text, list);
}

static void check_expect(struct builder *b, struct plan_item *item, size_t hit)
{
        const struct config_section *s = item->section;
        const struct pci_function *f = &b->inv->functions[hit];
        CLEANUP_FREE char *elsewhere = NULL;

        if (!s->has_expect || pci_id_pattern_matches(&s->expect, f))
                return;
        elsewhere = where_expected_is(b, s);
        item_fail(item, VERDICT_REFUSED, config_loc_of(s, KEY_EXPECT),
                  "%s is %04x:%04x (subsystem %04x:%04x), expected %s%s", ADDRESS_TEXT(f), f->vendor, f->device,
                  f->subvendor, f->subdevice, s->expect_text, elsewhere);
        item_line(item, "expect = %04x:%04x", f->vendor, f->device);
}

/* A VF has its PF's id with some vendors, and its serial; whoever names a PF does not mean those, and the VFs that a
 * [sriov] section makes are named through it (uplink/0). */
static size_t drop_vfs(struct builder *b, const struct plan_item *item, size_t *hits, size_t n)
{
        const struct config_section *s = item->section;
        size_t kept = 0;

        for (size_t i = 0; i < n; i++) {
                size_t pf = b->inv->functions[hits[i]].physfn;
                bool drop = pf != NO_INDEX && (s->kind == SECTION_SRIOV || s->selector.kind == SELECTOR_SERIAL ||
                                               (b->pf_item[pf] != NO_INDEX && s->selector.kind == SELECTOR_ID));

                if (!drop)
                        hits[kept++] = hits[i];
        }
        return kept;
}

/* The functions of a card have one serial number, which is the card's. */
static bool is_one_card(const struct builder *b, const struct config_section *s, const size_t *hits, size_t n)
{
        for (size_t i = 1; i < n; i++)
                if (!pci_address_same_slot(&b->inv->functions[hits[i]].address, &b->inv->functions[hits[0]].address))
                        return false;
        return s->kind == SECTION_DEVICE && s->selector.kind == SELECTOR_SERIAL && n > 1;
}

size_t resolve_selector(struct builder *b, struct plan_item *item, size_t **hits)
{
        const struct config_section *s = item->section;
        bool many = s->kind == SECTION_DEVICE &&
                    (s->selector.slot || (s->selector.kind == SELECTOR_ID && s->count == COUNT_ALL));
        size_t n = 0, wanted = s->kind == SECTION_DEVICE ? s->count : 1;
        bool card;

        lookup_find(b->lookup, &s->selector, hits, &n);
        n = drop_vfs(b, item, *hits, n);
        if (n == 0) {
                size_t held = find_held(b, item);

                if (held == NO_INDEX) {
                        fail_absent(b, item);
                        return 0;
                }
                free(*hits);
                *hits = xmalloc(sizeof(**hits));
                (*hits)[n++] = held;
        }
        item->found = (*hits)[0];
        card = is_one_card(b, s, *hits, n);
        many = many || card;
        if (!many && n > wanted)
                fail_ambiguous(b, item, *hits, n);
        else if (!many && n < wanted)
                item_fail(item, VERDICT_ABSENT, config_loc_of(s, KEY_COUNT), "%zu of %u devices %s are present", n,
                          s->count, s->selector.text);
        /* Of a slot, the first function is what a user calls the card. */
        for (size_t i = 0; i < (s->selector.slot || card ? 1 : n) && item_is_open(item); i++)
                check_expect(b, item, (*hits)[i]);
        return n;
}
