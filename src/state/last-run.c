/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text of the last run. */
#include "state/last-run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/strutil.h"

int last_run_parse(const char *text, struct last_run *ret)
{
        char copy[LAST_RUN_TEXT_MAX], *space, *end;
        uint64_t time, status;

        if (strlen(text) >= sizeof(copy))
                return -EBADMSG;
        memcpy(copy, text, strlen(text) + 1);
        space = strchr(copy, ' ');
        end = strchr(copy, '\n');
        if (!space || !end || end[1] != '\0')
                return -EBADMSG;
        *space = *end = '\0';
        if (parse_unsigned(copy, 10, INT64_MAX, &time) < 0 || time == 0 ||
            parse_unsigned(space + 1, 10, UINT8_MAX, &status) < 0)
                return -EBADMSG;
        *ret = (struct last_run){ .time = time, .status = (unsigned) status };
        return 0;
}

const char *last_run_format(const struct last_run *run, char buf[static LAST_RUN_TEXT_MAX])
{
        (void) snprintf(buf, LAST_RUN_TEXT_MAX, "%" PRIu64 " %u\n", run->time, run->status & UINT8_MAX);
        return buf;
}
