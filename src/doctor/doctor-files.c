/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds for doctor the files by which others make VFs, and those that blacklist drivers. */
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/strutil.h"
#include "doctor/doctor-read.h"
#include "scan/scan.h"

/* Directories whose files have precedence over those of the same name that come later in the same set. */
static const struct place {
        const char *directory, *pattern;
        enum doctor_maker kind;
        bool masked; /* by a file of the same name in the places of this kind before it */
} places[] = {
        { "etc/systemd/network", "*.link", DOCTOR_LINK, false },
        { "run/systemd/network", "*.link", DOCTOR_LINK, true },
        { "usr/local/lib/systemd/network", "*.link", DOCTOR_LINK, true },
        { "usr/lib/systemd/network", "*.link", DOCTOR_LINK, true },
        { "etc/NetworkManager/system-connections", "*", DOCTOR_NETWORKMANAGER, false },
        { "run/NetworkManager/system-connections", "*", DOCTOR_NETWORKMANAGER, true },
        { "usr/lib/NetworkManager/system-connections", "*", DOCTOR_NETWORKMANAGER, true },
        { "etc/netplan", "*.yaml", DOCTOR_NETPLAN, false },
        { "run/netplan", "*.yaml", DOCTOR_NETPLAN, true },
        { "usr/lib/netplan", "*.yaml", DOCTOR_NETPLAN, true },
        { "etc/udev/rules.d", "*.rules", DOCTOR_SCRIPT, false },
        { "run/udev/rules.d", "*.rules", DOCTOR_SCRIPT, true },
        { "usr/local/lib/udev/rules.d", "*.rules", DOCTOR_SCRIPT, true },
        { "usr/lib/udev/rules.d", "*.rules", DOCTOR_SCRIPT, true },
        { "etc/systemd/system", "*.service", DOCTOR_SCRIPT, false },
        { "etc", "rc.local", DOCTOR_SCRIPT, false },
        { "etc/network", "interfaces", DOCTOR_SCRIPT, false },
        { "etc/network/interfaces.d", "*", DOCTOR_SCRIPT, false },
        { "etc/network/if-up.d", "*", DOCTOR_SCRIPT, false },
        { "etc", "crontab", DOCTOR_SCRIPT, false },
        { "etc/cron.d", "*", DOCTOR_SCRIPT, false },
};

static int read_maker(struct sys *sys, const struct place *place, const char *name, struct doctor_facts *facts)
{
        CLEANUP_FREE char *text = NULL;
        char path[PATH_MAX];
        int r;

        if (snprintf(path, sizeof(path), "/%s/%s", place->directory, name) >= (int) sizeof(path))
                return 0;
        r = doctor_read_text(sys, path + 1, &text);
        if ((r == -EACCES || r == -EPERM) && !facts->unread_maker)
                return replace_string(&facts->unread_maker, path);
        return r < 0 ? doctor_ignore(r) : doctor_parse_vf_maker(facts, place->kind, path, text);
}

/* Whether a place before this one of the same kind has a file of that name, or a link to /dev/null. */
static bool is_masked(struct sys *sys, const struct place *place, const char *name)
{
        for (; place->masked; place--) {
                char path[PATH_MAX];

                if (snprintf(path, sizeof(path), "%s/%s", place[-1].directory, name) < (int) sizeof(path) &&
                    sys_exists(sys, path))
                        return true;
        }
        return false;
}

static int read_place(struct sys *sys, const struct place *place, struct doctor_facts *facts)
{
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;
        int r = sys_list(sys, place->directory, &names, &n);

        if ((r == -EACCES || r == -EPERM) && !facts->unread_maker) {
                char path[PATH_MAX];

                (void) snprintf(path, sizeof(path), "/%s", place->directory);
                return replace_string(&facts->unread_maker, path);
        }
        r = doctor_ignore(r);
        for (size_t i = 0; i < n && r == 0; i++)
                if (names[i][0] != '.' && fnmatch(place->pattern, names[i], 0) == 0 &&
                    !is_masked(sys, place, names[i]))
                        r = read_maker(sys, place, names[i], facts);
        return r;
}

/* What the distribution blacklists for good reasons of its own is below /usr/lib; the host's owner writes here. */
static int read_blacklists(struct sys *sys, struct doctor_facts *facts)
{
        CLEANUP(names_freep) char **names = NULL;
        CLEANUP_FREE char *cmdline = facts->cmdline ? strdup(facts->cmdline) : NULL, *aliases = NULL;
        size_t n = 0;
        int r = doctor_ignore(sys_list(sys, "etc/modprobe.d", &names, &n));

        for (size_t i = 0; i < n && r == 0; i++) {
                CLEANUP_FREE char *text = NULL;
                char path[PATH_MAX];

                (void) snprintf(path, sizeof(path), "/etc/modprobe.d/%s", names[i]);
                if (fnmatch("*.conf", names[i], 0) != 0)
                        continue;
                r = doctor_read_text(sys, path + 1, &text);
                r = r < 0 ? doctor_ignore(r) : doctor_parse_blacklist(facts, path, text);
        }
        if (r == 0 && facts->cmdline)
                r = cmdline ? doctor_parse_blacklist_cmdline(facts, "/proc/cmdline", cmdline) : -ENOMEM;
        if (r < 0 || facts->n_blacklists == 0)
                return r;
        r = modules_read_file(sys, "modules.alias", &aliases);
        return r < 0 ? doctor_ignore(r) : doctor_parse_aliases(facts, aliases);
}

int doctor_read_files(struct sys *sys, struct doctor_facts *facts)
{
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(places) && r == 0; i++)
                r = read_place(sys, &places[i], facts);
        return r < 0 ? r : read_blacklists(sys, facts);
}
