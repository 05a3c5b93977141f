/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of verbs and options, what is made of them (help, completions), and what is said of a wrong command line. */
#include "unit/kit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "cli/complete.h"
#include "cli/help.h"
#include "cli/options.h"
#include "unit/tree.h"

#define WORDS_MAX 16

/* line: words with single blanks; the first one is the program's. */
static int parse(const char *line, char *copy, size_t size, struct options *ret, char **ret_error)
{
        char *argv[WORDS_MAX + 1] = { NULL }, *rest = copy;
        int argc = 0;

        (void) snprintf(copy, size, "%s", line);
        while (rest && argc < WORDS_MAX)
                argv[argc++] = strsep(&rest, " ");
        return options_parse(argc, argv, ret, ret_error);
}

static void tables(void **unused)
{
        unsigned taken = OPTION_BIT(OPTION_HELP) | OPTION_BIT(OPTION_VERSION);

        (void) unused;
        for (enum verb v = 0; v < VERB_MAX; v++) {
                const struct verb_info *info = &verb_infos[v];

                taken |= info->options;
                assert_int_equal(verb_find(info->name), v);
                assert_true(info->min <= info->max);
                assert_true(info->min == 0 || info->lacking);
                assert_true((info->max > 0) == (info->arguments[0] != '\0'));
                assert_true(info->internal || info->examples[0]);
        }
        assert_int_equal(verb_find("plam"), VERB_MAX);
        assert_int_equal(taken, OPTION_BIT(OPTION_MAX) - 1); /* each has a verb */
        for (enum option_id id = 0; id < OPTION_MAX; id++)
                assert_true(option_infos[id].name && option_infos[id].summary);
}

/* What a verb's help shows is what it takes. */
static void examples(void **unused)
{
        (void) unused;
        for (enum verb v = 0; v < VERB_MAX; v++)
                for (size_t i = 0; i < VERB_EXAMPLES && verb_infos[v].examples[i]; i++) {
                        CLEANUP_OPTIONS struct options o = { 0 };
                        CLEANUP_FREE char *error = NULL;
                        char line[200], copy[200];

                        (void) snprintf(line, sizeof(line), "passthru-setup %s", verb_infos[v].examples[i]);
                        if (strchr(line, '<')) /* the shell's */
                                line[strcspn(line, "<") - 1] = '\0';
                        if (parse(line, copy, sizeof(copy), &o, &error) < 0)
                                fail_msg("%s: %s", line, error);
                        assert_int_equal(o.verb, v);
                }
}

static void assert_fits(const char *text)
{
        for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
                size_t n = 0;

                assert_non_null(strchr(line, '\n'));
                for (const char *c = line; *c != '\n'; c++)
                        n += ((unsigned char) *c & 0xc0) != 0x80;
                if (n > 80)
                        fail_msg("%zu columns: %.*s", n, (int) strcspn(line, "\n"), line);
        }
}

static void help(void **unused)
{
        (void) unused;
        for (enum verb v = 0; v <= VERB_MAX; v++) {
                CLEANUP_FREE char *text = help_text(v);

                assert_fits(text);
                for (enum option_id id = 0; id < OPTION_MAX && v < VERB_MAX; id++) {
                        char option[40];

                        (void) snprintf(option, sizeof(option), "--%s", option_infos[id].name);
                        if (verb_infos[v].options & OPTION_BIT(id) && !strstr(text, option))
                                fail_msg("%s: %s is not in its help", verb_infos[v].name, option);
                }
                if (v == VERB_MAX) {
                        assert_null(strstr(text, "--pending"));
                        assert_null(strstr(text, "  complete"));
                        assert_non_null(strstr(text, "\n  boot-config"));
                }
        }
}

