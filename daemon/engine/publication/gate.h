/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one gate out: every value that leaves the daemon comes from here. Nobody but the engine reads results
 * from the store. Shown is what was decided to be published (engine/publication/publication.h says how,
 * engine/publication/decisions.h when); a result of which nothing was decided is withheld, and so is its n.
 * One that fewer than `min_group_size` people stand behind is called "small_group". Any other is
 * "complementary": it could give away another, or what everybody in the group answered. Which of the two it
 * is would itself say too much.
 *
 * Answers of a survey that are not released yet (engine/release/release.h) are in no result. A group that has
 * such answers in a period, and no result there, is "pending_change".
 */
#ifndef ENGINE_GATE_H
#define ENGINE_GATE_H

#include "base/error.h"
#include "store/store.h"

struct group_names;
struct period_names;

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
    const char *withheld; /* "small_group", "complementary", "pending_change", or NULL */
    bool stale;          /* it is the last good one: what came in since is not in it, for its script failed */
    int64_t computed_at; /* 0: it is withheld, and when somebody answered is nobody's business */
};

/* What results of an indicator are behind, while its script cannot be called. */
enum gate_lag {
    LAG_NONE = 0,
    LAG_MARKED = 1, /* those that wait to be computed anew */
    LAG_ALL = 2,    /* any: its inputs do not take in what comes */
};

struct gate_filter {
    const char *indicator; /* its id */
    const char *group;     /* path; NULL: all */
    const char *level;     /* NULL: all */
    /* Label; "*": all. NULL: each group's latest that has a result; of a group without any, the latest that
     * is pending. */
    const char *period;
    int64_t
        begun_by; /* one that begins after this is nobody's latest (engine_latest_begins); ms since 1970 */
    enum gate_lag lag;
    const char *calendar;      /* of the indicator's periods; what is pending is looked for in these */
    const char *const *levels; /* of the indicator */
    size_t level_count;
    /* Paging: entries after this one, at most `limit` (0: all). Either both are set, or neither: from the
     * start. */
    const char *after_group, *after_period;
    size_t limit;
};

/* Visits values, and what is pending, in order of group path, then period (oldest first: by the period's
 * start, then its label). Runs in a reading job. *more says whether `limit` cut it short. An indicator that
 * the store does not know, for its script was loaded a moment ago, has no values yet. */
int gate_values(struct store_view *view, int min_group_size, const struct gate_filter *filter,
                int (*visit)(void *data, const struct published *value), void *data, bool *more,
                struct error *error);

/* What a calendar's values are told by. Everything lives as long as it is used. */
struct gate_calendar {
    const struct group_names *groups;
    const struct period_names *periods;
    const uint32_t *latest_first; /* the numbers of its periods that have begun */
    size_t period_count;
};

/* A group's last value and the one before it. Texts point into the names, and into `texts`. */
struct gate_pair {
    bool has_now, has_before;
    struct published now, before;
    struct buf texts[2];
};

/* Runs in a reading job. Free the pair. */
int gate_latest(struct store_view *view, int min_group_size, uint32_t indicator, uint32_t group,
                const struct gate_calendar *calendar, struct gate_pair *pair, struct error *error);
void gate_pair_free(struct gate_pair *pair);

#endif
