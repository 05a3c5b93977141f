/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads, compares and writes the record of what may be taken early. */
#include "guard/clearance-file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "scan/scan.h"

#define RECORD_MAX (64U * 1024 * 1024)
#define DEVICES "sys/bus/pci/devices/"
#define SERIAL " serial="
#define GROUP " group="
#define PLACE " path="

int clearance_load(struct sys *sys, const char *path, char **ret, size_t *ret_len)
{
        return sys->ops->read_file(sys->userdata, path, RECORD_MAX, ret, ret_len);
}

/* ---- who a device is ---- */

static const char *device_file(const char *address, const char *name, char path[static PATH_MAX])
{
        (void) snprintf(path, PATH_MAX, DEVICES "%s%s%s", address, *name ? "/" : "", name);
        return path;
}

/* "10de:2487:1458:4073" of its uevent, which one read tells. */
static int add_ids(struct sys *sys, const char *address, struct strbuf *text)
{
        char path[PATH_MAX], buf[4096], *rest = buf, *line;
        const char *id = NULL, *subsystem = NULL, *value;
        int r = sys_read_attr(sys, device_file(address, "uevent", path), buf, sizeof(buf));

        while (r == 0 && (line = strsep(&rest, "\n"))) {
                if ((value = after_prefix(line, "PCI_ID=")))
                        id = value;
                else if ((value = after_prefix(line, "PCI_SUBSYS_ID=")))
                        subsystem = value;
        }
        if (r == 0 && id)
                strbuf_addf(text, "%s%s%s", id, subsystem ? ":" : "", subsystem ? subsystem : "");
        return r < 0 || id ? r : -ENODEV;
}

/* A VF of whatever PF comes and goes with its number, and its group is looked at by the plan. */
static bool is_vf(struct sys *sys, const char *address)
{
        char path[PATH_MAX], target[PATH_MAX];

        return sys->ops->readlink(sys->userdata, device_file(address, "physfn", path), target, sizeof(target)) >= 0;
}

static int add_group(struct sys *sys, const char *address, struct strbuf *text)
{
        CLEANUP(names_freep) char **names = NULL;
        char path[PATH_MAX];
        size_t n = 0, added = 0;
        int r = sys_list(sys, device_file(address, "iommu_group/devices", path), &names, &n);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        for (size_t i = 0; i < n && r == 0; i++) {
                struct pci_address a;

                if (pci_address_parse(names[i], false, &a, NULL) < 0 ||
                    (!streq(names[i], address) && is_vf(sys, names[i])))
                        continue;
                strbuf_addf(text, "%s%s=", added++ > 0 ? "," : GROUP, names[i]);
                r = add_ids(sys, names[i], text);
        }
        return r;
}

int clearance_identify(struct sys *sys, const struct pci_address *a, bool serial, char **ret)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };
        char address[PCI_ADDRESS_MAX], path[PATH_MAX], target[PATH_MAX];
        const char *place;
        ssize_t n;
        int r;

        strbuf_add(&text, "id=");
        r = add_ids(sys, pci_address_format(a, address), &text);
        if (r < 0)
                return r;
        n = sys->ops->readlink(sys->userdata, device_file(address, "", path), target, sizeof(target));
        place = n > 0 ? strstr(target, "devices/") : NULL;
        if (place)
                strbuf_addf(&text, PLACE "%s", place + strlen("devices/"));
        r = add_group(sys, address, &text);
        if (r == 0 && serial) {
                struct pci_function f = { .address = *a, .physfn = NO_INDEX };

                inventory_read_device_serial(sys, &f);
                if (f.n_serials > 0)
                        strbuf_addf(&text, SERIAL "%s", f.serials[0]);
                pci_function_clear(&f);
        }
        if (r < 0)
                return r;
        *ret = strbuf_steal(&text);
        return 0;
}

