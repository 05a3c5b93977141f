/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines of other programs' files that make VFs, write overrides, bind or load. Of each the line is found that does so;
 * the formats are read no further. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "import/foreign-internal.h"

#define SCRIPTS_MAX 1024

/* What a word in a line of a script, rule or unit does. */
static const struct {
        const char *word;
        enum foreign_what what;
        const char *says;
} words[] = {
        { "sriov_numvfs", FOREIGN_VFS, "this line has sriov_numvfs, and may make VFs as well" },
        { "max_vfs=", FOREIGN_VFS, "max_vfs= makes VFs as well" },
        { "num_vfs=", FOREIGN_VFS, "num_vfs= makes VFs as well" },
        { "driver_override", FOREIGN_OVERRIDE, NULL },
        { "driverctl set-override", FOREIGN_OVERRIDE, NULL },
        { "/new_id", FOREIGN_BIND, NULL },
        { "/bind", FOREIGN_BIND, NULL },
        { "/unbind", FOREIGN_BIND, NULL },
        { "/drivers_probe", FOREIGN_BIND, NULL },
        { "mdev_supported_types", FOREIGN_MDEV, NULL },
        { "mdevctl start", FOREIGN_MDEV, NULL },
};

/* What is known while the lines of a file go by. */
struct reading {
        struct rivals *rivals;
        struct config_loc loc;
        const char *says;
        size_t first;       /* of the file's lines */
        char section[64];   /* the last [section] */
        char interface[64]; /* that the file names as its own */
        char *addresses;    /* of the whole file */
        bool found;         /* a key that is reported once for the file */
};

struct foreign_line *rivals_line(struct rivals *r, enum foreign_what what, const struct config_loc *loc)
{
        struct foreign_line *l = ARRAY_APPEND(r->lines, r->n_lines, r->alloc_lines);

        replace_string(&l->file, loc->file);
        l->what = what;
        l->line = loc->line;
        return l;
}

struct foreign_line *rivals_module_line(struct rivals *r, enum foreign_what what, const struct config_loc *loc,
                                        const char *module)
{
        struct foreign_line *l = rivals_line(r, what, loc);

        replace_string(&l->module, module);
        module_name_normalize(l->module);
        return l;
}

void rivals_script(struct rivals *r, const char *path, size_t len)
{
        char **slot;

        for (size_t i = 0; i < r->n_scripts; i++)
                if (strncmp(r->scripts[i], path, len) == 0 && !r->scripts[i][len])
                        return;
        if (r->n_scripts == SCRIPTS_MAX)
                return;
        slot = ARRAY_APPEND(r->scripts, r->n_scripts, r->alloc_scripts);
        *slot = xstrndup(path, len);
}

bool rivals_is_packaged(const struct rivals *r, const char *file)
{
        const char *at = r->packaged ? strstr(r->packaged, file) : NULL;

        if (strstr(file, "/dracut/modules.d/")) /* no package has one about VFIO */
                return false;
        return (at && at[-1] == '|' && at[strlen(file)] == '|') || streq(file, "/etc/modprobe.d/pve-blacklist.conf") ||
               after_prefix(file, "/usr/lib/") || after_prefix(file, "/lib/") || after_prefix(file, "/usr/bin/") ||
               after_prefix(file, "/usr/sbin/") || after_prefix(file, "/usr/share/");
}

static void add_vfs(struct reading *r)
{
        struct foreign_line *l = rivals_line(r->rivals, FOREIGN_VFS, &r->loc);

        l->says = r->says;
}

static void copy_name(char *to, size_t size, const char *from, size_t n)
{
        n = MIN_OF(n, size - 1);
        memcpy(to, from, n);
        to[n] = '\0';
}

/* Cuts "key = value" in two; NULL: it is none. */
static char *cut_value(char *line)
{
        char *value = strchr(line, '=');

        if (!value)
                return NULL;
        *value = '\0';
        (void) strip(line);
        return strip(value + 1);
}

/* True: the line is a section's header. */
static bool is_header(struct reading *r, const char *line)
{
        if (*line != '[')
                return false;
        copy_name(r->section, sizeof(r->section), line + 1, strcspn(line + 1, "]"));
        return true;
}

/* VFs are made by SR-IOVVirtualFunctions=, or as a section is there for each. */
static void on_link(struct reading *r, char *line)
{
        char *value;

        if (is_header(r, line)) {
                if (!streq(r->section, "SR-IOV") || r->found)
                        return;
                r->found = true;
                add_vfs(r);
                return;
        }
        value = cut_value(line);
        if (!value)
                return;
        if (streq(r->section, "Match") && (streq(line, "OriginalName") || streq(line, "Name")) &&
            !strpbrk(value, "*?[! \t"))
                copy_name(r->interface, sizeof(r->interface), value, strlen(value));
        if (!streq(r->section, "Link") || !streq(line, "SR-IOVVirtualFunctions") || r->found)
                return;
        r->found = true;
        add_vfs(r);
}

