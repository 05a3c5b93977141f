/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the code under test did to the fake kernel: the writes in order, and those that must never be. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/macro.h"
#include "fake/fake-internal.h"

void fake_journal(struct fake_kernel *k, const char *path, const char *value, int result)
{
        struct fake_write *w;

        if (k->outside)
                return;
        w = ARRAY_APPEND(k->writes, k->n_writes, k->alloc_writes);
        w->path = fake_strdup(path);
        w->value = fake_strdup(value);
        w->result = result;
}

void fake_violate(struct fake_kernel *k, const char *format, ...)
{
        CLEANUP_FREE char *text = NULL;
        va_list args;

        if (k->outside)
                return;
        va_start(args, format);
        if (vasprintf(&text, format, args) < 0)
                abort();
        va_end(args);
        strbuf_addf(&k->violations, "%s\n", text);
}

const char *fake_violations(const struct fake_kernel *k)
{
        return k->violations.text;
}

void fake_claim(struct fake_kernel *k, const char *name)
{
        struct name *claim = fake_alloc(sizeof(*claim));

        claim->text = fake_strdup(name);
        claim->next = k->claims;
        k->claims = claim;
}

static bool claimed(const struct fake_kernel *k, const char *name)
{
        for (const struct name *claim = k->claims; claim; claim = claim->next)
                if (streq(claim->text, name))
                        return true;
        return false;
}

void fake_touch(struct fake_kernel *k, const char *name)
{
        if (!claimed(k, name))
                fake_violate(k, "a write to %s, which no section claims", name);
}

void fake_touch_device(struct fake_kernel *k, const struct device *d)
{
        if (!d->physfn || !claimed(k, d->physfn->name))
                fake_touch(k, d->name);
}

int fake_hang(struct fake_kernel *k, const char *what, const char *name)
{
        if (!k->may_hang || !k->bounded)
                fake_violate(k, "hang: %s of %s, which is open", what, name);
        return -ETIMEDOUT;
}

void fake_let_hang(struct fake_kernel *k)
{
        k->may_hang = true;
}

size_t fake_n_writes(const struct fake_kernel *k)
{
        return k->n_writes;
}

const struct fake_write *fake_get_write(const struct fake_kernel *k, size_t i)
{
        return i < k->n_writes ? &k->writes[i] : NULL;
}

bool fake_path_ends(const char *path, const char *end)
{
        size_t n = strlen(path), m = strlen(end);

        return m <= n && streq(path + n - m, end) && (m == n || path[n - m - 1] == '/');
}

static bool write_is(const struct fake_write *w, const char *path, const char *value)
{
        return fake_path_ends(w->path, path) && (!value || streq(w->value, value));
}

size_t fake_find_write(const struct fake_kernel *k, size_t from, const char *path, const char *value)
{
        for (size_t i = from; i < k->n_writes; i++)
                if (write_is(&k->writes[i], path, value))
                        return i;
        return SIZE_MAX;
}

size_t fake_count_writes(const struct fake_kernel *k, const char *path, const char *value)
{
        size_t n = 0;

        for (size_t i = 0; i < k->n_writes; i++)
                n += write_is(&k->writes[i], path, value);
        return n;
}

void fake_print_writes(const struct fake_kernel *k, size_t from)
{
        for (size_t i = from; i < k->n_writes; i++) {
                const struct fake_write *w = &k->writes[i];

                fprintf(stderr, "  %s = \"%s\"%s%s\n", w->path, w->value, w->result ? ": " : "",
                        w->result ? strerror(-w->result) : "");
        }
}

void fake_fail_at(struct fake_kernel *k, unsigned n, enum fake_fault fault, int error)
{
        k->fault_at = n > 0 ? k->operations + n : 0;
        k->fault = fault;
        k->fault_error = error;
        free(STEAL(k->fault_what));
}

bool fake_fault_hit(const struct fake_kernel *k, const char **ret_what)
{
        if (ret_what)
                *ret_what = k->fault_what ? k->fault_what : "";
        return k->fault_what;
}

unsigned fake_operations(const struct fake_kernel *k)
{
        return k->operations;
}
