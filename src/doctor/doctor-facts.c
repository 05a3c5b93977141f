/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The facts that doctor's checks rest on: texts of /proc and /sys. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "doctor/doctor.h"

static void free_strings(char **strings, size_t n)
{
        for (size_t i = 0; i < n; i++)
                free(strings[i]);
        free(strings);
}

void doctor_facts_free(struct doctor_facts *facts)
{
        free_strings(facts->units, facts->n_units);
        free(facts->cmdline);
        free(facts->unread_boot);
        free(facts->release);
        for (size_t i = 0; i < DOCTOR_PARAM_MAX; i++)
                free(facts->params[i]);
        for (size_t i = 0; i < facts->n_modules; i++)
                free(facts->modules[i].name);
        free(facts->modules);
        free(facts->groups);
        free(facts->framebuffer);
        for (size_t i = 0; i < facts->n_blacklists; i++) {
                free(facts->blacklists[i].module);
                free(facts->blacklists[i].file);
                free_strings(facts->blacklists[i].patterns, facts->blacklists[i].n_patterns);
        }
        free(facts->blacklists);
        *facts = (struct doctor_facts){ .boot_vga = NO_INDEX };
}

static enum doctor_cpu cpu_of_vendor(const char *vendor)
{
        if (streq(vendor, "GenuineIntel"))
                return DOCTOR_CPU_INTEL;
        if (streq(vendor, "AuthenticAMD") || streq(vendor, "HygonGenuine"))
                return DOCTOR_CPU_AMD;
        return DOCTOR_CPU_X86; /* Zhaoxin's, for example: VT-d */
}

/* arch/x86/kernel/cpu/proc.c; arm64 has "CPU implementer", s390 "vendor_id : IBM/S390". The first CPU speaks for all.
 */
void doctor_parse_cpuinfo(struct doctor_facts *facts, char *text)
{
        char *line, *word;

        /* s390 has one line of features for all. */
        while (!facts->cpu_flags && (line = strsep(&text, "\n"))) {
                char *value = strchr(line, ':');

                if (!value)
                        continue;
                *value++ = '\0';
                value = strip(value);
                line = strip(line);
                facts->s390 = facts->s390 || (streq(line, "vendor_id") && streq(value, "IBM/S390"));
                if (streq(line, "vendor_id") && !facts->s390)
                        facts->cpu = cpu_of_vendor(value);
                else if (facts->cpu == DOCTOR_CPU_NOT_KNOWN && !streq(line, "processor"))
                        facts->cpu = DOCTOR_CPU_OTHER;
                if (!streq(line, "flags") && !streq(line, "features"))
                        continue;
                facts->cpu_flags = true;
                while ((word = strsep(&value, " "))) {
                        facts->vmx = facts->vmx || streq(word, "vmx");
                        facts->svm = facts->svm || streq(word, "svm");
                        facts->sie = facts->sie || streq(word, "sie");
                        facts->hypervisor = facts->hypervisor || streq(word, "hypervisor");
                }
        }
}

/* "0x00000000fee00000 0x00000000feefffff msi", a line for each region (drivers/iommu/iommu.c) */
bool doctor_has_direct_region(const char *reserved_regions)
{
        for (const char *line = reserved_regions; line; line = strchr(line, '\n')) {
                size_t n = strcspn(line += *line == '\n', "\n");

                if (n > strlen(" direct") && strncmp(line + n - strlen(" direct"), " direct", strlen(" direct")) == 0)
                        return true;
        }
        return false;
}

static void add_blacklist(struct doctor_facts *facts, const char *module, const char *file, unsigned line)
{
        struct doctor_blacklist *b = ARRAY_APPEND(facts->blacklists, facts->n_blacklists, facts->alloc_blacklists);

        replace_string(&b->module, module);
        replace_string(&b->file, file);
        b->line = line;
        module_name_normalize(b->module);
}

/* "blacklist NAME"; "install NAME /bin/false" is the same, and stronger. */
void doctor_parse_blacklist(struct doctor_facts *facts, const char *file, char *text)
{
        char *line;

        for (unsigned n = 1; (line = strsep(&text, "\n")); n++) {
                char *rest = strip(line), *verb, *module;

                verb = strsep(&rest, " \t");
                rest = rest ? strip(rest) : NULL;
                module = strsep(&rest, " \t");
                if (!module || *module == '\0')
                        continue;
                rest = rest ? strip(rest) : NULL;
                if (streq(verb, "blacklist") ||
                    (streq(verb, "install") && rest &&
                     (streq(last_component(rest), "false") || streq(last_component(rest), "true"))))
                        add_blacklist(facts, module, file, n);
        }
}

void doctor_parse_blacklist_cmdline(struct doctor_facts *facts, const char *file, char *text)
{
        char *word;

        while ((word = strsep(&text, " \t\n"))) {
                char *names = (char *) after_prefix(word, "modprobe.blacklist="), *name;

                if (!names)
                        names = (char *) after_prefix(word, "module_blacklist=");
                while (names && (name = strsep(&names, ",")))
                        if (*name)
                                add_blacklist(facts, name, file, 0);
        }
}

/* "alias pci:v000010DEd*sv*sd*bc03sc00i00* nouveau" */
void doctor_parse_aliases(struct doctor_facts *facts, char *text)
{
        char *line;

        for (size_t i = 0; i < facts->n_blacklists; i++)
                facts->blacklists[i].known = true;
        while ((line = strsep(&text, "\n"))) {
                char *pattern = (char *) after_prefix(line, "alias "), *module;

                if (!pattern || !after_prefix(pattern, "pci:"))
                        continue;
                module = strchr(pattern, ' ');
                if (!module)
                        continue;
                *module++ = '\0';
                module = strip(module);
                for (size_t i = 0; i < facts->n_blacklists; i++) {
                        struct doctor_blacklist *b = &facts->blacklists[i];
                        char **slot;

                        if (!streq(b->module, module))
                                continue;
                        slot = ARRAY_APPEND(b->patterns, b->n_patterns, b->alloc_patterns);
                        replace_string(slot, pattern);
                }
        }
}
