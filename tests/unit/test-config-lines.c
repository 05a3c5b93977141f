/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The line reader before inih: what it takes off a line, what it refuses, and that it counts every line. */
#include "unit/kit.h"

#include <stdlib.h>

#include "base/strbuf.h"
#include "config/config-lines.h"

#define SIZE 200 /* inih's INI_MAX_LINE */

/* Every line as "NUMBER KIND text|", kind being K (key), S (section) or - (nothing in it). */
static char *read_lines(const char *text, size_t len, struct diag_list *diags)
{
        CLEANUP_FREE char *copy = malloc(len + !len);
        struct config_lines lines = { .len = len, .loc = { "c", 0 }, .diags = diags };
        CLEANUP_STRBUF struct strbuf b = { 0 };
        char buf[SIZE];
        enum line_kind kind;

        assert_non_null(copy);
        memcpy(copy, text, len);
        lines.text = copy;
        while ((kind = config_lines_next(&lines, buf, sizeof(buf))) != LINE_END) {
                size_t n = strlen(buf);

                assert_true(n > 0 && n < SIZE);
                assert_int_equal(buf[n - 1], '\n');
                buf[n - 1] = '\0';
                assert_null(strchr(buf, '\n'));
                assert_int_equal(kind == LINE_BLANK, buf[0] == '\0');
                if (kind != LINE_BLANK)
                        strbuf_addf(&b, "%u%c%s|", lines.loc.line, kind == LINE_SECTION ? 'S' : 'K', buf);
        }
        assert_int_equal(lines.pos, len);
        assert_int_equal(lines.n_errors, diags->n);
        return strbuf_steal(&b);
}

static void what_is_left(void **unused)
{
        static const struct {
                const char *text, *lines;
        } cases[] = {
                { "", "" },
                { "\n", "" },
                { "\n\n\na = b", "4Ka = b|" },
                { "a = b\n", "1Ka = b|" },
                { "a = b", "1Ka = b|" }, /* no newline at the end */
                { "[device gpu]\naddress = 01:00.0\n", "1S[device gpu]|2Kaddress = 01:00.0|" },
                { "a = b\r\nc = d\r\n", "1Ka = b|2Kc = d|" },
                { "a = b\r", "1Ka = b|" },
                { "\r\n\r\na = b", "3Ka = b|" },
                { "\xef\xbb\xbf[passthru]\n", "1S[passthru]|" },
                { "\xef\xbb\xbf", "" },
                { "\xef\xbb\xbf  a = b", "1Ka = b|" },
                { "  a = b\n\tc = d\n \t e = f", "1Ka = b|2Kc = d|3Ke = f|" },
                { "   [device gpu]   ", "1S[device gpu]|" },
                { "a = b   \t", "1Ka = b|" },
                { "a\t=\tb", "1Ka\t=\tb|" },
                { "# a\n; b\n  # c\n\t; d\ne = f", "5Ke = f|" },
                { "a = b # c", "1Ka = b|" },
                { "a = b ; c", "1Ka = b|" },
                { "a = b\t# c", "1Ka = b|" },
                { "a = b\t;c", "1Ka = b|" },
                { "a = b ;# c", "1Ka = b|" },
                { "a = b#c;d", "1Ka = b#c;d|" }, /* not after white space: part of the value */
                { "[device gpu] # c", "1S[device gpu]|" },
                { "[device gpu] ; c", "1S[device gpu]|" },
                { "#", "" },
                { " ;", "" },
                { "a = #", "1Ka =|" },
                { "a = b\n\xef\xbb\xbf"
                  "c = d",
                  "1Ka = b|2K\xef\xbb\xbf"
                  "c = d|" }, /* only the first line has a BOM */
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_DIAGS struct diag_list diags = { 0 };
                CLEANUP_FREE char *lines = read_lines(cases[i].text, strlen(cases[i].text), &diags);

                assert_text_of(cases[i].text, lines, cases[i].lines);
                assert_int_equal(diags.n, 0);
        }
}

#define CONTROL(hex) "the line has the control character 0x" hex "; expected plain text"
#define NUL_BYTE "the line has a NUL byte; expected plain text (is it UTF-16? save it as UTF-8)"
#define TEXT(s) s, sizeof(s) - 1

