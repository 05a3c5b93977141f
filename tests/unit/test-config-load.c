/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding and opening configuration files: precedence, masks, and what is refused by its kind, owner or size. */
#include "unit/kit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "config/config-load.h"
#include "unit/tree.h"

/* What was read: "file file …", then the diagnostics. */
static char *load(const char *root, const char *file, bool trust_owner)
{
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        CLEANUP(config_freep) struct config *config = NULL;
        CLEANUP_STRBUF struct strbuf b = { 0 };
        CLEANUP_FREE char *mistakes = NULL;

        /* A FIFO that is opened would block for ever: the alarm ends the test. */
        (void) alarm(20);
        assert_int_equal(config_load(root, file, trust_owner, &diags, &config), 0);
        (void) alarm(0);
        for (size_t i = 0; i < config->n_files; i++)
                strbuf_addf(&b, "%s%s", i > 0 ? " " : "", config->files[i]);
        mistakes = diags_text(&diags);
        strbuf_addf(&b, "\n%s", mistakes);
        return strbuf_steal(&b);
}

static void assert_loads(const char *root, const char *expected)
{
        CLEANUP_FREE char *found = load(root, NULL, true);

        assert_text_of(root, found, expected);
}

static void main_file(void **unused)
{
        static const char *const places[] = { "usr/lib/passthru.conf", "run/passthru.conf", "etc/passthru.conf" };
        static const char *const found[] = { "/usr/lib/passthru.conf\n", "/run/passthru.conf\n",
                                             "/etc/passthru.conf\n" };
        CLEANUP_TREE char *root = tree_new();

        (void) unused;
        assert_loads(root, "\n");                         /* none is no mistake here */
        for (size_t i = 0; i < ARRAY_SIZE(places); i++) { /* each is stronger than those before */
                tree_file(root, places[i], "[module kvm]\n");
                assert_loads(root, found[i]);
        }
        assert_int_equal(unlink(tree_path(root, "etc/passthru.conf")), 0);
        tree_link(root, "etc/passthru.conf", "/dev/null");
        assert_loads(root, "\n"); /* masked: the weaker ones do not come up */
        assert_int_equal(unlink(tree_path(root, "etc/passthru.conf")), 0);
        tree_file(root, "etc/passthru.conf", "");
        assert_loads(root, "/etc/passthru.conf\n"); /* empty, and it is the one */
}

static void drop_ins(void **unused)
{
        CLEANUP_TREE char *root = tree_new();

        (void) unused;
        tree_file(root, "etc/passthru.conf", "[module kvm]\n");
        tree_file(root, "usr/lib/passthru.conf.d/10-a.conf", "[module a]\n");
        tree_file(root, "usr/lib/passthru.conf.d/20-b.conf", "[module b]\n");
        tree_file(root, "usr/lib/passthru.conf.d/30-c.conf", "[module c]\n");
        tree_file(root, "usr/lib/passthru.conf.d/40-d.conf", "[module d]\n");
        tree_file(root, "run/passthru.conf.d/20-b.conf", "[module b2]\n");
        tree_file(root, "run/passthru.conf.d/05-e.conf", "[module e]\n");
        tree_file(root, "etc/passthru.conf.d/30-c.conf", ""); /* an empty file masks */
        tree_link(root, "etc/passthru.conf.d/40-d.conf", "/dev/null");
        tree_file(root, "etc/passthru.conf.d/20-b.conf", "[module b3]\n");
        /* No drop-ins: */
        tree_file(root, "etc/passthru.conf.d/50-f.conf.bak", "[module f]\n");
        tree_file(root, "etc/passthru.conf.d/.60-g.conf", "[module g]\n");
        tree_file(root, "etc/passthru.conf.d/README", "[module h]\n");
        tree_file(root, "etc/passthru.conf.d/.conf", "[module i]\n");
        /* By name, whatever the directory; of one name the strongest directory's alone. */
        assert_loads(root, "/etc/passthru.conf /run/passthru.conf.d/05-e.conf /usr/lib/passthru.conf.d/10-a.conf "
                           "/etc/passthru.conf.d/20-b.conf /etc/passthru.conf.d/30-c.conf\n");
}

static void links(void **unused)
{
        CLEANUP_TREE char *root = tree_new();

        (void) unused;
        tree_file(root, "etc/real.conf", "[module kvm]\n");
        tree_link(root, "etc/passthru.conf", "real.conf");
        tree_link(root, "etc/passthru.conf.d/10-absolute.conf",
                  "/etc/real2.conf"); /* inside the tree, not the host's */
        tree_file(root, "etc/real2.conf", "[module a]\n");
        tree_link(root, "etc/passthru.conf.d/20-nowhere.conf", "nothing");
        tree_link(root, "etc/passthru.conf.d/30-loop.conf", "30-loop.conf");
        tree_link(root, "etc/passthru.conf.d/40-out.conf", "../../../../../../../../../../../etc/real2.conf");
        assert_loads(root,
                     "/etc/passthru.conf /etc/passthru.conf.d/10-absolute.conf /etc/passthru.conf.d/40-out.conf\n"
                     "/etc/passthru.conf.d/20-nowhere.conf:0: the link leads nowhere\n"
                     "/etc/passthru.conf.d/30-loop.conf:0: can't be opened: Too many levels of symbolic links\n");
}

