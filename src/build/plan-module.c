/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [module]: loaded with its parameters, or, when it is there already, its parameters compared. */
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/names.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "build/plan-internal.h"

/* A number as the kernel takes it: decimal, 0x…, of 64 bits. */
static bool same_number(const char *a, const char *b)
{
        char *end_a, *end_b;
        unsigned long long x, y;

        errno = 0;
        x = strtoull(a, &end_a, 0);
        y = strtoull(b, &end_b, 0);
        return errno == 0 && end_a != a && end_b != b && *end_a == '\0' && *end_b == '\0' && x == y;
}

static bool kernel_boolean(const char *s, bool *ret)
{
        /* lib/kstrtox.c, kstrtobool(); sysfs prints Y and N */
        if (strcasecmp(s, "y") == 0 || strcasecmp(s, "n") == 0) {
                *ret = strcasecmp(s, "y") == 0;
                return true;
        }
        return parse_boolean(s, ret) == 0;
}

static bool same_value(const char *have, const char *want)
{
        bool x, y;

        if (streq(have, want) || same_number(have, want))
                return true;
        return kernel_boolean(have, &x) && kernel_boolean(want, &y) && x == y;
}

/* An array is a list with commas (param_array_get()): "Y,Y" is what "1,1" comes to. */
static bool same_list(const char *have, const char *want)
{
        size_t h, w;
        bool same = strchr(have, ',') != NULL;

        while (same && (*have || *want)) {
                CLEANUP_FREE char *x = xstrndup(have, h = strcspn(have, ",")),
                                  *y = xstrndup(want, w = strcspn(want, ","));

                same = *x && *y && same_value(x, y);
                have += h + (have[h] == ',');
                want += w + (want[w] == ',');
        }
        return same;
}

bool module_value_equal(const char *have, const char *want)
{
        return same_value(have, want) || same_list(have, want);
}

/* Values that the kernel replaces by what it makes of them: its own choice reads as that afterwards. */
static bool is_choice(const char *module, const char *parameter, const char *want)
{
        return streq(module, "kvm") && streq(parameter, "nx_huge_pages") && streq(want, "auto");
}

/* Copied when the module is loaded (vfio_pci_core_set_params()), though sysfs lets them be written, which does
 * nothing. */
static bool is_latched(const char *module, const char *parameter)
{
        static const char *const names[] = { "nointxmask", "disable_idle_d3", "disable_vga" };

        for (size_t i = 0; i < ARRAY_SIZE(names) && streq(module, "vfio_pci"); i++)
                if (streq(names[i], parameter))
                        return true;
        return false;
}

static int compare_names(const void *a, const void *b)
{
        return strcmp(a, b);
}

bool module_to_load(struct builder *b, const char *name)
{
        CLEANUP_FREE char *copy = xstrdup(name);
        char **node = tsearch(copy, &b->modules, compare_names);

        if (!node)
                out_of_memory();
        if (*node != copy)
                return false;
        copy = NULL; /* it is the tree's */
        return true;
}

static void load(struct builder *b, struct plan_item *item)
{
        const struct config_section *s = item->section;
        CLEANUP_STRBUF struct strbuf options = { 0 };

        (void) module_to_load(b, s->name);
        for (size_t i = 0; i < s->n_pairs; i++) {
                const char *quote = strchr(s->pairs[i].value, ' ') ? "\"" : "";

                strbuf_addf(&options, "%s%s=%s%s%s", i == 0 ? "" : " ", s->pairs[i].name, quote, s->pairs[i].value,
                            quote);
        }
        step_set(add_step(b, item, PHASE_MODULE, STEP_MODULE_LOAD, NULL, options.text), s->name, NULL);
}

/* The module shows no such parameter. It may have one that sysfs does not show (module_param() with 0), but not one
 * that is like another of its own. */
static void check_name(struct plan_item *item, const struct module_info *module, const struct config_pair *want)
{
        CLEANUP_FREE const char **names = xcalloc(module->n_params + 1, sizeof(*names));
        const char *nearest;

        for (size_t i = 0; i < module->n_params; i++)
                names[i] = module->params[i].name;
        nearest = names_nearest(want->name, names, module->n_params);
        if (nearest)
                item_fail(item, VERDICT_REFUSED, &want->loc, "%s has no parameter %s; did you mean %s?", module->name,
                          want->name, nearest);
        else
                item_note(item, "parameter %s can't be read while %s is loaded", want->name, module->name);
}

/* latched: those that only loading the module changes, "disable_idle_d3 = N and nointxmask = N"; *ret_loc: of the
 * first. */
static void compare_param(struct builder *b, struct plan_item *item, const struct module_info *module,
                          const struct config_pair *want, struct strbuf *latched, const struct config_loc **ret_loc)
{
        for (size_t i = 0; i < module->n_params; i++) {
                const struct module_param *have = &module->params[i];
                struct plan_step *step;

                if (!streq(have->name, want->name))
                        continue;
                if (!have->value || module_value_equal(have->value, want->value) ||
                    is_choice(module->name, want->name, want->value))
                        return;
                if (!have->writable || is_latched(module->name, want->name)) {
                        strbuf_addf(latched, "%s%s = %s", latched->len > 0 ? " and " : "", want->name, have->value);
                        *ret_loc = *ret_loc ? *ret_loc : &want->loc;
                        return;
                }
                step = add_step(b, item, PHASE_MODULE, STEP_MODULE_PARAM, have->value, want->value);
                step_set(step, module->name, want->name);
                return;
        }
        check_name(item, module, want);
}

void plan_module_item(struct builder *b, struct plan_item *item)
{
        const struct module_info *module = inventory_find_module(b->inv, item->section->name);
        CLEANUP_STRBUF struct strbuf latched = { 0 };
        const struct config_loc *loc = NULL;

        if (!module || !module->loaded) {
                load(b, item);
                return;
        }
        if (module->error && item->section->n_pairs > 0)
                item_fail(item, VERDICT_REFUSED, NULL, "failed to read the parameters of %s (%s)", module->name,
                          strerrordesc_np(module->error));
        for (size_t i = 0; i < item->section->n_pairs && !module->error; i++)
                compare_param(b, item, module, &item->section->pairs[i], &latched, &loc);
        if (latched.text)
                item_fail(item, VERDICT_REFUSED, loc,
                          "%s is loaded already with %s, which it takes only when it is loaded: modprobe -r %s, or "
                          "reboot",
                          module->name, latched.text, module->name);
}
