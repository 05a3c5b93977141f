/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system: UUIDs derived from the machine's id (sd-id128). */
#include <string.h>

#include <systemd/sd-id128.h>

#include "base/macro.h"
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
