/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Routes, connections and keyboards, as /proc and /sys tell them. */
#include "usage/usage-parse.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/strutil.h"
#include "usage/usage-internal.h"

/* linux/route.h, linux/ipv6_route.h */
#define ROUTE_UP 0x0001
#define ROUTE_REJECT 0x0200

#define TCP_ESTABLISHED "01" /* net/tcp_states.h */

/* linux/input-event-codes.h */
#define EVENT_REPEAT 0x14
#define FIRST_LETTER 16 /* KEY_Q … KEY_P */
#define LAST_LETTER 25

char *usage_next_word(char **rest)
{
        char *word;

        do
                word = strsep(rest, " \t");
        while (word && *word == '\0');
        return word;
}

size_t usage_split(char *line, char **words, size_t n)
{
        size_t i = 0;

        while (i < n && (words[i] = usage_next_word(&line)))
                i++;
        return i;
}

static bool is_zero(const char *hex)
{
        return *hex && strspn(hex, "0") == strlen(hex);
}

static bool is_in_use(const char *flags)
{
        uint64_t n;

        return parse_unsigned(flags, 16, UINT32_MAX, &n) == 0 && (n & ROUTE_UP) && !(n & ROUTE_REJECT);
}

static void mark_default(struct usage *usage, const char *interface)
{
        size_t link = usage_find_link(usage, interface);

        if (link != NO_INDEX && !streq(interface, "lo"))
                usage->links[link].default_route = true;
}

/* Iface Destination Gateway Flags RefCnt Use Metric Mask … */
static void parse_route(char *line, struct usage *usage)
{
        enum { INTERFACE, DESTINATION, FLAGS = 3, MASK = 7, N };
        char *words[N];

        if (usage_split(line, words, N) == N && is_zero(words[DESTINATION]) && is_zero(words[MASK]) && is_in_use(words[FLAGS]))
                mark_default(usage, words[INTERFACE]);
}

/* destination length source length gateway metric references use flags interface */
static void parse_route6(char *line, struct usage *usage)
{
        enum { DESTINATION, LENGTH, FLAGS = 8, INTERFACE, N };
        char *words[N];

        if (usage_split(line, words, N) == N && is_zero(words[DESTINATION]) && is_zero(words[LENGTH]) &&
            is_in_use(words[FLAGS]))
                mark_default(usage, words[INTERFACE]);
}

static void parse_lines(const char *text, struct usage *usage, void (*parse)(char *line, struct usage *usage))
{
        while (*text) {
                size_t n = strcspn(text, "\n");
                char line[512]; /* the kernel's are at most 180 bytes long */

                if (n < sizeof(line)) {
                        memcpy(line, text, n);
                        line[n] = '\0';
                        parse(line, usage);
                }
                text += n + (text[n] == '\n');
        }
}

void usage_parse_routes(const char *text, struct usage *usage)
{
        parse_lines(text, usage, parse_route);
}

void usage_parse_routes6(const char *text, struct usage *usage)
{
        parse_lines(text, usage, parse_route6);
}

/* "0F02000A:0016": words of 32 bits as this CPU keeps them, which hold network order. IPv4's becomes IPv6's. */
static int parse_address(const char *s, uint8_t ret[static 16])
{
        size_t digits = strcspn(s, ":");

        if (digits != 8 && digits != 32)
                return -EINVAL;
        memset(ret, 0, 10);
        memset(ret + 10, 0xff, 2);
        for (size_t i = 0; i < digits / 8; i++) {
                char word[9] = "";
                uint64_t n;
                uint32_t bits;

                memcpy(word, s + 8 * i, 8);
                if (parse_unsigned(word, 16, UINT32_MAX, &n) < 0)
                        return -EINVAL;
                bits = (uint32_t) n;
                memcpy(ret + (digits == 8 ? 12 : 4 * i), &bits, 4);
        }
        return 0;
}

static bool is_mapped(const uint8_t address[static 16])
{
        static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

        return memcmp(address, prefix, sizeof(prefix)) == 0;
}

static int compare_inodes(const void *a, const void *b)
{
        uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;

        return (x > y) - (x < y);
}

