/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel command line as the kernel reads it (next_arg() in lib/cmdline.c, parse_args() in kernel/params.c). */
#include "boot/boot-cmdline.h"

#include <ctype.h>
#include <string.h>

#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strutil.h"

/* The next word and no more: "--" is one too. */
static bool next_word(const char **rest, struct cmdline_word *ret)
{
        const char *s = *rest;
        bool quoted = false;

        while (isspace((unsigned char) *s))
                s++;
        ret->text = s;
        for (; *s && (quoted || !isspace((unsigned char) *s)); s++)
                if (*s == '"')
                        quoted = !quoted;
        ret->len = (size_t) (s - ret->text);
        *rest = s;
        return ret->len > 0;
}

static bool is_end(const struct cmdline_word *w)
{
        return w->len == 2 && strncmp(w->text, "--", 2) == 0;
}

bool cmdline_next(const char **rest, struct cmdline_word *ret)
{
        return next_word(rest, ret) && !is_end(ret);
}

static char plain(char c)
{
        return c == '-' ? '_' : c;
}

bool cmdline_sets(const struct cmdline_word *w, const char *name, const char **ret_value, size_t *ret_len)
{
        const char *s = w->text, *end = w->text + w->len;
        bool quoted = s < end && *s == '"';

        /* A quote at the very beginning is none of the name, and its other half is none of the value. */
        if (quoted) {
                s++;
                if (end > s && end[-1] == '"')
                        end--;
        }
        for (; *name; name++, s++)
                if (s >= end || plain(*s) != plain(*name))
                        return false;
        if (s < end && *s != '=')
                return false;
        s += s < end;
        if (!quoted && s < end && *s == '"') {
                s++;
                if (end > s && end[-1] == '"')
                        end--;
        }
        *ret_value = s;
        *ret_len = (size_t) (end - s);
        return true;
}

/* Whether w is the word, of the length `name` up to its "=". */
static bool is_word(const struct cmdline_word *w, const char *word)
{
        size_t name_len = strcspn(word, "="), len = 0;
        const char *wanted = word[name_len] ? word + name_len + 1 : "", *value = NULL;
        char name[64];

        /* Ours are short; a longer one is compared as it is written. */
        if (name_len >= sizeof(name))
                return strlen(word) == w->len && strncmp(word, w->text, w->len) == 0;
        memcpy(name, word, name_len);
        name[name_len] = '\0';
        return cmdline_sets(w, name, &value, &len) && strlen(wanted) == len && strncmp(wanted, value, len) == 0;
}

bool cmdline_has(const char *text, const char *word)
{
        struct cmdline_word w;

        while (cmdline_next(&text, &w))
                if (is_word(&w, word))
                        return true;
        return false;
}

bool cmdline_value_has(const char *value, size_t len, const char *item)
{
        size_t item_len = strlen(item);

        for (size_t i = 0; i <= len;) {
                const char *comma = memchr(value + i, ',', len - i);
                size_t n = (comma ? (size_t) (comma - value) : len) - i;

                if (n == item_len && strncmp(value + i, item, n) == 0)
                        return true;
                i += n + 1;
        }
        return false;
}

enum cmdline_answer cmdline_intel_iommu(const char *text)
{
        enum cmdline_answer answer = CMDLINE_SILENT;
        struct cmdline_word w;
        const char *value;
        size_t len;

        while (cmdline_next(&text, &w)) {
                if (!cmdline_sets(&w, "intel_iommu", &value, &len))
                        continue;
                if (cmdline_value_has(value, len, "on"))
                        answer = CMDLINE_YES;
                if (cmdline_value_has(value, len, "off"))
                        answer = CMDLINE_NO;
        }
        return answer;
}

enum cmdline_answer cmdline_gvt(const char *text)
{
        enum cmdline_answer answer = CMDLINE_SILENT;
        struct cmdline_word w;
        const char *value;
        size_t len;

        while (cmdline_next(&text, &w))
                if (cmdline_sets(&w, "i915.enable_gvt", &value, &len))
                        answer = len == 0 || strchr("1yYtT", *value) ? CMDLINE_YES : CMDLINE_NO;
        return answer;
}

/* The first line with words that is no comment. Its end is the newline, or the end of the text. */
static const char *find_line(const char *text, const char **ret_end)
{
        for (const char *line = text; *line;) {
                const char *end = line + strcspn(line, "\n"), *first = line + strspn(line, " \t\r");

                if (first < end && *first != '#') {
                        *ret_end = end;
                        return line;
                }
                line = end + (*end == '\n');
        }
        return NULL;
}

