/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What `explain` says: of each status, of what no section claims, of what is to come and what has gone. */
#include "unit/machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/uuid.h"
#include "explain/explain.h"
#include "unit/facts.h"
#include "view/table.h"

#define MDEV_OURS "73000000-0000-0000-0000-000000000000"
#define MDEV_OLD "4b20d080-1b54-4048-85b3-a6a62d165c02"

static struct inventory *machine(void)
{
        static const struct fn functions[] = {
                { "0000:00:02.0", "8086:3e92", 0x030000, "i915", NULL, 0, NULL },
                { "0000:00:1c.0", "8086:7ab0", 0x060400, "shpchp", NULL, 9, NULL },
                { "0000:01:00.0", "10de:2484", 0x030000, "nouveau", NULL, 1, NULL },
                { "0000:01:00.1", "10de:228b", 0x040300, "snd_hda_intel", NULL, 1, NULL },
                { "0000:02:00.0", "144d:a808", 0x010802, "vfio-pci", NULL, 2, NULL },
                { "0000:03:00.0", "8086:10c9", 0x020000, "igb", NULL, 3, NULL },
                { "0000:03:10.0", "8086:10ca", 0x020000, "vfio-pci", "vfio-pci", 4, NULL },
                { "0000:03:10.2", "8086:10ca", 0x020000, NULL, NULL, 5, NULL },
                { "0000:04:00.0", "1000:0097", 0x010700, "mpt3sas", NULL, 9, NULL },
                { "0000:05:00.0", "1000:0098", 0x010700, "vfio-pci", "vfio-pci", 6, NULL },
                { "0000:06:00.0", "1000:0099", 0x010700, "mpt3sas", NULL, NO_GROUP, NULL },
        };
        static const char *const drivers[] = { "igb", "igbvf", "vfio-pci" };
        struct inventory *inv = calloc(1, sizeof(*inv));
        struct mdev_parent *igpu;

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        inv_pf(inv, "0000:03:00.0", 7, "0000:03:10.0", 2, 0x10ca);
        inv_netdev(inv, "0000:03:00.0", "enp3s0", NULL);
        inv_drivers(inv, drivers, ARRAY_SIZE(drivers));
        inv_type(inv_parent(inv, "mtty", NULL), "mtty-2", "Dual port serial", 4);
        igpu = inv_parent(inv, "0000:00:02.0", "0000:00:02.0");
        inv_type(igpu, "i915-4", NULL, 1);
        inv_mdev(inv, MDEV_OLD, "mtty", "mtty-2");
        inv_param(inv_module(inv, "kvm", true), "nested", "N", false);
        return inv;
}

/* What is explained, and from what. */
struct explain_case {
        const char *config, *word, *expected;
        void (*set)(struct planned *p, struct explain_facts *facts);
};

static char *explain(struct planned *p, const struct usage *usage, const char *word, const struct explain_facts *facts)
{
        const struct explain_input in = { p->inv, p->plan, &p->state, usage, false, NULL };
        const struct render_style style = { 0 };
        CLEANUP_STRBUF struct strbuf b = { 0 };
        CLEANUP_FREE struct explain_subject *subjects = NULL;
        size_t n = 0;

        explain_find(&in, word, &subjects, &n);
        for (size_t i = 0; i < n; i++) {
                CLEANUP_EXPLANATION struct explanation e = { 0 };
                CLEANUP_ROWS struct row_list rows = { 0 };

                explain_build(&in, &subjects[i], facts, &e);
                rows_of_explanation(&in, &e, &rows);
                strbuf_addf(&b, "%s\n", e.title);
                render_rows(&b, &rows, false, &style);
        }
        return strbuf_steal(&b);
}

static void assert_explained(const struct explain_case *cases, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                CLEANUP_EXPLAIN_FACTS struct explain_facts facts = { .journal_error = EOPNOTSUPP };
                CLEANUP(usage_freep) struct usage *usage = usage_new();
                CLEANUP_PLANNED struct planned p = { 0 };
                CLEANUP_FREE char *text = NULL;

                assert_non_null(usage);
                plan_for(&p, machine, cases[i].config);
                if (cases[i].set)
                        cases[i].set(&p, &facts);
                text = explain(&p, usage, cases[i].word, &facts);
                assert_text_of(cases[i].config, text, cases[i].expected);
        }
}

