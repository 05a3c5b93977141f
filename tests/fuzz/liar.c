/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The system that lies, as struct sys_ops. */
#include "fuzz/liar.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <string.h>

#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "device/address.h"
#include "fake/machine.h"
#include "fuzz/liar-paths.h"

static const char *const devices[] = { GPU,     GPU_AUDIO, BRIDGE,   HBA,  HBA_TWIN, NIC,   NIC_VF0,
                                       NIC_VF1, VGPU,      VGPU_VF0, NVME, "mtty",   "kvm", "enp5s0" };

static bool matches(const struct lie *lie, const char *path)
{
        return fnmatch(lie->pattern, path, *lie->pattern == '*' ? 0 : FNM_PATHNAME) == 0 &&
               (!lie->device || strstr(path, lie->device));
}

/* What is to be said of the path instead of the truth, or NULL. */
static struct lie *find_lie(struct liar *l, const char *path)
{
        for (size_t i = 0; i < l->n_lies; i++)
                if (matches(&l->lies[i], path) && l->lies[i].asked++ >= l->lies[i].from)
                        return &l->lies[i];
        return NULL;
}

/* A function that only a lie has made has what one of the true ones has. */
static const char *true_path(struct liar *l, const char *path, char buf[static PATH_MAX])
{
        static const char *const models[] = { HBA, NIC, NVME, GPU, VGPU, BRIDGE, NIC_VF0, GPU_AUDIO };
        const char *rest = after_prefix(path, PCI_DEVICES);
        size_t n = rest ? strcspn(rest, "/") : 0;
        char name[PCI_ADDRESS_MAX];
        struct pci_address a;

        if (!rest || n == 0 || n >= sizeof(name))
                return path;
        memcpy(name, rest, n);
        name[n] = '\0';
        for (char *const *f = l->functions; *f; f++)
                if (streq(*f, name))
                        return path;
        if (pci_address_parse(name, false, &a, NULL) < 0)
                return path;
        (void) snprintf(buf, PATH_MAX, PCI_DEVICES "%s%s",
                        models[(a.bus + a.device + a.function) % ARRAY_SIZE(models)], rest + n);
        return buf;
}

static int lie_errno(const struct lie *lie)
{
        static const int errors[] = { ENOENT, EIO,          EACCES, ENODEV, EINVAL, EBUSY, ENOTDIR,
                                      ELOOP,  ENAMETOOLONG, EPERM,  EINTR,  EFBIG,  ENXIO };

        return -errors[lie->arg % ARRAY_SIZE(errors)];
}

/* The bytes that a file or a link is said to have, from those that it has. max: as many as are asked for. */
static int lie_bytes(const struct lie *lie, const char *path, size_t max, struct strbuf *b)
{
        CLEANUP_FREE char *twice = NULL;
        char filler[256];

        switch (lie->kind) {
        case LIE_TEXT:
        case LIE_MORE:
                strbuf_addn(b, lie->text, lie->len);
                return 0;
        case LIE_NUMBER:
                strbuf_addf(b, lie->arg & 1 ? "0x%x\n" : "%u\n", lie->number);
                return 0;
        case LIE_HUGE:
                memset(filler, (int) lie->arg, sizeof(filler));
                max = MIN_OF(max, 100000U);
                while (b->len < max)
                        strbuf_addn(b, filler, MIN_OF(sizeof(filler), max - b->len));
                return 0;
        case LIE_CUT:
                b->len = MIN_OF(b->len, lie->arg);
                return 0;
        case LIE_TWICE:
                twice = strndup(b->text ? b->text : "", b->len);
                REQUIRE(twice);
                strbuf_add(b, twice);
                return 0;
        case LIE_ADDRESS:
                strbuf_addf(b, "../../devices/pci0000:00/%s", devices[lie->arg % ARRAY_SIZE(devices)]);
                return 0;
        case LIE_SELF:
                strbuf_add(b, last_component(path));
                return 0;
        default:
                return lie_errno(lie);
        }
}

static int get_truth(struct liar *l, const char *path, bool link, struct strbuf *b)
{
        char buf[PATH_MAX], target[PATH_MAX];
        const char *at = true_path(l, path, buf);
        CLEANUP_FREE char *text = NULL;
        size_t len = 0;
        ssize_t n;
        int r;

        if (link) {
                n = l->truth->ops->readlink(l->truth->userdata, at, target, sizeof(target));
                if (n >= 0)
                        strbuf_addn(b, target, (size_t) n);
                return (int) MIN_OF(n, 0);
        }
        r = l->truth->ops->read_file(l->truth->userdata, at, 1 << 20, &text, &len);
        if (r == 0)
                strbuf_addn(b, text, len);
        return r;
}

