/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor's checks of what else hands devices over: driverctl, mdevctl, vfio-pci's ids=, sysfsutils, what they left;
 * and blacklists, which nothing needs here. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/strutil.h"
#include "base/uuid.h"
#include "boot/boot-needs.h"
#include "device/modalias.h"
#include "doctor/doctor-internal.h"
#include "import/foreign-config.h"
#include "plan/advice.h"

const struct plan_claim *doctor_find_claim(const struct examination *e, size_t function,
                                           const struct plan_item **ret_item)
{
        for (size_t i = 0; i < e->input->plan->n_items; i++) {
                const struct plan_item *item = &e->input->plan->items[i];

                for (size_t k = 0; item_is_wanted(item) && k < item->n_claims; k++)
                        if (item->claims[k].function == function) {
                                *ret_item = item;
                                return &item->claims[k];
                        }
        }
        return NULL;
}

const struct plan_item *doctor_find_pf(const struct examination *e, size_t function)
{
        for (size_t i = 0; i < e->input->plan->n_items; i++) {
                const struct plan_item *item = &e->input->plan->items[i];

                if (item_is_wanted(item) && item->section->kind == SECTION_SRIOV && item->pf == function)
                        return item;
        }
        return NULL;
}

bool doctor_has_sections(const struct examination *e)
{
        for (size_t i = 0; i < e->input->plan->n_items; i++)
                if (item_is_wanted(&e->input->plan->items[i]))
                        return true;
        return false;
}

/* One without a configuration here: it is how this host has done it so far. */
static void say_other_way(struct examination *e, const struct rival *rival, const char *what)
{
        struct doctor_finding *f = finding_add(e, DOCTOR_NOTE, rival_kind_name(rival->kind), "%s", what);

        finding_at(f, rival->file, rival->line);
        finding_remedy(f, "run: passthru-setup generate --from=%s; it writes it as sections",
                       rival_kind_name(rival->kind));
}

static void drop_line(struct examination *e, struct doctor_finding *f, const struct rival *rival)
{
        if (streq(rival->file, "/proc/cmdline")) {
                CLEANUP_FREE char *word = find_word(e, rival->driver ? "pci-stub.ids" : "vfio-pci.ids", NULL);

                if (!word)
                        word = find_word(e, rival->driver ? "pci_stub.ids" : "vfio_pci.ids", NULL);
                finding_drop_word(e, f, word ? word : "ids=");
        } else if (rival->shares_line)
                finding_drop(e, f, "ids= alone, and not its other parameters,", rival->file);
        else
                finding_drop(e, f, "the line", rival->file);
}

bool doctor_is_kept(const struct examination *e, const char *file)
{
        return !e->facts->made.claims && (e->facts->made.maker != INITRAMFS_OSTREE || streq(file, "/proc/cmdline"));
}

/* A PF is handed over by nobody: its own driver makes the VFs. */
static struct doctor_finding *say_pf(struct examination *e, const struct rival *rival, size_t function,
                                     const char *what, const char *driver)
{
        const struct plan_item *pf = doctor_find_pf(e, function);
        char address[PCI_ADDRESS_MAX];

        return pf ? finding_add(e, DOCTOR_WARNING, pf->section->name,
                                "%s%s%s binds the PF %s to %s at each boot, whose own driver makes the VFs", what,
                                rival->id_text ? " ids=" : "", rival->id_text ? rival->id_text : "",
                                pci_address_format(&e->input->inventory->functions[function].address, address), driver)
                  : NULL;
}

/* ids= takes every card of that id, at whatever slot. */
static void examine_ids(struct examination *e, const struct rival *rival)
{
        const struct inventory *inv = e->input->inventory;
        const struct plan_item *item = NULL;
        char address[PCI_ADDRESS_MAX];
        struct doctor_finding *f = NULL;
        const char *driver = rival->driver ? rival->driver : DRIVER_VFIO;
        bool any = false;

        for (size_t i = 0; i < inv->n_functions && !f; i++) {
                if (!rival_is_for(rival, &inv->functions[i]))
                        continue;
                any = true;
                f = say_pf(e, rival, i, driver, driver);
                if (!f && !doctor_find_claim(e, i, &item))
                        f = finding_add(e, DOCTOR_WARNING, driver, "ids=%s takes %s too, which no section names",
                                        rival->id_text, pci_address_format(&inv->functions[i].address, address));
        }
        if (!any)
                return;
        if (!f && !rival->driver && doctor_is_kept(e, rival->file)) {
                f = finding_add(e, DOCTOR_NOTE, item->section->name,
                                "vfio-pci ids=%s is needed: %s makes the initramfs, and nothing of passthru-setup is "
                                "in it",
                                rival->id_text, initramfs_maker_name(e->facts->made.maker));
                finding_at(f, rival->file, rival->line);
                return;
        }
        if (!f)
                f = finding_add(e, DOCTOR_NOTE, item->section->name,
                                "%s ids=%s is not needed: the section claims what has that id", driver,
                                rival->id_text);
        finding_at(f, rival->file, rival->line);
        drop_line(e, f, rival);
}

