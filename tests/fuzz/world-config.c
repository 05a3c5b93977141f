/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration out of a fuzzer's input, and what its sections may touch. */
#include <string.h>

#include "base/macro.h"
#include "fake/fake-internal.h"
#include "fuzz/world-internal.h"

#define UUID "4b20d080-1b54-4048-85b3-a6a62d165c0"

enum flag { FLAG_EXPECT = 16, FLAG_OPTIONAL = 32, FLAG_WRONG_EXPECT = 64 };

enum kind world_kind(const struct world_section *s)
{
        static const enum kind kinds[] = { KIND_DEVICE, KIND_DEVICE, KIND_SRIOV,  KIND_SRIOV,
                                           KIND_MDEV,   KIND_MDEV,   KIND_MODULE, KIND_DEVICE };

        return kinds[s->kind % ARRAY_SIZE(kinds)];
}

/* Of eight sections seven are about a device that can be what they want, if there is one. */
static bool suits(const struct world *w, const struct world_section *s, size_t device)
{
        const struct fake_pci spec = world_spec(w, device);

        if (s->more / 8 % 8 == 7)
                return true;
        switch (world_kind(s)) {
        case KIND_DEVICE:
                return spec.class >> 16 != 0x06;
        case KIND_SRIOV:
                return spec.totalvfs > 0;
        case KIND_MDEV:
                return spec.mdev_types;
        case KIND_MODULE:
                break;
        }
        return true;
}

size_t world_device(const struct world *w, const struct world_section *s)
{
        for (size_t i = 0; i < w->n_devices; i++)
                if (suits(w, s, (s->device + i) % w->n_devices))
                        return (s->device + i) % w->n_devices;
        return s->device % w->n_devices;
}

const struct world_section *world_pf(const struct world *w, const struct world_section *s)
{
        for (size_t i = 0; i < w->n_sections; i++) {
                const struct world_section *other = &w->sections[(s->vf / 8 + i) % w->n_sections];

                if (world_kind(other) == KIND_SRIOV)
                        return other;
        }
        return NULL;
}

unsigned world_vf(const struct world_section *s)
{
        return s->vf % 4;
}

enum way world_way(const struct world *w, const struct world_section *s)
{
        static const enum way ways[] = { BY_ADDRESS,   BY_ADDRESS, BY_SLOT,   BY_ID, BY_ID, BY_PATH,
                                         BY_INTERFACE, BY_MAC,     BY_SERIAL, BY_VF, BY_VF, BY_NAME };
        enum way way = ways[s->selector % ARRAY_SIZE(ways)];
        const struct fake_pci spec = world_spec(w, world_device(w, s));
        enum kind kind = world_kind(s);

        if ((way == BY_VF && (kind == KIND_SRIOV || !world_pf(w, s))) || (way == BY_NAME && kind != KIND_MDEV) ||
            (way == BY_SLOT && kind != KIND_DEVICE) || (way == BY_INTERFACE && !spec.netdev) ||
            (way == BY_MAC && !spec.mac) || (way == BY_SERIAL && !spec.serial && !spec.nvme_serial))
                return BY_ADDRESS;
        return way;
}

const char *world_serial(const struct fake_pci *spec, const struct world_section *s)
{
        return spec->nvme_serial && (s->more & 1 || !spec->serial) ? spec->nvme_serial : spec->serial;
}

bool world_names_vf_interface(const struct world_section *s)
{
        return s->more % 8 == 7;
}

bool world_is_off(const struct world_section *s)
{
        return s->flags % 8 == 7;
}

bool world_whole_id(const struct world_section *s)
{
        return s->more & 1;
}

static bool has_expect(const struct world *w, const struct world_section *s)
{
        return s->flags & FLAG_EXPECT && world_way(w, s) != BY_VF && world_way(w, s) != BY_NAME;
}

bool world_expects_another(const struct world *w, const struct world_section *s)
{
        return has_expect(w, s) && s->flags & FLAG_WRONG_EXPECT;
}

bool world_all_functions(const struct world *w, const struct world_section *s)
{
        return world_kind(s) == KIND_DEVICE && s->take & 16 && world_way(w, s) != BY_VF && world_way(w, s) != BY_SLOT;
}

/* 0 and 1 leave it to [passthru]. */
static unsigned group_of(const struct world_section *s)
{
        return world_kind(s) == KIND_SRIOV ? s->take / 8 % 4 : s->take % 4;
}

