/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vGPUs that are no mdevs: their types, and the VFs that they are. */
#include "device/vgpu.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"

static void add_line(char *line, struct mdev_type *ret, bool *ret_is_type)
{
        char *colon = strchr(line, ':');
        char *id = line;
        unsigned number;

        *ret_is_type = false;
        if (!colon)
                return;
        *colon = '\0';
        id = strip(id);
        if (!vgpu_type_number(id, &number))
                return;
        ret->available = 1;
        replace_string(&ret->id, id);
        replace_string(&ret->name, strip(colon + 1));
        *ret_is_type = true;
}

void vgpu_types_parse(const char *text, struct mdev_type **ret, size_t *ret_n)
{
        CLEANUP_FREE char *copy = xstrdup(text);
        struct mdev_type *types;
        char *save = NULL;
        size_t n = 0, lines = 1;
        bool is_type;

        for (const char *c = text; *c; c++)
                lines += *c == '\n';
        types = xcalloc(lines, sizeof(*types));
        for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
                add_line(line, &types[n], &is_type);
                n += is_type;
        }
        *ret = types;
        *ret_n = n;
}

bool vgpu_type_number(const char *text, unsigned *ret)
{
        const char *digits = after_prefix(text, "nvidia-");
        uint64_t n;

        if (parse_unsigned(digits ? digits : text, 10, UINT32_MAX, &n) < 0 || n == 0)
                return false;
        *ret = (unsigned) n;
        return true;
}

bool vgpu_same_gpu(const struct inventory *inv, const struct mdev_parent *a, const struct mdev_parent *b)
{
        return a == b || (b->vgpu && inv->functions[a->function].physfn == inv->functions[b->function].physfn);
}

bool vgpu_may_come(const struct inventory *inv, size_t pf)
{
        return pf != NO_INDEX && streq_ptr(inv->functions[pf].driver, "nvidia");
}

bool vgpu_type_find(const struct inventory *inv, const struct mdev_parent *parent, const char *type, unsigned *ret)
{
        if (vgpu_type_number(type, ret))
                return true;
        for (size_t i = 0; i < inv->n_parents; i++)
                for (size_t k = 0; vgpu_same_gpu(inv, parent, &inv->parents[i]) && k < inv->parents[i].n_types; k++)
                        if (streq_ptr(inv->parents[i].types[k].name, type))
                                return vgpu_type_number(inv->parents[i].types[k].id, ret);
        return false;
}

const char *vgpu_type_name(const struct inventory *inv, const struct mdev_parent *parent, unsigned type)
{
        unsigned number;

        for (size_t i = 0; i < inv->n_parents; i++)
                for (size_t k = 0; vgpu_same_gpu(inv, parent, &inv->parents[i]) && k < inv->parents[i].n_types; k++)
                        if (vgpu_type_number(inv->parents[i].types[k].id, &number) && number == type)
                                return inv->parents[i].types[k].name;
        return NULL;
}

const struct mdev_parent *vgpu_find(const struct inventory *inv, const char *name)
{
        char address[PCI_ADDRESS_MAX];
        const struct mdev_parent *parent;
        const char *slash = name ? strchr(name, '/') : NULL;
        struct pci_address a;
        size_t pf;
        uint64_t index;

        if (!name)
                return NULL;
        if (!slash) {
                parent = inventory_find_parent(inv, name);
                return parent && parent->vgpu ? parent : NULL;
        }
        if ((size_t) (slash - name) >= sizeof(address))
                return NULL;
        memcpy(address, name, (size_t) (slash - name));
        address[slash - name] = '\0';
        if (pci_address_parse(address, false, &a, NULL) < 0 || parse_unsigned(slash + 1, 10, UINT16_MAX, &index) < 0)
                return NULL;
        pf = inventory_find_index(inv, &a);
        if (pf == NO_INDEX || index >= inv->functions[pf].numvfs || inv->functions[pf].vfs[index] == NO_INDEX)
                return NULL;
        parent = inventory_parent_of(inv, inv->functions[pf].vfs[index]);
        return parent && parent->vgpu ? parent : NULL;
}

bool vgpu_is(const struct inventory *inv, const struct mdev_parent *parent, const char *type)
{
        unsigned number;

        if (parent->error)
                return true; /* what can't be read is not gone */
        if (parent->current == 0)
                return false;
        return !type || !vgpu_type_find(inv, parent, type, &number) || number == parent->current;
}

const struct mdev_parent *vgpu_of_function(const struct inventory *inv, size_t function)
{
        const struct mdev_parent *parent = function == NO_INDEX ? NULL : inventory_parent_of(inv, function);

        return parent && parent->vgpu && parent->current > 0 ? parent : NULL;
}
