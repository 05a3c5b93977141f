/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of steps: their names, what each counts as, and how every summary words the counts. */
#include "plan/step-kind.h"

#include "base/macro.h"
#include "base/strutil.h"
#include "plan/step-setting.h"

static const struct {
        const char *name;
        const char *property;    /* NULL: the step's attribute */
        enum step_count counts;  /* what one step of it is */
        enum step_count vgpu;    /* of a vGPU that is the VF itself, where that differs */
        enum step_count removed; /* where the step takes something away */
        bool part;               /* always serves another step */
} kinds[STEP_KIND_MAX] = {
        [STEP_MODULE_LOAD] = { .name = "module-load", .property = "module", .counts = COUNT_MODULES },
        [STEP_MODULE_PARAM] = { .name = "module-parameter", .counts = COUNT_MODULES },
        [STEP_OVERRIDE] = { .name = "override", .property = "driver-override", .counts = COUNT_OVERRIDES },
        [STEP_NUMVFS] = { .name = "numvfs", .property = "vfs", .counts = COUNT_VFS, .removed = COUNT_REMOVED_VFS },
        [STEP_SET] = { .name = "set", .counts = COUNT_SETTINGS },
        [STEP_UNBIND] = { .name = "unbind", .property = "driver", .counts = COUNT_UNBINDS },
        [STEP_BIND] = { .name = "bind", .property = "driver", .counts = COUNT_BINDS },
        [STEP_PROBE] = { .name = "probe", .property = "driver", .counts = COUNT_BINDS },
        [STEP_MDEV_CREATE] = { .name = "mdev-create", .property = "type", .counts = COUNT_MDEVS, .vgpu = COUNT_VGPUS },
        [STEP_MDEV_ATTR] = { .name = "mdev-attribute", .counts = COUNT_SETTINGS, .part = true },
        [STEP_MDEV_REMOVE] = { .name = "mdev-remove",
                               .property = "type",
                               .counts = COUNT_REMOVED_MDEVS,
                               .vgpu = COUNT_REMOVED_VGPUS },
        [STEP_ROM_DUMP] = { .name = "rom-dump", .property = "rom-dump", .counts = COUNT_SETTINGS },
        [STEP_NVME_RESERVE] = { .name = "nvme-reserve",
                                .property = "nvme-reserve",
                                .counts = COUNT_SETTINGS,
                                .part = true },
        [STEP_VF_QUEUES] = { .name = "vf-queues", .property = "vf-queues", .counts = COUNT_QUEUES },
        [STEP_UNIT] = { .name = "unit", .property = "unit", .counts = COUNT_SETTINGS, .part = true },
        [STEP_CONSOLE] = { .name = "console", .property = "console", .counts = COUNT_SETTINGS, .part = true },
};

/* In the order in which a summary tells of them, and for each summary: one, many. */
static const struct {
        const char *name; /* in JSON */
        const char *words[STEP_SUMMARY_MAX][2];
} counts[STEP_COUNT_MAX] = {
        [COUNT_MODULES] = { "modules",
                            { { "module to load or set", "modules to load or set" },
                              { "module set up", "modules set up" },
                              { "module to put back", "modules to put back" },
                              { "module put back", "modules put back" } } },
        [COUNT_REMOVED_MDEVS] = { "removed_mdevs",
                                  { { "mdev to remove", "mdevs to remove" },
                                    { "mdev removed", "mdevs removed" },
                                    { "mdev to remove", "mdevs to remove" },
                                    { "mdev removed", "mdevs removed" } } },
        [COUNT_REMOVED_VGPUS] = { "removed_vgpus",
                                  { { "vGPU to remove", "vGPUs to remove" },
                                    { "vGPU removed", "vGPUs removed" },
                                    { "vGPU to remove", "vGPUs to remove" },
                                    { "vGPU removed", "vGPUs removed" } } },
        [COUNT_REMOVED_VFS] = { "removed_vfs",
                                { { "VF to remove", "VFs to remove" },
                                  { "VF removed", "VFs removed" },
                                  { "VF to remove", "VFs to remove" },
                                  { "VF removed", "VFs removed" } } },
        [COUNT_VFS] = { "vfs",
                        { { "VF to create", "VFs to create" },
                          { "VF made", "VFs made" },
                          { "VF to create", "VFs to create" },
                          { "VF made", "VFs made" } } },
        [COUNT_BINDS] = { "bind",
                          { { "to bind", "to bind" },
                            { "function bound", "functions bound" },
                            { "to bind", "to bind" },
                            { "function back on its driver", "functions back on their drivers" } } },
        [COUNT_UNBINDS] = { "unbind",
                            { { "to unbind", "to unbind" },
                              { "function unbound", "functions unbound" },
                              { "to unbind", "to unbind" },
                              { "function unbound", "functions unbound" } } },
        [COUNT_OVERRIDES] = { "overrides",
                              { { "override to set", "overrides to set" },
                                { "override set", "overrides set" },
                                { "override to put back", "overrides to put back" },
                                { "override put back", "overrides put back" } } },
        [COUNT_MDEVS] = { "mdevs",
                          { { "mdev to create", "mdevs to create" },
                            { "mdev made", "mdevs made" },
                            { "mdev to create", "mdevs to create" },
                            { "mdev made", "mdevs made" } } },
        [COUNT_VGPUS] = { "vgpus",
                          { { "vGPU to create", "vGPUs to create" },
                            { "vGPU made", "vGPUs made" },
                            { "vGPU to create", "vGPUs to create" },
                            { "vGPU made", "vGPUs made" } } },
        [COUNT_QUEUES] = { "queues",
                           { { "VF to get its queues", "VFs to get their queues" },
                             { "VF got its queues", "VFs got their queues" },
                             { "VF to get its queues back", "VFs to get their queues back" },
                             { "VF got its queues back", "VFs got their queues back" } } },
        [COUNT_SETTINGS] = { "settings",
                             { { "setting to make", "settings to make" },
                               { "setting made", "settings made" },
                               { "setting to put back", "settings to put back" },
                               { "setting put back", "settings put back" } } },
};

