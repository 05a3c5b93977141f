/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A few boots of one host, each from the initramfs to what comes while it is up, and what must hold at every moment:
 * nothing that the host uses is taken, what is refused is as it would be without us, what is cleared never meets its
 * host driver, and a boot in which nothing has changed is done early. */
#include <string.h>

#include "fake/back.h"
#include "fake/boot.h"
#include "fake/fake-internal.h"
#include "fuzz/boots.h"
#include "guard/clearance-file.h"
#include "state/notes.h"
#include "state/state-file.h"
#include "base/macro.h"
#include "base/strutil.h"

#define WAITING_MAX 32

/* µs: when udev has handled the coldplug, and when a driver comes that is late. */
#define UDEV_IDLE_AT 50000
#define LATE_AT 5000000

/* A record, and what each device in it was when it was cleared: worked out from the machine, not by the code under
 * test. */
struct memory {
        char *record;         /* NULL: there is none */
        char *lines[N_PARTS]; /* NULL: the record has none for it */
        char *was[N_PARTS];
};

struct world {
        struct boots b;
        const struct boots_boot *boot;
        struct fake_kernel *k;
        char *text; /* the configuration's */
        struct memory now, older;
        bool touched[N_PARTS];
        bool held[N_PARTS];     /* handed over by a whole look of this boot */
        bool bare[N_PARTS];     /* without a driver at that time */
        bool expected[N_PARTS]; /* never on its host driver until the whole look */
        enum boots_stage stage;
        char *waiting[WAITING_MAX]; /* names of the instances that are to run */
        size_t n_waiting;
        bool disturbed; /* of this boot: something came between that the next one can't be measured by */
};

/* ---- telling ---- */

static bool is_verbose(void)
{
        return getenv("FUZZ_VERBOSE");
}

static void say(const char *what, const char *more)
{
        if (is_verbose())
                fprintf(stderr, "== %s %s\n", what, more);
}

#define REQUIRE_PART(condition, w, part, when)                                                                        \
        do {                                                                                                          \
                if (!(condition)) {                                                                                   \
                        tell_part(w, part, when);                                                                     \
                        REQUIRE(condition);                                                                           \
                }                                                                                                     \
        } while (0)

static void tell_part(const struct world *w, unsigned part, const char *when)
{
        const char *address = boots_places[part].address, *driver = fake_driver_of(w->k, address);

        fprintf(stderr, "%s, %s: driver '%s', override '%s'\n%s", when, address, driver ? driver : "(absent)",
                driver ? fake_override_of(w->k, address) : "", w->text);
        fake_print_writes(w->k, 0);
}

static void tell_host(const struct world *w)
{
        static const char *const uses[] = { "", "root or route", "listed", "listed, lazy", "mounted" };
        static const char *const arrivals[] = { "coldplug", "start", "initramfs", "while early", "late", "never" };

        for (unsigned i = 0; is_verbose() && i < N_PARTS; i++)
                if (w->b.parts[i].there)
                        fprintf(stderr, "%s %s card %u, group %u, driver comes: %s, use: %s\n",
                                boots_places[i].address, boots_native(i), w->b.parts[i].card, w->b.parts[i].group,
                                arrivals[boots_arrival(&w->b, i)], uses[boots_use(&w->b, i)]);
        say("configuration:\n", w->text);
}

/* ---- the record ---- */

static void memory_clear(struct memory *m)
{
        free(m->record);
        for (unsigned i = 0; i < N_PARTS; i++) {
                free(m->lines[i]);
                free(m->was[i]);
        }
        *m = (struct memory){ 0 };
}

static char *line_of(const char *record, unsigned part)
{
        const char *address = boots_places[part].address;

        for (const char *line = record; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
                if (strncmp(line, address, strlen(address)) == 0)
                        return strndup(line, strcspn(line, "\n"));
        return NULL;
}

static char *identity(const struct world *w, unsigned part)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };

        boots_identify(&w->b, part, &b);
        return strbuf_steal(&b);
}

