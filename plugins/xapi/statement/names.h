/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts that come again, each once, with the roles that they were met in. */
#ifndef XAPI_NAMES_H
#define XAPI_NAMES_H

#include "base/map.h"

struct name {
    size_t start, size; /* in the buffer of texts, where NUL follows */
    uint32_t roles;     /* bits */
};

/* Zeroed is empty. */
struct names {
    struct name *items;
    size_t count, capacity;
    struct map map; /* once there are many */
};

void names_free(struct names *names);
void names_clear(struct names *names);
/* Takes the text from `start` to the end of `texts`, which ends with NUL; cuts it off again if it was there.
 * Gives its index. */
uint32_t names_take(struct names *names, struct buf *texts, size_t start, uint32_t roles);

#endif