bool clearance_holds(struct sys *sys, const struct clearance *c)
{
        CLEANUP_FREE char *now = NULL;

        return clearance_identify(sys, &c->address, strstr(c->identity, SERIAL), &now) == 0 && streq(now, c->identity);
}

/* ---- before a whole look ---- */

struct record {
        struct sys *sys;
        char *text;
        size_t len;
};

static void record_clear(struct record *r)
{
        free(r->text);
}

static bool is_cleared(const struct record *record, const struct plan_item *item, const struct plan_claim *claim,
                       const struct inventory *inv)
{
        CLEANUP_CLEARANCE struct clearance c = { 0 };

        return record->text &&
               clearance_find(record->text, record->len, &inv->functions[claim->function].address, &c) == 0 &&
               streq(c.driver, claim->driver) && (c.forced & ~item->section->force) == 0 &&
               clearance_holds(record->sys, &c);
}

static const struct plan_claim *find_claim(const struct plan_item *item, size_t function)
{
        for (size_t i = 0; i < item->n_claims; i++)
                if (item->claims[i].function == function && !streq(item->claims[i].driver, DRIVER_HOST))
                        return &item->claims[i];
        return NULL;
}

/* Whether the item would take something that is not cleared: a device that it gives a driver, or one that it takes
 * from the host's for another reason, such as a VF that goes with a number of VFs. */
static bool takes_uncleared(const struct record *record, const struct plan *plan, size_t item,
                            const struct inventory *inv, const struct plan_taking *takings, size_t n)
{
        const struct plan_item *it = &plan->items[item];

        for (size_t i = 0; i < it->n_claims; i++) {
                const struct plan_claim *claim = &it->claims[i];

                if (claim->function != NO_INDEX && !streq(claim->driver, DRIVER_HOST) &&
                    !function_is_on(&inv->functions[claim->function], claim->driver) &&
                    !is_cleared(record, it, claim, inv))
                        return true;
        }
        for (size_t i = 0; i < n; i++)
                if (takings[i].item == item && !find_claim(it, takings[i].function))
                        return true;
        for (size_t i = 0; i < it->n_bus_claims; i++)
                if (it->bus_claims[i].change)
                        return true;
        return false;
}

void clearance_hold_back(struct sys *sys, struct plan *plan, const struct inventory *inv)
{
        CLEANUP(record_clear) struct record record = { .sys = sys };
        CLEANUP_FREE struct plan_taking *takings = NULL;
        size_t n = 0;

        plan_takings(plan, inv, &takings, &n);
        clearance_load(sys, CLEARANCE_RUN, &record.text, &record.len);
        plan_drop_begin(plan);
        for (size_t i = 0; i < plan->n_items; i++) {
                struct plan_item *item = &plan->items[i];

                if (item->verdict != VERDICT_CHANGE || item->deferred)
                        continue;
                if (takes_uncleared(&record, plan, i, inv, takings, n))
                        plan_defer(plan, i);
                else
                        item->unsettled = false; /* its group is the one that was complete */
        }
        plan_drop_end(plan);
}

/* ---- one of two equal cards ---- */

/* What stands in an identity behind " path=" or " serial=". New string, "": nothing. */
static char *field_of(const char *identity, const char *name)
{
        const char *value = strstr(identity, name);

        return value ? xstrndup(value + strlen(name), strcspn(value + strlen(name), " ")) : xstrdup("");
}

/* Whether these are one card, or one that was put into its slot: by the serial number, or by the bridges on the way.
 * When they are not, *ret_before is the path of the first, as the selector has it. */
static int is_same_card(const char *before, const char *now, char **ret_before)
{
        CLEANUP_FREE char *serial = field_of(before, SERIAL), *serial_now = field_of(now, SERIAL), *path = NULL;
        CLEANUP_FREE char *place = field_of(before, PLACE), *place_now = field_of(now, PLACE), *path_now = NULL;
        int r;

        if (*serial && *serial_now && streq(serial, serial_now))
                return 1;
        r = selector_path_of(place, &path);
        if (r == 0)
                r = selector_path_of(place_now, &path_now);
        if (r < 0)
                return 1; /* it can't be told */
        if (streq_ptr(path, path_now))
                return 1;
        *ret_before = STEAL(path);
        return 0;
}