/* A configuration in the tree must not be able to show the host's own files. */
static void no_way_out(void **unused)
{
        CLEANUP_TREE char *root = tree_new(), *outside = tree_new();

        (void) unused;
        tree_file(outside, "secret.conf", "[module secret]\n");
        tree_link(root, "etc/passthru.conf.d/10-a.conf", tree_path(outside, "secret.conf"));
        assert_loads(root, "\n/etc/passthru.conf.d/10-a.conf:0: the link leads nowhere\n");
}

/* Who links the main file and moves the target has not asked for an empty configuration, nor for the vendor's. */
static void main_link_to_nowhere(void **unused)
{
        CLEANUP_TREE char *root = tree_new();

        (void) unused;
        tree_file(root, "usr/lib/passthru.conf", "[module kvm]\n");
        tree_link(root, "etc/passthru.conf", "nothing");
        assert_loads(root, "\n/etc/passthru.conf:0: the link leads nowhere\n");
}

/* Each kind of file that is none, as the main file. */
static void no_files(void **unused)
{
        static const struct {
                mode_t mode;
                const char *word;
        } kinds[] = {
                { S_IFIFO, "a FIFO" },   { S_IFDIR, "a directory" }, { S_IFSOCK, "a socket" },
                { S_IFCHR, "a device" }, { S_IFBLK, "a device" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
                CLEANUP_TREE char *root = tree_new();
                CLEANUP_STRBUF struct strbuf expected = { 0 };
                const char *path;
                int r;

                tree_file(root, "etc/passthru.conf.d/10-a.conf", "[module a]\n");
                path = tree_path(root, "etc/passthru.conf");
                r = kinds[i].mode == S_IFDIR ? mkdir(path, 0755) : mknod(path, kinds[i].mode | 0644, makedev(1, 7));
                if (r < 0 && errno == EPERM)
                        continue; /* device nodes need root */
                assert_int_equal(r, 0);
                /* Opening /dev/full or a FIFO would be seen; the drop-in is still looked at: all mistakes are told. */
                strbuf_addf(&expected,
                            "/etc/passthru.conf.d/10-a.conf\n/etc/passthru.conf:0: is %s; expected a regular "
                            "file\n",
                            kinds[i].word);
                assert_loads(root, expected.text);
        }
}

static void modes(void **unused)
{
        static const struct {
                mode_t mode;
                bool safe;
        } cases[] = { { 0644, true },  { 0600, true },  { 0444, true },  { 0755, true },
                      { 0664, false }, { 0646, false }, { 0666, false }, { 0777, false } };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_TREE char *root = tree_new();
                CLEANUP_FREE char *found = NULL, *trusted = NULL, *expected = NULL;

                tree_file(root, "etc/passthru.conf", "[module kvm]\n");
                tree_mode(root, "etc/passthru.conf", cases[i].mode);
                found = load(root, NULL, false);
                assert_true(asprintf(&expected,
                                     "\n/etc/passthru.conf:0: can be written by others than root (mode %04o); "
                                     "expected 0644 (chmod go-w /etc/passthru.conf)\n",
                                     (unsigned) cases[i].mode) > 0);
                assert_string_equal(found, cases[i].safe ? "/etc/passthru.conf\n" : expected);
                trusted = load(root, NULL, true); /* a captured tree: whoever unpacked it */
                assert_string_equal(trusted, "/etc/passthru.conf\n");
        }
}

static void owner_and_directory(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP_FREE char *open_dir = NULL, *foreign = NULL;

        (void) unused;
        tree_file(root, "etc/passthru.conf.d/10-a.conf", "[module a]\n");
        tree_mode(root, "etc/passthru.conf.d", 0777);
        open_dir = load(root, NULL, false);
        assert_non_null(strstr(open_dir, "/etc/passthru.conf.d:0: can be written by others than root (mode 0777)"));
        tree_mode(root, "etc/passthru.conf.d", 0755);
        if (geteuid() != 0)
                return; /* giving a file away needs root */
        assert_int_equal(chown(tree_path(root, "etc/passthru.conf.d/10-a.conf"), 12345, 0), 0);
        foreign = load(root, NULL, false);
        assert_string_equal(foreign,
                            "\n/etc/passthru.conf.d/10-a.conf:0: belongs to uid 12345; expected root (chown root "
                            "/etc/passthru.conf.d/10-a.conf)\n");
}

