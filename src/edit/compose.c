/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The drop-ins that add writes: their names and their texts. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "config/config-keys.h"
#include "config/config-lines.h"
#include "device/device-class.h"
#include "device/suggest.h"
#include "edit/edit.h"

#define HEAD "# Written by passthru-setup add; passthru-setup remove "

static const char *value_of(const struct edit_request *request, const char *key)
{
        for (size_t i = 0; i < request->n_keys; i++)
                if (streq(request->keys[i].name, key))
                        return request->keys[i].value;
        return NULL;
}

enum section_kind edit_kind(const struct edit_request *request)
{
        if (strchr(request->name, '/'))
                return SECTION_VF;
        if (value_of(request, config_key_name(KEY_VFS)))
                return SECTION_SRIOV;
        return value_of(request, config_key_name(KEY_TYPE)) ? SECTION_MDEV : SECTION_DEVICE;
}

/* Whether the keys name the device. */
static bool names_device(const struct edit_request *request)
{
        for (size_t i = 0; i < request->n_keys; i++)
                for (enum config_key key = KEY_ADDRESS; key <= KEY_PARENT; key++)
                        if (streq(request->keys[i].name, config_key_name(key)))
                                return true;
        return false;
}

/* A key of the VFs, given to an [sriov] section, is for all of them. */
static bool is_for_vfs(enum section_kind kind, const char *key)
{
        return kind == SECTION_SRIOV && config_key_find(kind, key) == CONFIG_KEY_MAX &&
               config_key_find(SECTION_VF, key) != CONFIG_KEY_MAX;
}

static int mistake(char **ret_error, const char *text)
{
        *ret_error = xstrdup(text);
        return -EINVAL;
}

static void add_comment(struct strbuf *b, const struct pci_function *f)
{
        char address[PCI_ADDRESS_MAX];

        strbuf_add(b, "# ");
        add_function_name(b, f);
        strbuf_addf(b, " at %s\n", pci_address_format(&f->address, address));
}

/* The selector; and of a card that is meant as a whole, its functions. */
static void add_device(struct strbuf *b, enum section_kind kind, const struct inventory *inv,
                       const struct edit_device *device, bool functions)
{
        CLEANUP_FREE size_t *card = NULL;
        enum selector_kind selector;

        if (device->function == NO_INDEX) {
                strbuf_addf(b, "parent = %s\n", device->parent);
                return;
        }
        suggest_lines(inv, device->function, &selector, b);
        if (kind == SECTION_DEVICE && device->slot && !functions && device_card(inv, device->function, &card) > 1)
                strbuf_add(b, "functions = all\n");
}

/* [vf uplink/0-7]: all that the [sriov] section makes. */
static int add_vfs(struct strbuf *b, const struct edit_request *request, char **ret_error)
{
        const char *vfs = value_of(request, config_key_name(KEY_VFS));
        bool first = true;
        uint64_t n;

        for (size_t i = 0; i < request->n_keys; i++) {
                if (!is_for_vfs(SECTION_SRIOV, request->keys[i].name))
                        continue;
                if (first && (parse_unsigned(vfs, 10, 65535, &n) < 0 || n == 0))
                        return mistake(ret_error, "settings of the VFs need their number: give --vfs=NUMBER");
                if (first)
                        strbuf_addf(b, n > 1 ? "\n[vf %s/0-%u]\n" : "\n[vf %s/0]\n", request->name, (unsigned) n - 1);
                first = false;
                strbuf_addf(b, "%s = %s\n", request->keys[i].name, request->keys[i].value);
        }
        return 0;
}

int edit_compose(const struct edit_request *request, const struct inventory *inv, const struct edit_device *device,
                 char **ret, char **ret_error)
{
        enum section_kind kind = edit_kind(request);
        CLEANUP_STRBUF struct strbuf b = { 0 };
        bool named = names_device(request);

        for (size_t i = 0; i < request->n_keys; i++)
                if (strpbrk(request->keys[i].value, "\n\r"))
                        return mistake(ret_error, "a value is one line");
        if (kind == SECTION_VF && device)
                return mistake(ret_error, "the VF is named by its section, NAME/N: it takes no device");
        if (kind != SECTION_VF && device && named)
                return mistake(ret_error, "the device is named twice, by a word and by a key");
        if (kind != SECTION_VF && !device && !named)
                return mistake(
                        ret_error,
                        "no device is named; give its address, its network interface, its disk or vendor:device "
                        "(passthru-setup list shows what there is)");
        if (device && device->function == NO_INDEX && kind != SECTION_MDEV)
                return mistake(ret_error, "it is not a PCI device but a parent of mdevs: set --type= for one of them "
                                          "(passthru-setup list --mdev shows the types)");
        strbuf_addf(&b, HEAD "%s takes it away.\n", request->name);
        if (device && device->function != NO_INDEX)
                add_comment(&b, &inv->functions[device->function]);
        strbuf_addf(&b, "[%s %s]\n", section_kind_name(kind), request->name);
        if (device)
                add_device(&b, kind, inv, device, value_of(request, config_key_name(KEY_FUNCTIONS)));
        for (size_t i = 0; i < request->n_keys; i++)
                if (!is_for_vfs(kind, request->keys[i].name))
                        strbuf_addf(&b, "%s = %s\n", request->keys[i].name, request->keys[i].value);
        if (kind == SECTION_SRIOV && add_vfs(&b, request, ret_error) < 0)
                return -EINVAL;
        *ret = strbuf_steal(&b);
        return 0;
}

char *edit_path(const char *name)
{
        char *path;

        if (!*name || name[0] == '.')
                return NULL;
        path = xasprintf(EDIT_DIRECTORY "%s.conf", name);
        for (char *c = path + strlen(EDIT_DIRECTORY); *c; c++)
                if (*c == '/')
                        *c = '-';
        return path;
}

/* What add writes has its head, at most one comment on the device, and no other. */
bool edit_is_ours(const char *text)
{
        size_t comments = 0;

        if (!after_prefix(text, HEAD))
                return false;
        for (const char *line = text; *line;) {
                size_t n = strcspn(line, "\n");

                comments += config_comment_start(line, n) < n;
                line += n + (line[n] == '\n');
        }
        return comments <= 2;
}
