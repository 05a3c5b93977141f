/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [vf]: its name, what it has from its [sriov] section, and what all [vf] sections together must not say. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "config/config-keys.h"

int config_vf_name(const char *name, struct selector *ret, unsigned *ret_last, char **ret_name)
{
        CLEANUP_FREE char *copy = xstrdup(name), *canonical = NULL;
        CLEANUP(selector_clear) struct selector s = { 0 };
        char *slash = strrchr(copy, '/'), *dash = slash ? strchr(slash, '-') : NULL;
        uint64_t last;
        int r;

        if (dash)
                *dash++ = '\0';
        r = selector_parse(SELECTOR_VF, copy, &s);
        if (r < 0)
                return r;
        last = s.vf_index;
        if (dash && parse_unsigned(dash, 10, UINT16_MAX - 1, &last) < 0)
                return -EINVAL;
        if (last < s.vf_index)
                return -ERANGE;
        if (last == s.vf_index)
                canonical = xasprintf("%s/%u", s.section, s.vf_index);
        else
                canonical = xasprintf("%s/%u-%u", s.section, s.vf_index, (unsigned) last);
        replace_string(&s.text, canonical);
        *ret = s;
        s = (struct selector){ 0 };
        *ret_last = (unsigned) last;
        *ret_name = STEAL(canonical);
        return 0;
}

static unsigned width(const struct config_section *s)
{
        return s->vf_last - s->selector.vf_index;
}

/* Whether s is about VFs that are all among those of another, wider section. */
static bool is_within(const struct config_section *s, const struct config_section *wide)
{
        return wide->kind == SECTION_VF && wide->enabled && streq(wide->selector.section, s->selector.section) &&
               wide->selector.vf_index <= s->selector.vf_index && s->vf_last <= wide->vf_last &&
               width(s) < width(wide);
}

/* The narrowest of those around s. */
static const struct config_section *find_around(const struct config *config, const struct config_section *s)
{
        const struct config_section *ret = NULL;

        for (size_t i = 0; i < config->n_sections; i++)
                if (is_within(s, config->sections[i]) && (!ret || width(config->sections[i]) < width(ret)))
                        ret = config->sections[i];
        return ret;
}

/* Without a VLAN there is nothing that is set of it. */
static void inherit_values(struct config_section *s, const struct config_section *wide)
{
        struct values from = wide->values;

        if (values_have(&s->values, PROPERTY_VLAN) && s->values.value[PROPERTY_VLAN] == 0)
                from.known &= ~(PROPERTY_BIT(PROPERTY_QOS) | PROPERTY_BIT(PROPERTY_VLAN_PROTOCOL));
        values_inherit(&s->values, &from);
}

/* What [vf uplink/0-7] says holds for VF 3 too, and what is said of all VFs of the PF for each, unless a section that
 * is about fewer says something else. */
static void inherit(const struct config *config, struct config_section *s)
{
        const struct config_section *pf = config_find(config, SECTION_SRIOV, s->selector.section);
        bool required = config_has(s, KEY_REQUIRED);

        for (const struct config_section *wide = find_around(config, s); wide; wide = find_around(config, wide)) {
                inherit_values(s, wide);
                if (!s->driver)
                        replace_string(&s->driver, wide->driver);
                if (!required && config_has(wide, KEY_REQUIRED)) {
                        s->required = wide->required;
                        required = true;
                }
        }
        if (!pf)
                return;
        s->group = pf->group;
        s->force = pf->force;
        s->when = pf->when;
        if (!required)
                s->required = pf->required;
        if (!s->driver)
                replace_string(&s->driver, pf->driver);
}

void config_vf_inherit(struct config *config)
{
        for (size_t i = 0; i < config->n_sections; i++)
                if (config->sections[i]->kind == SECTION_VF)
                        inherit(config, config->sections[i]);
        for (size_t i = 0; i < config->n_sections; i++) {
                struct config_section *s = config->sections[i];
                const struct config_section *pf =
                        s->kind == SECTION_VF ? config_find(config, SECTION_SRIOV, s->selector.section) : NULL;

                s->enabled = s->enabled && (!pf || pf->enabled);
        }
}

/* VFs that a section names through their PF's. */
static bool names_vfs(const struct config_section *s)
{
        return s->enabled && (s->kind == SECTION_VF || (s->kind == SECTION_DEVICE && s->selector.kind == SELECTOR_VF));
}

static unsigned last_vf(const struct config_section *s)
{
        return s->kind == SECTION_VF ? s->vf_last : s->selector.vf_index;
}

static int compare_vfs(const void *a, const void *b)
{
        const struct config_section *x = *(const struct config_section *const *) a;
        const struct config_section *y = *(const struct config_section *const *) b;
        int r = strcmp(x->selector.section, y->selector.section);

        if (r != 0)
                return r;
        if (x->selector.vf_index != y->selector.vf_index)
                return x->selector.vf_index < y->selector.vf_index ? -1 : 1;
        return (x->index > y->index) - (x->index < y->index);
}

