/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The switch inside a NIC that its VFs are on: its modes (devlink-eswitch-attr(7)), and when a driver lets them be
 * changed. */
#pragma once

#include "property/property.h"

enum eswitch_mode {
        ESWITCH_UNKNOWN, /* not asked, or it can't be told here; as a wish: as it is */
        ESWITCH_LEGACY,
        ESWITCH_SWITCHDEV,
        ESWITCH_NONE, /* the driver has no eswitch */
        ESWITCH_MODE_MAX,
};

/* "legacy", "switchdev", "none"; NULL: unknown. */
const char *eswitch_mode_name(enum eswitch_mode mode);

/* The one that values have: ESWITCH_NONE where it is lacking. NULL: not known. */
enum eswitch_mode eswitch_of(const struct values *values);

/* What a driver wants of the VFs for the mode to be changed. */
enum eswitch_order {
        ESWITCH_WITHOUT_VFS, /* that there are none */
        ESWITCH_UNBOUND_VFS, /* that they are there, and without drivers */
        ESWITCH_WITH_VFS,    /* that they are there */
};

enum eswitch_order eswitch_order_of(const char *driver);