#define GPU "[device gpu]\naddress = 01:00.0\n"
#define UP "[sriov up]\naddress = 03:00.0\nvfs = 2\n"
#define SERIAL "[mdev serial]\nparent = mtty\ntype = mtty-2\n"
#define NOT_SET "; driver_override is not set\n"

static void fail_gpu(struct planned *p, struct explain_facts *facts)
{
        (void) facts;
        state_add_failure(&p->state, "device gpu", EBUSY, "0000:01:00.0: bind failed");
}

static void stick_gpu(struct planned *p, struct explain_facts *facts)
{
        (void) facts;
        state_add_failure(&p->state, "device gpu", ETIMEDOUT, "no answer");
}

static void release_gpu(struct planned *p, struct explain_facts *facts)
{
        (void) facts;
        state_set_released(&p->state, "device gpu");
}

/* As the guard does, when a VM has it open. */
static void open_gpu(struct planned *p, struct explain_facts *facts)
{
        facts->holders = calloc(1, sizeof(*facts->holders));
        assert_non_null(facts->holders);
        facts->n_holders = 1;
        facts->holders[0] = (struct explain_holder){ xstrdup("/dev/vfio/1"), xstrdup("qemu (pid 7)") };
        p->plan->items[0].busy = true;
        plan_refuse(p->plan, 0, "it is open");
}

#define GPU_HEAD "gpu: 0000:01:00.0 [10de:2484]\n"
#define GPU_WANTED "  wanted  vfio-pci, by [device gpu] (c:2: address = 01:00.0)\n  now     nouveau" NOT_SET
#define GPU_WITH "  with    0000:01:00.1 on snd_hda_intel\n  group   1: with 0000:01:00.1 (snd_hda_intel)\n"

