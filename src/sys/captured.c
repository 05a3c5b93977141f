/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A captured tree: what it has in files of its own that the kernel tells otherwise than in sysfs. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "sys/live.h"
#include "sys/sys.h"

/* -EOPNOTSUPP: it has no such file. */
static int read_answer(struct live *live, const char *directory, const char *name, char **ret)
{
        char path[PATH_MAX];
        size_t len;
        int r;

        if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int) sizeof(path))
                return -ENAMETOOLONG;
        r = live_read_file(live, path, 1U << 20, ret, &len);
        return r == -ENOENT ? -EOPNOTSUPP : r;
}

/* A file for each interface, with a line for each VF, see values_text_format(). */
static int captured_vf_read(void *userdata, const struct interface *interface, struct values *values, unsigned n)
{
        CLEANUP_FREE char *text = NULL;
        char *rest, *line;
        int r = read_answer(userdata, "vf-settings", interface->name, &text);

        if (n > 0)
                memset(values, 0, n * sizeof(*values));
        if (r < 0)
                return r;
        rest = text;
        for (unsigned i = 0; i < n && (line = strsep(&rest, "\n")); i++)
                if (values_text_parse(line, &values[i]) < 0)
                        return -EBADMSG;
        return 0;
}

/* A file for each PF that was asked, with the mode's name. */
static int captured_eswitch_get(void *userdata, const char *handle, enum eswitch_mode *ret)
{
        CLEANUP_FREE char *text = NULL;
        uint64_t mode;
        int r = read_answer(userdata, "eswitch", handle, &text);

        if (r < 0)
                return r;
        text[strcspn(text, "\n")] = '\0';
        *ret = ESWITCH_NONE;
        if (streq(text, eswitch_mode_name(ESWITCH_NONE)))
                return 0;
        if (property_parse(PROPERTY_ESWITCH, text, &mode) < 0)
                return -EBADMSG;
        *ret = (enum eswitch_mode) mode;
        return 0;
}

struct name_search {
        struct live *live;
        const char *altname;
        char *ret;
};

/* Whether udev's entry for the interface has the name: it gives each interface all that it might be called. */
static int find_name(void *userdata, const char *name)
{
        struct name_search *search = userdata;
        CLEANUP_FREE char *index = NULL, *text = NULL;
        char path[PATH_MAX];
        size_t len;

        (void) snprintf(path, sizeof(path), "sys/class/net/%s/ifindex", name);
        if (strlen(name) >= INTERFACE_MAX || live_read_file(search->live, path, 64, &index, &len) < 0)
                return 0;
        (void) snprintf(path, sizeof(path), "run/udev/data/n%.*s", (int) strcspn(index, "\n"), index);
        if (live_read_file(search->live, path, 1U << 20, &text, &len) < 0)
                return 0;
        for (char *rest = text, *next; (next = strsep(&rest, "\n"));) {
                const char *value = after_prefix(next, "E:ID_NET_NAME_");

                value = value ? strchr(value, '=') : NULL;
                if (!value || !streq(value + 1, search->altname))
                        continue;
                strcpy(search->ret, name); /* length checked above */
                return -EEXIST;
        }
        return 0;
}

static int captured_interface_name(void *userdata, const char *altname, char *ret)
{
        struct name_search search = { userdata, altname, ret };

        return live_list(userdata, "sys/class/net", find_name, &search) == -EEXIST ? 0 : -ENODEV;
}

const struct sys_ops captured_ops = {
        LIVE_FILE_OPS,
        .interface_name = captured_interface_name,
        .vf_read = captured_vf_read,
        .eswitch_get = captured_eswitch_get,
        .free = live_close,
};
