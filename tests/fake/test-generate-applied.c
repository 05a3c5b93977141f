/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What apply made of a host, generate says again: with that nothing is written, and another host becomes the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/macro.h"
#include "base/strbuf.h"
#include "fake/machine-a16.h"
#include "fake/machine.h"
#include "fake/run.h"
#include "import/foreign-read.h"
#include "import/generate.h"
#include "scan/scan.h"

static char *generated(struct fake_kernel *k, unsigned from)
{
        CLEANUP(config_freep) struct config *config = config_new();
        CLEANUP(inventory_freep) struct inventory *inv = NULL;
        CLEANUP_RIVALS struct rivals rivals = { 0 };
        struct generate_input input = { .rivals = &rivals, .from = from };

        assert_non_null(config);
        assert_int_equal(inventory_read(fake_sys(k), config, &inv), 0);
        inventory_read_settings(fake_sys(k), inv);
        rivals_read(fake_sys(k), &rivals);
        input.inventory = inv;
        return generate_config(&input);
}

/* Each kind of thing, by itself and with the others. */
static void applied(void **unused)
{
        static const char *const configs[] = {
                "[device gpu]\naddress = " GPU "\nfunctions = all\n",
                "[device hba]\naddress = " HBA_TWIN "\n",
                "[device hbas]\nid = 1000:0097\ncount = all\n",
                "[device part]\naddress = " GPU "\ngroup = ignore\n",
                "[sriov up]\ninterface = enp5s0\nvfs = 7\n",
                "[sriov up]\naddress = " NIC "\nvfs = 3\nvf-driver = none\n",
                "[sriov up]\naddress = " NIC "\nvfs = 3\nvf-driver = host\n[device vm]\naddress = up/2\n",
                "[sriov accel]\naddress = " VGPU "\nvfs = 2\nvf-driver = host\n"
                "[mdev desktop]\nparent = accel/1\ntype = GRID A\n",
                "[mdev serial]\nparent = mtty\ntype = mtty-1\ncount = 3\n",
                "[device gpu]\naddress = " GPU "\nfunctions = all\n[device disk]\nserial = S4EVNX0\n"
                "[sriov up]\naddress = " NIC "\nvfs = 2\n[sriov accel]\naddress = " VGPU
                "\nvfs = 4\nvf-driver = host\n"
                "[mdev desktop]\nparent = accel/1\ntype = GRID A\n[mdev serial]\nparent = mtty\ntype = mtty-2\n",
        };

        static const char *const claims[] = { GPU, GPU_AUDIO, HBA, HBA_TWIN, NIC, VGPU, "0000:06:02.1", NVME, "mtty" };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(configs); i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new_mtty();
                CLEANUP_RUN struct run again = { 0 };
                CLEANUP_FREE char *text = NULL;

                for (size_t c = 0; c < ARRAY_SIZE(claims); c++)
                        fake_claim(k, claims[c]);
                assert_int_equal(fake_modprobe(k, "igbvf"), 0);
                assert_applies(k, configs[i]);
                text = generated(k, FROM_RUNNING);
                if (strstr(text, "# Not taken:"))
                        fail_msg("%s\n%s", configs[i], text);
                /* Its sections have names of their own, which the record of what is cleared has too. */
                run_apply(k, text, &again);
                assert_true(run_is_clean(&again));
                assert_int_equal(again.n_steps, 0);
                assert_settled(k, text);
                assert_no_violation(k);
        }
}

static struct fake_kernel *whole_machine(void)
{
        static const char *const claims[] = {
                GPU,  GPU_AUDIO, HBA, HBA_TWIN, NIC, VGPU, "0000:06:02.0", "0000:06:02.1", NVME,
                FAST, A16,       VF0, VF1,      VF2, VF3,  "mtty"
        };
        struct fake_kernel *k = machine_new_mtty();

        machine_add_fast(k);
        machine_add_a16(k);
        for (size_t c = 0; c < ARRAY_SIZE(claims); c++)
                fake_claim(k, claims[c]);
        assert_int_equal(fake_modprobe(k, "igbvf"), 0);
        return k;
}

#define CHANCE(n) (rand_r(seed) % (n) == 0)
#define PICK(...)                                                                                                     \
        (((const char *const[]){                                                                                      \
                __VA_ARGS__ })[(size_t) rand_r(seed) % ARRAY_SIZE(((const char *const[]){ __VA_ARGS__ }))])

static void add_vfs(struct strbuf *b, unsigned *seed, const char *section, unsigned n, const char *host)
{
        for (unsigned i = 0; i < n; i++) {
                if (CHANCE(2))
                        continue;
                strbuf_addf(b, "[vf %s/%u]\ndriver = %s\n", section, i, PICK("vfio-pci", "none", host));
                if (CHANCE(2))
                        strbuf_addf(b, "mac = 52:54:00:00:%02zx:%02x\n", strlen(section), i);
                if (CHANCE(2))
                        strbuf_addf(b, "vlan = %s\n", PICK("1", "100\nqos = 3", "7\nvlan-protocol = 802.1ad", "none"));
                if (CHANCE(2))
                        strbuf_addf(b, "spoofchk = %s\ntrust = %s\n", PICK("yes", "no"), PICK("yes", "no"));
                if (CHANCE(2))
                        strbuf_addf(b, "link-state = %s\nquery-rss = yes\n", PICK("auto", "enable", "disable"));
                if (CHANCE(3))
                        strbuf_add(b, "min-tx-rate = 10\nmax-tx-rate = 50\n");
        }
}

