/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IOMMU groups: VFIO hands out groups, not functions, and only those whose every member is fit for it. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "build/plan-internal.h"
#include "device/device-class.h"
#include "plan/section-status.h"

/* What the configuration says is not to be taken, though no open section owns it: that of a disabled or refused
 * section. */
void plan_group_hold(struct builder *b)
{
        for (size_t i = 0; i < b->plan->n_items; i++) {
                const struct plan_item *item = &b->plan->items[i];
                const struct config_section *s = item->section;
                CLEANUP_FREE size_t *hits = NULL;
                size_t n = 0, other = 0;

                if (item_is_open(item) || (s->kind != SECTION_DEVICE && s->kind != SECTION_SRIOV))
                        continue;
                if (s->bus == BUS_PCI)
                        lookup_find(b->lookup, &s->selector, &hits, &n);
                /* One that names what an open section owns is but another way to take it. */
                while (other < n && b->owner[hits[other]] == NO_INDEX)
                        other++;
                for (size_t k = 0; k < n && other == n; k++)
                        b->held[hits[k]] = item;
        }
}

/* A PF would take from under a section the VFs that it claims. */
static bool has_claimed_vfs(const struct builder *b, const struct plan_item *item, const struct pci_function *pf)
{
        for (unsigned i = 0; i < pf->numvfs; i++)
                if (pf->vfs[i] != NO_INDEX && (b->owner[pf->vfs[i]] != NO_INDEX || has_claimed(b, item, pf->vfs[i])))
                        return true;
        return false;
}

static bool may_take(const struct builder *b, const struct plan_item *item, size_t member)
{
        const struct pci_function *f = &b->inv->functions[member];

        return !pci_function_is_bridge(f) && !has_claimed(b, item, member) && b->owner[member] == NO_INDEX &&
               !b->held[member] && inventory_carrier(b->inv, member) == NO_INDEX && !has_claimed_vfs(b, item, f);
}

static void take_along(struct builder *b, struct plan_item *item, size_t function)
{
        const struct pci_function *f = &b->inv->functions[function];
        CLEANUP_FREE char *driver = driver_for(b, f, item->section->driver);

        check_driver(b, item, f, driver);
        check_vf_stays(b, item, function);
        item_claim(b, item, function, 0, driver);
        if (item_is_open(item))
                b->owner[function] = item_index(b, item);
}

/* functions = all of a card that has a bus of its own for each of its parts: they are claimed too, unless another
 * section names them. */
static void extend_card(struct builder *b, struct plan_item *item, size_t named)
{
        CLEANUP_FREE size_t *card = NULL;
        size_t n;

        if (device_card_switch(b->inv, named) == NO_INDEX)
                return;
        n = device_card(b->inv, named, &card);
        for (size_t i = 0; i < n; i++)
                if (may_take(b, item, card[i]))
                        take_along(b, item, card[i]);
}

/* group = whole: the other members that would keep the group from being viable are claimed too. */
void plan_group_extend(struct builder *b, struct plan_item *item)
{
        size_t n_named = item->section->all_functions ? item->n_claims : 0;

        for (size_t i = 0; i < n_named; i++)
                if (item->claims[i].function != NO_INDEX)
                        extend_card(b, item, item->claims[i].function);
        n_named = item->n_claims;
        if (item->section->group != GROUP_WHOLE)
                return;
        for (size_t i = 0; i < n_named; i++) {
                size_t function = item->claims[i].function, n;
                const size_t *members;

                if (function == NO_INDEX || b->inv->functions[function].group == NO_GROUP)
                        continue;
                members = inventory_group(b->inv, b->inv->functions[function].group, &n);
                for (size_t k = 0; k < n; k++)
                        if (may_take(b, item, members[k]))
                                take_along(b, item, members[k]);
        }
}

const char *plan_final_driver(const struct plan_claim *claim, const char *now)
{
        if (streq(claim->driver, DRIVER_NONE))
                return NULL;
        /* A VF that goes to its own driver has one already, or gets one that is not VFIO's. */
        if (streq(claim->driver, DRIVER_HOST))
                return now && !driver_is_vfio(now) ? now : DRIVER_HOST;
        return claim->driver;
}

