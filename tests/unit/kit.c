/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the unit tests share. */
#include "unit/kit.h"

#include <string.h>

#include "base/strbuf.h"

struct config *parse_files(const struct test_file *files, size_t n, struct diag_list *diags)
{
        struct config *config = config_new();

        assert_non_null(config);
        for (size_t i = 0; i < n; i++) {
                size_t len = files[i].len ? files[i].len : strlen(files[i].text);
                /* A copy of just that size: a read past the end is then a read past the allocation. */
                char *copy = malloc(len + !len);

                assert_non_null(copy);
                memcpy(copy, files[i].text, len);
                config_add_file(config, files[i].name, copy, len, diags);
                free(copy);
        }
        config_finish(config, diags);
        return config;
}

struct config *parse_text(const char *text, struct diag_list *diags)
{
        const struct test_file file = { "c", text, 0 };

        return parse_files(&file, 1, diags);
}

struct config *parse_good(const char *text)
{
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        struct config *config = parse_text(text, &diags);
        CLEANUP_FREE char *mistakes = diags_text(&diags);

        assert_text_of(text, mistakes, "");
        return config;
}

char *diags_text(const struct diag_list *diags)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };

        for (size_t i = 0; i < diags->n; i++)
                strbuf_addf(&b, "%s:%u: %s\n", diags->items[i].file ? diags->items[i].file : "-", diags->items[i].line,
                            diags->items[i].text);
        return strbuf_steal(&b);
}

void assert_text_of(const char *what, const char *actual, const char *expected)
{
        if (!streq(actual, expected))
                fail_msg("\n--- case\n%s\n--- expected\n%s\n--- found\n%s\n---", what, expected, actual);
}

void assert_diags(const char *text, const char *expected)
{
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        CLEANUP(config_freep) struct config *config = parse_text(text, &diags);
        CLEANUP_FREE char *found = diags_text(&diags);

        assert_int_equal(config->n_files, 1);
        assert_text_of(text, found, expected);
        assert_int_equal(diag_has_errors(&diags), *expected != '\0');
}
