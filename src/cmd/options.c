/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options: one table of what there is, and what goes with what. */
#include "cmd/options.h"

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "base/names.h"
#include "base/strutil.h"
#include "import/generate.h"

enum option_form {
        FORM_FLAG,    /* a bool in struct options */
        FORM_VALUE,   /* a const char *: the last one given */
        FORM_SOURCES, /* unsigned: the bits of all words given, parted by commas */
};

struct option_info {
        const char *name;
        size_t place; /* in struct options */
        enum option_form form;
        unsigned takes; /* the bit of the verbs that take it; 0: all do */
};

#define FLAG(field) offsetof(struct options, field), FORM_FLAG
#define VALUE(field) offsetof(struct options, field), FORM_VALUE
#define SOURCES(field) offsetof(struct options, field), FORM_SOURCES

static const struct option_info infos[] = {
        { "config", VALUE(config), 0 },
        { "root", VALUE(root), 0 },
        { "json", FLAG(json), TAKES_JSON },
        { "detailed-exitcode", FLAG(detailed_exitcode), TAKES_DETAILED },
        { "device", VALUE(device), TAKES_DEVICE },
        { "early", FLAG(early), TAKES_PENDING },     /* of units alone, as the next one */
        { "pending", FLAG(pending), TAKES_PENDING }, /* of the unit alone, and so not in the help */
        { "dry-run", FLAG(dry_run), TAKES_DRY_RUN },
        { "prune", FLAG(prune), TAKES_PRUNE },
        { "sriov", FLAG(sriov), TAKES_SRIOV },
        { "mdev", FLAG(mdev), TAKES_MDEV },
        { "write", FLAG(write), TAKES_WRITE },
        { "undo", FLAG(undo), TAKES_WRITE },
        { "from", SOURCES(from), TAKES_FROM },
        { "output", VALUE(output), TAKES_FROM },
        { "prometheus", FLAG(prometheus), TAKES_PROMETHEUS },
        { "vmid", VALUE(vmid), TAKES_VMID },
        { "timeout", VALUE(timeout), TAKES_TIMEOUT },
        { "no-legend", FLAG(no_legend), 0 },
        { "no-pager", FLAG(no_pager), 0 },
        { "version", FLAG(version), 0 },
        { "help", FLAG(help), 0 },
};

static bool *flag_of(struct options *o, const struct option_info *info)
{
        return (bool *) ((char *) o + info->place);
}

static const char **value_of(struct options *o, const struct option_info *info)
{
        return (const char **) ((char *) o + info->place);
}

static unsigned *sources_of(struct options *o, const struct option_info *info)
{
        return (unsigned *) ((char *) o + info->place);
}

static bool is_given(const struct options *o, const struct option_info *info)
{
        struct options copy = *o;

        switch (info->form) {
        case FORM_FLAG:
                return *flag_of(&copy, info);
        case FORM_VALUE:
                return *value_of(&copy, info) != NULL;
        default:
                return *sources_of(&copy, info) != 0;
        }
}

static int unknown_source(const char *word)
{
        const char *names[GENERATE_SOURCES], *nearest;

        for (unsigned bit = 0; bit < GENERATE_SOURCES; bit++)
                names[bit] = generate_source_name(bit);
        nearest = names_nearest(word, names, ARRAY_SIZE(names));
        (void) fprintf(stderr, "--from=%s: unknown%s%s%s; expected", word, nearest ? "; did you mean " : "",
                       nearest ? nearest : "", nearest ? "?" : "");
        for (unsigned bit = 0; bit < GENERATE_SOURCES; bit++)
                (void) fprintf(stderr, "%s %s", bit > 0 ? "," : "", names[bit]);
        (void) fputs(".\n", stderr);
        return -EINVAL;
}

/* "driverctl,mdevctl" */
static int add_sources(unsigned *sources, char *words)
{
        char *word;

        while ((word = strsep(&words, ","))) {
                unsigned source = generate_source(word);

                if (source == 0)
                        return unknown_source(word);
                *sources |= source;
        }
        return 0;
}

