/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LIMESURVEY_NEWEST_H
#define LIMESURVEY_NEWEST_H

#include <stddef.h>
#include <stdint.h>

/* The rows of an export below its heading. */
struct export_rows {
    size_t with_id, without_id;
};

/* The largest response id of an export as CSV: the numbers of its first column. 0: it has none. */
int64_t newest_id(const char *export, size_t size, struct export_rows *rows);

#endif
