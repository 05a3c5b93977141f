/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A machine that has something of everything, and who uses it for what. */
#include "unit/rich.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/strutil.h"
#include "base/uuid.h"
#include "property/nvme-virt.h"
#include "unit/facts.h"
#include "usage/usage-parse.h"

#define ROOT "pci0000:00/"
#define CARD ROOT "0000:00:01.0/0000:01:00"
#define MDEV_KEPT "4b20d080-1b54-4048-85b3-a6a62d165c01"
#define MDEV_OLD "4b20d080-1b54-4048-85b3-a6a62d165c02"
#define MDEV_GONE "4b20d080-1b54-4048-85b3-a6a62d165c03"
#define MDEV_UNREAD "4b20d080-1b54-4048-85b3-a6a62d165c04"
#define MDEV_VGPU "4b20d080-1b54-4048-85b3-a6a62d165c07"

const struct test_file rich_config[2] = {
        { "/etc/passthru.conf",
          "[passthru]\nvfio-group = kvm\nsettle-timeout = 500ms\nwrite-timeout = 1min\n"
          "[module kvm]\nignore_msrs = 1\nnested = 0\nunseen = 1\n"
          "[module vfio-pci]\ndisable_vga = 1\nmode = two words\n"
          "[module unread]\nx = 1\n"
          "[device gpu]\naddress = 01:00.0\nfunctions = all\nexpect = 10de:2484\n"
          "reset-method = bus\nd3cold = no\npower-control = on\nbar-size.1 = 8G\nrom-dump = gpu.rom\n"
          "[device twins]\nid = 10de:2484\n"
          "[device wrong]\naddress = 00:14.0\nexpect = 10de:2484\n"
          "[device gone]\npath = 0000:00:1c.0/00.0\nexpect = 8086:*\n"
          "[device held]\ninterface = enp8s0\n"
          "[device mac]\nmac = 52:54:00:00:07:00\ndriver = auto\n"
          "[device serial]\nserial = SN4\n"
          "[device absent]\ninterface = none\nrequired = no\n"
          "[device sas]\naddress = 05:00.0\nbar-size.1 = 16G\n"
          "[device disks]\naddress = 0a:00.0\n"
          "[device still]\naddress = 02:00.0\nreset-method = default\nbar-size.1 = 1G\n"
          "[device console]\nid = 8086:3e92\n"
          "[device whole]\naddress = 0b:00.0\ngroup = whole\n"
          "[device many]\nid = dead:*\ncount = all\n"
          "[device both]\naddress = 0c:00.0\n"
          "[device few]\nid = 1234:5678\ncount = 3\n"
          "[device off]\naddress = 0d:00.0\nenabled = no\n"
          "[device audio]\naddress = 00:02.1\n"
          "[device net]\nbus = platform\naddress = fff51000.ethernet\n[device queue]\nbus = ap\naddress = 03.0006\n"
          "[device dma]\nbus = amba\naddress = 2b600000.dma\ngroup = whole\n"
          "[device alone]\nbus = amba\naddress = 2b620000.dma\n"
          "[mdev kept]\nparent = mtty\ntype = mtty-1\nuuid = " MDEV_KEPT "\nattr = level=1\n",
          0 },
        { "/etc/passthru.conf.d/50-more.conf",
          "[module kvm]\nhalt-poll-ns = 7\n"
          "[sriov up]\naddress = 03:00.0\nvfs = 3\n"
          "[device vm]\naddress = up/1\nreset-method = flr\npower-control = auto\n[device vm2]\naddress = up/2\n"
          "rom-dump = /srv/vf.rom\n"
          "[device lost]\naddress = refused/0\n"
          "[sriov refused]\naddress = 05:00.1\nvfs = 2\n"
          "[sriov drive]\nserial = SN4-pf\nvfs = max\nvf-driver = host\nvf-queues = 2\n"
          "[sriov there]\naddress = 0e:00.0\nvfs = 2\nvf-queues = 2\nvf-interrupts = 3\n"
          "[sriov nic]\naddress = 10:00.0\nvfs = 2\nvf-mac = stable\npf-up = yes\nmtu = 9000\n"
          "[vf nic/0]\nvlan = 100\nqos = 3\ntrust = yes\ndriver = host\n"
          "[vf nic/1]\nmac = 52:54:00:00:10:01\nmax-tx-rate = 500\nvlan = none\n"
          "[sriov nics]\naddress = 11:00.0\nvfs = 3\nvf-mac = stable\n[vf nics/0-1]\nspoofchk = no\n"
          "[vf refused/1]\nvlan = 1\n"
          "[sriov gpus]\naddress = 12:00.0\nvfs = 4\nvf-driver = host\n"
          "[sriov switch]\naddress = 13:00.0\nvfs = 2\nvf-driver = host\neswitch = switchdev\n[vf switch/1]\n"
          "[mdev vgpu]\nparent = gpus/0\ntype = NVIDIA A16-4Q\nattr = vgpu_params=a=1\n"
          "[mdev vgpus]\nparent = 12:00.0\ntype = 591\ncount = 2\n"
          "[mdev big]\nparent = gpus/3\ntype = 593\n"
          "[mdev onvf]\naddress = drive/1\ntype = t\n"
          "[mdev serials]\nparent = mtty\ntype = Dual port serial\ncount = 2\nattr = level=3\nattr = mode = x y\n"
          "[mdev notype]\nparent = mtty\ntype = other\n"
          "[mdev noparent]\nparent = away\ntype = t\n"
          "[device serial]\ndriver = pci-stub\n"
          "[mdev kept]\nattr = level=2\n",
          0 },
};