static void sizes(void **unused)
{
        static const struct {
                off_t size;
                bool good;
        } cases[] = { { 16 * 1024 * 1024, true }, { 16 * 1024 * 1024 + 1, false }, { (off_t) 1 << 40, false } };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_TREE char *root = tree_new();
                CLEANUP_FREE char *found = NULL;

                tree_file(root, "etc/passthru.conf", "[module kvm]\n");
                /* Sparse: NUL bytes in the last line are another mistake, which tells that the file was read. */
                assert_int_equal(truncate(tree_path(root, "etc/passthru.conf"), cases[i].size), 0);
                found = load(root, NULL, true);
                if (cases[i].good)
                        assert_non_null(strstr(found, "/etc/passthru.conf:2: the line has a NUL byte"));
                else
                        assert_string_equal(found, "\n/etc/passthru.conf:0: is larger than 16 MiB; expected a "
                                                   "configuration\n");
        }
}

static void named_file(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP_FREE char *path = NULL, *found = NULL, *expected = NULL, *missing = NULL, *fifo = NULL;

        (void) unused;
        tree_file(root, "etc/passthru.conf", "[module kvm]\n");
        tree_file(root, "etc/passthru.conf.d/10-a.conf", "[module a]\n");
        tree_file(root, "my.conf", "[module my]\n");
        path = strdup(tree_path(root, "my.conf"));
        assert_true(asprintf(&expected, "%s\n", path) > 0);
        found = load(root, path, true); /* that file alone, and no drop-ins */
        assert_string_equal(found, expected);
        missing = load(root, "/nonexistent/my.conf", true);
        assert_string_equal(missing, "\n/nonexistent/my.conf:0: no such file\n");
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkfifo(path, 0644), 0);
        fifo = load(root, path, true);
        assert_non_null(strstr(fifo, "is a FIFO; expected a regular file"));
}

/* What image builders and debootstrap have: a root of its own, and no /proc in it. */
static void chroot_without_proc(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        int status = -1;
        pid_t child;

        (void) unused;
        tree_file(root, "etc/passthru.conf", "[module kvm]\n");
        tree_file(root, "etc/passthru.conf.d/10-a.conf", "[module a]\n");
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
                CLEANUP_FREE char *all = NULL, *named = NULL;

                if ((geteuid() != 0 && unshare(CLONE_NEWUSER) < 0) || chroot(root) < 0 || chdir("/") < 0)
                        _exit(77); /* neither root nor user namespaces */
                all = load("/", NULL, true);
                named = load("/", "etc/passthru.conf", true);
                _exit(streq(all, "/etc/passthru.conf /etc/passthru.conf.d/10-a.conf\n") &&
                                      streq(named, "etc/passthru.conf\n")
                              ? 0
                              : 1);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
                skip();
        assert_int_equal(status, 0);
}

/* As the files would be with one of them new, changed or empty. */
static void overlay(void **unused)
{
        static const struct {
                const char *path, *text, *found; /* files and sections; or the mistakes */
        } cases[] = {
                { "/etc/passthru.conf.d/b.conf", "[device b]\nid = 2:2\n",
                  "/etc/passthru.conf /etc/passthru.conf.d/a.conf /etc/passthru.conf.d/b.conf "
                  "/usr/lib/passthru.conf.d/c.conf: main a b c" },
                { "/etc/passthru.conf.d/a.conf", "[device x]\nid = 2:2\n",
                  "/etc/passthru.conf /etc/passthru.conf.d/a.conf /usr/lib/passthru.conf.d/c.conf: main x c" },
                { "/etc/passthru.conf.d/a.conf", "",
                  "/etc/passthru.conf /etc/passthru.conf.d/a.conf /usr/lib/passthru.conf.d/c.conf: main c" },
                { "/etc/passthru.conf", "[device new]\nid = 2:2\n",
                  "/etc/passthru.conf /etc/passthru.conf.d/a.conf /usr/lib/passthru.conf.d/c.conf: new a c" },
                /* It masks the one of a package. */
                { "/etc/passthru.conf.d/c.conf", "[device own]\nid = 2:2\n",
                  "/etc/passthru.conf /etc/passthru.conf.d/a.conf /etc/passthru.conf.d/c.conf: main a own" },
                { "/etc/passthru.conf.d/b.conf", "[device main]\nfrob = 1\n",
                  "/etc/passthru.conf.d/b.conf:2: frob: unknown key in [device]\n" },
        };
        CLEANUP_TREE char *root = tree_new();

        (void) unused;
        tree_file(root, "etc/passthru.conf", "[device main]\nid = 1:1\n");
        tree_file(root, "etc/passthru.conf.d/a.conf", "[device a]\nid = 1:2\n");
        tree_file(root, "usr/lib/passthru.conf.d/c.conf", "[device c]\nid = 1:3\n");
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const struct config_overlay o = { .path = cases[i].path,
                                                  .text = cases[i].text,
                                                  .len = strlen(cases[i].text) };
                CLEANUP_DIAGS struct diag_list diags = { 0 };
                CLEANUP(config_freep) struct config *config = NULL;
                CLEANUP_STRBUF struct strbuf b = { 0 };
                CLEANUP_FREE char *mistakes = NULL;

                assert_int_equal(config_load_overlay(root, &o, true, &diags, &config), 0);
                for (size_t k = 0; k < config->n_files; k++)
                        strbuf_addf(&b, "%s%s", k > 0 ? " " : "", config->files[k]);
                strbuf_add(&b, ":");
                for (size_t k = 0; k < config->n_sections; k++)
                        strbuf_addf(&b, " %s", config->sections[k]->name);
                mistakes = diags_text(&diags);
                assert_text_of(cases[i].text, *mistakes ? mistakes : b.text, cases[i].found);
        }
}

