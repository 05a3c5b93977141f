/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The helper that udev's rule and the earliest claim run. It sets driver_override for what is cleared to be taken early, which
 * is all that is safe in a udev worker, and names the unit that is to look at anything else that a section may be about. It
 * reads no configuration, and nothing of other devices than the event's. What it is to look at stands on its command line; it
 * trusts no environment. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/claim.h"
#include "host/claims-look.h"
#include "host/clearance.h"
#include "host/hotplug.h"
#include "host/inventory-read.h"
#include "host/state-file.h"
#include "util/macro.h"
#include "util/strbuf.h"
#include "util/strutil.h"

/* What a run works on. */
struct helper {
        struct sys *sys;
        struct claims claims;
};

static void helper_clear(struct helper *h)
{
        claims_free(&h->claims);
        sys_free(h->sys);
}

static int fail(const char *what, int r)
{
        (void) fprintf(stderr, "passthru-setup-helper: %s: %s\n", what, strerrordesc_np(-r));
        return EXIT_FAILURE;
}

static bool may_be_ours(const struct helper *h, const struct pci_address *a)
{
        return claims_may_name(h->sys, &h->claims, a);
}

/* A unit's instance as systemd.unit(5) escapes it: for an address it stays the address. The backslash is doubled, for
 * SYSTEMD_WANTS= is read as words of a shell. */
static void add_escaped(struct strbuf *b, const char *name)
{
        for (const char *c = name; *c; c++)
                if (isalnum((unsigned char) *c) || *c == ':' || *c == '_' || (*c == '.' && c != name))
                        strbuf_addn(b, c, 1);
                else
                        strbuf_addf(b, "\\\\x%02x", (unsigned) (unsigned char) *c);
}

static int want(struct helper *h, const char *name)
{
        CLEANUP_STRBUF struct strbuf unit = { 0 };
        int r = hotplug_request(h->sys, name);

        if (r < 0)
                (void) fail("Failed to leave a note for the unit", r);
        add_escaped(&unit, name);
        (void) printf("PASSTHRU_WANTS=passthru-setup@%s.service\n", unit.text ? unit.text : "");
        return EXIT_SUCCESS;
}

static int want_address(struct helper *h, const struct pci_address *a)
{
        char text[PCI_ADDRESS_MAX];

        return want(h, pci_address_format(a, text));
}

/* 1, 0 when there are none, or a negative errno. */
static int load_claims(struct helper *h)
{
        int r = claims_load(h->sys, &h->claims);

        /* Those of another version are as good as none: the next apply writes them. */
        return r == -ENOENT || r == -EBADMSG ? 0 : r < 0 ? r : 1;
}

static bool has_serial(struct helper *h, const struct pci_address *a)
{
        struct pci_function f = { .address = *a, .physfn = NO_INDEX };
        bool has = false;

        if (!(h->claims.flags & CLAIMS_SERIAL))
                return false;
        (void) inventory_read_device_serial(h->sys, &f);
        for (size_t i = 0; i < f.n_serials && !has; i++)
                has = claims_match_serial(&h->claims, f.serials[i]);
        pci_function_clear(&f);
        return has;
}

static void tell(const struct clearance *c)
{
        const char *name = strchr(c->section, ' ');

        (void) printf("PASSTHRU_SECTION=%s\nPASSTHRU_DRIVER=%s\n", name ? name + 1 : c->section, c->driver);
}

/* ---- the words of the command line ---- */

static int do_claim(struct helper *h, const char *arg)
{
        struct claim_result result;
        char address[PCI_ADDRESS_MAX];
        int r = claim_all(h->sys, &result);

        (void) arg;
        if (r < 0)
                return fail("Failed to claim what is cleared", r);
        if (result.n_failed > 0)
                (void) fprintf(stderr, "passthru-setup-helper: %s: Failed to set driver_override: %s\n",
                               pci_address_format(&result.address, address),
                               result.error ? strerrordesc_np(result.error) : "it reads as before");
        (void) printf("%zu %s kept for the driver that a whole look has cleared.\n", result.n_set,
                      result.n_set == 1 ? "function" : "functions");
        return EXIT_SUCCESS;
}

