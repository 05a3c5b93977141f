/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The least that a program can be: what the helper is measured against. */
int main(void)
{
        return 0;
}