static void of_each_status(void **unused)
{
        static const struct explain_case cases[] = {
                { GPU "functions = all\n", "gpu",
                  GPU_HEAD GPU_WANTED "  status  drift: apply would make it so\n" GPU_WITH
                                      "  next    systemctl reload-or-restart passthru-setup\n",
                  NULL },
                { GPU, "gpu",
                  GPU_HEAD GPU_WANTED
                  "  status  refused: IOMMU group 1 also contains 0000:01:00.1 (snd_hda_intel), so no VM can open it; "
                  "functions = all takes it along (c:1)\n  group   1: in the way: 0000:01:00.1 (snd_hda_intel)\n  "
                  "next    functions = all, in [device gpu] (c:1)\n",
                  NULL },
                { GPU "functions = all\n", "gpu",
                  GPU_HEAD GPU_WANTED "  status  failed: 0000:01:00.0: bind failed\n" GPU_WITH
                                      "  next    systemctl reload-or-restart passthru-setup\n",
                  fail_gpu },
                { GPU "functions = all\n", "gpu",
                  GPU_HEAD GPU_WANTED
                  "  status  stuck: no answer\n" GPU_WITH
                  "  next    systemctl reload-or-restart passthru-setup   (once whoever has it open has closed it)\n",
                  stick_gpu },
                { GPU "functions = all\n", "gpu",
                  GPU_HEAD GPU_WANTED "  status  released: passthru-setup release gave it back\n" GPU_WITH
                                      "  next    systemctl reload-or-restart passthru-setup\n",
                  release_gpu },
                { GPU "functions = all\n", "gpu",
                  GPU_HEAD
                  "  wanted   vfio-pci, by [device gpu] (c:2: address = 01:00.0)\n  now      nouveau" NOT_SET
                  "  status   refused: it is open (c:1)\n  with     0000:01:00.1 on snd_hda_intel\n"
                  "  group    1: with 0000:01:00.1 (snd_hda_intel)\n  held by  /dev/vfio/1: qemu (pid 7)\n"
                  "  next     systemctl reload-or-restart passthru-setup   (once qemu (pid 7) has closed it)\n",
                  open_gpu },
                { GPU "enabled = no\n", "gpu",
                  GPU_HEAD GPU_WANTED "  status  disabled: enabled = no\n"
                                      "  group   1: in the way: 0000:01:00.1 (snd_hda_intel)\n  next    enabled = "
                                      "yes, in [device gpu] (c:1)\n",
                  NULL },
                { GPU "enabled = no\n", "01:00.0",
                  GPU_HEAD GPU_WANTED "  status  disabled: enabled = no\n"
                                      "  group   1: in the way: 0000:01:00.1 (snd_hda_intel)\n  next    enabled = "
                                      "yes, in [device gpu] (c:1)\n",
                  NULL },
                { "[device gone]\nid = 1:2\nrequired = no\n", "gone",
                  "gone: id 1:2\n  wanted  vfio-pci, by [device gone] (c:2: id = 1:2)\n  now     not there\n"
                  "  status  absent: no device with id 1:2, not required (c:1)\n  next    passthru-setup list\n",
                  NULL },
                { "[device drive]\naddress = 02:00.0\n", "02:00.0",
                  "drive: 0000:02:00.0 [144d:a808]\n  wanted  vfio-pci, by [device drive] (c:2: address = 02:00.0)\n"
                  "  now     vfio-pci; driver_override is not set: ids= or new_id bound it\n"
                  "  status  drift: driver_override is not set: another driver may bind it\n  group   2: alone\n"
                  "  next    systemctl reload-or-restart passthru-setup\n",
                  NULL },
                { "[device old]\naddress = 05:00.0\n", "old",
                  "old: 0000:05:00.0 [1000:0098]\n  wanted  vfio-pci, by [device old] (c:2: address = 05:00.0)\n"
                  "  now     vfio-pci; driver_override is vfio-pci\n  status  ok: as configured\n  group   6: alone\n"
                  "  next    nothing to do\n",
                  NULL },
                { "[device bare]\naddress = 06:00.0\n", "bare",
                  "bare: 0000:06:00.0 [1000:0099]\n  wanted  vfio-pci, by [device bare] (c:2: address = 06:00.0)\n"
                  "  now     mpt3sas" NOT_SET
                  "  status  refused: 0000:06:00.0 has no IOMMU group, which vfio-pci needs (c:1)\n"
                  "  group   none\n  next    passthru-setup doctor\n",
                  NULL },
                { "[module kvm]\nnested = 1\n", "kvm",
                  "kvm: module\n  wanted  loaded with nested=1, by [module kvm] (c:1)\n  now     loaded\n"
                  "  status  refused: kvm is loaded already with nested = N, which it takes only when it is loaded: "
                  "modprobe -r kvm, "
                  "or reboot (c:2)\n  next    modprobe -r kvm && systemctl reload-or-restart passthru-setup\n",
                  NULL },
        };

        (void) unused;
        assert_explained(cases, ARRAY_SIZE(cases));
}