static int do_add(struct helper *h, const char *arg)
{
        CLEANUP_CLEARANCE struct clearance c = { 0 };
        struct pci_address a, pf;
        int r, open;

        if (pci_address_parse(arg, false, &a, NULL) < 0)
                return EXIT_FAILURE;
        r = claim_one(h->sys, &a, &c);
        if (r < 0)
                (void) fail(arg, r);
        if (r > 0)
                tell(&c);
        /* Until the last look of the first whole run of this boot, what comes is that run's work. */
        open = hotplug_is_open(h->sys) ? load_claims(h) : 0;
        if (open <= 0)
                return open < 0 ? fail("/" CLAIMS_FILE, open) : EXIT_SUCCESS;
        if (claims_find_pf(h->sys, &a, &pf) == 0 && may_be_ours(h, &pf))
                /* An apply that makes VFs keeps drivers off them meanwhile, and does the rest of what there is to do. */
                return claims_probes_vfs(h->sys, &pf) || !state_is_locked() ? want_address(h, &pf) : EXIT_SUCCESS;
        if (r > 0 || may_be_ours(h, &a) || (h->claims.flags & (CLAIMS_GROUP | CLAIMS_SIBLINGS)) || has_serial(h, &a))
                return want_address(h, &a);
        return EXIT_SUCCESS;
}

/* A driver that makes VFs, or mdevs, has come to its device. */
static int do_bind(struct helper *h, const char *arg)
{
        struct pci_address a;

        if (pci_address_parse(arg, false, &a, NULL) < 0)
                return EXIT_FAILURE;
        return may_be_ours(h, &a) || has_serial(h, &a) ? want_address(h, &a) : EXIT_SUCCESS;
}

static int do_parent(struct helper *h, const char *arg)
{
        struct pci_address a, pf;

        if (pci_address_parse(arg, false, &a, NULL) < 0)
                return claims_match_parent(&h->claims, arg) ? want(h, arg) : EXIT_SUCCESS;
        return may_be_ours(h, &a) || (claims_find_pf(h->sys, &a, &pf) == 0 && may_be_ours(h, &pf)) ? want(h, arg) : EXIT_SUCCESS;
}

/* One on another bus than PCI. Nothing of it is set here: what keeps it from its driver belongs to its unit. */
static int do_device(struct helper *h, const char *arg)
{
        const char *name;

        if (bus_parse_event(arg, &name) == BUS_OTHER)
                return EXIT_FAILURE;
        return claims_match_bus(&h->claims, arg) ? want(h, arg) : EXIT_SUCCESS;
}

/* The function that a device is below of, the nearest: "…/0000:05:00.0/net/eth0". */
static int function_above(const char *devpath, struct pci_address *ret)
{
        CLEANUP_FREE char *copy = strdup(devpath);
        char *part, *rest = copy;
        int r = copy ? -ENOENT : -ENOMEM;

        while (copy && (part = strsep(&rest, "/"))) {
                struct pci_address a;

                if (pci_address_parse(part, false, &a, NULL) == 0) {
                        *ret = a;
                        r = 0;
                }
        }
        return r;
}

/* An interface: its name has come with it, and the MAC that only its driver tells. */
static int do_interface(struct helper *h, const char *arg)
{
        struct pci_address a;

        if (function_above(arg, &a) < 0)
                return EXIT_SUCCESS;
        return (h->claims.flags & CLAIMS_MAC) || claims_match_interface(&h->claims, last_component(arg)) ? want_address(h, &a)
                                                                                                        : EXIT_SUCCESS;
}

/* An NVMe controller: its serial number has come with it. */
static int do_controller(struct helper *h, const char *arg)
{
        char path[PATH_MAX], serial[256];
        struct pci_address a;

        if (function_above(arg, &a) < 0 || snprintf(path, sizeof(path), "sys%s/serial", arg) >= (int) sizeof(path) ||
            sys_read_attr(h->sys, path, serial, sizeof(serial)) < 0)
                return EXIT_SUCCESS;
        return claims_match_serial(&h->claims, strip(serial)) ? want_address(h, &a) : EXIT_SUCCESS;
}

/* A function has come to the driver that it is to have: whose it is belongs in udev's database. */
static int do_section(struct helper *h, const char *arg)
{
        CLEANUP_CLEARANCE struct clearance c = { 0 };
        struct pci_address a;

        if (pci_address_parse(arg, false, &a, NULL) < 0)
                return EXIT_FAILURE;
        if (claim_find(h->sys, &a, &c) == 0)
                tell(&c);
        return EXIT_SUCCESS;
}

