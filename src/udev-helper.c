/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The helper that udev's rule and the earliest claim run. It sets driver_override, which is all that is safe in a udev
 * worker, and names what is slow as a unit. What it is to look at stands on its command line; it trusts no environment. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/netdev.h"
#include "host/claim.h"
#include "host/claims-look.h"
#include "host/cmdline.h"
#include "host/config-load.h"
#include "host/config-stamp.h"
#include "host/event.h"
#include "host/hotplug.h"
#include "host/state-file.h"
#include "util/macro.h"
#include "util/strbuf.h"
#include "util/strutil.h"

/* What a run works on. */
struct helper {
        struct sys *sys;
        struct claims claims;
        bool fresh; /* they are of the configuration as it is now */
};

static bool by_flags(const struct helper *h, unsigned flags)
{
        return (h->claims.flags & flags) != 0;
}

static bool may_be_ours(const struct helper *h, const struct pci_address *a)
{
        return !h->fresh || claims_may_name(h->sys, &h->claims, a);
}

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

/* Until the first whole apply of this boot has had its last look, what comes is its work. */
static void want(struct helper *h, const char *name)
{
        CLEANUP_STRBUF struct strbuf unit = { 0 };
        int r;

        if (!hotplug_is_open(h->sys))
                return;
        r = hotplug_request(h->sys, name);
        if (r < 0)
                (void) fail("no note could be made for the unit", r);
        add_escaped(&unit, name);
        (void) printf("PASSTHRU_WANTS=passthru-setup@%s.service\n", unit.text ? unit.text : "");
}

static int load_config(struct config **ret)
{
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        int r = config_load("/", NULL, false, &diags, ret);

        if (r < 0)
                return r;
        if (!diag_has_errors(&diags))
                return 0;
        (void) fprintf(stderr, "passthru-setup-helper: %s:%u: %s (%zu in all); nothing is done\n",
                       diags.items[0].file ? diags.items[0].file : "configuration", diags.items[0].line,
                       diags.items[0].text, diags.n_errors);
        return -EINVAL;
}

/* Claims whatever lacks it, and tells udev's database of the device and of what there is to do for it. */
static int work_for(struct helper *h, const char *name)
{
        CLEANUP(config_freep) struct config *config = NULL;
        CLEANUP_EVENT struct event_result event = { 0 };
        char address[PCI_ADDRESS_MAX];
        bool off = false;
        int r = load_config(&config);

        if (r < 0)
                return r == -EINVAL ? EXIT_FAILURE : fail("the configuration can't be read", r);
        r = cmdline_apply(h->sys, config, &off);
        if (r == 0 && off)
                return EXIT_SUCCESS;
        if (r == 0)
                r = event_work(h->sys, config, name, &event);
        if (r < 0)
                return fail("the devices can't be read", r);
        if (event.claimed.n_failed > 0)
                (void) fprintf(stderr, "passthru-setup-helper: %s: driver_override could not be set: %s\n",
                               pci_address_format(&event.claimed.address, address),
                               event.claimed.error ? strerrordesc_np(event.claimed.error) : "it reads as before");
        if (event.section)
                (void) printf("PASSTHRU_SECTION=%s\n", event.section);
        if (event.driver)
                (void) printf("PASSTHRU_DRIVER=%s\n", event.driver);
        if (event.wants)
                want(h, event.wants);
        if (name)
                return EXIT_SUCCESS;
        (void) printf("%zu %s kept from the host's drivers before udev looks for them.\n", event.claimed.n_set,
                      event.claimed.n_set == 1 ? "function" : "functions");
        r = claims_save(h->sys, config);
        return r < 0 ? fail(CLAIMS_FILE, r) : EXIT_SUCCESS;
}

/* ---- the words of the command line ---- */

static int do_claim(struct helper *h, const char *arg)
{
        (void) arg;
        return work_for(h, NULL);
}

static int do_add(struct helper *h, const char *arg)
{
        struct pci_address a, pf;
        char text[PCI_ADDRESS_MAX];

        if (pci_address_parse(arg, false, &a, NULL) < 0)
                return EXIT_FAILURE;
        if (by_flags(h, CLAIMS_SERIAL | CLAIMS_GROUP) || may_be_ours(h, &a))
                return work_for(h, arg);
        if (claims_find_pf(h->sys, &a, &pf) == 0 && (may_be_ours(h, &pf) || by_flags(h, CLAIMS_LATE))) {
                if (claims_probes_vfs(h->sys, &pf))
                        return work_for(h, arg);
                /* An apply that makes VFs keeps drivers off them meanwhile, and does the rest of what there is to do. */
                if (!state_is_locked())
                        want(h, pci_address_format(&pf, text));
                return EXIT_SUCCESS;
        }
        return claims_may_lack(h->sys, &h->claims, &a) ? work_for(h, arg) : EXIT_SUCCESS;
}