const struct test_file rich_mistakes[2] = {
        { "/etc/passthru.conf",
          "key = before\n[devcie x]\n[unlike anything]\n[device]\n[passthru x]\n[device a b]\n[device open\n[device x] y\n"
          "[device twice]\naddress = 01:00.0\naddress = 02:00.0\nid = 1:2\nadress = 1\nuuid = 1\nzzzzzz = 1\ntwo words\n"
          "[sriov up]\naddress = 01:00\nvfs = many\n"
          "[device vf]\naddress = upp/3\n[device lower]\naddress = up/1\n"
          "[device none]\n[sriov none]\n[mdev none]\n[mdev counted]\nparent = p\ntype = t\nuuid = " MDEV_KEPT "\ncount = 2\n"
          "[device counted]\naddress = 09:00.0\ncount = 2\n",
          0 },
        { "/etc/passthru.conf.d/50-more.conf",
          "[sriov v]\naddress = 07:00.0\nvfs = 4\n[vf v]\n[vf v/1]\nmac = 52:54:00:00:00:01\nqos = 1\nvlan = x\n"
          "[vf v/0-2]\nmac = 52:54:00:00:00:01\n[vf w/1]\n[vf v/9]\n[device dv]\naddress = v/2\n"
          "[device again]\naddress = 0000:01:00.0\n[mdev same]\nparent = q\ntype = t\nuuid = " MDEV_KEPT "\n"
          "[module vfio_pci]\nids = 1:2\na b = 1\n[sriov up]\nvfs = 1,2\ngroup = \"whole\"\nforce =\nvf-interrupts = 2\n"
          "[device x]\nreset-method = frl bus\nbar-size.1 = 3G\nbar-size.6 = 1G\nrom-dump = ../x\n"
          "[device y]\nid = 1:2\ncount = 2\nrom-dump = x\n"
          "[device b]\nbus = ap\nid = 1:2\ndriver = auto\n[device c]\nbus = css\n[device d]\nbus = usb\n",
          0 },
};

static void add_vf_pfs(struct inventory *inv)
{
        inv_pf(inv, "0000:03:00.0", 7, "0000:03:10.0", 2, 0x10ca);
        inv_pf(inv, "0000:04:00.0", 2, NULL, 0, 0xa824);
        inv_pf(inv, "0000:10:00.0", 4, "0000:10:10.0", 2, 0x154c);
        inv_pf(inv, "0000:11:00.0", 4, NULL, 0, 0x154c);
        inv_pf(inv, "0000:12:00.0", 4, "0000:12:10.0", 4, 0x25b6);
        inv_pf(inv, "0000:13:00.0", 4, "0000:13:10.0", 2, 0x101e);
        inv_pf(inv, "0000:14:00.0", 4, "0000:14:10.0", 1, 0x101e);
        values_set(function_values(inv_at(inv, "0000:13:00.0")), PROPERTY_ESWITCH, ESWITCH_LEGACY);
        values_set(function_values(inv_at(inv, "0000:14:00.0")), PROPERTY_ESWITCH, ESWITCH_SWITCHDEV);
        inv_pf(inv, "0000:0e:00.0", 4, "0000:0e:10.0", 2, 0x154c);
        inv_at(inv, "0000:03:00.0")->autoprobe = false;
}

