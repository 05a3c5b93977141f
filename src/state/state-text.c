/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state's text: INI, as the configuration is, so that inih reads it and a person can. */
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/state-text.h"
#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "base/uuid.h"
#include "config/config-lines.h"

/* A value's bytes in one line, well below what inih reads; a longer value goes on in a line with the same key. */
#define CHUNK 120

#define ATTRIBUTE "attribute." /* before a file's name, in the state of the version before */

static bool is_plain(char c)
{
        return isgraph((unsigned char) c) && !strchr("%;#|+", c);
}

void state_put(struct strbuf *b, const char *key, const char *value)
{
        size_t n = 0;

        if (!value)
                return;
        strbuf_addf(b, "%s = |", key);
        for (const char *c = value; *c; c++) {
                if (n >= CHUNK) {
                        strbuf_addf(b, "|\n%s = |", key);
                        n = 0;
                }
                if (is_plain(*c)) {
                        strbuf_addn(b, c, 1);
                        n += 1;
                } else if (*c == ' ') {
                        strbuf_add(b, "+");
                        n += 1;
                } else {
                        strbuf_addf(b, "%%%02x", (unsigned) (unsigned char) *c);
                        n += 3;
                }
        }
        strbuf_add(b, "|\n");
}

int state_take(char **dst, const char *value)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        size_t n = strlen(value);

        if (n < 2 || value[0] != '|' || value[n - 1] != '|')
                return -EBADMSG;
        if (*dst)
                strbuf_add(&b, *dst);
        for (size_t i = 1; i < n - 1; i++) {
                char hex[3] = { 0 }, c;
                uint64_t byte;

                if (value[i] == '+') {
                        strbuf_add(&b, " ");
                        continue;
                }
                if (value[i] != '%') {
                        strbuf_addn(&b, &value[i], 1);
                        continue;
                }
                if (i + 2 >= n - 1)
                        return -EBADMSG;
                memcpy(hex, &value[i + 1], 2);
                if (parse_unsigned(hex, 16, 0xff, &byte) < 0 || byte == 0)
                        return -EBADMSG;
                c = (char) byte;
                strbuf_addn(&b, &c, 1);
                i += 2;
        }
        free(*dst);
        *dst = NULL;
        *dst = strbuf_steal(&b);
        return 0;
}

/* A line for each, so that none is cut in two. */
static void put_values(struct strbuf *b, const struct values *values)
{
        for (enum property p = 0; p < PROPERTY_MAX; p++) {
                CLEANUP_STRBUF struct strbuf text = { 0 };

                if (!values_have(values, p))
                        continue;
                strbuf_addf(&text, "%s=", property_name(p));
                property_format(p, values->value[p], &text);
                state_put(b, "before", text.text);
        }
}

/* A release writes it: nothing but a property may come out of a damaged state. */
static int take_value(struct state_device *d, const char *value)
{
        CLEANUP_FREE char *text = NULL;
        struct values one = { 0 };
        int r = state_take(&text, value);

        if (r < 0)
                return r;
        if (value_text_parse(text, &one) < 0 || one.lacking)
                return -EBADMSG;
        values_keep(&d->before, &one, one.known);
        return 0;
}

/* A PF's as the version before has written them. -ENOENT: it is another key. */
static int take_old_key(struct state_device *d, const char *name, const char *value)
{
        static const struct {
                const char *name;
                enum property property;
        } keys[] = { { "autoprobe", PROPERTY_AUTOPROBE }, { "mtu", PROPERTY_MTU }, { "eswitch", PROPERTY_ESWITCH } };
        uint64_t number;

        if (streq(name, "down")) {
                if (parse_unsigned(value, 10, 1, &number) < 0)
                        return -EBADMSG;
                if (number)
                        values_set(&d->before, PROPERTY_PF_UP, 0);
                return 0;
        }
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                if (streq(keys[i].name, name)) {
                        if (property_text_parse(keys[i].property, value, &number) < 0 || number > UINT16_MAX)
                                return -EBADMSG;
                        values_set(&d->before, keys[i].property, number);
                        return 0;
                }
        return -ENOENT;
}

