/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The groups and periods that there are, for whoever asks about one: a name that nobody ever gave is most
 * likely misspelled, and no answer would look like an answer. These run in a reading job.
 */
#ifndef ENGINE_KNOWN_H
#define ENGINE_KNOWN_H

#include "base/error.h"
#include "script/declaration.h"
#include "store/store.h"

/* ERROR_NOT_FOUND, naming the nearest, where there is no group of this path. */
int known_group(struct store_view *view, const char *path, struct error *error);
/* The same for a period of a calendar. A day, week, month or school year is known also when nothing has
 * happened in it. */
int known_period(struct store_view *view, const char *calendar, enum period_kind kind, const char *label,
                 struct error *error);

#endif