const char *final_driver(struct builder *b, size_t function)
{
        const struct plan_item *owner = b->owner[function] == NO_INDEX ? NULL : &b->plan->items[b->owner[function]];
        const char *now = b->inv->functions[function].driver;

        if (owner && item_is_open(owner) && b->owner_claim[function] == NO_INDEX && pf_driver_of(owner->section))
                return pf_driver_of(owner->section);
        if (!owner || !item_is_open(owner) || b->owner_claim[function] == NO_INDEX)
                return now;
        return plan_final_driver(&owner->claims[b->owner_claim[function]], now);
}

#define BLOCKERS_MAX 4 /* named in one message; the rest is counted */

/* ", [device nic] is disabled": why a member stays that a section names. */
static void add_keeper(const struct builder *b, const struct plan_item *item, size_t member, struct strbuf *text)
{
        const struct plan_item *held = b->held[member];
        const struct plan_item *owner = b->owner[member] == NO_INDEX ? held : &b->plan->items[b->owner[member]];

        if (!owner || owner == item)
                return;
        strbuf_addf(text, ", [%s %s] ", section_kind_name(owner->section->kind), owner->section->name);
        if (item_is_open(owner))
                strbuf_add(text, b->owner_claim[member] == NO_INDEX ? "makes its VFs" : "leaves it to the host");
        else
                strbuf_addf(text, "is %s", item_verdict_name(owner));
}

/* "0000:00:1f.3 (snd_hda_intel)", … of the members that would not do; NULL: none. *ret_stays: one is a bridge, which
 * can't be handed over, or the chipset's own, which no message should suggest. *ret_bridge: it is a bridge. *ret_card:
 * all are functions of the card at that address, and no VFs, which functions = all does not take. *ret_unsettled is
 * set when one has no driver and may get one. */
static char *blockers(struct builder *b, const struct plan_item *item, int group, const struct pci_address *card,
                      size_t *ret_n, bool *ret_bridge, bool *ret_stays, bool *ret_card, bool *ret_unsettled)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };
        const size_t *members;
        size_t n;

        *ret_n = 0;
        *ret_bridge = *ret_stays = false;
        *ret_card = true;
        members = inventory_group(b->inv, group, &n);
        for (size_t i = 0; i < n; i++) {
                const struct pci_function *f = &b->inv->functions[members[i]];
                const char *driver = final_driver(b, members[i]);

                /* Of a refused item only what no section claims is sure to be in the way. */
                if (!item_is_open(item) && b->claimer[members[i]] > 0)
                        continue;
                if (!driver && b->owner[members[i]] == NO_INDEX && !f->driver_override && !pci_function_is_bridge(f))
                        *ret_unsettled = true;
                if (driver_is_viable(driver) || inventory_carrier(b->inv, members[i]) != NO_INDEX)
                        continue;
                if (*ret_n < BLOCKERS_MAX) {
                        strbuf_addf(&text, "%s%s (%s", *ret_n > 0 ? ", " : "", ADDRESS_TEXT(f), driver);
                        add_keeper(b, item, members[i], &text);
                        strbuf_add(&text, ")");
                }
                (*ret_n)++;
                *ret_bridge = *ret_bridge || pci_function_is_bridge(f);
                *ret_stays = *ret_stays || *ret_bridge || device_is_of_chipset(f) || b->held[members[i]] ||
                             b->owner[members[i]] != NO_INDEX || has_claimed_vfs(b, item, f);
                *ret_card = *ret_card && f->physfn == NO_INDEX && pci_address_same_slot(&f->address, card);
        }
        if (*ret_n > BLOCKERS_MAX)
                strbuf_addf(&text, " and %zu more", *ret_n - BLOCKERS_MAX);
        return *ret_n > 0 ? strbuf_steal(&text) : NULL;
}

