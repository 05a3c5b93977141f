/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys about a PF's interface and its VFs' settings. */
#include <errno.h>

#include "base/macro.h"
#include "base/strutil.h"
#include "config/config-keys.h"

int config_set_vf_macs(struct config *config, struct config_section *section, const char *value)
{
        (void) config;
        if (!streq(value, "stable") && !streq(value, "random"))
                return -EINVAL;
        section->values.stable = streq(value, "stable") ? PROPERTY_BIT(PROPERTY_MAC) : 0;
        return 0;
}