/* Two VFs' controllers, and all resources the PF's. */
static void add_controllers(struct inventory *inv)
{
        uint8_t primary[NVME_DATA_SIZE] = { 7, [32] = 8, [40] = 8, [44] = 4, [64] = 4, [72] = 4, [76] = 2 },
                list[NVME_DATA_SIZE] = { 2, [32] = 101, [40] = 1, [64] = 102, [72] = 2 };

        assert_int_equal(nvme_virt_parse(primary, list, &inv_at(inv, "0000:04:00.0")->nvme), 0);
}

static void add_modules(struct inventory *inv)
{
        struct module_info *kvm = inv_module(inv, "kvm", true);

        inv_param(kvm, "ignore_msrs", "N", true);
        inv_param(kvm, "nested", "Y", false);
        inv_param(kvm, "halt_poll_ns", "200000", true);
        inv_module(inv, "unread", true)->error = EIO;
}

static void add_mdevs(struct inventory *inv)
{
        struct mdev_parent *mtty = inv_parent(inv, "mtty", NULL);

        inv_type(mtty, "mtty-1", "Single port serial", 24);
        inv_type(mtty, "mtty-2", "Dual port serial", 12);
        inv_mdev(inv, MDEV_KEPT, "mtty", "mtty-1");
        inv_mdev(inv, MDEV_OLD, "mtty", "mtty-2");
        inv_mdev(inv, MDEV_UNREAD, "mtty", NULL);
        mtty->types[0].description = xstrdup("ports: 1\nbaud: 9600");
}

/* VFs that are vGPUs themselves: none yet, as wanted, of another type, and with no room for what is wanted. */
static void add_vgpus(struct inventory *inv)
{
        static const struct {
                const char *vf;
                unsigned current;
        } vgpus[] = { { "0000:12:10.0", 0 }, { "0000:12:10.1", 591 }, { "0000:12:10.2", 592 }, { "0000:12:10.3", 0 } };

        for (size_t i = 0; i < ARRAY_SIZE(vgpus); i++) {
                struct mdev_parent *p = inv_parent(inv, vgpus[i].vf, vgpus[i].vf);

                p->vgpu = true;
                p->current = vgpus[i].current;
                if (p->current > 0)
                        continue;
                inv_type(p, "591", "NVIDIA A16-2Q", 1);
                inv_type(p, "592", "NVIDIA A16-4Q", 1);
        }
}

static void set_up(struct inventory *inv, const char *address)
{
        struct pci_function *f = inv_at(inv, address);

        assert_non_null(function_values(f));
        f->vf_read = true;
        assert_int_equal(
                values_text_parse("mac=02:00:00:00:00:01 vlan=9 qos=0 vlan-protocol=802.1q spoofchk=yes trust=no "
                                  "min-tx-rate=none max-tx-rate=none query-rss=-",
                                  f->values),
                0);
}

/* What the sections set: the GPU's, those of the card that is held, and of an HBA that can't be resized. */
static void add_settings(struct inventory *inv)
{
        static const char *const addresses[] = { "0000:01:00.0", "0000:02:00.0", "0000:05:00.0" };

        for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
                struct pci_function *f = inv_at(inv, addresses[i]);

                assert_non_null(function_values(f));
                assert_int_equal(values_text_parse("d3cold=yes power-control=auto bar-size.1=256M", f->values), 0);
                assert_int_equal(value_text_parse("reset-method=flr bus", f->values), 0);
                assert_non_null(function_details(f));
                f->details->bar_sizes[1] = 0x3f00;
                f->details->rom = true;
        }
}