/* Fills b with the file's or the link's bytes, true or not. */
static int get_bytes(struct liar *l, const char *path, bool link, size_t max, struct strbuf *b)
{
        struct lie *lie = find_lie(l, path);

        if (++l->operations > LIAR_OPERATIONS_MAX)
                return -EIO;
        if (!lie)
                return get_truth(l, path, link, b);
        switch (lie->kind) {
        case LIE_ERROR:
                return lie_errno(lie);
        case LIE_WRONG_KIND:
                return link ? -EINVAL : -EISDIR;
        case LIE_MORE:
        case LIE_CUT:
        case LIE_TWICE:
                (void) get_truth(l, path, link, b);
                break;
        default:
                break;
        }
        return lie_bytes(lie, path, max, b);
}

static ssize_t op_read(void *userdata, const char *path, void *buf, size_t size)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        int r = get_bytes(userdata, path, false, size, &b);
        size_t n = MIN_OF(b.len, size);

        if (r == 0 && n > 0)
                memcpy(buf, b.text, n);
        return r < 0 ? r : (ssize_t) n;
}

static int op_read_file(void *userdata, const char *path, size_t max, char **ret, size_t *ret_len)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        int r = get_bytes(userdata, path, false, max, &b);

        if (r < 0 || b.len > max)
                return r < 0 ? r : -EFBIG;
        *ret = malloc(b.len + 1);
        REQUIRE(*ret);
        if (b.len > 0)
                memcpy(*ret, b.text, b.len);
        (*ret)[b.len] = '\0';
        *ret_len = b.len;
        return 0;
}

static ssize_t op_readlink(void *userdata, const char *path, char *buf, size_t size)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        int r = get_bytes(userdata, path, true, size - 1, &b);
        size_t n = b.len > 0 ? strnlen(b.text, b.len) : 0; /* a link's target has no NUL */

        if (r < 0)
                return r;
        if (n >= size)
                return -ENAMETOOLONG;
        if (n > 0)
                memcpy(buf, b.text, n);
        buf[n] = '\0';
        return (ssize_t) n;
}

/* No directory has an empty name or these; any other byte but a NUL the caller has to bear. */
static int tell(const char *name, int (*each)(void *arg, const char *name), void *arg)
{
        return *name && !streq(name, ".") && !streq(name, "..") ? each(arg, name) : 0;
}

static int tell_lies(const struct lie *lie, const char *path, int (*each)(void *arg, const char *name), void *arg)
{
        int r = 0;

        if (lie->kind == LIE_TEXT || lie->kind == LIE_MORE)
                for (size_t at = 0; at < lie->len && r >= 0; at += strlen(lie->text + at) + 1)
                        r = tell(lie->text + at, each, arg);
        if (lie->kind == LIE_ADDRESS)
                r = tell(devices[lie->arg % ARRAY_SIZE(devices)], each, arg);
        if (lie->kind == LIE_SELF)
                r = tell(last_component(path), each, arg);
        for (unsigned i = 0; lie->kind == LIE_HUGE && i < lie->arg && r >= 0; i++) {
                char name[PCI_ADDRESS_MAX];

                (void) pci_address_format(&(struct pci_address){ lie->number & 1 ? 0 : lie->number,
                                                                 (uint8_t) (i >> 3 | 8), (lie->number >> 1) & 0x1f,
                                                                 i & 7 },
                                          name);
                r = tell(name, each, arg);
        }
        return r;
}

static int op_list(void *userdata, const char *path, int (*each)(void *arg, const char *name), void *arg)
{
        struct liar *l = userdata;
        char buf[PATH_MAX];
        struct lie *lie = find_lie(l, path);
        enum lie_kind kind = lie ? lie->kind : LIE_KIND_MAX;
        unsigned times = kind == LIE_TEXT || kind == LIE_CUT ? 0 : kind == LIE_TWICE ? 2 : 1;
        int r = 0;

        if (++l->operations > LIAR_OPERATIONS_MAX)
                return -EIO;
        if (kind == LIE_ERROR || kind == LIE_NUMBER)
                return lie_errno(lie);
        if (kind == LIE_WRONG_KIND)
                return -ENOTDIR;
        for (unsigned i = 0; i < times && r >= 0; i++)
                r = l->truth->ops->list(l->truth->userdata, true_path(l, path, buf), each, arg);
        if (lie && (r >= 0 || r == -ENOENT))
                r = tell_lies(lie, path, each, arg);
        return MIN_OF(r, 0);
}