static int refuse_other_card(struct plan *plan, size_t item, const struct pci_function *f, const char *before)
{
        CLEANUP_FREE char *now = NULL, *reason = NULL;
        char address[PCI_ADDRESS_MAX];
        int r = selector_path_of(f->path, &now);

        (void) pci_address_format(&f->address, address);
        if (r == 0)
                reason = xasprintf("%s is not the card that was handed over before but an identical one: set path = "
                                   "%s for that one, or path = %s for this one",
                                   address, before, now);
        if (r == 0)
                plan_refuse(plan, item, reason);
        plan->items[item].other_card = r == 0;
        return r;
}

static void check_card(const struct record *record, struct plan *plan, size_t index, const struct inventory *inv)
{
        const struct plan_item *item = &plan->items[index];
        const struct selector *selector = &item->section->selector;
        CLEANUP_CLEARANCE struct clearance c = { 0 };
        CLEANUP_FREE char *now = NULL, *before = NULL;
        const struct pci_function *f;
        int r;

        if (item->verdict != VERDICT_CHANGE || item->section->kind != SECTION_DEVICE ||
            selector->kind != SELECTOR_ADDRESS || item->found == NO_INDEX)
                return;
        f = &inv->functions[item->found];
        /* The address may come to mean another one when the buses are numbered otherwise. */
        if (!f->path || f->physfn != NO_INDEX || inventory_find_twin(inv, item->found) == NO_INDEX)
                return;
        r = clearance_find(record->text, record->len, &f->address, &c);
        if (r < 0 || !config_section_is(item->section, c.section) || !streq_ptr(c.selector, selector->text))
                return;
        r = clearance_identify(record->sys, &f->address, strstr(c.identity, SERIAL), &now);
        if (r == 0)
                r = is_same_card(c.identity, now, &before);
        if (r == 0)
                (void) refuse_other_card(plan, index, f, before);
}

/* The function that has this serial number, of the ids that an identity starts with: "id=10de:2487:…". NO_INDEX: none.
 */
static size_t find_serial(struct sys *sys, const struct inventory *inv, const char *identity, const char *serial)
{
        struct pci_id_pattern id;
        char ids[10];
        size_t first, n = 0;

        (void) snprintf(ids, sizeof(ids), "%s", identity + strlen("id="));
        if (*serial && pci_id_pattern_parse(ids, &id) == 0)
                n = inventory_find_id(inv, (uint16_t) id.vendor, (uint16_t) id.device, &first);
        for (size_t i = 0; i < n; i++) {
                size_t function = inv->by_id[first + i];
                struct pci_function f = { .address = inv->functions[function].address, .physfn = NO_INDEX };
                bool same;

                inventory_read_device_serial(sys, &f);
                same = f.n_serials > 0 && streq(f.serials[0], serial);

                pci_function_clear(&f);
                if (same)
                        return function;
        }
        return NO_INDEX;
}

/* Where the card of an entry is now, whose section finds nothing in its place any more. Says so in the reason. */
static void find_moved(const struct record *record, const struct plan *plan, const struct inventory *inv,
                       const struct clearance *c)
{
        struct plan_item *item = c->selector ? plan_find_item(plan, c->section) : NULL;
        const struct selector *selector = item ? &item->section->selector : NULL;
        CLEANUP_FREE char *serial = NULL, *path = NULL, *reason = NULL;
        char address[PCI_ADDRESS_MAX];
        size_t now;

        if (!item || item->verdict != VERDICT_ABSENT || !streq_ptr(c->selector, selector->text) ||
            (selector->kind != SELECTOR_ADDRESS && selector->kind != SELECTOR_PATH))
                return;
        serial = field_of(c->identity, SERIAL);
        now = find_serial(record->sys, inv, c->identity, serial);
        if (now == NO_INDEX || !inv->functions[now].path || selector_path_of(inv->functions[now].path, &path) < 0)
                return;
        reason = xasprintf("%s; the card that was handed over before is at %s now (path = %s)", item->reason,
                           pci_address_format(&inv->functions[now].address, address), path);
        replace_string(&item->reason, reason);
}

