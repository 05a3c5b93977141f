/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a word stands for when something is to be explained, what is called most like it, and what to type next. */
#include "unit/machine.h"

#include <errno.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "base/uuid.h"
#include "explain/explain.h"

#define UUID "4b20d080-1b54-4048-85b3-a6a62d165c02"

/* gpu is refused: its audio function would stay. */
#define CONFIG "[device gpu]\naddress = 01:00.0\n[sriov up]\naddress = 03:00.0\nvfs = 2\n[device vm]\naddress = up/1\n" \
               "[mdev serial]\nparent = mtty\ntype = mtty-2\nuuid = " UUID "\n[device away]\naddress = 0a:00.0\n" \
               "[device nic]\ninterface = enp9s0\n[module up]\na = 1\n[device twin]\nid = 1:2\n[mdev twin]\n" \
               "parent = mtty\ntype = mtty-2\n"

static struct inventory *machine(void)
{
        static const struct fn functions[] = {
                { "0000:01:00.0", "10de:2484", 0x030000, "nouveau", NULL, 1, NULL },
                { "0000:01:00.1", "10de:228b", 0x040300, "snd_hda_intel", NULL, 1, NULL },
                { "0000:03:00.0", "8086:10c9", 0x020000, "igb", NULL, 3, NULL },
                { "0000:03:10.0", "8086:10ca", 0x020000, "vfio-pci", "vfio-pci", 4, NULL },
                { "0000:03:10.2", "8086:10ca", 0x020000, NULL, NULL, 5, NULL },
        };
        struct inventory *inv = calloc(1, sizeof(*inv));

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        inv_pf(inv, "0000:03:00.0", 7, "0000:03:10.0", 2, 0x10ca);
        inv_netdev(inv, "0000:03:00.0", "enp3s0", NULL);
        inv_type(inv_parent(inv, "mtty", NULL), "mtty-2", NULL, 4);
        inv_mdev(inv, UUID, "mtty", "mtty-2");
        return inv;
}

static void add_subject(const struct inventory *inv, const struct explain_subject *s, struct strbuf *b)
{
        char text[UUID_TEXT_MAX];

        strbuf_add(b, b->len > 0 ? "; " : "");
        if (s->item)
                strbuf_addf(b, "%s %s", section_kind_name(s->item->section->kind), s->item->section->name);
        else
                strbuf_add(b, "-");
        if (s->function != NO_INDEX)
                strbuf_addf(b, " %s", pci_address_format(&inv->functions[s->function].address, text));
        if (s->claim)
                strbuf_addf(b, " VF %u", s->claim->vf_index);
        if (s->has_uuid)
                strbuf_addf(b, " %s", uuid_format(s->uuid, text));
        if (s->parent != NO_INDEX)
                strbuf_addf(b, " %s", inv->parents[s->parent].name);
}

static void words_stand_for(void **unused)
{
        static const char *const cases[][2] = {
                { "gpu", "device gpu 0000:01:00.0" },
                { "0000:01:00.0", "device gpu 0000:01:00.0" },
                { "01:00.1", "- 0000:01:00.1" },
                { "01:00", "device gpu 0000:01:00.0; - 0000:01:00.1" },
                { "up", "sriov up 0000:03:00.0; module up" },
                { "enp3s0", "sriov up 0000:03:00.0" },
                { "enp9s0", "device nic" }, /* gone with its driver */
                { "up/0", "sriov up 0000:03:10.0 VF 0" },
                { "up/1", "device vm 0000:03:10.2" },
                { "03:10.2", "device vm 0000:03:10.2" },
                { "0a:00.0", "device away" },
                { "serial", "mdev serial" },
                { UUID, "mdev serial " UUID },
                { "mtty", "- mtty" },
                { "twin", "device twin; mdev twin" },
        };
        CLEANUP_PLANNED struct planned p = { 0 };
        struct explain_input in;

        (void) unused;
        plan_for(&p, machine, CONFIG);
        in = (struct explain_input){ p.inv, p.plan, &p.state, NULL, false, NULL };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_FREE struct explain_subject *subjects = NULL;
                CLEANUP_STRBUF struct strbuf b = { 0 };
                size_t n = 0;

                explain_find(&in, cases[i][0], &subjects, &n);
                for (size_t k = 0; k < n; k++)
                        add_subject(p.inv, &subjects[k], &b);
                assert_text_of(cases[i][0], b.text ? b.text : "nothing", cases[i][1]);
        }
}