const char *step_name(const struct plan_step *step)
{
        static const char *const settings[TRANSPORT_MAX] = {
                [TRANSPORT_VF] = "vf-set",    [TRANSPORT_MSIX] = "vf-set",   [TRANSPORT_SYSFS] = "attribute",
                [TRANSPORT_BAR] = "bar-size", [TRANSPORT_NETDEV] = "pf-set", [TRANSPORT_DEVLINK] = "eswitch",
        };
        const struct property_row *row = step_row(step);

        if (!row)
                return kinds[step->kind].name;
        return row->internal ? row->name : settings[row->transport];
}

const char *step_kind_property(enum step_kind kind)
{
        return kinds[kind].property;
}

bool step_is_part(const struct plan_step *step)
{
        const struct property_row *row = step_row(step);

        return kinds[step->kind].part || step->way || (row && row->internal) ||
               (step->kind == STEP_MODULE_LOAD && step->attribute) || /* a driver's own goes without saying */
               (step->new_vf && (step->kind == STEP_VF_QUEUES || step->kind == STEP_OVERRIDE));
}

static enum step_count count_of(const struct plan_step *step, bool vgpu)
{
        if (vgpu && kinds[step->kind].vgpu)
                return kinds[step->kind].vgpu;
        return kinds[step->kind].removed && streq_ptr(step->value, "0") ? kinds[step->kind].removed
                                                                        : kinds[step->kind].counts;
}

void step_counts_add(struct step_counts *c, const struct plan_step *step, size_t n, bool vgpu)
{
        enum step_count what = count_of(step, vgpu);
        uint64_t vfs = 0;

        if (step->kind == STEP_NUMVFS) {
                (void) parse_unsigned(what == COUNT_VFS ? step->value : step->old, 10, UINT16_MAX, &vfs);
                n = vfs;
        }
        if (step_is_part(step)) {
                c->parts[what] += n;
                return;
        }
        /* A module's parameters follow one another. */
        if (what == COUNT_MODULES) {
                if (c->module == step->item + 1)
                        return;
                c->module = step->item + 1;
        }
        c->n[what] += n;
}

size_t step_counts_get(const struct step_counts *c, enum step_count what)
{
        for (enum step_count i = 0; i < STEP_COUNT_MAX; i++)
                if (c->n[i] > 0)
                        return c->n[what];
        return c->parts[what];
}

/* A plan's rows leave out the modules of drivers, but that one was loaded has a line in the journal. */
static size_t number_told(const struct step_counts *c, enum step_count what, enum step_summary summary)
{
        if (what == COUNT_MODULES && (summary == SUMMARY_APPLY || summary == SUMMARY_RELEASED))
                return c->n[what] + c->parts[what];
        return step_counts_get(c, what);
}

void step_counts_format(const struct step_counts *c, enum step_summary summary, struct strbuf *b)
{
        static const char *const nothing[STEP_SUMMARY_MAX] = {
                [SUMMARY_PLAN] = "nothing to do",
                [SUMMARY_APPLY] = "nothing to change",
                [SUMMARY_RELEASE] = "nothing to do",
                [SUMMARY_RELEASED] = "nothing had to be changed",
        };
        size_t before = b->len;

        for (enum step_count i = 0; i < STEP_COUNT_MAX; i++)
                strbuf_add_count(b, number_told(c, i, summary), counts[i].words[summary][0],
                                 counts[i].words[summary][1]);
        if (b->len == before)
                strbuf_add(b, nothing[summary]);
}

const char *step_count_name(enum step_count what)
{
        return counts[what].name;
}

size_t step_count_number(const struct step_counts *c, enum step_count what)
{
        size_t n = step_counts_get(c, what);

        if (what == COUNT_MDEVS)
                n += step_counts_get(c, COUNT_VGPUS);
        if (what == COUNT_REMOVED_MDEVS)
                n += step_counts_get(c, COUNT_REMOVED_VGPUS);
        return n;
}
