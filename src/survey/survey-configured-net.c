/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads which network interfaces the host's configuration names. */
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "device/selector.h"
#include "survey/survey.h"
#include "usage/usage-configured.h"

struct files {
        char **paths; /* "/etc/netplan/50-cloud-init.yaml" */
        size_t n, alloc;
};

static void files_clear(struct files *f)
{
        for (size_t i = 0; i < f->n; i++)
                free(f->paths[i]);
        free(f->paths);
}

/* Of one name the first directory's alone. */
static void add_file(struct files *f, const char *dir, const char *name)
{
        char **slot;

        for (size_t i = 0; i < f->n; i++)
                if (streq(last_component(f->paths[i]), name))
                        return;
        slot = ARRAY_APPEND(f->paths, f->n, f->alloc);
        *slot = xasprintf("%s/%s", dir, name);
}

static int compare_files(const void *a, const void *b)
{
        return strcmp(last_component(*(char *const *) a), last_component(*(char *const *) b));
}

/* The files of directories ("/etc%s", NULL-terminated, the strongest first), by name. */
static void list_files(struct sys *sys, const char *const *dirs, const char *below, const char *pattern,
                       struct files *ret)
{
        for (; *dirs; dirs++) {
                CLEANUP(names_freep) char **names = NULL;
                char dir[PATH_MAX];
                size_t n = 0;

                (void) snprintf(dir, sizeof(dir), "%s%s", *dirs, below);
                (void) sys_list(sys, dir + (*dir != '\0'), &names, &n);
                for (size_t i = 0; i < n; i++)
                        if (fnmatch(pattern, names[i], FNM_PERIOD) == 0)
                                add_file(ret, dir, names[i]);
        }
        if (ret->n > 1)
                qsort(ret->paths, ret->n, sizeof(*ret->paths), compare_files);
}

static void read_ifupdown_file(struct sys *sys, const char *path, struct usage_ifupdown *u)
{
        CLEANUP_FREE char *text = NULL;

        (void) usage_read_text(sys, path + 1, &text);
        if (text)
                usage_add_ifupdown(u, text, path);
}

/* Patterns are read in the last part alone. */
static void read_source(struct sys *sys, struct usage_ifupdown *u, const char *path, bool directory)
{
        CLEANUP(files_clear) struct files files = { 0 };
        CLEANUP_FREE char *dir = NULL;
        char *pattern;

        dir = xasprintf("%s%s%s", *path == '/' ? "" : "/etc/network/", path, directory ? "/*" : "");
        pattern = strrchr(dir, '/');
        *pattern++ = '\0';
        list_files(sys, (const char *const[]){ dir, NULL }, "", pattern, &files);
        for (size_t i = 0; i < files.n; i++)
                read_ifupdown_file(sys, files.paths[i], u);
}

static void read_ifupdown(struct sys *sys, struct usage *usage)
{
        CLEANUP_IFUPDOWN struct usage_ifupdown u = { 0 };

        read_ifupdown_file(sys, "/etc/network/interfaces", &u);
        for (size_t i = 0; i < u.n_sources; i++)
                read_source(sys, &u, u.sources[i].path, u.sources[i].directory);
        usage_finish_ifupdown(&u, usage);
}

static void read_each(struct sys *sys, const char *const *dirs, const char *pattern, struct usage *usage,
                      void (*parse)(const char *text, const char *file, struct usage *usage))
{
        CLEANUP(files_clear) struct files files = { 0 };

        list_files(sys, dirs, "", pattern, &files);
        for (size_t i = 0; i < files.n; i++) {
                CLEANUP_FREE char *text = NULL;

                (void) usage_read_text(sys, files.paths[i] + 1, &text);
                if (text)
                        parse(text, files.paths[i], usage);
        }
}

