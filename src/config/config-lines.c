/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lines of a configuration file, cleaned for libinih (facts: inih's ini.c and INI_MAX_LINE). */
#include "config/config-lines.h"

#include <ctype.h>
#include <string.h>

#include "base/macro.h"

#define UTF8_BOM "\xef\xbb\xbf"

static bool is_blank(char c)
{
        return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* inih itself knows only ; after white space; a user who writes "vfs = 8   # two for each VM" means the same. */
size_t config_comment_start(const char *s, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if ((s[i] == '#' || s[i] == ';') && (i == 0 || is_blank(s[i - 1])))
                        return i;
        return n;
}

/* Refuses what would reach inih or the model in another form than the user sees. */
static bool line_is_sound(struct config_lines *lines, const char *s, size_t n, size_t size)
{
        if (memchr(s, '\0', n)) {
                config_lines_error(lines, "the line has a NUL byte; expected plain text (is it UTF-16? save it as UTF-8)");
                return false;
        }
        for (size_t i = 0; i < n; i++)
                if (iscntrl((unsigned char) s[i]) && s[i] != '\t') {
                        config_lines_error(lines, "the line has the control character 0x%02x; expected plain text",
                                           (unsigned) (unsigned char) s[i]);
                        return false;
                }
        if (n > size - 2) {
                config_lines_error(lines, "the line is %zu bytes long without its comment; at most %zu are read", n,
                                   size - 2);
                return false;
        }
        return true;
}

enum line_kind config_lines_next(struct config_lines *lines, char *buf, size_t size)
{
        const char *s = lines->text + lines->pos, *newline;
        size_t n;

        buf[0] = '\n';
        buf[1] = '\0';
        if (lines->pos >= lines->len)
                return LINE_END;
        newline = memchr(s, '\n', lines->len - lines->pos);
        n = newline ? (size_t) (newline - s) : lines->len - lines->pos;
        lines->pos += n + (newline != NULL);
        lines->loc.line++;

        if (lines->loc.line == 1 && n >= strlen(UTF8_BOM) && memcmp(s, UTF8_BOM, strlen(UTF8_BOM)) == 0) {
                s += strlen(UTF8_BOM);
                n -= strlen(UTF8_BOM);
        }
        /* A NUL is an error in a comment too: the file is not text. */
        if (!memchr(s, '\0', n)) {
                /* inih takes an indented line as one more value of the key above; here it is a key like any. */
                while (n > 0 && is_blank(*s)) {
                        s++;
                        n--;
                }
                n = config_comment_start(s, n);
                while (n > 0 && is_blank(s[n - 1]))
                        n--;
        }
        if (n == 0 || !line_is_sound(lines, s, n, size))
                return LINE_BLANK;
        memcpy(buf, s, n);
        memcpy(buf + n, "\n", 2);
        return *s == '[' ? LINE_SECTION : LINE_KEY;
}