static void of_vfs(void **unused)
{
        static const struct explain_case cases[] = {
                { UP, "enp3s0",
                  "up: 0000:03:00.0 [8086:10c9]\n  wanted  2 VFs, each on vfio-pci, by [sriov up] (c:2: address = "
                  "03:00.0)\n  now     igb; 2 VFs: 1 on vfio-pci, 1 on no driver\n  status  drift: apply would make "
                  "it so\n"
                  "  next    systemctl reload-or-restart passthru-setup\n",
                  NULL },
                { UP, "up/0",
                  "up: 0000:03:10.0 [8086:10ca], VF 0 of 0000:03:00.0\n  wanted  vfio-pci, by [sriov up] (c:2: "
                  "address = "
                  "03:00.0)\n  now     vfio-pci; driver_override is vfio-pci\n"
                  "  status  drift: this one is as configured, others of the section are not\n  group   4: alone\n"
                  "  next    systemctl reload-or-restart passthru-setup\n",
                  NULL },
                { UP "[device vm]\naddress = up/1\ndriver = pci-stub\n", "up/1",
                  "vm: 0000:03:10.2 [8086:10ca], VF 1 of 0000:03:00.0\n  wanted  pci-stub, by [device vm] (c:5: "
                  "address = up/1)\n"
                  "  now     no driver" NOT_SET "  status  drift: apply would make it so\n  group   5: alone\n"
                  "  next    systemctl reload-or-restart passthru-setup\n",
                  NULL },
                { "[sriov up]\naddress = 03:00.0\nvfs = 3\n", "up/2",
                  "up: VF 2 of 0000:03:00.0\n  wanted  vfio-pci, by [sriov up] (c:2: address = 03:00.0)\n"
                  "  now     missing: 0000:03:00.0 has 2 VFs\n  status  drift: apply would make it so\n"
                  "  next    systemctl reload-or-restart passthru-setup\n",
                  NULL },
                { "[sriov up]\naddress = 03:00.0\nvfs = 3\n[device own]\naddress = up/2\n", "own",
                  "own: VF 2 of 0000:03:00.0\n  wanted  vfio-pci, by [device own] (c:5: address = up/2)\n"
                  "  now     missing: 0000:03:00.0 has 2 VFs\n  status  drift: apply would make it so\n"
                  "  next    systemctl reload-or-restart passthru-setup\n",
                  NULL },
                { UP "enabled = no\n", "up/0",
                  "0000:03:10.0 [8086:10ca], VF 0 of 0000:03:00.0\n"
                  "  wanted  nothing: [sriov up] is disabled (c:4)\n  now     vfio-pci; driver_override is vfio-pci\n"
                  "  group   4: alone\n  next    enabled = yes, in [sriov up] (c:1)\n",
                  NULL },
                { UP "[vf up/0]\ndriver = host\nenabled = no\n", "up/0",
                  "up: 0000:03:10.0 [8086:10ca], VF 0 of 0000:03:00.0\n  wanted  vfio-pci, by [sriov up] (c:2: "
                  "address = "
                  "03:00.0); [vf up/0] is disabled (c:6)\n  now     vfio-pci; driver_override is vfio-pci\n"
                  "  status  drift: this one is as configured, others of the section are not\n  group   4: alone\n"
                  "  next    systemctl reload-or-restart passthru-setup\n",
                  NULL },
                { "[sriov away]\naddress = 77:00.0\nvfs = max\n[device vm]\naddress = away/0\n", "vm",
                  "vm: address away/0\n  wanted  vfio-pci, by [device vm] (c:5: address = away/0)\n  now     not "
                  "there\n"
                  "  status  absent: VF away/0 needs [sriov away], which is absent (c:4)\n"
                  "  next    passthru-setup explain away\n",
                  NULL },
                { "[sriov away]\naddress = 77:00.0\nvfs = max\n", "away",
                  "away: address 77:00.0\n  wanted  as many VFs as it supports, each on vfio-pci, by [sriov away] "
                  "(c:2: address = "
                  "77:00.0)\n  now     not there\n  status  absent: no device at 77:00.0 (c:1)\n"
                  "  next    passthru-setup list --sriov\n",
                  NULL },
        };

        (void) unused;
        assert_explained(cases, ARRAY_SIZE(cases));
}

static void keep_old(struct planned *p, struct explain_facts *facts)
{
        struct state_device *d = state_get_device(&p->state, &(struct pci_address){ .bus = 5 });
        uint8_t uuid[16];

        (void) facts;
        assert_non_null(d);
        d->section = xstrdup("device old");
        d->driver = xstrdup("mpt3sas");
        d->has_driver = true;
        assert_int_equal(uuid_parse(MDEV_OLD, uuid), 0);
        state_add_mdev(&p->state, uuid, "mdev console", "mtty", "mtty-2");
}