/* After whatever may have written the record. What it says as before, it says of the device of then. */
static void remember(struct world *w)
{
        struct memory m = { .record = boot_record(w->k) };

        for (unsigned i = 0; i < N_PARTS; i++) {
                m.lines[i] = line_of(m.record, i);
                if (m.lines[i] && streq_ptr(m.lines[i], w->now.lines[i]))
                        m.was[i] = STEAL(w->now.was[i]);
                else if (m.lines[i])
                        m.was[i] = identity(w, i);
        }
        if (streq_ptr(m.record, w->now.record))
                memory_clear(&w->now);
        else {
                memory_clear(&w->older);
                w->older = w->now;
                /* What was moved is the same there. */
                for (unsigned i = 0; i < N_PARTS; i++)
                        if (w->older.lines[i] && !w->older.was[i])
                                w->older.was[i] = strdup(m.was[i]);
        }
        w->now = m;
}

static bool clears(const struct world *w, const struct memory *m, unsigned part)
{
        CLEANUP_FREE char *is = identity(w, part);

        return m && w->b.parts[part].there && m->was[part] && streq(is, m->was[part]);
}

/* ---- what must hold ---- */

static void check_violations(const struct world *w)
{
        if (!fake_violations(w->k))
                return;
        fprintf(stderr, "violations:\n%s%s", fake_violations(w->k), w->text);
        fake_print_writes(w->k, 0);
        REQUIRE(!fake_violations(w->k));
}

/* Before the whole look: only what is cleared is taken. by: the record that holds, NULL: none does. */
static void check_early(const struct world *w, const struct memory *by, const char *when)
{
        for (unsigned i = 0; i < N_PARTS; i++)
                if (!w->held[i] && boots_is_taken(w->k, i))
                        REQUIRE_PART(clears(w, by, i), w, i, when);
        check_violations(w);
}

static void check_cleared(const struct world *w, const char *when)
{
        for (unsigned i = 0; i < N_PARTS; i++)
                if (w->expected[i])
                        REQUIRE_PART(!boots_is_native(w->k, i), w, i, when);
}

static void mark_taken(const struct run *run, bool taken[static N_PARTS])
{
        for (size_t i = 0; run->snapshot.plan && i < run->snapshot.plan->n_items; i++) {
                const struct plan_item *item = &run->snapshot.plan->items[i];

                for (size_t k = 0; item_is_open(item) && k < item->n_claims; k++)
                        for (unsigned part = 0; part < N_PARTS && item->claims[k].function != NO_INDEX; part++) {
                                char address[PCI_ADDRESS_MAX];

                                pci_address_format(
                                        &run->snapshot.inventory->functions[item->claims[k].function].address,
                                        address);
                                taken[part] = taken[part] || streq(address, boots_places[part].address);
                        }
        }
}

static size_t count_displays(const struct world *w)
{
        size_t n = 0;

        for (unsigned i = 0; i < N_PARTS; i++)
                n += boots_is_display(i) && boots_is_native(w->k, i);
        return n;
}

static bool failed(const struct run *run)
{
        for (size_t i = 0; i < run->n_events; i++)
                if (run->events[i].outcome != OUTCOME_DONE)
                        return true;
        return run->error < 0;
}

static size_t system_writes(const struct fake_kernel *k)
{
        size_t n = 0;

        for (size_t i = 0; i < fake_n_writes(k); i++)
                n += !after_prefix(fake_get_write(k, i)->path, "run/") &&
                     !after_prefix(fake_get_write(k, i)->path, "var/lib/passthru-setup/");
        return n;
}

/* ---- runs ---- */

static void save_claims(const struct world *w)
{
        CLEANUP(config_freep) struct config *config = run_config(w->text);

        REQUIRE(claims_save(fake_sys(w->k), config) == 0);
}

static void tell_run(const char *what, const struct run *run)
{
        say(what, run->error < 0 ? strerror(-run->error) : "");
        if (is_verbose())
                run_print(run);
}

