/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is done grows with the number of sections and no faster: counted in basic blocks of the library, which the compiler has call
 * a function of this test (-fsanitize-coverage=trace-pc), so that no clock is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "fake/back.h"
#include "fake/machine.h"
#include "fake/run.h"
#include "json/render-json.h"
#include "view/rows.h"

#define FEW 100U
#define TIMES 4U
/* Sorting and searching add a little to TIMES; a quadratic part that is a twentieth of the whole for FEW adds 0.6. */
#define RATIO_MAX 4.35

static uint64_t blocks;

void __sanitizer_cov_trace_pc(void);

void __sanitizer_cov_trace_pc(void)
{
        blocks++;
}

enum { TELL, APPLY, AGAIN, ONE, RELEASE, STAGES };

static const char *const stages[STAGES] = { "plan and status", "apply", "apply again", "plan of one section", "release" };

/* The address of the nth card: 8 functions have a bus, each of a slot of its own. */
static void address_of(char text[static PCI_ADDRESS_MAX], unsigned n)
{
        (void) snprintf(text, PCI_ADDRESS_MAX, "0000:%02x:%02x.0", 0x10 + n / 16, n % 16);
}

static void add_cards(struct fake_kernel *k, unsigned n)
{
        for (unsigned i = 0; i < n; i++) {
                char address[PCI_ADDRESS_MAX];

                address_of(address, i);
                fake_pci_add(k, address, &(struct fake_pci){ .id = "8086:1572", .class = 0x020000, .driver = "i40e", .native = "i40e",
                                                             .resets = "flr bus" });
        }
}

/* Sections for n cards, as a format of printf() for address and number says. */
static char *sections_of(const char *format, unsigned n)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };

        for (unsigned i = 0; i < n; i++) {
                char address[PCI_ADDRESS_MAX];

                address_of(address, i);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
                strbuf_addf(&text, format, address, i);
#pragma GCC diagnostic pop
        }
        return strbuf_steal(&text);
}

static void add_modules(struct fake_kernel *k, unsigned n)
{
        for (unsigned i = 0; i < n; i++) {
                static const struct fake_param params[] = { { "x", "0", true, false }, { NULL, NULL, false, false } };
                char name[32];

                (void) snprintf(name, sizeof(name), "there%u", i);
                fake_module_add(k, name, &(struct fake_module){ .loaded = true, .params = params });
                (void) snprintf(name, sizeof(name), "other%u", i);
                fake_module_add(k, name, &(struct fake_module){ .params = params });
        }
}

static void tell(struct fake_kernel *k, const char *text, bool one)
{
        CLEANUP(config_freep) struct config *config = run_config(text);
        CLEANUP_SNAPSHOT struct snapshot s = { 0 };
        CLEANUP_STATE struct state state = { 0 };
        CLEANUP_ROWS struct row_list plan = { 0 }, status = { 0 };
        CLEANUP_FREE char *summary = NULL, *plan_json = NULL, *status_json = NULL;

        for (size_t i = 1; one && i < config->n_sections; i++)
                config->sections[i]->left_out = true;
        snapshot_take(fake_sys(k), config, &state, &s);
        rows_of_plan(s.plan, s.inventory, "->", &plan);
        rows_of_status(s.plan, s.inventory, &state, NULL, &status);
        summary = plan_summary(s.plan);
        assert_non_null(summary);
        plan_json = render_plan_json(s.plan, NULL, s.inventory);
        status_json = render_status_json(&(struct status_input){ .plan = s.plan, .inventory = s.inventory, .state = &state });
}

static void apply(struct fake_kernel *k, const char *text)
{
        CLEANUP_RUN struct run run = { 0 };

        run_apply(k, text, &run);
        assert_int_equal(run.error, 0);
}

/* The blocks of each stage with n sections. */
static void count(const char *format, unsigned n, uint64_t ret[static STAGES])
{
        CLEANUP(fake_freep) struct fake_kernel *k = fake_new();
        CLEANUP_FREE char *text = sections_of(format, n);

        add_cards(k, n);
        add_modules(k, n);
        for (unsigned stage = 0; stage < STAGES; stage++) {
                blocks = 0;
                if (stage == TELL || stage == ONE)
                        tell(k, text, stage == ONE);
                else if (stage == RELEASE)
                        (void) release(k, NULL);
                else
                        apply(k, text);
                ret[stage] = blocks;
        }
}

