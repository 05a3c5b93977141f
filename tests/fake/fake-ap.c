/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The attributes of vfio_ap's mdevs (drivers/s390/crypto/vfio_ap_ops.c): adapters, domains and control domains are assigned
 * one by one, or all with ap_config, and shown together. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "fake/fake-internal.h"

#define AP_MAX 256 /* adapters, domains */

enum { ADAPTERS, DOMAINS, CONTROL_DOMAINS, MASKS };

struct ap {
        bool masks[MASKS][AP_MAX];
};

static int assign(struct fake_kernel *k, struct node *n, const char *value, unsigned mask, bool on)
{
        struct mdev *m = n->owner;
        char *end;
        unsigned long number = strtoul(value, &end, 0);

        fake_touch(k, m->parent->dir->name);
        if (end == value || *end)
                return -EINVAL;
        if (number >= m->type->ap)
                return -ENODEV;
        m->ap->masks[mask][number] = on;
        return 0;
}

#define ASSIGN(name, mask)                                                                                            \
        static int assign_##name(struct fake_kernel *k, struct node *n, const char *value)                            \
        {                                                                                                             \
                return assign(k, n, value, mask, true);                                                               \
        }                                                                                                             \
        static int unassign_##name(struct fake_kernel *k, struct node *n, const char *value)                          \
        {                                                                                                             \
                return assign(k, n, value, mask, false);                                                              \
        }

ASSIGN(adapter, ADAPTERS)
ASSIGN(domain, DOMAINS)
ASSIGN(control_domain, CONTROL_DOMAINS)

static void numbers_show(const bool *numbers, const char *before, int digits, const char *after, struct strbuf *out)
{
        for (unsigned i = 0; i < AP_MAX; i++)
                if (numbers[i])
                        strbuf_addf(out, "%s%0*x%s\n", before, digits, i, after);
}

static bool any(const bool *numbers)
{
        return memchr(numbers, 1, AP_MAX) != NULL;
}

static void matrix_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        const struct ap *ap = ((const struct mdev *) n->owner)->ap;

        (void) k;
        if (!any(ap->masks[DOMAINS]))
                numbers_show(ap->masks[ADAPTERS], "", 2, ".", out);
        else if (!any(ap->masks[ADAPTERS]))
                numbers_show(ap->masks[DOMAINS], ".", 4, "", out);
        for (unsigned a = 0; a < AP_MAX; a++)
                for (unsigned d = 0; ap->masks[ADAPTERS][a] && d < AP_MAX; d++)
                        if (ap->masks[DOMAINS][d])
                                strbuf_addf(out, "%02x.%04x\n", a, d);
}

static void control_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        (void) k;
        numbers_show(((const struct mdev *) n->owner)->ap->masks[CONTROL_DOMAINS], "", 4, "", out);
}

/* Bit 0 is the leftmost. */
static void config_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        const struct ap *ap = ((const struct mdev *) n->owner)->ap;

        (void) k;
        for (unsigned mask = 0; mask < MASKS; mask++) {
                strbuf_add(out, mask > 0 ? ",0x" : "0x");
                for (unsigned i = 0; i < AP_MAX; i += 4)
                        strbuf_addf(out, "%x",
                                    ap->masks[mask][i] << 3 | ap->masks[mask][i + 1] << 2 | ap->masks[mask][i + 2] << 1 |
                                            ap->masks[mask][i + 3]);
        }
        strbuf_add(out, "\n");
}

static int mask_read(const char **s, bool numbers[static AP_MAX], unsigned limit)
{
        if (strncmp(*s, "0x", 2) != 0)
                return -EINVAL;
        *s += 2;
        for (unsigned i = 0; **s && **s != ','; i += 4, (*s)++) {
                const char *digits = "0123456789abcdef", *digit = strchr(digits, **s | 0x20);

                if (!digit || i >= AP_MAX)
                        return -EINVAL;
                for (unsigned bit = 0; bit < 4; bit++) {
                        numbers[i + bit] = (digit - digits) & 8 >> bit;
                        if (numbers[i + bit] && i + bit >= limit)
                                return -ENODEV;
                }
        }
        return 0;
}

static int config_store(struct fake_kernel *k, struct node *n, const char *value)
{
        struct mdev *m = n->owner;
        struct ap fresh = { 0 };

        fake_touch(k, m->parent->dir->name);
        for (unsigned mask = 0; mask < MASKS; mask++) {
                int r = mask_read(&value, fresh.masks[mask], m->type->ap);

                if (r < 0)
                        return r;
                if (mask < MASKS - 1 && *value++ != ',')
                        return -EINVAL;
        }
        *m->ap = fresh;
        return 0;
}

void ap_attributes(struct mdev *m)
{
        m->ap = fake_alloc(sizeof(*m->ap));
        node_attr(m->dir, "assign_adapter", NULL, assign_adapter, m);
        node_attr(m->dir, "unassign_adapter", NULL, unassign_adapter, m);
        node_attr(m->dir, "assign_domain", NULL, assign_domain, m);
        node_attr(m->dir, "unassign_domain", NULL, unassign_domain, m);
        node_attr(m->dir, "assign_control_domain", NULL, assign_control_domain, m);
        node_attr(m->dir, "unassign_control_domain", NULL, unassign_control_domain, m);
        node_attr(m->dir, "matrix", matrix_show, NULL, m);
        node_attr(m->dir, "control_domains", control_show, NULL, m);
        node_attr(m->dir, "ap_config", config_show, config_store, m);
}
