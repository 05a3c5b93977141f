/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that runs out, at each allocation in turn: core says so, or its result is the one that it has with memory. This
 * program alone has memory/fault.c (Makefile). */
#include "unit/rich.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/strbuf.h"
#include "config/claims.h"
#include "device/vgpu.h"
#include "property/nvme-virt.h"
#include "unit/facts.h"
#include "unit/memory/fault.h"
#include "unit/memory/parts.h"
#include "usage/usage-configured.h"
#include "usage/usage-parse.h"

static const char few_sections[] = "[module kvm]\nhalt_poll_ns = 7\n[device gpu]\naddress = 01:00.0\nfunctions = all\n"
                                   "[device gone]\naddress = 77:00.0\n[sriov drive]\naddress = 04:00.0\nvfs = 1\n"
                                   "vf-driver = host\n[mdev on]\naddress = drive/0\ntype = t\nattr = level=3\n";

static struct plan_input input_of(const struct world *w)
{
        return (struct plan_input){ w->p.config, w->p.inv, &w->p.state, test_derive_uuid, NULL };
}

static void world_init(struct world *w)
{
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        CLEANUP_FREE char *mistakes = NULL;
        struct plan_input input;

        *w = (struct world){ .p.config = parse_files(rich_config, ARRAY_SIZE(rich_config), &diags),
                             .p.inv = rich_machine(), .usage = rich_usage() };
        mistakes = diags_text(&diags);
        assert_string_equal(mistakes, "");
        assert_int_equal(inventory_index(w->p.inv), 0);
        rich_state(&w->p.state);
        input = input_of(w);
        assert_int_equal(plan_build(&input, &w->p.plan), 0);
        plan_for(&w->few, rich_machine, few_sections);
        assert_int_equal(state_add_failure(&w->few.state, "device gpu", EBUSY, "why"), 0);
}

static void world_clear(struct world *w)
{
        usage_free(w->usage);
        planned_clear(&w->few);
        planned_clear(&w->p);
}

void part_add(struct strbuf *text, char *s)
{
        strbuf_add(text, s);
        strbuf_add(text, "\n");
        free(s);
}

static void add_plan(struct strbuf *text, const struct plan *plan)
{
        part_add(text, plan_text(plan));
        for (size_t i = 0; i < plan->n_items; i++)
                strbuf_addf(text, "%s %zu %zu %zu %s %s %d\n", plan->items[i].section->name, plan->items[i].n_claims,
                            plan->items[i].n_bus_claims, plan->items[i].n_mdevs, plan->items[i].parent_name ? plan->items[i].parent_name : "-",
                            plan->items[i].type_name ? plan->items[i].type_name : "-", plan->items[i].guarded);
}

static int parse(const struct test_file *files, struct config **ret, struct diag_list *diags)
{
        CLEANUP(config_freep) struct config *config = config_new();
        int r = config ? 0 : -ENOMEM;

        for (size_t i = 0; i < 2 && r == 0; i++)
                r = config_add_file(config, files[i].name, files[i].text, strlen(files[i].text), diags);
        if (r == 0)
                r = config_finish(config, diags);
        *ret = STEAL(config);
        return r < 0 || !diags->out_of_memory ? r : -ENOMEM;
}

static int part_config(const struct world *w, struct strbuf *text)
{
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        CLEANUP_PLANNED struct planned p = { 0 };
        int r = IN_CORE(parse(rich_config, &p.config, &diags));
        struct plan_input input = { p.config, w->p.inv, NULL, test_derive_uuid, NULL };

        if (r < 0)
                return r;
        assert_int_equal(plan_build(&input, &p.plan), 0);
        part_add(text, diags_text(&diags));
        add_plan(text, p.plan);
        strbuf_add(text, p.config->vfio_group);
        return 0;
}

static int part_mistakes(const struct world *w, struct strbuf *text)
{
        CLEANUP(config_freep) struct config *config = NULL;
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        int r = IN_CORE(parse(rich_mistakes, &config, &diags));

        (void) w;
        if (r < 0)
                return r;
        diag_sort(&diags); /* without memory it leaves them as they are, which is no loss */
        part_add(text, diags_text(&diags));
        return 0;
}

