/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lies out of the input in the place of sysfs: whatever it says, it is read in bounded time, the inventory's indices
 * lead to what is there, and the plan, the status and their JSON can be made of it. */
#include <string.h>

#include <jansson.h>

#include "apply/apply.h"
#include "base/macro.h"
#include "fake/machine.h"
#include "fuzz/liar.h"
#include "guard/guard.h"
#include "json/render-json.h"
#include "plan/plan.h"
#include "scan/scan.h"
#include "state/state-file.h"
#include "view/table.h"
#include "view/rows.h"

#define UUID "4b20d080-1b54-4048-85b3-a6a62d165c01"

/* Each asks for all that is read only when it is asked for. */
static const char *const configs[] = {
        "[passthru]\ndriver = auto\n[module kvm]\nignore_msrs = 1\n[module vfio_iommu_type1]\n"
        "allow_unsafe_interrupts = 1\n[module vfio-virqfd]\n[device gpu]\naddress = 01:00.0\nfunctions = all\n"
        "reset-method = bus\nd3cold = no\npower-control = on\nbar-size.1 = 8G\nrom-dump = gpu.rom\n"
        "expect = 10de:2487\n[device hba]\nid = 1000:0097\ncount = 2\n[device disk]\nserial = S4EVNX0\n"
        "[device mac]\nmac = 52:54:00:00:08:00\n[sriov uplink]\ninterface = enp5s0\nvfs = 4\n[sriov accel]\n"
        "address = " VGPU "\nvfs = max\nvf-driver = host\n[device vf]\naddress = uplink/0\n[mdev serial]\n"
        "parent = mtty\ntype = Dual port serial\nattr = level=1\n[mdev desktop]\nparent = accel/0\ntype = GRID A\n",
        "[passthru]\ngroup = whole\n[device any]\nid = *:*\ncount = all\n[device path]\npath = 0000:00:01.0/00.0\n"
        "functions = all\n[device slot]\naddress = 01:00\n[sriov mac]\nmac = 52:54:00:00:05:00\nvfs = 2\n"
        "vf-driver = none\n[mdev m]\nparent = " VGPU_VF0 "\ntype = vgpu-36\nuuid = " UUID "\n",
        "[passthru]\nrequired = no\n[sriov dsn]\nserial = 52-54-00-ff-ff-00-05-00\nvfs = 3\nvf-driver = host\n"
        "[sriov accel]\naddress = " VGPU "\nvfs = 0\n[device nic]\nid = 8086:*\ncount = all\ngroup = ignore\n"
        "driver = auto\n[device vf]\naddress = " NIC_VF1 "\nexpect = 8086:10ca\n[device disk]\nserial = s4evnx0\n"
        "[mdev m]\nid = 10de:2236\ntype = GRID B\ncount = 2\n[mdev n]\nparent = mtty\ntype = mtty-1\ncount = 4\n",
};

static struct config *get_config(unsigned which)
{
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        struct config *config = config_new();
        const char *text = configs[which % ARRAY_SIZE(configs)];

        /* A drop-in's name need not be UTF-8. */
        config_add_file(config, "10-\xff.conf", text, strlen(text), &diags);
        config_finish(config, &diags);
        REQUIRE(diags.n == 0);
        return config;
}

/* Nothing changes it, so one is enough: with VFs on both PFs, some of them on VFIO, and two mdevs. */
static struct sys *get_truth(void)
{
        static struct fake_kernel *k;

        if (k)
                return fake_sys(k);
        k = machine_new_mtty();
        REQUIRE(fake_poke(k, DEV NIC "/sriov_numvfs", "4") == 0 && fake_poke(k, DEV VGPU "/sriov_numvfs", "2") == 0);
        REQUIRE(fake_modprobe(k, "vfio_pci") == 0 && fake_poke(k, DEV NIC_VF0 "/driver_override", "vfio-pci") == 0);
        REQUIRE(fake_poke(k, "sys/bus/pci/drivers/vfio-pci/bind", NIC_VF0) == 0);
        REQUIRE(fake_poke(k, "sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1/create", UUID) == 0);
        fake_alias_add(k, "vfio_pci:v00008086d*sv*sd*bc*sc*i*", "igb_vfio_pci");
        return fake_sys(k);
}

static bool is_index(size_t i, size_t n)
{
        return i == NO_INDEX || i < n;
}