static void refused(void **unused)
{
        static const struct {
                const char *text;
                size_t len;
                const char *lines, *diags;
        } cases[] = {
                { TEXT("a = b\0c\nd = e"), "2Kd = e|", "c:1: " NUL_BYTE "\n" },
                { TEXT("# \0 in a comment\nd = e"), "2Kd = e|", "c:1: " NUL_BYTE "\n" },
                { TEXT("a = b # \0"), "", "c:1: " NUL_BYTE "\n" },
                { TEXT("\0"), "", "c:1: " NUL_BYTE "\n" },
                { TEXT("\xff\xfe[\0d\0e\0]\0\n\0a\0=\0b\0"), "", "c:1: " NUL_BYTE "\nc:2: " NUL_BYTE "\n" },
                { TEXT("a = \x1b[31mb"), "", "c:1: " CONTROL("1b") "\n" },
                { TEXT("a = \x7f"), "", "c:1: " CONTROL("7f") "\n" },
                { TEXT("a = b\rc"), "", "c:1: " CONTROL("0d") "\n" },
                { TEXT("a = b\vc\nd = e"), "2Kd = e|", "c:1: " CONTROL("0b") "\n" },
                { TEXT("\x01\n\x02\n\x03"), "",
                  "c:1: " CONTROL("01") "\nc:2: " CONTROL("02") "\nc:3: " CONTROL("03") "\n" },
                { TEXT("[device \x07]"), "", "c:1: " CONTROL("07") "\n" },
                { TEXT("# a bell \x07 in a comment\n"), "", "" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_DIAGS struct diag_list diags = { 0 };
                CLEANUP_FREE char *lines = read_lines(cases[i].text, cases[i].len, &diags);
                CLEANUP_FREE char *found = diags_text(&diags);

                assert_text_of(cases[i].text, lines, cases[i].lines);
                assert_text_of(cases[i].text, found, cases[i].diags);
        }
}

/* inih's buffer takes 198 bytes and the newline; what is longer would be cut without a word. */
static void lengths(void **unused)
{
        static const struct {
                size_t bytes, indent, comment;
                bool good;
        } cases[] = {
                { 197, 0, 0, true },    { 198, 0, 0, true },         { 199, 0, 0, false },  { 200, 0, 0, false },
                { 201, 0, 0, false },   { 10000, 0, 0, false },      { 198, 300, 0, true }, { 198, 0, 3000, true },
                { 199, 0, 300, false }, { 1, 100000, 100000, true },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_DIAGS struct diag_list diags = { 0 };
                CLEANUP_STRBUF struct strbuf text = { 0 }, expected = { 0 };
                CLEANUP_FREE char *lines = NULL, *found = NULL;

                strbuf_pad(&text, cases[i].indent);
                for (size_t k = 0; k < cases[i].bytes; k++)
                        strbuf_add(&text, "x");
                strbuf_add(&text, " # ");
                for (size_t k = 0; k < cases[i].comment; k++)
                        strbuf_add(&text, "y");
                strbuf_add(&text, "\nnext = 1\n");
                lines = read_lines(text.text, text.len, &diags);
                found = diags_text(&diags);
                if (cases[i].good) {
                        assert_int_equal(strlen(lines), strlen("1K|2Knext = 1|") + cases[i].bytes);
                        assert_string_equal(found, "");
                        continue;
                }
                strbuf_addf(&expected, "c:1: the line is %zu bytes long without its comment; at most 198 are read\n",
                            cases[i].bytes);
                assert_string_equal(found, expected.text);
                assert_string_equal(lines, "2Knext = 1|");
        }
}

/* A binary given by mistake: the count goes on, the list ends. */
static void flood(void **unused)
{
        enum { LINES = 5000 };
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        CLEANUP_STRBUF struct strbuf text = { 0 };
        struct config_lines lines = { .loc = { "c", 0 }, .diags = &diags };
        char buf[SIZE];

        (void) unused;
        for (unsigned i = 0; i < LINES; i++)
                strbuf_add(&text, "\x01\n");
        lines.text = text.text;
        lines.len = text.len;
        while (config_lines_next(&lines, buf, sizeof(buf)) != LINE_END)
                ;
        assert_int_equal(lines.n_errors, LINES);
        assert_int_equal(diags.n, CONFIG_ERRORS_MAX);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_left),
                cmocka_unit_test(refused),
                cmocka_unit_test(lengths),
                cmocka_unit_test(flood),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
