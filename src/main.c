/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* passthru-setup: options and verbs. */
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd.h"
#include "core/names.h"
#include "log.h"
#include "output.h"
#include "util/macro.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

/* Options that only some verbs take. */
enum takes {
        TAKES_JSON = 1 << 0,
        TAKES_DETAILED = 1 << 1,
        TAKES_DEVICE = 1 << 2,
        TAKES_PENDING = 1 << 3,
        TAKES_DRY_RUN = 1 << 4,
        TAKES_PRUNE = 1 << 5,
        TAKES_OFFERS = 1 << 6,
};

static const struct {
        const char *name;
        int (*run)(const struct options *o);
        unsigned takes;
} verbs[] = {
        { "apply", cmd_apply, TAKES_DEVICE | TAKES_PENDING | TAKES_PRUNE },
        { "release", cmd_release, TAKES_DRY_RUN },
        { "plan", cmd_plan, TAKES_JSON | TAKES_DETAILED },
        { "status", cmd_status, TAKES_JSON },
        { "check", cmd_check, TAKES_JSON },
        { "list", cmd_list, TAKES_JSON | TAKES_OFFERS },
        { "tree", cmd_tree, TAKES_JSON },
};

static const char help[] =
        "passthru-setup [OPTIONS…] VERB [ARGUMENTS…]\n"
        "\n"
        "Hands PCI devices, their VFs and mdevs to virtual machines, as /etc/passthru.conf says.\n"
        "\n"
        "Verbs:\n"
        "  apply [SECTION…]    Make the host what the configuration says\n"
        "  apply --device=DEV  Only what concerns a PCI address or an mdev parent that has come; what the udev rule "
        "runs\n"
        "  release [SECTION…]  Give back what was taken, as it was: drivers, VFs, mdevs\n"
        "  plan [SECTION…]     Show what apply would do; write nothing\n"
        "  status [SECTION…]   Show each section, what is there, and why it differs\n"
        "  check [FILE]        Look for mistakes in the configuration alone\n"
        "  list [CLASS…]       Show what there is to hand over, with a selector to paste: gpu, nic, nvme, hba, usb, "
        "audio,\n"
        "                      accelerator, other, system, all\n"
        "  tree                Show IOMMU groups, functions, VFs and mdevs: what is claimed, what the host uses, what "
        "is in\n"
        "                      the way\n"
        "\n"
        "Options:\n"
        "  --config=FILE         Read this file alone, and no drop-ins\n"
        "  --root=DIR            Work on a captured tree (plan, status, check, list, tree)\n"
        "  --json                Write JSON (plan, status, check, list, tree)\n"
        "  --detailed-exitcode   plan: exit with 2 when there is something to do, 1 when there is not and a section\n"
        "                        is refused or absent\n"
        "  --dry-run             release: show what it would do; write nothing\n"
        "  --prune               apply: also give back what is held for sections that have gone from the "
        "configuration\n"
        "  --sriov, --mdev       list: only what can have VFs, or mdevs\n"
        "  --no-legend           Leave out header and summary\n"
        "  --version, --help\n"
        "\n"
        "Exit status: 0 done · 1 a section failed or is not as configured · 64 usage · 77 no privilege ·\n"
        "78 configuration. The journal tells the rest: journalctl -u passthru-setup\n";

enum {
        OPT_CONFIG = 256,
        OPT_ROOT,
        OPT_JSON,
        OPT_DETAILED,
        OPT_DEVICE,
        OPT_PENDING,
        OPT_DRY_RUN,
        OPT_PRUNE,
        OPT_SRIOV,
        OPT_MDEV,
        OPT_NO_LEGEND,
        OPT_VERSION,
        OPT_HELP
};

static const struct option long_options[] = {
        { "config", required_argument, NULL, OPT_CONFIG }, { "root", required_argument, NULL, OPT_ROOT },
        { "json", no_argument, NULL, OPT_JSON },           { "detailed-exitcode", no_argument, NULL, OPT_DETAILED },
        { "device", required_argument, NULL, OPT_DEVICE }, { "pending", no_argument, NULL, OPT_PENDING },
        { "dry-run", no_argument, NULL, OPT_DRY_RUN },     { "prune", no_argument, NULL, OPT_PRUNE },
        { "sriov", no_argument, NULL, OPT_SRIOV },         { "mdev", no_argument, NULL, OPT_MDEV },
        { "no-legend", no_argument, NULL, OPT_NO_LEGEND }, { "version", no_argument, NULL, OPT_VERSION },
        { "help", no_argument, NULL, OPT_HELP },           { NULL, 0, NULL, 0 },
};

