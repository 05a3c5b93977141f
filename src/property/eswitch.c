/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of the eswitch's modes, and the order that each driver wants. */
#include "property/eswitch.h"

#include <stddef.h>

#include "base/macro.h"
#include "base/strutil.h"

const char *eswitch_mode_name(enum eswitch_mode mode)
{
        for (const struct property_word *w = properties[PROPERTY_ESWITCH].words; w->text; w++)
                if (w->value == mode)
                        return w->text;
        return mode == ESWITCH_NONE ? "none" : NULL;
}

enum eswitch_mode eswitch_of(const struct values *values)
{
        if (!values)
                return ESWITCH_UNKNOWN;
        if (values->lacking & PROPERTY_BIT(PROPERTY_ESWITCH))
                return ESWITCH_NONE;
        return values_have(values, PROPERTY_ESWITCH) ? (enum eswitch_mode) values->value[PROPERTY_ESWITCH]
                                                     : ESWITCH_UNKNOWN;
}

/* Any driver takes the mode while there are no VFs but the one that is said to want them. ice_eswitch_mode_set()
 * refuses it (EOPNOTSUPP) while there are some; so an unknown driver is taken for one like it. */
static const struct {
        const char *driver;
        enum eswitch_order order;
} orders[] = {
        /* mlx5_devlink_eswitch_mode_set() takes the switch down under its VFs and sets it up again, whether they have
         * drivers or not: a driver would be left on a port that has gone. */
        { "mlx5_core", ESWITCH_UNBOUND_VFS },
        /* bnxt_dl_eswitch_mode_set() makes representors of the VFs that are there; up to Linux 6.3 it refuses (EPERM)
         * while there are none. */
        { "bnxt_en", ESWITCH_WITH_VFS },
};

enum eswitch_order eswitch_order_of(const char *driver)
{
        for (size_t i = 0; i < ARRAY_SIZE(orders); i++)
                if (streq_ptr(orders[i].driver, driver))
                        return orders[i].order;
        return ESWITCH_WITHOUT_VFS;
}
