/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one gate out: every value that leaves the daemon comes from here. Nobody but the engine reads results
 * from the store. First form: primary suppression. A result that fewer than `min_group_size` people stand
 * behind is withheld, and its n with it.
 */
#ifndef ENGINE_GATE_H
#define ENGINE_GATE_H

#include "base/error.h"
#include "store/store.h"

struct published {
    const char *group; /* path */
    const char *level, *period;
    enum store_value_kind kind;
    double value;
    int64_t integer;
    bool has_n;
    int64_t n;
    bool has_ci;
    double ci[2];
    const char *extra;    /* JSON object, or NULL */
    const char *reason;   /* why there is no value, or NULL */
    const char *withheld; /* "small_group", or NULL */
    int64_t computed_at;
};

struct gate_filter {
    const char *indicator; /* its id */
    const char *group;     /* path; NULL: all */
    const char *level;     /* NULL: all */
    const char *period;    /* label; NULL: each group's latest; "*": all */
    /* Paging: entries after this one, at most `limit` (0: all). Either both are set, or neither: from the
     * start. */
    const char *after_group, *after_period;
    size_t limit;
};

/* Visits values in order of group path, then period (oldest first: by the period's start, then its label).
 * Runs in a reading job. *more says whether `limit` cut it short. An unknown indicator is ERROR_NOT_FOUND. */
int gate_values(struct store_view *view, int min_group_size, const struct gate_filter *filter,
                int (*visit)(void *data, const struct published *value), void *data, bool *more,
                struct error *error);

#endif
