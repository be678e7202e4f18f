/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Something that does not work at the moment: told in the log when it begins and when it is over, and kept
 * for those who ask. One that comes and goes, as on a disk that is nearly full, is told once a minute; one
 * that came back within that minute and stayed, when the minute is over.
 */
#ifndef BASE_TROUBLE_H
#define BASE_TROUBLE_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed: there is none. */
struct trouble {
    char *text; /* or NULL */
    bool told;
    int64_t told_at;
};

/* To be called as often as it shows; logs "WHAT: TEXT" where it begins. */
void trouble_begins(struct trouble *trouble, const char *what, const char *text);
/* Logs `over` where it was told of. Does nothing where there is none. */
void trouble_is_over(struct trouble *trouble, const char *over);
void trouble_free(struct trouble *trouble);

#endif
