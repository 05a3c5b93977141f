/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of the rooms without system calls that test-memory.c runs without memory. */
#pragma once

#include "base/strbuf.h"
#include "unit/rich.h"

/* What the parts are given: whole. */
struct world {
        struct planned p;
        struct planned few; /* a section of each kind, for what needs much memory for each */
        struct usage *usage;
};

/* A part of them. Returns 0 with what came out of it appended to text, or -ENOMEM. */
typedef int (*part)(const struct world *w, struct strbuf *text);

int part_rows(const struct world *w, struct strbuf *text);
int part_json(const struct world *w, struct strbuf *text);
int part_list(const struct world *w, struct strbuf *text);
int part_list_json(const struct world *w, struct strbuf *text);
int part_tree(const struct world *w, struct strbuf *text);
int part_tree_json(const struct world *w, struct strbuf *text);
int part_explain(const struct world *w, struct strbuf *text);
int part_explain_json(const struct world *w, struct strbuf *text);
int part_export(const struct world *w, struct strbuf *text);
int part_prometheus(const struct world *w, struct strbuf *text);
int part_doctor(const struct world *w, struct strbuf *text);
int part_doctor_output(const struct world *w, struct strbuf *text);
int part_doctor_texts(const struct world *w, struct strbuf *text);
int part_release(const struct world *w, struct strbuf *text);
int part_prune(const struct world *w, struct strbuf *text);
int part_loader(const struct world *w, struct strbuf *text);
int part_boot_grub(const struct world *w, struct strbuf *text);
int part_boot_cmdline(const struct world *w, struct strbuf *text);
int part_generated(const struct world *w, struct strbuf *text);
int part_rivals(const struct world *w, struct strbuf *text);
int part_generate(const struct world *w, struct strbuf *text);

/* Appends the string, and frees it. */
void part_add(struct strbuf *text, char *s);
