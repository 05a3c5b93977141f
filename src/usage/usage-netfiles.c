/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which interfaces the files of systemd-networkd and NetworkManager name. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strutil.h"
#include "usage/usage-configured.h"
#include "usage/usage-internal.h"

struct pairs {
        char *rest;
        const char *section;
        char *key, *value;
        unsigned line;
};

/* The next KEY=VALUE. */
static bool next_pair(struct pairs *p)
{
        char *line;

        while ((line = strsep(&p->rest, "\n"))) {
                char *equals = strchr(line, '=');

                p->line++;
                line = strip(line);
                if (*line == '#' || *line == ';')
                        continue;
                if (*line == '[') {
                        line[strcspn(line, "]")] = '\0';
                        p->section = line + 1;
                } else if (equals) {
                        *equals = '\0';
                        p->key = strip(line);
                        p->value = strip(equals + 1);
                        return true;
                }
        }
        return false;
}

static bool is_exact(const char *word)
{
        return *word && !strpbrk(word, "*?[");
}

void usage_parse_network(const char *text, const char *file, struct usage *usage, bool *unmanaged)
{
        static const char *const keys[] = { "Name", "MACAddress", "PermanentMACAddress", "Path" };
        CLEANUP_FREE char *copy = xstrdup(text);
        struct pairs p = { .rest = copy, .section = "" };

        while (next_pair(&p)) {
                if (streq(p.section, "Link") && streq(p.key, "Unmanaged"))
                        (void) parse_boolean(p.value, unmanaged);
                for (size_t i = 0; streq(p.section, "Match") && i < ARRAY_SIZE(keys); i++) {
                        struct usage_configured e = { .kind = CONFIGURED_LINK, .file = (char *) file, .line = p.line };

                        if (!streq(p.key, keys[i]) || *p.value == '!') /* all but these */
                                continue;
                        while ((e.what = usage_next_word(&p.value)))
                                if (is_exact(e.what))
                                        usage_add_configured(usage, &e);
                }
        }
}

void usage_parse_keyfile(const char *text, const char *file, struct usage *usage)
{
        static const char *const names[][2] = {
                { "connection", "interface-name" },
                { "ethernet", "mac-address" },
                { "802-3-ethernet", "mac-address" },
                { "vlan", "parent" },
        };
        CLEANUP_FREE char *copy = xstrdup(text);
        struct pairs p = { .rest = copy, .section = "" };
        size_t first = usage->n_configured;
        bool on = true;

        while (next_pair(&p)) {
                if (streq(p.section, "connection") && streq(p.key, "autoconnect"))
                        (void) parse_boolean(p.value, &on);
                for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                        struct usage_configured e = { .kind = CONFIGURED_LINK, .file = (char *) file, .line = p.line };

                        e.what = p.value;
                        if (streq(p.section, names[i][0]) && streq(p.key, names[i][1]) && is_exact(p.value))
                                usage_add_configured(usage, &e);
                }
        }
        if (!on)
                usage_drop_configured(usage, first);
}

/* One without a carrier is configured as soon as somebody plugs in a cable, and carries nothing until then. */
void usage_parse_networkd_link(const char *text, const char **ret)
{
        CLEANUP_FREE char *copy = xstrdup(text);
        struct pairs p = { .rest = copy, .section = "" };
        const char *words = NULL;
        bool has_file = false, carries = true;

        while (next_pair(&p))
                if (streq(p.key, "ADMIN_STATE"))
                        words = streq(p.value, "configured") ? "is configured by systemd-networkd"
                                : streq(p.value, "configuring") || streq(p.value, "pending") ? "is being configured by systemd-networkd"
                                                                                            : NULL;
                else if (streq(p.key, "NETWORK_FILE"))
                        has_file = *p.value != '\0';
                else if (streq(p.key, "OPER_STATE") || streq(p.key, "CARRIER_STATE"))
                        carries = carries && !streq(p.value, "no-carrier") && !streq(p.value, "off");
        if (words && has_file && carries)
                *ret = words;
}

void usage_parse_nm_device(const char *text, const char **ret)
{
        CLEANUP_FREE char *copy = xstrdup(text);
        struct pairs p = { .rest = copy, .section = "" };
        bool managed = false, connected = false;

        while (next_pair(&p))
                if (streq(p.section, "device") && streq(p.key, "managed"))
                        (void) parse_boolean(p.value, &managed);
                else if (streq(p.section, "device") && streq(p.key, "connection-uuid"))
                        connected = *p.value != '\0';
        if (managed && connected)
                *ret = "is configured by NetworkManager";
}
