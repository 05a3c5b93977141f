/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state: its model, its text both ways with any value, and a damaged text, which is refused and never trusted. */
#include "unit/kit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "state/state.h"
#include "unit/machine.h"

static struct state_device *device(struct state *state, uint8_t bus)
{
        struct state_device *d = state_get_device(state, &(struct pci_address){ .bus = bus });

        assert_non_null(d);
        return d;
}

static void model(void **unused)
{
        CLEANUP_STATE struct state state = { 0 };
        const uint8_t uuid[16] = { 1 }, other[16] = { 2 };
        static const uint8_t buses[] = { 5, 3, 9, 1, 5, 4, 9 };

        (void) unused;
        assert_null(state_find_device(&state, &(struct pci_address){ 0 }));
        for (size_t i = 0; i < ARRAY_SIZE(buses); i++)
                device(&state, buses[i])->vendor = buses[i];
        assert_int_equal(state.n_devices, 5); /* each once, sorted */
        for (size_t i = 1; i < state.n_devices; i++)
                assert_true(state.devices[i - 1].address.bus < state.devices[i].address.bus);
        for (size_t i = 0; i < ARRAY_SIZE(buses); i++)
                assert_int_equal(state_find_device(&state, &(struct pci_address){ .bus = buses[i] })->vendor,
                                 buses[i]);
        assert_null(state_find_device(&state, &(struct pci_address){ .bus = 2 }));

        state_add_mdev(&state, uuid, "mdev a", "mtty", "mtty-1");
        state_add_mdev(&state, uuid, "mdev b", "mtty", "mtty-2");
        assert_int_equal(state.n_mdevs, 1);
        assert_string_equal(state_find_mdev(&state, uuid)->section, "mdev b");
        assert_null(state_find_mdev(&state, other));

        state_add_failure(&state, "device a", EBUSY, "first");
        state_add_failure(&state, "device a", EIO, "second");
        assert_int_equal(state.n_failures, 1); /* the first is the cause of the others */
        assert_string_equal(state_find_failure(&state, "device a")->text, "first");
        assert_null(state_find_failure(&state, "device b"));
        state_clear_failures(&state);
        assert_int_equal(state.n_failures, 0);
}

/* Bytes that inih, the line reader or the escapes could trip over; NULL now and then. */
static char *random_value(bool null_ok, bool empty_ok)
{
        static const char tricky[] = "%;#|+= []:\t\"'\\%%||;#  \xc3\xa4\xff\x01\x7f\r\n";
        size_t n = (size_t) random() % 12 ? (size_t) random() % 40 : (size_t) random() % 3000;
        char *s;

        if (null_ok && random() % 8 == 0)
                return NULL;
        if (!empty_ok && n == 0)
                n = 1;
        s = malloc(n + 1);
        assert_non_null(s);
        for (size_t i = 0; i < n; i++)
                s[i] = random() % 2 ? tricky[(size_t) random() % (sizeof(tricky) - 1)] : (char) ('a' + random() % 26);
        s[n] = '\0';
        return s;
}

static void fill(struct state *state)
{
        static const char *const settings[] = {
                "mac=52:54:00:12:34:56", "vlan=none",      "max-tx-rate=100",
                "power-control=auto",    "d3cold=no",      "reset-method=device_specific flr other bus",
                "reset-method=none",     "bar-size.5=16G", "eswitch=switchdev",
                "autoprobe=no",          "mtu=68",         "pf-up=no"
        };
        size_t n = (size_t) random() % 6;

        for (size_t i = 0; i < n; i++) {
                struct state_device *d = state_get_device(
                        state, &(struct pci_address){ (uint32_t) (random() % 3 * 0xffff), (uint8_t) random(),
                                                      random() & 0x1f, random() & 7 });

                assert_non_null(d);
                if (d->section)
                        continue;
                d->vendor = (uint16_t) random();
                d->device = (uint16_t) random();
                d->section = random_value(false, true);
                d->selector = random_value(true, true);
                d->has_driver = random() % 2;
                if (d->has_driver) {
                        d->driver = random_value(true, false);
                        d->override_ = random_value(true, false);
                }
                d->port = random() % 2 ? (unsigned) random() & 0xffff : 0;
                d->has_numvfs = random() % 2;
                d->numvfs = d->has_numvfs ? (unsigned) random() & 0xffff : 0;
                d->to = random_value(true, true);
                d->early = random() % 2;
                for (size_t k = 0; k < ARRAY_SIZE(settings); k++)
                        if (random() % 2)
                                assert_int_equal(value_text_parse(settings[k], &d->before), 0);
        }
        for (size_t i = 0; i < n; i++) {
                CLEANUP_FREE char *name = random_value(false, true), *vm = random_value(true, true),
                                  *unit = random_value(true, true), *key = NULL;
                struct state_hold *hold;

                assert_true(asprintf(&key, "device %s", name) > 0);
                hold = state_set_hold(state, key, vm);
                replace_string(&hold->unit, unit);
                for (size_t k = 0; k < n; k++)
                        state_hold_add_console(hold, k % 2 ? "vtcon1" : "vtcon 2;");
        }
        for (size_t i = 0; i < n; i++) {
                CLEANUP_FREE char *released = random_value(false, true);

                state_set_released(state, released);
        }
        for (size_t i = 0; i < n; i++) {
                CLEANUP_FREE char *section = random_value(true, true), *parent = random_value(true, true),
                                  *type = random_value(true, true), *name = random_value(false, true),
                                  *text = random_value(true, true);
                uint8_t uuid[16];

                for (size_t k = 0; k < sizeof(uuid); k++)
                        uuid[k] = (uint8_t) random();
                /* An entry without a single value has no lines, and so is none. */
                if (!section && !parent && !type)
                        section = strdup("mdev x");
                state_add_mdev(state, uuid, section, parent, type);
                state_find_mdev(state, uuid)->unfinished = random() % 2;
                state_add_failure(state, name, (int) (random() % 134), text);
        }
}

