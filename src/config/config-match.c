/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The conditions of [match], in the manner of systemd.link(5): lists of patterns, of which one must fit; ! in front of
 * the list turns it round. */
#include "config/config-match.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "device/inventory.h"
#include "device/selector.h"

#define FACT_MAX 256
#define UEVENT_MAX 4096 /* a page, as sysfs has */

void config_match_clear(struct config_match *m)
{
        free(m->failed);
        *m = (struct config_match){ 0 };
}

struct condition {
        const struct config_host *host;
        char fact[FACT_MAX]; /* what the host has; "": nothing that is known */
};

static bool fits(const char *pattern, const char *text)
{
        return *text && fnmatch(pattern, text, FNM_EXTMATCH) == 0;
}

static bool fits_fact(struct condition *c, const char *word)
{
        return fits(word, c->fact);
}

/* As uname(1) has it, or as systemd does. */
static bool fits_architecture(struct condition *c, const char *word)
{
        static const char *const names[][2] = {
                { "x86_64", "x86-64" },
                { "aarch64", "arm64" },
                { "ppc64le", "ppc64-le" },
                { "i686", "x86" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (streq(c->fact, names[i][0]) && fits(word, names[i][1]))
                        return true;
        return fits(word, c->fact);
}

static const char *skip_operator(const char *word)
{
        return word + strspn(word, "<>=!");
}

/* ">=6.8", or a pattern. */
static bool fits_version(struct condition *c, const char *word)
{
        size_t n = (size_t) (skip_operator(word) - word);
        int r = strverscmp(c->fact, word + n);

        if (!*c->fact)
                return false;
        if (n == 0)
                return fits(word, c->fact);
        if (strncmp(word, "<", n) == 0)
                return r < 0;
        if (strncmp(word, "<=", n) == 0)
                return r <= 0;
        if (strncmp(word, ">", n) == 0)
                return r > 0;
        if (strncmp(word, ">=", n) == 0)
                return r >= 0;
        return strncmp(word, "=", n) == 0 ? r == 0 : r != 0;
}

static bool is_version(const char *word)
{
        static const char *const operators[] = { "", "<", "<=", "=", "!=", ">=", ">" };
        const char *rest = skip_operator(word);

        for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
                if ((size_t) (rest - word) == strlen(operators[i]) &&
                    strncmp(word, operators[i], (size_t) (rest - word)) == 0)
                        return *rest;
        return false;
}

static bool is_id(const char *word)
{
        struct pci_id_pattern id;

        return pci_id_pattern_parse(word, &id) == 0;
}

struct device_search {
        const struct condition *condition;
        struct pci_id_pattern id;
        bool found;
};

static int look_at_device(void *arg, const char *name)
{
        struct device_search *s = arg;
        const struct config_host *host = s->condition->host;
        struct pci_id_pattern id = { 0 }, subsystem = { 0 };
        struct pci_function f;
        char path[PATH_MAX], text[UEVENT_MAX], *rest = text, *line;

        (void) snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/uevent", name);
        if (host->read(host->userdata, path, text, sizeof(text)) < 0)
                return 0;
        while ((line = strsep(&rest, "\n"))) {
                const char *value = after_prefix(line, "PCI_ID=");

                if (value)
                        (void) pci_id_pattern_parse(value, &id);
                value = after_prefix(line, "PCI_SUBSYS_ID=");
                if (value)
                        (void) pci_id_pattern_parse(value, &subsystem);
        }
        f = (struct pci_function){ .vendor = (uint16_t) id.vendor,
                                   .device = (uint16_t) id.device,
                                   .subvendor = (uint16_t) subsystem.vendor,
                                   .subdevice = (uint16_t) subsystem.device };
        s->found = pci_id_pattern_matches(&s->id, &f);
        return s->found ? -ECANCELED : 0;
}

static bool has_device(struct condition *c, const char *word)
{
        struct device_search s = { .condition = c };

        if (pci_id_pattern_parse(word, &s.id) == 0)
                (void) c->host->list(c->host->userdata, "sys/bus/pci/devices", look_at_device, &s);
        return s.found;
}

static bool is_pattern(const char *word)
{
        return *word;
}

#define DMI(name)                                                                                                     \
        {                                                                                                             \
                "dmi." name, "sys/class/dmi/id/" name, false, "a pattern such as PowerEdge*", is_pattern, fits_fact   \
        }

static const struct match_key {
        const char *name;
        const char *path; /* of what the host has; NULL: it is looked for */
        bool list;        /* of words; else there may be blanks in it */
        const char *expected;
        bool (*is_word)(const char *word);
        bool (*holds)(struct condition *c, const char *word);
} keys[] = {
        { "host", "proc/sys/kernel/hostname", true, "patterns for the host's name, such as web*", is_pattern,
          fits_fact },
        { "architecture", "proc/sys/kernel/arch", true, "architectures such as x86-64 or arm64", is_pattern,
          fits_architecture },
        { "kernel", "proc/sys/kernel/osrelease", true, "versions such as >=6.8, or patterns such as *-pve", is_version,
          fits_version },
        { "device", NULL, true, "vendor:device in hex, such as 10de:2487", is_id, has_device },
        DMI("sys_vendor"),
        DMI("product_name"),
        DMI("product_version"),
        DMI("product_family"),
        DMI("product_sku"),
        DMI("board_vendor"),
        DMI("board_name"),
        DMI("board_version"),
        DMI("chassis_vendor"),
        DMI("chassis_type"),
        DMI("bios_vendor"),
        DMI("bios_version"),
};

const char *const *config_match_keys(size_t *ret_n)
{
        static const char *names[ARRAY_SIZE(keys)];

        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                names[i] = keys[i].name;
        *ret_n = ARRAY_SIZE(keys);
        return names;
}

/* Whether each word is one, and whether one fits. */
static bool look_at_words(const struct match_key *key, struct condition *c, const char *value, bool *ret_fits)
{
        CLEANUP_FREE char *copy = xstrdup(value);
        char *rest = copy, *word;
        size_t n = 0;

        *ret_fits = false;
        while ((word = key->list ? strsep(&rest, " \t") : rest)) {
                rest = key->list ? rest : NULL;
                if (!*word)
                        continue;
                if (!key->is_word(word))
                        return false;
                *ret_fits = *ret_fits || (c->host && key->holds(c, word));
                n++;
        }
        return n > 0;
}

enum match_mistake config_match_key(struct config_match *m, const struct config_host *host, const char *name,
                                    const char *value, const char **ret_expected)
{
        struct condition c = { .host = host };
        bool inverted = value[0] == '!' && value[1] != '=', is_fitting;
        size_t i = 0;

        while (i < ARRAY_SIZE(keys) && !streq(keys[i].name, name))
                i++;
        if (i == ARRAY_SIZE(keys))
                return MATCH_UNKNOWN_KEY;
        if (m->given & UINT32_C(1) << i)
                return MATCH_TWICE;
        m->given |= UINT32_C(1) << i;
        if (host && keys[i].path && host->read(host->userdata, keys[i].path, c.fact, sizeof(c.fact)) < 0)
                c.fact[0] = '\0';
        c.fact[strcspn(c.fact, "\n")] = '\0';
        if (!look_at_words(&keys[i], &c, value + inverted + strspn(value + inverted, " \t"), &is_fitting)) {
                *ret_expected = keys[i].expected;
                return MATCH_BAD_VALUE;
        }
        if (host && is_fitting == inverted && !m->failed)
                m->failed = xasprintf("%s = %s", name, value);
        return MATCH_GOOD;
}
