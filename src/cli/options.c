/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the command line by the tables of verbs and options, and says what is wrong with it. */
#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/names.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "import/generate.h"

/* Where each option is in struct options: a bool, a const char * where it has an argument, or bits. */
static const size_t places[OPTION_MAX] = {
#define PLACE(id, field) [OPTION_##id] = offsetof(struct options, field)
        PLACE(AS_DROPIN, as_dropin),
        PLACE(CONFIG, config),
        PLACE(DETAILED_EXITCODE, detailed_exitcode),
        PLACE(DEVICE, device),
        PLACE(DRY_RUN, dry_run),
        PLACE(FROM, from),
        PLACE(JSON, json),
        PLACE(MDEV, mdev),
        PLACE(NO_LEGEND, no_legend),
        PLACE(NO_PAGER, no_pager),
        PLACE(NOW, now),
        PLACE(OUTPUT, output),
        PLACE(PROMETHEUS, prometheus),
        PLACE(PRUNE, prune),
        PLACE(ROOT, root),
        PLACE(SRIOV, sriov),
        PLACE(TIMEOUT, timeout),
        PLACE(UNDO, undo),
        PLACE(VMID, vmid),
        PLACE(WATCH, watch),
        PLACE(WRITE, write),
        PLACE(EARLY, early),
        PLACE(PENDING, pending),
        PLACE(HELP, help),
        PLACE(VERSION, version),
#undef PLACE
};

#define ANYWHERE (OPTION_BIT(OPTION_HELP) | OPTION_BIT(OPTION_VERSION))

/* getopt's table: the options, the keys behind them, and an end. */
struct table {
        struct option items[OPTION_MAX + CONFIG_KEY_MAX + 1];
        size_t n;
};

struct reading {
        struct options o;
        unsigned given; /* a set of OPTION_BIT() */
        struct table table;
        char *error;
};

static int mistake(struct reading *r, const char *format, ...) PRINTF_LIKE(2, 3);

static int mistake(struct reading *r, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        r->error = xvasprintf(format, args);
        va_end(args);
        return -EINVAL;
}

void options_clear(struct options *o)
{
        free(o->keys);
        free(o->args);
        o->keys = NULL;
        o->args = NULL;
}

char *options_unknown_word(const char *word, const char *what, const char *const *names, size_t n)
{
        const char *nearest = names_nearest(word, names, n);
        CLEANUP_STRBUF struct strbuf b = { 0 };

        strbuf_addf(&b, "%s: unknown %s", word, what);
        if (nearest)
                strbuf_addf(&b, "; did you mean %s?", nearest);
        for (size_t i = 0; i < n && !nearest; i++)
                strbuf_addf(&b, "%s%s", i == 0 ? "; expected " : i + 1 == n ? " or " : ", ", names[i]);
        return strbuf_steal(&b);
}

static int unknown_source(struct reading *r, const char *word)
{
        const char *names[GENERATE_SOURCES];
        CLEANUP_FREE char *text = NULL;

        for (unsigned bit = 0; bit < GENERATE_SOURCES; bit++)
                names[bit] = generate_source_name(bit);
        text = options_unknown_word(word, "source", names, ARRAY_SIZE(names));
        return mistake(r, "--from=%s", text);
}

/* "driverctl,mdevctl" */
static int add_sources(struct reading *r, char *words)
{
        char *word;

        while ((word = strsep(&words, ","))) {
                unsigned source = generate_source(word);

                if (source == 0)
                        return unknown_source(r, word);
                r->o.from |= source;
        }
        return 0;
}

static void *place_of(struct reading *r, enum option_id id)
{
        return (char *) &r->o + places[id];
}

static int set_option(struct reading *r, enum option_id id, char *value)
{
        r->given |= OPTION_BIT(id);
        if (id == OPTION_FROM)
                return add_sources(r, value);
        if (option_infos[id].argument)
                *(const char **) place_of(r, id) = value;
        else
                *(bool *) place_of(r, id) = true;
        return 0;
}

