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
        section->stable_macs = streq(value, "stable");
        return 0;
}

int config_set_pf_up(struct config *config, struct config_section *section, const char *value)
{
        (void) config;
        return parse_boolean(value, &section->pf_up);
}

/* The kernel's bounds for IPv4; the driver has its own. */
int config_set_mtu(struct config *config, struct config_section *section, const char *value)
{
        uint64_t mtu;

        (void) config;
        if (parse_unsigned(value, 10, 65535, &mtu) < 0 || mtu < 68)
                return -EINVAL;
        section->mtu = (unsigned) mtu;
        return 0;
}

int config_set_eswitch(struct config *config, struct config_section *section, const char *value)
{
        (void) config;
        if (eswitch_mode_parse(value, &section->eswitch) < 0 || section->eswitch == ESWITCH_NONE)
                return -EINVAL;
        return 0;
}
