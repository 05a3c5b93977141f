/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks at an option ROM: a chain of images, each with a header and a data structure. */
#include "property/option-rom.h"

#include <stdbool.h>
#include <string.h>

#define HEADER_SIZE 0x1a
#define DATA_POINTER 0x18
#define DATA_SIZE 0x18
#define DATA_LENGTH 0x10 /* of the image, in units of 512 bytes */
#define DATA_INDICATOR 0x15
#define LAST_IMAGE 0x80

static unsigned get16(const uint8_t *p)
{
        return (unsigned) p[0] | (unsigned) p[1] << 8;
}

static bool is_all(const uint8_t *rom, size_t len, uint8_t byte)
{
        for (size_t i = 0; i < len; i++)
                if (rom[i] != byte)
                        return false;
        return true;
}

const char *option_rom_fault(const uint8_t *rom, size_t len)
{
        const uint8_t *image = rom, *data;
        size_t left = len, size;

        if (len == 0)
                return "it is empty";
        if (is_all(rom, len, 0xff))
                return "it reads as all ff, as that of a device that is asleep or has no ROM";
        if (is_all(rom, len, 0))
                return "it reads as all 00";
        for (;;) {
                if (left < HEADER_SIZE || image[0] != 0x55 || image[1] != 0xaa)
                        return image == rom ? "it does not begin with 55 aa"
                                            : "one of its images does not begin with 55 aa";
                if (get16(image + DATA_POINTER) + (size_t) DATA_SIZE > left)
                        return "it is cut short";
                data = image + get16(image + DATA_POINTER);
                if (memcmp(data, "PCIR", 4) != 0)
                        return "it has no PCI data structure";
                size = (size_t) get16(data + DATA_LENGTH) * 512;
                if (size == 0 || size > left)
                        return "it is cut short";
                if (data[DATA_INDICATOR] & LAST_IMAGE)
                        return NULL;
                image += size;
                left -= size;
        }
}