static int set_option(struct options *o, const struct option_info *info, char *value)
{
        switch (info->form) {
        case FORM_FLAG:
                *flag_of(o, info) = true;
                return 0;
        case FORM_VALUE:
                *value_of(o, info) = value;
                return 0;
        default:
                return add_sources(sources_of(o, info), value);
        }
}

/* What getopt has refused: answer is what it returned, letter its optopt, word the argument. */
static int refuse(int answer, int letter, const char *word)
{
        const char *names[ARRAY_SIZE(infos)], *nearest, *text = after_prefix(word, "--");
        CLEANUP_FREE char *name = text ? xstrndup(text, strcspn(text, "=")) : NULL;

        for (size_t i = 0; i < ARRAY_SIZE(infos); i++) {
                names[i] = infos[i].name;
                if (!name || (answer != ':' && !streq(name, names[i])))
                        continue;
                (void) fprintf(stderr, "passthru-setup: --%s %s.\n", name, answer == ':' ? "needs a value" : "takes no value");
                return -EINVAL;
        }
        nearest = name ? names_nearest(name, names, ARRAY_SIZE(names)) : NULL;
        if (name)
                (void) fprintf(stderr, "passthru-setup: unknown option --%s", name);
        else
                (void) fprintf(stderr, "passthru-setup: unknown option -%c", letter);
        if (nearest)
                (void) fprintf(stderr, "; did you mean --%s?\n", nearest);
        else
                (void) fputs("; passthru-setup --help lists the options.\n", stderr);
        return -EINVAL;
}

int options_parse(int argc, char **argv, struct options *ret)
{
        struct option long_options[ARRAY_SIZE(infos) + 1] = { 0 };
        struct options o = { .root = "/" };
        int c, index = 0;

        for (size_t i = 0; i < ARRAY_SIZE(infos); i++)
                long_options[i] = (struct option){
                        .name = infos[i].name,
                        .has_arg = infos[i].form == FORM_FLAG ? no_argument : required_argument,
                };
        while ((c = getopt_long(argc, argv, ":ho:", long_options, &index)) >= 0)
                if (c == 'h')
                        o.help = true;
                else if (c == 'o')
                        o.output = optarg;
                else if (c != 0)
                        return refuse(c, optopt, argv[optind - 1]);
                else if (set_option(&o, &infos[index], optarg) < 0)
                        return -EINVAL;
        o.args = argv + optind;
        o.n_args = argc - optind;
        *ret = o;
        return 0;
}

/* What goes with what, once the verb takes each. */
static const char *contradiction(const struct options *o)
{
        if (o->device && o->n_args > 0)
                return "--device goes without sections.";
        if (o->prune && o->n_args > 0)
                return "--prune goes without sections.";
        if (o->device && o->prune)
                return "--prune goes without --device.";
        if (o->pending && !o->device)
                return "--pending goes with --device.";
        if (o->early && (o->device || o->config || o->n_args > 0))
                return "--early is for the whole configuration in force.";
        if (o->write && o->undo)
                return "--undo goes without --write.";
        if (o->prometheus && (o->json || o->n_args > 0))
                return o->json ? "--prometheus goes without --json." : "--prometheus goes without sections.";
        return NULL;
}

int options_check(const struct options *o, unsigned takes, void (*verbs_taking)(unsigned bit))
{
        const char *wrong;

        for (size_t i = 0; i < ARRAY_SIZE(infos); i++)
                if (infos[i].takes != 0 && !(takes & infos[i].takes) && is_given(o, &infos[i])) {
                        (void) fprintf(stderr, "--%s is for", infos[i].name);
                        verbs_taking(infos[i].takes);
                        (void) fputs(".\n", stderr);
                        return -EINVAL;
                }
        wrong = contradiction(o);
        if (wrong)
                (void) fprintf(stderr, "%s\n", wrong);
        return wrong ? -EINVAL : 0;
}