struct inventory *rich_machine(void)
{
        static const struct fn functions[] = {
                { "0000:00:02.0", "8086:3e92", 0x030000, "i915", NULL, 0, ROOT "0000:00:02.0" },
                { "0000:00:02.1", "8086:a348", 0x040300, "snd_hda_intel", NULL, 0, ROOT "0000:00:02.1" },
                { "0000:00:14.0", "8086:a36d", 0x0c0330, "xhci_hcd", NULL, 1, ROOT "0000:00:14.0" },
                { "0000:01:00.0", "10de:2484", 0x030000, "nouveau", NULL, 3, CARD ".0" },
                { "0000:01:00.1", "10de:228b", 0x040300, "snd_hda_intel", NULL, 3, CARD ".1" },
                { "0000:02:00.0", "10de:2484", 0x030000, "vfio-pci", "vfio-pci", 4, NULL },
                { "0000:03:00.0", "8086:10c9", 0x020000, "igb", NULL, 5, ROOT "0000:03:00.0" },
                { "0000:03:10.0", "8086:10ca", 0x020000, "igbvf", NULL, 7, ROOT "0000:03:10.0" },
                { "0000:03:10.2", "8086:10ca", 0x020000, "igbvf", NULL, 8, ROOT "0000:03:10.2" },
                { "0000:04:00.0", "144d:a824", 0x010802, "nvme", NULL, 9, ROOT "0000:04:00.0" },
                { "0000:05:00.0", "1000:0097", 0x010700, "mpt3sas", NULL, 10, ROOT "0000:05:00.0" },
                { "0000:05:00.1", "1000:0098", 0x010700, "mpt3sas", NULL, 10, ROOT "0000:05:00.1" },
                { "0000:06:00.0", "8086:1901", 0x060400, "shpchp", NULL, 10, NULL },
                { "0000:07:00.0", "15b3:101e", 0x020000, "mlx5_core", NULL, 12, ROOT "0000:07:00.0" },
                { "0000:08:00.0", "8086:1521", 0x020000, "vfio-pci", "vfio-pci", 13, ROOT "0000:08:00.0" },
                { "0000:0a:00.0", "1000:0097", 0x010700, "mpt3sas", NULL, 14, ROOT "0000:0a:00.0" },
                { "0000:0b:00.0", "8086:2723", 0x028000, "iwlwifi", NULL, 15, ROOT "0000:0b:00.0" },
                { "0000:0b:00.1", "8086:2724", 0x028000, "iwlwifi", NULL, 15, ROOT "0000:0b:00.1" },
                { "0000:0c:00.0", "dead:beef", 0x120000, NULL, NULL, 16, NULL },
                { "0000:0e:00.0", "8086:1572", 0x020000, "i40e", NULL, 17, NULL },
                { "0000:0e:10.0", "8086:154c", 0x020000, "vfio-pci", "vfio-pci", 18, NULL },
                { "0000:0e:10.1", "8086:154c", 0x020000, "iavf", NULL, 19, NULL },
                { "0000:10:00.0", "8086:1572", 0x020000, "i40e", NULL, 20, NULL },
                { "0000:10:10.0", "8086:154c", 0x020000, "iavf", NULL, 21, NULL },
                { "0000:10:10.1", "8086:154c", 0x020000, "vfio-pci", "vfio-pci", 22, NULL },
                { "0000:11:00.0", "8086:1572", 0x020000, "i40e", NULL, 23, NULL },
                { "0000:12:00.0", "10de:25b6", 0x030200, "nvidia", NULL, 24, NULL },
                { "0000:12:10.0", "10de:25b6", 0x030200, "nvidia", NULL, 25, NULL },
                { "0000:12:10.1", "10de:25b6", 0x030200, "nvidia", NULL, 26, NULL },
                { "0000:12:10.2", "10de:25b6", 0x030200, "nvidia", NULL, 27, NULL },
                { "0000:12:10.3", "10de:25b6", 0x030200, "nvidia", NULL, 28, NULL },
                { "0000:13:00.0", "15b3:101d", 0x020000, "mlx5_core", NULL, 29, NULL },
                { "0000:13:10.0", "15b3:101e", 0x020000, "mlx5_core", NULL, 30, NULL },
                { "0000:13:10.1", "15b3:101e", 0x020000, "mlx5_core", NULL, 31, NULL },
                { "0000:14:00.0", "15b3:101d", 0x020000, "mlx5_core", NULL, 32, NULL },
                { "0000:14:10.0", "15b3:101e", 0x020000, "mlx5_core", NULL, 33, NULL },
        };
        static const char *const drivers[] = { "i915", "igb", "iwlwifi", "mlx5-vfio-pci", "nouveau", "vfio-pci" };
        struct inventory *inv = calloc(1, sizeof(*inv));
        struct unreadable *u;

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        add_vf_pfs(inv);
        add_modules(inv);
        add_mdevs(inv);
        add_vgpus(inv);
        inv_netdev(inv, "0000:10:00.0", "enp16s0", "52:54:00:00:10:00");
        assert_int_equal(values_text_parse("mtu=1280 pf-up=no", function_values(inv_at(inv, "0000:10:00.0"))), 0);
        inv_netdev(inv, "0000:11:00.0", "enp17s0", "52:54:00:00:11:00");
        set_up(inv, "0000:10:10.0");
        set_up(inv, "0000:10:10.1");
        add_settings(inv);
        add_controllers(inv);
        rich_buses(inv);
        inv_netdev(inv, "0000:07:00.0", "enp7s0", "52:54:00:00:07:00");
        inv_serial(inv, "0000:04:00.0", "SN4-pf");
        inv_serial(inv, "0000:0b:00.1", "SN4");
        inv_drivers(inv, drivers, ARRAY_SIZE(drivers));
        inv_at(inv, "0000:04:00.0")->resets = xstrdup("flr bus");
        inv_alias(inv, "vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i*", "mlx5_vfio_pci");
        inv_at(inv, "0000:01:00.0")->name = xstrdup("GA104 [GeForce RTX 3070]");
        u = ARRAY_APPEND(inv->unreadable, inv->n_unreadable, inv->alloc_unreadable);
        assert_non_null(u);
        *u = (struct unreadable){ .address = { .bus = 0xf }, .error = EIO, .group = 77 };
        return inv;
}