static void grows_no_faster(void **unused)
{
        static const char *const formats[] = {
                "[device d%2$u]\naddress = %1$s\n",
                "[device d%2$u]\naddress = %1$s\nreset-method = bus\ngroup = whole\nexpect = 8086:1572\n",
                "[device d%2$u]\naddress = %1$s\nexpect = 8086:1\n",     /* refused */
                "[device d%2$u]\nid = 8086:%2$04x\n", /* absent */
                "[device d%2$u]\ninterface = eth%2$u\nexpect = 8086:1572\n",
                "[sriov d%2$u]\naddress = %1$s\nvfs = 2\n",                /* they have none */
                "[module there%2$u]\nx = 1\n",
                "[module other%2$u]\nx = 1\n[device d%2$u]\naddress = %1$s\n", /* they are loaded */
                "[module missing%2$u]\nx = 1\n",                          /* they fail */
                "[device d%2$u]\naddress = %1$s\ndriver = missing%2$u\n", /* so do these */
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
                uint64_t few[STAGES], many[STAGES];

                count(formats[i], FEW, few);
                count(formats[i], FEW * TIMES, many);
                for (unsigned stage = 0; stage < STAGES; stage++) {
                        double ratio = (double) many[stage] / (double) few[stage];

                        assert_true(few[stage] > 10 * FEW); /* they are counted */
                        if (ratio > RATIO_MAX)
                                fail_msg("%s, %u and %u sections like %s: %llu and %llu blocks, %.2f times as many", stages[stage], FEW,
                                         FEW * TIMES, formats[i], (unsigned long long) few[stage],
                                         (unsigned long long) many[stage], ratio);
                }
        }
}

/* A state in which each section has failed and is released, as apply and release come to it: the last one first. */
static void fill_state(struct state *state, const struct config *config)
{
        for (size_t i = config->n_sections; i-- > 0;) {
                CLEANUP_FREE char *key = config_section_key(config->sections[i]);

                state_add_failure(state, key, 5, "it failed");
                state_set_released(state, key);
        }
}

static uint64_t count_state(unsigned n)
{
        CLEANUP(fake_freep) struct fake_kernel *k = fake_new();
        CLEANUP_FREE char *text = sections_of("[device d%2$u]\naddress = %1$s\n", n);
        CLEANUP(config_freep) struct config *config = run_config(text);
        CLEANUP_SNAPSHOT struct snapshot s = { 0 };
        CLEANUP_STATE struct state state = { 0 }, read = { 0 };
        CLEANUP_FREE char *written = NULL;

        add_cards(k, n);
        snapshot_take(fake_sys(k), config, &state, &s);
        blocks = 0;
        fill_state(&state, config);
        assert_int_equal(status_count(s.plan, &state).n[STATUS_RELEASED], n);
        state_format(&state, &written);
        assert_int_equal(state_parse(&read, written, strlen(written)), 0);
        for (size_t i = 0; i < config->n_sections; i++) {
                CLEANUP_FREE char *key = config_section_key(config->sections[i]);

                state_clear_released(&read, key);
                config->sections[i]->left_out = i % 2 == 0;
        }
        assert_int_equal(status_count(s.plan, &read).n[STATUS_FAILED], n / 2);
        converge_clear_failures(config, &read);
        assert_int_equal(read.n_failures, n / 2);
        /* An instance, for a device that has come. */
        assert_true(converge_select(config, &state, &s, "0000:10:00.0") || state.n_released > 0);
        assert_true(converge_select(config, &read, &s, "0000:10:00.0"));
        return blocks;
}

static void state_grows_no_faster(void **unused)
{
        uint64_t few = count_state(FEW), many = count_state(FEW * TIMES);

        (void) unused;
        if ((double) many / (double) few > RATIO_MAX)
                fail_msg("%u and %u failed sections: %llu and %llu blocks", FEW, FEW * TIMES, (unsigned long long) few,
                         (unsigned long long) many);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(grows_no_faster), cmocka_unit_test(state_grows_no_faster) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
