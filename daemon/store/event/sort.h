/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the store room: sorting many numbers. */
#ifndef STORE_EVENT_SORT_H
#define STORE_EVENT_SORT_H

#include <stddef.h>

/* A record is two numbers of eight bytes. They are brought into ascending order of the first; those that have
 * the same stay in theirs. No number is as large as 2 to the power of 8 * `bytes`. */
enum { SORTED_BYTES = 16 };
void sort_records(void *records, size_t count, int bytes);

#endif