static struct state_device *took(struct state *state, uint8_t bus, uint32_t id, const char *section, const char *driver)
{
        struct state_device *d = state_get_device(state, &(struct pci_address){ .bus = bus });

        assert_non_null(d);
        d->vendor = (uint16_t) (id >> 16);
        d->device = (uint16_t) id;
        d->section = xstrdup(section);
        d->has_driver = true;
        d->driver = driver ? xstrdup(driver) : NULL;
        return d;
}

void rich_state(struct state *state)
{
        static const struct {
                const char *uuid, *section, *parent, *type;
        } mdevs[] = {
                { MDEV_KEPT, "mdev kept", "mtty", "mtty-1" },
                { MDEV_OLD, "mdev old", "mtty", "mtty-2" },
                { MDEV_GONE, "mdev vanished", "mtty", "mtty-2" },
                { MDEV_UNREAD, "mdev unread", "mtty", "mtty-1" },
                { MDEV_VGPU, "mdev vold", "0000:12:00.0/1", "NVIDIA A16-2Q" },
        };
        struct state_device *d;
        uint8_t uuid[16];

        rich_bus_state(state);
        d = took(state, 0x02, 0x10de2484, "device old", "nouveau");
        d->to = xstrdup("vfio-pci");
        assert_int_equal(values_text_parse("reset-method=bus power-control=on bar-size.1=16G", &d->before), 0);
        d = took(state, 0x03, 0x808610c9, "sriov up", "igb");
        d->has_numvfs = true;
        values_set(&d->before, PROPERTY_AUTOPROBE, 1);
        d = took(state, 0x08, 0x80861521, "device held", "igb");
        d->selector = xstrdup("enp8s0");
        d->override_ = xstrdup("pci-stub");
        d = took(state, 0x10, 0x80861572, "sriov nic", "i40e");
        assert_int_equal(values_text_parse("mtu=1500 pf-up=no", &d->before), 0);
        d = state_get_device(state, &(struct pci_address){ .bus = 0x10, .device = 0x10 });
        assert_non_null(d);
        d->vendor = 0x8086;
        d->device = 0x154c;
        d->section = xstrdup("vf nic/0");
        assert_int_equal(values_text_parse("vlan=5 qos=1 trust=yes", &d->before), 0);
        values_set(&took(state, 0x14, 0x15b3101d, "sriov switches", "mlx5_core")->before, PROPERTY_ESWITCH,
                   ESWITCH_LEGACY);
        (void) took(state, 0x09, 0x12345678, "device vanished", NULL);
        (void) took(state, 0x0f, 0x12345678, "device unread", "nvme");
        for (size_t i = 0; i < ARRAY_SIZE(mdevs); i++) {
                assert_int_equal(uuid_parse(mdevs[i].uuid, uuid), 0);
                state_add_mdev(state, uuid, mdevs[i].section, mdevs[i].parent, mdevs[i].type);
                state_find_mdev(state, uuid)->unfinished = i == 0;
        }
        state_add_failure(state, "device gpu", EBUSY, "0000:01:00.0: bind to vfio-pci failed");
        state_add_failure(state, "device sas", ETIMEDOUT, "0000:05:00.0: unbind: no answer (30 s)");
        state_set_released(state, "device serial");
}

