/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The line of what is under way: on a terminal alone, and gone before anything else is said; and what it says. */
#include <pty.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/macro.h"
#include "base/strbuf.h"
#include "boot/boot-write.h"
#include "report/log.h"
#include "report/progress.h"
#include "report/report-words.h"

/* Runs say() with the descriptor as stderr, and returns what it wrote. */
static char *said(void (*say)(void), int out, int in)
{
        int before = dup(STDERR_FILENO);
        char text[4096];
        size_t len = 0;
        ssize_t n;

        assert_true(before >= 0 && dup2(out, STDERR_FILENO) >= 0);
        say();
        (void) fflush(stderr);
        assert_true(dup2(before, STDERR_FILENO) >= 0);
        close(before);
        close(out);
        /* A terminal that nobody has open any more is at its end with an error. */
        while ((n = read(in, text + len, sizeof(text) - 1 - len)) > 0)
                len += (size_t) n;
        close(in);
        text[len] = '\0';
        return strdup(text);
}

static void say(void)
{
        progress_show("creating %d VFs", 64);
        progress_show("binding");
        log_plain(LOG_INFO, NULL, "said");
        progress_clear();
        progress_show("waiting");
        progress_clear();
        progress_clear();
}

static void on_a_terminal(void **unused)
{
        CLEANUP_FREE char *text = NULL;
        int in, out;

        (void) unused;
        assert_int_equal(openpty(&in, &out, NULL, NULL, NULL), 0);
        (void) setenv("TERM", "xterm", true);
        (void) setenv("NO_COLOR", "1", true);
        text = said(say, out, in);
        assert_string_equal(text, "\r\033[K\033[?7lcreating 64 VFs\033[?7h"
                                  "\r\033[K\033[?7lbinding\033[?7h\r\033[Ksaid\r\n"
                                  "\r\033[K\033[?7lwaiting\033[?7h\r\033[K");
}

static void elsewhere(void **unused)
{
        CLEANUP_FREE char *piped = NULL, *dumb = NULL;
        int in, out, fds[2];

        (void) unused;
        (void) setenv("TERM", "xterm", true);
        assert_int_equal(pipe(fds), 0);
        piped = said(say, fds[1], fds[0]);
        assert_string_equal(piped, "said\n");
        assert_int_equal(openpty(&in, &out, NULL, NULL, NULL), 0);
        (void) setenv("TERM", "dumb", true);
        dumb = said(say, out, in);
        assert_string_equal(dumb, "said\r\n");
}

static void steps(void **unused)
{
        const struct pci_address nic = { .bus = 3 };
        struct plan_item item = { .parent_name = (char *) "mtty" };
        const struct plan plan = { .items = &item, .n_items = 1 };
        const struct report report = { .plan = &plan };
        const struct {
                struct plan_step step;
                const char *text;
        } cases[] = {
                { { .kind = STEP_MODULE_LOAD, .subject = (char *) "vfio-pci" }, "loading vfio-pci" },
                { { .kind = STEP_NUMVFS,
                    .has_address = true,
                    .address = nic,
                    .old = (char *) "0",
                    .value = (char *) "64" },
                  "creating 64 VFs on 0000:03:00.0" },
                { { .kind = STEP_NUMVFS,
                    .has_address = true,
                    .address = nic,
                    .old = (char *) "8",
                    .value = (char *) "0" },
                  "removing 8 VFs on 0000:03:00.0" },
                { { .kind = STEP_UNBIND, .has_address = true, .address = nic, .old = (char *) "igb" },
                  "unbinding 0000:03:00.0 from igb" },
                { { .kind = STEP_BIND,
                    .has_address = true,
                    .address = nic,
                    .new_vf = true,
                    .value = (char *) "vfio-pci" },
                  "binding a new VF of 0000:03:00.0 to vfio-pci" },
                { { .kind = STEP_BIND, .bus = BUS_AP, .subject = (char *) "03.0007", .value = (char *) "vfio_ap" },
                  "binding 03.0007 to vfio_ap" },
                { { .kind = STEP_PROBE, .has_address = true, .address = nic },
                  "binding 0000:03:00.0 to its own driver" },
                { { .kind = STEP_MDEV_CREATE }, "creating an mdev on mtty" },
                { { .kind = STEP_MDEV_REMOVE, .subject = (char *) "mtty" }, "removing an mdev from mtty" },
                { { .kind = STEP_OVERRIDE, .has_address = true, .address = nic }, "setting up 0000:03:00.0" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_STRBUF struct strbuf b = { 0 };

                report_add_doing(&b, &report, &cases[i].step);
                assert_string_equal(b.text, cases[i].text);
        }
}

static struct strbuf lines;

static void on_line(const char *line)
{
        strbuf_addf(&lines, "<%s>", line);
}

/* What the boot loader's command prints: line by line, and whole for when it fails. */
static void commands(void **unused)
{
        char *const argv[] = { (char *) "/bin/sh", (char *) "-c",
                               (char *) "echo one; echo two >&2; printf '50%%\\r100%%\\n\\nlast'; exit 3", NULL };
        char *const missing[] = { (char *) "/nonexistent", NULL };
        struct boot_output output = { .on_line = on_line };

        (void) unused;
        assert_int_equal(boot_runner_live.run(&output, argv), 3);
        assert_string_equal(lines.text, "<one><two><50%><100%>");
        assert_string_equal(output.text.text, "one\ntwo\n50%\n100%\nlast\n");
        strbuf_free(&lines);
        strbuf_free(&output.text);
        assert_true(boot_runner_live.run(&output, missing) < 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(on_a_terminal),
                cmocka_unit_test(elsewhere),
                cmocka_unit_test(steps),
                cmocka_unit_test(commands),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