/* A driver that makes VFs, or mdevs, has come to its device. */
static int do_bind(struct helper *h, const char *arg)
{
        struct pci_address a;

        if (pci_address_parse(arg, false, &a, NULL) < 0)
                return EXIT_FAILURE;
        return by_flags(h, CLAIMS_LATE | CLAIMS_SERIAL) || may_be_ours(h, &a) ? work_for(h, arg) : EXIT_SUCCESS;
}

static int do_parent(struct helper *h, const char *arg)
{
        struct pci_address a, pf;

        if (pci_address_parse(arg, false, &a, NULL) == 0)
                return claims_find_pf(h->sys, &a, &pf) == 0 && may_be_ours(h, &pf) ? work_for(h, arg) : do_bind(h, arg);
        return !h->fresh || claims_match_parent(&h->claims, arg) ? work_for(h, arg) : EXIT_SUCCESS;
}

/* One on another bus than PCI. Nothing of it is set here: what keeps it from its driver belongs to its unit. */
static int do_device(struct helper *h, const char *arg)
{
        const char *name;

        if (bus_parse_event(arg, &name) == BUS_OTHER)
                return EXIT_FAILURE;
        return !h->fresh || claims_match_bus(&h->claims, arg) ? work_for(h, arg) : EXIT_SUCCESS;
}

/* An interface or an NVMe controller: with it come names, MACs and serials. */
static int do_late(struct helper *h, const char *arg)
{
        struct pci_address a;
        char text[PCI_ADDRESS_MAX];

        if (netdev_function_of(arg, &a) < 0 || (h->fresh && !by_flags(h, CLAIMS_LATE | CLAIMS_SERIAL)))
                return EXIT_SUCCESS;
        return work_for(h, pci_address_format(&a, text));
}

/* /dev/vfio/N, /dev/vfio/devices/vfioN or /dev/iommu: whose it is to be, if what it opens is claimed. */
static int do_node(struct helper *h, const char *arg)
{
        bool ours = false;
        int r = h->claims.vfio_group ? claims_own_node(h->sys, &h->claims, arg, &ours) : 0;

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

static const struct {
        const char *word;
        bool takes_argument, by_claims; /* it goes by the claims: without them there is nothing to do */
        int (*run)(struct helper *h, const char *arg);
} words[] = {
        { "claim", false, false, do_claim },   /* every function that is there; publishes the claims */
        { "add", true, true, do_add },         /* ADDRESS: a PCI function has come */
        { "bind", true, true, do_bind },       /* ADDRESS: it has come to a driver of the host's */
        { "parent", true, true, do_parent },   /* NAME: an mdev parent has registered, or a VF come to nvidia */
        { "device", true, true, do_device },   /* BUS:NAME: one on another bus has come */
        { "late", true, true, do_late },       /* DEVPATH: of an interface or an NVMe controller */
        { "node", true, true, do_node },       /* DEVPATH: of a node below /dev/vfio, or of /dev/iommu */
        { "remove", true, false, do_remove },  /* ADDRESS: a function of ours has gone */
        { "give-back", true, false, do_give_back }, /* ADDRESS: what the initramfs claimed and nobody wants */
};

static int load_claims(struct helper *h)
{
        CLEANUP_CLOSE int root = -1;
        int r = claims_load(h->sys, &h->claims);

        if (r < 0)
                return r;
        root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root < 0)
                return -errno;
        h->fresh = h->claims.stamp == config_stamp(root, h->claims.files, h->claims.n_files);
        return 0;
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
                if (words[i].by_claims && (r = load_claims(&h)) < 0)
                        return r == -ENOENT ? EXIT_SUCCESS : fail(CLAIMS_FILE, r);
                return words[i].run(&h, argv[2]);
        }
        (void) fputs("passthru-setup-helper is run by udev and by passthru-setup-claim.service; see passthru-setup --help.\n",
                     stderr);
        return 64;
}