/* What may have been done to the machine: each kind of thing, or not, one way or another. */
static void add_state(struct strbuf *b, unsigned *seed)
{
        unsigned n;

        if (CHANCE(2))
                strbuf_addf(b, "[device gpu]\naddress = %s\ndriver = %s\nfunctions = all\n", GPU,
                            PICK("vfio-pci", "none"));
        if (CHANCE(2))
                strbuf_addf(b, "[device hba]\naddress = %s\ndriver = %s\n", PICK(HBA, HBA_TWIN),
                            PICK("vfio-pci", "none"));
        if (!CHANCE(4)) {
                n = 1 + (unsigned) rand_r(seed) % 7;
                strbuf_addf(b, "[sriov up]\naddress = " NIC "\nvfs = %u\nvf-driver = %s\n%s", n,
                            PICK("vfio-pci", "none", "host"), PICK("", "mtu = 9000\n"));
                add_vfs(b, seed, "up", n, "host");
        }
        if (!CHANCE(4)) {
                n = 1 + (unsigned) rand_r(seed) % 4;
                strbuf_addf(b, "[sriov fast]\naddress = " FAST "\nvfs = %u\nvf-driver = %s\neswitch = %s\n", n,
                            PICK("vfio-pci", "host"), PICK("legacy", "switchdev"));
                add_vfs(b, seed, "fast", n, "host");
        }
        if (CHANCE(2))
                strbuf_addf(b,
                            "[sriov a16]\naddress = " A16
                            "\nvfs = 4\nvf-driver = host\n[mdev a]\nparent = a16/%s\ntype = %s\n",
                            PICK("0", "3"), PICK("591", "NVIDIA A16-4Q"));
        if (CHANCE(2))
                strbuf_addf(b,
                            "[sriov accel]\naddress = " VGPU "\nvfs = 2\nvf-driver = %s\n[vf accel/1]\ndriver = host\n"
                            "[mdev b]\nparent = accel/1\ntype = GRID A\n",
                            PICK("host", "none", "vfio-pci"));
        if (CHANCE(2))
                strbuf_add(b, "[mdev serial]\nparent = mtty\ntype = mtty-2\n");
}

/* The driver of each function, and what is set of it. */
static char *state_of(struct fake_kernel *k)
{
        CLEANUP(config_freep) struct config *config = config_new();
        CLEANUP(inventory_freep) struct inventory *inv = NULL;
        CLEANUP_STRBUF struct strbuf b = { 0 };
        char address[PCI_ADDRESS_MAX];

        assert_non_null(config);
        assert_int_equal(inventory_read(fake_sys(k), config, &inv), 0);
        inventory_read_settings(fake_sys(k), inv);
        for (size_t i = 0; i < inv->n_functions; i++) {
                const struct pci_function *f = &inv->functions[i];
                CLEANUP_FREE char *vf = fake_vf_text(k, pci_address_format(&f->address, address));

                strbuf_addf(&b, "%s %s %u %d %s %u\n", address, f->driver ? f->driver : "none", f->numvfs,
                            eswitch_of(f->values), vf ? vf : "",
                            f->values && values_have(f->values, PROPERTY_MTU)
                                    ? (unsigned) f->values->value[PROPERTY_MTU]
                                    : 0);
        }
        for (size_t i = 0; i < inv->n_mdevs; i++)
                strbuf_addf(&b, "%s on %s\n", inv->mdevs[i].type, inv->parents[inv->mdevs[i].parent].name);
        for (size_t i = 0; i < inv->n_parents; i++)
                strbuf_addf(&b, "%s %u\n", inv->parents[i].name, inv->parents[i].current);
        return strbuf_steal(&b);
}

/* Whatever was done to a machine, generate says: there it leaves nothing to do, and another machine becomes the same.
 */
static void lossless(void **unused)
{
        (void) unused;
        for (unsigned i = 0; i < 60; i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = whole_machine(), *other = whole_machine();
                CLEANUP_STRBUF struct strbuf done = { 0 };
                CLEANUP_FREE char *text = NULL, *before = NULL, *after = NULL;
                CLEANUP_RUN struct run again = { 0 };
                unsigned seed = i;

                strbuf_add(&done, "# what was done\n");
                add_state(&done, &seed);
                assert_applies(k, done.text);
                text = generated(k, FROM_RUNNING);
                if (strstr(text, "# Not taken:"))
                        fail_msg("%s\n%s", done.text, text);
                run_apply(k, text, &again);
                if (!run_is_clean(&again) || again.n_steps > 0) {
                        run_print(&again);
                        print_error("--- done\n%s\n", done.text);
                        fail_msg("--- generated\n%s", text);
                }
                assert_applies(other, text);
                before = state_of(k);
                after = state_of(other);
                if (!streq(before, after)) {
                        print_error("--- done\n%s\n--- generated\n", done.text);
                        print_error("%s\n--- before\n", text);
                        print_error("%s\n--- after\n", before);
                        fail_msg("%s", after);
                }
        }
}

/* A device goes to no driver and to its own as it goes to VFIO's. */
static void own_driver(void **unused)
{
        static const struct {
                const char *driver, *expected, *override;
        } steps[] = { { "vfio-pci", "vfio-pci", "vfio-pci" }, { "none", "", "none" },
                      { "host", "mpt3sas", "(null)" },        { "none", "", "none" },
                      { "vfio-pci", "vfio-pci", "vfio-pci" }, { "host", "mpt3sas", "(null)" } };
        CLEANUP(fake_freep) struct fake_kernel *k = whole_machine();

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
                CLEANUP_STRBUF struct strbuf text = { 0 };

                strbuf_addf(&text, "[device hba]\naddress = " HBA "\ndriver = %s\n", steps[i].driver);
                assert_applies(k, text.text);
                assert_driver(k, HBA, steps[i].expected);
                assert_text(k, DEV HBA "/driver_override", steps[i].override);
                assert_settled(k, text.text);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(applied), cmocka_unit_test(lossless),
                                            cmocka_unit_test(own_driver) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
