/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system: modules, by libkmod. It is loaded when a module is first wanted: with it come libcrypto and
 * 20,000 relocations, two thirds of the time that a run takes which has nothing to do. */
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libkmod.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "sys/live.h"

#define LIBKMOD "libkmod.so.2"
#define DLOPEN_NOTE                                                                                                   \
        "[{\"feature\":\"modules\",\"description\":\"Loads modules\",\"priority\":\"required\",\"soname\":[\"" LIBKMOD "\"]}]"

/* Tells whoever packages this what is loaded, as no entry of the dynamic section does (the UAPI group's "ELF dlopen
 * metadata"). */
static const struct {
        uint32_t name_size, description_size, type;
        char name[4];
        char description[sizeof(DLOPEN_NOTE)];
} dlopen_note __attribute__((used, section(".note.dlopen"), aligned(4))) = {
        .name_size = sizeof("FDO"),
        .description_size = sizeof(DLOPEN_NOTE),
        .type = 0x407c0c0a,
        .name = "FDO",
        .description = DLOPEN_NOTE,
};

#define FUNCTIONS(X)                       \
        X(kmod_new)                        \
        X(kmod_unref)                      \
        X(kmod_load_resources)             \
        X(kmod_list_next)                  \
        X(kmod_module_new_from_lookup)     \
        X(kmod_module_get_module)          \
        X(kmod_module_get_name)            \
        X(kmod_module_apply_filter)        \
        X(kmod_module_probe_insert_module) \
        X(kmod_module_unref)               \
        X(kmod_module_unref_list)

#define POINTER(name) __typeof__(name) *name;

struct kmod {
        void *library;
        struct kmod_ctx *context;
        FUNCTIONS(POINTER)
};

void kmod_close(struct kmod *kmod)
{
        if (!kmod)
                return;
        if (kmod->context)
                kmod->kmod_unref(kmod->context);
        if (kmod->library)
                dlclose(kmod->library);
        free(kmod);
}

DEFINE_CLEANUP(struct kmod *, kmod_close)

static int kmod_open(struct kmod **ret)
{
        CLEANUP(kmod_closep) struct kmod *kmod = xcalloc(1, sizeof(*kmod));
        void *symbol;

        kmod->library = dlopen(LIBKMOD, RTLD_NOW);
        if (!kmod->library)
                return -ELIBACC;
        /* POSIX lets dlsym()'s pointer be a function's; ISO C does not convert it, so it is copied. */
#define FIND(name)                                      \
        symbol = dlsym(kmod->library, #name);           \
        if (!symbol)                                    \
                return -ELIBBAD;                        \
        memcpy(&kmod->name, &symbol, sizeof(symbol));

        FUNCTIONS(FIND)
        kmod->context = kmod->kmod_new(NULL, NULL);
        if (!kmod->context)
                return -ENOMEM;
        /* Without its indices it reads the files; slower, no error. */
        (void) kmod->kmod_load_resources(kmod->context);
        *ret = STEAL(kmod);
        return 0;
}

/* The modules of a name or alias, NULL when there is none; they are the caller's. */
static int look_up(struct live *live, const char *name, struct kmod_list **ret)
{
        int r = live->kmod ? 0 : kmod_open(&live->kmod);

        *ret = NULL;
        return r < 0 ? r : live->kmod->kmod_module_new_from_lookup(live->kmod->context, name, ret);
}

int live_module_load(void *userdata, const char *name, const char *options)
{
        struct live *live = userdata;
        struct kmod_list *list = NULL;
        const struct kmod *k;
        int r, first = 0;

        r = look_up(live, name, &list);
        if (r < 0)
                return r;
        if (!list)
                return -ENOENT;
        k = live->kmod;
        for (struct kmod_list *entry = list; entry; entry = k->kmod_list_next(list, entry)) {
                struct kmod_module *module = k->kmod_module_get_module(entry);

                /* A blacklist is for aliases: what the configuration names is loaded, as modprobe NAME would. */
                r = k->kmod_module_probe_insert_module(module, strchr(name, ':') ? KMOD_PROBE_APPLY_BLACKLIST : 0,
                                                       options, NULL, NULL, NULL);
                k->kmod_module_unref(module);
                if (r < 0 && r != -EEXIST && first == 0)
                        first = r;
        }
        k->kmod_module_unref_list(list);
        return first;
}

static bool is_in(const struct kmod *k, struct kmod_list *list, const char *name)
{
        bool found = false;

        for (struct kmod_list *entry = list; entry && !found; entry = k->kmod_list_next(list, entry)) {
                struct kmod_module *module = k->kmod_module_get_module(entry);

                found = streq(k->kmod_module_get_name(module), name);
                k->kmod_module_unref(module);
        }
        return found;
}

int live_module_lookup(void *userdata, const char *alias, int (*each)(void *arg, const char *module, bool blacklisted),
                       void *arg)
{
        struct live *live = userdata;
        struct kmod_list *list = NULL, *allowed = NULL;
        const struct kmod *k;
        int r;

        r = look_up(live, alias, &list);
        if (r < 0 || !list)
                return r < 0 ? r : 0;
        k = live->kmod;
        r = k->kmod_module_apply_filter(k->context, KMOD_FILTER_BLACKLIST, list, &allowed);
        for (struct kmod_list *entry = list; entry && r >= 0; entry = k->kmod_list_next(list, entry)) {
                struct kmod_module *module = k->kmod_module_get_module(entry);
                const char *name = k->kmod_module_get_name(module);

                r = each(arg, name, !is_in(k, allowed, name));
                k->kmod_module_unref(module);
        }
        if (allowed)
                k->kmod_module_unref_list(allowed);
        k->kmod_module_unref_list(list);
        return r < 0 ? r : 0;
}
