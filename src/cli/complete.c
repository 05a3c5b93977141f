/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Completes a command line by the tables, the configuration, the state and the names of devices. */
#include "cli/complete.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "cli/verbs.h"
#include "config/config-keys.h"
#include "config/config-load.h"
#include "device/device-class.h"
#include "export/export.h"
#include "import/generate.h"
#include "state/state-file.h"
#include "sys/sys.h"

struct line {
        const char *verb; /* its name; NULL: none yet */
        int n_args;       /* before the last word */
        const char *root;
        const char *config; /* or NULL */
        const char *word;   /* the last one */
        size_t prefix;      /* the part of it that a candidate must keep */
        struct strbuf text;
};

static void offer(struct line *l, const char *candidate, const char *explanation)
{
        if (strncmp(l->word + l->prefix, candidate, strlen(l->word + l->prefix)) != 0)
                return;
        strbuf_addn(&l->text, l->word, l->prefix);
        strbuf_add(&l->text, candidate);
        if (explanation)
                strbuf_addf(&l->text, "\t%s", explanation);
        strbuf_add(&l->text, "\n");
}

/* The option that a word names: "--root", "--root=…", "-o"; OPTION_MAX: none. */
static enum option_id option_of(const char *word)
{
        const char *name = after_prefix(word, "--");

        for (enum option_id id = 0; id < OPTION_MAX; id++) {
                const char *its = option_infos[id].name;

                if (name ? strlen(its) == strcspn(name, "=") && strncmp(its, name, strlen(its)) == 0
                         : option_infos[id].letter && word[0] == '-' && word[1] == option_infos[id].letter && !word[2])
                        return id;
        }
        return OPTION_MAX;
}

static void note_value(struct line *l, enum option_id id, const char *value)
{
        if (id == OPTION_ROOT)
                l->root = value;
        else if (id == OPTION_CONFIG)
                l->config = value;
}

/* Reads all words but the last. Returns the option whose value the last one is, or OPTION_MAX. */
static enum option_id read_words(struct line *l, char **words, int n)
{
        enum option_id waiting = OPTION_MAX;

        for (int i = 0; i < n - 1; i++) {
                enum option_id id = words[i][0] == '-' ? option_of(words[i]) : OPTION_MAX;
                const char *value = strchr(words[i], '=');

                if (waiting != OPTION_MAX) {
                        note_value(l, waiting, words[i]);
                        waiting = OPTION_MAX;
                } else if (id != OPTION_MAX && value)
                        note_value(l, id, value + 1);
                else if (id != OPTION_MAX && option_infos[id].argument)
                        waiting = id;
                else if (words[i][0] != '-' && l->verb)
                        l->n_args++;
                else if (words[i][0] != '-')
                        l->verb = words[i];
        }
        return waiting;
}

static void offer_sections(struct line *l)
{
        CLEANUP(config_freep) struct config *config = NULL;
        CLEANUP_DIAGS struct diag_list diags = { 0 };

        /* What is wrong with it is for other verbs to say. */
        if (config_load(l->root, l->config, true, &diags, &config) < 0)
                return;
        for (size_t i = 0; i < config->n_sections; i++)
                if (config->sections[i]->kind != SECTION_DEFAULTS)
                        offer(l, config->sections[i]->name, section_kind_name(config->sections[i]->kind));
}

static void offer_held(struct line *l, struct sys *sys)
{
        CLEANUP_STATE struct state state = { 0 };
        CLEANUP_FREE const char **names = NULL;
        size_t n;

        (void) state_load(sys, false, &state);
        names = state_held_names(&state, &n);
        for (size_t i = 0; i < n; i++)
                offer(l, names[i], NULL);
}

static void offer_directory(struct line *l, struct sys *sys, const char *path, const char *explanation)
{
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;

        if (sys_list(sys, path, &names, &n) < 0)
                return;
        for (size_t i = 0; i < n; i++)
                offer(l, names[i], explanation);
}

