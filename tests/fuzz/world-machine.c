/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine out of a fuzzer's input: devices of a few models, in places of a few buses, in any state. */
#include <errno.h>
#include <string.h>

#include "base/macro.h"
#include "fake/fake-internal.h"
#include "fuzz/world.h"

#define BRIDGE_CHAIN "pci0000:00/0000:00:01.0"

static const struct fake_mdev_type vgpu_types[] = {
        { .id = "vgpu-35", .name = "GRID A", .attrs = "vgpu_params" },
        { .id = "vgpu-36", .name = "GRID B", .cost = 2 },
        { 0 },
};

static const struct fake_mdev_type serial_types[] = {
        { .id = "mtty-1", .name = "Single port serial" },
        { .id = "mtty-2", .name = "Dual port serial", .cost = 2, .attrs = "level,!assign", .reject = "bad" },
        { .id = "mtty-3", .name = "Dual port serial" },
        { 0 },
};

static const struct {
        const char *address, *path, *chain, *netdev, *mac, *nvme, *serial;
} places[] = {
        { "0000:00:01.0", "0000:00:01.0", "pci0000:00", "eno1", "52:54:00:00:00:01", "SN00",
          "52-54-00-ff-ff-00-00-01" },
        { "0000:00:02.0", "0000:00:02.0", "pci0000:00", "eno2", "52:54:00:00:00:02", "SN01",
          "52-54-00-ff-ff-00-00-02" },
        { "0000:01:00.0", "0000:00:01.0/00.0", BRIDGE_CHAIN, "ens1f0", "52:54:00:00:01:00", "SN10",
          "52-54-00-ff-ff-00-01-00" },
        { "0000:01:00.1", "0000:00:01.0/00.1", BRIDGE_CHAIN, "ens1f1", "52:54:00:00:01:01", "SN11",
          "52-54-00-ff-ff-00-01-01" },
        { "0000:01:00.2", "0000:00:01.0/00.2", BRIDGE_CHAIN, "ens1f2", "52:54:00:00:01:02", "SN12",
          "52-54-00-ff-ff-00-01-02" },
        { "0000:02:00.0", "0000:02:00.0", NULL, "ens2f0", "52:54:00:00:02:00", "SN20", "52-54-00-ff-ff-00-02-00" },
        { "0000:02:00.1", "0000:02:00.1", NULL, "ens2f1", "52:54:00:00:02:01", "SN21", "52-54-00-ff-ff-00-02-01" },
        { "0000:03:00.0", "0000:03:00.0", NULL, "ens3", "52:54:00:00:03:00", "SN30", "52-54-00-ff-ff-00-03-00" },
        { "0000:04:00.0", "0000:04:00.0", NULL, "ens4", "52:54:00:00:04:00", "SN40", "52-54-00-ff-ff-00-04-00" },
        { "0000:05:00.0", "0000:05:00.0", NULL, "ens5", "52:54:00:00:05:00", "SN50", "52-54-00-ff-ff-00-05-00" },
        { "0000:06:00.0", "0000:06:00.0", NULL, "ens6", "52:54:00:00:06:00", "SN60", "52-54-00-ff-ff-00-06-00" },
        { "10000:01:00.0", "10000:01:00.0", NULL, "ensv1", "52:54:00:00:07:00", "SN70", "52-54-00-ff-ff-00-07-00" },
};

enum { HAS_NETDEV = 1, HAS_NVME = 2, HAS_SERIAL = 4 };

