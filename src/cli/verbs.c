/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of verbs and options. */
#include "cli/verbs.h"

#include <string.h>

#include "base/macro.h"
#include "base/strbuf.h"
#include "config/config-keys.h"

const struct option_info option_infos[OPTION_MAX] = {
        [OPTION_AS_DROPIN] = { .name = "as-dropin",
                               .summary = "Take it for a drop-in: a main file may have the rest" },
        [OPTION_CONFIG] = { .name = "config",
                            .argument = "FILE",
                            .words = WORDS_FILES,
                            .summary = "Read this file alone, and no drop-ins" },
        [OPTION_DETAILED_EXITCODE] = { .name = "detailed-exitcode",
                                       .summary = "Exit with 2 if there is something to do" },
        [OPTION_DEVICE] = { .name = "device",
                            .argument = "DEVICE",
                            .words = WORDS_DEVICES,
                            .summary = "Only what concerns this address or parent" },
        [OPTION_DRY_RUN] = { .name = "dry-run", .summary = "Show what would be done; write nothing" },
        [OPTION_FROM] = { .name = "from",
                          .argument = "SOURCE[,…]",
                          .words = WORDS_SOURCES,
                          .summary = "Use these sources; by default: running" },
        [OPTION_JSON] = { .name = "json", .summary = "Write JSON" },
        [OPTION_MDEV] = { .name = "mdev", .summary = "Only what can have mdevs" },
        [OPTION_NO_LEGEND] = { .name = "no-legend", .summary = "Leave out header and summary" },
        [OPTION_NO_PAGER] = { .name = "no-pager", .summary = "Do not pipe the output into a pager" },
        [OPTION_NOW] = { .name = "now", .summary = "Do it on the running host too" },
        [OPTION_OUTPUT] = { .name = "output",
                            .letter = 'o',
                            .argument = "FILE",
                            .words = WORDS_FILES,
                            .summary = "Write to this new file" },
        [OPTION_PROMETHEUS] = { .name = "prometheus", .summary = "Write metrics for node_exporter" },
        [OPTION_PRUNE] = { .name = "prune", .summary = "Also release what sections since removed hold" },
        [OPTION_ROOT] = { .name = "root",
                          .argument = "DIR",
                          .words = WORDS_DIRECTORIES,
                          .summary = "Work on the host's files below DIR" },
        [OPTION_SRIOV] = { .name = "sriov", .summary = "Only what can have VFs" },
        [OPTION_TIMEOUT] = { .name = "timeout",
                             .argument = "TIME",
                             .words = WORDS_ANY,
                             .summary = "Fail after this time: 30, 500ms, 2min" },
        [OPTION_UNDO] = { .name = "undo", .summary = "Take back what --write has written" },
        [OPTION_VMID] = { .name = "vmid",
                          .argument = "ID",
                          .words = WORDS_ANY,
                          .summary = "Use this number for the VM on Proxmox VE" },
        [OPTION_WATCH] = { .name = "watch", .summary = "Show it again whenever it changes" },
        [OPTION_WRITE] = { .name = "write", .summary = "Write them and update the boot loader" },
        [OPTION_EARLY] = { .name = "early",
                           .summary = "Apply only what is cleared to be taken early",
                           .internal = true },
        [OPTION_PENDING] = { .name = "pending",
                             .summary = "Only if udev has named the device again",
                             .internal = true },
        [OPTION_HELP] = { .name = "help", .letter = 'h', .summary = "Show this help" },
        [OPTION_VERSION] = { .name = "version", .summary = "Show the version" },
};

#define O(id) OPTION_BIT(OPTION_##id)
#define SHOWS (O(CONFIG) | O(ROOT) | O(JSON))

