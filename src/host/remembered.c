/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guards' refusals of the last run: a line for each, "device hba|sda1 under it holds / (ext4)". */
#include "host/remembered.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/macro.h"
#include "util/strbuf.h"
#include "util/strutil.h"

#define SIZE_MAX_BYTES (1024U * 1024)
#define LAST_TIME "when last looked at, "
#define LOOK_ANEW "; passthru-setup apply looks anew"

/* The reason in the text, in place; NULL: the section is not there. */
static int find_reason(const char *text, const struct config_section *s, const char **ret, size_t *ret_len)
{
        CLEANUP_FREE char *key = config_section_key(s);
        size_t n = key ? strlen(key) : 0;

        *ret = NULL;
        if (!key)
                return -ENOMEM;
        for (const char *line = text; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
                if (strncmp(line, key, n) == 0 && line[n] == '|') {
                        *ret = line + n + 1;
                        *ret_len = strcspn(*ret, "\n");
                        return 0;
                }
        return 0;
}

/* What the guards say by now. Of a section that they were not asked about (it is absent, skipped, refused for something
 * else, or was refused by what is remembered), what they said before. */
static int add_line(struct strbuf *text, const struct plan_item *item, const char *old)
{
        CLEANUP_FREE char *key = config_section_key(item->section);
        bool asked = item_is_open(item);
        const char *reason = NULL;
        size_t len = 0;
        int r = 0;

        if (!key)
                return -ENOMEM;
        if (item->guarded && item->reason && !after_prefix(item->reason, LAST_TIME)) {
                /* A reason is one line: names out of sysfs and mount points may have anything in them. */
                reason = item->reason;
                len = strcspn(reason, "\n");
        } else if (!asked)
                r = find_reason(old, item->section, &reason, &len);
        if (reason)
                strbuf_addf(text, "%s|%.*s\n", key, (int) len, reason);
        return r;
}

int remembered_save(struct sys *sys, const struct plan *plan)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };
        CLEANUP_FREE char *old = NULL;
        size_t old_len = 0;
        int r = sys->ops->read_file(sys->userdata, REMEMBERED_PATH, SIZE_MAX_BYTES, &old, &old_len);

        for (size_t i = 0; i < plan->n_items; i++)
                if (add_line(&text, &plan->items[i], r == 0 ? old : NULL) < 0)
                        return -ENOMEM;
        if (text.failed)
                return -ENOMEM;
        if ((r == -ENOENT && text.len == 0) || (r == 0 && old && streq(old, text.text ? text.text : "")))
                return 0;
        return sys->ops->replace(sys->userdata, REMEMBERED_PATH, text.text ? text.text : "", text.len);
}

static int load(struct sys *sys, char **ret)
{
        size_t len = 0;
        int r = sys->ops->read_file(sys->userdata, REMEMBERED_PATH, SIZE_MAX_BYTES, ret, &len);

        return r == -ENOMEM ? r : 0;
}

int remembered_leave_out(struct sys *sys, struct config *config)
{
        CLEANUP_FREE char *text = NULL;
        int r = load(sys, &text);

        for (size_t i = 0; text && i < config->n_sections && r == 0; i++) {
                struct config_section *s = config->sections[i];
                const char *reason;
                size_t len;

                r = find_reason(text, s, &reason, &len);
                if (r == 0 && reason && !s->force)
                        s->left_out = true;
        }
        return r;
}

int remembered_guard(struct sys *sys, struct plan *plan)
{
        CLEANUP_FREE char *text = NULL;
        int r = load(sys, &text);

        for (size_t i = 0; text && i < plan->n_items && r == 0; i++) {
                struct plan_item *item = &plan->items[i];
                CLEANUP_FREE char *copy = NULL;
                const char *reason;
                size_t len;

                if (item->verdict != VERDICT_CHANGE || item->section->force)
                        continue;
                r = find_reason(text, item->section, &reason, &len);
                if (r < 0 || !reason)
                        continue;
                if (asprintf(&copy, LAST_TIME "%.*s" LOOK_ANEW, (int) len, reason) < 0) {
                        copy = NULL;
                        return -ENOMEM;
                }
                r = plan_refuse(plan, i, copy);
                plan->items[i].guarded = true;
        }
        return r;
}
