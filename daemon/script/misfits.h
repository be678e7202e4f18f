/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the declarations of one file get wrong about those of all: ids that are there already, and names of
 * what is not there. */
#ifndef SCRIPT_MISFITS_H
#define SCRIPT_MISFITS_H

#include "script/declaration.h"

/* Everything in it lives until the call that it is handed to returns. */
struct misfit {
    const char *code; /* "duplicate-id", "unknown-item" and the like */
    bool waits;       /* nothing is wrong yet: what is not there may still come */
    const char *file; /* of the declaration that does not fit */
    int line;
    const char *kind, *id; /* "indicator" and its id */
    const char *key;       /* of the declaration where `name` stands: "by", "inputs", "on" ... */
    const char *input;     /* of `inputs`: which one; else NULL */
    const char *name;      /* what does not fit */
    const char *message;
};
/* false: no more are wanted. */
typedef bool (*misfit_fn)(void *data, const struct misfit *misfit);

struct declarations_list {
    const struct declarations **list;
    size_t count;
};

/* Ids that one of the `earlier` files declares already. */
void misfits_duplicates(const struct declarations *declarations, const struct declarations_list *earlier,
                        misfit_fn found, void *data);
/* Instruments, items, levels and indicators that `all` do not have. */
void misfits_unknown(const struct declarations *declarations, const struct declarations_list *all,
                     misfit_fn found, void *data);

#endif