/* A run with all guards: the whole look, or that of an instance (device). */
static void look(struct world *w, const char *device, struct run *run)
{
        bool used[N_PARTS], bare[N_PARTS], taken[N_PARTS] = { false };
        size_t displays = count_displays(w);

        for (unsigned i = 0; i < N_PARTS; i++) {
                used[i] = !boots_is_display(i) && boots_is_used(&w->b, w->k, i);
                bare[i] = !boots_is_native(w->k, i) && !boots_is_taken(w->k, i);
        }
        save_claims(w);
        if (device)
                run_device(w->k, w->text, device, run);
        else
                boot_whole(w->k, w->text, run);
        tell_run(device ? device : "whole look", run);
        check_violations(w);
        REQUIRE(run->error == 0);
        mark_taken(run, taken);
        remember(w);
        for (unsigned i = 0; i < N_PARTS; i++) {
                if (!w->b.parts[i].there)
                        continue;
                if (used[i] && !boots_is_forced(&w->b, i))
                        REQUIRE_PART(boots_is_native(w->k, i), w, i, "used by the host");
                /* What has come during the run has an instance of its own. */
                if (!device && !taken[i] && !w->held[i] && !(w->boot->race == 3 && w->boot->race_part == i)) {
                        REQUIRE_PART(!boots_is_taken(w->k, i), w, i, "not to be handed over");
                        REQUIRE_PART(boots_is_native(w->k, i) || !fake_module_loaded(w->k, boots_native(i)), w, i,
                                     "not to be handed over");
                        REQUIRE_PART(!w->now.lines[i] || !fake_driver_of(w->k, boots_places[i].address) ||
                                             clears(w, &w->now, i) == false,
                                     w, i, "cleared and not taken");
                }
                if (!device && taken[i] && !failed(run))
                        REQUIRE_PART(boots_is_taken(w->k, i) || (i == PF_PART), w, i, "to be handed over");
                if (!w->held[i])
                        w->bare[i] = bare[i];
                w->held[i] = boots_is_taken(w->k, i);
        }
        if (displays > 0 && count_displays(w) == 0)
                REQUIRE_PART(boots_is_forced(&w->b, GPU_PART) || boots_is_forced(&w->b, VGA_PART), w, GPU_PART,
                             "no display is left");
        boots_use_what_is_there(&w->b, w->k, w->stage);
}

/* The instances that events have named, after the run that they wait for. */
static void run_waiting(struct world *w)
{
        while (w->n_waiting > 0) {
                CLEANUP_RUN struct run run = { 0 };
                CLEANUP_FREE char *name = w->waiting[0];

                memmove(w->waiting, w->waiting + 1, --w->n_waiting * sizeof(w->waiting[0]));
                look(w, name, &run);
        }
}

static void event(struct world *w, const char *word, const char *arg)
{
        CLEANUP_EVENT struct event_result e = { 0 };

        boot_event(w->k, word, arg, &e);
        say(word, arg);
        for (size_t i = 0; e.wants && i < w->n_waiting; i++)
                if (streq(w->waiting[i], e.wants))
                        return;
        if (e.wants && w->n_waiting < WAITING_MAX)
                w->waiting[w->n_waiting++] = STEAL(e.wants);
}

static void add_event(struct world *w, unsigned part)
{
        if (fake_driver_of(w->k, boots_places[part].address))
                event(w, "add", boots_places[part].address);
}

/* What comes with a driver. */
static void driver_events(struct world *w)
{
        for (unsigned i = 0; i < N_PARTS; i++) {
                const struct boots_place *p = &boots_places[i];
                CLEANUP_FREE char *net = fake_printf("/devices/pci0000:%.2s/%s/net/%s", p->address + 5, p->address,
                                                     p->card.netdev ? p->card.netdev : "");
                CLEANUP_FREE char *nvme =
                        fake_printf("/devices/pci0000:%.2s/%s/nvme/nvme7", p->address + 5, p->address);

                if (!boots_is_native(w->k, i))
                        continue;
                if (p->card.totalvfs > 0)
                        event(w, "bind", p->address);
                if (p->card.netdev)
                        event(w, "interface", net);
                if (p->card.nvme_serial)
                        event(w, "controller", nvme);
        }
}

/* ---- a boot ---- */

static void load_early(struct fake_kernel *k, void *arg)
{
        const struct world *w = arg;

        boots_load(&w->b, k, WHILE_EARLY, w->stage);
}

static void load_late(struct fake_kernel *k, void *arg)
{
        const struct world *w = arg;

        boots_load(&w->b, k, LATE, w->stage);
}

static void drain(const struct world *w, uint64_t until)
{
        while (w->k->changes && w->k->changes->at <= until)
                (void) fake_events_wait(w->k, until);
}

/* Of another host, or of this one before all its cards were others. */
static char *foreign(const char *record)
{
        char *text = strdup(record ? record : "");

        for (char *at = text; (at = strstr(at, "id=")); at += 3)
                at[3] = at[3] == 'f' ? 'e' : 'f';
        return text;
}

