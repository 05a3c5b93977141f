/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a file into the model through libinih, with our own line reader, so that every line is accounted for. */
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/names.h"
#include "base/strutil.h"
#include "config/config-keys.h"
#include "config/config-lines.h"
#include "config/config.h"

/* inih keeps section and key names in 50 bytes and cuts what is longer without a word. */
#define NAME_MAX_INIH 49

/* No module has near as many; the kernel takes a page of options in all. */
#define PARAMETERS_MAX 1000

#define MATCH "match" /* a section that is about its file, and none of the model's */

struct parser {
        struct config *config;
        struct config_lines lines;
        struct config_section *section; /* that the lines are in; NULL: none, or a wrong one */
        bool before_sections;           /* no section header was seen yet */
        bool awaiting_key;              /* the line given to inih must make it call on_key() */
        struct config_match match;      /* of the file */
        bool in_match;                  /* the lines are of [match] */
        struct config *unused; /* what is read of a file that does not apply here: it is checked all the same */
};

static void parser_clear(struct parser *p)
{
        config_free(p->unused);
        config_match_clear(&p->match);
}

bool config_is_section_name(const char *s)
{
        if (!*s)
                return false;
        for (; *s; s++)
                if (!isalnum((unsigned char) *s) && !strchr("_-.:@+", *s))
                        return false;
        return true;
}

static enum section_kind find_kind(const char *name)
{
        enum section_kind kind = 0;

        while (kind < SECTION_KIND_MAX && !streq(section_kind_name(kind), name))
                kind++;
        return kind;
}

/* What a section is about where its kind should be: [gpu], [nic eth0]. */
static const char *kind_meant_by(const char *word)
{
        static const struct {
                const char *word;
                enum section_kind kind;
        } synonyms[] = {
                { "gpu", SECTION_DEVICE },
                { "nvme", SECTION_DEVICE },
                { "hba", SECTION_DEVICE },
                { "usb", SECTION_DEVICE },
                { "audio", SECTION_DEVICE },
                { "accelerator", SECTION_DEVICE },
                { "pci", SECTION_DEVICE },
                { "hostdev", SECTION_DEVICE },
                { "disk", SECTION_DEVICE },
                { "card", SECTION_DEVICE },
                { "nic", SECTION_SRIOV },
                { "pf", SECTION_SRIOV },
                { "interface", SECTION_SRIOV },
                { "network", SECTION_SRIOV },
                { "sr-iov", SECTION_SRIOV },
                { "vfs", SECTION_SRIOV },
                { "vgpu", SECTION_MDEV },
                { "mediated", SECTION_MDEV },
                { "options", SECTION_MODULE },
                { "modprobe", SECTION_MODULE },
                { "default", SECTION_DEFAULTS },
                { "defaults", SECTION_DEFAULTS },
                { "global", SECTION_DEFAULTS },
                { "general", SECTION_DEFAULTS },
                { "passthrough", SECTION_DEFAULTS },
        };

        for (size_t i = 0; i < ARRAY_SIZE(synonyms); i++)
                if (names_same(synonyms[i].word, word))
                        return section_kind_name(synonyms[i].kind);
        return NULL;
}

/* word is in the place of the kind, name behind it ("": nothing). */
static void unknown_kind(struct parser *p, const char *word, const char *name)
{
        const char *kinds[SECTION_KIND_MAX + 1], *meant = kind_meant_by(word), *nearest;

        for (enum section_kind kind = 0; kind < SECTION_KIND_MAX; kind++)
                kinds[kind] = section_kind_name(kind);
        kinds[SECTION_KIND_MAX] = MATCH;
        nearest = meant ? meant : names_nearest(word, kinds, ARRAY_SIZE(kinds));
        if (!nearest)
                config_lines_error(&p->lines,
                                   "[%s]: unknown kind of section; expected passthru, module NAME, "
                                   "device NAME, sriov NAME, vf NAME/N or mdev NAME",
                                   word);
        else if (streq(nearest, "passthru") || streq(nearest, MATCH))
                config_lines_error(&p->lines, "[%s]: unknown kind of section; did you mean [%s]?", word, nearest);
        else
                config_lines_error(&p->lines, "[%s]: unknown kind of section; did you mean [%s %s]?", word, nearest,
                                   *name                  ? name
                                   : meant                ? word
                                   : streq(nearest, "vf") ? "NAME/N"
                                                          : "NAME");
}

