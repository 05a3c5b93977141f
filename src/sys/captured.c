/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A captured tree: what it has in files of its own that the kernel tells otherwise than in sysfs. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/macro.h"
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

/* A file for each interface, with a line for each VF, see vf_text_format(). */
static int captured_vf_read(void *userdata, const struct interface *interface, struct vf_values *values, unsigned n)
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
                if (vf_text_parse(line, &values[i]) < 0)
                        return -EBADMSG;
        return 0;
}

/* A file for each PF that was asked, with the mode's name. */
static int captured_eswitch_get(void *userdata, const char *handle, enum eswitch_mode *ret)
{
        CLEANUP_FREE char *text = NULL;
        int r = read_answer(userdata, "eswitch", handle, &text);

        if (r < 0)
                return r;
        text[strcspn(text, "\n")] = '\0';
        return eswitch_mode_parse(text, ret) < 0 ? -EBADMSG : 0;
}

const struct sys_ops captured_ops = {
        LIVE_FILE_OPS,
        .vf_read = captured_vf_read,
        .eswitch_get = captured_eswitch_get,
        .free = live_close,
};