/* What the initramfs has; NULL: it has nothing of ours. */
static const struct memory *initramfs(struct world *w)
{
        CLEANUP_FREE char *other = w->boot->image == 3 ? foreign(w->now.record) : NULL;
        const struct memory *m = w->boot->image == 1 ? &w->now : w->boot->image == 2 ? &w->older : NULL;

        boot_set_record(w->k, NULL);
        boot_initramfs(w->k, other ? other : m ? m->record : NULL);
        boots_load(&w->b, w->k, IN_INITRAMFS, IN_THE_INITRAMFS);
        if (w->boot->flags & BOOT_VAR_LATER || !w->now.record)
                boot_set_record(w->k, NULL);
        else
                boot_set_record(w->k, w->now.record);
        check_early(w, m, "after the initramfs");
        return m && m->record ? m : NULL;
}

static void claim(struct world *w, const struct memory *by)
{
        for (unsigned i = 0; i < N_PARTS; i++)
                w->expected[i] = clears(w, by, i) && !boots_is_native(w->k, i);
        boot_claim(w->k);
        check_early(w, by, "after the claim");
        check_cleared(w, "after the claim");
}

static void coldplug(struct world *w, const struct memory *by)
{
        for (unsigned i = 0; i < N_PARTS; i++) {
                add_event(w, i);
                check_early(w, by, "coldplug");
        }
        boots_load(&w->b, w->k, WITH_COLDPLUG, BEFORE_LOCAL_FS);
        check_cleared(w, "coldplug");
}

static void race(struct fake_kernel *k, void *arg)
{
        struct world *w = arg;
        unsigned part = w->boot->race_part;

        say("meanwhile:", w->boot->race == 3 ? "a card" : "a driver");
        if (w->boot->race != 3)
                (void) fake_modprobe(k, boots_native(part));
        else if (!w->b.parts[part].there) {
                w->b.parts[part].there = 1;
                boots_add_part(&w->b, k, part);
                add_event(w, part);
        }
        boots_use_what_is_there(&w->b, k, w->stage);
}

static void arm(struct world *w, unsigned kind)
{
        if (w->boot->race == kind)
                fake_before_operation(w->k, 1 + w->boot->moment * 3U, race, w);
}

static void disarm(struct world *w)
{
        w->k->change_at = 0;
}

static void early(struct world *w, const struct memory *by, bool settled)
{
        CLEANUP_RUN struct run run = { 0 };

        save_claims(w);
        arm(w, 1);
        if (w->boot->flags & BOOT_CUT_EARLY)
                fake_fail_at(w->k, 1 + w->boot->moment * 2U, FAULT_DEATH, EIO);
        boot_early(w->k, w->text, &run);
        fake_fail_at(w->k, 0, FAULT_ERROR, 0);
        disarm(w);
        tell_run("early", &run);
        REQUIRE(run.error == 0 || w->boot->flags & BOOT_CUT_EARLY);
        check_early(w, by, "early");
        if (settled)
                check_cleared(w, "early");
}

static bool is_waited_for(const struct world *w)
{
        for (unsigned i = 0; i < N_PARTS; i++) {
                enum use use = boots_use(&w->b, i);

                if (w->b.parts[i].there && boots_arrival(&w->b, i) == LATE && use != UNUSED && use != LISTED_LAZY)
                        return true;
        }
        return false;
}

static bool has_late(const struct world *w)
{
        for (unsigned i = 0; i < N_PARTS; i++)
                if (w->b.parts[i].there && boots_arrival(&w->b, i) == LATE)
                        return true;
        return false;
}

/* Nothing has changed: there is nothing to do. */
static void second_look(struct world *w)
{
        CLEANUP_RUN struct run run = { 0 };
        CLEANUP_FREE char *record = strdup(w->now.record ? w->now.record : "");
        size_t writes = system_writes(w->k);

        look(w, NULL, &run);
        REQUIRE(run.n_steps == 0 && run.n_given_back == 0);
        REQUIRE(system_writes(w->k) == writes);
        REQUIRE(streq_ptr(w->now.record ? w->now.record : "", record));
}