/* Where in the line a word goes: behind its last word, or behind the last before "--". */
static const char *place_in(const char *line, const char *end)
{
        const char *rest = line, *last = line;
        struct cmdline_word w;

        while (rest < end && cmdline_next(&rest, &w) && w.text < end)
                last = rest < end ? rest : end;
        return last;
}

char *cmdline_add(const char *text, const char *word)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        const char *end = text, *line = NULL, *place;

        /* The last of such lines: what comes later wins. */
        for (const char *next = find_line(text, &end), *next_end = end; next; next = find_line(next_end, &next_end)) {
                line = next;
                end = next_end;
        }
        if (line) {
                place = place_in(line, end);
                strbuf_addn(&b, text, (size_t) (place - text));
                /* Before a "--" that comes first there is nothing to part it from. */
                strbuf_addf(&b, place == line ? "%s%s " : "%s%s", place == line ? "" : " ", word);
                strbuf_add(&b, place);
        } else {
                strbuf_add(&b, text);
                strbuf_addf(&b, "%s%s\n", b.len > 0 && b.text[b.len - 1] != '\n' ? "\n" : "", word);
        }
        return strbuf_steal(&b);
}

/* The last word of the lines that are no comments that is this one; len 0: there is none. */
static struct cmdline_word find_last(const char *text, const char *word)
{
        struct cmdline_word found = { 0 }, w;
        const char *end, *line;

        while ((line = find_line(text, &end))) {
                for (text = line; text < end && next_word(&text, &w) && w.text < end;) {
                        if (is_end(&w)) /* what is behind it was not put there by us */
                                return found;
                        if (is_word(&w, word))
                                found = w;
                }
                text = MAX_OF(text, end);
        }
        return found;
}

bool cmdline_take_out(const char *text, const char *word, char **ret)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        struct cmdline_word found = find_last(text, word);
        const char *start = found.text, *rest = found.text + found.len;

        if (found.len == 0) {
                strbuf_add(&b, text);
                *ret = strbuf_steal(&b);
                return false;
        }
        if ((start == text || start[-1] == '\n') && (!*rest || *rest == '\n'))
                rest += *rest == '\n'; /* a line of its own */
        else if (start > text && (start[-1] == ' ' || start[-1] == '\t'))
                start--;
        else if (*rest == ' ')
                rest++;
        strbuf_addn(&b, text, (size_t) (start - text));
        strbuf_add(&b, rest);
        *ret = strbuf_steal(&b);
        return true;
}

bool cmdline_is_for_once(const struct cmdline_word *w)
{
        /* kernel-command-line(7), dracut.cmdline(7), initramfs-tools(7); "recovery" is Ubuntu's. Of those with an end
         * other values are meant to stay: init=/sbin/openrc-init, systemd.unit=multi-user.target. */
        static const struct {
                const char *name, *end;
        } words[] = {
                { "passthru.off", "" },
                { "passthru.skip", "" },
                { "single", "" },
                { "s", "" },
                { "S", "" },
                { "1", "" },
                { "rescue", "" },
                { "emergency", "" },
                { "recovery", "" },
                { "systemd.unit", "rescue.target" },
                { "systemd.unit", "emergency.target" },
                { "rd.systemd.unit", "" },
                { "systemd.debug_shell", "" },
                { "systemd.run", "" },
                { "systemd.run_success_action", "" },
                { "systemd.run_failure_action", "" },
                { "systemd.confirm_spawn", "" },
                { "SYSTEMD_SULOGIN_FORCE", "" },
                { "init", "sh" },
                { "rdinit", "sh" },
                { "break", "" },
                { "rd.break", "" },
                { "rd.shell", "" },
                { "fsck.mode", "force" },
                { "forcefsck", "" },
        };
        const char *value;
        size_t len, n;

        for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
                n = strlen(words[i].end);
                if (cmdline_sets(w, words[i].name, &value, &len) && len >= n &&
                    strncmp(value + len - n, words[i].end, n) == 0)
                        return true;
        }
        return false;
}

char *cmdline_as_file(const char *running)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        struct cmdline_word w;
        bool end = false;

        while (next_word(&running, &w)) {
                const char *value;
                size_t len;

                if (cmdline_sets(&w, "BOOT_IMAGE", &value, &len) || cmdline_sets(&w, "initrd", &value, &len) ||
                    cmdline_is_for_once(&w))
                        continue;
                if (is_end(&w)) { /* kept with what is behind it */
                        end = true;
                        continue;
                }
                strbuf_addf(&b, "%s%s", b.len > 0 ? " " : "", end ? "-- " : "");
                strbuf_addn(&b, w.text, w.len);
                end = false;
        }
        strbuf_add(&b, "\n");
        return strbuf_steal(&b);
}