static void nearest(void **unused)
{
        static const char *const words[][2] = {
                { "gup", "gpu" }, { "0000:01:00.7", "0000:01:00.0" }, { "enp3s1", "enp3s0" }, { "mty", "mtty" }, { "zzzzzzzz", NULL },
                { "up/2", NULL }, { "", NULL }, { "01:02", NULL }, { "73000000-0000-0000-0000-000000000001", NULL },
        };
        CLEANUP_PLANNED struct planned p = { 0 };
        struct explain_input in;

        (void) unused;
        plan_for(&p, machine, CONFIG);
        in = (struct explain_input){ p.inv, p.plan, &p.state, NULL, false, NULL };
        for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
                CLEANUP_FREE struct explain_subject *subjects = NULL;
                CLEANUP_FREE char *name = NULL;
                size_t n = 1;

                explain_find(&in, words[i][0], &subjects, &n);
                assert_int_equal(n, 0);
                explain_nearest(&in, words[i][0], &name);
                assert_text_of(words[i][0], name ? name : "none", words[i][1] ? words[i][1] : "none");
        }
}

static void vfs_that_are_not(void **unused)
{
        static const char *const cases[][3] = {
                { CONFIG, "up/9", "up has 2 VFs, 0 to 1" },
                { CONFIG, "down/9", "none" },
                { CONFIG, "gup", "none" },
                { "[sriov up]\naddress = 03:00.0\nvfs = 1\n", "up/1", "up has 1 VF, 0 to 0" },
                { "[sriov up]\naddress = 03:00.0\nvfs = 0\n", "up/0", "up has no VFs" },
                { "[sriov up]\naddress = 03:00.0\nvfs = 2\nenabled = no\n", "up/9", "[sriov up] is disabled, and has no VFs" },
                { "[sriov up]\naddress = 0b:00.0\nvfs = 2\n", "up/0", "[sriov up] is absent, and has no VFs" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_PLANNED struct planned p = { 0 };
                CLEANUP_FREE char *text = NULL;
                struct explain_input in;

                plan_for(&p, machine, cases[i][0]);
                in = (struct explain_input){ p.inv, p.plan, &p.state, NULL, false, NULL };
                explain_no_vf(&in, cases[i][1], &text);
                assert_text_of(cases[i][1], text ? text : "none", cases[i][2]);
        }
}

/* The line to write, and a host that is told to keep off. */
static void what_to_type(void **unused)
{
        CLEANUP_EXPLAIN_FACTS struct explain_facts facts = { .journal_error = EOPNOTSUPP };
        CLEANUP(usage_freep) struct usage *usage = usage_new();
        CLEANUP_PLANNED struct planned p = { 0 };
        struct explain_input in;

        (void) unused;
        plan_for(&p, machine, CONFIG);
        in = (struct explain_input){ p.inv, p.plan, &p.state, usage, false, NULL };
        for (unsigned i = 0; i < 2; i++) {
                CLEANUP_EXPLANATION struct explanation e = { 0 };
                CLEANUP_FREE struct explain_subject *subjects = NULL;
                size_t n;

                in.off = i == 1;
                explain_find(&in, "gpu", &subjects, &n);
                explain_build(&in, &subjects[0], &facts, &e);
                if (in.off) {
                        assert_null(e.next);
                        assert_string_equal(e.next_when, "boot without passthru.off on the kernel command line");
                } else {
                        assert_string_equal(e.next, "functions = all");
                        assert_string_equal(e.next_in, "[device gpu] (c:1)");
                }
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(words_stand_for),
                cmocka_unit_test(nearest),
                cmocka_unit_test(vfs_that_are_not),
                cmocka_unit_test(what_to_type),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
