/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files of the boot loaders: what command line they come to, and which line a word is from. */
#include "unit/kit.h"

#include <stdlib.h>
#include <string.h>

#include "boot/boot-sources.h"

#define DEFAULT "GRUB_CMDLINE_LINUX_DEFAULT"

/* What grub's files come to: "LINUX DEFAULT". */
static void assert_grub(const char *what, const char *const *texts, size_t n, const char *expected)
{
        static const char *const names[] = { "/etc/default/grub", "/etc/default/grub.d/a.cfg", "/etc/default/grub.d/b.cfg" };
        CLEANUP_BOOT_FILES struct boot_files files = { 0 };
        CLEANUP_BOOT_SETTINGS struct boot_settings settings = { 0 };
        CLEANUP_FREE char *text = NULL;

        for (size_t i = 0; i < n && texts[i]; i++)
                boot_files_add(&files, names[i], texts[i]);
        boot_settings_of_grub(&files, &settings);
        text = boot_settings_text(&settings);
        assert_text_of(what, text, expected);
}

/* dash gives the same where it has to run nothing, and bash for +=, which dash does not know. */
static void grub(void **unused)
{
        static const struct {
                const char *texts[3];
                const char *expected;
        } cases[] = {
                { { "" }, "" },
                { { DEFAULT "=\"quiet splash\"\n" }, "quiet splash" },
                { { DEFAULT "='quiet $x'\n" }, "quiet $x" },
                { { DEFAULT "=quiet" }, "quiet" }, /* no newline */
                { { DEFAULT "=\"quiet\"\r\n" }, "quiet\r" }, /* as the shell has it; the kernel takes it for a blank */
                { { "  export " DEFAULT "=a; GRUB_CMDLINE_LINUX=b # c\n" }, "b a" },
                { { "# " DEFAULT "=a\n" DEFAULT "=b\n" }, "b" },
                { { DEFAULT "=a\n" DEFAULT "=\"$" DEFAULT " b\"\n" }, "a b" },
                { { DEFAULT "=a\n" DEFAULT "+=\" b\"\n" }, "a b" },
                { { DEFAULT "=a\n" DEFAULT "=\"${" DEFAULT "} b\"\n" }, "a b" },
                { { "x='1 2'\n" DEFAULT "=\"a $x\"\n" }, "a 1 2" },
                { { DEFAULT "=a\\\nb\n" }, "ab" },
                { { DEFAULT "=\"a \\\nb\"\n" }, "a b" },
                { { DEFAULT "=\"a\\\"b \\$x\"\n" }, "a\"b $x" },
                { { DEFAULT "=\"a\"'b'c\\ d\n" }, "abc d" },
                { { DEFAULT "=\"$(cat /x) a\"\n" }, " a" }, /* not executed */
                { { DEFAULT "=\"`cat /x` ${y:-z} $1 a\"\n" }, "   a" },
                { { DEFAULT "=\"a $ b\"\n" }, "a $ b" },
                { { DEFAULT "=\"a\" \nif true; then\n  GRUB_CMDLINE_LINUX=b\nfi\n" }, "b a" },
                { { "GRUB_CMDLINE_LINUX_DEFAULTS=no\nMY_GRUB_CMDLINE_LINUX=no\n" }, "" },
                { { DEFAULT "=a", DEFAULT "=\"$" DEFAULT " b\"", "GRUB_CMDLINE_LINUX=c\n" }, "c a b" },
                { { DEFAULT "=a\n", DEFAULT "=b\n" }, "b" },
                { { DEFAULT "=\"a" }, "a" }, /* no end */
                { { DEFAULT "='a" }, "a" },
                { { DEFAULT "=a\\" }, "a" },
                { { DEFAULT "=\"$(a" }, "" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_grub(cases[i].texts[0], cases[i].texts, ARRAY_SIZE(cases[i].texts), cases[i].expected);
}

static void assert_where(const struct boot_settings *s, const char *word, const char *file, unsigned line)
{
        const struct boot_setting *where = boot_settings_where(s, word);

        if (!file) {
                assert_null(where);
                return;
        }
        assert_non_null(where);
        assert_string_equal(where->file, file);
        assert_int_equal(where->line, line);
}

static void where_in_grub(void **unused)
{
        CLEANUP_BOOT_FILES struct boot_files files = { 0 };
        CLEANUP_BOOT_SETTINGS struct boot_settings s = { 0 };

        (void) unused;
        boot_files_add(&files, "grub", "# one\n" DEFAULT "=\"gone\"\n" DEFAULT "=\"a \\\nb\"\nGRUB_CMDLINE_LINUX=c\n");
        boot_files_add(&files, "drop", "\n\n" DEFAULT "=\"$" DEFAULT " d $(x)\"\n");
        boot_settings_of_grub(&files, &s);
        assert_where(&s, "gone", NULL, 0);
        assert_where(&s, "a", "grub", 3);
        assert_where(&s, "b", "grub", 3);
        assert_where(&s, "c", "grub", 5);
        assert_where(&s, "d", "drop", 3); /* not a and b, which it only hands on */
        assert_where(&s, "e", NULL, 0);
        assert_true(s.items[s.n - 1].unsure);
        assert_false(s.items[0].unsure);
        assert_string_equal(boot_files_find(&files, "drop") + 2, DEFAULT "=\"$" DEFAULT " d $(x)\"\n");
        assert_null(boot_files_find(&files, "other"));
}

static void cmdline(void **unused)
{
        CLEANUP_BOOT_FILES struct boot_files files = { 0 };
        CLEANUP_BOOT_SETTINGS struct boot_settings s = { 0 };
        CLEANUP_FREE char *text = NULL;

        (void) unused;
        boot_files_add(&files, "cmdline", "# x\n\nroot=1 quiet\n  \n a=b");
        boot_settings_read(BOOT_SYNTAX_LINES, &files, &s);
        text = boot_settings_text(&s);
        assert_string_equal(text, "root=1 quiet  a=b");
        assert_where(&s, "quiet", "cmdline", 3);
        assert_where(&s, "a=b", "cmdline", 5);
        assert_where(&s, "x", NULL, 0);
}

static void other_syntaxes(void **unused)
{
        static const struct {
                enum boot_syntax syntax;
                const char *text, *expected;
                unsigned line; /* of "a" */
        } cases[] = {
                { BOOT_SYNTAX_LINE, "a b\nc\n", "a b", 1 },
                { BOOT_SYNTAX_LINE, "b\na\n", "b", 0 },
                { BOOT_SYNTAX_LINE, "# a\nc", "# a", 1 }, /* whatever it is */
                { BOOT_SYNTAX_LINE, "\na", "", 0 },
                { BOOT_SYNTAX_ENTRIES, "title a\n options\ta b\nlinux /a\noptions c\noptionsx d\n", "a b c", 2 },
                { BOOT_SYNTAX_ENTRIES, "# GRUB Environment Block\nkernelopts=b a\nsaved_entry=x\n", "b a", 2 },
                { BOOT_SYNTAX_ENTRIES, "options", "", 0 },
                { BOOT_SYNTAX_NONE, "a", "", 0 },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_BOOT_FILES struct boot_files files = { 0 };
                CLEANUP_BOOT_SETTINGS struct boot_settings s = { 0 };
                CLEANUP_FREE char *text = NULL;

                boot_files_add(&files, "f", cases[i].text);
                boot_settings_read(cases[i].syntax, &files, &s);
                text = boot_settings_text(&s);
                assert_text_of(cases[i].text, text, cases[i].expected);
                assert_where(&s, "a", cases[i].line ? "f" : NULL, cases[i].line);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(grub),
                cmocka_unit_test(where_in_grub),
                cmocka_unit_test(cmdline),
                cmocka_unit_test(other_syntaxes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