#define DEFAULT_WHOLE 2 /* in the table of world_config() */

bool world_whole_group(const struct world *w, const struct world_section *s)
{
        return group_of(s) == 2 || (group_of(s) < 2 && w->defaults % 8 == DEFAULT_WHOLE);
}

static const struct {
        const char *module, *body;
} modules[] = {
        { "kvm", "[module kvm]\nignore_msrs = 1\nnested = 1\n" },
        { "kvm", "[module kvm]\nhalt_poll_ns = 0x10\n" },
        { "mtty", "[module mtty]\n" },
        { "vfio_iommu_type1", "[module vfio_iommu_type1]\nallow_unsafe_interrupts = 1\n" },
        { "vfio_pci", "[module vfio-pci]\ndisable_vga = 1\n" },
        { "absent", "[module absent]\nx = 1\n" },
        { "kvm", "[module kvm]\nnested = 0\n" },
        { "igbvf", "[module igbvf]\n" },
};

const char *world_module(const struct world_section *s)
{
        return modules[s->number % ARRAY_SIZE(modules)].module;
}

/* "vendor:device", without the subsystem */
static char *short_id(const char *id)
{
        char *s = fake_strdup(id);

        s[strlen("10de:2487")] = '\0';
        return s;
}

static void add_selector(const struct world *w, const struct world_section *s, struct strbuf *text)
{
        size_t device = world_device(w, s);
        const struct fake_pci spec = world_spec(w, device);
        const char *address = world_address(w, device);
        CLEANUP_FREE char *id = short_id(spec.id);

        switch (world_way(w, s)) {
        case BY_ADDRESS:
                strbuf_addf(text, "address = %s\n", address);
                break;
        case BY_SLOT:
                strbuf_addf(text, "address = %.*s\n", (int) (strlen(address) - 2), address);
                break;
        case BY_ID:
                strbuf_addf(text, "id = %s\n", world_whole_id(s) ? spec.id : id);
                break;
        case BY_PATH:
                strbuf_addf(text, "path = %s\n", world_path(w, device));
                break;
        case BY_INTERFACE:
                strbuf_addf(text, "interface = %s%s\n", spec.netdev, world_names_vf_interface(s) ? "v0" : "");
                break;
        case BY_MAC:
                strbuf_addf(text, "mac = %s\n", spec.mac);
                break;
        case BY_SERIAL:
                strbuf_addf(text, "serial = %s\n", world_serial(&spec, s));
                break;
        case BY_VF:
                strbuf_addf(text, "%s = s%zu/%u\n", world_kind(s) == KIND_MDEV ? "parent" : "address",
                            (size_t) (world_pf(w, s) - w->sections), world_vf(s));
                break;
        case BY_NAME:
                strbuf_add(text, "parent = mtty\n");
                break;
        }
        if (has_expect(w, s))
                strbuf_addf(text, "expect = %s\n", world_expects_another(w, s) ? "1234:5678" : id);
}

static void add_common(const struct world_section *s, struct strbuf *text)
{
        if (world_is_off(s))
                strbuf_add(text, "enabled = no\n");
        if (s->flags & FLAG_OPTIONAL)
                strbuf_add(text, "required = no\n");
}

static void add_device(const struct world *w, const struct world_section *s, struct strbuf *text)
{
        static const char *const groups[] = { "", "", "group = whole\n", "group = ignore\n" };
        static const char *const drivers[] = { "", "", "driver = auto\n", "driver = pci-stub\n" };

        strbuf_addf(text, "%s%s", groups[group_of(s)], drivers[s->take / 4 % 4]);
        if (world_all_functions(w, s))
                strbuf_add(text, "functions = all\n");
        if (world_way(w, s) == BY_ID && s->number % 4 == 3)
                strbuf_add(text, "count = all\n");
        else if (world_way(w, s) == BY_ID && s->number % 4 > 0)
                strbuf_addf(text, "count = %u\n", s->number % 4);
}

static void add_sriov(const struct world_section *s, struct strbuf *text)
{
        static const char *const drivers[] = { "", "vfio-pci", "auto", "host", "none", "pci-stub", "host", "igbvf" };
        static const char *const groups[] = { "", "", "group = whole\n", "group = ignore\n" };
        const char *driver = drivers[s->take % ARRAY_SIZE(drivers)];

        if (s->number % 8 == 7)
                strbuf_add(text, "vfs = max\n");
        else
                strbuf_addf(text, "vfs = %u\n", s->number % 8);
        if (*driver)
                strbuf_addf(text, "vf-driver = %s\n", driver);
        strbuf_add(text, groups[group_of(s)]);
        if (s->uuid & 1)
                strbuf_add(text, "vf-mac = stable\n");
        if (s->uuid & 2)
                strbuf_add(text, "pf-up = yes\n");
        if (s->uuid & 4)
                strbuf_add(text, "mtu = 9000\n");
}