static bool is_ssh_port(const char *address)
{
        const char *port = strchr(address, ':');

        return port && streq(port, ":0016");
}

/* sl local remote state queues timer retransmits uid timeout inode … */
static void parse_socket(char *line, const uint64_t *inodes, size_t n, struct usage *usage)
{
        enum { LOCAL = 1, REMOTE, STATE, INODE = 9, N };
        struct usage_session session, *slot;
        char *words[N], peer[INET6_ADDRSTRLEN];
        uint8_t remote[16];
        uint64_t inode;

        if (usage_split(line, words, N) != N || !streq(words[STATE], TCP_ESTABLISHED) ||
            parse_unsigned(words[INODE], 10, UINT64_MAX, &inode) < 0 ||
            (n > 0 ? !bsearch(&inode, inodes, n, sizeof(*inodes), compare_inodes) : !is_ssh_port(words[LOCAL])) ||
            parse_address(words[LOCAL], session.local) < 0 || parse_address(words[REMOTE], remote) < 0)
                return;
        if (!inet_ntop(is_mapped(remote) ? AF_INET : AF_INET6, remote + (is_mapped(remote) ? 12 : 0), peer,
                       sizeof(peer)))
                return;
        session.peer = xstrdup(peer);
        slot = ARRAY_APPEND(usage->sessions, usage->n_sessions, usage->alloc_sessions);
        *slot = session;
}

void usage_parse_sockets(const char *text, const uint64_t *inodes, size_t n, struct usage *usage)
{
        CLEANUP_FREE uint64_t *sorted = xcalloc(n + 1, sizeof(*sorted));
        CLEANUP_FREE char *copy = xstrdup(text);
        char *rest = copy, *line;

        if (n > 0) {
                memcpy(sorted, inodes, n * sizeof(*sorted));
                qsort(sorted, n, sizeof(*sorted), compare_inodes);
        }
        while ((line = strsep(&rest, "\n")))
                parse_socket(line, sorted, n, usage);
}

void usage_note_address(struct usage *usage, const char *interface, const uint8_t *address, size_t size)
{
        uint8_t a[16] = { [10] = 0xff, [11] = 0xff };
        CLEANUP_FREE char *name = xstrndup(interface, strcspn(interface, ":")); /* eth0:1 is a label */
        struct usage_link *l;
        size_t link;

        link = usage_find_link(usage, name);
        if (link == NO_INDEX || (size != 4 && size != 16))
                return;
        memcpy(a + 16 - size, address, size);
        l = &usage->links[link];
        /* fe80::/10 and 169.254.0.0/16 are given without asking. */
        if (!streq(name, "lo") && !(a[0] == 0xfe && (a[1] & 0xc0) == 0x80) &&
            !(is_mapped(a) && a[12] == 169 && a[13] == 254))
                l->addressed = true;
        for (size_t i = 0; i < usage->n_sessions && !l->ssh_peer; i++)
                if (memcmp(usage->sessions[i].local, a, sizeof(a)) == 0)
                        replace_string(&l->ssh_peer, usage->sessions[i].peer);
}

/* The last word of a bit field, which has the lowest bits, whatever a word's width is: 32 is enough here. */
static uint64_t low_bits(const char *text)
{
        size_t end = strlen(text), start;
        char word[17] = "";
        uint64_t n;

        while (end > 0 && isspace((unsigned char) text[end - 1]))
                end--;
        start = end;
        while (start > 0 && !isspace((unsigned char) text[start - 1]))
                start--;
        if (end - start >= sizeof(word))
                return 0;
        memcpy(word, text + start, end - start);
        return parse_unsigned(word, 16, UINT64_MAX, &n) < 0 ? 0 : n;
}

bool usage_is_keyboard(const char *ev, const char *key)
{
        uint64_t letters = ((UINT64_C(1) << (LAST_LETTER - FIRST_LETTER + 1)) - 1) << FIRST_LETTER;

        return (low_bits(ev) & UINT64_C(1) << EVENT_REPEAT) && (low_bits(key) & letters) == letters;
}
