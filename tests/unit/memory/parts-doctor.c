/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor: its checks, what is printed of them, and the texts that it reads. */
#include <errno.h>
#include <stdlib.h>

#include "doctor/doctor.h"
#include "unit/doctor-host.h"
#include "unit/memory/fault.h"
#include "unit/memory/parts.h"
#include "view/rows.h"

static const char sick[] =
        "cmdline quiet pcie_acs_override=downstream iommu=off vfio-pci.ids=1:2\nremapping no\nunsafe Y\nnoiommu Y\n"
        "module vfio_pci gone\ngroup 14 direct\nframebuffer platform/simple-framebuffer.0\nboot-vga 0000:05:00.0\n"
        "gvt N\nignore_msrs N\ninitramfs stale\nids 10de:2487\ndriverctl 0000:01:00.0 nouveau\n"
        "sysfs bus/pci/devices/0000:02:00.0/sriov_numvfs = 8\nlink [Link]|SR-IOVVirtualFunctions=8\n"
        "blacklist nouveau pci:v000010DEd00002487*\ngrub GRUB_CMDLINE_LINUX=\"iommu=off\"\n"
        "unread-boot a: b\nunread-maker /etc/x\n";

static const char config[] =
        "[device gpu]\naddress = 01:00\n[device a]\naddress = 05:00.0\n[sriov uplink]\naddress = 02:00.0\n"
        "vfs = 4\n[mdev d]\nparent = 0000:00:02.0\ntype = i915-GVTg_V5_4\n[device gone]\naddress = 09:00.0\n";

int part_doctor(const struct world *w, struct strbuf *text)
{
        CLEANUP_DOCTOR_HOST struct doctor_host h;
        CLEANUP_REPORT struct doctor_report report = { 0 };
        struct doctor_input input;
        int r;

        (void) w;
        doctor_host_make(&h, sick, config);
        input = doctor_host_input(&h);
        r = IN_CORE(doctor_examine(&input, &report));
        if (r == 0)
                part_add(text, doctor_report_text(&report, NULL));
        return r;
}

int part_doctor_output(const struct world *w, struct strbuf *text)
{
        struct doctor_finding finding = { "iommu",
                                          DOCTOR_ERROR,
                                          (char *) "IOMMU",
                                          (char *) "off",
                                          (char *) "one\ntwo",
                                          (char *) "/etc/modprobe.d/a.conf",
                                          3,
                                          NULL };
        const struct doctor_report report = { .items = &finding, .n = 1 };
        CLEANUP_ROWS struct row_list rows = { 0 };
        char *json = NULL, *summary = NULL;
        int r = IN_CORE(rows_of_doctor(&report, "->", &rows));

        (void) w;
        r = r < 0 ? r : IN_CORE((summary = doctor_summary(&report)) ? 0 : -ENOMEM);
        if (r == 0)
                part_add(text, summary);
        r = r < 0 ? r : IN_CORE(render_doctor_json(&report, &json));
        if (r == 0)
                part_add(text, json);
        return r;
}

int part_doctor_texts(const struct world *w, struct strbuf *text)
{
        CLEANUP_FACTS struct doctor_facts facts = { 0 };
        char blacklist[] = "blacklist a\ninstall b /bin/false\n";
        char word[] = "modprobe.blacklist=c,d", aliases[] = "alias pci:v1* a\nalias pci:v2* a\nalias pci:v3* c\n";
        int r = IN_CORE(doctor_parse_blacklist(&facts, "/b", blacklist));

        (void) w;
        r = r < 0 ? r : IN_CORE(doctor_parse_blacklist_cmdline(&facts, "/c", word));
        r = r < 0 ? r : IN_CORE(doctor_parse_aliases(&facts, aliases));
        if (r < 0)
                return r;
        for (size_t i = 0; i < facts.n_blacklists; i++)
                strbuf_addf(text, "%s %zu\n", facts.blacklists[i].module, facts.blacklists[i].n_patterns);
        return 0;
}