static bool check_claim(struct builder *b, struct plan_item *item, const struct plan_claim *claim, int *last_group)
{
        const struct pci_function *f;
        CLEANUP_FREE char *list = NULL;
        bool bridge, stays, card, advise, pf;
        const char *key;
        size_t n;

        if (claim->function == NO_INDEX || !driver_is_vfio(claim->driver))
                return true;
        f = &b->inv->functions[claim->function];
        if (!item_is_open(item) && inventory_carrier(b->inv, claim->function) != NO_INDEX)
                return true; /* the carrier goes or stays with its group */
        /* Claims come by address, and so do groups mostly: one look for each run of one group. */
        if (f->group == NO_GROUP || f->group == *last_group)
                return true;
        *last_group = f->group;
        for (size_t i = 0; i < b->inv->n_unreadable; i++) {
                const struct unreadable *u = &b->inv->unreadable[i];
                char text[PCI_ADDRESS_MAX];

                if (u->going || (u->group != f->group && u->group != UNKNOWN_GROUP))
                        continue;
                item_fail(item, VERDICT_REFUSED, NULL, "IOMMU group %d %s %s, which can't be read (%s)", f->group,
                          u->group == f->group ? "also contains" : "may also contain",
                          pci_address_format(&u->address, text), strerrordesc_np(u->error));
                return false;
        }
        list = blockers(b, item, f->group, &f->address, &n, &bridge, &stays, &card, &item->unsettled);
        if (!list)
                return true;
        key = card ? "functions = all" : "group = whole";
        pf = f->physfn != NO_INDEX && b->inv->functions[f->physfn].group == f->group &&
             !driver_is_viable(final_driver(b, f->physfn));
        advise = !stays && !pf && item->section->kind == SECTION_DEVICE && item->section->group != GROUP_WHOLE;
        item_fail(item, VERDICT_REFUSED,
                  config_has(item->section, KEY_GROUP) ? config_loc_of(item->section, KEY_GROUP) : NULL,
                  "IOMMU group %d also contains %s, %sso no VM can open it%s%s%s%s", f->group, list,
                  !bridge ? ""
                  : n > 1 ? "one of them a bridge, "
                          : "a bridge, ",
                  advise ? "; " : "", advise ? key : "",
                  !advise ? ""
                  : n > 1 ? " takes them along"
                          : " takes it along",
                  pf ? "; the port above does not keep VFs apart from their PF: another slot may" : "");
        if (advise)
                item_line(item, "%s", key);
        return false;
}

/* False: a group of its claims keeps it from VFIO. */
static bool check_item_groups(struct builder *b, struct plan_item *item)
{
        int last_group = NO_GROUP;
        bool fits = true;

        for (size_t i = 0; i < item->n_claims && item->section->group != GROUP_IGNORE; i++)
                fits = check_claim(b, item, &item->claims[i], &last_group) && fits;
        return fits;
}

/* "its audio" and such, for the functions of a card that are claimed with it. */
static const char *class_word(uint32_t class)
{
        switch (class >> 8) {
        case 0x0403:
                return "audio";
        case 0x0c03:
                return "USB";
        case 0x0c80:
                return "UCSI";
        case 0x0300:
        case 0x0302:
                return "display";
        default:
                return NULL;
        }
}

/* Who else is in the group: "alone", "with its audio", "with 0000:00:1f.4, also handed over, and 1 more". */
static void add_company(struct builder *b, const struct plan_item *item, const struct pci_function *first,
                        struct strbuf *text)
{
        CLEANUP_STRBUF struct strbuf words = { 0 }, addresses = { 0 };
        size_t n, others = 0, n_addresses = 0;
        const size_t *members = inventory_group(b->inv, first->group, &n);

        for (size_t i = 0; i < n; i++) {
                const struct pci_function *f = &b->inv->functions[members[i]];
                const char *word = pci_address_same_slot(&f->address, &first->address) ? class_word(f->class) : NULL;

                if (f == first || !inventory_is_company(b->inv, members[i]))
                        continue;
                if (!has_claimed(b, item, members[i]))
                        others++;
                else if (word)
                        strbuf_addf(&words, "%s%s", words.len > 0 ? ", " : "with its ", word);
                else
                        strbuf_addf(&addresses, "%s%s", n_addresses++ > 0 ? ", " : "with ", ADDRESS_TEXT(f));
        }
        strbuf_add(text, words.text ? words.text : others + n_addresses == 0 ? "alone" : "");
        if (n_addresses > 0)
                strbuf_addf(text, "%s%s, also handed over", words.len > 0 ? ", and " : "", addresses.text);
        if (others > 0)
                strbuf_addf(text, words.len + addresses.len > 0 ? ", and %zu more" : "with %zu more", others);
}

