/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds for doctor the files that blacklist drivers. */
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "doctor/doctor-read.h"
#include "scan/scan.h"

/* What the distribution blacklists for good reasons of its own is below /usr/lib; the host's owner writes here. */
void doctor_read_files(struct sys *sys, struct doctor_facts *facts)
{
        CLEANUP(names_freep) char **names = NULL;
        CLEANUP_FREE char *cmdline = NULL, *aliases = NULL;
        size_t n = 0;

        (void) sys_list(sys, "etc/modprobe.d", &names, &n);
        for (size_t i = 0; i < n; i++) {
                CLEANUP_FREE char *text = NULL;
                char path[PATH_MAX];

                (void) snprintf(path, sizeof(path), "/etc/modprobe.d/%s", names[i]);
                if (fnmatch("*.conf", names[i], 0) != 0)
                        continue;
                if (doctor_read_text(sys, path + 1, &text) == 0)
                        doctor_parse_blacklist(facts, path, text);
        }
        if (facts->cmdline) {
                cmdline = xstrdup(facts->cmdline);
                doctor_parse_blacklist_cmdline(facts, "/proc/cmdline", cmdline);
        }
        if (facts->n_blacklists > 0 && modules_read_file(sys, "modules.alias", &aliases) == 0)
                doctor_parse_aliases(facts, aliases);
}