void clearance_check_cards(struct sys *sys, struct plan *plan, const struct inventory *inv)
{
        CLEANUP(record_clear) struct record record = { .sys = sys };
        const char *text;
        int r = clearance_load(sys, CLEARANCE_PATH, &record.text, &record.len);

        if (r < 0)
                return;
        for (size_t i = 0; i < plan->n_items; i++)
                check_card(&record, plan, i, inv);
        text = record.text;
        for (;;) {
                CLEANUP_CLEARANCE struct clearance c = { 0 };

                if (clearance_next(&text, record.text + record.len, &c) <= 0)
                        break;
                find_moved(&record, plan, inv, &c);
        }
}

/* ---- after one ---- */

/* Whether the entry stays as it is: nobody has looked at its section, or its device is not there to be looked at. One
 * that is there and goes back, as its section lacks another, would be taken and given back in every boot. */
static bool stays(const struct plan *plan, const struct inventory *inv, const struct clearance *c)
{
        const struct plan_item *item = plan_find_item(plan, c->section);

        return item && (item->section->left_out || item->section->skipped || item->other_card ||
                        (item->verdict == VERDICT_ABSENT && !inventory_find(inv, &c->address)));
}

static int keep_old(const struct record *old, const struct plan *plan, const struct inventory *inv,
                    struct strbuf *lines)
{
        const char *text = old->text, *end = text ? text + old->len : NULL;
        int r = 0;

        while (text) {
                CLEANUP_CLEARANCE struct clearance c = { 0 };

                r = clearance_next(&text, end, &c);
                if (r <= 0)
                        return r;
                if (stays(plan, inv, &c))
                        (void) clearance_format(&c, lines);
        }
        return r;
}

/* The serial number of a device that was known before is not read again: that would wake it. */
static int identify(const struct record *old, const struct pci_address *a, char **ret)
{
        CLEANUP_CLEARANCE struct clearance before = { 0 };
        CLEANUP_FREE char *bare = NULL;
        int r = clearance_identify(old->sys, a, false, &bare);

        if (r < 0 || !bare)
                return r;
        if (old->text && clearance_find(old->text, old->len, a, &before) == 0) {
                const char *rest = after_prefix(before.identity, bare);

                if (rest && (!*rest || after_prefix(rest, SERIAL))) {
                        *ret = xstrdup(before.identity);
                        return 0;
                }
        }
        return clearance_identify(old->sys, a, true, ret);
}

/* A VF that a section makes is not there before that section's turn. */
static bool is_made_here(const struct plan *plan, const struct pci_function *f)
{
        for (size_t i = 0; f->physfn != NO_INDEX && i < plan->n_items; i++)
                if (plan->items[i].section->kind == SECTION_SRIOV && plan->items[i].pf == f->physfn)
                        return true;
        return false;
}

/* Whether the group is the one that the plan was made for: what has come to it since, nobody has looked at. */
static bool is_as_planned(const struct inventory *inv, const struct pci_function *f, const char *identity)
{
        const char *group = strstr(identity, GROUP);
        size_t seen = 0, now = group != NULL, n;
        const size_t *members = inventory_group(inv, f->group, &n);

        for (const char *c = group ? group + strlen(GROUP) : ""; *c && *c != ' '; c++)
                now += *c == ',';
        for (size_t i = 0; i < n && f->group != NO_GROUP; i++)
                seen += &inv->functions[members[i]] == f || inv->functions[members[i]].physfn == NO_INDEX;
        return now == seen;
}