static void assert_same(const struct state *a, const struct state *b)
{
        assert_int_equal(a->n_devices, b->n_devices);
        for (size_t i = 0; i < a->n_devices; i++) {
                const struct state_device *x = &a->devices[i], *y = &b->devices[i];

                assert_int_equal(pci_address_compare(&x->address, &y->address), 0);
                assert_int_equal(x->vendor, y->vendor);
                assert_int_equal(x->device, y->device);
                assert_true(streq_ptr(x->section, y->section) && streq_ptr(x->selector, y->selector));
                assert_true(streq_ptr(x->driver, y->driver) && streq_ptr(x->override_, y->override_));
                assert_int_equal(x->has_driver, y->has_driver);
                assert_int_equal(x->port, y->port);
                assert_int_equal(x->has_numvfs, y->has_numvfs);
                assert_int_equal(x->numvfs, y->numvfs);
                assert_true(streq_ptr(x->to, y->to));
                assert_int_equal(x->early, y->early);
                assert_int_equal(x->before.known, y->before.known);
                assert_int_equal(values_difference(&x->before, &y->before), 0);
        }
        assert_int_equal(a->n_mdevs, b->n_mdevs);
        for (size_t i = 0; i < a->n_mdevs; i++) {
                assert_memory_equal(a->mdevs[i].uuid, b->mdevs[i].uuid, 16);
                assert_true(streq_ptr(a->mdevs[i].section, b->mdevs[i].section));
                assert_true(streq_ptr(a->mdevs[i].parent, b->mdevs[i].parent));
                assert_true(streq_ptr(a->mdevs[i].type, b->mdevs[i].type));
                assert_int_equal(a->mdevs[i].unfinished, b->mdevs[i].unfinished);
        }
        assert_int_equal(a->n_failures, b->n_failures);
        for (size_t i = 0; i < a->n_failures; i++) {
                assert_int_equal(a->failures[i].error, b->failures[i].error);
                assert_true(streq_ptr(a->failures[i].section, b->failures[i].section));
                assert_true(streq_ptr(a->failures[i].text, b->failures[i].text));
        }
        assert_int_equal(a->n_holds, b->n_holds);
        for (size_t i = 0; i < a->n_holds; i++) {
                const struct state_hold *x = &a->holds[i], *y = &b->holds[i];

                assert_string_equal(x->section, y->section);
                assert_true(streq_ptr(x->vm, y->vm) && streq_ptr(x->unit, y->unit));
                assert_int_equal(x->n_consoles, y->n_consoles);
                for (size_t k = 0; k < x->n_consoles; k++)
                        assert_string_equal(x->consoles[k], y->consoles[k]);
        }
        assert_int_equal(a->n_released, b->n_released);
        for (size_t i = 0; i < a->n_released; i++)
                assert_string_equal(a->released[i], b->released[i]);
}

static void round_trip(void **unused)
{
        (void) unused;
        for (unsigned seed = 1; seed <= 300; seed++) {
                CLEANUP_STATE struct state state = { 0 };
                CLEANUP_STATE struct state again = { 0 };
                CLEANUP_FREE char *text = NULL, *second = NULL;

                srandom(seed);
                fill(&state);
                state_format(&state, &text);
                if (state_parse(&again, text, strlen(text)) != 0)
                        fail_msg("seed %u: refused\n%s", seed, text);
                assert_same(&state, &again);
                state_format(&again, &second);
                assert_string_equal(text, second);
        }
}

