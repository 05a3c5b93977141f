/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The helper that udev's rule and the earliest claim run. It sets driver_override for what is cleared to be taken
 * early, which is all that is safe in a udev worker, and names the unit that is to look at anything else that a
 * section may be about. It reads no configuration. What it is to look at stands on its command line; it trusts no
 * environment. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "apply/claim.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "helper/event.h"

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

/* Lines that udev's rule imports. */
static void print(const struct event_result *e)
{
        CLEANUP_STRBUF struct strbuf unit = { 0 };

        if (e->section)
                (void) printf("PASSTHRU_SECTION=%s\n", e->section);
        if (e->driver)
                (void) printf("PASSTHRU_DRIVER=%s\n", e->driver);
        if (e->alias)
                (void) printf("SYSTEMD_ALIAS=%s\n", e->alias);
        if (e->group)
                (void) printf("PASSTHRU_VFIO_GROUP=%s\n", e->group);
        if (!e->wants)
                return;
        add_escaped(&unit, e->wants);
        (void) printf("PASSTHRU_WANTS=passthru-setup@%s.service\n", unit.text ? unit.text : "");
}

/* Every function that is there and cleared, at the beginning of a boot. */
static int claim(struct sys *sys)
{
        struct claim_result result;
        char address[PCI_ADDRESS_MAX];
        int r = claim_all(sys, &result);

        if (r < 0)
                return fail("Failed to claim what is cleared", r);
        if (result.n_failed > 0)
                (void) fprintf(stderr, "passthru-setup-helper: %s: Failed to set driver_override: %s\n",
                               pci_address_format(&result.address, address),
                               result.error ? strerrordesc_np(result.error) : "it reads as before");
        (void) printf("%zu %s kept for their cleared drivers.\n", result.n_set,
                      result.n_set == 1 ? "function" : "functions");
        return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
        CLEANUP(sys_freep) struct sys *sys = NULL;
        CLEANUP_EVENT struct event_result event = { 0 };
        int r;

        (void) umask(0022);
        if (argc == 3 || (argc == 2 && streq(argv[1], "claim"))) {
                r = sys_open_small(&sys);
                if (r < 0)
                        return fail("/", r);
                if (argc == 2)
                        return claim(sys);
                r = event_handle(sys, argv[1], argv[2], &event);
                print(&event);
                if (r != -ENOTSUP)
                        return r < 0 ? fail(argv[2], r) : EXIT_SUCCESS;
        }
        (void) fputs("passthru-setup-helper is run by udev and by passthru-setup-claim.service; see passthru-setup "
                     "--help.\n",
                     stderr);
        return 64;
}
