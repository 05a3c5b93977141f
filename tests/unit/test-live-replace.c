/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system's files below /run: replaced whole or not at all, and never through a link. */
#include "unit/kit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/tree.h"

#define DIRECTORY "run/passthru-setup"
#define FILE_PATH DIRECTORY "/state"

static int replace(struct sys *sys, const char *path, const char *text)
{
        return sys->ops->replace(sys->userdata, path, text, strlen(text));
}

static void assert_file(struct sys *sys, const char *path, const char *expected)
{
        CLEANUP_FREE char *text = NULL;
        size_t len = 0;

        assert_int_equal(sys->ops->read_file(sys->userdata, path, 1 << 20, &text, &len), 0);
        assert_string_equal(text, expected);
}

/* All that is in the directory is these files. */
static void assert_names(struct sys *sys, const char *directory, size_t n, const char *first)
{
        CLEANUP(names_freep) char **names = NULL;
        size_t found = 0;

        assert_int_equal(sys_list(sys, directory, &names, &found), 0);
        assert_int_equal(found, n);
        if (n > 0)
                assert_string_equal(names[0], first);
}

static void assert_mode(const char *root, const char *path, mode_t mode)
{
        struct stat st;

        assert_int_equal(lstat(tree_path(root, path), &st), 0);
        assert_int_equal(st.st_mode & 07777, mode);
}

static void whole(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = tree_running(root);
        CLEANUP_FREE char *reader_path = strdup(tree_path(root, FILE_PATH)), *large = malloc(300001);
        char buf[16] = "";
        FILE *reader;

        (void) unused;
        assert_int_equal(replace(sys, FILE_PATH, "a longer text\n"), 0); /* its directories come with it */
        assert_file(sys, FILE_PATH, "a longer text\n");
        reader = fopen(reader_path, "re");
        assert_non_null(reader);
        assert_int_equal(replace(sys, FILE_PATH, "short\n"), 0);
        assert_file(sys, FILE_PATH, "short\n");
        /* Who reads it meanwhile reads the old one to its end: it was not written over. */
        assert_non_null(fgets(buf, sizeof(buf), reader));
        assert_int_equal(fclose(reader), 0);
        assert_string_equal(buf, "a longer text\n");
        assert_int_equal(replace(sys, FILE_PATH, ""), 0);
        assert_file(sys, FILE_PATH, "");
        assert_non_null(large);
        memset(large, 'x', 300000);
        large[300000] = '\0';
        assert_int_equal(replace(sys, FILE_PATH, large), 0);
        assert_file(sys, FILE_PATH, large);
        assert_names(sys, DIRECTORY, 1, "state");
}

/* It may be read by those who ask for status, whatever the umask of who writes. */
static void modes(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = tree_running(root);
        mode_t before = umask(0027);
        int r = replace(sys, "run/file", "text");

        (void) unused;
        (void) umask(0000);
        if (r == 0)
                r = replace(sys, DIRECTORY "/claimed/file", "text");
        (void) umask(before);
        assert_int_equal(r, 0);
        assert_mode(root, "run/file", 0644);
        assert_mode(root, DIRECTORY "/claimed/file", 0644);
        assert_mode(root, DIRECTORY "/claimed", 0755);
}

/* A link in place of the file is replaced, and what it points to stays; one in place of the directory is refused. */
static void links(void **unused)
{
        CLEANUP_TREE char *root = tree_new(), *outside = tree_new();
        CLEANUP(sys_freep) struct sys *sys = tree_running(root), *there = tree_running(outside);

        (void) unused;
        tree_file(outside, "secret", "secret");
        tree_link(root, FILE_PATH, tree_path(outside, "secret"));
        assert_int_equal(replace(sys, FILE_PATH, "text"), 0);
        assert_file(sys, FILE_PATH, "text");
        assert_mode(root, FILE_PATH, 0644);

        tree_link(root, "var/lib/passthru-setup", outside);
        assert_int_equal(replace(sys, "var/lib/passthru-setup/secret", "text"), -ENOTDIR);
        assert_int_equal(replace(sys, "var/lib/passthru-setup/new", "text"), -ENOTDIR);
        assert_file(there, "secret", "secret");
        assert_names(there, ".", 1, "secret");
}

