/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When the last run ended: its text, and its file. */
#include "unit/kit.h"

#include <errno.h>
#include <stdlib.h>

#include "state/last-run.h"
#include "state/state-file.h"
#include "unit/tree.h"

static void text(void **unused)
{
        static const char *const wrong[] = { "", "\n", "1 0", "1\n", "1 0\n\n", "1 0\nx", "0 0\n", "-1 0\n", "1 256\n", "1  0\n",
                                             " 1 0\n", "1 0 0\n", "9223372036854775808 0\n",
                                             "111111111111111111111111111111111 0\n" };
        struct last_run run = { 0 };
        char buf[LAST_RUN_TEXT_MAX];

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
                if (last_run_parse(wrong[i], &run) != -EBADMSG)
                        fail_msg("\"%s\" was taken", wrong[i]);
        assert_int_equal(last_run_parse("1764097619 78\n", &run), 0);
        assert_int_equal(run.time, 1764097619);
        assert_int_equal(run.status, 78);
        assert_string_equal(last_run_format(&run, buf), "1764097619 78\n");
        assert_int_equal(last_run_parse("9223372036854775807 255\n", &run), 0);
        assert_string_equal(last_run_format(&run, buf), "9223372036854775807 255\n");
}

static void file(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = tree_running(root);
        struct last_run run = { 7, 7 };

        (void) unused;
        assert_int_equal(last_run_load(sys, &run), 0); /* there was none */
        assert_int_equal(run.time, 0);
        assert_int_equal(last_run_save(sys, &(struct last_run){ 1764097619, 1 }), 0);
        assert_int_equal(last_run_save(sys, &(struct last_run){ 1764097620, 0 }), 0);
        assert_int_equal(last_run_load(sys, &run), 0);
        assert_int_equal(run.time, 1764097620);
        assert_int_equal(run.status, 0);
        tree_file(root, LAST_RUN_PATH, "1764097620 0\nand more than there is room for, which is not to be cut off");
        assert_int_equal(last_run_load(sys, &run), -EBADMSG);
        assert_int_equal(run.time, 0);
        tree_bytes(root, LAST_RUN_PATH, "1764097620\0 0\n", 14);
        assert_int_equal(last_run_load(sys, &run), -EBADMSG);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(text),
                cmocka_unit_test(file),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
