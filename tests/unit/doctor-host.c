/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A host for the tests of doctor. */
#include "unit/doctor-host.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/strbuf.h"
#include "base/strutil.h"

/* Two equal GPUs, the first with its audio; a NIC that can have VFs and one that can't; an iGPU; a 3D accelerator. */
static struct inventory *machine(void)
{
        static const struct fn functions[] = {
                { "0000:00:02.0", "8086:3e92", 0x030000, "i915", NULL, 0, "pci0000:00/0000:00:02.0" },
                { "0000:01:00.0", "10de:2487", 0x030000, "nouveau", NULL, 14, "pci0000:00/0000:00:01.0/0000:01:00.0" },
                { "0000:01:00.1", "10de:228b", 0x040300, "snd_hda_intel", NULL, 14,
                  "pci0000:00/0000:00:01.0/0000:01:00.1" },
                { "0000:02:00.0", "8086:1592", 0x020000, "ice", NULL, 15, "pci0000:00/0000:00:1c.0/0000:02:00.0" },
                { "0000:03:00.0", "10de:2487", 0x030000, NULL, NULL, 16, "pci0000:00/0000:00:1c.1/0000:03:00.0" },
                { "0000:04:00.0", "8086:1533", 0x020000, "igb", NULL, 17, "pci0000:00/0000:00:1c.2/0000:04:00.0" },
                { "0000:05:00.0", "10de:20b0", 0x030200, "nouveau", NULL, 18, "pci0000:00/0000:00:1c.3/0000:05:00.0" },
        };
        static const char *const drivers[] = { "i915", "ice", "igb", "nouveau", "snd_hda_intel", "vfio-pci" };
        struct inventory *inv = calloc(1, sizeof(*inv));

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        inv_pf(inv, "0000:02:00.0", 64, NULL, 0, 0x1889);
        inv_netdev(inv, "0000:02:00.0", "uplink0", NULL);
        inv_drivers(inv, drivers, ARRAY_SIZE(drivers));
        return inv;
}

static char *copy(const char *s)
{
        char *text = strdup(s);

        assert_non_null(text);
        return text;
}

static void set(char **to, const char *value)
{
        free(*to);
        *to = streq(value, "-") ? NULL : copy(value);
}

static enum doctor_known known(const char *value)
{
        return streq(value, "yes") ? DOCTOR_YES : streq(value, "no") ? DOCTOR_NO : DOCTOR_NOT_KNOWN;
}

static void set_units(struct doctor_facts *f, const char *value)
{
        for (size_t i = 0; i < f->n_units; i++)
                free(f->units[i]);
        free(f->units);
        f->units = NULL;
        f->n_units = 0;
        f->units_known = !streq(value, "?");
        if (!f->units_known || streq(value, "-"))
                return;
        f->units = calloc(1, sizeof(*f->units));
        assert_non_null(f->units);
        f->units[0] = copy(value);
        f->n_units = 1;
}

/* NAME loaded|installed|gone|? */
static void set_module(struct doctor_facts *f, char *value)
{
        struct doctor_module *m = NULL;
        char *name = strsep(&value, " ");

        for (size_t i = 0; i < f->n_modules; i++)
                if (streq(f->modules[i].name, name))
                        m = &f->modules[i];
        if (!m) {
                m = ARRAY_APPEND(f->modules, f->n_modules, f->alloc_modules);
                assert_non_null(m);
                m->name = copy(name);
        }
        m->loaded = streq(value, "loaded") ? DOCTOR_YES : streq(value, "?") ? DOCTOR_NOT_KNOWN : DOCTOR_NO;
        m->installed = streq(value, "installed") ? DOCTOR_YES : streq(value, "gone") ? DOCTOR_NO : DOCTOR_NOT_KNOWN;
}

/* GROUP direct|? */
static void add_group(struct doctor_facts *f, char *value)
{
        struct doctor_group *g = ARRAY_APPEND(f->groups, f->n_groups, f->alloc_groups);

        assert_non_null(g);
        g->group = atoi(strsep(&value, " "));
        g->direct = streq(value, "direct");
        g->known = !streq(value, "?");
}