static struct config_section *find_or_add(struct parser *p, enum section_kind kind, const char *name)
{
        struct config_section *s = config_find(p->config, kind, name);

        if (!s)
                s = config_new_section(p->config, kind, name, &p->lines.loc);
        else if (s->loc.file == p->lines.loc.file)
                config_lines_error(&p->lines, "[%s%s%s]: the section exists already, in line %u",
                                   section_kind_name(kind), *name ? " " : "", name, s->loc.line);
        else
                s->loc = p->lines.loc; /* the last file to speak of it; which distinguishes its own lines */
        return s;
}

/* [vf uplink/2-5]: the name says which VFs. */
static void open_vf_section(struct parser *p, const char *name)
{
        CLEANUP(selector_clear) struct selector selector = { 0 };
        CLEANUP_FREE char *canonical = NULL;
        struct config_section *s;
        unsigned last = 0;
        int r = config_vf_name(name, &selector, &last, &canonical);

        if (r == -EINVAL)
                config_lines_error(&p->lines,
                                   "[vf %s]: expected [vf NAME/N] or [vf NAME/N-M], VFs of [sriov NAME] counted "
                                   "from 0, such as [vf uplink/0]",
                                   name);
        else if (r == -ERANGE) {
                const char *range = strrchr(name, '/') + 1;
                size_t n = strcspn(range, "-");

                config_lines_error(&p->lines, "[vf %s]: %.*s is above %s; expected the lower number first", name,
                                   (int) n, range, range + n + 1);
        }
        if (r < 0)
                return;
        s = find_or_add(p, SECTION_VF, canonical);
        if (s && s->selector.kind == SELECTOR_NONE) {
                s->selector = selector;
                selector = (struct selector){ 0 };
                s->vf_last = last;
        }
        p->section = s;
}

static void open_section(struct parser *p, enum section_kind kind, char *name)
{
        const char *kind_name = section_kind_name(kind);

        if (kind == SECTION_DEFAULTS && *name) {
                config_lines_error(&p->lines, "[%s] takes no name", kind_name);
                return;
        }
        if (kind != SECTION_DEFAULTS && !*name) {
                config_lines_error(&p->lines, "[%s]: the name is missing; expected [%s NAME]", kind_name, kind_name);
                return;
        }
        if (kind == SECTION_VF) {
                open_vf_section(p, name);
                return;
        }
        if (*name && !config_is_section_name(name)) {
                config_lines_error(&p->lines, "[%s %s]: a name has letters, digits and _ - . : @ + only", kind_name,
                                   name);
                return;
        }
        if (kind == SECTION_MODULE)
                module_name_normalize(name);
        p->section = find_or_add(p, kind, name);
}

/* [match] is the first section, as it decides of all others. */
static void open_match(struct parser *p, const char *name, bool is_first)
{
        if (*name)
                config_lines_error(&p->lines, "[match] takes no name");
        else if (p->match.is_there)
                config_lines_error(&p->lines, "[match]: the section exists already, in line %u", p->match.loc.line);
        else if (!is_first)
                config_lines_error(&p->lines,
                                   "[match]: expected it before all other sections, as it is about the whole file");
        p->in_match = true;
        if (p->match.is_there)
                return;
        p->match.is_there = true;
        p->match.loc = p->lines.loc;
}

/* Of a file that does not apply here the rest is read for its mistakes alone. */
static void close_match(struct parser *p)
{
        struct config_left_out *left_out;

        if (!p->in_match)
                return;
        p->in_match = false;
        if (!p->match.failed || p->unused)
                return;
        left_out = ARRAY_APPEND(p->config->left_out, p->config->n_left_out, p->config->alloc_left_out);
        left_out->loc = p->match.loc;
        left_out->condition = xstrdup(p->match.failed);
        p->unused = config_new();
        p->unused->partial = true; /* what its sections lack may be in a file before */
        p->config = p->unused;
}

