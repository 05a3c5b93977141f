/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guards' refusals of the last run: a line for each, "device hba|sda1 under it holds / (ext4)". */
#include "host/remembered.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/macro.h"
#include "util/strbuf.h"

#define SIZE_MAX_BYTES (1024U * 1024)

int remembered_save(struct sys *sys, const struct plan *plan)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };
        CLEANUP_FREE char *old = NULL;
        size_t old_len = 0;
        int r = sys->ops->read_file(sys->userdata, REMEMBERED_PATH, SIZE_MAX_BYTES, &old, &old_len);

        for (size_t i = 0; i < plan->n_items; i++) {
                const struct plan_item *item = &plan->items[i];
                CLEANUP_FREE char *key = item->guarded ? config_section_key(item->section) : NULL;

                /* A reason is one line: names out of sysfs and mount points may have anything in them. */
                if (key && item->reason)
                        strbuf_addf(&text, "%s|%.*s\n", key, (int) strcspn(item->reason, "\n"), item->reason);
        }
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
                copy = strndup(reason, len);
                r = copy ? plan_refuse(plan, i, copy) : -ENOMEM;
                plan->items[i].guarded = true;
        }
        return r;
}