const struct verb_info verb_infos[VERB_MAX] = {
        [VERB_LIST] = { .name = "list",
                        .arguments = "[CLASS…]",
                        .summary = "Show what there is to hand over, by selector",
                        .options = O(ROOT) | O(JSON) | O(NO_LEGEND) | O(NO_PAGER) | O(SRIOV) | O(MDEV),
                        .first = WORDS_CLASSES,
                        .rest = WORDS_CLASSES,
                        .max = ARGUMENTS_MANY,
                        .examples = { "list gpu nic", "list --sriov" } },
        [VERB_TREE] = { .name = "tree",
                        .arguments = "",
                        .summary = "Show IOMMU groups, functions, VFs and mdevs",
                        .options = SHOWS | O(NO_LEGEND) | O(NO_PAGER),
                        .examples = { "tree" } },
        [VERB_EXPLAIN] = { .name = "explain",
                           .arguments = "WORD",
                           .summary = "Show why one thing is as it is, and what to do",
                           .options = SHOWS | O(NO_PAGER),
                           .first = WORDS_THINGS,
                           .min = 1,
                           .max = 1,
                           .lacking = "a section, an address, SECTION/NUMBER of a VF, the UUID of an mdev or an "
                                      "interface",
                           .examples = { "explain gpu", "explain 01:00.0" } },
        [VERB_DOCTOR] = { .name = "doctor",
                          .arguments = "",
                          .summary = "Show what is wrong with the host, and the remedy",
                          .options = SHOWS | O(NO_LEGEND) | O(NO_PAGER),
                          .examples = { "doctor" } },
        [VERB_ADD] = { .name = "add", .arguments = "[NAME [DEVICE] [--KEY=VALUE…]]",
                       .summary = "Write a drop-in that hands over one device",
                       .options = O(NOW) | O(DRY_RUN) | O(ROOT) | O(NO_LEGEND), .rest = WORDS_HARDWARE, .max = 2, .keys = true,
                       .examples = { "add gpu 02:00", "add uplink enp94s0f0 --vfs=8 --now" } },
        [VERB_REMOVE] = { .name = "remove", .arguments = "NAME",
                          .summary = "Delete a drop-in that add has written",
                          .options = O(NOW) | O(DRY_RUN) | O(ROOT), .first = WORDS_SECTIONS, .min = 1, .max = 1,
                          .lacking = "the name of a section", .examples = { "remove gpu --now" } },
        [VERB_EDIT] = { .name = "edit", .arguments = "[NAME]",
                        .summary = "Edit the configuration; check it before it counts",
                        .options = O(ROOT) | O(NO_LEGEND), .first = WORDS_SECTIONS, .max = 1,
                        .examples = { "edit", "edit gpu" } },
        [VERB_CHECK] = { .name = "check",
                         .arguments = "[FILE]",
                         .summary = "Show all mistakes of the configuration, or of FILE",
                         .options = O(ROOT) | O(JSON) | O(AS_DROPIN),
                         .first = WORDS_FILES,
                         .max = 1,
                         .examples = { "check", "check --as-dropin - <gpu.conf" } },
        [VERB_PLAN] = { .name = "plan",
                        .arguments = "[SECTION…]",
                        .summary = "Show what apply would do; write nothing",
                        .options = SHOWS | O(NO_LEGEND) | O(NO_PAGER) | O(DETAILED_EXITCODE),
                        .first = WORDS_SECTIONS,
                        .rest = WORDS_SECTIONS,
                        .max = ARGUMENTS_MANY,
                        .examples = { "plan", "plan gpu" } },
        [VERB_APPLY] = { .name = "apply",
                         .arguments = "[SECTION…]",
                         .summary = "Make the host what the configuration says",
                         .options = SHOWS | O(NO_LEGEND) | O(NO_PAGER) | O(PRUNE) | O(DRY_RUN) | O(DEVICE) | O(EARLY) | O(PENDING),
                         .first = WORDS_SECTIONS,
                         .rest = WORDS_SECTIONS,
                         .max = ARGUMENTS_MANY,
                         .examples = { "apply gpu", "apply --prune" } },
        [VERB_STATUS] = { .name = "status",
                          .arguments = "[SECTION…]",
                          .summary = "Show each section, what is there, why it differs",
                          .options = SHOWS | O(NO_LEGEND) | O(NO_PAGER) | O(PROMETHEUS) | O(WATCH),
                          .first = WORDS_SECTIONS,
                          .rest = WORDS_SECTIONS,
                          .max = ARGUMENTS_MANY,
                          .examples = { "status uplink", "status --watch" } },
        [VERB_WAIT] = { .name = "wait",
                        .arguments = "[SECTION…]",
                        .summary = "Wait until sections are as configured",
                        .options = O(TIMEOUT),
                        .first = WORDS_SECTIONS,
                        .rest = WORDS_SECTIONS,
                        .max = ARGUMENTS_MANY,
                        .examples = { "wait --timeout=2min gpu" } },
        [VERB_RELEASE] = { .name = "release",
                           .arguments = "[SECTION…]",
                           .summary = "Give back what was taken, as it was",
                           .options = SHOWS | O(NO_LEGEND) | O(NO_PAGER) | O(DRY_RUN),
                           .first = WORDS_HELD,
                           .rest = WORDS_HELD,
                           .max = ARGUMENTS_MANY,
                           .examples = { "release --dry-run", "release gpu" } },
        [VERB_GENERATE] = { .name = "generate",
                            .arguments = "",
                            .summary = "Print a configuration of what runs or other tools do",
                            .options = O(ROOT) | O(FROM) | O(OUTPUT),
                            .examples = { "generate --from=driverctl,vfio-ids -o new.conf" } },
        [VERB_EXPORT] = { .name = "export",
                          .arguments = "[FORMAT SECTION…]",
                          .summary = "Print what the configuration of a VM needs",
                          .options = O(CONFIG) | O(ROOT) | O(VMID),
                          .first = WORDS_TARGETS,
                          .rest = WORDS_SECTIONS,
                          .max = ARGUMENTS_MANY,
                          .examples = { "export proxmox gpu --vmid=100", "export libvirt uplink/0" } },
        [VERB_BOOT_CONFIG] = { .name = "boot-config",
                               .arguments = "",
                               .summary = "Show or write the kernel parameters that are needed",
                               .options = SHOWS | O(NO_LEGEND) | O(NO_PAGER) | O(WRITE) | O(UNDO),
                               .examples = { "boot-config", "boot-config --write" } },
        [VERB_HOOK] = { .name = "hook",
                        .arguments = "ENGINE VM OPERATION…",
                        .summary = "Hand over or give back what a VM has on demand",
                        .min = 3,
                        .max = ARGUMENTS_MANY,
                        .lacking = "libvirt or proxmox, and what these give their hooks",
                        .examples = { "hook libvirt win11 prepare begin - <win11.xml", "hook proxmox 104 pre-start" } },
        [VERB_HELP] = { .name = "help",
                        .arguments = "[VERB]",
                        .summary = "Show this help, or that of a verb",
                        .first = WORDS_VERBS,
                        .max = 1,
                        .examples = { "help add" } },
        [VERB_COMPLETE] = { .name = "complete",
                            .arguments = "WORD…",
                            .summary = "Print what may stand for the last word",
                            .min = 1,
                            .max = ARGUMENTS_MANY,
                            .lacking = "the words of a command line",
                            .internal = true },
};

