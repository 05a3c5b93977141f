/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the fake kernel's host shows on a card: a console (drivers/tty/vt/vt.c, show_bind(), store_bind()) and a
 * display manager, which is systemd's to start and stop. */
#include <errno.h>
#include <string.h>

#include "base/strutil.h"
#include "fake/fake-internal.h"

#define UNIT "display-manager.service"

static void bind_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        (void) n;
        strbuf_addf(out, "%d\n", k->display.console);
}

static int bind_store(struct fake_kernel *k, struct node *n, const char *value)
{
        (void) n;
        k->display.console = streq(value, "1");
        return 0;
}

static void tell_manager(struct fake_kernel *k)
{
        CLEANUP_FREE char *text = fake_printf("populated %d\nfrozen 0\n", k->display.manager);

        node_set(k->display.events, text, strlen(text));
}

void fake_display_add(struct fake_kernel *k, const char *address)
{
        struct node *console = node_dir(k->root, "sys/class/vtconsole/vtcon1");
        struct node *unit = node_dir(k->root, "sys/fs/cgroup/system.slice/lightdm.service");

        fake_file(k, "sys/class/vtconsole/vtcon0/name", "(S) dummy device\n");
        fake_file(k, "sys/class/vtconsole/vtcon0/bind", "0\n");
        node_file(console, "name", "(M) frame buffer device\n");
        node_attr(console, "bind", bind_show, bind_store, NULL);
        fake_file(k, "usr/lib/systemd/system/lightdm.service", "");
        fake_link(k, "etc/systemd/system/" UNIT, "usr/lib/systemd/system/lightdm.service");
        k->display = (struct fake_display){ .card = address, .manager = true, .console = true };
        k->display.events = node_file(unit, "cgroup.events", "");
        tell_manager(k);
}

bool fake_display_is_shown(const struct fake_kernel *k)
{
        return k->display.manager && k->display.console;
}

void fake_display_hang(struct fake_kernel *k)
{
        k->display.hang = true;
}

int fake_unit_set(void *userdata, const char *unit, bool start, uint64_t limit)
{
        CLEANUP_FREE char *what = fake_printf("%s %s", start ? "start" : "stop", unit);
        struct fake_kernel *k = userdata;
        int r = fake_enter(k, true, "unit", what);

        (void) limit;
        if (r == 0 && !streq(unit, UNIT))
                r = -ENOENT;
        if (r == 0 && k->display.hang)
                r = -ETIMEDOUT;
        if (r == 0) {
                k->display.manager = start;
                tell_manager(k);
        }
        fake_journal(k, what, "", MIN_OF(r, 0));
        return MIN_OF(r, 0);
}

/* A device is taken from its driver. */
void fake_display_check(struct fake_kernel *k, const struct device *dev)
{
        if (k->display.card && streq(dev->name, k->display.card) && dev->driver && !dev->driver->vfio &&
            (k->display.manager || k->display.console))
                fake_violate(k, "%s is taken from its driver while the host shows something on it", dev->name);
}
