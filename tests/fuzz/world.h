/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A machine and a configuration for it, both out of a fuzzer's input; for fuzz-plan.c. */
#pragma once

#include "base/strbuf.h"
#include "fake/fake-kernel.h"
#include "fuzz/fuzz.h"

#define WORLD_DEVICES_MAX 8
#define WORLD_SECTIONS_MAX 6

/* Records of the input have a fixed size, so that a change in one leaves the others what they are. */
struct world_device {
        uint8_t model, place, driver, group, vfs, have, trouble, twin;
};

struct world_section {
        uint8_t kind, device, selector, take, number, flags, vf, type, uuid, more;
};

struct world_fault {
        uint16_t n;    /* of the run's operations */
        uint8_t fault; /* 0: none; else enum fake_fault and 1 */
        uint8_t error;
};

/* What happens after the first configuration is in force: VMs start, and one section is another. */
struct world_change {
        uint8_t opened; /* by device, and its VFs and mdevs: bits */
        uint8_t section, take, number;
};

struct world {
        unsigned n_devices, n_sections;
        uint8_t machine, defaults;
        struct world_fault fault;
        struct world_change change;
        struct world_device devices[WORLD_DEVICES_MAX];
        struct world_section sections[WORLD_SECTIONS_MAX];
        size_t places[WORLD_DEVICES_MAX]; /* of each device: index into the table of places */
};

void world_read(struct world *w, struct input *in);

/* The machine as it is before the first run; another one, and the same, at each call. */
struct fake_kernel *world_kernel(const struct world *w);

/* Of a device: where it is, the path by which a section may name it, and what it is. */
const char *world_address(const struct world *w, size_t device);
const char *world_path(const struct world *w, size_t device);
struct fake_pci world_spec(const struct world *w, size_t device);

/* VMs open what VFIO has of the devices that world_change tells. */
void world_start_vms(const struct world *w, struct fake_kernel *k);

/* In the middle of a run, after a write that the input tells, a device is pulled out; false: it tells none. */
bool world_pull(const struct world *w, struct fake_kernel *k);
/* It is put in again, if it was pulled. */
void world_put_back(const struct world *w, struct fake_kernel *k);

/* The same machine with the configuration that comes after. */
struct world world_changed(const struct world *w);

/* The configuration's text. */
void world_config(const struct world *w, struct strbuf *text);

/* Claims in the kernel what the configuration's sections may touch, and nothing else: worked out from the machine and
 * from what passthru.conf(5) says of the keys, without the code under test. */
void world_claim(const struct world *w, struct fake_kernel *k);

/* How the machine is: a line for each device and mdev, sorted. A new string. */
char *world_digest(struct fake_kernel *k);
