/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check: the configuration alone, as nginx -t. Looks at no device. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/strbuf.h"
#include "cmd/cmd.h"
#include "config/config-load.h"
#include "json/render-json.h"
#include "report/log.h"
#include "report/output.h"

static void add_diag(struct strbuf *b, const struct diag *d)
{
        if (d->file && d->line)
                strbuf_addf(b, "%s:%u: %s\n", d->file, d->line, d->text);
        else
                strbuf_addf(b, "%s: %s\n", d->file ? d->file : "passthru-setup", d->text);
}

static int print_text(const struct config *config, const struct diag_list *diags)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };
        size_t n = 0;

        for (size_t i = 0; i < diags->n; i++)
                add_diag(&text, &diags->items[i]);
        for (size_t i = 0; i < config->n_left_out; i++)
                strbuf_addf(&text, "%s:%u: the file does not apply to this host: %s\n", config->left_out[i].loc.file,
                            config->left_out[i].loc.line, config->left_out[i].condition);
        for (size_t i = 0; i < config->n_sections; i++)
                n += config->sections[i]->kind != SECTION_DEFAULTS;
        if (diag_has_errors(diags))
                strbuf_addf(&text, "%zu %s.\n", diags->n_errors, diags->n_errors == 1 ? "mistake" : "mistakes");
        else
                strbuf_addf(&text, "%zu %s in %zu %s: no mistakes.\n", n, n == 1 ? "section" : "sections",
                            config->n_files, config->n_files == 1 ? "file" : "files");
        return output_text(text.text);
}

int cmd_check(const struct options *o)
{
        CLEANUP(config_freep) struct config *config = NULL;
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        CLEANUP_FREE char *json = NULL;
        const char *file = o->n_args > 0 ? o->args[0] : NULL;
        int r;

        if (o->as_dropin)
                r = config_load_dropin(file, !streq(o->root, "/"), &diags, &config);
        else
                r = config_load(o->root, file, !streq(o->root, "/"), &diags, &config);
        if (r < 0) {
                log_plain(LOG_ERR, NULL, "Failed to read the configuration: %s", strerrordesc_np(-r));
                return EXIT_CONFIG_ERROR;
        }
        if (config->n_files == 0 && diags.n == 0)
                diag_add(&diags, DIAG_ERROR, NULL,
                         "there is no /etc/passthru.conf (nor in /run or /usr/lib), and no "
                         "drop-in");
        if (o->json) {
                json = render_check_json(config, &diags);
                r = output_text(json);
        } else
                r = print_text(config, &diags);
        return r == EXIT_OK && diag_has_errors(&diags) ? EXIT_CONFIG_ERROR : r;
}