static int part_nvme(const struct world *w, struct strbuf *text)
{
        static const uint8_t primary[NVME_DATA_SIZE] = { 7 }, list[NVME_DATA_SIZE] = { 2, [32] = 101, [40] = 1, [64] = 102, [72] = 2 };
        CLEANUP(nvme_virt_freep) struct nvme_virt *virt = NULL;
        int r = IN_CORE(nvme_virt_parse(primary, list, &virt));

        (void) w;
        if (r == 0)
                strbuf_addf(text, "%u %zu %u\n", virt->controller, virt->n_secondaries, nvme_virt_find(virt, 1)->controller);
        return r;
}

static int part_vgpu_types(const struct world *w, struct strbuf *text)
{
        struct mdev_type *types = NULL;
        size_t n = 0;
        int r = IN_CORE(vgpu_types_parse("ID    : vGPU Name\n591   : NVIDIA A16-2Q\n592 : NVIDIA A16-4Q\nno type\n", &types, &n));

        (void) w;
        for (size_t i = 0; i < n; i++) {
                strbuf_addf(text, "%s=%s\n", types[i].id, types[i].name);
                free(types[i].id);
                free(types[i].name);
        }
        free(types);
        return r;
}

static int part_inventory(const struct world *w, struct strbuf *text)
{
        CLEANUP(inventory_freep) struct inventory *inv = rich_machine();
        int r = IN_CORE(inventory_index(inv));

        (void) w;
        for (size_t i = 0; i < inv->n_functions && r == 0; i++)
                strbuf_addf(text, "%zu ", inv->by_id[i]);
        return r;
}

static int part_plan(const struct world *w, struct strbuf *text)
{
        CLEANUP(plan_freep) struct plan *plan = NULL;
        struct plan_input input = input_of(w);
        int r = IN_CORE(plan_build(&input, &plan));

        if (r == 0)
                add_plan(text, plan);
        return r;
}

/* As `apply gpu up`: the others are planned and then left alone. */
static int part_left_out(const struct world *w, struct strbuf *text)
{
        int r;

        for (size_t i = 0; i < w->p.config->n_sections; i++)
                w->p.config->sections[i]->left_out = !streq(w->p.config->sections[i]->name, "gpu") &&
                                                     !streq(w->p.config->sections[i]->name, "up");
        r = part_plan(w, text);
        for (size_t i = 0; i < w->p.config->n_sections; i++)
                w->p.config->sections[i]->left_out = false;
        return r;
}

static int part_guard(const struct world *w, struct strbuf *text)
{
        CLEANUP(plan_freep) struct plan *plan = NULL;
        struct plan_input input = input_of(w);
        int r;

        assert_int_equal(plan_build(&input, &plan), 0);
        r = IN_CORE(usage_guard(w->usage, w->p.inv, plan));
        if (r == 0)
                add_plan(text, plan);
        return r;
}

static int part_usage_texts(const struct world *w, struct strbuf *text)
{
        static const uint64_t inodes[] = { 78, 77 };
        static const uint8_t address[] = { 192, 168, 0, 1 };
        CLEANUP(usage_freep) struct usage *u = rich_usage(), *mounts = usage_new();
        struct usage_uppers *uppers = &u->blocks[usage_find_block(u, "sdb")].uppers;
        char **swaps = NULL;
        size_t n = 0;
        int r;

        (void) w;
        assert_non_null(mounts);
        r = IN_CORE(usage_parse_mounts(rich_mounts, mounts));
        r = r < 0 ? r : IN_CORE(usage_add_upper(uppers, usage_find_block(u, "md0")));
        r = r < 0 ? r : IN_CORE(usage_parse_swaps(rich_swaps, &swaps, &n));
        for (size_t i = 0; i < n; i++) {
                strbuf_addf(text, "swap %s\n", swaps[i]);
                free(swaps[i]);
        }
        free(swaps);
        r = r < 0 ? r : IN_CORE(usage_parse_sockets(rich_sockets, inodes, ARRAY_SIZE(inodes), u));
        r = r < 0 ? r : IN_CORE(usage_note_address(u, "enp3s0v0:1", address, sizeof(address)));
        r = r < 0 ? r : IN_CORE(usage_parse_cmdline(rich_cmdline, u));
        if (r < 0)
                return r;
        for (size_t i = 0; i < mounts->n_mounts; i++)
                strbuf_addf(text, "%s %s %s\n", mounts->mounts[i].point, mounts->mounts[i].type, mounts->mounts[i].source);
        strbuf_addf(text, "%s %s\n", u->links[usage_find_link(u, "enp3s0v0")].ssh_peer, u->boot_root);
        return 0;
}

