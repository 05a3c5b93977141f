/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys of what is no property: the file of an option ROM, what the VFs of a drive get, what is on demand. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "config/config-keys.h"

/* No component of it leads elsewhere than it says, and it names a file. */
static bool is_plain_path(const char *path)
{
        for (;; path++) {
                size_t n = strcspn(path, "/");

                if (n == 0 || *path == '.')
                        return false;
                path += n;
                if (!*path)
                        return true;
        }
}

int set_rom_dump(struct config *config, struct config_section *section, const char *value)
{
        const char *below = after_prefix(value, "/");
        char *path;

        (void) config;
        if (!is_plain_path(below ? below : value) || (!below && strchr(value, '/')))
                return -EINVAL;
        path = xasprintf("%s%s", below ? "" : ROM_DIRECTORY, below ? below : value);
        free(section->rom_dump);
        section->rom_dump = path;
        return 0;
}

int set_when(struct config *config, struct config_section *section, const char *value)
{
        static const char *const words[] = { [WHEN_BOOT] = "boot", [WHEN_VM] = "vm", [WHEN_MANUAL] = "manual" };

        (void) config;
        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (streq(words[i], value)) {
                        section->when = (enum when_policy) i;
                        return 0;
                }
        return -EINVAL;
}

/* Whatever libvirt calls a domain, in whose name is no slash, but for what separates them. */
int set_vm(struct config *config, struct config_section *section, const char *value)
{
        CLEANUP_FREE char *copy = xstrdup(value);
        char *rest = copy, *word;

        (void) config;
        config_drop_vms(section);
        while ((word = strsep(&rest, " \t,")))
                if (*word)
                        *(char **) ARRAY_APPEND(section->vms, section->n_vms, section->alloc_vms) = xstrdup(word);
        return section->n_vms > 0 && !strchr(value, '/') ? 0 : -EINVAL;
}

int set_display(struct config *config, struct config_section *section, const char *value)
{
        (void) config;
        if (!streq(value, "stop") && !streq(value, "keep"))
                return -EINVAL;
        section->display_stop = streq(value, "stop");
        return 0;
}

/* One queue is for commands to the controller itself: without a second there is no I/O. */
int set_vf_queues(struct config *config, struct config_section *section, const char *value)
{
        uint64_t n;

        (void) config;
        if (parse_unsigned(value, 10, UINT16_MAX, &n) < 0 || n < 2)
                return -EINVAL;
        section->vf_queues = (unsigned) n;
        return 0;
}

int set_vf_interrupts(struct config *config, struct config_section *section, const char *value)
{
        uint64_t n;

        (void) config;
        if (parse_unsigned(value, 10, UINT16_MAX, &n) < 0 || n == 0)
                return -EINVAL;
        section->vf_interrupts = (unsigned) n;
        return 0;
}
