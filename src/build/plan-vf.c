/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [vf], and what a VF has set through its PF: which VFs a section takes, and the steps for them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "build/plan-internal.h"
#include "device/netdev.h"

#define CLASS_NETWORK 0x02

struct plan_item *pf_item_of(struct builder *b, const struct plan_item *item)
{
        return &b->plan->items[b->pf_item[item->pf]];
}

const struct plan_claim *find_vf_claim(const struct builder *b, const struct plan_item *pf, unsigned index)
{
        for (size_t i = 0; i < pf->n_claims; i++)
                if (pf->claims[i].vf_index == index)
                        return &pf->claims[i];
        for (size_t i = 0; i < b->plan->n_items; i++) {
                const struct plan_item *item = &b->plan->items[i];

                if (item->section->kind != SECTION_VF || item->pf != pf->pf)
                        continue;
                for (size_t k = 0; k < item->n_claims; k++)
                        if (item->claims[k].vf_index == index)
                                return &item->claims[k];
        }
        return NULL;
}

void drop_claim(struct builder *b, struct plan_item *item, size_t i)
{
        size_t function = item->claims[i].function;

        if (function != NO_INDEX && has_claimed(b, item, function))
                b->claimer[function] = 0;
        free(item->claims[i].driver);
        free(item->claims[i].values);
        item->n_claims--;
        memmove(&item->claims[i], &item->claims[i + 1], (item->n_claims - i) * sizeof(*item->claims));
}

/* False: there is no such VF. */
static bool take_vf(struct builder *b, struct plan_item *item, struct plan_item *pf, unsigned index)
{
        CLEANUP_FREE char *driver = NULL;
        const struct pci_function *f;
        struct plan_claim claim;
        bool is_new;
        size_t i = 0;

        while (i < pf->n_claims && pf->claims[i].vf_index != index)
                i++;
        if (i == pf->n_claims) {
                item_fail(item, VERDICT_REFUSED, NULL, "%s: [sriov %s] has %s", item->section->selector.text,
                          pf->section->name, VF_COUNT_TEXT(pf->vfs));
                return false;
        }
        claim = pf->claims[i];
        is_new = claim.function == NO_INDEX;
        f = &b->inv->functions[is_new ? pf->pf : claim.function];
        driver = is_new ? driver_for_new_vf(b, f, item->section->driver) : driver_for(b, f, item->section->driver);
        if (!is_new || !b->inv->iommu) /* a new one's group is not known yet */
                check_iommu(b, item, f, driver);
        check_denylist(b, item, f->vendor, is_new ? f->vf_device : f->device, driver);
        item->pf = pf->pf;
        item_claim(b, item, claim.function, claim.vf_index, driver);
        if (item->n_claims > 0)
                item->claims[item->n_claims - 1].named = true;
        drop_claim(b, pf, i);
        return true;
}

void take_vfs(struct builder *b, struct plan_item *item)
{
        const struct config_section *s = item->section;
        struct plan_item *pf = find_sriov_item(b, s->selector.section);
        unsigned last = s->kind == SECTION_VF ? s->vf_last : s->selector.vf_index;

        if (!pf || !item_is_open(pf)) {
                item_fail(item, pf ? pf->verdict : VERDICT_REFUSED, NULL, "VF %s needs [sriov %s], which is %s",
                          s->selector.text, s->selector.section,
                          !pf                               ? "not there"
                          : pf->section->dormant            ? "not in force"
                          : pf->verdict == VERDICT_DISABLED ? "disabled"
                          : pf->verdict == VERDICT_ABSENT   ? "absent"
                                                            : "refused");
                return;
        }
        for (unsigned i = s->selector.vf_index; i <= last; i++)
                if ((s->kind == SECTION_DEVICE || config_vf_owner(b->in->config, s->selector.section, i) == s) &&
                    !take_vf(b, item, pf, i))
                        break;
        /* What is to have no driver must not be given one while the VFs are made. */
        if (streq(s->driver, DRIVER_HOST) ||
            (streq(s->driver, DRIVER_NONE) && streq(pf->section->driver, DRIVER_HOST)))
                pf->late = true;
}

void check_interface(struct builder *b, struct plan_item *item)
{
        const struct config_section *s = item->section;
        const struct pci_function *pf = &b->inv->functions[item->pf];
        const struct netdev *n = netdev_of(pf);
        bool renamed = n && (s->values.known & property_scope_mask(SCOPE_NETDEV)) &&
                       (n->link_error == ENOENT || n->link_error == ENODEV);

        if (pf_driver_of(pf_item_of(b, item)->section)) {
                item_fail(item, VERDICT_REFUSED, NULL,
                          "with pf-driver = %s %s has no network interface, by which its VFs are set up",
                          pf_driver_of(pf_item_of(b, item)->section), ADDRESS_TEXT(pf));
                return;
        }
        if (n && n->link_error && !renamed)
                item_fail(item, VERDICT_REFUSED, NULL, "failed to read the state of interface %s of %s (%s)", n->name,
                          ADDRESS_TEXT(pf), strerrordesc_np(n->link_error));
        if (n && pf->vf_error && pf->numvfs > 0)
                item_fail(item, VERDICT_REFUSED, NULL, "failed to read the VF settings of %s (%s)", ADDRESS_TEXT(pf),
                          pf->vf_error == ENODATA ? "not reported by the driver" : strerrordesc_np(pf->vf_error));
        if (n && !renamed)
                return;
        if (pf->class >> 16 != CLASS_NETWORK)
                item_fail(item, VERDICT_REFUSED, NULL,
                          "%s is not a network card, so it and its VFs have no MAC, VLAN or rate", ADDRESS_TEXT(pf));
        else
                item_fail(item, VERDICT_ABSENT, NULL, "%s has no network interface yet, which configures its VFs",
                          ADDRESS_TEXT(pf));
}