static void readable(void **unused)
{
        CLEANUP_STATE struct state state = { 0 };
        CLEANUP_FREE char *text = NULL;
        struct state_device *d = device(&state, 1);

        (void) unused;
        d->vendor = 0x10de;
        d->device = 0x2487;
        d->has_driver = true;
        replace_string(&d->section, "device gpu");
        replace_string(&d->driver, "nouveau");
        state_format(&state, &text);
        assert_string_equal(text,
                            "# Written by passthru-setup: the state before it, for this boot. Do not edit.\n"
                            "\n[device 0000:01:00.0]\nid = 10de:2487\nsection = |device+gpu|\ndriver = |nouveau|\n"
                            "override = ||\n");
}

/* As the version before has written it. */
static void of_before(void **unused)
{
        static const char text[] =
                "[device 0000:01:00.0]\nid = 10de:2487\nvf = |vlan=100|\nvf = |trust=no|\n"
                "attribute.reset_method = |flr+bus|\nattribute.d3cold_allowed = |1|\n"
                "attribute.power/control = |auto|\nattribute.resource1_resize = |256M|\nnumvfs = 3\n"
                "autoprobe = 1\nmtu = 1500\nport = 1\neswitch = legacy\ndown = 1\n";
        CLEANUP_STRBUF struct strbuf b = { 0 };
        CLEANUP_STATE struct state state = { 0 };

        (void) unused;
        assert_int_equal(state_parse(&state, text, strlen(text)), 0);
        values_words_format(&state.devices[0].before, state.devices[0].before.known, &b);
        assert_string_equal(
                b.text, "vlan 100, trust no, mtu 1500, pf-up no, eswitch legacy, autoprobe yes, reset-method flr bus, "
                        "d3cold yes, power-control auto, bar-size.1 256M");
}

static void damaged(void **unused)
{
        static const char *const texts[] = {
                "x",
                "[device 0000:01:00.0]\nid = 10de",
                "[device 0000:01:00.0]\nid = *:*",
                "[device x]\nid = 1:2",
                "[device 0000:01:00.0]\nunknown = 1",
                "[device 0000:01:00.0]\nnumvfs = -1",
                "[device 0000:01:00.0]\nnumvfs = 65536",
                "[device 0000:01:00.0]\ndriver = x",
                "[device 0000:01:00.0]\ndriver = |x",
                "[device 0000:01:00.0]\ndriver = |",
                "[device 0000:01:00.0]\ndriver = |%|",
                "[device 0000:01:00.0]\ndriver = |%4|",
                "[device 0000:01:00.0]\ndriver = |%zz|",
                "[device 0000:01:00.0]\ndriver = |a%00b|",
                "[device 0000:01:00.0]\nattribute.remove = |1|",
                "[device 0000:01:00.0]\nattribute. = |1|",
                "[device 0000:01:00.0]\nattribute.resource6_resize = |1M|",
                "[device 0000:01:00.0]\nattribute.power/control = on",
                "[device 0000:01:00.0]\nattribute.power/control = |off|",
                "[device 0000:01:00.0]\neswitch = none",
                "[device 0000:01:00.0]\nautoprobe = 2",
                "[device 0000:01:00.0]\nmtu = 65536",
                "[device 0000:01:00.0]\nbefore = |vlan=-|",
                "[device 0000:01:00.0]\nbefore = |vlan|",
                "[device 0000:01:00.0]\nbefore = |vlam=1|",
                "[mdev 1]\ntype = |x|",
                "[mdev 4b20d080-1b54-4048-85b3-a6a62d165c01]\nbad = |x|",
                "[failure 1]\nerror = 1",
                "[failure 4294967295]\nerror = 1",
                "[failure 0]\nerror = 5000",
                "[failure 0]\nerror = -1",
                "[released 1]\nsection = |device+a|",
                "[released 0]\nerror = 1",
                "[released x]\nsection = |device+a|",
                "[hold 1]\nsection = |device+a|",
                "[hold 0]\nvm = |libvirt+a|",
                "[hold 0]\nsection = |a|",
                "[hold 0]\nsection = |device+a|\nconsole = |../x|",
                "[hold 0]\nsection = |device+a|\nconsole = ||",
                "[hold 0]\nsection = |device+a|\nother = |x|",
                "[other]\na = b",
                "a = b",
                "[device 0000:01:00.0\nid = 1:2",
                "\x01",
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                CLEANUP_STATE struct state state = { 0 };

                if (state_parse(&state, texts[i], strlen(texts[i])) != -EBADMSG)
                        fail_msg("%s", texts[i]);
                assert_int_equal(state.n_devices + state.n_mdevs + state.n_failures + state.n_released + state.n_holds, 0);
        }
}