/* From the claim to the host that is up. settled: nothing has changed since a boot that was as it should be. */
static void come_up(struct world *w, const struct memory *by, bool same_config, bool settled)
{
        CLEANUP_RUN struct run run = { 0 };

        w->stage = BEFORE_LOCAL_FS;
        claim(w, by);
        coldplug(w, by);
        early(w, by, same_config);
        if (w->boot->flags & BOOT_VAR_LATER)
                boot_set_record(w->k, w->now.record);
        drain(w, is_waited_for(w) ? LATE_AT : UDEV_IDLE_AT);
        w->stage = HOST_IS_UP;
        boots_use_what_is_there(&w->b, w->k, HOST_IS_UP);
        for (unsigned i = 0; settled && i < N_PARTS; i++)
                if (w->now.lines[i] && w->b.parts[i].there)
                        REQUIRE_PART(boots_is_taken(w->k, i), w, i, "cleared and not taken early");
        arm(w, 2);
        arm(w, 3);
        look(w, NULL, &run);
        disarm(w);
        w->disturbed = w->disturbed || failed(&run);
        if (settled)
                REQUIRE(run.n_steps == 0 && run.n_given_back == 0);
        drain(w, LATE_AT);
        driver_events(w);
        run_waiting(w);
        if (w->boot->flags & BOOT_LOOK_TWICE && w->boot->race == 0 && !has_late(w)) {
                REQUIRE(!failed(&run));
                second_look(w);
        }
        w->stage = ALL_IS_UP;
        boots_use_what_is_there(&w->b, w->k, ALL_IS_UP);
}

/* ---- what comes while it is up ---- */

static void pull(struct world *w, unsigned part)
{
        fake_pci_remove(w->k, boots_places[part].address);
        event(w, "remove", boots_places[part].address);
        w->b.parts[part].there = 0;
        w->held[part] = false;
}

static void put_in(struct world *w, unsigned part, enum card card)
{
        w->b.parts[part].there = 1;
        w->b.parts[part].card = (uint8_t) card;
        boots_claim(&w->b, w->touched);
        for (unsigned i = 0; i < N_PARTS; i++)
                if (w->touched[i])
                        fake_claim(w->k, boots_places[i].address);
        boots_add_part(&w->b, w->k, part);
        add_event(w, part);
        if (boots_arrival(&w->b, part) != NEVER)
                (void) fake_modprobe(w->k, boots_native(part));
        boots_use_what_is_there(&w->b, w->k, w->stage);
        driver_events(w);
        run_waiting(w);
}

static void drop_notes(struct world *w)
{
        CLEANUP_STATE struct state all = { 0 };

        REQUIRE(state_load(fake_sys(w->k), false, &all) == 0);
        for (size_t i = 0; i < all.n_devices; i++)
                (void) hotplug_drop_claim(fake_sys(w->k), &all.devices[i].address);
}

static void give_back(struct world *w)
{
        CLEANUP_STATE struct state state = { 0 };
        char keys[N_SECTIONS * 2][16], *list[N_SECTIONS * 2];
        size_t n;

        REQUIRE(state_load(fake_sys(w->k), true, &state) == 0);
        for (unsigned i = 0; i < N_SECTIONS * 2; i++) {
                (void) snprintf(keys[i], sizeof(keys[i]), "%s s%u", i % 2 ? "sriov" : "device", i / 2);
                list[i] = keys[i];
                state_set_released(&state, keys[i]);
        }
        REQUIRE(state_save(fake_sys(w->k), &state) == 0);
        REQUIRE(clearance_withdraw(fake_sys(w->k), list, N_SECTIONS * 2) == 0);
        n = release(w->k, NULL);
        if (n > 0)
                fake_print_writes(w->k, 0);
        REQUIRE(n == 0);
        drop_notes(w);
        remember(w);
        check_violations(w);
        for (unsigned i = 0; i < N_PARTS; i++) {
                if (!w->b.parts[i].there)
                        continue;
                REQUIRE_PART(!boots_is_taken(w->k, i), w, i, "released");
                REQUIRE_PART(boots_is_native(w->k, i) || !fake_module_loaded(w->k, boots_native(i)) || w->bare[i], w,
                             i, "released");
                w->held[i] = false;
        }
        boots_use_what_is_there(&w->b, w->k, w->stage);
}

/* File systems go and come, and the units start once more; drivers and /run stay. */
static void soft_reboot(struct world *w)
{
        struct node *n;

        if (node_find(w->k->root, "proc/1/mountinfo", true, &n) == 0)
                node_set(n, "", 0);
        boots_use_what_is_there(&w->b, w->k, IN_THE_INITRAMFS);
        come_up(w, &w->now, true, false);
}

