/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stamp of the configuration: the same as long as nothing has changed, and another after any change. */
#include "unit/kit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/config-load.h"
#include "host/config-stamp.h"
#include "unit/tree.h"

/* Of times that are long past: the clock that files are stamped with goes on in steps of some ms only. */
static void make_old(const char *root)
{
        static const char *const paths[] = { "etc/passthru.conf", "etc/passthru.conf.d", "etc/passthru.conf.d/10-a.conf",
                                             "run/passthru.conf.d", "run/passthru.conf.d/20-b.conf", "elsewhere" };
        const struct timespec old[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };

        for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
                assert_int_equal(utimensat(AT_FDCWD, tree_path(root, paths[i]), old, 0), 0);
}

static char *build(void)
{
        char *root = tree_new();

        tree_file(root, "etc/passthru.conf", "[module a]\n");
        tree_file(root, "etc/passthru.conf.d/10-a.conf", "[module b]\n");
        tree_file(root, "elsewhere", "[module c]\n");
        tree_link(root, "run/passthru.conf.d/20-b.conf", "../../elsewhere");
        make_old(root);
        return root;
}

static struct config *load(const char *root)
{
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        struct config *config = NULL;

        assert_int_equal(config_load(root, NULL, true, &diags, &config), 0);
        assert_false(diag_has_errors(&diags));
        return config;
}

static uint64_t stamp(const char *root, const struct config *config)
{
        CLEANUP_CLOSE int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);

        assert_true(fd >= 0);
        return config_stamp(fd, config->files, config->n_files);
}

static void add_main(const char *root)
{
        tree_file(root, "run/passthru.conf", ""); /* a weaker one: it counts the day that the other goes */
}

static void add_drop_in(const char *root)
{
        tree_file(root, "etc/passthru.conf.d/30-c.conf", "[module d]\n");
}

static void add_directory(const char *root)
{
        tree_file(root, "usr/lib/passthru.conf.d/30-c.conf", "[module d]\n");
}

static void mask(const char *root)
{
        tree_link(root, "etc/passthru.conf.d/20-b.conf", "/dev/null");
}

static void remove_drop_in(const char *root)
{
        assert_int_equal(unlink(tree_path(root, "etc/passthru.conf.d/10-a.conf")), 0);
}

static void remove_main(const char *root)
{
        assert_int_equal(unlink(tree_path(root, "etc/passthru.conf")), 0);
}

static void change_main(const char *root)
{
        tree_file(root, "etc/passthru.conf", "[module x]\n"); /* of the same size */
}

static void change_drop_in(const char *root)
{
        tree_file(root, "etc/passthru.conf.d/10-a.conf", "[module x]\n");
}

static void change_target(const char *root)
{
        tree_file(root, "elsewhere", "[module x]\n");
}

/* As an editor saves it, with the time of the old one as rsync and cp -p keep it. */
static void replace_drop_in(const char *root)
{
        CLEANUP_FREE char *from = NULL;

        tree_file(root, "etc/passthru.conf.d/new", "[module x]\n");
        from = strdup(tree_path(root, "etc/passthru.conf.d/new"));
        assert_int_equal(rename(from, tree_path(root, "etc/passthru.conf.d/10-a.conf")), 0);
        make_old(root);
}

static void changes(void **unused)
{
        static void (*const each[])(const char *root) = {
                add_main, add_drop_in, add_directory, mask, remove_drop_in, remove_main, change_main, change_drop_in,
                change_target, replace_drop_in,
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(each); i++) {
                CLEANUP_TREE char *root = build();
                CLEANUP(config_freep) struct config *config = load(root), *again = NULL;

                assert_int_equal(config->n_files, 3);
                assert_true(config->stamp != 0 && stamp(root, config) == config->stamp);
                assert_true(stamp(root, config) == config->stamp); /* to look changes nothing */
                each[i](root);
                if (stamp(root, config) == config->stamp)
                        fail_msg("change %zu goes unseen", i);
                again = load(root);
                assert_true(stamp(root, again) == again->stamp);
        }
}

/* Two files that change places have another stamp: each goes with its name. */
static void names_count(void **unused)
{
        struct stat st = { .st_ino = 7 }, other = { .st_ino = 8 };

        (void) unused;
        assert_true(config_stamp_of("/a", &st) != config_stamp_of("/b", &st));
        assert_true(config_stamp_of("/a", &st) != config_stamp_of("/a", NULL));
        assert_true(config_stamp_of("/a", &st) + config_stamp_of("/b", &other) !=
                    config_stamp_of("/a", &other) + config_stamp_of("/b", &st));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(changes),
                cmocka_unit_test(names_count),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