/* nm-settings(5) "sriov setting" */
static void on_keyfile(struct reading *r, char *line)
{
        char *value;

        if (is_header(r, line))
                return;
        value = cut_value(line);
        if (!value)
                return;
        if (streq(r->section, "connection") && streq(line, "interface-name"))
                copy_name(r->interface, sizeof(r->interface), value, strlen(value));
        if (streq(r->section, "sriov") && streq(line, "total-vfs"))
                add_vfs(r);
}

/* The key alone is looked for: YAML is more than this, and whose key it is would be a guess. */
static void on_yaml(struct reading *r, char *line, const char *key)
{
        const char *rest = after_prefix(line, key);

        if (rest && (*rest == ':' || *rest == ' '))
                add_vfs(r);
}

static void on_netplan(struct reading *r, char *line)
{
        on_yaml(r, line, "virtual-function-count");
}

static void on_net_config(struct reading *r, char *line)
{
        on_yaml(r, line, "numvfs");
}

/* The next PCI address of a text, with its domain: the rest of the text behind it. */
static const char *next_address(const char *s, char ret[static PCI_ADDRESS_MAX])
{
        struct pci_address address;

        for (; (s = strchr(s, ':')); s++) {
                const char *start = s - 4;

                if (strnlen(s, 8) < 8 || !isxdigit((unsigned char) s[1]))
                        continue;
                copy_name(ret, PCI_ADDRESS_MAX, start, 12);
                if (pci_address_parse(ret, false, &address, NULL) == 0) {
                        (void) pci_address_format(&address, ret);
                        return s + 8;
                }
        }
        return NULL;
}

/* The addresses of a text: a new string. NULL: it has none. */
static char *addresses_of(const char *text)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        char address[PCI_ADDRESS_MAX];
        CLEANUP_FREE char *padded = xasprintf("    %s", text); /* four bytes are before every ":" */

        for (const char *s = padded; (s = next_address(s, address));)
                strbuf_addf(&b, "%s%s", b.len > 0 ? " " : "", address);
        return b.len > 0 ? strbuf_steal(&b) : NULL;
}

/* A script that the line names, in which the same may be. What is the distribution's names nothing of interest. */
static void note_scripts(struct reading *r, const char *line)
{
        static const char *const elsewhere[] = { "/dev/", "/sys/", "/proc/", "/run/", "/tmp/", "/boot/", "/var/" };

        for (const char *s = line; !rivals_is_packaged(r->rivals, r->loc.file) && (s = strchr(s, '/'));) {
                size_t len = strcspn(s, " \t\"'`;|&<>(){}$*,");
                bool starts = s == line || strchr(" \t\"'`;|&(=@-+!", s[-1]), runs = starts && len > 1;

                for (size_t i = 0; i < ARRAY_SIZE(elsewhere); i++)
                        runs = runs && !after_prefix(s, elsewhere[i]);
                if (runs)
                        rivals_script(r->rivals, s, len);
                s += MAX_OF(len, (size_t) 1);
        }
}

/* A comparison of a udev rule, another word, or a path of a name server, /etc/bind/x, sets nothing. */
static bool sets(const char *line, const char *word, enum foreign_what what)
{
        for (const char *at = line; (at = strstr(at, word)); at++) {
                const char *rest = at + strlen(word);
                bool other = isalnum((unsigned char) *rest) || (*rest && strchr("_-.", *rest));

                if (what == FOREIGN_BIND ? !other && *rest != '/' && strstr(line, "driver")
                    : strchr(word, '=')  ? true
                                         : !other && !after_prefix(rest, "}==") && !after_prefix(rest, "}!="))
                        return true;
        }
        return false;
}

/* …/class/net/eno1/device/sriov_numvfs */
static void note_interface(struct foreign_line *l, const char *line)
{
        const char *name = strstr(line, "/class/net/");
        size_t len = name ? strcspn(name += strlen("/class/net/"), "/") : 0;
        char copy[64];

        if (len == 0 || len >= sizeof(copy) || !name[len])
                return;
        copy_name(copy, sizeof(copy), name, len);
        if (!strpbrk(copy, "$*?[{ \"'"))
                replace_string(&l->interface, copy);
}

