/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files between the helper and the main program. */
#include "state/notes.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"

#define RUN "run/passthru-setup/"
#define OPEN_PATH RUN "hotplug"
#define CLAIMED RUN "claimed"
#define GONE RUN "gone"
#define REQUESTS RUN "requests"

#define CLAIMS_SIZE_MAX (64U * 1024 * 1024)
#define CLAIM_SIZE_MAX (64U * 1024)

static const char *path_in(const char *directory, const char *name, char buf[static PATH_MAX])
{
        (void) snprintf(buf, PATH_MAX, "%s/%s", directory, name);
        return buf;
}

static const char *path_of(const char *directory, const struct pci_address *a, char buf[static PATH_MAX])
{
        char text[PCI_ADDRESS_MAX];

        return path_in(directory, pci_address_format(a, text), buf);
}

static int touch(struct sys *sys, const char *path)
{
        return sys->ops->replace(sys->userdata, path, "", 0);
}

static int drop(struct sys *sys, const char *path)
{
        int r = sys->ops->remove(sys->userdata, path);

        return r == -ENOENT ? 0 : r;
}

int claims_load(struct sys *sys, struct claims *ret)
{
        CLEANUP_FREE char *data = NULL;
        size_t len = 0;
        int r = sys->ops->read_file(sys->userdata, CLAIMS_FILE, CLAIMS_SIZE_MAX, &data, &len);

        return r < 0 ? r : claims_parse(data, len, ret);
}

/* Files that say only what sections go by, for udev's rule: without them it starts no program for each interface, controller,
 * or device of a board. */
static int touch_marks(struct sys *sys, const struct claims *c)
{
        const struct {
                const char *path;
                bool wanted;
        } marks[] = {
                { RUN "vfio-group", c->vfio_group },
                { RUN "buses", c->flags & CLAIMS_BUS },
                { RUN "interfaces", c->flags & (CLAIMS_LATE | CLAIMS_MAC) },
                { RUN "serials", c->flags & CLAIMS_SERIAL },
        };
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(marks) && r == 0; i++)
                r = marks[i].wanted ? touch(sys, marks[i].path) : drop(sys, marks[i].path);
        return r;
}

int claims_save(struct sys *sys, const struct config *config)
{
        CLEANUP_CLAIMS struct claims c = { 0 };
        CLEANUP_FREE char *data = NULL, *old = NULL;
        size_t len = 0, old_len = 0;
        int r = 0;

        claims_build(config, &c);
        claims_format(&c, &data, &len);
        if (!data)
                return r;
        r = sys->ops->read_file(sys->userdata, CLAIMS_FILE, CLAIMS_SIZE_MAX, &old, &old_len);
        if (r == 0 && old && old_len == len && memcmp(old, data, len) == 0)
                return 0;
        r = touch_marks(sys, &c);
        return r < 0 ? r : sys->ops->replace(sys->userdata, CLAIMS_FILE, data, len);
}

int hotplug_note_claim(struct sys *sys, const struct state_device *before)
{
        /* A state of this one entry, in the state's own text. */
        struct state_device entry = *before;
        const struct state one = { .devices = &entry, .n_devices = 1 };
        CLEANUP_FREE char *text = NULL;
        char path[PATH_MAX];

        state_format(&one, &text);
        return sys->ops->replace(sys->userdata, path_of(CLAIMED, &before->address, path), text, strlen(text));
}

int hotplug_read_claim(struct sys *sys, const struct pci_address *address, struct state *ret)
{
        CLEANUP_FREE char *text = NULL;
        char path[PATH_MAX];
        size_t len = 0;
        int r = sys->ops->read_file(sys->userdata, path_of(CLAIMED, address, path), CLAIM_SIZE_MAX, &text, &len);

        *ret = (struct state){ 0 };
        return r < 0 ? r : state_parse(ret, text, len);
}

int hotplug_list_claims(struct sys *sys, char ***ret, size_t *ret_n)
{
        return sys_list(sys, CLAIMED, ret, ret_n);
}

int hotplug_drop_claim(struct sys *sys, const struct pci_address *address)
{
        char path[PATH_MAX];

        return drop(sys, path_of(CLAIMED, address, path));
}

int hotplug_note_gone(struct sys *sys, const struct pci_address *address)
{
        char path[PATH_MAX];
        int r = hotplug_drop_claim(sys, address);

        return r < 0 ? r : touch(sys, path_of(GONE, address, path));
}

struct merge {
        struct sys *sys;
        struct state *state;
        bool take;
};

static int on_gone(void *arg, const char *name)
{
        struct merge *m = arg;
        char path[PATH_MAX];
        struct pci_address a;
        int r = 0;

        if (pci_address_parse(name, false, &a, NULL) < 0)
                return 0; /* a file on its way to its name */
        /* First the note, then the state: one that comes between is for the next run. */
        if (m->take)
                r = drop(m->sys, path_in(GONE, name, path));
        if (r == 0)
                state_forget(m->state, &a);
        return r;
}

static int on_claimed(void *arg, const char *name)
{
        struct merge *m = arg;
        CLEANUP_STATE struct state one = { 0 };
        struct state_device *d;
        struct pci_address a;
        int r;

        if (pci_address_parse(name, false, &a, NULL) < 0)
                return 0;
        r = hotplug_read_claim(m->sys, &a, &one);
        if (r < 0 || one.n_devices != 1 || pci_address_compare(&one.devices[0].address, &a) != 0)
                return 0; /* gone with its device meanwhile, or none of ours */
        d = state_get_device(m->state, &a);
        if (d->has_driver)
                return 0;
        state_device_clear(d);
        *d = one.devices[0];
        one.n_devices = 0; /* moved */
        d->fresh = true;
        m->state->changed = true;
        return 0;
}

int hotplug_merge(struct sys *sys, bool take, struct state *state)
{
        struct merge m = { sys, state, take };
        int r = sys->ops->list(sys->userdata, GONE, on_gone, &m);

        if (r == 0 || r == -ENOENT)
                r = sys->ops->list(sys->userdata, CLAIMED, on_claimed, &m);
        return r == -ENOENT ? 0 : r;
}

int hotplug_request(struct sys *sys, const char *name)
{
        char path[PATH_MAX];

        return touch(sys, path_in(REQUESTS, name, path));
}

int hotplug_take_request(struct sys *sys, const char *name)
{
        char path[PATH_MAX];

        return sys->ops->remove(sys->userdata, path_in(REQUESTS, name, path));
}

bool hotplug_is_open(struct sys *sys)
{
        return sys_exists(sys, OPEN_PATH);
}

int hotplug_open(struct sys *sys)
{
        return touch(sys, OPEN_PATH);
}
