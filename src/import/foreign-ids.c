/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What modprobe.d, lists of modules and a kernel command line have of VFIO: ids=, parameters, what loads it. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "import/foreign-internal.h"

/* The next parameter of *rest as the kernel reads one (kernel/params.c, next_arg()): blanks part them, but not within
 * double quotes, which go when they are around the whole or the value. NULL: there is none. *ret_value is NULL without
 * "=". */
static char *next_param(char **rest, char **ret_value)
{
        char *s = *rest + strspn(*rest, " \t\n"), *end, *equal = NULL;
        bool quoted = *s == '"', in_quotes = quoted;

        if (!*s)
                return NULL;
        s += quoted;
        for (end = s; *end && (in_quotes || !isspace((unsigned char) *end)); end++) {
                if (*end == '=' && !equal)
                        equal = end;
                if (*end == '"')
                        in_quotes = !in_quotes;
        }
        *rest = *end ? end + 1 : end;
        *end = '\0';
        if (end > s && end[-1] == '"' && (quoted || (equal && equal[1] == '"' && end - equal > 2)))
                end[-1] = '\0';
        if (equal)
                *equal = '\0';
        *ret_value = equal ? equal + 1 + (equal[1] == '"') : NULL;
        return s;
}

/* The kernel and modprobe take "-" and "_" for the same. */
static bool is_vfio_pci(const char *name)
{
        return streq(name, "vfio-pci") || streq(name, "vfio_pci");
}

static bool is_stub(const char *name)
{
        return streq(name, "pci-stub") || streq(name, "pci_stub");
}

/* Those whose parameters a [module] section takes over. */
static bool has_params_here(const char *module)
{
        return after_prefix(module, "vfio") || streq(module, "kvm");
}

/* "10de", "0x10de"; all ones is any. */
static int parse_field(const char *s, uint32_t *ret)
{
        const char *hex = after_prefix(s, "0x");
        uint64_t n;

        if (parse_unsigned(hex ? hex : s, 16, UINT32_MAX, &n) < 0)
                return -EINVAL;
        *ret = (uint32_t) n;
        return 0;
}

/* vendor:device[:subvendor[:subdevice[:class[:class_mask]]]] (drivers/vfio/pci/vfio_pci.c) */
static int parse_id(char *text, struct rival *rival)
{
        uint32_t fields[] = { 0, 0, PCI_ID_ANY, PCI_ID_ANY, 0, 0 };
        size_t n = 0;
        char *field;

        for (; (field = strsep(&text, ":")); n++)
                if (n == ARRAY_SIZE(fields) || parse_field(field, &fields[n]) < 0)
                        return -EINVAL;
        for (size_t i = 0; i < 4; i++)
                if (fields[i] > UINT16_MAX && fields[i] != PCI_ID_ANY)
                        return -EINVAL;
        if (n < 2)
                return -EINVAL;
        rival->id = (struct pci_id_pattern){ fields[0], fields[1], fields[2], fields[3] };
        rival->class = fields[4];
        rival->class_mask = fields[5];
        return 0;
}

static void add_id(struct rivals *r, const struct config_loc *loc, const char *module, char *id, bool in_force)
{
        struct rival parsed = { 0 }, *rival;
        CLEANUP_FREE char *text = xstrdup(id);

        if (parse_id(id, &parsed) < 0) {
                rivals_note(r, RIVAL_VFIO_IDS, loc, "ids: %s is not an ID; expected vendor:device in hex", text);
                return;
        }
        rival = rivals_append(r, RIVAL_VFIO_IDS, loc);
        rival->id = parsed.id;
        rival->class = parsed.class;
        rival->class_mask = parsed.class_mask;
        rival->in_force = in_force;
        rival->id_text = STEAL(text);
        if (is_stub(module))
                replace_string(&rival->driver, "pci-stub");
}

/* The module has one list: what is given last is what it gets. */
static void add_ids(struct rivals *r, const struct config_loc *loc, const char *module, char *ids, bool in_force)
{
        char *id;

        for (size_t i = 0; in_force && i < r->n; i++)
                if (r->items[i].kind == RIVAL_VFIO_IDS && !r->items[i].driver == !is_stub(module))
                        r->items[i].in_force = false;
        while ((id = strsep(&ids, ",")))
                if (*id)
                        add_id(r, loc, module, id, in_force);
}