/* driverctl's, of a function that no section claims. */
static void say_driverctl(struct examination *e, const struct rival *rival, size_t function, const char *address)
{
        struct doctor_finding *f =
                driver_is_vfio(rival->driver) ? say_pf(e, rival, function, "driverctl", rival->driver) : NULL;

        if (f)
                finding_remedy(f, "run: driverctl unset-override %s, and then: " HOW_TO_APPLY, address);
        else if (!doctor_find_pf(e, function))
                f = finding_add(e, DOCTOR_NOTE, "driverctl",
                                "binds %s to %s at each boot: harmless, as no section names it", address,
                                rival->driver);
        else
                return;
        finding_at(f, rival->file, rival->line);
}

static void examine_driverctl(struct examination *e, const struct rival *rival)
{
        const struct inventory *inv = e->input->inventory;

        for (size_t i = 0; i < inv->n_functions; i++) {
                const struct plan_claim *claim;
                const struct plan_item *item;
                char address[PCI_ADDRESS_MAX];
                struct doctor_finding *f;

                if (!rival_is_for(rival, &inv->functions[i]))
                        continue;
                (void) pci_address_format(&inv->functions[i].address, address);
                claim = doctor_find_claim(e, i, &item);
                if (!claim) {
                        say_driverctl(e, rival, i, address);
                        continue;
                }
                if (streq_ptr(claim->driver, rival->driver))
                        f = finding_add(e, DOCTOR_NOTE, item->section->name,
                                        "driverctl also binds %s to %s: one of the two is enough", address,
                                        rival->driver);
                else
                        f = finding_add(e, DOCTOR_WARNING, item->section->name,
                                        "driverctl binds %s to %s at every boot, the section binds it to %s: the "
                                        "later one wins",
                                        address, rival->driver, claim->driver);
                finding_at(f, rival->file, rival->line);
                finding_remedy(f, "run: driverctl unset-override %s, and then: " HOW_TO_APPLY, address);
        }
}

static void examine_mdevctl(struct examination *e, const struct rival *rival)
{
        char uuid[UUID_TEXT_MAX];
        bool found = false;

        (void) uuid_format(rival->uuid, uuid);
        for (size_t i = 0; i < e->input->plan->n_items; i++) {
                const struct plan_item *item = &e->input->plan->items[i];
                struct doctor_finding *f;

                for (size_t k = 0; item_is_wanted(item) && k < item->n_mdevs; k++) {
                        if (!item->mdevs[k].known ||
                            memcmp(item->mdevs[k].uuid, rival->uuid, sizeof(rival->uuid)) != 0)
                                continue;
                        f = finding_add(e, DOCTOR_WARNING, item->section->name,
                                        "mdevctl also creates mdev %s at every boot", uuid);
                        finding_at(f, rival->file, rival->line);
                        finding_remedy(f, "run: mdevctl modify --manual --uuid %s", uuid);
                        found = true;
                }
        }
        if (!found)
                finding_at(finding_add(e, DOCTOR_NOTE, "mdevctl",
                                       "makes the mdev %s at each boot: harmless, as no section has it", uuid),
                           rival->file, rival->line);
}

static void examine_sysfs(struct examination *e, const struct rival *rival)
{
        for (size_t i = 0; i < e->input->plan->n_items; i++) {
                const struct plan_item *item = &e->input->plan->items[i];
                const struct pci_function *pf =
                        item->pf == NO_INDEX ? NULL : &e->input->inventory->functions[item->pf];
                struct doctor_finding *f;

                if (!item_is_wanted(item) || !pf || !rival_is_for(rival, pf) ||
                    !streq_ptr(rival->attribute, "sriov_numvfs"))
                        continue;
                f = finding_add(e, rival->value == item->vfs ? DOCTOR_NOTE : DOCTOR_WARNING, item->section->name,
                                "sysfsutils creates %u VFs on it at every boot, the section %u", rival->value,
                                item->vfs);
                finding_at(f, rival->file, rival->line);
                finding_remedy(f, "remove the line");
        }
}

