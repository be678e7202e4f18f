/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How much a script is asked for at once. It has its second for each of what is asked, but there is one clock
 * for a whole request: a batch that is out of time is asked again in halves, and once halves go well they
 * grow together again.
 */
#ifndef SCRIPT_BATCH_SIZE_H
#define SCRIPT_BATCH_SIZE_H

#include <stddef.h>

struct batch_size {
    size_t now;    /* 0: there has been no need to ask for less */
    unsigned good; /* batches of that size in a row */
};

/* How many of `most` to ask for. */
size_t batch_size_of(const struct batch_size *size, size_t most);
/* A batch of `asked` was too much. */
void batch_size_halve(struct batch_size *size, size_t asked);
/* One went well; `most` is the size that a batch ever has. */
void batch_size_worked(struct batch_size *size, size_t most);

#endif
