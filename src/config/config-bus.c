/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sections whose device is on another bus than PCI: what can be said of it, and what can't. */
#include <string.h>

#include "base/macro.h"
#include "base/strutil.h"
#include "config/config-keys.h"
#include "config/config-lines.h"

/* Only now is it known that no bus makes a name of it. */
static void not_an_address(const struct config_section *s, struct diag_list *diags)
{
        if (diags->n_errors > CONFIG_ERRORS_MAX)
                diags->n_errors++; /* counted, as by the parser */
        else
                diag_add(diags, DIAG_ERROR, config_loc_of(s, KEY_ADDRESS), "address = %s: %sexpected %s",
                         s->selector.text, strchr(s->selector.text, ',') ? "one value only; " : "",
                         selector_expected(SELECTOR_ADDRESS));
}

static bool is_of_any_bus(enum config_key key)
{
        return key == KEY_REQUIRED || key == KEY_ENABLED || key == KEY_DRIVER || key == KEY_GROUP ||
               key == KEY_FORCE || key == KEY_BUS || key == KEY_ADDRESS;
}

/* What ids, functions, ROMs and the like are about is PCI's alone. */
static void check_keys(const struct config_section *s, struct diag_list *diags)
{
        const struct config_loc *loc = config_loc_of(s, KEY_BUS);

        for (size_t i = 0; i < s->n_settings; i++) {
                enum config_key key = s->settings[i].key;

                if (!is_of_any_bus(key))
                        diag_add(diags, DIAG_ERROR, &s->settings[i].loc,
                                 "%s: for PCI devices only, but the section has bus = %s (%s:%u)%s",
                                 config_key_name(key), bus_name(s->bus), loc->file, loc->line,
                                 config_key_is_selector(key) ? "; expected address" : "");
        }
}

static void settle_selector(struct config_section *s, struct diag_list *diags)
{
        struct selector name;
        int r;

        if (s->flawed)
                return;
        if (!config_has(s, KEY_ADDRESS)) {
                if (s->selector.kind == SELECTOR_NONE) /* another key that names one has been reported already */
                        diag_add(diags, DIAG_ERROR, &s->loc,
                                 "[%s %s]: no device is named; expected address = its name under "
                                 "/sys/bus/%s/devices",
                                 section_kind_name(s->kind), s->name, bus_name(s->bus));
                return;
        }
        r = selector_parse(SELECTOR_NAME, s->selector.text, &name);
        if (r < 0) {
                diag_add(diags, DIAG_ERROR, config_loc_of(s, KEY_ADDRESS),
                         "address = %s: expected the name of a device under "
                         "/sys/bus/%s/devices",
                         s->selector.text, bus_name(s->bus));
                return;
        }
        selector_clear(&s->selector);
        s->selector = name;
}

/* A VFIO driver is of one bus; auto looks for PCI's variants. */
static void settle_driver(struct config_section *s, struct diag_list *diags)
{
        const char *own = bus_driver(s->bus);

        if (!config_has(s, KEY_DRIVER)) {
                replace_string(&s->driver, own);
                return;
        }
        if (s->driver && !streq(s->driver, own) && (streq(s->driver, DRIVER_AUTO) || driver_is_vfio(s->driver)))
                diag_add(diags, DIAG_ERROR, config_loc_of(s, KEY_DRIVER),
                         "driver = %s: does not bind devices of bus = %s; expected %s, or the name of another driver",
                         s->driver, bus_name(s->bus), own);
}

void config_bus_finish(struct config_section *s, struct diag_list *diags)
{
        if (s->bus == BUS_PCI) {
                if (s->selector.kind == SELECTOR_NAME)
                        not_an_address(s, diags);
                return;
        }
        check_keys(s, diags);
        settle_selector(s, diags);
        settle_driver(s, diags);
}