/* MODULE PATTERN; PATTERN - is none, ? not known. */
static void add_blacklist(struct doctor_facts *f, const char *file, char *value)
{
        char *line = NULL, *alias = NULL, *module = strsep(&value, " ");

        if (streq(file, "/proc/cmdline")) {
                assert_true(asprintf(&line, "quiet modprobe.blacklist=x,%s", module) > 0);
                doctor_parse_blacklist_cmdline(f, file, line);
        } else {
                assert_true(asprintf(&line, "# by hand\nblacklist %s\n", module) > 0);
                doctor_parse_blacklist(f, file, line);
        }
        free(line);
        if (streq(value, "?"))
                return;
        for (char *s = module; *s; s++) /* as depmod writes it */
                if (*s == '-')
                        *s = '_';
        assert_true(asprintf(&alias, "alias %s %s\n", value, module) > 0);
        doctor_parse_aliases(f, alias);
        free(alias);
}

static void add_file(struct boot_host *boot, const char *name, const char *text)
{
        boot_files_add(&boot->files, name, text);
}

static void set_loader(struct boot_host *boot, const char *value)
{
        struct bootloader_facts f = { 0 };

        bootloader_clear(&boot->loader);
        f.grub_defaults = f.grub_drop_ins = f.update_grub = f.boot_image = streq(value, "grub");
        f.proxmox = f.efi = streq(value, "proxmox");
        bootloader_detect(&f, &boot->loader);
}

static void add_rival(struct rivals *r, const char *kind, char *value)
{
        static const struct {
                const char *kind, *file;
                void (*add)(struct rivals *r, const char *file, char *text, size_t len);
        } lines[] = {
                { "link", "/etc/systemd/network/10-nic.link", rivals_add_link },
                { "packaged-link", "/usr/lib/systemd/network/10-nic.link", rivals_add_link },
                { "script", "/etc/rc.local", rivals_add_script },
                { "modprobe", "/etc/modprobe.d/m.conf", rivals_add_modprobe },
                { "modules", "/etc/modules", rivals_add_modules },
                { "early-modules", INITRAMFS_MODULES, rivals_add_modules },
                { "dracut", "/etc/dracut.conf", rivals_add_initramfs },
        };
        CLEANUP_FREE char *text = NULL;

        for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
                if (streq(kind, lines[i].kind)) {
                        lines[i].add(r, lines[i].file, value, strlen(value));
                        return;
                }

        if (streq(kind, "ids")) {
                assert_true(asprintf(&text, "options vfio-pci ids=%s\n", value) > 0);
                rivals_add_modprobe(r, "/etc/modprobe.d/vfio.conf", text, strlen(text));
        } else if (streq(kind, "driverctl")) {
                char *file = NULL;

                assert_true(asprintf(&file, "/etc/driverctl.d/pci-%s", strsep(&value, " ")) > 0);
                rivals_add_driverctl(r, file, value, strlen(value));
                free(file);
        } else if (streq(kind, "mdevctl")) {
                char *file = NULL;

                assert_true(asprintf(&file, "/etc/mdevctl.d/0000:00:02.0/%s", value) > 0);
                text = copy("{ \"mdev_type\": \"i915-GVTg_V5_4\", \"start\": \"auto\" }");
                rivals_add_mdevctl(r, file, text, strlen(text));
                free(file);
        } else {
                text = copy(value);
                rivals_add_sysfs(r, "/etc/sysfs.conf", text, strlen(text));
        }
}