static void check_inventory(const struct inventory *inv)
{
        size_t n = inv->n_functions;

        for (size_t i = 0; i < n; i++) {
                const struct pci_function *f = &inv->functions[i];

                REQUIRE(i == 0 || pci_address_compare(&inv->functions[i - 1].address, &f->address) < 0);
                REQUIRE(inventory_find_index(inv, &f->address) == i);
                REQUIRE(is_index(f->physfn, n) && f->physfn != i && f->group >= NO_GROUP);
                REQUIRE(f->numvfs == 0 || (f->sriov && f->vfs && f->physfn == NO_INDEX));
                for (unsigned v = 0; v < f->numvfs; v++)
                        REQUIRE(is_index(f->vfs[v], n) && f->vfs[v] != i);
                REQUIRE(f->physfn == NO_INDEX || f->vf_index < inv->functions[f->physfn].numvfs);
                REQUIRE(inv->by_id[i] < n);
                if (i > 0) {
                        const struct pci_function *a = &inv->functions[inv->by_id[i - 1]];
                        const struct pci_function *b = &inv->functions[inv->by_id[i]];

                        REQUIRE(a->vendor < b->vendor || (a->vendor == b->vendor && a->device <= b->device));
                }
        }
        for (size_t i = 0; i < inv->n_parents; i++)
                REQUIRE(inv->parents[i].name && is_index(inv->parents[i].function, n));
        for (size_t i = 0; i < inv->n_mdevs; i++) {
                REQUIRE(is_index(inv->mdevs[i].parent, inv->n_parents));
                REQUIRE(i == 0 || memcmp(inv->mdevs[i - 1].uuid, inv->mdevs[i].uuid, 16) <= 0);
        }
}

static void check_plan(const struct plan *plan, const struct inventory *inv)
{
        for (size_t i = 0; i < plan->n_items; i++) {
                const struct plan_item *item = &plan->items[i];
                bool against = item->verdict == VERDICT_REFUSED || item->verdict == VERDICT_ABSENT;

                REQUIRE(!against || (item->reason && *item->reason));
                REQUIRE(is_index(item->found, inv->n_functions) && is_index(item->pf, inv->n_functions) &&
                        is_index(item->parent, inv->n_parents));
                for (size_t k = 0; k < item->n_claims; k++)
                        REQUIRE(is_index(item->claims[k].function, inv->n_functions) && item->claims[k].driver);
        }
        for (size_t i = 0; i < plan->n_steps; i++) {
                const struct plan_step *step = &plan->steps[i];

                REQUIRE(step->item < plan->n_items && (i == 0 || plan->steps[i - 1].phase <= step->phase));
                REQUIRE(!step->has_address || inventory_find(inv, &step->address));
                if (plan->items[step->item].section->kind != SECTION_MODULE)
                        REQUIRE(plan->items[step->item].verdict == VERDICT_CHANGE);
        }
}

static void check_rows(const struct row_list *rows)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };

        render_rows(&b, rows, false, &(struct render_style){ .color = true, .utf8 = true, .width = 80 });
        render_rows(&b, rows, true, &(struct render_style){ 0 });
}

static void check_json(const char *text)
{
        json_t *json = json_loads(text, 0, NULL);

        REQUIRE(json);
        json_decref(json);
}

static void render(const struct plan *plan, const struct inventory *inv, const struct state *state)
{
        CLEANUP_ROWS struct row_list rows = { 0 }, status = { 0 };
        CLEANUP_FREE char *plan_json = NULL, *status_json = NULL, *summary = plan_summary(plan);
        struct plan_subject subject;
        size_t concerned = 0;

        REQUIRE(summary);
        rows_of_plan(plan, inv, "->", &rows);
        check_rows(&rows);
        rows_of_status(plan, inv, state, NULL, &status);
        check_rows(&status);
        plan_json = render_plan_json(plan, NULL, inv);
        check_json(plan_json);
        status_json = render_status_json(&(struct status_input){ .plan = plan, .inventory = inv, .state = state });
        check_json(status_json);
        for (size_t i = 0; i < plan->n_items; i++)
                if (plan_find_subject(inv, NIC_VF0, &subject) || plan_find_subject(inv, "mtty", &subject))
                        concerned += plan_concerns(plan, inv, &plan->items[i], &subject);
        REQUIRE(concerned <= plan->n_items);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct input in = { data, size };
        CLEANUP(config_freep) struct config *config = get_config(input_byte(&in));
        CLEANUP(inventory_freep) struct inventory *inv = NULL;
        CLEANUP(plan_freep) struct plan *plan = NULL;
        CLEANUP_STATE struct state state = { 0 };
        CLEANUP_LIAR struct liar liar;
        struct plan_input input = { .config = config, .state = &state };
        int r;

        liar_read(&liar, get_truth(), &in);
        r = state_load(&liar.sys, false, &state);
        for (size_t i = 1; i < state.n_devices; i++)
                REQUIRE(pci_address_compare(&state.devices[i - 1].address, &state.devices[i].address) < 0);
        r = inventory_read(&liar.sys, config, &inv);
        REQUIRE(r <= 0 && (r < 0) == !inv);
        if (r < 0)
                return 0;
        check_inventory(inv);
        state_prune(&state, inv);
        input.inventory = inv;
        input.derive_uuid = liar.sys.ops->derive_uuid;
        input.userdata = liar.sys.userdata;
        plan_build(&input, &plan);
        check_plan(plan, inv);
        REQUIRE(guard_plan(&liar.sys, inv, plan) == 0);
        check_plan(plan, inv);
        render(plan, inv, &state);
        return 0;
}