const char rich_mounts[] = "21 1 253:0 / / rw,relatime shared:1 - ext4 /dev/mapper/root rw\n"
                           "22 21 0:20 / /srv/a\\040b rw - btrfs /dev/sdb rw\n"
                           "23 21 0:30 / /net rw - nfs4 server:/net rw\n";
const char rich_swaps[] = "Filename\tType\tSize\n/dev/dm-1 partition 1\n/swap\\040file file 1\n";
const char rich_sockets[] = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
                            "   0: 0100A8C0:0016 0200A8C0:D431 01 00000000:00000000 00:00000000 00000000 0 0 77 1\n";
const char rich_cmdline[] = "quiet root=nfs:server:/x netroot=iscsi:@10.0.0.1::3260\n";

static void add_disks(struct usage *u)
{
        facts_block(u, "dm-0", "", 0)->label = xstrdup("vg0-root");
        u->blocks[0].major = 253;
        (void) facts_block(u, "md0", "", 1);
        (void) facts_block(u, "sda", ROOT "0000:0a:00.0/host0/target0/block/sda", 2);
        facts_block(u, "sda1", ROOT "0000:0a:00.0/host0/target0/block/sda/sda1", 3)->swap = true;
        facts_block(u, "sdb", ROOT "0000:04:00.0/block/sdb", 4)->btrfs = 0;
        (void) facts_block(u, "sdc", "platform/host9/session1/target9/block/sdc", 5);
        facts_made_of(u, "md0", "sda");
        facts_made_of(u, "dm-0", "md0");
        u->btrfs = calloc(1, sizeof(*u->btrfs));
        assert_non_null(u->btrfs);
        u->n_btrfs = 1;
        u->btrfs[0].n_members = 2;
        facts_mounts(u, rich_mounts);
}

struct usage *rich_usage(void)
{
        struct usage *u = usage_new();
        struct usage_keyboard *k;

        assert_non_null(u);
        add_disks(u);
        facts_net(u, "bond0", "")->default_route = true;
        (void) facts_net(u, "enp3s0v0", ROOT "0000:03:10.0/net/enp3s0v0");
        facts_net(u, "enp7s0", ROOT "0000:07:00.0/net/enp7s0")->ssh_peer = xstrdup("192.168.0.2");
        facts_net(u, "end0", "platform/fff51000.ethernet/net/end0")->ssh_peer = xstrdup("192.168.0.3");
        facts_over(u, "enp3s0v0", "bond0");
        k = ARRAY_APPEND(u->keyboards, u->n_keyboards, u->alloc_keyboards);
        assert_non_null(k);
        k->name = xstrdup("Logitech K120");
        k->place = xstrdup(ROOT "0000:00:14.0/usb1/input/input3");
        u->console_on_vt = true;
        u->framebuffer = xstrdup(ROOT "0000:00:02.0/drm/card0/graphics/fb0");
        return u;
}