static void clear_item(const struct record *old, const struct plan *plan, const struct plan_item *item,
                       const struct inventory *inv, struct strbuf *lines)
{
        CLEANUP_FREE char *key = config_section_key(item->section);
        int r = 0;

        for (size_t i = 0; i < item->n_claims; i++) {
                const struct plan_claim *claim = &item->claims[i];
                CLEANUP_FREE char *identity = NULL;
                struct clearance c = { .driver = claim->driver, .forced = item->section->force, .section = key };

                if (claim->function == NO_INDEX || streq(claim->driver, DRIVER_HOST) ||
                    is_made_here(plan, &inv->functions[claim->function]))
                        continue;
                c.address = inv->functions[claim->function].address;
                c.selector = claim->function == item->found ? item->section->selector.text : NULL;
                r = identify(old, &c.address, &identity);
                c.identity = identity;
                if (r == 0 && identity && is_as_planned(inv, &inv->functions[claim->function], identity))
                        (void) clearance_format(&c, lines); /* a name that has a tab in it is not cleared */
        }
}

static bool is_to_be_cleared(const struct plan_item *item, bool idle)
{
        return item->section->kind == SECTION_DEVICE && item->section->when == WHEN_BOOT && !item->section->left_out && item_is_open(item) &&
               !item->deferred && (!item->unsettled || idle);
}

static int replace(struct sys *sys, const char *path, const char *text)
{
        CLEANUP_FREE char *old = NULL;
        size_t len = 0;
        int r = clearance_load(sys, path, &old, &len);

        if (r == 0 && streq(old, text))
                return r;
        return sys->ops->replace(sys->userdata, path, text, strlen(text));
}

/* The copy of this boot follows it, also where it can't be written. */
static int write_record(struct sys *sys, const char *lines)
{
        CLEANUP_FREE char *text = clearance_record(lines ? lines : "");
        int r, run;

        r = replace(sys, CLEARANCE_PATH, text);
        run = replace(sys, CLEARANCE_RUN, text);
        return r < 0 ? r : run;
}

int clearance_update(struct sys *sys, const struct plan *plan, const struct inventory *inv, bool idle)
{
        CLEANUP(record_clear) struct record old = { .sys = sys };
        CLEANUP_STRBUF struct strbuf lines = { 0 };
        int r;

        (void) clearance_load(sys, CLEARANCE_PATH, &old.text, &old.len);
        r = keep_old(&old, plan, inv, &lines);
        for (size_t i = 0; i < plan->n_items && r == 0; i++)
                if (is_to_be_cleared(&plan->items[i], idle))
                        clear_item(&old, plan, &plan->items[i], inv, &lines);
        if (r < 0)
                return r;
        return write_record(sys, lines.text);
}

int clearance_withdraw(struct sys *sys, char *const *sections, size_t n)
{
        CLEANUP(record_clear) struct record old = { .sys = sys };
        CLEANUP_STRBUF struct strbuf lines = { 0 };
        int r = clearance_load(sys, CLEARANCE_PATH, &old.text, &old.len);
        const char *text = old.text;

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        for (;;) {
                CLEANUP_CLEARANCE struct clearance c = { 0 };
                bool released = false;

                r = clearance_next(&text, old.text + old.len, &c);
                if (r <= 0)
                        break;
                for (size_t i = 0; i < n && !released; i++)
                        released = streq(c.section, sections[i]);
                if (!released)
                        (void) clearance_format(&c, &lines);
        }
        return r < 0 ? r : write_record(sys, lines.text);
}

int clearance_remove(struct sys *sys)
{
        static const char *const paths[] = { CLEARANCE_PATH, CLEARANCE_RUN };
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
                int one = sys->ops->remove(sys->userdata, paths[i]);

                if (one < 0 && one != -ENOENT && r == 0)
                        r = one;
        }
        return r;
}
