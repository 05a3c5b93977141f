/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows as tables and trees: alignment, UTF-8, colours, narrow terminals; and the rows and summaries of plan and
 * status. */
#include "unit/machine.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>

#include "base/strutil.h"
#include "device/device-class.h"
#include "view/rows-internal.h"
#include "view/table.h"

static const struct column columns[ROW_COLUMNS] = {
        { .name = "SECTION", .role = COLUMN_NAME, .share = 0.3 },
        { .name = "DEVICE", .role = COLUMN_DEVICE },
        { .name = "NAME", .share = 0.2, .cut = true },
        { .name = "STATUS", .role = COLUMN_VERDICT },
        { .name = "ACTUAL", .share = 0.4 },
        { .name = "NOTE", .fold = FOLD_BESIDE, .into = 4 },
};

static struct row *add(struct row_list *rows, enum row_color color, const char *const cells[ROW_COLUMNS])
{
        struct row *row = add_row(rows, color);

        rows->columns = columns;
        for (size_t k = 0; k < ROW_COLUMNS; k++)
                row_set_text(row, k, cells[k]);
        return row;
}

static char *draw(const struct row_list *rows, bool header, struct render_style style)
{
        struct strbuf b = { 0 };

        render_rows(&b, rows, header, &style);
        return strbuf_steal(&b);
}

static void assert_drawn(const struct row_list *rows, bool header, struct render_style style, const char *expected)
{
        CLEANUP_FREE char *text = draw(rows, header, style);

        assert_string_equal(text, expected);
}

static const char *const cells[][ROW_COLUMNS] = {
        { "a", "0000:01:00.0", NULL, "ok", "x", "note" },
        { "longer-name", "-", NULL, "drift", NULL, "a note" },
        { "gr\xc3\xbc\xc3\x9f", NULL, NULL, NULL, "\xe2\x86\x92 y", NULL },
        { "z", "", NULL, "", "", "" },
};

static void whole(void **unused)
{
        CLEANUP_ROWS struct row_list rows = { 0 }, none = { 0 };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cells); i++)
                add(&rows, ROW_PLAIN, cells[i]);
        /* A column that nobody uses takes no room, unless its name is shown. */
        assert_drawn(&rows, false, (struct render_style){ 0 },
                     "a            0000:01:00.0  ok     x    note\n"
                     "longer-name  -             drift       a note\n"
                     "gr\xc3\xbc\xc3\x9f                              \xe2\x86\x92 y\n"
                     "z\n");
        assert_drawn(&rows, true, (struct render_style){ .width = 60 },
                     "SECTION      DEVICE        NAME  STATUS  ACTUAL  NOTE\n"
                     "a            0000:01:00.0        ok      x       note\n"
                     "longer-name  -                   drift           a note\n"
                     "gr\xc3\xbc\xc3\x9f                                     \xe2\x86\x92 y\n"
                     "z\n");
        assert_drawn(&none, true, (struct render_style){ 0 }, "");
}

/* What does not fit is folded, then wrapped between words or cut, and nothing is wider than the terminal. */
static void narrow(void **unused)
{
        static const char *const wide[ROW_COLUMNS] = {
                "name-of-the-section", "0000:01:00.0", "a long name", "drift", "x", "a note of several words"
        };
        CLEANUP_ROWS struct row_list rows = { 0 };

        (void) unused;
        for (size_t i = 0; i < 2; i++)
                add(&rows, ROW_PLAIN, cells[i]);
        assert_drawn(&rows, true, (struct render_style){ .width = 54 },
                     "SECTION      DEVICE        NAME  STATUS  ACTUAL, NOTE\n"
                     "a            0000:01:00.0        ok      x  note\n"
                     "longer-name  -                   drift   a note\n");
        add(&rows, ROW_PLAIN, wide);
        for (size_t width = 60; width < 100; width++) {
                CLEANUP_FREE char *text = draw(&rows, false, (struct render_style){ .utf8 = true, .width = width });

                for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
                        size_t columns_of_line = 0;

                        for (const char *c = line; *c != '\n'; c++)
                                columns_of_line += ((unsigned char) *c & 0xc0) != 0x80;
                        assert_in_range(columns_of_line, 1, width);
                }
                assert_non_null(strstr(text, "drift"));
        }
}