static void offer_of_host(struct line *l, enum words words)
{
        CLEANUP(sys_freep) struct sys *sys = NULL;

        if (sys_open(l->root, &sys) < 0)
                return;
        if (words == WORDS_HELD)
                offer_held(l, sys);
        else
                offer_directory(l, sys, "sys/bus/pci/devices", NULL);
        if (words == WORDS_HARDWARE)
                offer_directory(l, sys, "sys/class/net", "interface");
        else if (words != WORDS_HELD)
                offer_directory(l, sys, "sys/class/mdev_bus", "mdev parent");
}

static void offer_words(struct line *l, enum words words)
{
        switch (words) {
        case WORDS_THINGS:
                offer_sections(l);
                offer_of_host(l, WORDS_DEVICES);
                break;
        case WORDS_SECTIONS:
                offer_sections(l);
                break;
        case WORDS_HELD:
        case WORDS_DEVICES:
        case WORDS_HARDWARE:
                offer_of_host(l, words);
                break;
        case WORDS_CLASSES:
                for (enum device_class c = 0; c < DEVICE_CLASS_MAX; c++)
                        offer(l, device_class_name(c), NULL);
                offer(l, "all", NULL);
                break;
        case WORDS_SOURCES:
                if (strrchr(l->word + l->prefix, ','))
                        l->prefix = (size_t) (strrchr(l->word, ',') + 1 - l->word);
                for (unsigned bit = 0; bit < GENERATE_SOURCES; bit++)
                        offer(l, generate_source_name(bit), NULL);
                break;
        case WORDS_TARGETS:
                for (size_t i = 0; i < export_n_formats; i++)
                        offer(l, export_formats[i].name, export_formats[i].prints);
                break;
        case WORDS_VERBS:
                for (enum verb v = 0; v < VERB_MAX; v++)
                        if (!verb_infos[v].internal)
                                offer(l, verb_infos[v].name, verb_infos[v].summary);
                break;
        case WORDS_ANY:
        case WORDS_FILES:
        case WORDS_DIRECTORIES:
                break;
        }
}

static void offer_option(struct line *l, const char *name, bool value, const char *explanation)
{
        CLEANUP_FREE char *text = xasprintf("--%s%s", name, value ? "=" : "");

        offer(l, text, explanation);
}

static void offer_options(struct line *l, const struct verb_info *verb)
{
        for (enum option_id id = 0; id < OPTION_MAX; id++)
                if (!option_infos[id].internal && (!verb || id == OPTION_HELP || verb->options & OPTION_BIT(id)))
                        offer_option(l, option_infos[id].name, option_infos[id].argument, option_infos[id].summary);
        for (enum config_key key = 0; verb && verb->keys && key < KEY_PARAMETER; key++)
                if (verb_takes_key(key))
                        offer_option(l, config_key_name(key), true, config_expected(key));
}

char *complete_line(char **words, int n)
{
        struct line l = { .root = "/", .word = n > 0 ? words[n - 1] : "" };
        enum option_id option = read_words(&l, words, n);
        enum verb v = l.verb ? verb_find(l.verb) : VERB_MAX;
        const struct verb_info *verb = v == VERB_MAX ? NULL : &verb_infos[v];
        enum words kind = WORDS_ANY;

        if (option == OPTION_MAX && after_prefix(l.word, "--") && strchr(l.word, '=')) {
                option = option_of(l.word);
                l.prefix = strcspn(l.word, "=") + 1;
        }
        if (option != OPTION_MAX)
                kind = option_infos[option].words;
        else if (l.prefix == 0 && l.word[0] == '-')
                kind = WORDS_ANY;
        else if (l.prefix == 0 && !l.verb)
                kind = WORDS_VERBS;
        else if (l.prefix == 0 && verb && l.n_args < verb->max)
                kind = l.n_args == 0 ? verb->first : verb->rest;

        if (kind == WORDS_FILES || kind == WORDS_DIRECTORIES)
                strbuf_addf(&l.text, ":%s %.*s\n", kind == WORDS_FILES ? "files" : "directories", (int) l.prefix,
                            l.word);
        else
                strbuf_add(&l.text, ":words\n");
        if (option == OPTION_MAX && l.prefix == 0 && l.word[0] == '-')
                offer_options(&l, verb);
        else
                offer_words(&l, kind);
        return strbuf_steal(&l.text);
}
