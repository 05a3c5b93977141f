/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* passthru-setup: reads the command line and runs the verb. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cli/complete.h"
#include "cli/help.h"
#include "cmd/cmd.h"
#include "report/output.h"
#include "report/progress.h"

static int print(const char *text)
{
        return output_text(text ? text : "");
}

static int cmd_help(const struct options *o)
{
        enum verb verb = o->n_args > 0 ? verb_find(o->args[0]) : VERB_MAX;
        CLEANUP_FREE char *text = help_text(verb);

        if (o->n_args > 0 && verb == VERB_MAX) {
                CLEANUP_FREE char *unknown = options_unknown_verb(o->args[0]);

                return usage_error("%s", unknown);
        }
        return print(text);
}

static int cmd_complete(const struct options *o)
{
        CLEANUP_FREE char *text = complete_line(o->args, o->n_args);

        return print(text);
}

static int (*const run[VERB_MAX])(const struct options *o) = {
        [VERB_LIST] = cmd_list,
        [VERB_TREE] = cmd_tree,
        [VERB_EXPLAIN] = cmd_explain,
        [VERB_DOCTOR] = cmd_doctor,
        [VERB_ADD] = cmd_add,
        [VERB_REMOVE] = cmd_remove,
        [VERB_EDIT] = cmd_edit,
        [VERB_CHECK] = cmd_check,
        [VERB_PLAN] = cmd_plan,
        [VERB_APPLY] = cmd_apply,
        [VERB_STATUS] = cmd_status,
        [VERB_WAIT] = cmd_wait,
        [VERB_RELEASE] = cmd_release,
        [VERB_GENERATE] = cmd_generate,
        [VERB_EXPORT] = cmd_export,
        [VERB_BOOT_CONFIG] = cmd_boot_config,
        [VERB_HOOK] = cmd_hook,
        [VERB_HELP] = cmd_help,
        [VERB_COMPLETE] = cmd_complete,
};

int main(int argc, char **argv)
{
        CLEANUP_OPTIONS struct options o = { 0 };
        CLEANUP_FREE char *error = NULL, *help = NULL;
        int status;

        (void) setlocale(LC_CTYPE, "");
        (void) umask(0022);
        if (options_parse(argc, argv, &o, &error) < 0) {
                status = usage_error("%s", error);
                if (options_have_json(argc, argv))
                        output_json_errors();
                return status;
        }
        if (o.version)
                return output_text("passthru-setup " VERSION "\n");
        if (!o.help) {
                status = run[o.verb](&o);
                progress_clear();
                if (o.json && status != EXIT_OK)
                        output_json_errors();
                return status;
        }
        help = help_text(o.verb);
        return print(help);
}