/* What is no file: a lie is an errno. */
static int ask(struct liar *l, const char *kind, const char *name)
{
        char path[PATH_MAX];
        const struct lie *lie;

        (void) snprintf(path, sizeof(path), "%s/%s", kind, name);
        lie = find_lie(l, path);
        return lie ? lie_errno(lie) : 0;
}

static int op_permanent_mac(void *userdata, const char *interface, uint8_t ret[6])
{
        struct liar *l = userdata;
        int r = ask(l, "permanent_mac", interface);

        return r < 0 ? r : SYS_CALL(l->truth, permanent_mac, interface, ret);
}

static int op_vf_read(void *userdata, const struct interface *interface, struct values *values, unsigned n)
{
        struct liar *l = userdata;
        int r = ask(l, "vf_read", interface->name);

        return r < 0 ? r : SYS_CALL(l->truth, vf_read, interface, values, n);
}

static int op_group_open(void *userdata, int group)
{
        char name[16];

        (void) snprintf(name, sizeof(name), "%d", group);
        return ask(userdata, "group_open", name);
}

static int op_block_open(void *userdata, const char *name)
{
        return ask(userdata, "block_open", name);
}

static int op_addresses(void *userdata, int (*each)(void *arg, const char *interface, const uint8_t *address, size_t size),
                        void *arg)
{
        struct liar *l = userdata;
        int r = ask(l, "addresses", "");

        return r < 0 ? r : SYS_CALL(l->truth, addresses, each, arg);
}

static int op_nvme_admin(void *userdata, const char *name, const struct nvme_command *command, void *data)
{
        struct liar *l = userdata;
        int r = ask(l, "nvme_admin", name);

        return r < 0 ? r : SYS_CALL(l->truth, nvme_admin, name, command, data);
}

static int op_derive_uuid(void *userdata, const char *name, unsigned index, uint8_t ret[16])
{
        struct liar *l = userdata;
        int r = ask(l, "derive_uuid", name);

        return r < 0 ? r : SYS_CALL(l->truth, derive_uuid, name, index, ret);
}

static int op_writable(void *userdata, const char *path)
{
        struct liar *l = userdata;
        const struct lie *lie = find_lie(l, path);

        return lie ? (int) lie->arg % 3 - 1 : 1;
}

/* Reading is all that is done with it: writes are left NULL, and a call of one is a crash. */
static const struct sys_ops liar_ops = {
        .read = op_read,
        .read_file = op_read_file,
        .readlink = op_readlink,
        .list = op_list,
        .writable = op_writable,
        .permanent_mac = op_permanent_mac,
        .vf_read = op_vf_read,
        .group_open = op_group_open,
        .block_open = op_block_open,
        .addresses = op_addresses,
        .nvme_admin = op_nvme_admin,
        .remove = op_block_open, /* a name, and whatever answer */
        .derive_uuid = op_derive_uuid,
};

void liar_read(struct liar *l, struct sys *truth, struct input *in)
{
        size_t n;

        *l = (struct liar){ .sys = { &liar_ops, l }, .truth = truth };
        REQUIRE(sys_list(truth, PCI_DEVICES, &l->functions, &n) == 0);
        l->n_lies = input_below(in, LIES_MAX + 1);
        for (size_t i = 0; i < l->n_lies; i++) {
                struct lie *lie = &l->lies[i];
                unsigned device;

                lie->pattern = patterns[input_below(in, ARRAY_SIZE(patterns))];
                device = input_below(in, 2 * ARRAY_SIZE(devices));
                lie->device = device < ARRAY_SIZE(devices) ? devices[device] : NULL;
                lie->kind = input_below(in, LIE_KIND_MAX);
                lie->from = input_byte(in);
                lie->from = lie->from < 0xc0 ? 0 : lie->from - 0xbf;
                lie->arg = input_byte(in);
                lie->number = input_number(in);
                /* 65,535 VFs take seconds under ASan: now and then is enough. */
                if (lie->arg < 255)
                        lie->number %= 1000;
                lie->text = input_text(in, 255, &lie->len);
        }
}

void liar_free(struct liar *l)
{
        for (size_t i = 0; i < l->n_lies; i++)
                free(l->lies[i].text);
        names_free(l->functions);
}