static void releases(void **unused)
{
        static const char *const names[] = { "device a", "device b", "device c" };
        CLEANUP_STATE struct state state = { 0 };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                state_set_released(&state, names[i]);
        state.changed = false;
        state_set_released(&state, "device b");
        state_clear_released(&state, "device d");
        assert_false(state.changed); /* nothing that the file does not say already */
        assert_int_equal(state.n_released, 3);
        state_clear_released(&state, "device a");
        assert_true(state.changed);
        assert_false(state_is_released(&state, "device a"));
        assert_true(state_is_released(&state, "device b") && state_is_released(&state, "device c"));
        assert_int_equal(state.n_released, 2);
}

/* A function that has gone takes the mdevs on it along, and no others. */
static void forgotten(void **unused)
{
        static const uint8_t uuids[3][16] = { { 1 }, { 2 }, { 3 } };
        static const char *const parents[] = { "0000:01:00.0", "mtty", "0000:02:00.0" };
        CLEANUP_STATE struct state state = { 0 };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(parents); i++)
                state_add_mdev(&state, uuids[i], "mdev m", parents[i], "t");
        (void) device(&state, 1);
        (void) device(&state, 2);
        state_forget(&state, &(struct pci_address){ .bus = 3 });
        assert_false(state.changed);
        state_forget(&state, &(struct pci_address){ .bus = 1 });
        assert_true(state.changed);
        assert_int_equal(state.n_devices, 1);
        assert_int_equal(state.devices[0].address.bus, 2);
        assert_int_equal(state.n_mdevs, 2);
        assert_null(state_find_mdev(&state, uuids[0]));
        assert_true(state_find_mdev(&state, uuids[1]) && state_find_mdev(&state, uuids[2]));
}

/* What can't be read is not gone. */
static void pruned(void **unused)
{
        static const struct fn there = { "0000:01:00.0", "10de:2487", 0x030000, NULL, NULL, NO_GROUP, NULL };
        static const uint8_t uuids[2][16] = { { 1 }, { 2 } };
        CLEANUP(inventory_freep) struct inventory *inv = calloc(1, sizeof(*inv));
        CLEANUP_STATE struct state state = { 0 };
        struct unreadable *u;

        (void) unused;
        assert_non_null(inv);
        inv_add(inv, &there, 1);
        inv_mdev(inv, "01000000-0000-0000-0000-000000000000", NULL, "t");
        u = ARRAY_APPEND(inv->unreadable, inv->n_unreadable, inv->alloc_unreadable);
        assert_non_null(u);
        *u = (struct unreadable){ .address = { .bus = 2 }, .error = EIO };
        (void) device(&state, 1);
        (void) device(&state, 2);
        state_add_mdev(&state, uuids[0], "mdev m", "mtty", "t");
        state_prune(&state, inv);
        assert_false(state.changed);
        replace_string(&device(&state, 0)->section, "device gone");
        state_add_mdev(&state, uuids[1], "mdev gone", "mtty", "t");
        state_prune(&state, inv);
        assert_true(state.changed);
        assert_int_equal(state.n_devices, 2);
        assert_int_equal(state.devices[0].address.bus, 1);
        assert_int_equal(state.devices[1].address.bus, 2);
        assert_int_equal(state.n_mdevs, 1);
        assert_true(state_find_mdev(&state, uuids[0]) && !state_find_mdev(&state, uuids[1]));
}

/* Any cut and any changed byte: read or refused, never a crash, and what is read can be written and read again. */
static void mutilated(void **unused)
{
        CLEANUP_STATE struct state state = { 0 };
        CLEANUP_FREE char *text = NULL;
        size_t len, refused = 0;

        (void) unused;
        srandom(7);
        fill(&state);
        fill(&state);
        state_format(&state, &text);
        len = strlen(text);
        for (unsigned i = 0; i < 3000; i++) {
                CLEANUP_STATE struct state again = { 0 };
                CLEANUP_STATE struct state third = { 0 };
                size_t n = i % 3 ? len : (size_t) random() % len;
                CLEANUP_FREE char *copy = malloc(n + 1), *written = NULL;
                int r;

                assert_non_null(copy);
                memcpy(copy, text, n);
                for (unsigned k = 0; i % 3 && n > 0 && k < 1 + i % 4; k++)
                        copy[(size_t) random() % n] = (char) random();
                r = state_parse(&again, copy, n);
                assert_true(r == 0 || r == -EBADMSG);
                refused += r != 0;
                if (r == 0) {
                        state_format(&again, &written);
                        assert_int_equal(state_parse(&third, written, strlen(written)), 0);
                }
        }
        assert_true(refused > 1000);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(model),     cmocka_unit_test(round_trip), cmocka_unit_test(readable),
                cmocka_unit_test(of_before), cmocka_unit_test(damaged),    cmocka_unit_test(mutilated),
                cmocka_unit_test(releases),  cmocka_unit_test(forgotten),  cmocka_unit_test(pruned),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
