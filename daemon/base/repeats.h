/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What goes wrong with one thing, as the log is told of it: the first time at once, the same never again, and
 * another at most once a minute, with how many there were that it was not told of.
 */
#ifndef BASE_REPEATS_H
#define BASE_REPEATS_H

#include <stdint.h>

/* Zeroed: nothing was told. */
struct repeats {
    char *told;
    int64_t told_at;
    uint64_t untold;
};

/* Logs "LABEL TEXT", on one line. */
void repeats_tell(struct repeats *repeats, const char *label, const char *text);
/* Keeps in *shown, to be freed, what is wrong with a thing now; NULL: nothing is. Another than before is
 * told, as "WHAT ID: ERROR". */
void repeats_show(struct repeats *repeats, char **shown, const char *what, const char *id, const char *error);
/* The next one is a first one again. */
void repeats_forget(struct repeats *repeats);

#endif