/* Returns -1 to go on, or the exit status. */
static int parse_options(int argc, char **argv, struct options *o)
{
        int c;

        while ((c = getopt_long(argc, argv, "h", long_options, NULL)) >= 0)
                switch (c) {
                case OPT_CONFIG:
                        o->config = optarg;
                        break;
                case OPT_ROOT:
                        o->root = optarg;
                        break;
                case OPT_JSON:
                        o->json = true;
                        break;
                case OPT_DETAILED:
                        o->detailed_exitcode = true;
                        break;
                case OPT_DEVICE:
                        o->device = optarg;
                        break;
                case OPT_PENDING: /* of the unit alone, and so not in the help */
                        o->pending = true;
                        break;
                case OPT_DRY_RUN:
                        o->dry_run = true;
                        break;
                case OPT_PRUNE:
                        o->prune = true;
                        break;
                case OPT_SRIOV:
                        o->sriov = true;
                        break;
                case OPT_MDEV:
                        o->mdev = true;
                        break;
                case OPT_NO_LEGEND:
                        o->no_legend = true;
                        break;
                case OPT_VERSION:
                        return output_text("passthru-setup " VERSION "\n");
                case 'h':
                case OPT_HELP:
                        return output_text(help);
                default:
                        (void) fputs("Try passthru-setup --help.\n", stderr);
                        return EXIT_USAGE_ERROR;
                }
        o->args = argv + optind;
        o->n_args = argc - optind;
        return -1;
}

static int usage_error(const char *text, const char *word)
{
        const char *names[ARRAY_SIZE(verbs)], *nearest;

        for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
                names[i] = verbs[i].name;
        nearest = word ? names_nearest(word, names, ARRAY_SIZE(verbs)) : NULL;
        (void) fprintf(stderr, "%s%s%s", word ? word : "", word ? ": " : "", text);
        if (nearest)
                (void) fprintf(stderr, "; did you mean %s?\n", nearest);
        else
                (void) fputs("; passthru-setup --help lists the verbs.\n", stderr);
        return EXIT_USAGE_ERROR;
}

/* "--json is for plan, status, check, list." */
static int refuse_option(const char *option, unsigned bit)
{
        const char *separator = " is for ";

        (void) fputs(option, stderr);
        for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
                if (verbs[i].takes & bit) {
                        (void) fprintf(stderr, "%s%s", separator, verbs[i].name);
                        separator = ", ";
                }
        (void) fputs(".\n", stderr);
        return EXIT_USAGE_ERROR;
}

/* EXIT_OK, or EXIT_USAGE_ERROR with the reason told. */
static int check_options(const struct options *o, unsigned takes)
{
        const struct {
                const char *option;
                unsigned bit;
                bool given;
        } given[] = {
                { "--json", TAKES_JSON, o->json },
                { "--detailed-exitcode", TAKES_DETAILED, o->detailed_exitcode },
                { "--device", TAKES_DEVICE, o->device },
                { "--pending", TAKES_PENDING, o->pending },
                { "--dry-run", TAKES_DRY_RUN, o->dry_run },
                { "--prune", TAKES_PRUNE, o->prune },
                { "--sriov", TAKES_OFFERS, o->sriov },
                { "--mdev", TAKES_OFFERS, o->mdev },
        };

        for (size_t i = 0; i < ARRAY_SIZE(given); i++)
                if (given[i].given && !(takes & given[i].bit))
                        return refuse_option(given[i].option, given[i].bit);
        if ((o->device || o->prune) && o->n_args > 0) {
                (void) fprintf(stderr, "%s goes without sections.\n", o->device ? "--device" : "--prune");
                return EXIT_USAGE_ERROR;
        }
        if (o->device ? o->prune : o->pending) {
                (void) fputs(o->device ? "--prune goes without --device.\n" : "--pending goes with --device.\n",
                             stderr);
                return EXIT_USAGE_ERROR;
        }
        return EXIT_OK;
}

int main(int argc, char **argv)
{
        struct options o = { .root = "/" };
        const char *verb;
        int r;

        (void) setlocale(LC_CTYPE, "");
        (void) umask(0022);
        r = parse_options(argc, argv, &o);
        if (r >= 0)
                return r;
        if (o.n_args == 0)
                return usage_error("The verb is missing", NULL);
        verb = *o.args++;
        o.n_args--;
        for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
                if (!streq(verbs[i].name, verb))
                        continue;
                r = check_options(&o, verbs[i].takes);
                if (r != EXIT_OK)
                        return r;
                return verbs[i].run(&o);
        }
        return usage_error("unknown verb", verb);
}
