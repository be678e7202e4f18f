/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The schemas as they were released, with rows as that version wrote them; each after those before it. A new
 * version gets a new entry, and none is ever changed. */
#ifndef TEST_STORE_VERSIONS_H
#define TEST_STORE_VERSIONS_H

#include <stddef.h>

struct store_version {
    const char *schema, *rows;
};

extern const struct store_version store_versions[];
extern const size_t store_version_count;

#endif
