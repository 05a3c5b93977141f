/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log. */
#include "report/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <systemd/sd-journal.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "report/output.h"
#include "report/progress.h"

/* stderr goes to the journal when JOURNAL_STREAM names its device and inode (systemd.exec(5)); then the fields
 * can go there too, by the native protocol. */
static bool stderr_is_journal(void)
{
        const char *stream = getenv("JOURNAL_STREAM");
        uintmax_t device, inode;
        struct stat st;

        if (!stream || sscanf(stream, "%" SCNuMAX ":%" SCNuMAX, &device, &inode) != 2)
                return false;
        return fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

/* The journal refuses an entry of more than about 800 fields; the text has the first, the last and the count. */
#define DEVICE_FIELDS_MAX 512

struct fields {
        struct iovec *items;
        size_t n, alloc;
        bool failed;
};

static void fields_clear(struct fields *f)
{
        for (size_t i = 0; i < f->n; i++)
                free(f->items[i].iov_base);
        free(f->items);
}

static void add_field(struct fields *f, const char *format, ...) PRINTF_LIKE(2, 3);

static void add_field(struct fields *f, const char *format, ...)
{
        struct iovec *item;
        va_list args;
        char *text;

        va_start(args, format);
        text = xvasprintf(format, args);
        va_end(args);
        item = ARRAY_APPEND(f->items, f->n, f->alloc);
        item->iov_base = text;
        item->iov_len = strlen(text);
}

static bool send_to_journal(const struct log_entry *e, const char *text)
{
        CLEANUP(fields_clear) struct fields f = { 0 };
        char address[PCI_ADDRESS_MAX];

        add_field(&f, "MESSAGE=%s", text);
        add_field(&f, "PRIORITY=%d", e->priority);
        /* The journal finds a sender's unit by its pid, which for the last lines may be gone by then; journalctl -u
         * goes by this field too. */
        add_field(&f, "OBJECT_SYSTEMD_UNIT=passthru-setup.service");
        if (e->message_id)
                add_field(&f, "MESSAGE_ID=%s", e->message_id);
        if (e->section) {
                add_field(&f, "PASSTHRU_SECTION=%s", e->section->name);
                add_field(&f, "PASSTHRU_KIND=%s", section_kind_name(e->section->kind));
        }
        /* A field may come more than once: each of 120 VFs finds the one line that speaks of all. */
        for (size_t i = 0; i < e->n_addresses && i < DEVICE_FIELDS_MAX; i++)
                add_field(&f, "PASSTHRU_DEVICE=%s", pci_address_format(&e->addresses[i], address));
        if (e->device)
                add_field(&f, "PASSTHRU_DEVICE=%s", e->device);
        if (e->action)
                add_field(&f, "PASSTHRU_ACTION=%s", e->action);
        if (e->error)
                add_field(&f, "ERRNO=%d", e->error);
        if (e->loc && e->loc->file) {
                add_field(&f, "CONFIG_FILE=%s", e->loc->file);
                if (e->loc->line)
                        add_field(&f, "CONFIG_LINE=%u", e->loc->line);
        }
        return !f.failed && sd_journal_sendv(f.items, (int) f.n) >= 0;
}

static bool both;

void log_to_both(void)
{
        both = true;
}

void log_write(const struct log_entry *entry, const char *format, ...)
{
        static int journal = -1; /* found out once: it does not change while we run */
        CLEANUP_FREE char *text = NULL;
        const char *on = "", *off = "";
        va_list args;

        va_start(args, format);
        text = xvasprintf(format, args);
        va_end(args);
        if (entry->priority <= LOG_ERR)
                output_note_error(text);
        if (journal < 0)
                journal = stderr_is_journal();
        if ((journal || both) && send_to_journal(entry, text) && (journal || entry->priority > LOG_WARNING))
                return;
        progress_clear();
        if (output_has_color(STDERR_FILENO)) {
                on = entry->priority <= LOG_ERR ? "\033[1;31m" : entry->priority <= LOG_WARNING ? "\033[33m"
                     : entry->priority <= LOG_NOTICE                                            ? "\033[1m"
                                                                                                : "";
                off = *on ? "\033[0m" : "";
        }
        (void) fprintf(stderr, "%s%s%s\n", on, text, off);
}
