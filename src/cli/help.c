/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The help, made of the tables. */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "base/strbuf.h"
#include "config/config-keys.h"

#define WIDTH 80

/* Columns, of UTF-8 text without wide characters: all bytes but the later ones of a character. */
static size_t columns(const char *s)
{
        size_t n = 0;

        for (; *s; s++)
                n += ((unsigned char) *s & 0xc0) != 0x80;
        return n;
}

/* "-o, --output=FILE" */
static void format_option(const struct option_info *info, char *ret, size_t size)
{
        char letter[8] = "";

        if (info->letter)
                (void) snprintf(letter, sizeof(letter), "-%c, ", info->letter);
        (void) snprintf(ret, size, "%s--%s%s%s", letter, info->name, info->argument ? "=" : "",
                        info->argument ? info->argument : "");
}

static void add_row(struct strbuf *b, const char *left, size_t width, const char *right)
{
        strbuf_addf(b, "  %s", left);
        strbuf_pad(b, width - columns(left) + 2);
        strbuf_addf(b, "%s\n", right);
}

static void add_options(struct strbuf *b, const char *heading, unsigned options, bool internal)
{
        char text[64];
        size_t width = 0;

        for (enum option_id id = 0; id < OPTION_MAX; id++)
                if (options & OPTION_BIT(id) && option_infos[id].internal == internal) {
                        format_option(&option_infos[id], text, sizeof(text));
                        width = MAX_OF(width, columns(text));
                }
        if (width > 0)
                strbuf_addf(b, "\n%s:\n", heading);
        for (enum option_id id = 0; id < OPTION_MAX; id++)
                if (options & OPTION_BIT(id) && option_infos[id].internal == internal) {
                        format_option(&option_infos[id], text, sizeof(text));
                        add_row(b, text, width, option_infos[id].summary);
                }
}

/* The keys of these kinds of sections, wrapped. */
static void add_keys(struct strbuf *b, const char *heading, unsigned kinds)
{
        size_t column = 0;

        strbuf_addf(b, "\n%s:\n", heading);
        for (enum config_key key = 0; key < KEY_PARAMETER; key++) {
                const char *name = config_key_name(key);

                if (!(config_key_kinds(key) & kinds))
                        continue;
                if (column > 0 && column + strlen(name) + 4 > WIDTH) {
                        strbuf_add(b, "\n");
                        column = 0;
                }
                strbuf_addf(b, "%s--%s=", column == 0 ? "  " : " ", name);
                column += strlen(name) + 4 + (column == 0);
        }
        strbuf_add(b, "\n");
}

static void add_program(struct strbuf *b)
{
        size_t width = 0;

        strbuf_add(b, "passthru-setup VERB [OPTIONS…] [ARGUMENTS…]\n\n"
                      "Hands PCI devices, their VFs and mdevs to virtual machines, as\n"
                      "/etc/passthru.conf says.\n\nVerbs:\n");
        for (enum verb v = 0; v < VERB_MAX; v++)
                if (!verb_infos[v].internal)
                        width = MAX_OF(width, strlen(verb_infos[v].name));
        for (enum verb v = 0; v < VERB_MAX; v++)
                if (!verb_infos[v].internal)
                        add_row(b, verb_infos[v].name, width, verb_infos[v].summary);
        add_options(b, "Options of most verbs",
                    OPTION_BIT(OPTION_CONFIG) | OPTION_BIT(OPTION_ROOT) | OPTION_BIT(OPTION_JSON) |
                            OPTION_BIT(OPTION_NO_LEGEND) | OPTION_BIT(OPTION_NO_PAGER) | OPTION_BIT(OPTION_HELP) | OPTION_BIT(OPTION_VERSION),
                    false);
        strbuf_add(b, "\npassthru-setup VERB --help has the options of a verb and an example.\n"
                      "Exit status: 0 done, 1 a section failed or is not as configured, 64 usage,\n"
                      "77 no privilege, 78 configuration. The rest: man passthru-setup\n");
}

static void add_verb(struct strbuf *b, const struct verb_info *v)
{
        strbuf_addf(b, "passthru-setup %s [OPTIONS…]%s%s\n\n%s.\n", v->name, *v->arguments ? " " : "", v->arguments,
                    v->summary);
        add_options(b, "Options", v->options | OPTION_BIT(OPTION_HELP), false);
        add_options(b, "Options of the units alone", v->options, true);
        if (v->keys) {
                add_keys(b, "Keys of [device]", 1U << SECTION_DEVICE);
                add_keys(b, "Keys of [sriov], with --vfs=", 1U << SECTION_SRIOV);
                add_keys(b, "Keys of [vf], for NAME/N, or with --vfs= for all VFs", 1U << SECTION_VF);
                add_keys(b, "Keys of [mdev], with --type=", 1U << SECTION_MDEV);
        }
        strbuf_addf(b, "\nExample%s:\n", v->examples[1] ? "s" : "");
        for (size_t i = 0; i < VERB_EXAMPLES && v->examples[i]; i++)
                strbuf_addf(b, "  passthru-setup %s\n", v->examples[i]);
}

char *help_text(enum verb verb)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };

        if (verb == VERB_MAX)
                add_program(&b);
        else
                add_verb(&b, &verb_infos[verb]);
        return strbuf_steal(&b);
}
