/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What several statements say of one activity, put together. */
#ifndef XAPI_ACTIVITY_DEFINITION_H
#define XAPI_ACTIVITY_DEFINITION_H

#include "json/json.h"

enum { LARGEST_DEFINITION = 256 << 10 };

/* Zeroed is empty. */
struct activity_definition {
    struct buf text; /* a JSON object; empty: nothing is known */
    struct buf last; /* the definition that was added last, as it stood */
};

/* Adds what a statement says of the activity as its object. Statements are added newest first, for what was
 * said later stays: an older one adds members that are not there yet, and to name, description and extensions
 * each entry that is not there yet. What would make it larger than LARGEST_DEFINITION is not added. */
void activity_definition_add(struct activity_definition *definition, const char *id, const char *statement,
                             size_t size);
void activity_definition_free(struct activity_definition *definition);

#endif
