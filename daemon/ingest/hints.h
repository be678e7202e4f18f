/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was taken, and is perhaps not what was meant: sentences for whoever sent the document, each told once.
 */
#ifndef INGEST_HINTS_H
#define INGEST_HINTS_H

#include "base/buf.h"

enum { HINTS_KEPT = 20 };

/* Zeroed is empty. Owned by whoever declares it: hints_free. */
struct hints {
    char *texts[HINTS_KEPT];
    size_t count;
};

void hints_free(struct hints *hints);
/* Copied, unless it is there already or HINTS_KEPT are. Its characters are made fit to be shown. */
void hints_add(struct hints *hints, const char *text);
/* The hint on a name that is spelt otherwise than the one it is taken for: what it is, and both texts. */
void hints_add_respelt(struct hints *hints, struct reader *respelt);

#endif
