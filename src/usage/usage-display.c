/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether whoever sits before the host would lose the display or the keyboard. */
#include <stdlib.h>

#include "base/strutil.h"
#include "device/device-class.h"
#include "usage/usage-internal.h"

static bool is_with_host(const struct pci_function *f)
{
        return driver_is_own(f->driver);
}

bool usage_console_reason(const struct usage *usage, const struct inventory *inv, size_t function,
                          const struct usage_words *words, struct strbuf *text)
{
        const struct pci_function *f = &inv->functions[function];
        bool on_pci = false;

        if (!device_is_display(f) || !usage->console_on_vt)
                return false;
        for (size_t i = 0; i < inv->n_functions && !on_pci; i++)
                on_pci = device_is_display(&inv->functions[i]) &&
                         usage_is_under(usage->framebuffer, &inv->functions[i]);
        /* The firmware's framebuffer says nothing of the card that it is on. */
        if (on_pci ? !usage_is_under(usage->framebuffer, f) : usage->boot_vga != function)
                return false;
        strbuf_addf(text, "%sthe console is on it", words->lead);
        return true;
}

bool usage_display_reason(const struct inventory *inv, size_t function, const bool *taken,
                          const struct usage_words *words, struct strbuf *text)
{
        bool others = false;

        if (!device_is_display(&inv->functions[function]))
                return false;
        for (size_t i = 0; i < inv->n_functions; i++) {
                const struct pci_function *f = &inv->functions[i];

                if (i == function || !device_is_display(f) || !is_with_host(f))
                        continue;
                if (!taken[i])
                        return false;
                others = true;
        }
        if (others)
                strbuf_addf(text, "%sthe host would have no display left", words->lead);
        else
                strbuf_addf(text, "%s is the only display", words->subject);
        return true;
}

static bool is_under_taken(const struct inventory *inv, const bool *taken, const char *place)
{
        for (size_t i = 0; i < inv->n_functions; i++)
                if (taken[i] && usage_is_under(place, &inv->functions[i]))
                        return true;
        return false;
}

bool usage_keyboard_reason(const struct usage *usage, const struct inventory *inv, size_t function, const bool *taken,
                           const struct usage_words *words, struct strbuf *text)
{
        const struct usage_keyboard *mine = NULL;
        bool others = false;

        for (size_t i = 0; i < usage->n_keyboards; i++) {
                const struct usage_keyboard *k = &usage->keyboards[i];

                if (usage_is_under(k->place, &inv->functions[function]))
                        mine = mine ? mine : k;
                else if (is_under_taken(inv, taken, k->place))
                        others = true;
                else
                        return false;
        }
        if (!mine)
                return false;
        if (others)
                strbuf_addf(text, "%sthe host would have no keyboard left (", words->lead);
        else
                strbuf_addf(text, "%s has the only keyboard (", words->subject);
        usage_add_name(text, mine->name);
        strbuf_add(text, ")");
        return true;
}
