/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the network interfaces, what is made of which, default routes and addresses. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "survey/survey.h"
#include "usage/usage-parse.h"

#define CLASS_NET "sys/class/net"
#define OPENVSWITCH "ovs-system" /* its datapath: master of all ports, also of those that have the host's addresses */

static void add_link(struct sys *sys, const char *name, struct usage *usage)
{
        struct usage_link *l = ARRAY_APPEND(usage->links, usage->n_links, usage->alloc_links);

        l->name = xstrdup(name);
        (void) usage_read_place(sys, CLASS_NET, name, &l->place); /* "bonding_masters" is a file */
}

static void add_upper(struct usage *usage, size_t link, const char *name)
{
        size_t upper = usage_find_link(usage, name);

        if (!(upper == NO_INDEX))
                usage_add_upper(&usage->links[link].uppers, upper);
}

/* upper_NAME for each (net/core/dev.c, netdev_adjacent_sysfs_add()), and master, which is one of them. */
static void read_uppers(struct sys *sys, struct usage *usage, size_t link)
{
        CLEANUP(names_freep) char **names = NULL;
        char path[PATH_MAX];
        size_t n = 0;

        (void) snprintf(path, sizeof(path), CLASS_NET "/%s", usage->links[link].name);
        (void) sys_list(sys, path, &names, &n);
        for (size_t i = 0; i < n; i++) {
                const char *upper = after_prefix(names[i], "upper_");
                CLEANUP_FREE char *master = NULL;

                if (streq(names[i], "master")) {
                        (void) snprintf(path, sizeof(path), CLASS_NET "/%s/master", usage->links[link].name);
                        (void) sys_read_link_name(sys, path, &master);
                        upper = master;
                }
                if (upper)
                        add_upper(usage, link, upper);
        }
}

/* Which port of a virtual switch leads where, its flows decide: each is held for made of each. */
static void join_openvswitch(struct usage *usage)
{
        size_t ovs = usage_find_link(usage, OPENVSWITCH);

        for (size_t i = 0; ovs != NO_INDEX && i < usage->n_links; i++) {
                const struct usage_link *l = &usage->links[i];

                for (size_t k = 0; k < l->uppers.n; k++)
                        if (l->uppers.items[k] == ovs && l->place && after_prefix(l->place, "virtual/"))
                                usage_add_upper(&usage->links[ovs].uppers, i);
        }
}

static void read_routes(struct sys *sys, struct usage *usage)
{
        CLEANUP_FREE char *v4 = NULL, *v6 = NULL;

        usage_read_text(sys, "proc/net/route", &v4);
        usage_read_text(sys, "proc/net/ipv6_route", &v6);
        if (v4)
                usage_parse_routes(v4, usage);
        if (v6)
                usage_parse_routes6(v6, usage);
}

static int on_address(void *arg, const char *interface, const uint8_t *address, size_t size)
{
        usage_note_address(arg, interface, address, size);
        return 0;
}

void usage_read_net(struct sys *sys, struct usage *usage)
{
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;

        (void) sys_list(sys, CLASS_NET, &names, &n);
        for (size_t i = 0; i < n; i++)
                add_link(sys, names[i], usage);
        for (size_t i = 0; i < usage->n_links; i++)
                read_uppers(sys, usage, i);
        join_openvswitch(usage);
        read_routes(sys, usage);
        usage_read_ssh(sys, usage);
        /* After the sessions, which they are compared with. */
        (void) SYS_CALL(sys, addresses, on_address, usage);
}