static int part_configured(const struct world *w, struct strbuf *text)
{
        static const struct usage_words words = { "it", "" };
        static const struct pci_function f = { .path = (char *) "pci0000:00/0000:0a:00.0" };
        CLEANUP(usage_freep) struct usage *u = rich_usage();
        CLEANUP_IFUPDOWN struct usage_ifupdown ifupdown = { 0 };
        CLEANUP_FREE char *path = NULL, *group = NULL;
        CLEANUP_STRBUF struct strbuf reason = { 0 };
        struct usage_block *b = &u->blocks[usage_find_block(u, "sdb")];
        bool unmanaged = false;
        int r;

        (void) w;
        r = IN_CORE(usage_parse_fstab("UUID=1 /srv ext4\n/dev/vg0/lv none swap\n", "f", u));
        r = r < 0 ? r : IN_CORE(usage_parse_crypttab("c /dev/sdb\n", "c", u));
        r = r < 0 ? r : IN_CORE(usage_parse_mdadm("ARRAY /dev/md0 UUID=1:2\n", "m", u));
        r = r < 0 ? r : IN_CORE(usage_add_ifupdown(&ifupdown, "source x\nauto br0\niface br0 inet dhcp\nbridge_ports b.7\n", "i"));
        r = r < 0 ? r : IN_CORE(usage_finish_ifupdown(&ifupdown, u));
        r = r < 0 ? r : IN_CORE(usage_parse_network("[Match]\nName=n\n", "n", u, &unmanaged));
        r = r < 0 ? r : IN_CORE(usage_parse_keyfile("[connection]\ninterface-name=k\n", "k", u));
        r = r < 0 ? r : IN_CORE(usage_parse_netplan("network:\n ethernets:\n  p: {}\n", "p", u));
        r = r < 0 ? r : IN_CORE(usage_parse_udev("E:ID_FS_TYPE=LVM2_member\nE:ID_FS_UUID=PV\n", b));
        r = r < 0 ? r : IN_CORE(usage_device_path("LABEL=a b", &path));
        r = r < 0 ? r : IN_CORE(usage_volume_group("/dev/mapper/a--b-c", &group));
        r = r < 0 ? r : IN_CORE(usage_add_upper(&u->configured[0].blocks, usage_find_block(u, "sda")));
        r = r < 0 ? r : IN_CORE(usage_match_group(u, 1, "vg0", "id = \"PV\"\n"));
        r = r < 0 ? r : IN_CORE(usage_match_members(u));
        if (r < 0)
                return r;
        for (size_t i = 0; i < u->n_configured; i++)
                strbuf_addf(text, "%s:%u %s %zu\n", u->configured[i].file, u->configured[i].line, u->configured[i].what,
                            u->configured[i].blocks.n);
        u->blocks[usage_find_block(u, "sda")].uppers.n = 0;
        u->blocks[usage_find_block(u, "sda1")].swap = false;
        (void) IN_CORE(usage_block_reason(u, &f, &words, &reason));
        strbuf_addf(text, "%s %s %s\n", path, group, reason.text);
        return reason.failed ? -ENOMEM : 0;
}

static int part_state(const struct world *w, struct strbuf *text)
{
        CLEANUP_STATE struct state again = { 0 };
        CLEANUP_FREE char *written = NULL, *second = NULL;
        int r = IN_CORE(state_format(&w->p.state, &written));

        r = r < 0 ? r : IN_CORE(state_parse(&again, written, strlen(written)));
        if (r < 0) {
                assert_int_equal(again.n_devices + again.n_mdevs + again.n_failures + again.n_released, 0);
                return r;
        }
        assert_int_equal(state_format(&again, &second), 0);
        strbuf_add(text, second);
        return 0;
}

