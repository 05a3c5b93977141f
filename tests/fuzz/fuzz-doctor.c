/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as the texts that doctor reads (the next begins after a byte 0x1e, and its first byte says which it is):
 * each place that is told is one of the text's lines, and every check can be made of what was read. */
#include <jansson.h>
#include <string.h>

#include "base/macro.h"
#include "boot/boot-needs.h"
#include "doctor/doctor.h"
#include "fake/machine.h"
#include "fuzz/fuzz.h"
#include "import/foreign-config.h"
#include "scan/scan.h"
#include "view/rows.h"

#define SEPARATOR 0x1e

/* In which every check has something to look at. */
static const char config_text[] =
        "[module kvm]\nhalt_poll_ns = 7\n[device gpu]\naddress = 01:00\n[sriov uplink]\ninterface = "
        "enp5s0\nvfs = 4\n[mdev m]\nparent = mtty\ntype = i915-GVTg_V5_4\n";

struct look {
        struct config *config;
        struct inventory *inventory;
        struct plan *plan;
};

/* Nothing changes it, so one look is enough. */
static const struct look *get_look(void)
{
        static struct look look;
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        struct plan_input input = { 0 };
        struct fake_kernel *k;

        if (look.plan)
                return &look;
        k = machine_new_mtty();
        look.config = config_new();
        config_add_file(look.config, "c", config_text, strlen(config_text), &diags);
        config_finish(look.config, &diags);
        REQUIRE(diags.n == 0);
        REQUIRE(inventory_read(fake_sys(k), look.config, &look.inventory) == 0);
        input.config = look.config;
        input.inventory = look.inventory;
        plan_build(&input, &look.plan);
        fake_free(k);
        return &look;
}

static void read_text(struct doctor_facts *facts, unsigned which, char *text)
{
        switch (which % 5) {
        case 0:
                doctor_parse_cpuinfo(facts, text);
                return;
        case 1:
                doctor_parse_blacklist(facts, "/etc/modprobe.d/b.conf", text);
                return;
        case 2:
                doctor_parse_blacklist_cmdline(facts, "/proc/cmdline", text);
                return;
        case 3:
                doctor_parse_aliases(facts, text);
                return;
        default:
                free(facts->cmdline);
                facts->cmdline = strdup(text);
                REQUIRE(facts->cmdline);
                facts->dmar = doctor_has_direct_region(text) ? DOCTOR_YES : DOCTOR_NO;
                return;
        }
}

static void check_facts(const struct doctor_facts *facts, size_t lines)
{
        for (size_t i = 0; i < facts->n_blacklists; i++)
                REQUIRE(*facts->blacklists[i].module && facts->blacklists[i].line <= lines);
}

static void check_report(const struct doctor_facts *facts)
{
        static const struct rivals rivals;
        CLEANUP_BOOT_HOST struct boot_host boot = { .running = strdup(facts->cmdline ? facts->cmdline : "") };
        CLEANUP_REPORT struct doctor_report report = { 0 };
        CLEANUP_ROWS struct row_list rows = { 0 };
        CLEANUP_FREE char *json = NULL;
        const struct look *look = get_look();
        const struct doctor_input input = { facts, &boot, &rivals, look->config, look->inventory, look->plan, NULL, NULL, 0 };
        json_t *parsed;

        REQUIRE(boot.running);
        doctor_examine(&input, &report);
        REQUIRE(report.n > 0);
        for (size_t i = 0; i < report.n; i++)
                REQUIRE(report.items[i].severity < DOCTOR_SEVERITY_MAX && *report.items[i].subject &&
                        *report.items[i].text);
        rows_of_doctor(&report, "->", &rows);
        REQUIRE(rows.n >= report.n);
        json = render_doctor_json(&report);
        parsed = json_loads(json, 0, NULL);
        REQUIRE(parsed);
        json_decref(parsed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        CLEANUP_FACTS struct doctor_facts facts = { .boot_vga = NO_INDEX, .made = { .maker = INITRAMFS_TOOLS, .claims = true } };
        size_t lines = 1;

        for (size_t at = 0; at < size;) {
                const uint8_t *end = memchr(data + at, SEPARATOR, size - at);
                size_t len = end ? (size_t) (end - data) - at : size - at;
                CLEANUP_FREE char *text = NULL;

                for (size_t i = at; i < at + len; i++)
                        lines += data[i] == '\n';
                if (len > 0) {
                        text = calloc(1, len); /* one byte less, and the NUL */
                        REQUIRE(text);
                        memcpy(text, data + at + 1, len - 1);
                        read_text(&facts, data[at], text);
                }
                at += len + 1;
        }
        check_facts(&facts, lines);
        check_report(&facts);
        return 0;
}
