/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host of fuzz-boot.c: its slots, what is in them, and what it does with that. */
#include <string.h>

#include "fake/fake-internal.h"
#include "fuzz/boots.h"
#include "base/macro.h"
#include "base/strutil.h"

#define BRIDGE_ADDRESS "0000:00:01.0"
#define CHAIN "pci0000:00/" BRIDGE_ADDRESS

const struct boots_place boots_places[N_PARTS] = {
        [GPU_PART] = { "0000:01:00.0",
                       "0000:00:01.0/00.0",
                       NULL,
                       { .id = "10de:2487:1458:4073", .class = 0x030000, .native = "nouveau", .parent_chain = CHAIN },
                       { .id = "10de:1b80:1043:8591", .class = 0x030000, .native = "nouveau", .parent_chain = CHAIN },
                       .id = "10de:2487" },
        [AUDIO_PART] = { "0000:01:00.1",
                         "0000:00:01.0/00.1",
                         NULL,
                         { .id = "10de:228b:1458:4073",
                           .class = 0x040300,
                           .native = "snd_hda_intel",
                           .parent_chain = CHAIN },
                         { .id = "10de:10f0:1043:8591",
                           .class = 0x040300,
                           .native = "snd_hda_intel",
                           .parent_chain = CHAIN },
                         .id = "10de:228b" },
        [HBA_PART] = { "0000:03:00.0",
                       "0000:03:00.0",
                       "sda",
                       { .id = "1000:0097:1028:1f53", .class = 0x010700, .native = "mpt3sas" },
                       { .id = "1000:00ac:1028:1f53", .class = 0x010700, .native = "mpt3sas" },
                       .id = "1000:0097" },
        [TWIN_PART] = { "0000:04:00.0",
                        "0000:04:00.0",
                        "sdb",
                        { .id = "1000:0097:1028:1f53", .class = 0x010700, .native = "mpt3sas" },
                        { .id = "1000:00ac:1028:1f53", .class = 0x010700, .native = "mpt3sas" },
                        .id = "1000:0097" },
        [NIC_PART] = { "0000:05:00.0",
                       "0000:05:00.0",
                       NULL,
                       { .id = "8086:10d3:8086:a01f",
                         .class = 0x020000,
                         .native = "e1000e",
                         .netdev = "enp5s0",
                         .mac = "52:54:00:00:05:00",
                         .serial = "52-54-00-ff-ff-00-05-00" },
                       { .id = "8086:15b7:8086:a01f",
                         .class = 0x020000,
                         .native = "e1000e",
                         .netdev = "enp5s0",
                         .mac = "52:54:00:00:05:01",
                         .serial = "52-54-00-ff-ff-00-05-01" },
                       .id = "8086:10d3" },
        [PF_PART] = { "0000:06:00.0",
                      "0000:06:00.0",
                      NULL,
                      { .id = "8086:10c9:8086:a03c",
                        .class = 0x020000,
                        .native = "igb",
                        .netdev = "enp6s0",
                        .mac = "52:54:00:00:06:00",
                        .serial = "52-54-00-ff-ff-00-06-00",
                        .totalvfs = 4,
                        .vf_device = 0x10ca,
                        .vf_native = "igbvf",
                        .vf_netdevs = true },
                      { .id = "8086:1521:8086:a03c",
                        .class = 0x020000,
                        .native = "igb",
                        .netdev = "enp6s0",
                        .mac = "52:54:00:00:06:01",
                        .serial = "52-54-00-ff-ff-00-06-01",
                        .totalvfs = 4,
                        .vf_device = 0x1520,
                        .vf_native = "igbvf",
                        .vf_netdevs = true },
                      .id = "8086:10c9" },
        [NVME_PART] = { "0000:07:00.0",
                        "0000:07:00.0",
                        "nvme0n1",
                        { .id = "144d:a808:144d:a801",
                          .class = 0x010802,
                          .native = "nvme",
                          .nvme_serial = "S4EVNX0",
                          .serial = "00-25-38-ff-ff-00-07-00" },
                        { .id = "144d:a80a:144d:a801",
                          .class = 0x010802,
                          .native = "nvme",
                          .nvme_serial = "S5GXNX1",
                          .serial = "00-25-38-ff-ff-00-07-01" },
                        .id = "144d:a808" },
        [VGA_PART] = { "0000:08:00.0",
                       "0000:08:00.0",
                       NULL,
                       { .id = "1a03:2000:1a03:2000", .class = 0x030000, .native = "ast" },
                       { .id = "102b:0536:1028:0627", .class = 0x030000, .native = "ast" },
                       .id = "1a03:2000" },
};

static uint8_t below(struct input *in, unsigned n)
{
        return (uint8_t) input_below(in, n);
}