/* echo 10de 2484 >/sys/bus/pci/drivers/vfio-pci/new_id */
static void note_ids(struct foreign_line *l, const char *line)
{
        unsigned vendor, device;
        int n;

        if (!strstr(line, "/new_id"))
                return;
        for (const char *s = line; *s && !l->has_id; s++)
                if ((s == line || strchr(" \t\"'", s[-1])) &&
                    sscanf(s, "%4x%*1[ :]%4x%n", &vendor, &device, &n) == 2 && n == 9 &&
                    (!s[n] || strchr(" \t\"'>;", s[n]))) {
                        l->has_id = true;
                        l->id = (struct pci_id_pattern){ vendor, device, PCI_ID_ANY, PCI_ID_ANY };
                }
}

/* A rule's ATTR{device/sriov_numvfs}="8", a script's echo 8 >/sys/…/sriov_numvfs. */
static void on_script(struct reading *r, char *line)
{
        for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
                struct foreign_line *l;

                if (!sets(line, words[i].word, words[i].what))
                        continue;
                l = rivals_line(r->rivals, words[i].what, &r->loc);
                l->says = words[i].says;
                note_ids(l, line);
                l->addresses = addresses_of(line);
                if (l->what == FOREIGN_VFS)
                        note_interface(l, line);
                break;
        }
        note_scripts(r, line);
}

void rivals_command(struct rivals *rivals, const struct config_loc *loc, char *command)
{
        struct reading r = { .rivals = rivals, .loc = *loc };

        on_script(&r, command);
}

static bool is_module_of_vfio(const char *name, size_t len)
{
        static const char *const names[] = { "vfio",        "vfio_pci",      "vfio-pci", "vfio_iommu_type1",
                                             "vfio_virqfd", "vfio_pci_core", "pci-stub", "pci_stub" };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (strlen(names[i]) == len && strncmp(name, names[i], len) == 0)
                        return true;
        return false;
}

/* add_drivers+=" vfio_pci ", MODULES=(vfio_pci): the one that has devices. */
static void on_initramfs(struct reading *r, char *line)
{
        static const char *const keys[] = { "add_drivers", "force_drivers", "MODULES" };
        bool known = false;
        char *value;

        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                known = known || after_prefix(line, keys[i]);
        value = strpbrk(line, "=");
        while (known && value && *value) {
                size_t len;

                value += strspn(value, " \t=\"'()+");
                len = strcspn(value, " \t\"'()");
                if (len == strlen("vfio_pci") && is_module_of_vfio(value, len)) {
                        rivals_module_line(r->rivals, FOREIGN_LOAD, &r->loc, "vfio_pci");
                        return;
                }
                value += len;
        }
}

/* What is in no line of its own is the file's. */
static void finish(struct reading *r)
{
        for (size_t i = r->first; i < r->rivals->n_lines; i++) {
                struct foreign_line *l = &r->rivals->lines[i];

                if (*r->interface)
                        replace_string(&l->interface, r->interface);
                if (!l->addresses && r->addresses)
                        replace_string(&l->addresses, r->addresses);
        }
        free(r->addresses);
}

static void read_lines(struct rivals *rivals, const char *file, char *text, const char *says,
                       void (*reader)(struct reading *r, char *line))
{
        struct reading r = { .rivals = rivals, .loc.file = file, .says = says, .first = rivals->n_lines };
        char *line;

        if (reader == on_script)
                r.addresses = addresses_of(text);
        while ((line = strsep(&text, "\n"))) {
                r.loc.line++;
                line = strip(line);
                if (*line && *line != '#' && *line != ';')
                        reader(&r, line);
        }
        finish(&r);
}

void rivals_add_link(struct rivals *r, const char *file, char *text, size_t len)
{
        (void) len;
        read_lines(r, file, text, "this .link or .network file makes or sets VFs as well", on_link);
}

void rivals_add_keyfile(struct rivals *r, const char *file, char *text, size_t len)
{
        (void) len;
        read_lines(r, file, text, "NetworkManager makes VFs as well (sriov.total-vfs)", on_keyfile);
}

void rivals_add_netplan(struct rivals *r, const char *file, char *text, size_t len)
{
        (void) len;
        read_lines(r, file, text, "netplan makes VFs as well (virtual-function-count)", on_netplan);
}

void rivals_add_net_config(struct rivals *r, const char *file, char *text, size_t len)
{
        (void) len;
        read_lines(r, file, text, "os-net-config makes VFs as well (numvfs)", on_net_config);
}

void rivals_add_script(struct rivals *r, const char *file, char *text, size_t len)
{
        if (strlen(text) == len)
                read_lines(r, file, text, NULL, on_script); /* else a program */
}

void rivals_add_initramfs(struct rivals *r, const char *file, char *text, size_t len)
{
        (void) len;
        read_lines(r, file, text, NULL, on_initramfs);
}
