/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a file system, swap or an array of the host's is on a function's block devices. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/strutil.h"
#include "usage/usage-internal.h"

/* What a block device is used for; of several, the first of these is named. */
enum use_rank {
        USE_ROOT, /* a mount point, by what the host would be without it */
        USE_USR,
        USE_BOOT,
        USE_VAR,
        USE_MOUNTED,
        USE_BTRFS, /* of a mounted btrfs; where is not known */
        USE_SWAP,
        USE_MEMBER, /* something is made of it, of which no more is known */
        USE_HELD,
        USE_LOCKED,
        USE_ZFS, /* a member of an imported pool by what is on it: the kernel has not been asked, or does not answer */
        USE_UNKNOWN,
        USE_MAYBE_ZFS,
        USE_NONE,
};

struct use {
        enum use_rank rank;
        size_t block, top; /* the device on the function, and the one of which this is true */
        const struct usage_mount *mount;
        const char *pool;
};

static const struct usage_uppers *block_uppers(const struct usage *usage, size_t index)
{
        return &usage->blocks[index].uppers;
}

static enum use_rank rank_of_point(const char *point)
{
        const char *boot = after_prefix(point, "/boot");

        if (streq(point, "/"))
                return USE_ROOT;
        if (streq(point, "/usr"))
                return USE_USR;
        if (boot && (*boot == '\0' || *boot == '/'))
                return USE_BOOT;
        return streq(point, "/var") ? USE_VAR : USE_MOUNTED;
}

bool usage_is_mounted_by(const struct usage_block *b, const struct usage_mount *m)
{
        if (m->btrfs != NO_INDEX && m->btrfs == b->btrfs)
                return true;
        return b->has_number && m->major != 0 && m->major == b->major && m->minor == b->minor;
}

static void note(struct use *use, enum use_rank rank, size_t top, const struct usage_mount *mount)
{
        if (rank >= use->rank)
                return;
        use->rank = rank;
        use->top = top;
        use->mount = mount;
}

static bool is_partition_of(const struct usage_block *b, const struct usage_block *disk)
{
        const char *rest = b->n_places > 0 && disk->n_places > 0 ? after_prefix(b->places[0], disk->places[0]) : NULL;

        return rest && *rest == '/';
}

/* ZFS leaves no trace of its members in sysfs. It makes partitions on each, and udev knows them by what is on them. */
static void note_zfs(const struct usage *usage, struct use *use)
{
        const struct usage_block *b = &usage->blocks[use->block];

        for (size_t i = 0; i < usage->n_pools && streq_ptr(b->fs_type, "zfs_member"); i++)
                if (!b->fs_label || streq(b->fs_label, usage->pools[i])) {
                        note(use, USE_ZFS, use->block, NULL);
                        use->pool = b->fs_label;
                }
        for (size_t i = 0; i < usage->n_blocks && !b->probed && use->rank == USE_NONE; i++)
                if (is_partition_of(&usage->blocks[i], b) && !usage->blocks[i].probed)
                        note(use, USE_MAYBE_ZFS, use->block, NULL);
}

/* What block is used for by itself or through what is made of it. */
static void find_use(const struct usage *usage, size_t block, struct use *ret)
{
        CLEANUP_WAY struct usage_way way = { 0 };
        struct use use = { .rank = USE_NONE, .block = block, .top = block };

        usage_walk(usage, block_uppers, usage->n_blocks, block, &way);
        for (size_t i = 0; i < way.n; i++) {
                const struct usage_block *b = &usage->blocks[way.order[i]];

                for (size_t k = 0; k < usage->n_mounts; k++)
                        if (usage_is_mounted_by(b, &usage->mounts[k]))
                                note(&use, rank_of_point(usage->mounts[k].point), way.order[i], &usage->mounts[k]);
                if (b->btrfs != NO_INDEX)
                        note(&use, USE_BTRFS, way.order[i], NULL);
                if (b->swap)
                        note(&use, USE_SWAP, way.order[i], NULL);
                if (b->error)
                        note(&use, USE_UNKNOWN, way.order[i], NULL);
        }
        if (way.n > 1)
                note(&use, USE_MEMBER, way.order[1], NULL);
        if (usage->blocks[block].held)
                note(&use, USE_HELD, block, NULL);
        if (usage->blocks[block].locked)
                note(&use, USE_LOCKED, block, NULL);
        if (usage->n_pools > 0 && !usage->blocks[block].answered)
                note_zfs(usage, &use);
        *ret = use;
}

static const char *name_of(const struct usage_block *b)
{
        return b->label ? b->label : b->name;
}

/* " is a member of md0, and through it of vg0-root, which": what is between the device and its use. */
static void add_way(struct strbuf *text, const struct usage *usage, const struct use *use)
{
        CLEANUP_WAY struct usage_way way = { 0 };
        size_t first, between = 0;

        if (use->top == use->block)
                return;
        usage_walk(usage, block_uppers, usage->n_blocks, use->block, &way);
        for (first = use->top; way.from[first] != use->block; first = way.from[first])
                between++;
        strbuf_add(text, " is a member of ");
        usage_add_name(text, name_of(&usage->blocks[first]));
        if (between > 0) {
                strbuf_add(text, ", and through it ");
                if (between > 1)
                        strbuf_addf(text, "and %zu more ", between - 1);
                strbuf_add(text, "of ");
                usage_add_name(text, name_of(&usage->blocks[use->top]));
        }
        strbuf_add(text, ", which");
}