static void add_param(struct rivals *r, const struct config_loc *loc, const char *module, const char *name,
                      const char *value)
{
        struct foreign_param *p = ARRAY_APPEND(r->params, r->n_params, r->alloc_params);

        replace_string(&p->file, loc->file);
        replace_string(&p->module, module);
        replace_string(&p->name, name);
        replace_string(&p->value, value ? value : "1");
        p->line = loc->line;
        module_name_normalize(p->module);
}

/* Drivers that make VFs by a parameter, for all their PFs: igb, ixgbe, mlx4_core (kernel-parameters of each). To
 * Intel's graphics drivers the same name says how many there may be, and 0 is the default of i915. */
static void add_vfs_param(struct rivals *r, const struct config_loc *loc, const char *module, const char *name,
                          const char *value)
{
        bool limit = streq(module, "i915") || streq(module, "xe");
        struct foreign_line *l;
        uint64_t number = 0;

        if (!streq(name, "max_vfs") && (limit || !streq(name, "num_vfs")))
                return;
        l = rivals_module_line(r, limit ? FOREIGN_VFS_MAX : FOREIGN_VFS, loc, module);
        (void) parse_unsigned(value, 10, UINT16_MAX, &number);
        l->number = (unsigned) number;
        l->says = *name == 'm' ? "max_vfs= makes VFs as well" : "num_vfs= makes VFs as well";
}

/* The parameters of one module. */
static void add_one(struct rivals *r, const struct config_loc *loc, const char *module, const char *name, char *value,
                    bool in_force)
{
        if (value && streq(name, "ids") && (is_vfio_pci(module) || is_stub(module)))
                add_ids(r, loc, module, value, in_force);
        else if (has_params_here(module))
                add_param(r, loc, module, name, value);
        else if (value)
                add_vfs_param(r, loc, module, name, value);
}

static void add_params(struct rivals *r, const struct config_loc *loc, const char *module, char *rest)
{
        size_t first = r->n, before = r->n_params;
        char *param, *value;

        while ((param = next_param(&rest, &value)))
                add_one(r, loc, module, param, value, true);
        for (size_t i = first; i < r->n; i++)
                r->items[i].shares_line = r->n_params > before;
}

/* softdep nouveau pre: vfio-pci */
static void add_softdep(struct rivals *r, const struct config_loc *loc, const char *module, char *rest)
{
        char *word, *value;

        while ((word = next_param(&rest, &value)) && !streq(word, "post:"))
                if (is_vfio_pci(word)) {
                        rivals_module_line(r, FOREIGN_SOFTDEP, loc, module);
                        return;
                }
}

/* install MODULE COMMAND: of vfio-pci's, the scripts of the command may write overrides; another's may make VFs
 * itself. */
static void add_install(struct rivals *r, const struct config_loc *loc, const char *module, char *rest)
{
        if (is_vfio_pci(module))
                rivals_module_line(r, FOREIGN_INSTALL, loc, module);
        rivals_command(r, loc, rest);
}

/* alias pci:v000010DEd… vfio-pci: what has these ids has vfio-pci loaded for it. */
static void add_alias(struct rivals *r, const struct config_loc *loc, const char *pattern, char *rest)
{
        char *value, *module = next_param(&rest, &value);

        if (module && is_vfio_pci(module) && after_prefix(pattern, "pci:"))
                rivals_module_line(r, FOREIGN_LOAD, loc, module);
}

/* A line with those that its backslashes continue, joined in place; counts them in *line. NULL: the end. */
static char *next_line(char **rest, unsigned *line)
{
        char *start = *rest, *to = start, *from = start;

        if (!start || !*start)
                return NULL;
        for (; *from && *from != '\n'; from++) {
                if (from[0] == '\\' && from[1] == '\n') {
                        ++*line;
                        from++;
                } else
                        *to++ = *from;
        }
        ++*line;
        *rest = *from ? from + 1 : from;
        *to = '\0';
        return start;
}

bool foreign_is_blacklisted_by_recipe(const char *module)
{
        static const char *const names[] = { "amdgpu",       "i2c_nvidia_gpu", "nouveau",
                                             "nvidia",       "nvidia_drm",     "nvidia_modeset",
                                             "nvidiafb",     "radeon",         "snd_hda_codec_hdmi",
                                             "snd_hda_intel" };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (streq(names[i], module))
                        return true;
        return false;
}

