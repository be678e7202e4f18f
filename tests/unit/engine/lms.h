/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events as an LMS would send them, straight into the store of a world. */
#ifndef TESTS_ENGINE_LMS_H
#define TESTS_ENGINE_LMS_H

#include "store/store.h"

struct lms_event {
    size_t number; /* its id */
    int64_t time;  /* ms since 1970 UTC */
    size_t actor;
    const char *verb;
    const char *course;  /* NULL: none */
    const size_t *voids; /* the number of the event that it takes back; NULL: it takes none back */
};

/* In a writing job. */
int lms_append(struct store_tx *tx, const struct lms_event *event, struct error *error);

#endif