static void of_mdevs(void **unused)
{
        static const struct explain_case cases[] = {
                { SERIAL, "serial",
                  "serial: mdev of type mtty-2 on mtty\n  wanted  an mdev of type mtty-2, by [mdev serial] (c:2: "
                  "parent = mtty)\n  now     0 of 1 mdev mtty-2\n  status  drift: apply would make it so\n"
                  "  mdevs   " MDEV_OURS " is to come\n  next    systemctl reload-or-restart passthru-setup\n",
                  NULL },
                { SERIAL, MDEV_OURS,
                  "serial: mdev " MDEV_OURS "\n  wanted  an mdev of type mtty-2, by [mdev serial] (c:2: parent = "
                  "mtty)\n  now     not there\n  status  drift: apply would make it so\n  next    systemctl "
                  "reload-or-restart passthru-setup\n",
                  NULL },
                { SERIAL, MDEV_OLD,
                  "mdev " MDEV_OLD "\n  wanted  nothing: no section claims it\n  now     exists, of type mtty-2, on "
                  "mtty\n  next    nothing to do\n",
                  NULL },
                { SERIAL, "console",
                  "mdev " MDEV_OLD "\n  wanted  nothing; still held for [mdev console], which is no longer in the "
                  "configuration\n  now     exists, of type mtty-2, on mtty\n  before  missing: "
                  "passthru-setup created it\n  next    passthru-setup release console\n",
                  keep_old },
                { SERIAL, "mtty",
                  "mdev parent mtty\n  wanted  a parent of mdevs, bound to its own driver, by [mdev serial] (c:2: "
                  "parent = mtty)\n  now     1 mdev; types: mtty-2 (4 free)\n  next    nothing to do\n",
                  NULL },
                { GPU, "mtty",
                  "mdev parent mtty\n  wanted    nothing: no section claims it\n  now       1 mdev; types: mtty-2 (4 "
                  "free)\n  to claim  [mdev NAME]\n            parent = mtty\n            type = TYPE\n  next      "
                  "passthru-setup add vgpu mtty --type=TYPE\n",
                  NULL },
                { "[mdev a]\nparent = 00:02.0\ntype = i915-4\n[mdev b]\nparent = 00:02.0\ntype = i915-4\n", "00:02.0",
                  "0000:00:02.0 [8086:3e92]\n  wanted  a parent of mdevs, bound to its own driver, by [mdev a] (c:2: "
                  "parent = "
                  "00:02.0) and 1 more\n  now     i915" NOT_SET "  group   0: alone\n  next    nothing to do\n",
                  NULL },
                { "[mdev no]\nparent = away\ntype = t\n", "no",
                  "no: mdev of type t on away\n  wanted  an mdev of type t, by [mdev no] (c:2: parent = away)\n  now  "
                  "   no mdev\n"
                  "  status  absent: no mdev parent away under /sys/class/mdev_bus (c:1)\n  next    passthru-setup "
                  "list --mdev\n",
                  NULL },
        };

        (void) unused;
        assert_explained(cases, ARRAY_SIZE(cases));
}

static void add_module(struct explain_facts *facts, const char *name, bool blacklisted)
{
        facts->modules = realloc(facts->modules, (facts->n_modules + 1) * sizeof(*facts->modules));
        assert_non_null(facts->modules);
        facts->modules[facts->n_modules++] = (struct explain_module){ xstrdup(name), blacklisted };
        facts->modules_known = true;
}

static void audio_modules(struct planned *p, struct explain_facts *facts)
{
        (void) p;
        add_module(facts, "snd_hda_intel", false);
        add_module(facts, "snd_soc", true);
        facts->holders_known = true;
}

static void no_modules(struct planned *p, struct explain_facts *facts)
{
        (void) p;
        facts->modules_known = true;
        facts->holders_hidden = true;
        facts->journal_error = EACCES;
}