static bool change_facts(struct doctor_host *h, const char *key, char *value)
{
        static const char *const params[DOCTOR_PARAM_MAX] = { "ignore_msrs", "unsafe", "noiommu", "gvt", "i915 max_vfs", "xe max_vfs" };
        static const char *const cpus[] = { "?", "intel", "amd", "x86", "other" };
        static const char *const initramfs[] = { "not-asked", "?", "none", "current", "stale", "withdrawn" };
        struct doctor_facts *f = &h->facts;
        const struct {
                const char *key;
                enum doctor_known *to;
        } answers[] = { { "kvm", &f->kvm },
                        { "dmar", &f->dmar },
                        { "ivrs", &f->ivrs },
                        { "remapping", &f->remapping },
                        { "passthrough", &f->passthrough } };
        const struct {
                const char *key;
                bool *to;
        } flags[] = {
                { "flags", &f->cpu_flags }, { "vmx", &f->vmx }, { "svm", &f->svm }, { "hypervisor", &f->hypervisor }
        };

        bool done = false;

        for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
                if (streq(key, answers[i].key)) {
                        *answers[i].to = known(value);
                        done = true;
                }
        for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
                if (streq(key, flags[i].key)) {
                        *flags[i].to = streq(value, "yes");
                        done = true;
                }
        for (size_t i = 0; i < DOCTOR_PARAM_MAX; i++)
                if (streq(key, params[i])) {
                        set(&f->params[i], value);
                        done = true;
                }
        for (size_t i = 0; i < ARRAY_SIZE(cpus); i++)
                if (streq(key, "cpu") && streq(value, cpus[i])) {
                        f->cpu = (enum doctor_cpu) i;
                        done = true;
                }
        for (size_t i = 0; i < ARRAY_SIZE(initramfs); i++)
                if (streq(key, "initramfs") && streq(value, initramfs[i])) {
                        f->initramfs = (enum doctor_initramfs) i;
                        done = true;
                }
        return done;
}

static void change(struct doctor_host *h, const char *key, char *value)
{
        struct doctor_facts *f = &h->facts;

        if (change_facts(h, key, value))
                return;
        if (streq(key, "cmdline"))
                set(&f->cmdline, value);
        else if (streq(key, "release"))
                set(&f->release, value);
        else if (streq(key, "units"))
                set_units(f, value);
        else if (streq(key, "module"))
                set_module(f, value);
        else if (streq(key, "group"))
                add_group(f, value);
        else if (streq(key, "framebuffer"))
                set(&f->framebuffer, value);
        else if (streq(key, "blacklist"))
                add_blacklist(f, "/etc/modprobe.d/b.conf", value);
        else if (streq(key, "blacklist-word"))
                add_blacklist(f, "/proc/cmdline", value);
        else if (streq(key, "gvt-hidden"))
                f->params_hidden[DOCTOR_ENABLE_GVT] = streq(value, "yes");
        else if (streq(key, "unread-maker"))
                set(&h->rivals.unread, value);
        else if (streq(key, "unread-boot"))
                set(&f->unread_boot, value);
        else if (streq(key, "loader"))
                set_loader(&h->boot, value);
        else if (streq(key, "mkinitcpio"))
                h->facts.made = (struct initramfs_made){ .maker = INITRAMFS_MKINITCPIO };
        else if (streq(key, "grub"))
                add_file(&h->boot, "/etc/default/grub", value);
        else if (streq(key, "default-on"))
                h->boot.by_default = streq(value, "yes") ? IOMMU_DEFAULT_ON : IOMMU_DEFAULT_OFF;
        else
                add_rival(&h->rivals, key, value);
}

/* What the inventory itself has to say. */
static void change_machine(struct inventory *inv, struct doctor_facts *f, const char *key, const char *value)
{
        if (streq(key, "groups"))
                for (size_t i = 0; i < inv->n_functions; i++)
                        inv->functions[i].group = NO_GROUP;
        if (streq(key, "groups"))
                inv->iommu = false;
        else if (streq(key, "no-group"))
                inv_at(inv, value)->group = NO_GROUP;
        else if (streq(key, "boot-vga"))
                f->boot_vga = (size_t) (inv_at(inv, value) - inv->functions);
        else if (streq(key, "gvt-parent"))
                inv_type(inv_parent(inv, value, value), "i915-GVTg_V5_4", NULL, 1);
}

static bool is_of_machine(const char *key)
{
        return streq(key, "groups") || streq(key, "no-group") || streq(key, "boot-vga") || streq(key, "gvt-parent");
}

