/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor's checks of lines in other programs' files that make VFs, write overrides, bind or load: what each does here,
 * and whether it is needed, harmless or in the way. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strutil.h"
#include "doctor/doctor-internal.h"
#include "import/foreign-config.h"

enum whose { WHOSE_NOT_KNOWN, WHOSE_OURS, WHOSE_OTHERS };

static const struct plan_item *find_item(const struct examination *e, size_t function)
{
        const struct plan_item *item;

        return doctor_find_claim(e, function, &item) ? item : doctor_find_pf(e, function);
}

/* By the addresses of the line. *ret_other: the first that no section names. */
static enum whose by_addresses(const struct examination *e, const struct foreign_line *l,
                               const struct plan_item **ret_item, char ret_other[static PCI_ADDRESS_MAX])
{
        enum whose whose = WHOSE_OTHERS;

        for (const char *s = l->addresses; s && *s; s += strspn(s, " ")) {
                size_t len = strcspn(s, " "), function;
                struct pci_address address;
                char text[PCI_ADDRESS_MAX];
                const struct plan_item *item;

                (void) snprintf(text, sizeof(text), "%.*s", (int) len, s);
                s += len;
                if (pci_address_parse(text, false, &address, NULL) < 0)
                        continue;
                function = inventory_find_index(e->input->inventory, &address);
                item = function == NO_INDEX ? NULL : find_item(e, function);
                if (item && whose != WHOSE_OURS)
                        *ret_item = item;
                if (item)
                        whose = WHOSE_OURS;
                else if (!*ret_other)
                        memcpy(ret_other, text, sizeof(text));
        }
        return whose;
}

/* By the ids that a driver is given, of every card that has them. *ret_other: the first that no section names. */
static enum whose by_ids(const struct examination *e, const struct foreign_line *l, const struct plan_item **ret_item,
                         char ret_other[static PCI_ADDRESS_MAX])
{
        const struct inventory *inv = e->input->inventory;

        for (size_t i = 0; i < inv->n_functions; i++) {
                const struct plan_item *item;

                if (!pci_id_pattern_matches(&l->id, &inv->functions[i]))
                        continue;
                item = find_item(e, i);
                if (item)
                        *ret_item = item;
                else if (!*ret_other)
                        (void) pci_address_format(&inv->functions[i].address, ret_other);
        }
        return *ret_item ? WHOSE_OURS : WHOSE_OTHERS;
}

/* By the interface, or by the driver of the PFs. */
static enum whose by_pf(const struct examination *e, const struct foreign_line *l, const struct plan_item **ret_item)
{
        for (size_t i = 0; i < e->input->plan->n_items; i++) {
                const struct plan_item *item = &e->input->plan->items[i];
                const struct pci_function *pf =
                        item->pf == NO_INDEX ? NULL : &e->input->inventory->functions[item->pf];
                bool ours = pf && l->module && module_has_driver(l->module, pf->driver);

                if (!pf || item->section->kind != SECTION_SRIOV || !item_is_wanted(item))
                        continue;
                for (size_t k = 0; l->interface && k < pf->n_netdevs; k++)
                        ours = ours || streq_ptr(pf->netdevs[k].name, l->interface);
                if (!ours)
                        continue;
                *ret_item = item;
                return WHOSE_OURS;
        }
        return WHOSE_OTHERS;
}

static enum whose whose_line(const struct examination *e, const struct foreign_line *l,
                             const struct plan_item **ret_item, char ret_other[static PCI_ADDRESS_MAX])
{
        *ret_item = NULL;
        *ret_other = '\0';
        if (l->interface || l->module)
                return by_pf(e, l, ret_item);
        if (l->has_id)
                return by_ids(e, l, ret_item, ret_other);
        return l->addresses ? by_addresses(e, l, ret_item, ret_other) : WHOSE_NOT_KNOWN;
}

static void remedy_line(struct examination *e, struct doctor_finding *f, const struct foreign_line *l,
                        const char *remedy)
{
        finding_at(f, l->file, l->line);
        if (rivals_is_packaged(e->input->rivals, l->file))
                finding_drop(e, f, "", l->file);
        else
                finding_remedy(f, "%s", remedy);
}