/* As the version before has written it: by the name of a file, with what was in it. */
static int take_attribute(struct state_device *d, const char *attribute, const char *value)
{
        CLEANUP_FREE char *text = NULL;
        uint64_t number;
        int r = state_take(&text, value);

        for (enum property p = 0; p < PROPERTY_MAX && r == 0; p++)
                if (streq_ptr(properties[p].attribute, attribute)) {
                        if (property_text_parse(p, text, &number) < 0)
                                return -EBADMSG;
                        values_set(&d->before, p, number);
                        return 0;
                }
        return r < 0 ? r : -EBADMSG;
}

void state_format(const struct state *state, char **ret)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        char address[PCI_ADDRESS_MAX], uuid[UUID_TEXT_MAX];

        strbuf_add(&b, "# Written by passthru-setup: the state before it, for this boot. Do not edit.\n");
        for (size_t i = 0; i < state->n_devices; i++) {
                const struct state_device *d = &state->devices[i];

                strbuf_addf(&b, "\n[device %s]\nid = %04x:%04x\n", pci_address_format(&d->address, address), d->vendor,
                            d->device);
                state_put(&b, "section", d->section);
                state_put(&b, "selector", d->selector);
                if (d->has_driver) {
                        state_put(&b, "driver", d->driver ? d->driver : "");
                        state_put(&b, "override", d->override_ ? d->override_ : "");
                }
                state_put(&b, "to", d->to);
                if (d->has_numvfs)
                        strbuf_addf(&b, "numvfs = %u\n", d->numvfs);
                if (d->port)
                        strbuf_addf(&b, "port = %u\n", d->port);
                put_values(&b, &d->before);
                if (d->early)
                        strbuf_add(&b, "early = 1\n");
                if (d->provisional)
                        strbuf_add(&b, "provisional = 1\n");
        }
        state_put_bus_devices(&b, state);
        for (size_t i = 0; i < state->n_mdevs; i++) {
                const struct state_mdev *m = &state->mdevs[i];

                strbuf_addf(&b, "\n[mdev %s]\n", uuid_format(m->uuid, uuid));
                state_put(&b, "section", m->section);
                state_put(&b, "parent", m->parent);
                state_put(&b, "type", m->type);
                if (m->unfinished)
                        strbuf_add(&b, "unfinished = 1\n");
        }
        for (size_t i = 0; i < state->n_failures; i++) {
                const struct state_failure *f = &state->failures[i];

                strbuf_addf(&b, "\n[failure %zu]\nerror = %d\n", i, f->error);
                state_put(&b, "section", f->section);
                state_put(&b, "text", f->text);
        }
        state_put_holds(&b, state);
        for (size_t i = 0; i < state->n_released; i++) {
                strbuf_addf(&b, "\n[released %zu]\n", i);
                state_put(&b, "section", state->released[i]);
        }
        *ret = strbuf_steal(&b);
}

struct reader {
        struct state *state;
        struct config_lines lines;
        int error;
};

static int on_device(struct state_device *d, const char *name, const char *value)
{
        uint64_t n = 0;
        int r;

        if (streq(name, "id")) {
                struct pci_id_pattern id;

                if (pci_id_pattern_parse(value, &id) < 0 || id.vendor == PCI_ID_ANY || id.device == PCI_ID_ANY)
                        return -EBADMSG;
                d->vendor = (uint16_t) id.vendor;
                d->device = (uint16_t) id.device;
                return 0;
        }
        if (after_prefix(name, ATTRIBUTE))
                return take_attribute(d, after_prefix(name, ATTRIBUTE), value);
        if (streq(name, "section"))
                return state_take(&d->section, value);
        if (streq(name, "selector"))
                return state_take(&d->selector, value);
        if (streq(name, "to"))
                return state_take(&d->to, value);
        if (streq(name, "before") || streq(name, "vf")) /* the second of the version before */
                return take_value(d, value);
        if (streq(name, "driver") || streq(name, "override")) {
                char **field = streq(name, "driver") ? &d->driver : &d->override_;

                d->has_driver = true;
                r = state_take(field, value);
                if (r == 0 && isempty(*field)) {
                        free(*field);
                        *field = NULL;
                }
                return r;
        }
        r = take_old_key(d, name, value);
        if (r != -ENOENT)
                return r;
        if (parse_unsigned(value, 10, UINT16_MAX, &n) < 0)
                return -EBADMSG;
        if (streq(name, "numvfs")) {
                d->has_numvfs = true;
                d->numvfs = (unsigned) n;
        } else if (streq(name, "port"))
                d->port = (unsigned) n;
        else if (streq(name, "early"))
                d->early = n != 0;
        else if (streq(name, "provisional"))
                d->provisional = n != 0;
        else
                return -EBADMSG;
        return 0;
}