void boots_read(struct boots *b, struct input *in)
{
        *b = (struct boots){ 0 };
        for (unsigned i = 0; i < N_PARTS; i++) {
                struct boots_part *p = &b->parts[i];

                *p = (struct boots_part){ .there = below(in, 2),
                                          .use = below(in, N_USES),
                                          .group = below(in, 4),
                                          .arrival = below(in, N_ARRIVALS) };
        }
        for (unsigned i = 0; i < N_SECTIONS; i++) {
                struct boots_section *s = &b->sections[i];

                *s = (struct boots_section){ .part = below(in, N_PARTS + 1),
                                             .kind = input_byte(in),
                                             .way = below(in, 6),
                                             .flags = input_byte(in) };
        }
        for (unsigned i = 0; i < N_BOOTS; i++) {
                struct boots_boot *t = &b->boots[i];

                *t = (struct boots_boot){ .image = below(in, 4),
                                          .flags = below(in, 16),
                                          .hardware = below(in, 6),
                                          .part = below(in, N_PARTS),
                                          .config = below(in, 6),
                                          .section = below(in, N_SECTIONS),
                                          .moment = input_byte(in),
                                          .race = below(in, 4),
                                          .race_part = below(in, N_PARTS) };
                for (unsigned k = 0; k < N_EVENTS; k++)
                        t->events[k] = (struct boots_event){ .what = below(in, 8), .part = below(in, N_PARTS) };
        }
}

const char *boots_native(unsigned part)
{
        return boots_places[part].card.native;
}

bool boots_is_display(unsigned part)
{
        return boots_places[part].card.class >> 16 == 0x03;
}

bool boots_is_disk(unsigned part)
{
        return boots_places[part].disk;
}

enum use boots_use(const struct boots *b, unsigned part)
{
        enum use use = b->parts[part].use;

        if (boots_is_disk(part))
                return use;
        return boots_places[part].card.netdev && (use == ROOT_DISK || use == LISTED) ? use : UNUSED;
}

/* One module has both controllers; and a host boots only if its root disk has a driver, and waits for what fstab
 * lists. */
enum arrival boots_arrival(const struct boots *b, unsigned part)
{
        unsigned first = part == TWIN_PART ? HBA_PART : part;
        enum arrival when = b->parts[first].arrival;

        for (unsigned i = 0; i < N_PARTS; i++)
                if (streq(boots_native(i), boots_native(part)) && boots_is_disk(i) && boots_use(b, i) == ROOT_DISK &&
                    when != FROM_THE_START)
                        when = IN_INITRAMFS;
        return when;
}

static int group_of(const struct boots *b, unsigned part)
{
        if (b->parts[part].group > 0)
                return 20 + b->parts[part].group;
        return part == AUDIO_PART ? group_of(b, GPU_PART) : 40 + (int) part;
}

bool boots_share_group(const struct boots *b, unsigned one, unsigned other)
{
        return group_of(b, one) == group_of(b, other);
}

void boots_identify(const struct boots *b, unsigned part, struct strbuf *text)
{
        for (unsigned i = 0; i < N_PARTS; i++)
                if (b->parts[i].there && boots_share_group(b, part, i))
                        strbuf_addf(text, "%u=%u ", i, b->parts[i].card == CARD_OTHER);
        /* Only its serial number tells one of the same kind. */
        strbuf_addf(text, "serial %u", boots_places[part].card.serial ? b->parts[part].card : 0U);
}

static struct fake_pci spec_of(const struct boots *b, unsigned part)
{
        const struct boots_place *place = &boots_places[part];
        struct fake_pci spec = b->parts[part].card == CARD_OTHER ? place->other : place->card;

        if (b->parts[part].card == CARD_SAME_KIND) {
                spec.serial = place->other.serial;
                spec.nvme_serial = place->other.nvme_serial;
                spec.mac = place->other.mac;
        }
        spec.group = group_of(b, part);
        return spec;
}

void boots_add_part(const struct boots *b, struct fake_kernel *k, unsigned part)
{
        struct fake_pci spec = spec_of(b, part);

        if (fake_module_loaded(k, spec.native))
                spec.driver = spec.native;
        fake_pci_add(k, boots_places[part].address, &spec);
}

