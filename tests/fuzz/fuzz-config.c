/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as one or two configuration files (the second begins after a byte 0x1e): each mistake is told with its
 * place, and a configuration without one has all that the rest of the program relies on. */
#include <string.h>

#include <jansson.h>

#include "base/macro.h"
#include "config/claims.h"
#include "config/config.h"
#include "fuzz/fuzz.h"
#include "json/render-json.h"

#define SEPARATOR 0x1e

struct file {
        const char *name;
        char *text;
        size_t len, n_lines;
};

static struct file make_file(const char *name, const uint8_t *data, size_t size)
{
        struct file f = { .name = name, .text = exact_copy(data, size), .len = size };

        for (size_t i = 0; i < size; i++)
                f.n_lines += data[i] == '\n' || i + 1 == size;
        return f;
}

static bool is_inside(const struct file *files, size_t n, const char *name, unsigned line)
{
        for (size_t i = 0; name && i < n; i++)
                if (streq(files[i].name, name))
                        return line <= files[i].n_lines;
        return false;
}

static void check_diags(const struct file *files, size_t n, const struct diag_list *diags)
{
        size_t errors = 0;

        for (size_t i = 0; i < diags->n; i++) {
                const struct diag *d = &diags->items[i];

                REQUIRE(d->text && *d->text);
                REQUIRE(is_inside(files, n, d->file, d->line));
                /* One line of a terminal or of the journal, and nothing that steers either. */
                for (const char *c = d->text; *c; c++)
                        REQUIRE((unsigned char) *c >= ' ' || *c == '\t');
                errors += d->severity == DIAG_ERROR;
        }
        REQUIRE(errors <= diags->n_errors);
}

static void check_section(const struct file *files, size_t n, const struct config *config, size_t index)
{
        struct config_section *s = config->sections[index];
        CLEANUP_FREE char *key = config_section_key(s);

        REQUIRE(*key && s->index == index && config_find(config, s->kind, s->name) == s);
        REQUIRE(!config_leaves_out(config, key));
        for (enum config_key k = 0; k < CONFIG_KEY_MAX; k++) {
                const struct config_loc *loc = config_loc_of(s, k);

                REQUIRE(is_inside(files, n, loc->file, loc->line) && loc->line > 0);
        }
}

/* What only a configuration without a mistake has to have. */
static void check_good_section(const struct config_section *s)
{
        for (size_t i = 0; i < s->n_pairs; i++)
                REQUIRE(*s->pairs[i].name && s->pairs[i].value && !strchr(s->pairs[i].name, '/'));
        if (s->kind == SECTION_DEVICE || s->kind == SECTION_SRIOV) {
                REQUIRE(s->driver && *s->driver && !strchr(s->driver, '/'));
                REQUIRE(s->selector.kind != SELECTOR_NONE && s->selector.text);
        }
        if (s->kind == SECTION_VF) {
                REQUIRE(s->selector.kind == SELECTOR_VF && s->vf_last >= s->selector.vf_index);
                REQUIRE(s->driver && *s->driver && !strchr(s->driver, '/'));
                for (enum property p = 0; p < PROPERTY_MAX; p++)
                        REQUIRE(!(s->values.known & PROPERTY_BIT(p)) || properties[p].link == LINK_INFINIBAND ||
                                s->values.value[p] < UINT64_C(1) << 48);
        }
        if (s->kind == SECTION_MDEV)
                REQUIRE(s->type && *s->type && s->selector.kind != SELECTOR_NONE);
}

static void check_claims(const struct config *config)
{
        CLEANUP_CLAIMS struct claims c = { 0 }, back = { 0 };
        CLEANUP_FREE char *data = NULL, *again = NULL;
        size_t len = 0, again_len = 0;

        claims_build(config, &c);
        claims_format(&c, &data, &len);
        REQUIRE(claims_parse(data, len, &back) == 0);
        claims_format(&back, &again, &again_len);
        REQUIRE(len == again_len && memcmp(data, again, len) == 0);
        for (size_t i = 0; i < config->n_sections; i++) {
                const struct config_section *s = config->sections[i];
                const struct claims_query q = { .address = s->selector.address };

                if (s->enabled && s->selector.kind == SELECTOR_ADDRESS)
                        REQUIRE(claims_match(&back, &q, false));
                if (s->enabled && s->selector.kind == SELECTOR_PARENT)
                        REQUIRE(claims_match_parent(&back, s->selector.text));
        }
}

static void check_json(const struct config *config, const struct diag_list *diags)
{
        CLEANUP_FREE char *text = NULL;
        json_t *json;

        text = render_check_json(config, diags);
        json = json_loads(text, 0, NULL);
        REQUIRE(json && json_array_size(json_object_get(json, "diagnostics")) == diags->n);
        json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        CLEANUP(config_freep) struct config *config = config_new();
        const uint8_t *separator = size > 0 ? memchr(data, SEPARATOR, size) : NULL;
        size_t first = separator ? (size_t) (separator - data) : size, n_files = separator ? 2 : 1;
        struct file files[2] = { make_file("passthru.conf", data, first) };

        REQUIRE(config);
        if (separator)
                files[1] = make_file("10-more.conf", separator + 1, size - first - 1);
        for (size_t i = 0; i < n_files; i++) {
                config_add_file(config, files[i].name, files[i].text, files[i].len, &diags);
                free(files[i].text); /* the model has copies of all */
        }
        config_finish(config, &diags);
        check_diags(files, n_files, &diags);
        for (size_t i = 0; i < config->n_sections; i++)
                check_section(files, n_files, config, i);
        check_json(config, &diags);
        if (diag_has_errors(&diags))
                return 0;
        for (size_t i = 0; i < config->n_sections; i++)
                check_good_section(config->sections[i]);
        check_claims(config);
        return 0;
}