static void while_up(struct world *w, const struct boots_event *e)
{
        CLEANUP_RUN struct run run = { 0 };
        bool there = w->b.parts[e->part].there;
        enum card card = w->b.parts[e->part].card;

        /* Nobody pulls out what is in use. */
        if (e->what >= 2 && e->what <= 4 && (!there || boots_is_used(&w->b, w->k, e->part)))
                return;
        w->disturbed = w->disturbed || e->what > 1;
        switch (e->what) {
        case 1:
                look(w, NULL, &run);
                break;
        case 2:
                pull(w, e->part);
                break;
        case 3:
        case 4:
                pull(w, e->part);
                put_in(w, e->part, e->what == 3 ? card : (card + 1) % N_CARDS);
                break;
        case 5:
                if (!there)
                        put_in(w, e->part, card);
                break;
        case 6:
                soft_reboot(w);
                break;
        case 7:
                give_back(w);
                break;
        default:
                break;
        }
}

static void change_hardware(struct world *w)
{
        struct boots_part *p = &w->b.parts[w->boot->part];

        switch (w->boot->hardware) {
        case 1:
                p->there = !p->there;
                break;
        case 2:
                p->card = CARD_OTHER;
                /* It may be the one that the host uses. */
                p->use = (uint8_t) (w->boot->moment % N_USES);
                break;
        case 3:
                p->card = CARD_SAME_KIND;
                break;
        case 4:
                p->group = (uint8_t) ((p->group + 1) % 4);
                break;
        case 5:
                p->arrival = (uint8_t) ((p->arrival + 1) % N_ARRIVALS);
                break;
        default:
                break;
        }
}

/* One that is with the host before another display is: early it is the only one. */
static bool has_early_display(const struct world *w)
{
        for (unsigned i = 0; i < N_PARTS; i++)
                if (w->b.parts[i].there && boots_is_display(i) &&
                    (boots_arrival(&w->b, i) == FROM_THE_START || boots_arrival(&w->b, i) == IN_INITRAMFS))
                        return true;
        return false;
}

static void start(struct world *w)
{
        w->k = boots_kernel(&w->b);
        w->n_waiting = 0;
        memset(w->held, 0, sizeof(w->held));
        boots_claim(&w->b, w->touched);
        for (unsigned i = 0; i < N_PARTS; i++)
                if (w->touched[i])
                        fake_claim(w->k, boots_places[i].address);
        (void) fake_modprobe(w->k, "igbvf");
        if (w->boot->flags & BOOT_MODULE_AT_START)
                (void) fake_modprobe(w->k, "vfio_pci");
        w->stage = IN_THE_INITRAMFS;
        boots_load(&w->b, w->k, FROM_THE_START, IN_THE_INITRAMFS);
        fake_udev_busy_until(w->k, UDEV_IDLE_AT);
        fake_schedule(w->k, 20000, load_early, w);
        fake_schedule(w->k, LATE_AT, load_late, w);
}

/* Returns whether the next boot can be measured by this one. */
static void boot_once(struct world *w, bool measured)
{
        const struct memory *image, *by;
        bool later = w->boot->flags & BOOT_VAR_LATER;
        bool same = !has_early_display(w) && w->boot->hardware == 0 && w->boot->config == 0 && measured;

        start(w);
        tell_host(w);
        w->disturbed = w->boot->race != 0 || has_late(w);
        image = initramfs(w);
        by = later ? image : &w->now;
        come_up(w, by, w->boot->config == 0 && (!later || w->boot->image == 1),
                same && !w->disturbed && w->boot->image < 2 && (!later || w->boot->image == 1) &&
                        !(w->boot->flags & BOOT_CUT_EARLY));
        for (unsigned i = 0; i < N_EVENTS; i++)
                while_up(w, &w->boot->events[i]);
}

static void world_clear(struct world *w)
{
        memory_clear(&w->now);
        memory_clear(&w->older);
        free(w->text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct input in = { data, size };
        CLEANUP(world_clear) struct world w = { 0 };
        struct boots first;

        boots_read(&first, &in);
        w.b = first;
        for (unsigned i = 0; i < N_BOOTS; i++) {
                CLEANUP_STRBUF struct strbuf text = { 0 };
                bool measured = i > 0 && !w.disturbed;

                w.boot = &first.boots[i];
                if (i > 0) {
                        change_hardware(&w);
                        boots_change_config(&w.b, w.boot);
                }
                boots_config(&w.b, &text);
                free(w.text);
                w.text = NULL;
                if (text.len == 0 || (w.text = strbuf_steal(&text), false) || !boots_config_is_valid(w.text))
                        return 0;
                boot_once(&w, measured);
                for (size_t k = 0; k < w.n_waiting; k++)
                        free(w.waiting[k]);
                fake_free(w.k);
        }
        return 0;
}