static bool is_same_line(const struct rival *a, const struct rival *b)
{
        return streq(a->file, b->file) && a->line == b->line;
}

/* A file of a boot loader that this host does not boot by. */
static bool is_unread(const struct examination *e, const char *file)
{
        const struct boot_files *unread = &e->input->boot->unread;

        for (size_t i = 0; i < unread->n; i++)
                if (streq(unread->items[i].name, file))
                        return true;
        return false;
}

/* The parameter that boot-config tells of is for the next boot. */
static void say_without_effect(struct examination *e, const struct rival *rival)
{
        bool loader = streq(rival->file, KERNEL_CMDLINE) || after_prefix(rival->file, "/etc/default/grub");
        struct doctor_finding *f;

        if (rival->line == 0 || (loader && !is_unread(e, rival->file)))
                return;
        f = finding_add(e, DOCTOR_NOTE, "vfio-pci", "ids= in this line has no effect: %s",
                        loader ? "the boot loader of this host does not read it"
                               : "a line that is read later sets it");
        finding_at(f, rival->file, rival->line);
        if (loader)
                finding_remedy(f, "remove ids= from %s", rival->file);
        else if (doctor_has_sections(e))
                drop_line(e, f, rival);
}

/* Its own remedy clears the override. */
static bool has_driverctl(const struct examination *e, const struct pci_function *f)
{
        for (size_t i = 0; i < e->input->rivals->n; i++)
                if (e->input->rivals->items[i].kind == RIVAL_DRIVERCTL && rival_is_for(&e->input->rivals->items[i], f))
                        return true;
        return false;
}

/* What driverctl or a script wrote once, and what keeps a PF's own driver off since. */
static void examine_overrides(struct examination *e)
{
        for (size_t i = 0; i < e->input->inventory->n_functions; i++) {
                const struct pci_function *pf = &e->input->inventory->functions[i];
                const struct plan_item *item = pf->driver_override ? doctor_find_pf(e, i) : NULL;
                char address[PCI_ADDRESS_MAX];
                struct doctor_finding *f;

                if (!item || (pf->driver && !driver_is_vfio(pf->driver)) || has_driverctl(e, pf) ||
                    values_have(&item->section->values, PROPERTY_PF_DRIVER))
                        continue;
                (void) pci_address_format(&pf->address, address);
                f = finding_add(e, DOCTOR_WARNING, item->section->name,
                                "the driver_override of the PF %s is %s, which keeps its own driver off", address,
                                pf->driver_override);
                finding_remedy(f, "run: echo > /sys/bus/pci/devices/%s/driver_override", address);
                if (pf->driver)
                        finding_remedy(f, "run: echo %s > /sys/bus/pci/drivers/%s/unbind", address, pf->driver);
                finding_remedy(f, "run: echo %s > /sys/bus/pci/drivers_probe", address);
        }
}

void examine_rivals(struct examination *e)
{
        static const struct {
                void (*check)(struct examination *e, const struct rival *rival);
                const char *other_way; /* what to say where there is no configuration */
        } kinds[RIVAL_KIND_MAX] = {
                [RIVAL_VFIO_IDS] = { examine_ids, "vfio-pci ids= claims every card with an ID, in whatever slot" },
                [RIVAL_DRIVERCTL] = { examine_driverctl, "driverctl binds devices at every boot" },
                [RIVAL_MDEVCTL] = { examine_mdevctl, "mdevctl creates mdevs at every boot" },
                [RIVAL_SYSFS] = { examine_sysfs, "sysfsutils creates VFs at every boot" },
        };
        size_t before = e->report->n;
        bool configured = doctor_has_sections(e);

        for (size_t i = 0; i < e->input->rivals->n; i++) {
                const struct rival *rival = &e->input->rivals->items[i];
                bool first = i == 0 || !is_same_line(rival, &e->input->rivals->items[i - 1]);

                if (configured && rival->in_force)
                        kinds[rival->kind].check(e, rival);
                else if (first && rival->in_force)
                        say_other_way(e, rival, kinds[rival->kind].other_way);
                else if (first && rival->kind == RIVAL_VFIO_IDS)
                        say_without_effect(e, rival);
        }
        for (size_t i = 0; i < e->input->rivals->notes.n; i++) {
                const struct diag *d = &e->input->rivals->notes.items[i];

                finding_at(finding_add(e, DOCTOR_NOTE, "rivals", "%s", d->text), d->file, d->line);
        }
        examine_overrides(e);
        examine_lines(e);
        if (configured && e->report->n == before)
                finding_add(e, DOCTOR_OK, "rivals",
                            "nothing else hands devices over: none of driverctl, mdevctl, sysfsutils, " DOCTOR_PLACES);
}

