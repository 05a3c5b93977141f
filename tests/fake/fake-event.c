/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fake kernel's time: it passes in events_wait() only, from one scheduled change to the next. */
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "fake/fake-internal.h"

#define AUTOLOAD_DELAY 1000 /* µs from a device's add event to udev's modprobe */

void fake_schedule(struct fake_kernel *k, uint64_t at, fake_change fn, void *arg)
{
        struct change *c = fake_alloc(sizeof(*c));
        struct change **place = &k->changes;

        while (*place && (*place)->at <= at)
                place = &(*place)->next;
        *c = (struct change){ .at = at, .fn = fn, .arg = arg, .next = *place };
        *place = c;
}

void fake_cancel(struct fake_kernel *k, const void *arg)
{
        struct change **at = &k->changes;

        while (*at) {
                struct change *c = *at;

                if (c->arg != arg) {
                        at = &c->next;
                        continue;
                }
                *at = c->next;
                free(c);
        }
}

void fake_after_write(struct fake_kernel *k, const char *path, const char *value, fake_change fn, void *arg)
{
        struct hook *h = fake_alloc(sizeof(*h));

        h->path = fake_strdup(path);
        h->value = value ? fake_strdup(value) : NULL;
        h->fn = fn;
        h->arg = arg;
        h->next = k->hooks;
        k->hooks = h;
}

void fake_hook_free(struct hook *h)
{
        free(h->path);
        free(h->value);
        free(h);
}

void fake_run_hooks(struct fake_kernel *k, const char *path, const char *value)
{
        struct hook **at = &k->hooks;

        while (!k->outside && *at) {
                struct hook *h = *at;

                if (!fake_path_ends(path, h->path) || (h->value && !streq(h->value, value))) {
                        at = &h->next;
                        continue;
                }
                *at = h->next;
                k->outside = true;
                h->fn(k, h->arg);
                k->outside = false;
                fake_hook_free(h);
        }
}

void fake_udev_busy_until(struct fake_kernel *k, uint64_t at)
{
        k->udev_busy_until = at;
}

void fake_udev_autoload(struct fake_kernel *k, bool on)
{
        k->udev_autoload = on;
}

/* An event for whoever listens; one is as good as many, as events_wait() says so too. */
void fake_uevent(struct fake_kernel *k)
{
        if (k->listening)
                k->uevent = true;
}

static void autoload(struct fake_kernel *k, void *arg)
{
        module_load(k, arg, NULL);
}

void fake_autoload(struct fake_kernel *k, const struct device *d)
{
        struct driver *drv = d->spec.native ? driver_find(k, d->spec.native) : NULL;

        /* udev knows the ids only: it loads the native module, whatever the override says. */
        if (k->udev_autoload && drv && !drv->dir)
                fake_schedule(k, k->now + AUTOLOAD_DELAY, autoload, drv->module->name);
}

void fake_events_begin(void *userdata)
{
        struct fake_kernel *k = userdata;

        k->listening = true;
}

int fake_events_wait(void *userdata, uint64_t deadline)
{
        struct fake_kernel *k = userdata;
        struct change *c = k->changes;
        bool outside = k->outside;

        if (k->uevent) {
                k->uevent = false;
                return 1;
        }
        if (!c || c->at > deadline) {
                if (k->now < deadline)
                        k->now = deadline;
                return 0;
        }
        if (k->now < c->at)
                k->now = c->at;
        k->changes = c->next;
        k->outside = true; /* what happens now is not the doing of the code under test */
        c->fn(k, c->arg);
        k->outside = outside;
        free(c);
        k->uevent = false; /* this one is told now */
        return 1;
}

int fake_events_idle(void *userdata)
{
        const struct fake_kernel *k = userdata;

        return k->now >= k->udev_busy_until;
}

void fake_before_operation(struct fake_kernel *k, unsigned n, fake_change fn, void *arg)
{
        k->change_at = k->operations + n;
        k->change = fn;
        k->change_arg = arg;
}
