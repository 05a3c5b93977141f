/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where other programs' files make VFs. Of each the line is found that does so; the formats are read no further. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "doctor/doctor.h"

/* What is known while the lines of a file go by. */
struct reading {
        struct doctor_facts *facts;
        enum doctor_maker kind;
        const char *file;
        size_t first;       /* of the file's makers */
        char section[64];   /* the last [section] */
        char interface[64]; /* that the file names as its own */
        bool found;         /* a key of a kind that is told once for the file */
};

static int add_maker(struct reading *r, unsigned line)
{
        struct doctor_vf_maker *m = ARRAY_APPEND(r->facts->makers, r->facts->n_makers, r->facts->alloc_makers);

        if (!m || replace_string(&m->file, r->file) < 0)
                return -ENOMEM;
        m->kind = r->kind;
        m->line = line;
        return 0;
}

static void copy_name(char *to, size_t size, const char *from, size_t n)
{
        n = MIN_OF(n, size - 1);
        memcpy(to, from, n);
        to[n] = '\0';
}

/* Cuts "key = value" in two; NULL: it is none. */
static char *cut_value(char *line)
{
        char *value = strchr(line, '=');

        if (!value)
                return NULL;
        *value = '\0';
        (void) strip(line);
        return strip(value + 1);
}

/* True: the line is a section's header. */
static bool is_header(struct reading *r, const char *line)
{
        if (*line != '[')
                return false;
        copy_name(r->section, sizeof(r->section), line + 1, strcspn(line + 1, "]"));
        return true;
}

/* systemd.link(5): VFs are made by SR-IOVVirtualFunctions=, or as a section is there for each. */
static int on_link(struct reading *r, char *line, unsigned number)
{
        char *value;

        if (is_header(r, line)) {
                if (!streq(r->section, "SR-IOV") || r->found)
                        return 0;
                r->found = true;
                return add_maker(r, number);
        }
        value = cut_value(line);
        if (!value)
                return 0;
        if (streq(r->section, "Match") && streq(line, "OriginalName") && !strpbrk(value, "*?[! \t"))
                copy_name(r->interface, sizeof(r->interface), value, strlen(value));
        if (!streq(r->section, "Link") || !streq(line, "SR-IOVVirtualFunctions") || r->found)
                return 0;
        r->found = true;
        return add_maker(r, number);
}

/* nm-settings-keyfile(5), nm-settings(5) "sriov setting" */
static int on_keyfile(struct reading *r, char *line, unsigned number)
{
        char *value;

        if (is_header(r, line))
                return 0;
        value = cut_value(line);
        if (!value)
                return 0;
        if (streq(r->section, "connection") && streq(line, "interface-name"))
                copy_name(r->interface, sizeof(r->interface), value, strlen(value));
        return streq(r->section, "sriov") && streq(line, "total-vfs") ? add_maker(r, number) : 0;
}

/* The key alone is looked for: YAML is more than this, and whose key it is would be a guess. */
static int on_yaml(struct reading *r, char *line, unsigned number)
{
        const char *rest = after_prefix(line, "virtual-function-count");

        return rest && (*rest == ':' || *rest == ' ') ? add_maker(r, number) : 0;
}

/* A rule's ATTR{device/sriov_numvfs}="8", a script's echo 8 >/sys/…/sriov_numvfs. A rule that only asks is none. */
static int on_script(struct reading *r, char *line, unsigned number)
{
        const char *at = strstr(line, "sriov_numvfs");

        if (!at || strncmp(at, "sriov_numvfs}==", strlen("sriov_numvfs}==")) == 0 ||
            strncmp(at, "sriov_numvfs}!=", strlen("sriov_numvfs}!=")) == 0)
                return 0;
        return add_maker(r, number);
}

int doctor_parse_vf_maker(struct doctor_facts *facts, enum doctor_maker kind, const char *file, char *text)
{
        static int (*const readers[DOCTOR_MAKER_MAX])(struct reading * r, char *line, unsigned number) = {
                [DOCTOR_LINK] = on_link,
                [DOCTOR_NETWORKMANAGER] = on_keyfile,
                [DOCTOR_NETPLAN] = on_yaml,
                [DOCTOR_SCRIPT] = on_script,
        };
        struct reading r = { .facts = facts, .kind = kind, .file = file, .first = facts->n_makers };
        char *line;
        int result = 0;

        for (unsigned n = 1; result == 0 && (line = strsep(&text, "\n")); n++) {
                line = strip(line);
                if (*line && *line != '#' && *line != ';')
                        result = readers[kind](&r, line, n);
        }
        for (size_t i = r.first; result == 0 && *r.interface && i < facts->n_makers; i++)
                result = replace_string(&facts->makers[i].interface, r.interface);
        return result;
}