static void add_key(struct reading *r, const char *name, const char *value)
{
        struct edit_key *key = ARRAY_APPEND(r->o.keys, r->o.n_keys, r->o.alloc_keys);

        *key = (struct edit_key){ name, value };
}

static bool has_name(const struct table *t, const char *name)
{
        for (size_t i = 0; i < t->n; i++)
                if (streq(t->items[i].name, name))
                        return true;
        return false;
}

static void add_keys(struct table *t)
{
        for (enum config_key key = 0; key < KEY_PARAMETER; key++)
                if (verb_takes_key(key))
                        t->items[t->n++] =
                                (struct option){ .name = config_key_name(key), .has_arg = required_argument };
}

static void add_options(struct table *t)
{
        for (enum option_id id = 0; id < OPTION_MAX; id++)
                t->items[t->n++] = (struct option){
                        .name = option_infos[id].name,
                        .has_arg = option_infos[id].argument ? required_argument : no_argument,
                };
}

/* The nearest of the options that the verb takes, or of all while there is no verb. */
static const char *nearest_option(const struct reading *r, const char *name)
{
        const char *names[OPTION_MAX + CONFIG_KEY_MAX] = { 0 };
        unsigned taken = r->o.verb == VERB_MAX ? ~0U : verb_infos[r->o.verb].options | ANYWHERE;
        size_t n = 0;

        for (size_t i = 0; i < r->table.n; i++)
                if (i >= OPTION_MAX || (taken & OPTION_BIT(i) && !option_infos[i].internal))
                        names[n++] = r->table.items[i].name;
        return names_nearest(name, names, n);
}

/* What getopt has refused: answer is what it returned; letter its optopt, 0 of a long option, which is in word. */
static int refuse(struct reading *r, int answer, int letter, const char *word)
{
        CLEANUP_FREE char *option = letter ? xasprintf("-%c", letter) : xstrndup(word, strcspn(word, "="));
        const char *name = letter ? "" : after_prefix(option, "--"), *nearest = letter ? NULL : nearest_option(r, name);
        const char *verb = r->o.verb == VERB_MAX ? "" : verb_infos[r->o.verb].name;

        if (answer == ':')
                return mistake(r, "%s needs a value", option);
        if (has_name(&r->table, name))
                return mistake(r, "%s takes no value", option);
        if (nearest)
                return mistake(r, "unknown option %s; did you mean --%s?", option, nearest);
        return mistake(r, "unknown option %s; passthru-setup %s%s--help lists the options", option, verb, *verb ? " " : "");
}

char *options_unknown_verb(const char *word)
{
        const char *names[VERB_MAX], *meant = verb_synonym(word);
        size_t n = 0;

        for (enum verb v = 0; v < VERB_MAX; v++)
                if (!verb_infos[v].internal)
                        names[n++] = verb_infos[v].name;
        if (!meant)
                meant = names_nearest(word, names, n);
        return meant ? xasprintf("%s: unknown verb; did you mean %s?", word, meant)
                     : xasprintf("%s: unknown verb; passthru-setup --help lists them", word);
}

static int set_verb(struct reading *r, const char *word)
{
        r->o.verb = verb_find(word);
        if (r->o.verb == VERB_MAX) {
                r->error = options_unknown_verb(word);
                return -EINVAL;
        }
        if (verb_infos[r->o.verb].keys)
                add_keys(&r->table);
        return 0;
}

/* The arguments in the order in which they are given; the first one is the verb, and decides what may follow. */
static int read_words(struct reading *r, int argc, char **argv)
{
        int c, index = 0, n = 0;

        add_options(&r->table);
        optind = 0; /* GNU's: begin again */
        while ((c = getopt_long(argc, argv, "-:ho:", r->table.items, &index)) >= 0) {
                int e = 0;

                if (c == 1 && r->o.verb == VERB_MAX) {
                        e = set_verb(r, optarg);
                        if (r->o.verb == VERB_COMPLETE) /* the rest is another's line */
                                break;
                } else if (c == 1)
                        r->o.args[n++] = optarg;
                else if (c == 'h' || c == 'o')
                        e = set_option(r, c == 'h' ? OPTION_HELP : OPTION_OUTPUT, optarg);
                else if (c != 0)
                        e = refuse(r, c, optopt, argv[optind - 1]);
                else if (index < OPTION_MAX)
                        e = set_option(r, (enum option_id) index, optarg);
                else
                        add_key(r, r->table.items[index].name, optarg);
                if (e < 0)
                        return e;
        }
        if (r->o.verb == VERB_COMPLETE && optind < argc && streq(argv[optind], "--"))
                optind++;
        while (optind < argc) {
                if (r->o.verb != VERB_MAX)
                        r->o.args[n++] = argv[optind];
                else if (set_verb(r, argv[optind]) < 0)
                        return -EINVAL;
                optind++;
        }
        r->o.n_args = n;
        return 0;
}