static void add_blacklist(struct rivals *r, const struct config_loc *loc, char *module)
{
        struct foreign_line *l;

        if (rivals_is_packaged(r, loc->file))
                return;
        l = rivals_module_line(r, FOREIGN_BLACKLIST, loc, strip(module));
        if (!foreign_is_blacklisted_by_recipe(l->module))
                rivals_drop_line(r);
}

void rivals_add_modprobe(struct rivals *r, const char *file, char *text, size_t len)
{
        struct config_loc loc = { .file = file };
        unsigned lines = 0;
        char *line;

        if (!rivals_is_text(r, RIVAL_VFIO_IDS, file, text, len))
                return;
        for (loc.line = 1; (line = next_line(&text, &lines)); loc.line = lines + 1) {
                char *command, *module;

                line += strspn(line, " \t");
                command = strsep(&line, " \t");
                if (!line)
                        continue;
                line += strspn(line, " \t");
                module = strsep(&line, " \t");
                if (streq(command, "blacklist"))
                        add_blacklist(r, &loc, module);
                if (!line)
                        continue;
                if (streq(command, "options"))
                        add_params(r, &loc, module, line);
                else if (streq(command, "softdep"))
                        add_softdep(r, &loc, module, line);
                else if (streq(command, "install"))
                        add_install(r, &loc, module, line);
                else if (streq(command, "alias"))
                        add_alias(r, &loc, module, line);
        }
}

void rivals_add_modules(struct rivals *r, const char *file, char *text, size_t len)
{
        bool by_systemd = !streq(file, INITRAMFS_MODULES);
        struct config_loc loc = { .file = file };
        char *line;

        if (!rivals_is_text(r, RIVAL_VFIO_IDS, file, text, len))
                return;
        for (loc.line = 1; (line = strsep(&text, "\n")); loc.line++) {
                char *module;
                size_t first = r->n;

                line = strip(line);
                module = strsep(&line, " \t");
                if (after_prefix(module, "vfio") || is_stub(module))
                        rivals_module_line(r, FOREIGN_LOAD, &loc, module);
                if (!line || !has_params_here(module))
                        continue;
                if (!by_systemd)
                        add_params(r, &loc, module, line);
                else if (strstr(line, "ids="))
                        rivals_note(r, RIVAL_VFIO_IDS, &loc,
                                    "vfio-pci ids= has no effect here: systemd loads modules by their "
                                    "names alone; remove the line");
                for (size_t i = first; i < r->n; i++)
                        r->items[i].shares_line = false;
        }
}

static void add_words(struct rivals *r, const struct config_loc *loc, char *text, bool running)
{
        size_t first = r->n;
        char *param, *value;

        while ((param = next_param(&text, &value))) {
                char *dot = strchr(param, '.');

                if (streq(param, "--")) /* the rest is init's */
                        break;
                if (value && running && (streq(param, "rd.driver.pre") || streq(param, "modules-load")) &&
                    (strstr(value, "vfio-pci") || strstr(value, "vfio_pci")))
                        rivals_module_line(r, FOREIGN_LOAD, loc, "vfio_pci");
                if (!value || !dot)
                        continue;
                *dot = '\0';
                if (running || streq(dot + 1, "ids"))
                        add_one(r, loc, param, dot + 1, value, running);
                for (size_t i = first; i < r->n; i++)
                        r->items[i].later = !running;
        }
}

void rivals_add_cmdline(struct rivals *r, const char *file, char *text, size_t len, bool running)
{
        const struct config_loc loc = { .file = file };

        if (rivals_is_text(r, RIVAL_VFIO_IDS, file, text, len))
                add_words(r, &loc, text, running);
}

void rivals_add_grub(struct rivals *r, const char *file, char *text, size_t len)
{
        struct config_loc loc = { .file = file };
        char *line;

        if (!rivals_is_text(r, RIVAL_VFIO_IDS, file, text, len))
                return;
        for (loc.line = 1; (line = strsep(&text, "\n")); loc.line++) {
                line = strip(line);
                if (!after_prefix(line, "GRUB_CMDLINE_LINUX") || !(line = strchr(line, '=')))
                        continue;
                for (char *c = line; *c; c++)
                        if (strchr("=\"'", *c) && (c == line || *c != '='))
                                *c = ' ';
                add_words(r, &loc, line, false);
        }
}