static int on_mdev(struct state *state, const uint8_t uuid[static 16], const char *name, const char *value)
{
        struct state_mdev *m = state_find_mdev(state, uuid);

        if (!m) {
                state_add_mdev(state, uuid, NULL, NULL, NULL);
                m = state_find_mdev(state, uuid);
        }
        if (streq(name, "section"))
                return state_take(&m->section, value);
        if (streq(name, "parent"))
                return state_take(&m->parent, value);
        if (streq(name, "type"))
                return state_take(&m->type, value);
        if (!streq(name, "unfinished") || !streq(value, "1"))
                return -EBADMSG;
        m->unfinished = true;
        return 0;
}

static int on_failure(struct state *state, uint64_t index, const char *name, const char *value)
{
        uint64_t error;

        /* They are numbered in order, so that a damaged number can't ask for a huge array. */
        if (index == state->n_failures)
                ARRAY_APPEND(state->failures, state->n_failures, state->alloc_failures);
        if (index + 1 != state->n_failures)
                return -EBADMSG;
        if (streq(name, "section"))
                return state_take(&state->failures[index].section, value);
        if (streq(name, "text"))
                return state_take(&state->failures[index].text, value);
        if (!streq(name, "error") || parse_unsigned(value, 10, 4095, &error) < 0)
                return -EBADMSG;
        state->failures[index].error = (int) error;
        return 0;
}

/* Numbered in order, as failures are; a long name has several lines. */
static int on_released(struct state *state, uint64_t index, const char *name, const char *value)
{
        if (index == state->n_released)
                ARRAY_APPEND(state->released, state->n_released, state->alloc_released);
        if (index + 1 != state->n_released || !streq(name, "section"))
                return -EBADMSG;
        return state_take(&state->released[index], value);
}

static int dispatch(struct state *state, const char *section, const char *name, const char *value)
{
        const char *rest;
        struct pci_address a;
        uint8_t uuid[16];
        uint64_t index;

        if ((rest = after_prefix(section, "device ")) && pci_address_parse(rest, false, &a, NULL) == 0) {
                struct state_device *d = state_get_device(state, &a);

                return on_device(d, name, value);
        }
        if ((rest = after_prefix(section, "mdev ")) && uuid_parse(rest, uuid) == 0)
                return on_mdev(state, uuid, name, value);
        if ((rest = after_prefix(section, "bus-device ")) && parse_unsigned(rest, 10, UINT32_MAX, &index) == 0)
                return state_take_bus_device(state, index, name, value);
        if ((rest = after_prefix(section, "hold ")) && parse_unsigned(rest, 10, UINT32_MAX, &index) == 0)
                return state_take_hold(state, index, name, value);
        if ((rest = after_prefix(section, "failure ")) && parse_unsigned(rest, 10, UINT32_MAX, &index) == 0)
                return on_failure(state, index, name, value);
        if ((rest = after_prefix(section, "released ")) && parse_unsigned(rest, 10, UINT32_MAX, &index) == 0)
                return on_released(state, index, name, value);
        return -EBADMSG;
}

static int on_key(void *userdata, const char *section, const char *name, const char *value)
{
        struct reader *r = userdata;

        if (r->error == 0)
                r->error = dispatch(r->state, section, name, value);
        return r->error == 0;
}

static char *next_line(char *buf, int size, void *userdata)
{
        struct reader *r = userdata;

        return config_lines_next(&r->lines, buf, (size_t) size) == LINE_END ? NULL : buf;
}

int state_parse(struct state *state, const char *text, size_t len)
{
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        struct reader r = { .state = state, .lines = { .text = text, .len = len, .diags = &diags } };
        int line = ini_parse_stream(next_line, &r, on_key, &r);

        if (r.error == 0 && line == -2)
                out_of_memory();
        if (r.error == 0 && (line != 0 || r.lines.n_errors > 0))
                r.error = -EBADMSG;
        if (r.error == 0 && (!state_bus_devices_are_named(state) || !state_holds_are_named(state)))
                r.error = -EBADMSG;
        if (r.error == 0)
                r.error = state_sort_sections(state);
        if (r.error < 0)
                state_free(state);
        return r.error;
}
