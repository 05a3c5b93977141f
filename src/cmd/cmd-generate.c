/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* generate: prints a configuration out of what runs now, or of other programs' files. Needs no configuration. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "import/foreign-read.h"
#include "import/generate.h"
#include "report/log.h"
#include "report/output.h"
#include "scan/hwdb.h"
#include "scan/scan.h"

/* Modules are read as a configuration names them: one that names those of which generate has something to say. */
static struct config *config_of_modules(void)
{
        CLEANUP(config_freep) struct config *config = config_new();
        static const struct config_loc none;

        for (size_t i = 0; generate_modules_read[i]; i++)
                if (!config_new_section(config, SECTION_MODULE, generate_modules_read[i], &none))
                        return NULL;
        return STEAL(config);
}

/* A new file: what is there may be what the host boots with. */
static int write_file(const char *path, const char *text)
{
        FILE *f = fopen(path, "wxe");
        int r = 0;

        if (!f) {
                log_plain(LOG_ERR, NULL, "Failed to create %s: %m%s", path,
                          errno == EEXIST ? "; generate does not overwrite files" : "");
                return EXIT_SECTION_FAILED;
        }
        if (fputs(text, f) == EOF)
                r = errno;
        if (fclose(f) != 0 && r == 0)
                r = errno;
        if (r == 0)
                return EXIT_OK;
        (void) remove(path);
        errno = r;
        log_plain(LOG_ERR, NULL, "Failed to write %s: %m", path);
        return EXIT_SECTION_FAILED;
}

int cmd_generate(const struct options *o)
{
        CLEANUP_CONTEXT struct context c = { 0 };
        CLEANUP_RIVALS struct rivals rivals = { 0 };
        struct generate_input input = { .rivals = &rivals, .from = o->from ? o->from : FROM_RUNNING };
        CLEANUP_FREE char *text = NULL;
        int r;

        c.config = config_of_modules();
        r = context_open(&c, o, false);
        if (r != EXIT_OK)
                return r;
        r = inventory_read(c.sys, c.config, &c.snapshot.inventory);
        if (r == 0)
                inventory_read_settings(c.sys, c.snapshot.inventory);
        if (r == 0)
                hwdb_name_all(o->root, c.snapshot.inventory);
        if (r == 0)
                rivals_read(c.sys, &rivals);
        if (r < 0)
                return context_look_error(&c, r);
        input.inventory = c.snapshot.inventory;
        text = generate_config(&input);
        return o->output ? write_file(o->output, text) : output_text(text);
}
