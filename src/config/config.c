/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration model: making, finding and freeing it. */
#include "config/config.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "config/config-keys.h"

void config_add_pair(struct config_section *section, const char *name, const char *value, const struct config_loc *loc)
{
        CLEANUP_FREE char *n = xstrdup(name), *v = xstrdup(value);
        struct config_pair *pair;

        pair = ARRAY_APPEND(section->pairs, section->n_pairs, section->alloc_pairs);
        pair->name = STEAL(n);
        pair->value = STEAL(v);
        if (loc)
                pair->loc = *loc;
}

void config_drop_pair(struct config_section *section, size_t i)
{
        free(section->pairs[i].name);
        free(section->pairs[i].value);
        section->n_pairs--;
        memmove(&section->pairs[i], &section->pairs[i + 1], (section->n_pairs - i) * sizeof(*section->pairs));
}

void config_drop_pairs(struct config_section *section)
{
        while (section->n_pairs > 0)
                config_drop_pair(section, section->n_pairs - 1);
}

void config_drop_vms(struct config_section *section)
{
        while (section->n_vms > 0)
                free(section->vms[--section->n_vms]);
}

static void set_defaults(struct config *config)
{
        config->settle_timeout = SETTLE_TIMEOUT_DEFAULT;
        config->write_timeout = WRITE_TIMEOUT_DEFAULT;
        config->enabled = true;
        free(config->vfio_group);
        config->vfio_group = NULL;
}

struct config *config_new(void)
{
        struct config *config = xcalloc(1, sizeof(*config));

        set_defaults(config);
        return config;
}

void config_drop_setting(struct config_section *section, size_t i)
{
        free(section->settings[i].value);
        section->n_settings--;
        memmove(&section->settings[i], &section->settings[i + 1],
                (section->n_settings - i) * sizeof(*section->settings));
}

static void clear_values(struct config_section *s)
{
        selector_clear(&s->selector);
        free(s->expect_text);
        free(s->driver);
        free(s->rom_dump);
        free(s->type);
        config_drop_vms(s);
        free(s->vms);
}

void config_reset_section(struct config *config, struct config_section *section)
{
        struct config_section fresh = {
                .kind = section->kind,
                .name = section->name,
                .loc = section->loc,
                .index = section->index,
                .settings = section->settings,
                .n_settings = section->n_settings,
                .alloc_settings = section->alloc_settings,
                .pairs = section->pairs,
                .n_pairs = section->n_pairs,
                .alloc_pairs = section->alloc_pairs,
                .flawed = section->flawed,
                .enabled = true,
                .required = true,
                .count = 1,
        };

        if (section->kind == SECTION_VF) { /* they are in its name */
                fresh.selector = section->selector;
                fresh.vf_last = section->vf_last;
                section->selector = (struct selector){ 0 };
        }
        clear_values(section);
        *section = fresh;
        if (section->kind == SECTION_DEFAULTS)
                set_defaults(config);
}

struct config_section *config_new_section(struct config *config, enum section_kind kind, const char *name,
                                          const struct config_loc *loc)
{
        struct config_section *s = xcalloc(1, sizeof(*s));

        s->kind = kind;
        s->name = xstrdup(name);
        s->loc = *loc;
        s->enabled = true;
        s->required = true;
        s->count = 1;
        array_reserve(&config->sections, &config->alloc_sections, config->n_sections + 1, sizeof(*config->sections));
        if (!tsearch(s, &config->by_name, config_section_compare)) {
                free(s->name);
                free(s);
                return NULL;
        }
        s->index = config->n_sections++;
        config->sections[s->index] = s;
        return s;
}

static void section_free(struct config_section *s)
{
        clear_values(s);
        config_drop_pairs(s);
        free(s->pairs);
        while (s->n_settings > 0)
                config_drop_setting(s, s->n_settings - 1);
        free(s->settings);
        free(s->name);
        free(s);
}

static void keep(void *node)
{
        (void) node; /* the tree's nodes are the sections, which the array owns */
}

static void left_out_clear(struct config_left_out *l)
{
        for (size_t i = 0; i < l->n_sections; i++)
                free(l->sections[i]);
        free(l->sections);
        free(l->condition);
}