static void tree(void **unused)
{
        static const struct {
                const char *name;
                unsigned depth;
        } nodes[] = { { "group 1", 0 }, { "a", 1 }, { "b", 2 }, { "c", 1 },
                      { "group 2", 0 }, { "d", 1 }, { "e", 2 }, { "f", 3 } };
        CLEANUP_ROWS struct row_list rows = { .tree = true };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(nodes); i++)
                add(&rows, ROW_PLAIN, (const char *const[ROW_COLUMNS]){ nodes[i].name })->depth = nodes[i].depth;
        assert_drawn(&rows, false, (struct render_style){ 0 },
                     "group 1\n|-a\n| `-b\n`-c\ngroup 2\n`-d\n  `-e\n    `-f\n");
        assert_drawn(&rows, false, (struct render_style){ .utf8 = true },
                     "group 1\n\xe2\x94\x9c\xe2\x94\x80"
                     "a\n\xe2\x94\x82 \xe2\x94\x94\xe2\x94\x80"
                     "b\n\xe2\x94\x94\xe2\x94\x80"
                     "c\ngroup 2\n\xe2\x94\x94\xe2\x94\x80"
                     "d\n  \xe2\x94\x94\xe2\x94\x80"
                     "e\n    \xe2\x94\x94\xe2\x94\x80"
                     "f\n");
}

static void colours(void **unused)
{
        static const char *const one[ROW_COLUMNS] = { "gpu", "01:00.0", NULL, "ok", "vfio-pci", NULL };
        static const struct {
                enum row_color color;
                const char *verdict;
        } cases[] = {
                { ROW_PLAIN, "ok" },
                { ROW_GOOD, "\033[32mok\033[0m" },
                { ROW_CHANGE, "\033[33mok\033[0m" },
                { ROW_BAD, "\033[1;31mok\033[0m" },
                { ROW_DIM, "\033[2mok\033[0m" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_ROWS struct row_list rows = { 0 };
                CLEANUP_STRBUF struct strbuf expected = { 0 };

                add(&rows, cases[i].color, one);
                strbuf_addf(&expected, "\033[1mgpu\033[0m  \033[36m01:00.0\033[0m  %s  vfio-pci\n", cases[i].verdict);
                assert_drawn(&rows, false, (struct render_style){ .color = true }, expected.text);
                assert_drawn(&rows, false, (struct render_style){ 0 }, "gpu  01:00.0  ok  vfio-pci\n");
        }
}

/* What a device says of itself can't move the cursor. */
static void hostile(void **unused)
{
        static const char *const one[ROW_COLUMNS] = { "a\033[2Jb", NULL, NULL, NULL, "c\td", NULL };
        CLEANUP_ROWS struct row_list rows = { 0 };
        CLEANUP_FREE char *text = NULL;

        (void) unused;
        add(&rows, ROW_PLAIN, one);
        text = draw(&rows, false, (struct render_style){ 0 });
        assert_null(strchr(text, '\033'));
        assert_null(strchr(text, '\t'));
}

static void paragraphs(void **unused)
{
        static const struct {
                const char *text, *expected;
                size_t width;
        } cases[] = {
                { "one two three", "one two three\n", 0 },
                { "one two three", "one two three\n", 13 },
                { "one two three", "one two\nthree\n", 12 },
                { "one two three", "one\ntwo\nthree\n", 5 },
                { "one\ntwo three", "one\ntwo\nthree\n", 5 },
                { "path = 0000:00:01.1/00.0/00.0", "path = 0000:00:01.1/\n00.0/00.0\n", 20 },
                { "see /etc/default/grub.d", "see\n/etc/default/grub.d\n", 20 },
                { "unbreakable", "unbre\nakabl\ne\n", 5 },
                { "-> one two three", "-> one\n   two\n   three\n", 9 },
                { "first\n-> one two", "first\n-> one\n   two\n", 8 },
                { "gr\xc3\xbc\xc3\x9f gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f\ngr\xc3\xbc\xc3\x9f\n", 5 },
                { "", "\n", 5 },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const struct render_style style = { .width = cases[i].width };
                CLEANUP_STRBUF struct strbuf b = { 0 };

                render_text(&b, cases[i].text, &style);
                assert_text_of(cases[i].text, b.text, cases[i].expected);
        }
}

static void places_and_names(void **unused)
{
        static const struct {
                struct config_loc loc;
                const char *text;
        } places[] = {
                { { "/etc/passthru.conf", 14 }, "passthru.conf:14" },
                { { "/etc/passthru.conf.d/10-gpu.conf", 1 }, "passthru.conf.d/10-gpu.conf:1" },
                { { "/run/passthru.conf", 2 }, "/run/passthru.conf:2" },
                { { "my.conf", 0 }, "my.conf" },
        };
        static const struct {
                const char *name, *text;
        } names[] = {
                { NULL, "[10de:2487]" },
                { "GA104 [GeForce RTX 3070]", "GeForce RTX 3070 [10de:2487]" },
                { "82576 Gigabit", "82576 Gigabit [10de:2487]" },
                { "A name that is so long that no row of a plan could hold it",
                  "A name that is so long that [10de:2487]" },
                { "Ethernet Controller E810-C for QSFP", "Ethernet Controller E810-C [10de:2487]" },
                { "A name-that-has-no-blank-where-it-could-be-cut", "A name-that-has-no-blank-where-i [10de:2487]" },
                { "Odd [bracket", "Odd [bracket [10de:2487]" },
                { "Empty []", "[10de:2487]" },
                { "", "[10de:2487]" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
                CLEANUP_FREE char *text = loc_text(&places[i].loc);

                assert_string_equal(text, places[i].text);
        }
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                const struct pci_function f = {
                        .vendor = 0x10de, .device = 0x2487, .class = 0x030000, .name = (char *) names[i].name
                };
                CLEANUP_STRBUF struct strbuf b = { 0 };

                add_function_name(&b, &f);
                assert_string_equal(b.text, names[i].text);
        }
}

/* A long name is not cut in the middle of a character: a terminal would show rubbish, and JSON readers choke. */
static void name_cut_in_utf8(void **unused)
{
        const struct pci_function f = { .vendor = 1,
                                        .device = 2,
                                        .name = (char *) "0123456789012345678901234567890\xc3\xbc"
                                                         "berlang" };
        CLEANUP_STRBUF struct strbuf b = { 0 };

        (void) unused;
        add_function_name(&b, &f);
        assert_true(streq(b.text, "0123456789012345678901234567890 [0001:0002]") ||
                    streq(b.text, "0123456789012345678901234567890\xc3\xbc [0001:0002]"));
}

static struct inventory *machine(void)
{
        static const struct fn functions[] = {
                { "0000:02:00.0", "10de:2487", 0x030000, "nouveau", NULL, 2, NULL },
                { "0000:04:00.0", "8086:1521", 0x020000, "vfio-pci", "vfio-pci", 4, NULL },
        };
        struct inventory *inv = calloc(1, sizeof(*inv));

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        return inv;
}

/* What status says of a section comes of the plan and, where there is still something to do, of the last run. */
static void statuses(void **unused)
{
        static const struct {
                const char *section;
                enum section_status without, with; /* a failure noted */
        } cases[] = {
                { "gpu", STATUS_DRIFT, STATUS_FAILED },      { "nic", STATUS_OK, STATUS_OK },
                { "gone", STATUS_ABSENT, STATUS_ABSENT },    { "wrong", STATUS_REFUSED, STATUS_REFUSED },
                { "off", STATUS_DISABLED, STATUS_DISABLED },
        };
        CLEANUP_PLANNED struct planned p = { 0 };

        (void) unused;
        plan_for(&p, machine,
                 "[device gpu]\naddress = 02:00.0\n[device nic]\naddress = 04:00.0\n"
                 "[device gone]\naddress = 09:00.0\n[device wrong]\nid = 8086:1521\nexpect = 1:2\n"
                 "[device off]\naddress = 05:00.0\nenabled = no\n");
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_STATE struct state state = { 0 };
                CLEANUP_STRBUF struct strbuf name = { 0 };
                const struct plan_item *item = planned_item(&p, cases[i].section);

                strbuf_addf(&name, "device %s", cases[i].section);
                assert_int_equal(section_status(item, NULL), cases[i].without);
                assert_int_equal(section_status(item, &state), cases[i].without);
                state_add_failure(&state, name.text, EBUSY, "busy");
                assert_int_equal(section_status(item, &state), cases[i].with);
        }
}

