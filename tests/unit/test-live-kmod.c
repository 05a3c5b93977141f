/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Modules: what libkmod is asked for, and what becomes of its answers. Nothing is loaded: but for the first test its
 * functions are those below (the program is linked with --wrap=dlsym). */
#include "unit/kit.h"

#include <dlfcn.h>
#include <errno.h>
#include <libkmod.h>
#include <stdio.h>
#include <string.h>

#include "sys/sys.h"

struct kmod_ctx {
        int references;
};

/* A module that the look-up finds, and what its insertion returns. */
struct kmod_module {
        int result;
        const struct kmod_module *next;
        const char *name;
        bool blacklisted;
};

static struct {
        bool stands_in;      /* for libkmod */
        const char *lacking; /* the function that it has not, in a version of another age */
        bool no_context;
        int lookup, filter;
        const struct kmod_module *found;
        int references, inserted;
        const char *name, *options;
        unsigned flags;
} fake;

static struct kmod_ctx context;

static struct kmod_ctx *new_context(const char *directory, const char *const *config_paths)
{
        assert_true(!directory && !config_paths); /* the running kernel's, and the host's configuration */
        return fake.no_context ? NULL : (context.references++, &context);
}

static struct kmod_ctx *unref_context(struct kmod_ctx *c)
{
        c->references--;
        return NULL;
}

/* Without indices, as where there is no /lib/modules. */
static int load_resources(struct kmod_ctx *c)
{
        assert_ptr_equal(c, &context);
        return -ENOENT;
}

/* An entry of the list is the module itself. */
static int lookup(struct kmod_ctx *c, const char *name, struct kmod_list **list)
{
        assert_ptr_equal(c, &context);
        fake.name = name;
        if (fake.lookup < 0)
                return fake.lookup;
        *list = (struct kmod_list *) fake.found;
        fake.references += fake.found ? 1 : 0;
        return 0;
}

static struct kmod_list *next(const struct kmod_list *list, const struct kmod_list *entry)
{
        assert_non_null(list);
        return (struct kmod_list *) ((const struct kmod_module *) entry)->next;
}

static struct kmod_module *get_module(const struct kmod_list *entry)
{
        fake.references++;
        return (struct kmod_module *) entry;
}

static struct kmod_module *unref_module(struct kmod_module *module)
{
        assert_non_null(module);
        fake.references--;
        return NULL;
}

static int unref_list(struct kmod_list *list)
{
        assert_non_null(list);
        fake.references--;
        return 0;
}

static const char *get_name(const struct kmod_module *module)
{
        return module->name;
}

/* What is left of a list is the end of it, which is all that these tests want. */
static int filter(const struct kmod_ctx *c, enum kmod_filter type, const struct kmod_list *list, struct kmod_list **ret)
{
        const struct kmod_module *m = (const struct kmod_module *) list;

        assert_ptr_equal(c, &context);
        assert_int_equal(type, KMOD_FILTER_BLACKLIST);
        if (fake.filter < 0)
                return fake.filter;
        while (m && m->blacklisted)
                m = m->next;
        *ret = (struct kmod_list *) m;
        fake.references += m ? 1 : 0;
        return 0;
}

static int insert(struct kmod_module *module, unsigned flags, const char *options,
                  int (*run)(struct kmod_module *m, const char *cmdline, void *data), const void *data,
                  void (*print)(struct kmod_module *m, bool install, const char *options))
{
        assert_true(!run && !data && !print);
        fake.inserted++;
        fake.flags = flags;
        fake.options = options;
        return module->result;
}

#define FUNCTION(name, function) { #name, (void *) (function) }

void *__real_dlsym(void *library, const char *name);
void *__wrap_dlsym(void *library, const char *name);

void *__wrap_dlsym(void *library, const char *name)
{
        static const struct {
                const char *name;
                void *function;
        } functions[] = {
                FUNCTION(kmod_new, new_context),
                FUNCTION(kmod_unref, unref_context),
                FUNCTION(kmod_load_resources, load_resources),
                FUNCTION(kmod_list_next, next),
                FUNCTION(kmod_module_new_from_lookup, lookup),
                FUNCTION(kmod_module_get_module, get_module),
                FUNCTION(kmod_module_get_name, get_name),
                FUNCTION(kmod_module_apply_filter, filter),
                FUNCTION(kmod_module_probe_insert_module, insert),
                FUNCTION(kmod_module_unref, unref_module),
                FUNCTION(kmod_module_unref_list, unref_list),
        };

        if (!fake.stands_in)
                return __real_dlsym(library, name);
        for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
                if (streq(name, functions[i].name) && !streq_ptr(name, fake.lacking))
                        return functions[i].function;
        return NULL;
}

/* The library of this host itself: it is found, has all that is wanted of it, and knows no such names. */
static void what_no_host_has(void **unused)
{
        CLEANUP(sys_freep) struct sys *sys = NULL;

        (void) unused;
        fake.stands_in = false;
        assert_int_equal(sys_open("/", &sys), 0);
        assert_int_equal(sys->ops->module_load(sys->userdata, "passthru_no_such_module", NULL), -ENOENT);
        assert_int_equal(sys->ops->module_load(sys->userdata, "passthru_no_such_module", "a=1"), -ENOENT);
        assert_int_equal(sys->ops->module_load(sys->userdata, "passthru:v0", NULL), -ENOENT);
}

