/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows as columns: alignment, UTF-8, colours; and the rows and summaries of plan and status. */
#include "unit/machine.h"

#include <errno.h>
#include <stdlib.h>

#include "base/strutil.h"
#include "device/device-class.h"
#include "view/render-text.h"
#include "view/rows-internal.h"

static void add(struct row_list *rows, enum row_color color, const char *const cells[ROW_COLUMNS])
{
        struct row *row = add_row(rows, color);

        for (size_t k = 0; k < ROW_COLUMNS; k++)
                row_set_text(rows, row, k, cells[k]);
}

static char *draw(const struct row_list *rows, const char *const *header, bool color)
{
        const struct render_style style = { .color = color };
        struct strbuf b = { 0 };
        char *ret;

        render_rows(&b, rows, header, 2, &style);
        assert_int_equal(strbuf_steal(&b, &ret), 0);
        return ret;
}

static void columns(void **unused)
{
        static const char *const cells[][ROW_COLUMNS] = {
                { "a", "0000:01:00.0", "ok", "x", "note" },
                { "longer-name", "-", "drift", NULL, "a note" },
                { "gr\xc3\xbc\xc3\x9f", NULL, "a reason that goes to the end of the line and widens nothing", NULL,
                  NULL },
                { "z", "", "", "", "" },
        };
        static const char *const header[ROW_COLUMNS] = { "SECTION", "DEVICE", "STATUS", "ACTUAL", "NOTE" };
        CLEANUP_ROWS struct row_list rows = { 0 };
        CLEANUP_FREE char *plain = NULL, *with_header = NULL;

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cells); i++)
                add(&rows, ROW_PLAIN, cells[i]);
        plain = draw(&rows, NULL, false);
        assert_string_equal(plain, "a            0000:01:00.0  ok     x  note\n"
                                   "longer-name  -             drift     a note\n"
                                   "gr\xc3\xbc\xc3\x9f                       a reason that goes to the end of the "
                                   "line and widens nothing\n"
                                   "z\n");
        with_header = draw(&rows, header, false);
        assert_string_equal(with_header, "SECTION      DEVICE        STATUS  ACTUAL  NOTE\n"
                                         "a            0000:01:00.0  ok      x       note\n"
                                         "longer-name  -             drift           a note\n"
                                         "gr\xc3\xbc\xc3\x9f                       a reason that goes to the end of "
                                         "the line and widens nothing\n"
                                         "z\n");
}

/* A column that nobody uses takes no room. */
static void empty_column(void **unused)
{
        static const char *const one[ROW_COLUMNS] = { "a", NULL, "b", NULL, "c" };
        CLEANUP_ROWS struct row_list rows = { 0 }, none = { 0 };
        CLEANUP_FREE char *text = NULL, *nothing = NULL;

        (void) unused;
        add(&rows, ROW_PLAIN, one);
        text = draw(&rows, NULL, false);
        assert_string_equal(text, "a  b  c\n");
        nothing = draw(&none, NULL, false);
        assert_string_equal(nothing, "");
}

static void colours(void **unused)
{
        static const char *const cells[ROW_COLUMNS] = { "gpu", "01:00.0", "ok", "vfio-pci", NULL };
        static const struct {
                enum row_color color;
                const char *text;
        } cases[] = {
                { ROW_PLAIN, "\033[1mgpu\033[0m  01:00.0  ok  vfio-pci\n" },
                { ROW_GOOD, "\033[1mgpu\033[0m  01:00.0  \033[32mok\033[0m  vfio-pci\n" },
                { ROW_CHANGE, "\033[1mgpu\033[0m  01:00.0  \033[33mok\033[0m  vfio-pci\n" },
                { ROW_BAD, "\033[1mgpu\033[0m  01:00.0  \033[1;31mok\033[0m  vfio-pci\n" },
                { ROW_DIM, "\033[1mgpu\033[0m  01:00.0  \033[2mok\033[0m  vfio-pci\n" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_ROWS struct row_list rows = { 0 };
                CLEANUP_FREE char *text = NULL, *plain = NULL;

                add(&rows, cases[i].color, cells);
                text = draw(&rows, NULL, true);
                assert_string_equal(text, cases[i].text);
                plain = draw(&rows, NULL, false);
                assert_null(strchr(plain, '\033'));
        }
}

static void widths(void **unused)
{
        static const struct {
                const char *text;
                size_t width;
        } cases[] = { { "", 0 },
                      { "abc", 3 },
                      { "\xc3\xbc", 1 },
                      { "\xe2\x86\x92", 1 },
                      { "a\xe2\x80\xa6"
                        "b",
                        3 } };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_int_equal(text_width(cases[i].text), cases[i].width);
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
                { "Odd [bracket", "bracket [10de:2487]" },
                { "Empty []", "[10de:2487]" },
                { "", "[10de:2487]" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
                CLEANUP_FREE char *text = loc_text(&places[i].loc);

                assert_string_equal(text, places[i].text);
        }
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                const struct pci_function f = { .vendor = 0x10de, .device = 0x2487, .name = (char *) names[i].name };
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
                assert_int_equal(state_add_failure(&state, name.text, EBUSY, "busy"), 0);
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
                cmocka_unit_test(columns),  cmocka_unit_test(empty_column),     cmocka_unit_test(colours),
                cmocka_unit_test(widths),   cmocka_unit_test(places_and_names), cmocka_unit_test(name_cut_in_utf8),
                cmocka_unit_test(statuses), cmocka_unit_test(summaries),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
