/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each basic block of the library calls in the tests that do not count them (tests/fake/test-linear.c does). */
void __sanitizer_cov_trace_pc(void);

void __sanitizer_cov_trace_pc(void)
{
}
