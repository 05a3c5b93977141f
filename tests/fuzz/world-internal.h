/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a section of the made configuration says, for its text and for what it may touch. */
#pragma once

#include "fuzz/world.h"

enum kind { KIND_DEVICE, KIND_SRIOV, KIND_MDEV, KIND_MODULE };
enum way { BY_ADDRESS, BY_SLOT, BY_ID, BY_PATH, BY_INTERFACE, BY_MAC, BY_SERIAL, BY_VF, BY_NAME };

enum kind world_kind(const struct world_section *s);
enum way world_way(const struct world *w, const struct world_section *s);
size_t world_device(const struct world *w, const struct world_section *s); /* that it names */
/* The [sriov] section whose VF it names, or NULL; and the VF's number. */
const struct world_section *world_pf(const struct world *w, const struct world_section *s);
unsigned world_vf(const struct world_section *s);
const char *world_serial(const struct fake_pci *spec, const struct world_section *s);
bool world_names_vf_interface(const struct world_section *s);
bool world_is_off(const struct world_section *s);
bool world_whole_id(const struct world_section *s); /* with the subsystem's */
bool world_expects_another(const struct world *w, const struct world_section *s);
bool world_all_functions(const struct world *w, const struct world_section *s);
bool world_whole_group(const struct world *w, const struct world_section *s);
const char *world_module(const struct world_section *s);
