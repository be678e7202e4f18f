/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the store room: waves that begin or end with a response that is being forgotten. */
#ifndef STORE_FORGET_STARTS_H
#define STORE_FORGET_STARTS_H

#include "store/internal.h"

/* Zeroed is empty. */
struct wave_starts {
    struct wave_start {
        uint32_t period;
        int64_t was, is; /* when it begins, with and without what goes; INT64_MIN: nobody knows */
        bool goes;       /* it begins with something that goes */
        int64_t latest_was, latest_is; /* likewise the last time seen in it */
        bool latest_goes;
    } * all;
    size_t count;
};

/* Before the entries are removed. */
int wave_starts_find(struct wave_starts *starts, struct store_view *view, uint64_t forgetting,
                     struct error *error);
/* After that: the waves begin and end with what is left, and what is compared in their order is marked. */
int wave_starts_renew(struct wave_starts *starts, struct store_tx *tx, struct error *error);
void wave_starts_free(struct wave_starts *starts);

#endif