/* What a drop-in lacks may be in the main file; what it has must be right. */
static void drop_in_alone(void **unused)
{
        static const struct {
                const char *text, *whole, *alone;
        } cases[] = {
                { "[sriov up]\nvf-mac = stable\n",
                  "f:1: [sriov up]: no device is named; expected address, id, path, interface, mac, serial or slot\n"
                  "f:1: [sriov up]: vfs is missing; expected the number of VFs, or max\n",
                  "" },
                { "[vf up/0]\nvlan = 1\n", "f:1: [vf up/0]: there is no section [sriov up]\n", "" },
                { "[sriov up]\ninterface = a\nvfs = 2\n[vf up/0]\nqos = 1\n",
                  "f:5: qos: requires vlan, which the section does not set\n", "" },
                { "[device d]\ncount = 2\n",
                  "f:1: [device d]: no device is named; expected address, id, path, interface, mac, serial or slot\n"
                  "f:2: count: only valid with id; the device is named by another key\n",
                  "" },
                { "[device d]\nid =\nforce =\n",
                  "f:2: id: the value is missing; expected vendor:device or vendor:device:subvendor:subdevice in hex, "
                  "* for any, such as "
                  "10de:2487\n",
                  "" },
                { "[mdev m]\nattr = a=b\n",
                  "f:1: [mdev m]: no parent is named; expected parent = a name under /sys/class/mdev_bus, or address, "
                  "id, path, interface, "
                  "mac, serial or slot\nf:1: [mdev m]: type is missing; expected a type's id or its name\n",
                  "" },
                { "[device d]\nadress = x\n", NULL, "f:2: adress: unknown key in [device]; did you mean address?\n" },
                { "[device d]\naddress = 01:00.0\ncount = 2\n", NULL,
                  "f:3: count: only valid with id; the device is named by another key\n" },
                { "[sriov up]\ninterface = a\nvfs = 2\n[vf up/2]\nvlan = 1\n", NULL,
                  "f:4: [vf up/2]: [sriov up] makes 2 VFs, 0 to 1 (f:3)\n" },
        };
        CLEANUP_TREE char *root = tree_new();
        CLEANUP_FREE char *cwd = getcwd(NULL, 0);

        (void) unused;
        assert_int_equal(chdir(root), 0);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                for (int alone = 0; alone < 2; alone++) {
                        CLEANUP_DIAGS struct diag_list diags = { 0 };
                        CLEANUP(config_freep) struct config *config = NULL;
                        CLEANUP_FREE char *mistakes = NULL;

                        tree_file(root, "f", cases[i].text);
                        assert_int_equal(alone ? config_load_dropin("f", true, &diags, &config)
                                               : config_load("/", "f", true, &diags, &config),
                                         0);
                        mistakes = diags_text(&diags);
                        assert_text_of(cases[i].text, mistakes,
                                       alone || !cases[i].whole ? cases[i].alone : cases[i].whole);
                }
        assert_int_equal(chdir(cwd), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(main_file),
                cmocka_unit_test(drop_ins),
                cmocka_unit_test(links),
                cmocka_unit_test(no_way_out),
                cmocka_unit_test(no_files),
                cmocka_unit_test(modes),
                cmocka_unit_test(owner_and_directory),
                cmocka_unit_test(sizes),
                cmocka_unit_test(named_file),
                cmocka_unit_test(main_link_to_nowhere),
                cmocka_unit_test(chroot_without_proc),
                cmocka_unit_test(overlay),
                cmocka_unit_test(drop_in_alone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
