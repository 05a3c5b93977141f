/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sizes of BARs and option ROMs: what is read of them, and what is not taken for one. */
#include "unit/kit.h"

#include <errno.h>
#include <stdlib.h>

#include "base/macro.h"
#include "property/bar-size.h"
#include "property/option-rom.h"

static void sizes(void **unused)
{
        static const struct {
                const char *text;
                uint64_t size;
                unsigned bit;
        } cases[] = {
                { "1M", UINT64_C(1) << 20, 0 },   { "2M", UINT64_C(1) << 21, 1 },   { "256M", UINT64_C(1) << 28, 8 },
                { "16G", UINT64_C(1) << 34, 14 }, { "32T", UINT64_C(1) << 45, 25 },
        };
        char buf[BAR_SIZE_MAX];
        uint64_t lower = 0;

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                uint64_t size = 0;

                assert_int_equal(bar_size_parse(cases[i].text, &size), 0);
                assert_int_equal(size, cases[i].size);
                assert_int_equal(bar_size_bit(size), cases[i].bit);
                assert_string_equal(bar_size_format(size, buf), cases[i].text);
        }
        assert_int_equal(bar_size_parse("16g", &lower), 0);
        assert_string_equal(bar_size_format(lower, buf), "16G");
        assert_string_equal(bar_size_format(64 * 1024, buf), "64K");
        assert_string_equal(bar_size_format(100, buf), "100");
        assert_string_equal(bar_size_format(UINT64_C(1) << 63, buf), "8388608T");
        assert_int_equal(bar_size_bit(UINT64_C(1) << 63), 43);
}

static void lists(void **unused)
{
        CLEANUP_FREE char *some = bar_size_list(0x3f00), *none = bar_size_list(0), *all = bar_size_list(UINT64_MAX);

        (void) unused;
        assert_string_equal(some, "256M 512M 1G 2G 4G 8G");
        assert_string_equal(none, "");
        assert_non_null(strstr(all, "8388608T")); /* and no bit beyond what a size can be */
}

static void resources(void **unused)
{
        static const char text[] = "0x00000000fe000000 0x00000000feffffff 0x0000000000040200\n"
                                   "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
                                   "0x0000004000000000 0x00000043ffffffff 0x000000000014220c\n"
                                   "0x0000000000000010 0x000000000000000f 0x0000000000000000\nx\n";
        uint64_t size = 7;

        (void) unused;
        assert_int_equal(bar_size_of_resource(text, 0, &size), 0);
        assert_int_equal(size, 16 << 20);
        assert_int_equal(bar_size_of_resource(text, 1, &size), 0);
        assert_int_equal(size, 0);
        assert_int_equal(bar_size_of_resource(text, 2, &size), 0);
        assert_int_equal(size, UINT64_C(16) << 30);
        for (unsigned bar = 3; bar < 7; bar++)
                assert_int_equal(bar_size_of_resource(text, bar, &size), -EINVAL);
        assert_int_equal(bar_size_of_resource("", 0, &size), -EINVAL);
}

#define IMAGE 512

/* An image of `blocks` times 512 bytes at `at`. */
static void image(uint8_t *rom, size_t at, uint8_t blocks, bool last)
{
        uint8_t *data = rom + at + 0x1c;

        rom[at] = 0x55;
        rom[at + 1] = 0xaa;
        rom[at + 0x18] = 0x1c;
        memcpy(data, "PCIR", 4);
        data[0x10] = blocks;
        data[0x15] = last ? 0x80 : 0;
}

static void roms(void **unused)
{
        uint8_t rom[4 * IMAGE] = { 0 }, ones[64];

        (void) unused;
        memset(ones, 0xff, sizeof(ones));
        assert_string_equal(option_rom_fault(rom, 0), "it is empty");
        assert_string_equal(option_rom_fault(rom, sizeof(rom)), "it reads as all 00");
        assert_non_null(strstr(option_rom_fault(ones, sizeof(ones)), "all ff"));
        image(rom, 0, 1, true);
        assert_null(option_rom_fault(rom, IMAGE));
        assert_null(option_rom_fault(rom, sizeof(rom))); /* what lies behind the last image is the BAR's */
        assert_string_equal(option_rom_fault(rom, IMAGE - 1), "it is cut short");
        assert_string_equal(option_rom_fault(rom, 2), "it does not begin with 55 aa");
        assert_string_equal(option_rom_fault(rom, 0x20), "it is cut short");
        image(rom, 0, 1, false);
        assert_string_equal(option_rom_fault(rom, sizeof(rom)), "one of its images does not begin with 55 aa");
        assert_string_equal(option_rom_fault(rom, IMAGE), "one of its images does not begin with 55 aa");
        image(rom, IMAGE, 2, true);
        assert_null(option_rom_fault(rom, 3 * IMAGE));
        assert_string_equal(option_rom_fault(rom, 2 * IMAGE), "it is cut short");
        image(rom, IMAGE, 0, true);
        assert_string_equal(option_rom_fault(rom, sizeof(rom)), "it is cut short");
        rom[0x1c] = 'X';
        assert_string_equal(option_rom_fault(rom, sizeof(rom)), "it has no PCI data structure");
        rom[0] = 0x54;
        assert_string_equal(option_rom_fault(rom, sizeof(rom)), "it does not begin with 55 aa");
        rom[0] = 0x55;
        rom[0x18] = rom[0x19] = 0xff;
        assert_string_equal(option_rom_fault(rom, sizeof(rom)), "it is cut short");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(sizes),
                cmocka_unit_test(lists),
                cmocka_unit_test(resources),
                cmocka_unit_test(roms),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