const struct config_left_out *config_find_left_out(const struct config *config, const char *name)
{
        for (size_t i = 0; i < config->n_left_out; i++)
                for (size_t k = 0; k < config->left_out[i].n_sections; k++)
                        if (streq(config->left_out[i].sections[k], name))
                                return &config->left_out[i];
        return NULL;
}

void config_free(struct config *config)
{
        if (!config)
                return;
        tdestroy(config->by_name, keep);
        for (size_t i = 0; i < config->n_sections; i++)
                section_free(config->sections[i]);
        free(config->sections);
        for (size_t i = 0; i < config->n_files; i++)
                free(config->files[i]);
        free(config->files);
        for (size_t i = 0; i < config->n_left_out; i++)
                left_out_clear(&config->left_out[i]);
        free(config->left_out);
        free(config->vfio_group);
        free(config);
}

int config_section_compare(const void *a, const void *b)
{
        const struct config_section *x = a, *y = b;

        if (x->kind != y->kind)
                return x->kind < y->kind ? -1 : 1;
        return strcmp(x->name, y->name);
}

struct config_section *config_find(const struct config *config, enum section_kind kind, const char *name)
{
        /* Only kind and name are compared; the name is not written to. */
        struct config_section key = { .kind = kind, .name = (char *) name };
        void *node = tfind(&key, &config->by_name, config_section_compare);

        return node ? *(struct config_section **) node : NULL;
}

const struct config_section *config_find_name(const struct config *config, const char *name)
{
        for (size_t i = 0; i < config->n_sections; i++)
                if (config->sections[i]->kind != SECTION_DEFAULTS && streq(config->sections[i]->name, name))
                        return config->sections[i];
        return NULL;
}

const struct config_loc *config_loc_of(const struct config_section *section, enum config_key key)
{
        for (size_t i = section->n_settings; i-- > 0;)
                if (section->settings[i].key == key)
                        return &section->settings[i].loc;
        return &section->loc;
}

bool config_has(const struct config_section *section, enum config_key key)
{
        for (size_t i = 0; i < section->n_settings; i++)
                if (section->settings[i].key == key)
                        return true;
        return false;
}

bool config_sets_device(const struct config_section *section)
{
        return section->rom_dump || (section->values.known & property_scope_mask(SCOPE_DEVICE));
}

char *config_section_key(const struct config_section *section)
{
        return xasprintf("%s %s", section_kind_name(section->kind), section->name);
}

bool config_section_is(const struct config_section *section, const char *key)
{
        const char *name = key ? after_prefix(key, section_kind_name(section->kind)) : NULL;

        return name && *name == ' ' && streq(name + 1, section->name);
}

enum section_kind config_split_key(const char *key, const char **ret_name)
{
        const char *rest;

        for (enum section_kind kind = 0; key && kind < SECTION_KIND_MAX; kind++)
                if ((rest = after_prefix(key, section_kind_name(kind))) && *rest == ' ') {
                        *ret_name = rest + 1;
                        return kind;
                }
        return SECTION_KIND_MAX;
}

bool config_leaves_out(const struct config *config, const char *key)
{
        const char *name = NULL;
        enum section_kind kind = config_split_key(key, &name);
        const struct config_section *s = kind == SECTION_KIND_MAX ? NULL : config_find(config, kind, name);

        return s && s->left_out;
}

const char *section_kind_name(enum section_kind kind)
{
        static const char *const names[SECTION_KIND_MAX] = {
                [SECTION_DEFAULTS] = "passthru", [SECTION_MODULE] = "module", [SECTION_DEVICE] = "device",
                [SECTION_SRIOV] = "sriov",       [SECTION_VF] = "vf",         [SECTION_MDEV] = "mdev",
        };

        return names[kind];
}

char *loc_text(const struct config_loc *loc)
{
        const char *file = loc->file, *rest;

        if (!file) /* a section that the state alone still knows */
                return xstrdup("no longer in the configuration");
        /* The first is where nearly all are; a drop-in keeps its directory. */
        if ((rest = after_prefix(file, "/etc/")))
                file = rest;
        if (loc->line == 0)
                return xstrdup(file);
        return xasprintf("%s:%u", file, loc->line);
}