static void failures(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = tree_running(root);
        char temporary[64];

        (void) unused;
        tree_file(root, "file", "");
        assert_int_equal(replace(sys, "file/below", "text"), -ENOTDIR);
        assert_int_equal(replace(sys, "file/below/it", "text"), -ENOTDIR);
        /* What can't be put in its place leaves nothing behind. */
        tree_dir(root, FILE_PATH);
        assert_int_equal(replace(sys, FILE_PATH, "text"), -EISDIR);
        assert_names(sys, DIRECTORY, 1, "state");
        /* What a killed process with this number has left there is no hindrance, and is not written through. */
        (void) snprintf(temporary, sizeof(temporary), DIRECTORY "/.new.%d.new", (int) getpid());
        tree_link(root, temporary, "../../file");
        assert_int_equal(replace(sys, DIRECTORY "/new", "text"), 0);
        assert_file(sys, DIRECTORY "/new", "text");
        assert_file(sys, "file", "");
        assert_names(sys, DIRECTORY, 2, "new");
        assert_int_equal(unlink(tree_path(root, DIRECTORY "/new")), 0);
        tree_dir(root, temporary);
        assert_int_equal(replace(sys, DIRECTORY "/new", "text"), -EISDIR);
        assert_int_equal(access(tree_path(root, DIRECTORY "/new"), F_OK), -1);
}

static int replace_kept(struct sys *sys, const char *path, const char *text)
{
        return sys->ops->replace_kept(sys->userdata, path, text, strlen(text));
}

/* A file of the administrator's keeps its owner and mode, whatever the umask, and is never a link's target. */
static int create_kept(struct sys *sys, const char *path, const char *text)
{
        return sys->ops->create_kept(sys->userdata, path, text, strlen(text));
}

static void kept(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = tree_running(root);
        struct stat st;

        (void) unused;
        tree_file(root, "etc/kernel/cmdline", "before");
        tree_mode(root, "etc/kernel/cmdline", 0640);
        if (geteuid() == 0)
                assert_int_equal(lchown(tree_path(root, "etc/kernel/cmdline"), 7, 8), 0);
        assert_int_equal(replace_kept(sys, "etc/kernel/cmdline", "after"), 0);
        assert_file(sys, "etc/kernel/cmdline", "after");
        assert_mode(root, "etc/kernel/cmdline", 0640);
        assert_int_equal(stat(tree_path(root, "etc/kernel/cmdline"), &st), 0);
        assert_int_equal(st.st_uid, geteuid() == 0 ? 7 : geteuid());
        assert_int_equal(replace_kept(sys, "etc/default/grub.d/ours.cfg", "new"), 0);
        assert_mode(root, "etc/default/grub.d/ours.cfg", 0644);
        tree_link(root, "etc/kernel/link", "cmdline");
        assert_int_equal(create_kept(sys, "etc/kernel/new", "first"), 0);
        assert_int_equal(create_kept(sys, "etc/kernel/new", "second"), -EEXIST);
        assert_int_equal(create_kept(sys, "etc/kernel/link", "no"), -EEXIST);
        assert_file(sys, "etc/kernel/new", "first");
        assert_int_equal(replace_kept(sys, "etc/kernel/link", "no"), -ELOOP);
        tree_dir(root, "etc/kernel/dir");
        assert_int_equal(replace_kept(sys, "etc/kernel/dir", "no"), -EINVAL);
        assert_file(sys, "etc/kernel/cmdline", "after");
}

static void removal(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = tree_running(root);

        (void) unused;
        tree_file(root, "file", "text");
        tree_link(root, FILE_PATH, "../../file");
        assert_int_equal(sys->ops->remove(sys->userdata, FILE_PATH), 0);
        assert_names(sys, DIRECTORY, 0, NULL);
        assert_file(sys, "file", "text"); /* the link alone has gone */
        assert_int_equal(sys->ops->remove(sys->userdata, FILE_PATH), -ENOENT);
        assert_int_equal(sys->ops->remove(sys->userdata, DIRECTORY), -EISDIR);
        assert_names(sys, DIRECTORY, 0, NULL);
}

static void a_captured_tree(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = NULL;

        (void) unused;
        tree_file(root, FILE_PATH, "text");
        assert_int_equal(sys_open(root, &sys), 0);
        assert_int_equal(replace(sys, FILE_PATH, "new"), -EROFS);
        assert_int_equal(replace_kept(sys, FILE_PATH, "new"), -EROFS);
        assert_int_equal(sys->ops->remove(sys->userdata, FILE_PATH), -EROFS);
        assert_int_equal(sys->ops->write_begin(sys->userdata, FILE_PATH, "new", 3, 1000000), -EROFS);
        assert_int_equal(SYS_CALL(sys, events_begin), -EOPNOTSUPP);
        assert_int_equal(SYS_CALL(sys, events_wait, 0), -EOPNOTSUPP);
        assert_int_equal(SYS_CALL(sys, events_idle), -EOPNOTSUPP);
        assert_file(sys, FILE_PATH, "text");
        assert_names(sys, DIRECTORY, 1, "state");
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(whole),
                cmocka_unit_test(modes),
                cmocka_unit_test(links),
                cmocka_unit_test(failures),
                cmocka_unit_test(kept),
                cmocka_unit_test(removal),
                cmocka_unit_test(a_captured_tree),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