static void add_use(struct strbuf *text, const struct usage *usage, const struct use *use)
{
        const struct usage_block *top = &usage->blocks[use->top];

        switch (use->rank) {
        case USE_BTRFS:
                strbuf_add(text, " is a member of a mounted btrfs");
                break;
        case USE_SWAP:
                strbuf_add(text, " is swap");
                break;
        case USE_MEMBER:
                strbuf_add(text, " is active");
                break;
        case USE_HELD:
                strbuf_add(text, " is held exclusively by another program or file system (ZFS, MD, LVM)");
                break;
        case USE_LOCKED:
                strbuf_add(text, " is locked: another program is working on it");
                break;
        case USE_ZFS:
                strbuf_add(text, " is a member of ");
                usage_add_name(text, use->pool ? use->pool : "a pool");
                strbuf_add(text, " (ZFS)");
                break;
        case USE_MAYBE_ZFS:
                strbuf_add(text, " may be a member of ");
                usage_add_name(text, usage->pools[0]);
                strbuf_add(text, " (ZFS), which only root on the running host can tell");
                break;
        case USE_UNKNOWN:
                strbuf_addf(text, " can't be read (%s)", strerrordesc_np(top->error));
                break;
        default:
                if (use->mount->btrfs != NO_INDEX && usage->btrfs[use->mount->btrfs].n_members > 1) {
                        strbuf_add(text, " is a member of the btrfs mounted at ");
                        usage_add_name(text, use->mount->point);
                        break;
                }
                strbuf_add(text, " is mounted at ");
                usage_add_name(text, use->mount->point);
        }
}

/* A disk is held while a partition of it is used, which tells no more than the partition. */
static bool is_told_by_partition(const struct usage *usage, const struct use *uses, size_t n, const struct use *disk)
{
        for (size_t i = 0; i < n; i++)
                if (is_partition_of(&usage->blocks[uses[i].block], &usage->blocks[disk->block]))
                        return true;
        return false;
}

bool usage_block_is_told(const struct usage *usage, size_t block)
{
        const struct usage_block *b = &usage->blocks[block];

        for (size_t i = 0; i < usage->n_blocks; i++) {
                const struct usage_block *other = &usage->blocks[i];
                struct use use;

                if (i != block && !is_partition_of(other, b) && !is_partition_of(b, other))
                        continue;
                find_use(usage, i, &use);
                if (use.rank < USE_HELD)
                        return true;
        }
        return false;
}

static void find_uses(const struct usage *usage, const struct pci_function *f, struct use **ret, size_t *ret_n)
{
        CLEANUP_FREE struct use *uses = NULL;
        size_t n = 0, alloc = 0;

        for (size_t i = 0; i < usage->n_blocks; i++) {
                struct use use, *slot;

                if (!usage_block_is_under(&usage->blocks[i], f))
                        continue;
                find_use(usage, i, &use);
                if (use.rank == USE_NONE)
                        continue;
                slot = ARRAY_APPEND(uses, n, alloc);
                *slot = use;
        }
        *ret = STEAL(uses);
        *ret_n = n;
}

bool usage_block_reason(const struct usage *usage, const struct pci_function *f, const struct usage_words *words,
                        struct strbuf *text)
{
        CLEANUP_FREE struct use *uses = NULL;
        const struct use *told = NULL;
        size_t n = 0, more = 0;

        if (usage->block_error) {
                strbuf_addf(text, "%scan't tell whether a file system is on it: failed to read /sys/class/block (%s)",
                            words->lead, strerrordesc_np(usage->block_error));
                return true;
        }
        find_uses(usage, f, &uses, &n);
        for (size_t i = 0; i < n; i++) {
                if (uses[i].rank >= USE_HELD && is_told_by_partition(usage, uses, n, &uses[i]))
                        continue;
                more += told != NULL;
                if (!told || uses[i].rank < told->rank)
                        told = &uses[i];
        }
        if (!told)
                return usage_configured_block_reason(usage, f, words, text);
        strbuf_add(text, words->lead);
        usage_add_name(text, name_of(&usage->blocks[told->block]));
        strbuf_add(text, " on it");
        add_way(text, usage, told);
        add_use(text, usage, told);
        if (more > 0)
                strbuf_addf(text, ", and %zu more of its block devices %s in use", more, more == 1 ? "is" : "are");
        return true;
}

/* How a block device comes over the network: iSCSI's disks are below a session, the others have places of their own.
 */
static const char *transport_of(const struct usage_block *b)
{
        if (after_prefix(b->name, "nbd"))
                return "nbd";
        for (size_t i = 0; i < b->n_places; i++) {
                const char *session = strstr(b->places[i], "/session");

                if (session && strchr("0123456789", session[strlen("/session")]) && session[strlen("/session")])
                        return "iSCSI";
                if (strstr(b->places[i], "/nvme-fabrics/"))
                        return "NVMe over fabrics";
        }
        return NULL;
}

const char *usage_network_root(const struct usage *usage)
{
        for (size_t i = usage->n_mounts; i-- > 0;)
                if (streq(usage->mounts[i].point, "/")) {
                        if (usage->mounts[i].network)
                                return usage->mounts[i].type;
                        break;
                }
        for (size_t i = 0; i < usage->n_blocks; i++) {
                const char *transport = transport_of(&usage->blocks[i]);
                struct use use;

                if (!transport)
                        continue;
                find_use(usage, i, &use);
                if (use.rank == USE_ROOT)
                        return transport;
        }
        return usage->boot_root;
}