static void mistakes(void **unused)
{
        static const struct {
                const char *line, *error;
        } cases[] = {
                { "p", "the verb is missing; passthru-setup --help lists them" },
                { "p plam", "plam: unknown verb; did you mean plan?" },
                { "p frobnicate", "frobnicate: unknown verb; passthru-setup --help lists them" },
                { "p validate", "validate: unknown verb; did you mean check?" },
                { "p unbind", "unbind: unknown verb; did you mean release?" },
                { "p --jsn plan", "unknown option --jsn; did you mean --json?" },
                { "p plan --jsn", "unknown option --jsn; did you mean --json?" },
                { "p plan --vmdi=1", "unknown option --vmdi; passthru-setup plan --help lists the options" },
                { "p plan -x", "unknown option -x; passthru-setup plan --help lists the options" },
                { "p -x", "unknown option -x; passthru-setup --help lists the options" },
                { "p plan --json -zq", "unknown option -z; passthru-setup plan --help lists the options" },
                { "p plan --config", "--config needs a value" },
                { "p generate -o", "-o needs a value" },
                { "p plan --json=1", "--json takes no value" },
                { "p --vmid=100 plan", "plan does not take --vmid; it is for export" },
                { "p apply --undo", "apply does not take --undo; it is for boot-config" },
                { "p check --no-legend",
                  "check does not take --no-legend; it is for list, tree, doctor, add, edit, plan, apply, status, release and boot-config" },
                { "p explain", "explain needs a section, an address, SECTION/NUMBER of a VF, the UUID of an mdev or an interface; "
                               "usage: passthru-setup explain WORD" },
                { "p explain a b", "b: one argument too many for explain; usage: passthru-setup explain WORD" },
                { "p tree x", "x: one argument too many for tree; usage: passthru-setup tree" },
                { "p apply --device=x gpu", "--device goes without sections" },
                { "p apply --prune gpu", "--prune goes without sections" },
                { "p apply --prune --device=x", "--prune goes without --device" },
                { "p apply --pending", "--pending goes with --device" },
                { "p apply --early gpu", "--early is for the whole configuration in force" },
                { "p apply --dry-run --prune", "--dry-run shows the plan, and goes without --device, --prune and --early" },
                { "p apply --json", "--json goes with --dry-run" },
                { "p release --json", "--json goes with --dry-run" },
                { "p check --as-dropin", "--as-dropin goes with a file, or with - for stdin" },
                { "p boot-config --write --undo", "--undo goes without --write" },
                { "p status --prometheus --json", "--prometheus goes without --json" },
                { "p status --prometheus gpu", "--prometheus goes without sections" },
                { "p status --watch --prometheus", "--watch goes without --prometheus and --root" },
                { "p status --watch --root=/tmp", "--watch goes without --prometheus and --root" },
                { "p generate --from=drivrctl", "--from=drivrctl: unknown source; did you mean driverctl?" },
                { "p generate --from=x", "--from=x: unknown source; expected driverctl, mdevctl, vfio-ids, sysfs or running" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_OPTIONS struct options o = { 0 };
                CLEANUP_FREE char *error = NULL;
                char copy[200];

                if (parse(cases[i].line, copy, sizeof(copy), &o, &error) == 0)
                        fail_msg("%s: it was taken", cases[i].line);
                assert_text_of(cases[i].line, error, cases[i].error);
        }
}

static void given(void **unused)
{
        CLEANUP_OPTIONS struct options o = { 0 };
        CLEANUP_FREE char *error = NULL;
        char copy[200];

        (void) unused;
        assert_int_equal(parse("p --root=/x plan gpu --json --config f -- --odd", copy, sizeof(copy), &o, &error), 0);
        assert_int_equal(o.verb, VERB_PLAN);
        assert_string_equal(o.root, "/x");
        assert_string_equal(o.config, "f");
        assert_true(o.json);
        assert_int_equal(o.n_args, 2);
        assert_string_equal(o.args[0], "gpu");
        assert_string_equal(o.args[1], "--odd");
        options_clear(&o);
        /* What comes behind complete is the line of another. */
        assert_int_equal(parse("p complete -- --root=/y plan --h", copy, sizeof(copy), &o, &error), 0);
        assert_int_equal(o.verb, VERB_COMPLETE);
        assert_string_equal(o.root, "/");
        assert_int_equal(o.n_args, 3);
}

static void completion(void **unused)
{
        static const struct {
                const char *line, *found; /* ROOT stands for the tree */
        } cases[] = {
                { "pl", ":words\nplan\tShow what apply would do; write nothing\n" },
                { "list --s", ":words\n--sriov\tOnly what can have VFs\n" },
                { "apply --p", ":words\n--prune\tAlso release what sections since removed hold\n" }, /* not --pending */
                { "check --con", ":words\n" },
                { "plan --config=a/b", ":files --config=\n" },
                { "plan --config a/b", ":files \n" },
                { "--root ", ":directories \n" },
                { "generate -o x", ":files \n" },
                { "check ", ":files \n" },
                { "list --sriov n", ":words\nnic\nnvme\n" },
                { "list nic g", ":words\ngpu\n" },
                { "generate --from=sysfs,ru", ":words\n--from=sysfs,running\n" },
                { "export proxmox-m", ":words\nproxmox-mapping\tpvesh create /cluster/mapping/pci, with a map for each VF, and qm set\n" },
                { "--root=ROOT export qemu g", ":words\ngpu\tdevice\n" },
                { "--root ROOT plan ", ":words\ngpu\tdevice\nup\tsriov\n" },
                { "--root=ROOT plan gpu u", ":words\nup\tsriov\n" },
                { "--root=ROOT release ", ":words\ngone+x\nx\n" },
                { "--root=ROOT apply --device=0000:01", ":words\n--device=0000:01:00.0\n" },
                { "--root=ROOT explain ", ":words\ngpu\tdevice\nup\tsriov\n0000:01:00.0\nmtty\tmdev parent\n" },
                { "--root=ROOT explain gpu ", ":words\n" }, /* it takes one */
                { "frobnicate ", ":words\n" },
        };
        CLEANUP_TREE char *root = tree_new();

        (void) unused;
        tree_file(root, "etc/passthru.conf", "[passthru]\n[device gpu]\nadress = x\n[sriov up]\n");
        tree_dir(root, "sys/bus/pci/devices/0000:01:00.0");
        tree_dir(root, "sys/class/mdev_bus/mtty");
        tree_file(root, "run/passthru-setup/state", "[device 0000:01:00.0]\nsection = |device+gone%2bx|\n\n"
                                                    "[mdev 4b20d080-1b54-4048-85b3-a6a62d165c01]\nsection = |mdev+x|\n");
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_STRBUF struct strbuf line = { 0 };
                CLEANUP_FREE char *found = NULL;
                char *words[WORDS_MAX], *rest;
                const char *at = strstr(cases[i].line, "ROOT");
                int n = 0;

                strbuf_addn(&line, cases[i].line, at ? (size_t) (at - cases[i].line) : strlen(cases[i].line));
                if (at)
                        strbuf_addf(&line, "%s%s", root, at + strlen("ROOT"));
                rest = line.text;
                while (rest && n < WORDS_MAX)
                        words[n++] = strsep(&rest, " ");
                found = complete_line(words, n);
                assert_text_of(cases[i].line, found, cases[i].found);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(tables),   cmocka_unit_test(examples), cmocka_unit_test(help),
                cmocka_unit_test(mistakes), cmocka_unit_test(given),    cmocka_unit_test(completion),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