static const char *changes_of_machine;
static struct doctor_facts *facts_of_machine;

static void each_change(struct doctor_host *h, struct inventory *inv, const char *changes)
{
        CLEANUP_FREE char *text = copy(changes ? changes : "");
        char *rest = text, *line;

        while ((line = strsep(&rest, "\n"))) {
                char *key = strsep(&line, " ");

                if (!*key)
                        continue;
                for (char *c = line; c && *c; c++) /* a file's lines are in one */
                        if (*c == '|')
                                *c = '\n';
                if (is_of_machine(key) && inv)
                        change_machine(inv, facts_of_machine, key, line);
                else if (!is_of_machine(key) && h)
                        change(h, key, line);
        }
}

static struct inventory *changed_machine(void)
{
        struct inventory *inv = machine();

        each_change(NULL, inv, changes_of_machine);
        return inv;
}

void doctor_host_make(struct doctor_host *h, const char *changes, const char *config)
{
        static const char well[] =
                "cpu intel\nflags yes\nvmx yes\nkvm yes\ndmar yes\nivrs no\nunits dmar0\nremapping yes\n"
                "cmdline root=/dev/sda1 intel_iommu=on iommu=pt\nrelease 6.12.1\nignore_msrs Y\nunsafe N\n"
                "module vfio_pci loaded\nmodule i915 loaded\ninitramfs current\nloader grub\n";

        *h = (struct doctor_host){ .facts = { .boot_vga = NO_INDEX, .made = { .maker = INITRAMFS_TOOLS, .claims = true } } };
        h->boot.intel = true;
        each_change(h, NULL, well);
        each_change(h, NULL, changes);
        h->boot.running = copy(h->facts.cmdline ? h->facts.cmdline : "");
        h->boot.dmar = h->facts.dmar == DOCTOR_YES;
        h->boot.iommu = h->facts.n_units > 0;
        h->boot.intel = h->facts.cpu == DOCTOR_CPU_INTEL;
        changes_of_machine = changes;
        facts_of_machine = &h->facts;
        plan_for(&h->p, changed_machine, config ? config : "");
}

void doctor_host_clear(struct doctor_host *h)
{
        doctor_facts_free(&h->facts);
        boot_host_clear(&h->boot);
        rivals_clear(&h->rivals);
        planned_clear(&h->p);
}

struct doctor_input doctor_host_input(const struct doctor_host *h)
{
        return (struct doctor_input){ &h->facts, &h->boot, &h->rivals, h->p.config, h->p.inv, h->p.plan, NULL, NULL, 0 };
}

char *doctor_report_text(const struct doctor_report *report, const char *id)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };

        for (size_t i = 0; i < report->n; i++) {
                const struct doctor_finding *f = &report->items[i];

                if (id && !streq(f->id, id))
                        continue;
                strbuf_addf(&b, "%s %s: %s", doctor_severity_name(f->severity), f->subject, f->text);
                if (f->file)
                        strbuf_addf(&b, f->line ? " @%s:%u" : " @%s", f->file, f->line);
                strbuf_add(&b, "\n");
                for (const char *line = f->remedy; line && *line;) {
                        size_t n = strcspn(line, "\n");

                        strbuf_add(&b, "> ");
                        strbuf_addn(&b, line, n);
                        strbuf_add(&b, "\n");
                        line += n + (line[n] == '\n');
                }
        }
        return strbuf_steal(&b);
}

void doctor_findings(const char *id, const struct doctor_case *cases, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                CLEANUP_DOCTOR_HOST struct doctor_host h;
                CLEANUP_REPORT struct doctor_report report = { 0 };
                CLEANUP_FREE char *text = NULL, *what = NULL;
                struct doctor_input input;

                doctor_host_make(&h, cases[i].changes, cases[i].config);
                input = doctor_host_input(&h);
                doctor_examine(&input, &report);
                text = doctor_report_text(&report, id);
                assert_true(asprintf(&what, "%s, case %zu", id, i) > 0);
                assert_text_of(what, text, cases[i].expected);
        }
}