static void of_what_no_section_claims(void **unused)
{
        static const struct explain_case cases[] = {
                { GPU, "01:00.1",
                  "0000:01:00.1 [10de:228b]\n  wanted    nothing: no section claims it\n  now       snd_hda_intel, "
                  "its own driver" NOT_SET "  drivers   snd_hda_intel, snd_soc (blacklisted) fit it by modules.alias\n"
                  "  group     1: with 0000:01:00.0 (nouveau, gpu); on its driver no VM can open [device gpu]\n"
                  "  held by   nobody\n  to claim  [device NAME]\n            id = 10de:228b\n"
                  "  next      passthru-setup explain gpu\n",
                  audio_modules },
                { GPU, "1c.0", "", NULL },
                { "[device hba]\naddress = 04:00.0\n", "00:1c.0",
                  "0000:00:1c.0 [8086:7ab0]\n  wanted    nothing: no section claims it\n  now       shpchp" NOT_SET
                  "  drivers   modules.alias has none for it\n"
                  "  group     9: with 0000:04:00.0 (mpt3sas, hba); on its driver no VM can open [device hba]\n"
                  "  held by   only root can see who has it open\n"
                  "  last run  no permission to read the journal: run as root, or join the group systemd-journal\n"
                  "  next      passthru-setup explain hba\n",
                  no_modules },
                { GPU, "old",
                  "0000:05:00.0 [1000:0098]\n  wanted    nothing; still held for [device old], which is no longer in "
                  "the configuration\n  now       vfio-pci; driver_override is vfio-pci\n  group     6: alone\n  "
                  "before    mpt3sas\n  to claim  [device NAME]\n            id = 1000:0098\n  next      "
                  "passthru-setup release old\n",
                  keep_old },
                { GPU "functions = all\n", "01:00.1",
                  "gpu: 0000:01:00.1 [10de:228b]\n  wanted  vfio-pci, by [device gpu] (c:3: "
                  "functions = all)\n  now     snd_hda_intel" NOT_SET "  status  drift: apply would make it so\n"
                  "  group   1: with 0000:01:00.0 (nouveau)\n  next    systemctl reload-or-restart passthru-setup\n",
                  NULL },
                { GPU "group = whole\n", "01:00.1",
                  "gpu: 0000:01:00.1 [10de:228b]\n  wanted  vfio-pci, by [device gpu] (c:3: "
                  "group = whole)\n  now     snd_hda_intel" NOT_SET "  status  drift: apply would make it so\n"
                  "  group   1: with 0000:01:00.0 (nouveau)\n  next    systemctl reload-or-restart passthru-setup\n",
                  NULL },
        };

        (void) unused;
        assert_explained(cases, ARRAY_SIZE(cases));
}

static void add_entry(struct explain_facts *facts, uint64_t age, bool error, const char *text)
{
        facts->entries = realloc(facts->entries, (facts->n_entries + 1) * sizeof(*facts->entries));
        assert_non_null(facts->entries);
        facts->entries[facts->n_entries++] = (struct explain_entry){ age, error, xstrdup(text) };
        facts->journal_error = 0;
}

static void journal_lines(struct planned *p, struct explain_facts *facts)
{
        (void) p;
        add_entry(facts, 3 * 86400, false, "old: a");
        add_entry(facts, 7200, true, "old: b");
        add_entry(facts, 150, false, "old: c");
        add_entry(facts, 1, false, "old: d");
}

static void journal_empty(struct planned *p, struct explain_facts *facts)
{
        (void) p;
        facts->journal_error = 0;
        facts->open = true;
        facts->holders_hidden = true;
}

static void of_the_journal(void **unused)
{
#define OLD                                                                                                           \
        "old: 0000:05:00.0 [1000:0098]\n  wanted    vfio-pci, by [device old] (c:2: address = 05:00.0)\n"             \
        "  now       vfio-pci; driver_override is vfio-pci\n  status    ok: as configured\n  group     6: alone\n"
        static const struct explain_case cases[] = {
                { "[device old]\naddress = 05:00.0\n", "old",
                  OLD "  last run  3 days ago: old: a\n            2 h ago: old: b\n            2 min ago: old: c\n"
                      "            1 s ago: old: d\n  next      nothing to do\n",
                  journal_lines },
                { "[device old]\naddress = 05:00.0\n", "old",
                  OLD
                  "  held by   a VM or another program; root sees which\n  last run  nothing in this boot's journal\n"
                  "  next      nothing to do\n",
                  journal_empty },
        };

        (void) unused;
        assert_explained(cases, ARRAY_SIZE(cases));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(of_each_status), cmocka_unit_test(of_vfs),
                cmocka_unit_test(of_mdevs),       cmocka_unit_test(of_what_no_section_claims),
                cmocka_unit_test(of_the_journal),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
