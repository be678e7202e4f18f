/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the ingest room. */
#ifndef INGEST_INTERNAL_H
#define INGEST_INTERNAL_H

#include "ingest/ingest.h"
#include "ingest/pseudonym.h"

struct ingest {
    struct store *store;
    struct pseudonym_key key;
    uint64_t deliveries; /* the number of the last one */
    size_t waiting;      /* bytes of events that are on their way to the disk, see events.h */
    void (*grew)(void *data);
    void *grew_data;
};

#endif