static bool has_its_own_section(const struct world *w, const struct world_section *pf)
{
        for (size_t i = 0; i < w->n_sections; i++)
                if (world_way(w, &w->sections[i]) == BY_VF && world_pf(w, &w->sections[i]) == pf && world_vf(&w->sections[i]) == 0)
                        return true;
        return false;
}

/* [vf sN/0], where nothing else names that VF. */
static void add_vf(const struct world *w, const struct world_section *pf, struct strbuf *text)
{
        static const char *const bodies[] = { "", "vlan = 5\nqos = 1\n", "trust = yes\nmax-tx-rate = 10\n",
                                              "mac = 52:54:00:00:00:0%zu\n", "msix-count = 4\n", "query-rss = yes\n" };
        unsigned which = pf->uuid / 8 % ARRAY_SIZE(bodies);

        if (which == 0 || pf->number % 8 == 0 || has_its_own_section(w, pf))
                return;
        strbuf_addf(text, "[vf s%zu/0]\n", (size_t) (pf - w->sections));
        strbuf_addf(text, bodies[which], (size_t) (pf - w->sections)); /* a MAC is one VF's */
        /* Its PF's driver, or another: what a section of its own may do to a VF. */
        strbuf_add(text, pf->uuid & 128 ? "driver = host\n" : "");
}

static void add_mdev(const struct world_section *s, struct strbuf *text)
{
        static const char *const types[] = { "mtty-1",  "mtty-2",          "vgpu-35", "GRID A", "Single port serial",
                                             "vgpu-36", "Dual port serial" };
        static const char *const attrs[] = { "",
                                             "",
                                             "attr = level=5\n",
                                             "attr = level=bad\n",
                                             "attr = assign=1\nattr = level=2\n",
                                             "attr = vgpu_params=frl=0\n" };

        strbuf_addf(text, "type = %s\n%s", types[s->type % ARRAY_SIZE(types)],
                    attrs[s->uuid / 16 % ARRAY_SIZE(attrs)]);
        if (s->number % 4 > 1)
                strbuf_addf(text, "count = %u\n", s->number % 4);
        else if (s->uuid % 4 == 3)
                strbuf_addf(text, "uuid = " UUID "%x\n", s->uuid / 4 % 4);
}

struct world world_changed(const struct world *w)
{
        struct world then = *w;
        struct world_section *s = &then.sections[w->change.section % w->n_sections];

        s->take ^= w->change.take;
        s->number ^= w->change.number;
        return then;
}

void world_config(const struct world *w, struct strbuf *text)
{
        static const char *const defaults[] = { "",
                                                "driver = auto\n",
                                                "group = whole\n",
                                                "group = ignore\n",
                                                "settle-timeout = 0\n",
                                                "required = no\n",
                                                "",
                                                "driver = pci-stub\n" };

        strbuf_addf(text, "[passthru]\n%s", defaults[w->defaults % ARRAY_SIZE(defaults)]);
        for (size_t i = 0; i < w->n_sections; i++) {
                const struct world_section *s = &w->sections[i];

                switch (world_kind(s)) {
                case KIND_DEVICE:
                        strbuf_addf(text, "[device d%zu]\n", i);
                        add_selector(w, s, text);
                        add_device(w, s, text);
                        break;
                case KIND_SRIOV:
                        strbuf_addf(text, "[sriov s%zu]\n", i);
                        add_selector(w, s, text);
                        add_sriov(s, text);
                        break;
                case KIND_MDEV:
                        strbuf_addf(text, "[mdev m%zu]\n", i);
                        add_selector(w, s, text);
                        add_mdev(s, text);
                        break;
                case KIND_MODULE:
                        strbuf_add(text, modules[s->number % ARRAY_SIZE(modules)].body);
                        break;
                }
                add_common(s, text);
        }
        for (size_t i = 0; i < w->n_sections; i++)
                if (world_kind(&w->sections[i]) == KIND_SRIOV)
                        add_vf(w, &w->sections[i], text);
}