/* Whether it is the first of its group that the item claims; to be asked of one claim after the other. */
static bool is_first_of_group(struct builder *b, const struct plan_item *item, size_t claim)
{
        int group = b->inv->functions[item->claims[claim].function].group;
        size_t n, *seen = &b->group_seen[inventory_group(b->inv, group, &n) - b->inv->by_group];

        if (group == NO_GROUP || *seen == item_index(b, item) + 1)
                return false;
        *seen = item_index(b, item) + 1;
        return true;
}

/* Those that are in the groups and not the item's. */
static size_t count_others(const struct builder *b, const struct plan_item *item, int group)
{
        size_t n, others = 0;
        const size_t *members = inventory_group(b->inv, group, &n);

        for (size_t i = 0; i < n; i++)
                others += inventory_is_company(b->inv, members[i]) && !has_claimed(b, item, members[i]);
        return others;
}

/* "IOMMU group 14, with its audio"; of several groups "IOMMU groups 41, 42, alone". */
static void note_group(struct builder *b, struct plan_item *item)
{
        CLEANUP_STRBUF struct strbuf text = { 0 }, company = { 0 };
        size_t n_groups = 0, others = 0;

        if (item->section->kind != SECTION_DEVICE || item->n_claims == 0)
                return;
        for (size_t i = 0; i < item->n_claims; i++)
                if (item->claims[i].function == NO_INDEX)
                        return;
        for (size_t i = 0; i < item->n_claims; i++) {
                const struct pci_function *f = &b->inv->functions[item->claims[i].function];

                if (!is_first_of_group(b, item, i))
                        continue;
                if (n_groups == 0)
                        add_company(b, item, f, &company);
                strbuf_addf(&text, "%s%d", n_groups++ > 0 ? ", " : "", f->group);
                others += count_others(b, item, f->group);
        }
        if (n_groups == 1)
                item_note(item, "IOMMU group %s, %s", text.text, company.text);
        else if (n_groups > 1 && others == 0)
                item_note(item, "IOMMU groups %s, alone", text.text);
        else if (n_groups > 1)
                item_note(item, "IOMMU groups %s, with %zu more", text.text, others);
}

/* Of two equal cards, of which the host keeps one, the address alone tells which is which: the firmware may number
 * them otherwise, and expect is met by both. */
static void note_twin(struct builder *b, struct plan_item *item)
{
        size_t twin;

        if (item->section->kind != SECTION_DEVICE || item->section->selector.kind != SELECTOR_ADDRESS ||
            item->found == NO_INDEX || b->inv->functions[item->found].physfn != NO_INDEX)
                return;
        twin = inventory_find_twin(b->inv, item->found);
        if (twin == NO_INDEX || b->owner[twin] != NO_INDEX)
                return;
        item->twin = twin;
        item_note(item, "%s%s%s is an equal card", item->note ? item->note : "", item->note ? "; " : "",
                  ADDRESS_TEXT(&b->inv->functions[twin]));
}

void plan_group_check(struct builder *b)
{
        struct plan *plan = b->plan;
        CLEANUP_FREE bool *refused = xcalloc(plan->n_items + 1, sizeof(*refused));
        bool again = true;

        for (size_t i = 0; i < plan->n_items; i++)
                refused[i] = plan->items[i].verdict == VERDICT_REFUSED;
        /* A refusal leaves a device on its driver, which may be what refuses the next one: until nothing changes. */
        while (again) {
                again = false;
                for (size_t i = 0; i < plan->n_items; i++)
                        if (item_is_open(&plan->items[i]) && !check_item_groups(b, &plan->items[i]))
                                again = true;
        }
        for (size_t i = 0; i < plan->n_items; i++)
                if (refused[i])
                        (void) check_item_groups(b, &plan->items[i]);
        for (size_t i = 0; i < plan->n_items; i++)
                if (item_is_open(&plan->items[i])) {
                        note_group(b, &plan->items[i]);
                        note_twin(b, &plan->items[i]);
                }
}
