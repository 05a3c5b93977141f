/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system: what passthru-setup wrote to the journal in this boot. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "sys/live.h"
#include "sys/sys.h"

static void add_match(sd_journal *j, int *r, const char *field, const char *value)
{
        CLEANUP_FREE char *match = NULL;

        if (*r < 0)
                return;
        match = xasprintf("%s=%s", field, value);
        *r = sd_journal_add_match(j, match, 0);
}

/* (device or section) and this boot and ours. A user may write any field without an underscore: only root's lines count. */
static int add_matches(sd_journal *j, const struct journal_query *query)
{
        char boot[SD_ID128_STRING_MAX];
        sd_id128_t id;
        int r = 0;

        for (size_t i = 0; i < query->n_devices; i++)
                add_match(j, &r, "PASSTHRU_DEVICE", query->devices[i]);
        if (r >= 0 && query->section) {
                r = sd_journal_add_disjunction(j);
                add_match(j, &r, "PASSTHRU_SECTION", query->section);
                add_match(j, &r, "PASSTHRU_KIND", query->kind);
        }
        if (r >= 0)
                r = sd_journal_add_conjunction(j);
        if (r >= 0)
                r = sd_id128_get_boot(&id);
        if (r < 0)
                return r;
        add_match(j, &r, "_BOOT_ID", sd_id128_to_string(id, boot));
        add_match(j, &r, "_UID", "0");
        add_match(j, &r, "OBJECT_SYSTEMD_UNIT", "passthru-setup.service");
        return r;
}

/* A field's value in a new string. -ENOENT: the line has none. */
static int get_field(sd_journal *j, const char *field, char **ret)
{
        size_t len, skip = strlen(field) + 1;
        const void *data;
        int r = sd_journal_get_data(j, field, &data, &len);

        if (r < 0)
                return r;
        if (len < skip)
                return -EBADMSG;
        *ret = xstrndup((const char *) data + skip, len - skip);
        return 0;
}

/* Whoever may not read the system's journal sees no file of it. */
static bool is_readable(sd_journal *j)
{
        return sd_journal_has_persistent_files(j) > 0 || sd_journal_has_runtime_files(j) > 0;
}

/* 1 the line was told, 0 it is another run's. */
static int tell_line(struct live *live, sd_journal *j, char **run, int (*each)(void *arg, const struct journal_line *line),
                     void *arg)
{
        CLEANUP_FREE char *pid = NULL, *text = NULL, *priority = NULL;
        struct journal_line line = { .priority = LOG_INFO };
        uint64_t at, now = live_now(live);
        int r = get_field(j, "_PID", &pid);

        if (r == 0)
                r = get_field(j, "MESSAGE", &text);
        if (r == 0)
                r = sd_journal_get_monotonic_usec(j, &at, NULL);
        if (r < 0)
                return r;
        if (!*run)
                *run = STEAL(pid);
        else if (!streq(*run, pid))
                return 0;
        if (get_field(j, "PRIORITY", &priority) == 0)
                line.priority = (int) strtol(priority, NULL, 10);
        line.age = now > at ? now - at : 0;
        line.text = text;
        r = each(arg, &line);
        return r < 0 ? r : 1;
}

int live_journal(void *userdata, const struct journal_query *query,
                 int (*each)(void *arg, const struct journal_line *line), void *arg)
{
        struct live *live = userdata;
        CLEANUP(sd_journal_closep) sd_journal *j = NULL;
        CLEANUP_FREE char *run = NULL;
        int r;

        r = sd_journal_open(&j, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM);
        if (r < 0)
                return r;
        if (!is_readable(j))
                return geteuid() == 0 ? -ENOENT : -EACCES;
        r = add_matches(j, query);
        if (r >= 0)
                r = sd_journal_seek_tail(j);
        for (size_t i = 0; r >= 0 && i < query->max; i++) {
                r = sd_journal_previous(j);
                if (r > 0)
                        r = tell_line(live, j, &run, each, arg);
                if (r == 0)
                        break;
        }
        return r < 0 ? r : 0;
}