/* What goes with what, once the verb takes each. */
static const char *contradiction(const struct options *o)
{
        bool sections = o->n_args > 0;

        if (o->device && sections)
                return "--device goes without sections";
        if (o->prune && sections)
                return "--prune goes without sections";
        if (o->device && o->prune)
                return "--prune goes without --device";
        if (o->pending && !o->device)
                return "--pending goes with --device";
        if (o->early && (o->device || o->config || sections))
                return "--early is for the whole configuration in force";
        if (o->verb == VERB_APPLY && o->dry_run && (o->device || o->prune || o->early))
                return "--dry-run shows the plan, and goes without --device, --prune and --early";
        if ((o->verb == VERB_APPLY || o->verb == VERB_RELEASE) && !o->dry_run && o->json)
                return "--json goes with --dry-run";
        if (o->now && o->dry_run)
                return "--now goes without --dry-run";
        if (o->as_dropin && !sections)
                return "--as-dropin goes with a file, or with - for stdin";
        if (o->write && o->undo)
                return "--undo goes without --write";
        if (o->prometheus && o->json)
                return "--prometheus goes without --json";
        if (o->prometheus && sections)
                return "--prometheus goes without sections";
        if (o->watch && (o->prometheus || !streq(o->root, "/")))
                return "--watch goes without --prometheus and --root";
        return NULL;
}

static int check(struct reading *r)
{
        const struct verb_info *verb = &verb_infos[r->o.verb];
        unsigned strange = r->given & ~(verb->options | ANYWHERE);
        const char *wrong = contradiction(&r->o);

        for (enum option_id id = 0; id < OPTION_MAX; id++)
                if (strange & OPTION_BIT(id)) {
                        CLEANUP_FREE char *verbs = verbs_taking(id);

                        return mistake(r, "%s does not take --%s; it is for %s", verb->name, option_infos[id].name,
                                       verbs);
                }
        if (r->o.n_args < verb->min)
                return mistake(r, "%s needs %s; usage: passthru-setup %s %s", verb->name, verb->lacking, verb->name,
                               verb->arguments);
        if (r->o.n_args > verb->max)
                return mistake(r, "%s: one argument too many for %s; usage: passthru-setup %s%s%s",
                               r->o.args[verb->max], verb->name, verb->name, *verb->arguments ? " " : "",
                               verb->arguments);
        return wrong ? mistake(r, "%s", wrong) : 0;
}

bool options_have_json(int argc, char *const *argv)
{
        for (int i = 1; i < argc && !streq(argv[i], "--"); i++)
                if (streq(argv[i], "--json"))
                        return true;
        return false;
}

int options_parse(int argc, char **argv, struct options *ret, char **ret_error)
{
        struct reading r = { .o = { .verb = VERB_MAX, .root = "/" } };
        int e;

        r.o.args = xcalloc((size_t) argc + 1, sizeof(*r.o.args));
        e = read_words(&r, argc, argv);
        if (e == 0 && !r.o.help && !r.o.version) {
                if (r.o.verb == VERB_MAX)
                        e = mistake(&r, "the verb is missing; passthru-setup --help lists them");
                else if (r.o.verb != VERB_COMPLETE)
                        e = check(&r);
        }
        if (e < 0) {
                options_clear(&r.o);
                *ret_error = r.error;
                return e;
        }
        *ret = r.o;
        return 0;
}