static bool is_driver_for(const struct doctor_blacklist *b, const struct pci_function *f)
{
        char alias[MODALIAS_MAX];

        (void) modalias_of("pci", f, alias);
        for (size_t i = 0; i < b->n_patterns; i++)
                if (fnmatch(b->patterns[i], alias, 0) == 0)
                        return true;
        return false;
}

static bool has_devices(const struct examination *e, const struct doctor_blacklist *b)
{
        for (size_t i = 0; i < e->input->inventory->n_functions; i++)
                if (is_driver_for(b, &e->input->inventory->functions[i]))
                        return true;
        return b->n_patterns == 0 && streq(b->module, "snd_hda_codec_hdmi"); /* on a bus of its own */
}

static void drop_blacklist(struct examination *e, struct doctor_finding *f, const struct doctor_blacklist *b)
{
        finding_at(f, b->file, b->line);
        if (streq(b->file, "/proc/cmdline")) {
                CLEANUP_FREE char *word = find_word(e, "modprobe.blacklist", b->module);

                finding_drop_word(e, f, word ? word : "the blacklist");
        } else
                finding_drop(e, f, "the line", b->file);
}

static void say_no_devices(struct examination *e, const struct doctor_blacklist *b)
{
        drop_blacklist(e,
                       finding_add(e, DOCTOR_NOTE, b->module,
                                   "this blacklist is harmless and has no effect: no device here is for %s",
                                   b->module),
                       b);
}

/* A claimed device is kept from every other driver by its override. What a blacklist adds is that the host's other
 * devices have no driver either; unless it decides between two drivers for one of those. */
static void examine_blacklist(struct examination *e, const struct doctor_blacklist *b)
{
        const struct inventory *inv = e->input->inventory;
        const struct plan_item *item = NULL, *owner;
        const struct pci_function *orphan = NULL;
        char address[PCI_ADDRESS_MAX];
        struct doctor_finding *f;

        for (size_t i = 0; i < inv->n_functions; i++) {
                if (!is_driver_for(b, &inv->functions[i]))
                        continue;
                if (doctor_find_claim(e, i, &owner))
                        item = owner;
                else if (!inv->functions[i].driver)
                        orphan = &inv->functions[i];
                else if (!driver_is_vfio(inv->functions[i].driver))
                        return;
        }
        if (!item) {
                if (orphan && foreign_is_blacklisted_by_recipe(b->module))
                        finding_at(finding_add(e, DOCTOR_NOTE, b->module,
                                               "this blacklist leaves %s without a driver, which no section names",
                                               pci_address_format(&orphan->address, address)),
                                   b->file, b->line);
                return;
        }
        if (orphan)
                f = finding_add(e, DOCTOR_WARNING, item->section->name,
                                "%s is blacklisted, so that %s, which no section names, has no "
                                "driver; the claimed one needs no blacklist",
                                b->module, pci_address_format(&orphan->address, address));
        else
                f = finding_add(e, DOCTOR_NOTE, item->section->name,
                                "%s need not be blacklisted: what the section claims is kept from "
                                "it anyway",
                                b->module);
        drop_blacklist(e, f, b);
}

void examine_blacklists(struct examination *e)
{
        bool configured = doctor_has_sections(e);

        for (size_t i = 0; (!configured || any_wants_vfio(e)) && i < e->facts->n_blacklists; i++) {
                const struct doctor_blacklist *b = &e->facts->blacklists[i];

                if (rivals_is_packaged(e->input->rivals, b->file) ||
                    (!configured && !foreign_is_blacklisted_by_recipe(b->module)))
                        continue;
                if (b->known && foreign_is_blacklisted_by_recipe(b->module) && !has_devices(e, b))
                        say_no_devices(e, b);
                else if (!configured)
                        finding_at(finding_add(e, DOCTOR_NOTE, b->module,
                                               "this blacklist is needed until a section claims its devices"),
                                   b->file, b->line);
                else if (b->known)
                        examine_blacklist(e, b);
                else
                        finding_at(finding_add(e, DOCTOR_NOTE, b->module,
                                               "can't tell whether this blacklist is for what is "
                                               "configured: modules.alias can't be read"),
                                   b->file, b->line);
        }
}