static void configure(const struct boots *b, struct fake_kernel *k)
{
        for (unsigned i = 0; i < N_PARTS; i++) {
                enum use use = boots_use(b, i);
                const char *disk = boots_places[i].disk, *netdev = boots_places[i].card.netdev;

                if (disk && (use == LISTED || use == LISTED_LAZY)) {
                        CLEANUP_FREE char *line =
                                fake_printf("/dev/%s /srv/%s ext4 %s\n", disk, disk,
                                            use == LISTED ? "defaults" : "nofail,x-systemd.automount");
                        CLEANUP_FREE char *node = fake_printf("dev/%s", disk);

                        fake_file(k, "etc/fstab", line);
                        fake_file(k, node, "");
                } else if (!disk && use == LISTED) {
                        CLEANUP_FREE char *line =
                                fake_printf("auto br%u\niface br%u inet manual\n bridge-ports %s\n", i, i, netdev);

                        fake_file(k, "etc/network/interfaces", line);
                }
        }
}

struct fake_kernel *boots_kernel(const struct boots *b)
{
        struct fake_kernel *k = fake_new();

        for (unsigned i = 0; i < N_PARTS; i++)
                if (!driver_find(k, boots_native(i)))
                        fake_driver_add(k, boots_native(i), &(struct fake_driver){ 0 });
        fake_pci_add(k, BRIDGE_ADDRESS,
                     &(struct fake_pci){ .id = "8086:1901",
                                         .class = 0x060400,
                                         .driver = "pcieport",
                                         .native = "pcieport",
                                         .group = group_of(b, GPU_PART),
                                         .parent_chain = "pci0000:00" });
        for (unsigned i = 0; i < N_PARTS; i++)
                if (b->parts[i].there)
                        boots_add_part(b, k, i);
        configure(b, k);
        return k;
}

bool boots_is_native(struct fake_kernel *k, unsigned part)
{
        return streq_ptr(fake_driver_of(k, boots_places[part].address), boots_native(part));
}

bool boots_is_taken(struct fake_kernel *k, unsigned part)
{
        const char *address = boots_places[part].address, *driver = fake_driver_of(k, address);

        return driver && (streq(driver, "vfio-pci") || *fake_override_of(k, address));
}

static void use_disk(struct fake_kernel *k, unsigned part, enum use use, enum boots_stage stage)
{
        static const enum boots_stage mounted[] = {
                [ROOT_DISK] = IN_THE_INITRAMFS,
                [LISTED] = HOST_IS_UP,
                [MOUNTED] = HOST_IS_UP,
                [LISTED_LAZY] = ALL_IS_UP,
        };
        const char *name = boots_places[part].disk;
        CLEANUP_FREE char *dir = fake_printf("sys/bus/pci/devices/%s/block", boots_places[part].address);
        CLEANUP_FREE char *block = fake_printf("sys/class/block/%s", name), *number = fake_printf("8:%u", part * 16);
        CLEANUP_FREE char *mounts = fake_text(k, "proc/1/mountinfo"), *where = fake_printf(" /srv/%s ", name);
        CLEANUP_FREE char *line = fake_printf("3%u 1 %s / %s rw - ext4 /dev/%s rw\n", part, number,
                                              use == ROOT_DISK ? "/" : where + 1, name);
        struct node *n;

        if (!boots_is_native(k, part))
                return;
        if (node_find(k->root, block, true, &n) < 0)
                fake_block(k, dir, name, number);
        if (stage < mounted[use] || (mounts && strstr(mounts, line)))
                return;
        fake_hold(k, name);
        fake_file(k, "proc/1/mountinfo", line);
}

void boots_use_what_is_there(const struct boots *b, struct fake_kernel *k, enum boots_stage stage)
{
        for (unsigned i = 0; i < N_PARTS; i++) {
                enum use use = boots_use(b, i);

                if (!b->parts[i].there || use == UNUSED)
                        continue;
                if (boots_is_disk(i))
                        use_disk(k, i, use, stage);
                else if (use == ROOT_DISK && stage >= HOST_IS_UP && boots_is_native(k, i)) {
                        CLEANUP_FREE char *line =
                                fake_printf("%s\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n",
                                            boots_places[i].card.netdev);
                        CLEANUP_FREE char *routes = fake_text(k, "proc/net/route");

                        if (!routes || !strstr(routes, line))
                                fake_file(k, "proc/net/route", line);
                }
        }
}

void boots_load(const struct boots *b, struct fake_kernel *k, enum arrival when, enum boots_stage stage)
{
        for (unsigned i = 0; i < N_PARTS; i++)
                if (boots_arrival(b, i) == when)
                        (void) fake_modprobe(k, boots_native(i));
        boots_use_what_is_there(b, k, stage);
}

bool boots_is_used(const struct boots *b, struct fake_kernel *k, unsigned part)
{
        if (!b->parts[part].there || !boots_is_native(k, part))
                return false;
        if (!boots_is_display(part))
                return boots_use(b, part) != UNUSED;
        for (unsigned i = 0; i < N_PARTS; i++)
                if (i != part && b->parts[i].there && boots_is_display(i) && boots_is_native(k, i))
                        return false;
        return true;
}