/* A file of networkd and its drop-ins decide together whether it manages what they name. */
static void read_network(struct sys *sys, const char *const *dirs, const char *path, struct usage *usage)
{
        CLEANUP(files_clear) struct files files = { 0 };
        size_t first = usage->n_configured;
        bool unmanaged = false;
        char below[NAME_MAX + 4];

        (void) snprintf(below, sizeof(below), "/%s.d", last_component(path));
        list_files(sys, dirs, below, "*.conf", &files);
        for (size_t i = 0; i <= files.n; i++) {
                const char *file = i == 0 ? path : files.paths[i - 1];
                CLEANUP_FREE char *text = NULL;

                (void) usage_read_text(sys, file + 1, &text);
                if (text)
                        usage_parse_network(text, file, usage, &unmanaged);
        }
        for (size_t i = first; i < usage->n_configured && unmanaged; i++)
                usage->configured[i].kind = CONFIGURED_UNMANAGED;
}

static void read_networkd(struct sys *sys, struct usage *usage)
{
        static const char *const dirs[] = { "/etc/systemd/network", "/run/systemd/network",
                                            "/usr/local/lib/systemd/network", "/usr/lib/systemd/network", NULL };
        CLEANUP(files_clear) struct files files = { 0 };

        list_files(sys, dirs, "", "*.network", &files);
        for (size_t i = 0; i < files.n; i++)
                read_network(sys, dirs, files.paths[i], usage);
}

/* Both MACs of each interface that is a device's: files may go by either. */
static void read_macs(struct sys *sys, struct usage *usage)
{
        for (size_t i = 0; i < usage->n_links; i++) {
                struct usage_link *l = &usage->links[i];
                char path[PATH_MAX], text[64];

                if (!l->place || after_prefix(l->place, "virtual/"))
                        continue;
                (void) snprintf(path, sizeof(path), "sys/class/net/%s/address", l->name);
                if (sys_read_attr(sys, path, text, sizeof(text)) == 0)
                        (void) mac_parse(text, l->macs[0]);
                (void) SYS_CALL(sys, permanent_mac, l->name, l->macs[1]);
        }
}

/* An interface that is being configured has no address and no route yet. */
static void read_managers(struct sys *sys, struct usage *usage)
{
        static const struct {
                const char *directory;
                void (*parse)(const char *text, const char **ret);
        } managers[] = {
                { "run/systemd/netif/links", usage_parse_networkd_link },
                { "run/NetworkManager/devices", usage_parse_nm_device },
        };

        for (size_t i = 0; i < usage->n_links; i++) {
                struct usage_link *l = &usage->links[i];
                char path[PATH_MAX], index[32];

                (void) snprintf(path, sizeof(path), "sys/class/net/%s/ifindex", l->name);
                if (!l->place || after_prefix(l->place, "virtual/") || sys_read_attr(sys, path, index, sizeof(index)) < 0)
                        continue;
                for (size_t k = 0; k < ARRAY_SIZE(managers); k++) {
                        CLEANUP_FREE char *text = NULL;

                        (void) snprintf(path, sizeof(path), "%s/%s", managers[k].directory, index);
                        (void) usage_read_text(sys, path, &text);
                        if (text)
                                managers[k].parse(text, &l->manager);
                }
        }
}

static bool has_mac(const struct usage *usage)
{
        uint8_t mac[6];

        for (size_t i = 0; i < usage->n_configured; i++)
                if (usage->configured[i].kind >= CONFIGURED_LINK && mac_parse(usage->configured[i].what, mac) == 0)
                        return true;
        return false;
}

void usage_read_configured_net(struct sys *sys, struct usage *usage)
{
        static const char *const netplan[] = { "/etc/netplan", "/run/netplan", "/usr/lib/netplan", NULL };
        static const char *const keyfiles[] = { "/etc/NetworkManager/system-connections",
                                                "/run/NetworkManager/system-connections",
                                                "/usr/lib/NetworkManager/system-connections", NULL };

        read_ifupdown(sys, usage);
        read_each(sys, netplan, "*.yaml", usage, usage_parse_netplan);
        read_each(sys, keyfiles, "*[!~]", usage, usage_parse_keyfile);
        read_networkd(sys, usage); /* last: what it leaves alone, no other entry may name */
        read_managers(sys, usage);
        if (has_mac(usage))
                read_macs(sys, usage);
}