static int load(struct sys *sys, const struct kmod_module *found, const char *name, const char *options)
{
        int r;

        fake.found = found;
        fake.inserted = 0;
        fake.flags = 0;
        fake.options = NULL;
        r = sys->ops->module_load(sys->userdata, name, options);
        assert_int_equal(fake.references, 0);
        assert_string_equal(fake.name, name);
        assert_true(r < 0 || streq_ptr(fake.options, options));
        return r;
}

static struct sys *open_fake(void)
{
        struct sys *sys = NULL;

        memset(&fake, 0, sizeof(fake));
        fake.stands_in = true;
        assert_int_equal(sys_open("/", &sys), 0);
        return sys;
}

static void answers(void **unused)
{
        static const struct kmod_module good = { .result = 0 }, there = { .result = -EEXIST },
                                        bad = { .result = -EIO, .next = &good }, worse = { .result = -EPERM, .next = &bad },
                                        listed = { .result = KMOD_PROBE_APPLY_BLACKLIST };
        struct sys *sys = open_fake();

        (void) unused;
        assert_int_equal(load(sys, &good, "vfio_pci", "ids=1:2 disable_vga=1"), 0);
        assert_int_equal(fake.inserted, 1);
        assert_int_equal(load(sys, &there, "vfio_pci", NULL), 0); /* another was faster */
        assert_int_equal(load(sys, NULL, "vfio_pci", NULL), -ENOENT);
        assert_int_equal(fake.inserted, 0);
        /* All that an alias names are tried, and the first failure is told. */
        assert_int_equal(load(sys, &worse, "pci:v0", NULL), -EPERM);
        assert_int_equal(fake.inserted, 3);
        fake.lookup = -EINVAL;
        assert_int_equal(load(sys, &good, "vfio_pci", NULL), -EINVAL);
        assert_int_equal(fake.inserted, 0);
        fake.lookup = 0;
        /* A blacklist keeps off what comes by alias, and is no failure; what is named is loaded all the same. */
        assert_int_equal(load(sys, &listed, "pci:v0", NULL), 0);
        assert_int_equal(fake.flags, KMOD_PROBE_APPLY_BLACKLIST);
        assert_int_equal(load(sys, &good, "nouveau", NULL), 0);
        assert_int_equal(fake.flags, 0);
        assert_int_equal(context.references, 1);
        sys_free(sys);
        assert_int_equal(context.references, 0);
}

static int note_module(void *arg, const char *module, bool blacklisted)
{
        char *text = arg;

        (void) snprintf(text + strlen(text), 64, "%s%s ", module, blacklisted ? "(no)" : "");
        return streq(module, "last") ? -ECANCELED : 0;
}

/* All that an alias stands for are told, those that a blacklist keeps from it too. */
static void by_alias(void **unused)
{
        static const struct kmod_module last = { .name = "last" }, second = { .name = "nvidiafb", .next = &last },
                                        first = { .name = "nouveau", .blacklisted = true, .next = &second };
        static const struct {
                const struct kmod_module *found;
                int lookup, filter, result;
                const char *told;
        } cases[] = {
                { NULL, 0, 0, 0, "" },
                { &second, 0, 0, -ECANCELED, "nvidiafb last " },
                { &first, 0, 0, -ECANCELED, "nouveau(no) nvidiafb last " },
                { &first, -EINVAL, 0, -EINVAL, "" },
                { &first, 0, -ENOMEM, -ENOMEM, "" },
        };
        CLEANUP(sys_freep) struct sys *sys = open_fake();

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char told[256] = "";

                fake.found = cases[i].found;
                fake.lookup = cases[i].lookup;
                fake.filter = cases[i].filter;
                assert_int_equal(sys->ops->module_lookup(sys->userdata, "pci:v1", note_module, told), cases[i].result);
                assert_string_equal(told, cases[i].told);
                assert_int_equal(fake.references, 0);
                assert_string_equal(fake.name, "pci:v1");
        }
}

/* A library that is not as expected is an error of this one operation, each time, and never a jump to nowhere. */
static void another_library(void **unused)
{
        static const struct kmod_module good = { .result = 0 };
        static const char *const names[] = { "kmod_new", "kmod_unref", "kmod_module_unref_list" };
        CLEANUP(sys_freep) struct sys *sys = open_fake();

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                fake.lacking = names[i];
                assert_int_equal(sys->ops->module_load(sys->userdata, "vfio_pci", NULL), -ELIBBAD);
        }
        fake.lacking = NULL;
        fake.no_context = true;
        assert_int_equal(sys->ops->module_load(sys->userdata, "vfio_pci", NULL), -ENOMEM);
        assert_int_equal(fake.inserted, 0);
        fake.no_context = false;
        assert_int_equal(load(sys, &good, "vfio_pci", NULL), 0);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_no_host_has),
                cmocka_unit_test(answers),
                cmocka_unit_test(by_alias),
                cmocka_unit_test(another_library),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
