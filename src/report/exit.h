/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a verb ends. */
#pragma once

enum exit_status {
        EXIT_OK = 0,
        EXIT_SECTION_FAILED = 1,
        EXIT_CHANGES = 2,      /* plan --detailed-exitcode: there is something to do */
        EXIT_USAGE_ERROR = 64, /* sysexits.h */
        EXIT_NO_PRIVILEGE = 77,
        EXIT_CONFIG_ERROR = 78,
};
