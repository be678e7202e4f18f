/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the engine room: how far the answers of which group are released (engine/release/release.h). */
#ifndef ENGINE_PENDING_H
#define ENGINE_PENDING_H

#include "base/map.h"
#include "store/store.h"

/* Zeroed is empty: nothing is released. */
struct releases {
    uint64_t *periods; /* by period: so far at least, whatever the group */
    size_t period_count;
    struct map groups; /* of a period and group in `positions` */
    uint64_t *positions;
    size_t position_count;
    uint64_t *wanted; /* periods and groups of which something must not wait */
    size_t wanted_count;
};

int releases_read(struct releases *releases, struct store_view *view, struct error *error);
void releases_free(struct releases *releases);
/* Is what came at this position released? */
bool releases_cover(const struct releases *releases, uint32_t period, uint32_t group, uint64_t position);
bool releases_want(const struct releases *releases, uint32_t period, uint32_t group);

#endif