/* Overrides, bindings, mdevs. */
static void examine_deed(struct examination *e, const struct foreign_line *l)
{
        static const char *const deeds[FOREIGN_WHAT_MAX] = {
                [FOREIGN_OVERRIDE] = "this line sets a driver_override",
                [FOREIGN_BIND] = "this line binds, unbinds, or gives a driver ids",
                [FOREIGN_MDEV] = "this line is about mdevs",
        };
        const struct plan_item *item;
        char other[PCI_ADDRESS_MAX], id[16];
        enum whose whose = whose_line(e, l, &item, other);
        struct doctor_finding *f;

        (void) snprintf(id, sizeof(id), "%04x:%04x", l->id.vendor, l->id.device);
        if (!doctor_has_sections(e))
                f = finding_add(e, DOCTOR_NOTE, "rivals", "%s: needed until a section does it", deeds[l->what]);
        else if (whose == WHOSE_NOT_KNOWN)
                f = finding_add(e, DOCTOR_WARNING, "rivals", "%s; is it for a device that a section names?",
                                deeds[l->what]);
        else
                f = finding_add(e, DOCTOR_WARNING, item ? item->section->name : "rivals", "%s (%s)%s%s%s",
                                deeds[l->what], l->has_id ? id : l->addresses, item ? "; the section does that" : "",
                                *other ? "; no section names " : "", other);
        remedy_line(e, f, l,
                    doctor_has_sections(e) ? "remove it there; only what has a section is to be handed over"
                                           : "run: passthru-setup generate; it writes what runs now as sections");
}

static bool is_before(const char *release, unsigned major, unsigned minor)
{
        unsigned x, y;

        return release && sscanf(release, "%u.%u", &x, &y) == 2 && (x < major || (x == major && y < minor));
}

static bool has_module_section(const struct examination *e, const char *module)
{
        for (size_t i = 0; i < e->input->plan->n_items; i++) {
                const struct plan_item *item = &e->input->plan->items[i];

                if (item->section->kind == SECTION_MODULE && item_is_wanted(item) &&
                    module_has_driver(module, item->section->name))
                        return true;
        }
        return false;
}

/* Lists of modules outside of the initramfs. */
static bool is_for_boot(const char *file)
{
        return streq(file, "/etc/modules") || strstr(file, "/modules-load.d/");
}

static void examine_load(struct examination *e, const struct foreign_line *l)
{
        bool needed = false;
        struct doctor_finding *f;

        if (streq(l->module, "vfio_virqfd") && e->facts->release && !is_before(e->facts->release, 6, 2))
                f = finding_add(e, DOCTOR_NOTE, l->module,
                                "it is a part of vfio since Linux 6.2: loading it fails at each boot");
        else if (!doctor_has_sections(e)) {
                f = finding_add(e, DOCTOR_NOTE, l->module, "loading it here is needed until a section does it");
                needed = true;
        } else if (!any_wants_vfio(e))
                return;
        else if (has_module_section(e, l->module))
                f = finding_add(e, DOCTOR_WARNING, l->module,
                                "it is loaded here before [module %s] can give it parameters", l->module);
        else if (!is_for_boot(l->file) && doctor_is_kept(e, l->file)) {
                f = finding_add(e, DOCTOR_NOTE, l->module,
                                "loading it here is needed: nothing of passthru-setup is in the initramfs");
                needed = true;
        } else
                f = finding_add(e, DOCTOR_NOTE, l->module,
                                "loading it here is harmless, and not needed: passthru-setup and the kernel load it");
        finding_at(f, l->file, l->line);
        if (needed)
                return;
        if (is_for_boot(l->file))
                remedy_line(e, f, l, "remove the line");
        else if (streq(l->file, "/proc/cmdline")) {
                CLEANUP_FREE char *word = find_word(e, "rd.driver.pre", NULL);

                if (!word)
                        word = find_word(e, "modules-load", NULL);
                finding_drop_word(e, f, word ? word : "rd.driver.pre=vfio-pci");
        } else if (after_prefix(l->file, "/etc/dracut") && e->facts->made.maker != INITRAMFS_DRACUT)
                remedy_line(e, f, l, "remove the module; dracut does not make the initramfs here");
        else
                finding_drop(e, f,
                             after_prefix(l->file, "/etc/dracut") || strstr(l->file, "mkinitcpio") ? "the module"
                                                                                                   : "the line",
                             l->file);
}

