/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system, by libsystemd: UUIDs derived from the machine's id (sd-id128), and units (sd-bus,
 * org.freedesktop.systemd1(5)). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <systemd/sd-bus.h>
#include <systemd/sd-id128.h>

#include "base/cleanup.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "sys/live.h"

/* The application's id in the sense of sd_id128_get_machine_app_specific(3): the machine's own id must not be
 * guessable from a UUID that guests see. */
#define PASSTHRU_APP_ID SD_ID128_MAKE(6f, 0d, 5c, 1e, 2b, 84, 4e, 0a, 9d, 53, 7a, c1, 08, 66, f2, 3b)

/* A chain over the name in blocks of 16 bytes, each step the keyed hash (HMAC-SHA256 under the machine id) that
 * sd-id128 offers. The first block holds the length and the index, so that no name is another's beginning. */
int live_derive_uuid(void *userdata, const char *name, unsigned index, uint8_t ret[16])
{
        size_t len = strlen(name);
        sd_id128_t id = PASSTHRU_APP_ID;
        uint64_t head[2] = { len, index };
        uint8_t block[16];
        int r;

        (void) userdata;
        for (size_t i = 0; i < sizeof(block); i++) /* little-endian, whatever the host is */
                block[i] = (uint8_t) (head[i / 8] >> (i % 8 * 8));
        for (size_t offset = 0;; offset += sizeof(block)) {
                for (size_t i = 0; i < sizeof(block); i++)
                        id.bytes[i] ^= block[i];
                r = sd_id128_get_machine_app_specific(id, &id);
                if (r < 0)
                        return r;
                if (offset >= len)
                        break;
                memset(block, 0, sizeof(block));
                memcpy(block, name + offset, MIN_OF(sizeof(block), len - offset));
        }
        memcpy(ret, id.bytes, 16);
        return 0;
}

#define MANAGER "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"

/* A job that is waited for. */
struct unit_job {
        const char *path; /* NULL: it is not known yet */
        bool over, done;
};

static int on_job_removed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        struct unit_job *job = userdata;
        const char *path, *unit, *result;
        uint32_t id;

        (void) error;
        if (sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) >= 0 && streq_ptr(job->path, path)) {
                job->over = true;
                job->done = streq(result, "done");
        }
        return 0;
}

/* systemd is asked to tell of jobs before the job is made, so that its end is not missed. */
static int begin_job(sd_bus *bus, const char *unit, bool start, struct unit_job *job, sd_bus_message **ret)
{
        sd_bus_error error = SD_BUS_ERROR_NULL;
        int r = sd_bus_match_signal(bus, NULL, MANAGER, "JobRemoved", on_job_removed, job);

        if (r >= 0)
                r = sd_bus_call_method(bus, MANAGER, "Subscribe", NULL, NULL, "");
        if (r >= 0)
                r = sd_bus_call_method(bus, MANAGER, start ? "StartUnit" : "StopUnit", &error, ret, "ss", unit,
                                       "replace");
        /* A host that shuts down starts nothing. */
        if (r < 0 && sd_bus_error_has_name(&error, "org.freedesktop.systemd1.TransactionIsDestructive"))
                r = -ESHUTDOWN;
        sd_bus_error_free(&error);
        return r < 0 ? r : sd_bus_message_read(*ret, "o", &job->path);
}

static int wait_for_job(struct live *live, sd_bus *bus, const struct unit_job *job, uint64_t limit)
{
        uint64_t start = live_now(live), now = start;

        for (; !job->over; now = live_now(live)) {
                int r = sd_bus_process(bus, NULL);

                if (r < 0 && r != -EINTR)
                        return r;
                if (r != 0)
                        continue;
                if (now - start >= limit)
                        return -ETIMEDOUT;
                r = sd_bus_wait(bus, limit - (now - start));
                if (r < 0 && r != -EINTR)
                        return r;
        }
        return job->done ? 0 : -ECANCELED;
}

int live_unit_set(void *userdata, const char *unit, bool start, uint64_t limit)
{
        struct live *live = userdata;
        struct unit_job job = { 0 };
        sd_bus_message *reply = NULL;
        sd_bus *bus = NULL;
        int r = sd_bus_open_system(&bus);

        if (r >= 0)
                r = sd_bus_set_method_call_timeout(bus, limit);
        if (r >= 0)
                r = begin_job(bus, unit, start, &job, &reply);
        if (r >= 0)
                r = wait_for_job(live, bus, &job, limit);
        sd_bus_message_unref(reply);
        sd_bus_flush_close_unref(bus);
        return r < 0 ? r : 0;
}