static void summaries(void **unused)
{
        static const struct {
                const char *config, *summary;
        } cases[] = {
                { "", "nothing to do." },
                { "[device nic]\naddress = 04:00.0\n", "nothing to do, 1 section is as configured." },
                { "[device gpu]\naddress = 02:00.0\n", "1 to bind." },
                { "[device gpu]\naddress = 02:00.0\n[device gone]\naddress = 09:00.0\n[device off]\naddress = "
                  "05:00.0\n"
                  "enabled = no\n",
                  "1 to bind, 1 absent, 1 disabled." },
                { "[module a]\n[module b]\n", "2 modules to load or set." },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_PLANNED struct planned p = { 0 };
                CLEANUP_FREE char *summary = NULL;

                plan_for(&p, machine, cases[i].config);
                summary = plan_summary(p.plan);
                assert_text_of(cases[i].config, summary, cases[i].summary);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(whole),
                cmocka_unit_test(narrow),
                cmocka_unit_test(tree),
                cmocka_unit_test(colours),
                cmocka_unit_test(hostile),
                cmocka_unit_test(paragraphs),
                cmocka_unit_test(places_and_names),
                cmocka_unit_test(name_cut_in_utf8),
                cmocka_unit_test(statuses),
                cmocka_unit_test(summaries),
        };

        (void) setlocale(LC_CTYPE, "C.UTF-8");
        return cmocka_run_group_tests(tests, NULL, NULL);
}