static void examine_softdep(struct examination *e, const struct foreign_line *l)
{
        struct doctor_finding *f;

        if (!doctor_has_sections(e))
                f = finding_add(e, DOCTOR_NOTE, l->module,
                                "this softdep is needed until a section claims its devices");
        else if (!any_wants_vfio(e))
                return;
        else if (doctor_is_kept(e, l->file))
                f = finding_add(e, DOCTOR_NOTE, l->module,
                                "this softdep is needed: nothing of passthru-setup is in the initramfs");
        else {
                f = finding_add(
                        e, DOCTOR_NOTE, l->module,
                        "this softdep is harmless, and not needed: what a section claims is kept from %s anyway",
                        l->module);
                finding_drop(e, f, "the line", l->file);
        }
        finding_at(f, l->file, l->line);
}

static void examine_install(struct examination *e, const struct foreign_line *l)
{
        struct doctor_finding *f = finding_add(e, DOCTOR_WARNING, "vfio-pci",
                                               "this line runs a command instead of loading the module: the command "
                                               "decides which devices are claimed");

        finding_at(f, l->file, l->line);
        finding_drop(e, f, "the line", l->file);
}

const struct foreign_param *doctor_find_param(const struct examination *e, const char *module, const char *name)
{
        const struct rivals *rivals = e->input->rivals;

        for (size_t i = rivals->n_params; i > 0; i--)
                if (streq(rivals->params[i - 1].module, module) && streq(rivals->params[i - 1].name, name))
                        return &rivals->params[i - 1];
        return NULL;
}

/* One that no [module] section gives. */
static void say_param(struct examination *e, const struct foreign_param *p)
{
        struct doctor_finding *f;

        if (rivals_is_packaged(e->input->rivals, p->file))
                return;
        f = finding_add(e, DOCTOR_NOTE, p->module, "%s=%s is set here: %s", p->name, p->value,
                        doctor_has_sections(e) ? "harmless; a section can set it instead"
                                               : "needed until a section sets it");
        finding_at(f, p->file, p->line);
        if (doctor_has_sections(e))
                finding_remedy(f, "[module %s] %s = %s in /etc/passthru.conf", p->module, p->name, p->value);
}

/* A parameter that a [module] section gives too. */
static void examine_param(struct examination *e, const struct foreign_param *p)
{
        const struct plan_item *item;
        bool found = false;

        for (size_t i = 0; i < e->input->plan->n_items; i++) {
                const struct config_section *s = e->input->plan->items[i].section;

                if (s->kind != SECTION_MODULE || !item_is_wanted(&e->input->plan->items[i]) ||
                    !module_has_driver(p->module, s->name))
                        continue;
                for (size_t k = 0; k < s->n_pairs; k++) {
                        bool equal = module_value_equal(s->pairs[k].value, p->value);
                        struct doctor_finding *f;

                        if (!streq(s->pairs[k].name, p->name))
                                continue;
                        found = true;
                        f = finding_add(e, equal ? DOCTOR_NOTE : DOCTOR_WARNING, s->name,
                                        equal ? "%s=%s is given here as well: harmless, and not needed"
                                              : "%s=%s is given here, and another value by the section: who loads the "
                                                "module first decides",
                                        p->name, p->value);
                        finding_at(f, p->file, p->line);
                        finding_drop(e, f, p->name, p->file);
                }
        }
        /* examine_unsafe_interrupts() and examine_msrs() report these. */
        if (!found && !(streq(p->name, "allow_unsafe_interrupts") && e->facts->remapping == DOCTOR_YES) &&
            !(streq(p->name, "ignore_msrs") && doctor_find_gpu(e, &item)))
                say_param(e, p);
}