/* /dev/vfio/N, or /dev/vfio/devices/vfioN: whose it is to be, if what it opens is claimed. */
static int do_node(struct helper *h, const char *arg)
{
        struct pci_address a;
        uint64_t group = 0;
        bool ours;
        int r;

        if (!h->claims.vfio_group)
                return EXIT_SUCCESS;
        if (parse_unsigned(last_component(arg), 10, INT_MAX, &group) == 0)
                r = claims_own_group(h->sys, &h->claims, (int) group, &ours);
        else if (function_above(arg, &a) == 0)
                r = claims_own_function(h->sys, &h->claims, &a, &ours);
        else
                return EXIT_SUCCESS;
        if (r < 0)
                return fail(arg, r);
        if (ours)
                (void) printf("PASSTHRU_VFIO_GROUP=%s\n", h->claims.vfio_group);
        return EXIT_SUCCESS;
}

static int do_remove(struct helper *h, const char *arg)
{
        struct pci_address a;
        int r = pci_address_parse(arg, false, &a, NULL);

        if (r == 0)
                r = hotplug_note_gone(h->sys, &a);
        return r < 0 ? fail(arg, r) : EXIT_SUCCESS;
}

static int do_give_back(struct helper *h, const char *arg)
{
        struct pci_address a;
        int r = pci_address_parse(arg, false, &a, NULL);

        if (r == 0)
                r = claim_give_back(h->sys, &a);
        return r < 0 ? fail(arg, r) : EXIT_SUCCESS;
}

enum need {
        NEED_NOTHING,
        NEED_CLAIMS, /* what sections go by */
        NEED_OPEN,   /* and that what comes is the helper's to name */
};

static const struct {
        const char *word;
        bool takes_argument;
        enum need need; /* without it there is nothing to do */
        int (*run)(struct helper *h, const char *arg);
} words[] = {
        { "claim", false, NEED_NOTHING, do_claim },        /* every function that is there and cleared */
        { "add", true, NEED_NOTHING, do_add },             /* ADDRESS: a PCI function has come */
        { "bind", true, NEED_OPEN, do_bind },              /* ADDRESS: it has come to a driver of the host's */
        { "section", true, NEED_NOTHING, do_section },     /* ADDRESS: it has come to the driver that it is to have */
        { "parent", true, NEED_OPEN, do_parent },          /* NAME: an mdev parent has registered, or a VF come to nvidia */
        { "device", true, NEED_OPEN, do_device },          /* BUS:NAME: one on another bus has come */
        { "interface", true, NEED_OPEN, do_interface },    /* DEVPATH of an interface */
        { "controller", true, NEED_OPEN, do_controller },  /* DEVPATH of an NVMe controller */
        { "node", true, NEED_CLAIMS, do_node },            /* DEVPATH of a node below /dev/vfio */
        { "remove", true, NEED_NOTHING, do_remove },       /* ADDRESS: a function of ours has gone */
        { "give-back", true, NEED_NOTHING, do_give_back }, /* ADDRESS: what the initramfs claimed and nobody wants */
};

/* 1 the word can run, 0 there is nothing to do, or a negative errno. */
static int prepare(struct helper *h, enum need need)
{
        if (need == NEED_NOTHING)
                return 1;
        return need == NEED_OPEN && !hotplug_is_open(h->sys) ? 0 : load_claims(h);
}

int main(int argc, char **argv)
{
        CLEANUP(helper_clear) struct helper h = { 0 };
        int r;

        (void) umask(0022);
        for (size_t i = 0; argc >= 2 && i < ARRAY_SIZE(words); i++) {
                if (!streq(argv[1], words[i].word) || argc != 2 + words[i].takes_argument)
                        continue;
                r = sys_open_small(&h.sys);
                if (r < 0)
                        return fail("/", r);
                r = prepare(&h, words[i].need);
                if (r <= 0)
                        return r < 0 ? fail("/" CLAIMS_FILE, r) : EXIT_SUCCESS;
                return words[i].run(&h, argv[2]);
        }
        (void) fputs("passthru-setup-helper is run by udev and by passthru-setup-claim.service; see passthru-setup --help.\n",
                     stderr);
        return 64;
}