/* Of an interface without a MAC, its PF's place stands for the PF. */
static bool name_stable(struct builder *b, struct plan_item *item, enum property p, char *name, size_t size)
{
        const struct pci_function *pf = &b->inv->functions[item->pf];
        const struct netdev *n = netdev_of(pf);

        if (p != PROPERTY_MAC)
                (void) snprintf(name, size, "%s %s", property_name(p), ADDRESS_TEXT(pf));
        else if (n && n->has_mac)
                (void) snprintf(name, size, "vf-mac %02x:%02x:%02x:%02x:%02x:%02x", n->mac[0], n->mac[1], n->mac[2],
                                n->mac[3], n->mac[4], n->mac[5]);
        else {
                item_fail(item, VERDICT_ABSENT, NULL, "%s has no MAC yet, from which those of its VFs are derived",
                          ADDRESS_TEXT(pf));
                return false;
        }
        return true;
}

/* A value that is the same at every boot. One that can't be derived here (a captured tree) is not told. */
static void derive(struct builder *b, struct plan_item *item, const struct config_loc *loc, unsigned index,
                   enum property p, struct values *ret)
{
        uint8_t bytes[16];
        uint64_t number = 0;
        char name[64];
        int r;

        if (!name_stable(b, item, p, name, sizeof(name)))
                return;
        r = b->in->derive_uuid ? b->in->derive_uuid(b->in->userdata, name, index, bytes) : -EOPNOTSUPP;
        if (r < 0 && r != -EOPNOTSUPP)
                item_fail(item, VERDICT_REFUSED, loc,
                          "failed to derive a %s from /etc/machine-id (%s); run systemd-machine-id-setup, or set %s",
                          p == PROPERTY_MAC ? "MAC" : property_name(p), strerrordesc_np(-r), property_name(p));
        if (r < 0)
                return;
        bytes[0] = (uint8_t) ((bytes[0] | 2) & ~1); /* IEEE 802: locally administered, of one device */
        for (size_t i = 0; i < properties[p].vf.size; i++)
                number = number << 8 | bytes[i];
        values_set(ret, p, number);
}

/* What is wanted of a claim's VF. */
static void wanted_values(struct builder *b, struct plan_item *item, unsigned index, struct values *ret)
{
        const struct config_section *sriov = pf_item_of(b, item)->section, *s = item->section;
        uint64_t stable = s->values.stable | sriov->values.stable;

        *ret = s->values;
        ret->known &= property_scope_mask(SCOPE_VF);
        values_count(ret, index);
        for (enum property p = 0; p < PROPERTY_MAX; p++)
                if ((stable & PROPERTY_BIT(p)) && !values_have(ret, p))
                        derive(b, item,
                               s->kind == SECTION_VF && (s->values.stable & PROPERTY_BIT(p))
                                       ? config_loc_of(s, KEY_PROPERTY + p)
                                       : config_loc_of(sriov, KEY_VF_MACS),
                               index, p, ret);
}

/* The first of a set, which says where to look, and the names of all: "node-guid or port-guid". New string. */
static char *list_properties(uint64_t set, enum property *ret_first)
{
        CLEANUP_STRBUF struct strbuf names = { 0 };

        for (enum property p = PROPERTY_MAX; p-- > 0;)
                if (set & PROPERTY_BIT(p))
                        *ret_first = p;
        for (enum property p = *ret_first; p < PROPERTY_MAX; p++)
                if (set & PROPERTY_BIT(p))
                        strbuf_addf(&names, "%s%s",
                                    p == *ret_first ? ""
                                    : set >> p == 1 ? " or "
                                                    : ", ",
                                    p == PROPERTY_MAC ? "MAC" : property_name(p));
        return strbuf_steal(&names);
}

