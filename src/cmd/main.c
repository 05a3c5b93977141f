/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* passthru-setup: the verbs, and what each takes. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/macro.h"
#include "base/names.h"
#include "cmd/cmd.h"
#include "report/log.h"
#include "report/output.h"
#include "report/progress.h"

static const struct {
        const char *name;
        int (*run)(const struct options *o);
        unsigned takes;
} verbs[] = {
        { "apply", cmd_apply, TAKES_DEVICE | TAKES_PENDING | TAKES_PRUNE },
        { "release", cmd_release, TAKES_DRY_RUN | TAKES_JSON },
        { "plan", cmd_plan, TAKES_JSON | TAKES_DETAILED },
        { "status", cmd_status, TAKES_JSON | TAKES_PROMETHEUS },
        { "wait", cmd_wait, TAKES_TIMEOUT },
        { "check", cmd_check, TAKES_JSON },
        { "doctor", cmd_doctor, TAKES_JSON },
        { "list", cmd_list, TAKES_JSON | TAKES_SRIOV | TAKES_MDEV },
        { "tree", cmd_tree, TAKES_JSON },
        { "explain", cmd_explain, TAKES_JSON },
        { "boot-config", cmd_boot_config, TAKES_JSON | TAKES_WRITE },
        { "generate", cmd_generate, TAKES_FROM },
        { "export", cmd_export, TAKES_VMID },
};

static const char help[] =
        "passthru-setup [OPTIONS…] VERB [ARGUMENTS…]\n"
        "\n"
        "Hands PCI devices, their VFs and mdevs to virtual machines, as /etc/passthru.conf says.\n"
        "\n"
        "Verbs:\n"
        "  apply [SECTION…]    Make the host what the configuration says\n"
        "  apply --device=DEV  Only what concerns a PCI address or an mdev parent that has come; what the udev rule "
        "runs\n"
        "  release [SECTION…]  Give back what was taken, as it was: drivers, VFs, mdevs\n"
        "  plan [SECTION…]     Show what apply would do; write nothing\n"
        "  status [SECTION…]   Show each section, what is there, and why it differs\n"
        "  wait [SECTION…]     Wait until these sections, or all, are as configured\n"
        "  check [FILE]        Look for mistakes in the configuration alone\n"
        "  doctor              Look at the host: what is in the way of handing devices over, and what to do about it\n"
        "  list [CLASS…]       Show what there is to hand over, with a selector to paste: gpu, nic, nvme, hba, usb, "
        "audio,\n"
        "                      accelerator, other, system, all\n"
        "  tree                Show IOMMU groups, functions, VFs and mdevs: what is claimed, what the host uses, what "
        "is in\n"
        "                      the way\n"
        "  explain WORD        Show of a section, an address, SECTION/NUMBER of a VF, an mdev's UUID or an interface "
        "what is\n"
        "                      wanted and where, what there is, what is in the way, who has it, and what to type next\n"
        "  boot-config         Show the words that the configuration needs on the kernel command line\n"
        "  generate            Print a configuration out of what runs now, or of other programs' files (--from)\n"
        "  export libvirt|proxmox|qemu SECTION…\n"
        "                      Print what a VM's configuration needs to have it; SECTION/0 is a single VF\n"
        "\n"
        "Options:\n"
        "  --config=FILE         Read this file alone, and no drop-ins\n"
        "  --root=DIR            Work on a captured tree (all but apply, wait, and release without --dry-run)\n"
        "  --json                Write JSON (plan, status, check, doctor, list, tree, explain, boot-config, release --dry-run)\n"
        "  --detailed-exitcode   plan: exit with 2 when there is something to do, 1 when there is not and a section\n"
        "                        is refused or absent\n"
        "  --dry-run             release: show what it would do; write nothing\n"
        "  --prune               apply: also give back what is held for sections that have gone from the "
        "configuration\n"
        "  --sriov, --mdev       list: only what can have VFs, or mdevs\n"
        "  --write               boot-config: write them where this boot loader has them, and run its update command\n"
        "  --undo                boot-config: take back what --write has written\n"
        "  --from=SOURCE[,…]     generate: from running (the default), driverctl, mdevctl, vfio-ids, sysfs; may be given "
        "again\n"
        "  -o, --output=FILE     generate: write it to this new file\n"
        "  --prometheus          status: write metrics for node_exporter's textfile collector\n"
        "  --vmid=ID             export proxmox: the VM's number, in place of VMID\n"
        "  --timeout=TIME        wait: fail after that time: 30, 500 ms, 2 min\n"
        "  --no-legend           Leave out header and summary\n"
        "  --no-pager            Do not pipe the output into a pager\n"
        "  --version, --help\n"
        "\n"
        "Exit status: 0 done · 1 a section failed or is not as configured · 64 usage · 77 no privilege ·\n"
        "78 configuration. The journal tells the rest: journalctl -u passthru-setup\n";

static int usage_error(const char *text, const char *word)
{
        const char *names[ARRAY_SIZE(verbs)], *nearest;

        for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
                names[i] = verbs[i].name;
        nearest = word ? names_nearest(word, names, ARRAY_SIZE(verbs)) : NULL;
        (void) fprintf(stderr, "%s%s%s", word ? word : "", word ? ": " : "", text);
        if (nearest)
                (void) fprintf(stderr, "; did you mean %s?\n", nearest);
        else
                (void) fputs("; passthru-setup --help lists the verbs.\n", stderr);
        return EXIT_USAGE_ERROR;
}

/* " plan, status": the verbs that take an option. */
static void name_verbs_taking(unsigned bit)
{
        const char *separator = " ";

        for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
                if (verbs[i].takes & bit) {
                        (void) fprintf(stderr, "%s%s", separator, verbs[i].name);
                        separator = ", ";
                }
}

int main(int argc, char **argv)
{
        struct options o;
        const char *verb;
        int status;

        (void) setlocale(LC_CTYPE, "");
        (void) umask(0022);
        if (options_parse(argc, argv, &o) < 0)
                return EXIT_USAGE_ERROR;
        if (o.help)
                return output_text(help);
        if (o.version)
                return output_text("passthru-setup " VERSION "\n");
        if (o.n_args == 0)
                return usage_error("The verb is missing", NULL);
        verb = *o.args++;
        o.n_args--;
        for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
                if (!streq(verbs[i].name, verb))
                        continue;
                if (options_check(&o, verbs[i].takes, name_verbs_taking) < 0)
                        return EXIT_USAGE_ERROR;
                status = verbs[i].run(&o);
                progress_clear();
                return status;
        }
        return usage_error("unknown verb", verb);
}