void examine_lines(struct examination *e)
{
        static void (*const checks[FOREIGN_WHAT_MAX])(struct examination * e, const struct foreign_line *l) = {
                [FOREIGN_OVERRIDE] = examine_deed,   [FOREIGN_BIND] = examine_deed,
                [FOREIGN_MDEV] = examine_deed,       [FOREIGN_LOAD] = examine_load,
                [FOREIGN_SOFTDEP] = examine_softdep, [FOREIGN_INSTALL] = examine_install,
        };
        const struct rivals *rivals = e->input->rivals;

        for (size_t i = 0; i < rivals->n_lines; i++)
                if (checks[rivals->lines[i].what])
                        checks[rivals->lines[i].what](e, &rivals->lines[i]);
        for (size_t i = 0; i < rivals->n_params; i++)
                examine_param(e, &rivals->params[i]);
        if (rivals->unread && doctor_has_sections(e))
                finding_add(e, DOCTOR_NOTE, "rivals",
                            "can't tell whether %s hands devices over: it can't be read (are you root?)",
                            rivals->unread);
}

/* i915.max_vfs=7: without it there are none. */
static void examine_vf_limit(struct examination *e, const struct foreign_line *l)
{
        const struct plan_item *item;
        char other[PCI_ADDRESS_MAX];
        struct doctor_finding *f;

        if (whose_line(e, l, &item, other) != WHOSE_OURS)
                return;
        if (item->section->vfs != VFS_MAX && item->vfs > l->number) {
                f = finding_add(e, DOCTOR_WARNING, item->section->name, "max_vfs=%u lets %s make fewer VFs than %u",
                                l->number, l->module, item->vfs);
                remedy_line(e, f, l, "give max_vfs= that number there");
                return;
        }
        f = finding_add(e, DOCTOR_NOTE, item->section->name, "max_vfs=%u is needed: %s offers VFs up to that number",
                        l->number, l->module);
        finding_at(f, l->file, l->line);
}

static void examine_vf_maker(struct examination *e, const struct foreign_line *l, bool configured)
{
        const struct plan_item *item;
        char other[PCI_ADDRESS_MAX];
        enum whose whose = whose_line(e, l, &item, other);
        struct doctor_finding *f;

        if (whose == WHOSE_OTHERS && configured) {
                finding_at(finding_add(e, DOCTOR_NOTE, l->module ? l->module : "VFs",
                                       "%s: harmless, as no section names %s", l->says,
                                       l->module ? "PFs of that driver" : "that PF"),
                           l->file, l->line);
                return;
        }
        f = finding_add(e, configured ? DOCTOR_WARNING : DOCTOR_NOTE, item ? item->section->name : "VFs", "%s%s",
                        l->says,
                        item         ? ""
                        : configured ? "; check whether it is for a PF that a section names"
                                     : ": needed until an [sriov] section does it");
        remedy_line(e, f, l,
                    configured ? "remove it there, or leave the number of VFs to it and disable the [sriov] section"
                               : "run: passthru-setup generate; it writes what runs now as sections");
}

void examine_vf_makers(struct examination *e)
{
        const struct rivals *rivals = e->input->rivals;
        size_t before = e->report->n;
        bool configured = false;

        for (size_t i = 0; i < e->input->plan->n_items; i++)
                configured = configured || (e->input->plan->items[i].section->kind == SECTION_SRIOV &&
                                            item_is_wanted(&e->input->plan->items[i]));
        if (!configured && doctor_has_sections(e))
                return;
        for (size_t i = 0; i < rivals->n_lines; i++)
                if (rivals->lines[i].what == FOREIGN_VFS)
                        examine_vf_maker(e, &rivals->lines[i], configured);
        if (!configured)
                return;
        if (e->report->n == before && !rivals->unread)
                finding_add(e, DOCTOR_OK, "VFs",
                            "made by nobody else: no .link or .network file, NetworkManager, netplan, os-net-config, "
                            "sysfsutils, " DOCTOR_PLACES);
        for (size_t i = 0; i < rivals->n_lines; i++)
                if (rivals->lines[i].what == FOREIGN_VFS_MAX)
                        examine_vf_limit(e, &rivals->lines[i]);
        if (rivals->unread)
                finding_add(e, DOCTOR_NOTE, "VFs",
                            "can't tell whether %s makes VFs as well: it can't be read (are you root?)",
                            rivals->unread);
}
