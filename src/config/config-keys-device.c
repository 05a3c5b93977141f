/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys that set what a device has, in sysfs before and after its driver has it, or in the device itself. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "config/config-keys.h"
#include "property/bar-size.h"

/* pci_reset_fn_methods[] in the kernel's drivers/pci/pci.c */
static bool is_reset_method(const char *word)
{
        static const char *const methods[] = { "device_specific", "acpi", "flr", "af_flr", "pm", "bus", "cxl_bus" };

        for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
                if (streq(methods[i], word))
                        return true;
        return false;
}

/* Words with one blank between them, as sysfs shows them. */
int set_reset_method(struct config *config, struct config_section *section, const char *value)
{
        CLEANUP_FREE char *copy = strdup(value);
        CLEANUP_STRBUF struct strbuf methods = { 0 };
        char *rest = copy, *word, *text;

        (void) config;
        if (!copy)
                return -ENOMEM;
        if (streq(value, RESET_DEFAULT))
                return replace_string(&section->attributes.reset_method, value);
        while ((word = strsep(&rest, " \t"))) {
                if (!*word)
                        continue;
                if (!is_reset_method(word))
                        return -EINVAL;
                strbuf_addf(&methods, "%s%s", methods.len > 0 ? " " : "", word);
        }
        if (strbuf_steal(&methods, &text) < 0)
                return -ENOMEM;
        free(section->attributes.reset_method);
        section->attributes.reset_method = text;
        return 0;
}

int set_d3cold(struct config *config, struct config_section *section, const char *value)
{
        bool allowed;
        int r = parse_boolean(value, &allowed);

        (void) config;
        if (r == 0)
                section->attributes.d3cold = allowed ? "1" : "0";
        return r;
}

int set_power_control(struct config *config, struct config_section *section, const char *value)
{
        (void) config;
        if (!streq(value, "on") && !streq(value, "auto"))
                return -EINVAL;
        section->attributes.power_control = streq(value, "on") ? "on" : "auto";
        return 0;
}

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
        if (asprintf(&path, "%s%s", below ? "" : ROM_DIRECTORY, below ? below : value) < 0)
                return -ENOMEM;
        free(section->attributes.rom_dump);
        section->attributes.rom_dump = path;
        return 0;
}

#define DEFINE_SET_BAR_SIZE(bar)                                                                               \
        int set_bar_size_##bar(struct config *config, struct config_section *section, const char *value)       \
        {                                                                                                      \
                (void) config;                                                                                 \
                return bar_size_parse(value, &section->attributes.bar_sizes[bar]);                             \
        }

DEFINE_SET_BAR_SIZE(0)
DEFINE_SET_BAR_SIZE(1)
DEFINE_SET_BAR_SIZE(2)
DEFINE_SET_BAR_SIZE(3)
DEFINE_SET_BAR_SIZE(4)
DEFINE_SET_BAR_SIZE(5)

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
