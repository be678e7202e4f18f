/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LIMESURVEY_NEWEST_H
#define LIMESURVEY_NEWEST_H

#include <stddef.h>
#include <stdint.h>

/* The largest response id of an export as CSV: the numbers of its first column. 0: it has none. *rows is how
 * many have one. */
int64_t newest_id(const char *export, size_t size, size_t *rows);

#endif