/* The first VF of one is the other's too; of two [device] sections check_pairs() tells. */
static void overlap(const struct config_section *a, const struct config_section *b, struct diag_list *diags)
{
        const struct config_section *first = a->index < b->index ? a : b, *second = first == a ? b : a;

        if (a->kind == SECTION_DEVICE && b->kind == SECTION_DEVICE)
                return;
        diag_add(diags, DIAG_ERROR, &second->loc,
                 "[%s %s]: VF %u of [sriov %s] has a section already, [%s %s] (%s:%u)%s",
                 section_kind_name(second->kind), second->name, MAX_OF(a->selector.vf_index, b->selector.vf_index),
                 a->selector.section, section_kind_name(first->kind), first->name, first->loc.file, first->loc.line,
                 first->kind != second->kind ? "; [vf] takes driver too" : ", and neither is within the other");
}

/* One [vf] section that is all within another, in whichever order they are. */
static bool refines(const struct config_section *a, const struct config_section *b)
{
        return a->kind == SECTION_VF && b->kind == SECTION_VF && (is_within(a, b) || is_within(b, a));
}

static void check_overlaps(const struct config *config, struct diag_list *diags)
{
        CLEANUP_FREE const struct config_section **list = xcalloc(config->n_sections + 1, sizeof(const void *));
        const struct config_section *widest = NULL;
        size_t n = 0;

        for (size_t i = 0; i < config->n_sections; i++)
                if (names_vfs(config->sections[i]))
                        list[n++] = config->sections[i];
        qsort(list, n, sizeof(*list), compare_vfs);
        for (size_t i = 0; i < n; i++) {
                bool same_pf = widest && streq(widest->selector.section, list[i]->selector.section);

                if (same_pf && list[i]->selector.vf_index <= last_vf(widest) && !refines(widest, list[i]))
                        overlap(widest, list[i], diags);
                if (!same_pf || last_vf(list[i]) > last_vf(widest))
                        widest = list[i];
        }
}

/* An address that a section gives to its VF. */
struct given {
        uint64_t address;
        const struct config_section *section;
};

static int compare_given(const void *a, const void *b)
{
        const struct given *x = a, *y = b;

        if (x->address != y->address)
                return x->address < y->address ? -1 : 1;
        return (x->section->index > y->section->index) - (x->section->index < y->section->index);
}

/* Of each VF that the section has, and a narrower one does not. */
static void give(struct given **list, size_t *n, size_t *alloc, const struct config *config,
                 const struct config_section *s, enum property p)
{
        bool counted = s->values.counted & PROPERTY_BIT(p);

        for (unsigned i = s->selector.vf_index; i <= s->vf_last; i++) {
                struct given *given;

                if (config_vf_owner(config, s->selector.section, i) != s)
                        continue;
                given = array_append(list, n, alloc, sizeof(**list));
                *given = (struct given){ s->values.value[p] + (counted ? i : 0), s };
                if (!counted)
                        return;
        }
}

/* A MAC, or a GUID, is one VF's. */
static void check_addresses(const struct config *config, enum property p, struct diag_list *diags)
{
        CLEANUP_FREE struct given *list = NULL;
        const struct config_section *told = NULL;
        const char *name = property_name(p);
        size_t n = 0, alloc = 0;

        for (size_t i = 0; i < config->n_sections; i++) {
                const struct config_section *s = config->sections[i];

                if (s->kind != SECTION_VF || !s->enabled || !values_have(&s->values, p))
                        continue;
                give(&list, &n, &alloc, config, s, p);
                if (s->vf_last > s->selector.vf_index && !(s->values.counted & PROPERTY_BIT(p)) &&
                    config_has(s, KEY_PROPERTY + p))
                        diag_add(diags, DIAG_ERROR, config_loc_of(s, KEY_PROPERTY + p),
                                 "%s: one for %u VFs; %sgive each a section of its own, or set %s%s%s", name,
                                 width(s) + 1, properties[p].counts ? "add +N to count from it, " : "",
                                 p == PROPERTY_MAC ? "vf-mac = stable in [sriov " : name,
                                 p == PROPERTY_MAC ? s->selector.section : " = stable", p == PROPERTY_MAC ? "]" : "");
        }
        if (n > 1)
                qsort(list, n, sizeof(*list), compare_given);
        for (size_t i = 1; i < n; i++) {
                if (list[i].address != list[i - 1].address || (told && list[i].section == told))
                        continue;
                told = list[i].section;
                diag_add(diags, DIAG_ERROR, config_loc_of(told, KEY_PROPERTY + p),
                         "[vf %s]: the %s is already used by [vf %s] (%s:%u)", told->name, name,
                         list[i - 1].section->name, list[i - 1].section->loc.file, list[i - 1].section->loc.line);
        }
}