static const struct {
        struct fake_pci spec;
        unsigned has;
} models[] = {
        { { .id = "10de:2487:1458:4073", .class = 0x030000, .native = "nouveau" }, 0 },
        { { .id = "10de:228b:1458:4073", .class = 0x040300, .native = "snd_hda_intel" }, 0 },
        { { .id = "1000:0097:1028:1f53", .class = 0x010700, .native = "mpt3sas" }, 0 },
        { { .id = "8086:10c9:8086:a03c",
            .class = 0x020000,
            .native = "igb",
            .totalvfs = 4,
            .vf_device = 0x10ca,
            .vf_native = "igbvf",
            .vf_stride = 2,
            .vf_netdevs = true },
          HAS_NETDEV | HAS_SERIAL },
        { { .id = "10de:2236:10de:1482",
            .class = 0x030200,
            .native = "vgpu",
            .totalvfs = 3,
            .vf_device = 0x2236,
            .vf_native = "vgpu",
            .vf_mdev_types = vgpu_types,
            .mdev_ports = 2 },
          0 },
        { { .id = "144d:a808", .class = 0x010802, .native = "nvme" }, HAS_NVME },
        { { .id = "144d:a824",
            .class = 0x010802,
            .native = "nvme",
            .totalvfs = 3,
            .vf_device = 0xa824,
            .vf_native = "nvme" },
          HAS_NVME | HAS_SERIAL },
        { { .id = "8086:3e92", .class = 0x030000, .native = "i915", .mdev_types = serial_types, .mdev_ports = 3 }, 0 },
        { { .id = "8086:1901", .class = 0x060400, .native = "pcieport" }, 0 },
        { { .id = "dead:beef", .class = 0x120000 }, 0 },
};

#define MODEL_BRIDGE 8 /* what others are below of is nothing else */

static void read_records(void *records, size_t n, size_t size, struct input *in)
{
        uint8_t *bytes = records;

        for (size_t i = 0; i < n * size; i++)
                bytes[i] = input_byte(in);
}

void world_read(struct world *w, struct input *in)
{
        size_t next = 0;

        *w = (struct world){ 0 };
        w->n_devices = 1 + input_below(in, WORLD_DEVICES_MAX);
        w->n_sections = 1 + input_below(in, WORLD_SECTIONS_MAX);
        w->machine = input_byte(in);
        w->defaults = input_byte(in);
        w->fault.n = (uint16_t) (input_byte(in) << 8);
        w->fault.n |= input_byte(in);
        w->fault.fault = input_byte(in) % 4;
        w->fault.error = input_byte(in);
        read_records(&w->change, 1, sizeof(w->change), in);
        read_records(w->devices, w->n_devices, sizeof(*w->devices), in);
        read_records(w->sections, w->n_sections, sizeof(*w->sections), in);
        for (size_t i = 0; i < w->n_devices; i++) {
                w->places[i] = next + w->devices[i].place % 3;
                if (w->places[i] >= ARRAY_SIZE(places))
                        w->n_devices = (unsigned) i;
                next = w->places[i] + 1;
        }
}

const char *world_address(const struct world *w, size_t device)
{
        return places[w->places[device]].address;
}

const char *world_path(const struct world *w, size_t device)
{
        return places[w->places[device]].path;
}

static const char *start_driver(const struct world_device *d, const struct fake_pci *spec)
{
        bool vfio_fits = spec->group != FAKE_NO_GROUP && spec->class >> 16 != 0x06;

        switch (d->driver % 8) {
        case 5:
                return NULL;
        case 6:
                return vfio_fits ? "vfio-pci" : spec->native;
        case 7:
                return vfio_fits ? "pci-stub" : NULL;
        default:
                return spec->native;
        }
}

struct fake_pci world_spec(const struct world *w, size_t device)
{
        const struct world_device *d = &w->devices[device];
        size_t place = w->places[device], model = place == 0 ? MODEL_BRIDGE : d->model % ARRAY_SIZE(models);
        struct fake_pci spec = models[model].spec;