enum verb verb_find(const char *name)
{
        for (enum verb v = 0; v < VERB_MAX; v++)
                if (streq(verb_infos[v].name, name))
                        return v;
        return VERB_MAX;
}

const char *verb_synonym(const char *word)
{
        static const struct {
                const char *word, *verb;
        } synonyms[] = {
                { "set-override", "add" }, { "unset-override", "remove" }, { "list-devices", "list" }, /* driverctl(8) */
                { "define", "add" },       { "undefine", "remove" },       { "types", "list --mdev" }, /* mdevctl(8) */
                { "start", "apply" },      { "stop", "release" },          { "enable", "add" },
                { "disable", "remove" },   { "delete", "remove" },         { "del", "remove" },
                { "rm", "remove" },        { "ls", "list" },               { "show", "status" },
                { "bind", "apply" },       { "unbind", "release" },        { "reload", "apply" },
                { "undo", "release" },     { "diff", "plan" },             { "test", "check" },
                { "verify", "check" },     { "validate", "check" },        { "why", "explain" },
                { "import", "generate" },  { "version", "--version" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(synonyms); i++)
                if (streq(synonyms[i].word, word))
                        return synonyms[i].verb;
        return NULL;
}

static bool is_of_sections(enum config_key key)
{
        return (config_key_kinds(key) & ~(1U << SECTION_DEFAULTS)) != 0;
}

bool verb_takes_key(enum config_key key)
{
        for (enum config_key other = 0; other < key; other++)
                if (is_of_sections(other) && streq(config_key_name(other), config_key_name(key)))
                        return false;
        return is_of_sections(key);
}

char *verbs_taking(enum option_id option)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        const struct verb_info *last = NULL;

        for (enum verb v = 0; v < VERB_MAX; v++) {
                if (!(verb_infos[v].options & OPTION_BIT(option)))
                        continue;
                if (last)
                        strbuf_addf(&b, "%s%s", b.len > 0 ? ", " : "", last->name);
                last = &verb_infos[v];
        }
        if (last)
                strbuf_addf(&b, "%s%s", b.len > 0 ? " and " : "", last->name);
        return strbuf_steal(&b);
}