/* The last VF's value must be one too. */
static void check_counted(const struct config_section *s, struct diag_list *diags)
{
        for (enum property p = 0; p < PROPERTY_MAX; p++) {
                uint64_t last = s->values.value[p] + s->vf_last;
                CLEANUP_STRBUF struct strbuf first = { 0 };
                char text[PROPERTY_TEXT_MAX];

                if (!(s->values.counted & PROPERTY_BIT(p)) || !config_has(s, KEY_PROPERTY + p) ||
                    property_is_valid(p, last))
                        continue;
                values_format(&s->values, PROPERTY_BIT(p), &first);
                diag_add(diags, DIAG_ERROR, config_loc_of(s, KEY_PROPERTY + p),
                         "%s = %s: VF %u would have %s; expected %s", property_name(p), first.text, s->vf_last,
                         property_value(p, last, text), properties[p].expected);
        }
}

/* What goes with a VLAN only, and rates that contradict each other. */
static void check_values(const struct config_section *s, bool partial, struct diag_list *diags)
{
        static const enum property of_vlan[] = { PROPERTY_QOS, PROPERTY_VLAN_PROTOCOL };
        const struct values *vf = &s->values;
        bool vlan = (vf->known & PROPERTY_BIT(PROPERTY_VLAN)) && vf->value[PROPERTY_VLAN] > 0;

        for (size_t i = 0; i < ARRAY_SIZE(of_vlan); i++)
                if ((vf->known & PROPERTY_BIT(of_vlan[i])) && !vlan &&
                    !(partial && !(vf->known & PROPERTY_BIT(PROPERTY_VLAN))))
                        diag_add(diags, DIAG_ERROR, config_loc_of(s, KEY_PROPERTY + of_vlan[i]),
                                 "%s: requires vlan, which the section does not set", property_name(of_vlan[i]));
        if ((vf->known & PROPERTY_BIT(PROPERTY_MIN_TX_RATE)) && (vf->known & PROPERTY_BIT(PROPERTY_MAX_TX_RATE)) &&
            vf->value[PROPERTY_MAX_TX_RATE] > 0 && vf->value[PROPERTY_MIN_TX_RATE] > vf->value[PROPERTY_MAX_TX_RATE])
                diag_add(diags, DIAG_ERROR, config_loc_of(s, KEY_PROPERTY + PROPERTY_MIN_TX_RATE),
                         "min-tx-rate is above max-tx-rate (%s:%u)",
                         config_loc_of(s, KEY_PROPERTY + PROPERTY_MAX_TX_RATE)->file,
                         config_loc_of(s, KEY_PROPERTY + PROPERTY_MAX_TX_RATE)->line);
}

void config_vf_check(const struct config *config, struct diag_list *diags)
{
        check_overlaps(config, diags);
        for (size_t i = 0; i < config->n_sections; i++)
                if (config->sections[i]->kind == SECTION_VF && !config->sections[i]->flawed) {
                        check_values(config->sections[i], config->partial, diags);
                        check_counted(config->sections[i], diags);
                }
        for (enum property p = 0; p < PROPERTY_MAX; p++)
                if (properties[p].form == FORM_BYTES)
                        check_addresses(config, p, diags);
}

const struct config_section *config_vf_owner(const struct config *config, const char *pf, unsigned index)
{
        const struct config_section *ret = NULL;

        for (size_t i = 0; i < config->n_sections; i++) {
                const struct config_section *s = config->sections[i];

                if (s->kind == SECTION_VF && s->enabled && index >= s->selector.vf_index && index <= s->vf_last &&
                    (!ret || width(s) < width(ret)) && streq(s->selector.section, pf))
                        ret = s;
        }
        return ret;
}

const struct config_section *config_find_vf(const struct config *config, const char *word)
{
        const char *slash = strrchr(word, '/');
        const struct config_section *ret = NULL;
        CLEANUP_FREE char *pf = NULL;
        uint64_t index;

        if (!slash || parse_unsigned(slash + 1, 10, UINT16_MAX, &index) < 0)
                return NULL;
        pf = xstrndup(word, (size_t) (slash - word));
        for (size_t i = 0; i < config->n_sections; i++) {
                const struct config_section *s = config->sections[i];

                if (s->kind == SECTION_SRIOV && streq(s->name, pf) && index < s->vfs)
                        ret = ret ? ret : s;
                else if (s->kind == SECTION_VF && streq(s->selector.section, pf) && index >= s->selector.vf_index &&
                         index <= s->vf_last && (!ret || ret->kind == SECTION_SRIOV || width(s) < width(ret)))
                        ret = s;
        }
        return ret;
}