        spec.parent_chain = places[place].chain;
        if (models[model].has & HAS_NETDEV) {
                spec.netdev = places[place].netdev;
                spec.mac = places[place].mac;
                spec.current_mac = d->twin & 1 ? "02:00:00:00:00:99" : NULL;
        }
        if (models[model].has & HAS_NVME)
                spec.nvme_serial = d->twin & 2 ? "SAME" : places[place].nvme;
        if (models[model].has & HAS_SERIAL)
                spec.serial = places[place].serial;
        spec.group = d->group % 8 < 4 ? 0 : d->group % 8 == 7 ? FAKE_NO_GROUP : d->group % 4 + 1;
        /* The VFs of a card's functions side by side, and none in another's place. */
        spec.vf_offset = 0x10 + 0x20 * (unsigned) (places[place].address[strlen(places[place].address) - 1] - '0');
        spec.vf_shared_group = d->vfs % 16 == 9 && spec.group != FAKE_NO_GROUP;
        spec.vf_limit = d->vfs % 16 == 10 ? 1 : 0;
        spec.vf_silent_zero = d->vfs % 16 == 11;
        spec.numvfs_error = d->vfs % 16 == 12 ? ENOMEM : 0;
        spec.mdev_delay = d->vfs % 16 == 13 ? 200000 : 0;
        spec.driver = start_driver(d, &spec);
        return spec;
}

static void poke(struct fake_kernel *k, const char *address, const char *attribute, const char *value)
{
        CLEANUP_FREE char *path = fake_printf("sys/bus/pci/devices/%s/%s", address, attribute);

        (void) fake_poke(k, path, value);
}

/* What the device has before the first run: VFs, an override, a driver that does not want it, a VM. */
static void prepare(struct fake_kernel *k, const char *address, const struct world_device *d)
{
        static const char *const overrides[] = { "vfio-pci", "pci-stub", "none", "absent" };
        static const int errors[] = { EINVAL, EBUSY, EIO, FAKE_EPROBE_DEFER };
        char number[2] = { (char) ('1' + d->have / 4 % 4), '\0' };
        const char *vf, *driver;

        if (d->have % 4 == 3) {
                poke(k, address, "sriov_numvfs", number);
                vf = fake_vf_address(k, address, 0);
                if (vf && d->have & 64) {
                        poke(k, vf, "driver_override", "vfio-pci");
                        (void) fake_modprobe(k, "vfio_pci");
                        (void) fake_poke(k, "sys/bus/pci/drivers/vfio-pci/bind", vf);
                }
        }
        if (d->have % 4 == 2)
                poke(k, address, "driver_override", overrides[d->have / 4 % ARRAY_SIZE(overrides)]);
        if (d->trouble % 8 == 5)
                fake_probe_error(k, address, "vfio-pci", errors[d->trouble / 8 % ARRAY_SIZE(errors)]);
        vf = fake_vf_address(k, address, 0);
        if (d->trouble % 8 == 7)
                for (const char *name = address; name; name = name == address ? vf : NULL) {
                        driver = fake_driver_of(k, name);
                        if (driver && streq(driver, "vfio-pci"))
                                fake_open(k, name, 1 + d->trouble / 8 % 3);
                }
}

struct fake_kernel *world_kernel(const struct world *w)
{
        static const struct fake_param kvm[] = {
                { .name = "ignore_msrs", .value = "N", .writable = true, .boolean = true },
                { .name = "nested", .value = "Y", .boolean = true },
                { .name = "halt_poll_ns", .value = "200000", .writable = true },
                { 0 },
        };
        struct fake_kernel *k = fake_new();

