/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of a boot, in the order in which units and scripts run them. */
#include "fake/boot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "apply/claim.h"
#include "fake/fake-internal.h"
#include "guard/clearance-file.h"
#include "state/notes.h"

#define DEVICES "sys/bus/pci/devices"

static void put(struct fake_kernel *k, const char *path, const char *text)
{
        struct sys *sys = fake_sys(k);

        assert_int_equal(sys->ops->replace(sys->userdata, path, text, strlen(text)), 0);
}

static void drop(struct fake_kernel *k, const char *path)
{
        struct sys *sys = fake_sys(k);
        int r = sys->ops->remove(sys->userdata, path);

        assert_true(r == 0 || r == -ENOENT);
}

static char *get(struct fake_kernel *k, const char *path)
{
        struct sys *sys = fake_sys(k);
        char *text = NULL;
        size_t len;

        return clearance_load(sys, path, &text, &len) == 0 ? text : NULL;
}

char *boot_record(struct fake_kernel *k)
{
        return get(k, CLEARANCE_PATH);
}

void boot_set_record(struct fake_kernel *k, const char *record)
{
        struct node *directory;

        if (record)
                put(k, CLEARANCE_PATH, record);
        else if (node_find(k->root, CLEARANCE_DIRECTORY, true, &directory) == 0)
                node_remove(directory);
}

bool boot_is_cleared(struct fake_kernel *k, const char *address)
{
        CLEANUP_FREE char *record = boot_record(k);
        CLEANUP_CLEARANCE struct clearance c = { 0 };
        struct pci_address a;

        assert_int_equal(pci_address_parse(address, false, &a, NULL), 0);
        return record && clearance_find(record, strlen(record), &a, &c) == 0;
}

void boot_claim(struct fake_kernel *k)
{
        struct claim_result result;

        assert_int_equal(claim_all(fake_sys(k), &result), 0);
        assert_int_equal(result.n_failed, 0);
}

void boot_initramfs(struct fake_kernel *k, const char *record)
{
        CLEANUP_FREE char *real = boot_record(k), *copy = NULL;

        if (!record)
                return;
        boot_set_record(k, record);
        boot_claim(k);
        copy = get(k, CLEARANCE_RUN);
        put(k, CLEARANCE_INITRAMFS, copy);
        drop(k, CLEARANCE_RUN);
        boot_set_record(k, real);
}

void boot_event(struct fake_kernel *k, const char *word, const char *arg, struct event_result *ret)
{
        CLEANUP_FREE char *record = get(k, CLEARANCE_RUN);

        if (record)
                assert_int_equal(event_handle(fake_sys(k), word, arg, ret), 0);
}

void boot_done(struct fake_kernel *k, const char *text)
{
        CLEANUP(config_freep) struct config *config = run_config(text);
        CLEANUP_FREE char *record = boot_record(k);

        assert_int_equal(claims_save(fake_sys(k), config), 0);
        assert_int_equal(hotplug_open(fake_sys(k)), 0);
        put(k, CLEARANCE_RUN, record ? record : "# nothing\n");
}

char *boot_wants(struct fake_kernel *k, const char *word, const char *arg)
{
        CLEANUP_EVENT struct event_result e = { 0 };

        boot_event(k, word, arg, &e);
        return STEAL(e.wants);
}

static void add_event(void *arg, const char *name)
{
        CLEANUP_EVENT struct event_result e = { 0 };

        boot_event(arg, "add", name, &e);
}

void boot_coldplug(struct fake_kernel *k, const char *const *modules)
{
        struct sys *sys = fake_sys(k);
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;

        assert_int_equal(sys_list(sys, DEVICES, &names, &n), 0);
        for (size_t i = 0; i < n; i++)
                add_event(k, names[i]);
        for (; modules && *modules; modules++)
                assert_int_equal(fake_modprobe(k, *modules), 0);
}

void boot_early(struct fake_kernel *k, const char *text, struct run *run)
{
        run_mode(k, text, CONVERGE_EARLY, run);
}

void boot_whole(struct fake_kernel *k, const char *text, struct run *run)
{
        run_mode(k, text, CONVERGE_WHOLE, run);
}

void boot(struct fake_kernel *k, const char *text, const char *const *modules, struct run *run)
{
        CLEANUP_RUN struct run early = { 0 };

        boot_claim(k);
        boot_coldplug(k, modules);
        boot_early(k, text, &early);
        assert_int_equal(early.error, 0);
        boot_whole(k, text, run);
}