/* What a run notes. A state to which not all could be added is still one that can be asked, written and read. */
static int part_notes(const struct world *w, struct strbuf *text)
{
        static const uint8_t uuid[16] = { 1 };
        CLEANUP_STATE struct state state = { 0 }, again = { 0 };
        CLEANUP_FREE char *written = NULL;
        int r;

        r = IN_CORE(state_get_device(&state, &(struct pci_address){ .bus = 1 }) ? 0 : -ENOMEM);
        r = r < 0 ? r : IN_CORE(state_add_mdev(&state, uuid, "mdev a", "mtty", "mtty-1"));
        r = r < 0 ? r : IN_CORE(state_add_failure(&state, "device a", EIO, "why"));
        r = r < 0 ? r : IN_CORE(state_record_bus_device(&state, "device a", w->p.inv->bus_devices, "vfio-platform"));
        r = r < 0 ? r : IN_CORE(state_set_released(&state, "device a"));
        assert_int_equal(state_is_released(&state, "device a"), r == 0);
        assert_null(state_find_failure(&state, "device b"));
        assert_int_equal(state_format(&state, &written), 0);
        assert_int_equal(state_parse(&again, written, strlen(written)), 0);
        if (r == 0)
                strbuf_add(text, written);
        return r;
}

static int part_claims(const struct world *w, struct strbuf *text)
{
        CLEANUP_CLAIMS struct claims c = { 0 }, again = { 0 };
        CLEANUP_FREE char *bytes = NULL;
        size_t len = 0;
        int r = IN_CORE(claims_build(w->p.config, &c));

        r = r < 0 ? r : IN_CORE(claims_format(&c, &bytes, &len));
        r = r < 0 ? r : IN_CORE(claims_parse(bytes, len, &again));
        if (r < 0)
                return r;
        strbuf_addf(text, "%x %s %zu:", again.flags, again.vfio_group, again.n);
        for (size_t i = 0; i < again.n; i++)
                strbuf_addf(text, " %llx", (unsigned long long) again.keys[i]);
        return 0;
}

/* Fails with the first line that is another. */
static void assert_same(size_t n, const char *expected, const char *found)
{
        size_t same = 0;

        while (expected[same] && expected[same] == found[same])
                same++;
        if (expected[same] == found[same])
                return;
        while (same > 0 && expected[same - 1] != '\n')
                same--;
        fail_msg("without allocation %zu it succeeds, but not with\n%.300s\n--- but with\n%.300s", n, expected + same,
                 found + same);
}

/* Returns how many allocations the part makes: each of them has failed once. */
static size_t run_out(const struct world *w, part run, bool lasting)
{
        CLEANUP_STRBUF struct strbuf expected = { 0 };
        size_t n = 0;
        bool met;

        assert_int_equal(run(w, &expected), 0);
        assert_true(expected.len > 0);
        do {
                CLEANUP_STRBUF struct strbuf found = { 0 };
                int r;

                fault_set(++n, lasting);
                r = run(w, &found);
                met = fault_unset();
                if (r == 0)
                        assert_same(n, expected.text, found.text);
                else if (r != -ENOMEM || !met)
                        fail_msg("without allocation %zu: %d", n, r);
        } while (met);
        return n - 1;
}

static void sweep(void **state)
{
        struct world w;
        size_t n;

        world_init(&w);
        n = run_out(&w, (part) *state, false);
        assert_true(n > 0);
        assert_int_equal(run_out(&w, (part) *state, true), n);
        world_clear(&w);
}

#define SWEEP(name) { #name, sweep, NULL, NULL, (void *) part_##name }

int main(void)
{
        const struct CMUnitTest tests[] = {
                SWEEP(config), SWEEP(mistakes), SWEEP(inventory), SWEEP(nvme), SWEEP(vgpu_types), SWEEP(plan), SWEEP(left_out), SWEEP(guard),
                SWEEP(usage_texts), SWEEP(configured), SWEEP(rows), SWEEP(json), SWEEP(list), SWEEP(list_json), SWEEP(tree),
                SWEEP(tree_json), SWEEP(explain), SWEEP(explain_json), SWEEP(state), SWEEP(notes), SWEEP(release), SWEEP(prune), SWEEP(claims),
                SWEEP(doctor), SWEEP(doctor_output), SWEEP(doctor_texts),
                SWEEP(loader), SWEEP(boot_grub), SWEEP(boot_cmdline), SWEEP(generated),
                SWEEP(rivals), SWEEP(generate),
                SWEEP(export), SWEEP(prometheus),
        };

        json_set_alloc_funcs(malloc, free);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