        fake_module_add(k, "kvm", &(struct fake_module){ .loaded = w->machine & 1, .params = kvm });
        fake_module_add(k, "mtty",
                        &(struct fake_module){ .loaded = w->machine & 2,
                                               .parent_path = "virtual/mtty/mtty",
                                               .mdev_types = serial_types,
                                               .mdev_ports = 4 });
        fake_driver_add(k, "pci-stub", &(struct fake_driver){ .vfio = true });
        fake_driver_add(k, "igb_vfio_pci", &(struct fake_driver){ .vfio = true });
        fake_alias_add(k, "vfio_pci:v00008086d*sv*sd*bc02sc*i*", "igb_vfio_pci");
        fake_driver_add(k, "igbvf", &(struct fake_driver){ .async = w->machine & 4 ? 30000 : 0 });
        fake_driver_add(k, "igb", &(struct fake_driver){ .no_sriov = (w->machine & 24) == 24 });
        fake_udev_autoload(k, w->machine & 32);
        fake_udev_busy_until(k, w->machine & 64 ? 500000 : 0);
        for (size_t i = 0; i < w->n_devices; i++) {
                struct fake_pci spec = world_spec(w, i);

                fake_pci_add(k, world_address(w, i), &spec);
        }
        for (size_t i = 0; i < w->n_devices; i++)
                prepare(k, world_address(w, i), &w->devices[i]);
        return k;
}

void world_start_vms(const struct world *w, struct fake_kernel *k)
{
        for (const struct device *d = k->devices; d; d = d->next)
                for (size_t i = 0; i < w->n_devices; i++) {
                        const char *owner = d->physfn ? d->physfn->name : d->name;

                        if (w->change.opened & 1U << i && streq(owner, world_address(w, i)) && d->driver &&
                            d->driver->vfio && !streq(d->driver->name, "pci-stub"))
                                fake_open(k, d->name, FAKE_OPEN_BOTH);
                }
        for (const struct mdev *m = k->mdevs; m; m = m->next)
                if (w->change.opened & 0x80)
                        fake_open(k, m->uuid, FAKE_OPEN_GROUP);
}

static size_t pulled(const struct world *w)
{
        return w->change.section % w->n_devices;
}

static void pull(struct fake_kernel *k, void *arg)
{
        const struct world *w = arg;

        fake_pci_remove(k, world_address(w, pulled(w)));
}

bool world_pull(const struct world *w, struct fake_kernel *k)
{
        static const char *const writes[] = { "driver_override",
                                              "unbind",
                                              "bind",
                                              "sriov_numvfs",
                                              "drivers_probe",
                                              "create",
                                              "passthru-setup/state",
                                              "sriov_drivers_autoprobe" };

        if (!(w->machine & 128) || world_spec(w, pulled(w)).class >> 16 == 0x06)
                return false;
        fake_after_write(k, writes[w->change.take % ARRAY_SIZE(writes)], NULL, pull, (void *) w);
        return true;
}

void world_put_back(const struct world *w, struct fake_kernel *k)
{
        const struct fake_pci spec = world_spec(w, pulled(w));

        if (device_find(k, world_address(w, pulled(w))))
                return;
        fake_pci_add(k, world_address(w, pulled(w)), &spec);
        prepare(k, world_address(w, pulled(w)), &w->devices[pulled(w)]);
}

static int compare_lines(const void *a, const void *b)
{
        return strcmp(*(char *const *) a, *(char *const *) b);
}

char *world_digest(struct fake_kernel *k)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };
        char *lines[256];
        size_t n = 0;

        for (const struct device *d = k->devices; d; d = d->next) {
                REQUIRE(n < ARRAY_SIZE(lines));
                lines[n++] = fake_printf("%s driver %s override %s numvfs %u autoprobe %d", d->name,
                                         d->driver ? d->driver->name : "none", d->override_ ? d->override_ : "none",
                                         d->numvfs, d->autoprobe);
        }
        for (const struct mdev *m = k->mdevs; m; m = m->next) {
                REQUIRE(n < ARRAY_SIZE(lines));
                lines[n++] = fake_printf("mdev %s of %s on %s", m->uuid, m->type->id, m->parent->dir->name);
        }
        qsort(lines, n, sizeof(*lines), compare_lines);
        for (size_t i = 0; i < n; i++) {
                strbuf_addf(&text, "%s\n", lines[i]);
                free(lines[i]);
        }
        return strbuf_steal(&text);
}
