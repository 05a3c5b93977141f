/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The small parts: numbers and words out of text, growing strings and arrays. */
#include "unit/kit.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/strbuf.h"
#include "base/strutil.h"

static void numbers(void **unused)
{
        static const struct {
                const char *text;
                unsigned base;
                uint64_t max;
                int r;
                uint64_t value;
        } cases[] = {
                { "0", 10, 0, 0, 0 },
                { "007", 10, 7, 0, 7 },
                { "65535", 10, 65535, 0, 65535 },
                { "65536", 10, 65535, -ERANGE, 0 },
                { "18446744073709551615", 10, UINT64_MAX, 0, UINT64_MAX },
                { "18446744073709551616", 10, UINT64_MAX, -ERANGE, 0 },
                { "99999999999999999999999999", 10, UINT64_MAX, -ERANGE, 0 },
                { "ffffffffffffffff", 16, UINT64_MAX, 0, UINT64_MAX },
                { "10000000000000000", 16, UINT64_MAX, -ERANGE, 0 },
                { "aF", 16, 255, 0, 0xaf },
                { "", 10, 9, -EINVAL, 0 },
                { "a", 10, 99, -EINVAL, 0 },
                { "g", 16, 99, -EINVAL, 0 },
                { "-1", 10, UINT64_MAX, -EINVAL, 0 },
                { "+1", 10, UINT64_MAX, -EINVAL, 0 },
                { " 1", 10, 9, -EINVAL, 0 },
                { "1 ", 10, 9, -EINVAL, 0 },
                { "0x1", 16, 9, -EINVAL, 0 },
                { "1.5", 10, 9, -EINVAL, 0 },
                { "\xc2\xb2", 10, 9, -EINVAL, 0 },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                uint64_t value = 42;

                if (parse_unsigned(cases[i].text, cases[i].base, cases[i].max, &value) != cases[i].r)
                        fail_msg("\"%s\"", cases[i].text);
                assert_true(value == (cases[i].r == 0 ? cases[i].value : 42));
        }
}

static void booleans(void **unused)
{
        static const char *const yes[] = { "yes", "true", "on", "1", "YES", "True", "oN" };
        static const char *const no[] = { "no", "false", "off", "0", "NO", "False", "ofF" };
        static const char *const neither[] = { "", "y", "n", "2", "ye", "yess", " yes", "yes ", "enable", "none" };
        bool b;

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
                b = false;
                assert_int_equal(parse_boolean(yes[i], &b), 0);
                assert_true(b);
        }
        for (size_t i = 0; i < ARRAY_SIZE(no); i++) {
                b = true;
                assert_int_equal(parse_boolean(no[i], &b), 0);
                assert_false(b);
        }
        for (size_t i = 0; i < ARRAY_SIZE(neither); i++)
                assert_int_equal(parse_boolean(neither[i], &b), -EINVAL);
}

static void words(void **unused)
{
        static const struct {
                const char *text, *stripped;
        } cases[] = {
                { "", "" }, { " \t\r\n", "" }, { "a", "a" }, { "  a b\t", "a b" }, { "a\n", "a" }, { "\va\f", "a" },
        };
        char *s = NULL;

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_FREE char *copy = strdup(cases[i].text);

                assert_non_null(copy);
                assert_string_equal(strip(copy), cases[i].stripped);
        }
        assert_string_equal(after_prefix("device gpu", "device "), "gpu");
        assert_string_equal(after_prefix("device ", "device "), "");
        assert_null(after_prefix("devic", "device "));
        assert_null(after_prefix("", "a"));
        assert_string_equal(last_component("a/b/c"), "c");
        assert_string_equal(last_component("a/"), "");
        assert_string_equal(last_component("a"), "a");

        replace_string(&s, "one");
        replace_string(&s, s); /* the copy is made before the old one goes */
        assert_string_equal(s, "one");
        replace_string(&s, NULL);
        assert_null(s);
        assert_true(streq_ptr(NULL, NULL) && streq_ptr("a", "a"));
        assert_false(streq_ptr(NULL, "a") || streq_ptr("a", NULL) || streq_ptr("a", "b"));
        assert_true(isempty(NULL) && isempty("") && !isempty(" "));
}

static void buffers(void **unused)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        CLEANUP_FREE char *text = NULL, *empty = NULL;

        (void) unused;
        empty = strbuf_steal(&b);
        assert_string_equal(empty, "");
        strbuf_add(&b, "");
        strbuf_pad(&b, 0);
        assert_string_equal(b.text, "");
        strbuf_addn(&b, "abc", 2);
        strbuf_pad(&b, 3);
        strbuf_addf(&b, "%s-%u%%", "x", 7u);
        strbuf_addn(&b, "", 0);
        assert_string_equal(b.text, "ab   x-7%");
        assert_int_equal(b.len, strlen(b.text));
        text = strbuf_steal(&b);
        assert_string_equal(text, "ab   x-7%");
        assert_null(b.text); /* given away: nothing is shared */
        assert_int_equal(b.len, 0);
}

static void long_buffer(void **unused)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };

        (void) unused;
        for (unsigned i = 0; i < 10000; i++)
                strbuf_addf(&b, "%u,", i);
        assert_int_equal(b.len, strlen(b.text));
        assert_int_equal(b.len, 10000 * 5 - 10 * 3 - 90 * 2 - 900);
        assert_string_equal(b.text + b.len - 5, "9999,");
}

static void arrays(void **unused)
{
        uint32_t *items = NULL, *slot;
        size_t n = 0, alloc = 0;

        (void) unused;
        for (uint32_t i = 0; i < 1000; i++) {
                slot = ARRAY_APPEND(items, n, alloc);
                assert_non_null(slot);
                assert_int_equal(*slot, 0); /* zeroed */
                *slot = i;
        }
        assert_int_equal(n, 1000);
        assert_true(alloc >= n);
        for (uint32_t i = 0; i < 1000; i++)
                assert_int_equal(items[i], i);
        slot = items;
        array_reserve(&items, &alloc, 10, sizeof(*items)); /* room enough: nothing moves */
        assert_ptr_equal(slot, items);
        free(items);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(numbers), cmocka_unit_test(booleans),    cmocka_unit_test(words),
                cmocka_unit_test(buffers), cmocka_unit_test(long_buffer), cmocka_unit_test(arrays),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