uint64_t check_link(struct builder *b, struct plan_item *item, const struct config_section *s)
{
        const struct pci_function *pf = &b->inv->functions[item->pf];
        const struct netdev *n = netdev_of(pf);
        enum property_link link = n && n->infiniband ? LINK_INFINIBAND : LINK_ETHERNET;
        CLEANUP_FREE char *names = NULL;
        enum property first = 0;
        uint64_t lacking = 0;

        for (enum property p = 0; p < PROPERTY_MAX && n; p++)
                if (properties[p].link != LINK_ANY && properties[p].link != link)
                        lacking |= values_wanted(&s->values) & PROPERTY_BIT(p);
        if (lacking == 0)
                return 0;
        names = list_properties(lacking, &first);
        item_fail(item, VERDICT_REFUSED, config_loc_of(s, s->kind == SECTION_VF ? KEY_PROPERTY + first : KEY_VF_MACS),
                  link == LINK_INFINIBAND ? "%s of %s is InfiniBand, and its VFs have no %s but GUIDs"
                                          : "%s of %s is not InfiniBand, and its VFs have no %s",
                  n->name, ADDRESS_TEXT(pf), names);
        return lacking;
}

void check_vf_settings(struct builder *b, struct plan_item *item)
{
        const struct pci_function *pf = &b->inv->functions[item->pf];
        uint64_t wanted = values_wanted(&item->section->values), lacking = 0;
        CLEANUP_FREE char *names = NULL;
        enum property first = 0;

        if (wanted & ~PROPERTY_BIT(PROPERTY_MSIX_COUNT))
                check_interface(b, item);
        wanted &= ~check_link(b, item, item->section);
        for (size_t i = 0; i < item->n_claims; i++) {
                size_t f = item->claims[i].function;

                if (f != NO_INDEX && b->inv->functions[f].values)
                        lacking |= b->inv->functions[f].values->lacking & wanted;
        }
        if (lacking == 0)
                return;
        names = list_properties(lacking, &first);
        item_fail(item, VERDICT_REFUSED, config_loc_of(item->section, KEY_PROPERTY + first),
                  "driver %s of %s does not support %s", pf->driver ? pf->driver : "(none)", ADDRESS_TEXT(pf), names);
}

void plan_vf_resolve(struct builder *b, struct plan_item *item)
{
        take_vfs(b, item);
        if (item->pf != NO_INDEX)
                check_vf_settings(b, item);
}

/* One that stays where it is leaves it for that. */
static void rebind_steps(struct builder *b, struct plan_item *item, struct plan_claim *claim)
{
        const struct pci_function *f = &b->inv->functions[claim->function];
        bool moves = !streq(claim->driver, DRIVER_HOST) && !streq(claim->driver, f->driver);
        struct plan_step *step;

        check_mdevs(b, item, claim->function);
        if (!item_is_open(item))
                return;
        unbind_step(b, item, f, NULL, PHASE_VF_UNBIND);
        if (moves || (streq(claim->driver, DRIVER_HOST) && driver_is_vfio(f->driver)))
                return; /* the steps for its driver are there */
        if (streq(claim->driver, DRIVER_HOST)) {
                need_autoprobe(b, pf_item_of(b, item));
                step = add_step(b, item, PHASE_VF_PROBE, STEP_PROBE, NULL, NULL);
        } else
                step = add_step(b, item, PHASE_VF_DRIVER, STEP_BIND, f->driver, claim->driver);
        at_address(step, &f->address);
        step->always = true;
}

void vf_settings_steps(struct builder *b, struct plan_item *item, struct plan_claim *claim)
{
        const struct pci_function *f = claim->function == NO_INDEX ? NULL : &b->inv->functions[claim->function];
        struct values want;
        uint64_t differ;

        wanted_values(b, item, claim->vf_index, &want);
        if (item_is_open(item) && want.known && !claim->values) {
                claim->values = xmalloc(sizeof(*claim->values));
                *claim->values = want;
        }
        if (!item_is_open(item) || want.known == 0 || (f && !f->vf_read))
                return; /* of a VF that is there nothing is known here: a captured tree, or udev's helper */
        differ = f ? values_difference(&want, f->values) : want.known;
        for (enum property p = 0; p < PROPERTY_MAX; p++)
                if (property_leads_group(p) && (differ & property_group(p)))
                        set_step(b, item, claim,
                                 properties[p].when == WHEN_UNBOUND ? unbound_phase(b, claim, PHASE_VF_SET)
                                                                    : PHASE_VF_SET,
                                 &want, differ & property_group(p));
        claim->set = differ != 0;
        if (f && settings_need_bind(f, differ))
                rebind_steps(b, item, claim);
}

enum step_phase vf_phase(struct builder *b, const struct plan_item *item, const struct plan_claim *claim)
{
        return streq(claim->driver, DRIVER_HOST) && pf_item_of(b, item)->late ? PHASE_VF_PROBE : PHASE_VF_DRIVER;
}

void vf_driver_steps(struct builder *b, struct plan_item *item, struct plan_claim *claim)
{
        if (claim->function == NO_INDEX)
                new_vf_steps(b, item, claim, &b->inv->functions[item->pf].address);
        else
                driver_steps(b, item, claim, vf_phase(b, item, claim));
        if (item_is_open(item))
                vf_settings_steps(b, item, claim);
}

void plan_vf_steps(struct builder *b, struct plan_item *item)
{
        check_sriov_item(b, item);
        for (size_t i = 0; i < item->n_claims && item_is_open(item); i++)
                vf_driver_steps(b, item, &item->claims[i]);
}