/* So that whoever asks for one of its sections can be told why there is none. */
static void note_left_out(struct config *config, const struct config *unused)
{
        struct config_left_out *l = &config->left_out[config->n_left_out - 1];

        for (size_t i = 0; i < unused->n_sections; i++)
                if (unused->sections[i]->kind != SECTION_DEFAULTS)
                        *(char **) ARRAY_APPEND(l->sections, l->n_sections, l->alloc_sections) =
                                xstrdup(unused->sections[i]->name);
}

static void on_match_key(struct parser *p, const char *key, const char *value)
{
        const char *expected = NULL, *nearest;
        const char *const *names;
        size_t n;

        switch (config_match_key(&p->match, p->config->host, key, value, &expected)) {
        case MATCH_GOOD:
                return;
        case MATCH_TWICE:
                config_lines_error(&p->lines, "%s: the key is set already in [match]", key);
                return;
        case MATCH_BAD_VALUE:
                if (*value)
                        config_lines_error(&p->lines, "%s = %s: expected %s", key, value, expected);
                else
                        config_lines_error(&p->lines, "%s: the value is missing; expected %s", key, expected);
                return;
        case MATCH_UNKNOWN_KEY:
                names = config_match_keys(&n);
                nearest = names_nearest(key, names, n);
                config_lines_error(&p->lines, "%s: unknown key in [match]%s%s%s", key,
                                   nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
                return;
        }
}

/* line: "[kind name]" and a newline. */
static void on_section_line(struct parser *p, const char *line)
{
        CLEANUP_FREE char *copy = xstrdup(line);
        char *end, *kind, *name;
        bool is_first = p->before_sections;

        close_match(p);
        p->section = NULL;
        p->before_sections = false;
        end = strchr(copy, ']');
        if (!end) {
                config_lines_error(&p->lines, "%s: expected ] at the end of the section's name", strip(copy));
                return;
        }
        *end = '\0';
        if (*strip(end + 1)) {
                config_lines_error(&p->lines, "%s]: expected nothing after the ]", copy);
                return;
        }
        kind = strip(copy + 1);
        if (strlen(kind) > NAME_MAX_INIH) {
                config_lines_error(&p->lines, "%s]: the name is %zu bytes long; at most %d are read", copy,
                                   strlen(kind), NAME_MAX_INIH);
                return;
        }
        name = kind + strcspn(kind, " \t");
        if (*name) {
                *name = '\0';
                name = strip(name + 1);
        }
        if (streq(kind, MATCH))
                open_match(p, name, is_first);
        else if (find_kind(kind) == SECTION_KIND_MAX)
                unknown_kind(p, kind, name);
        else
                open_section(p, find_kind(kind), name);
}

/* Tells of a line that inih did not make a key and a value of. */
static void check_answered(struct parser *p)
{
        if (p->awaiting_key) {
                config_lines_error(&p->lines, "expected [section] or key = value");
                if (p->section)
                        p->section->flawed = true;
        }
        p->awaiting_key = false;
}

/* inih's reader: as fgets(). */
static char *next_line(char *buf, int size, void *userdata)
{
        struct parser *p = userdata;

        check_answered(p);
        switch (config_lines_next(&p->lines, buf, (size_t) size)) {
        case LINE_END:
                return NULL;
        case LINE_SECTION:
                on_section_line(p, buf);
                break;
        case LINE_KEY:
                p->awaiting_key = true;
                break;
        case LINE_BLANK:
                break;
        }
        return buf;
}

/* The setting of an earlier file, or NULL. */
static struct config_setting *find_earlier(const struct parser *p, enum config_key key)
{
        struct config_section *s = p->section;

        for (size_t i = 0; i < s->n_settings; i++)
                if (s->settings[i].key == key && s->settings[i].loc.file != p->lines.loc.file)
                        return &s->settings[i];
        return NULL;
}

/* An empty value takes back what an earlier file has set: the section is made of the other keys again. */
static void unset_key(struct parser *p, const struct config_setting *setting)
{
        struct config_section *s = p->section;

        if (setting->key == KEY_ATTR)
                config_drop_pairs(s);
        config_drop_setting(s, (size_t) (setting - s->settings));
        config_reset_section(p->config, s);
        for (size_t i = 0; i < s->n_settings; i++)
                if (s->settings[i].key != KEY_ATTR && s->settings[i].value)
                        config_set(p->config, s, s->settings[i].key, s->settings[i].value);
}

/* How many devices an id of an earlier file may find is not said of the one that a later file names. */
static void drop_count(struct parser *p, enum config_key key)
{
        const struct config_setting *count = find_earlier(p, KEY_COUNT);

        if (p->section->kind != SECTION_DEVICE || key == KEY_ID || !config_key_is_selector(key) || !count)
                return;
        p->section->count = 1;
        config_drop_setting(p->section, (size_t) (count - p->section->settings));
}

/* Remembers where key was set; for selectors, the one that a later file gives replaces those of earlier files.
 * Returns 1 when the same file has said it already, or 0. */
static int note_setting(struct parser *p, enum config_key key, const char *value)
{
        struct config_section *s = p->section;
        const struct config_loc *loc = &p->lines.loc;
        struct config_setting *setting = NULL;

        for (size_t i = 0; i < s->n_settings; i++) {
                struct config_setting *old = &s->settings[i];
                bool rival = config_key_is_selector(key) && config_key_is_selector(old->key);

                if (old->key != key && !rival)
                        continue;
                if (old->loc.file != loc->file) {
                        setting = old;
                        continue;
                }
                if (config_keys[key].repeatable)
                        return 0;
                if (old->key == key)
                        config_lines_error(&p->lines, "%s: the key is set already, in line %u", config_key_name(key),
                                           old->loc.line);
                else
                        config_lines_error(&p->lines,
                                           "%s: the section names its device already, by %s in line %u; "
                                           "expected one of them",
                                           config_key_name(key), config_key_name(old->key), old->loc.line);
                return 1;
        }
        if (!setting)
                setting = ARRAY_APPEND(s->settings, s->n_settings, s->alloc_settings);
        replace_string(&setting->value, value);
        setting->key = key;
        setting->loc = *loc;
        drop_count(p, key);
        return 0;
}

static int set_key(struct parser *p, enum config_key key, const char *value)
{
        struct config_section *s = p->section;
        const struct config_setting *earlier = *value == '\0' && key != KEY_FORCE ? find_earlier(p, key) : NULL;
        int r;

        if (earlier) {
                unset_key(p, earlier);
                return 0;
        }
        r = note_setting(p, key, value);
        if (r != 0)
                return r;
        if (*value == '\0' && p->config->partial) /* it may take back what the main file has */
                return 0;
        if (*value == '\0' && key != KEY_FORCE) { /* an empty list takes an earlier file's back */
                config_lines_error(&p->lines, "%s: the value is missing; expected %s", config_key_name(key),
                                   config_expected(key));
                return 0;
        }
        /* A later file's list takes the place of the whole list before it. */
        if (key == KEY_ATTR && s->n_pairs > 0 && s->pairs[0].loc.file != p->lines.loc.file)
                config_drop_pairs(s);
        r = config_set(p->config, s, key, value);
        if (r == -EINVAL && p->lines.n_errors++ < CONFIG_ERRORS_MAX)
                config_bad_value(key, value, &p->lines.loc, p->lines.diags);
        else if (r == 0 && key == KEY_ATTR)
                s->pairs[s->n_pairs - 1].loc = p->lines.loc;
        return 0;
}

/* [module]: any name is a parameter; a later file may replace single ones. */
static void set_parameter(struct parser *p, const char *key, const char *value)
{
        struct config_section *s = p->section;
        CLEANUP_FREE char *name = xstrdup(key);

        module_name_normalize(name);
        for (const char *c = name; *c; c++)
                if (!isalnum((unsigned char) *c) && *c != '_' && *c != '.') {
                        config_lines_error(&p->lines, "%s: a module's parameter has letters, digits and _ - . only",
                                           name);
                        return;
                }
        if (streq(s->name, "vfio_pci") && streq(name, "ids")) {
                config_lines_error(&p->lines,
                                   "ids: would claim every card with this ID; expected [device NAME] with id = %s",
                                   value);
                return;
        }
        if (strchr(value, '"')) {
                config_lines_error(&p->lines, "%s = %s: a parameter's value can't hold a quotation mark", name, value);
                return;
        }
        for (size_t i = 0; i < s->n_pairs; i++) {
                struct config_pair *pair = &s->pairs[i];

                if (!streq(pair->name, name))
                        continue;
                if (pair->loc.file == p->lines.loc.file) {
                        config_lines_error(&p->lines, "%s: the key is set already, in line %u", name, pair->loc.line);
                        return;
                }
                if (*value == '\0') {
                        /* it takes the earlier file's back */
                        config_drop_pair(s, i);
                        return;
                }
                pair->loc = p->lines.loc;
                replace_string(&pair->value, value);
                return;
        }
        if (s->n_pairs >= PARAMETERS_MAX) {
                config_lines_error(&p->lines, "%s: the module has %d parameters already; no more are read", name,
                                   PARAMETERS_MAX);
                return;
        }
        config_add_pair(s, name, value, &p->lines.loc);
}

/* inih's handler. */
static int on_key(void *userdata, const char *section, const char *name, const char *value)
{
        struct parser *p = userdata;
        size_t n_errors = p->lines.n_errors;
        enum config_key key;

        (void) section; /* known from its own line, with its place */
        p->awaiting_key = false;
        if (p->in_match) {
                on_match_key(p, name, value);
                return 1;
        }
        if (!p->section) {
                if (p->before_sections)
                        config_lines_error(&p->lines, "%s: expected a [section] before the first key", name);
                return 1;
        }
        key = config_key_find(p->section->kind, name);
        if (*name == '\0')
                config_lines_error(&p->lines, "expected a key before the =");
        else if (strlen(name) > NAME_MAX_INIH)
                config_lines_error(&p->lines, "%s: the key is %zu bytes long; at most %d are read", name, strlen(name),
                                   NAME_MAX_INIH);
        else if (key == KEY_PARAMETER)
                set_parameter(p, name, value);
        else if (key != CONFIG_KEY_MAX)
                (void) set_key(p, key, value);
        else if (p->lines.n_errors++ < CONFIG_ERRORS_MAX)
                config_unknown_key(p->section, name, &p->lines.loc, p->lines.diags);
        if (p->lines.n_errors > n_errors)
                p->section->flawed = true;
        return 1;
}

void config_add_file(struct config *config, const char *file, const char *text, size_t len, struct diag_list *diags)
{
        CLEANUP(parser_clear)
        struct parser p = {
                .config = config,
                .lines = { .text = text, .len = len, .diags = diags },
                .before_sections = true,
        };
        char **slot = ARRAY_APPEND(config->files, config->n_files, config->alloc_files);

        *slot = xstrdup(file);
        p.lines.loc.file = *slot;

        /* The returned line of the first error is reported by check_answered() already, as all others are. */
        if (ini_parse_stream(next_line, &p, on_key, &p) == -2)
                out_of_memory();
        check_answered(&p);
        close_match(&p);
        if (p.unused)
                note_left_out(config, p.unused);
        if (p.lines.n_errors > CONFIG_ERRORS_MAX) {
                diag_add(diags, DIAG_NOTE, &p.lines.loc, "%zu more mistakes are not shown",
                         p.lines.n_errors - CONFIG_ERRORS_MAX);
                diags->n_errors += p.lines.n_errors - CONFIG_ERRORS_MAX;
        }
}
