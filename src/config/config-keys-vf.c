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

/* What is refused is none that others could be compared with. */
#define DEFINE_SET_PROPERTY(func, property)                                                        \
        int func(struct config *config, struct config_section *section, const char *value)         \
        {                                                                                          \
                int r = vf_property_parse(property, value, &section->vf.value[property]);          \
                                                                                                   \
                (void) config;                                                                     \
                section->vf.known = (section->vf.known & ~VF_BIT(property)) | (r == 0 ? VF_BIT(property) : 0); \
                return r;                                                                          \
        }

DEFINE_SET_PROPERTY(config_set_vf_mac, VF_MAC)
DEFINE_SET_PROPERTY(config_set_vf_vlan, VF_VLAN)
DEFINE_SET_PROPERTY(config_set_vf_qos, VF_QOS)
DEFINE_SET_PROPERTY(config_set_vf_vlan_protocol, VF_VLAN_PROTOCOL)
DEFINE_SET_PROPERTY(config_set_vf_spoofchk, VF_SPOOFCHK)
DEFINE_SET_PROPERTY(config_set_vf_trust, VF_TRUST)
DEFINE_SET_PROPERTY(config_set_vf_link_state, VF_LINK_STATE)
DEFINE_SET_PROPERTY(config_set_vf_min_tx_rate, VF_MIN_TX_RATE)
DEFINE_SET_PROPERTY(config_set_vf_max_tx_rate, VF_MAX_TX_RATE)
DEFINE_SET_PROPERTY(config_set_vf_query_rss, VF_QUERY_RSS)
DEFINE_SET_PROPERTY(config_set_vf_msix_count, VF_MSIX_COUNT)
