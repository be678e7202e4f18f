/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names that a script finds in its functions: for the worker, which puts them there, and for the check,
 * which looks for others. Each list ends with NULL. */
#ifndef SCRIPT_OFFERS_H
#define SCRIPT_OFFERS_H

#include "script/declaration.h"

/* Variables. */
extern const char *const offers_globals[];
/* Of a library, as in math.floor; NULL: there is no such library. */
const char *const *offers_library(const char *name);
/* Of g in compute, besides the inputs. */
extern const char *const offers_group[];
/* Of an event in a function of w.derive: OFFERS_EVENT_TEXTS texts, then numbers. */
extern const char *const offers_event[];
enum { OFFERS_EVENT_TEXTS = 2, OFFERS_EVENT_TIMES = 3 };
/* Of now and before in an alert. */
extern const char *const offers_result[];
/* Of an input of this kind, as in g.NAME.mean. */
const char *const *offers_input(enum input_kind kind);

bool offers_has(const char *const *offers, const char *name);
/* "; did you mean 'x'?" for the nearest one, or "; NAME has a, b and c". To be freed. */
char *offers_suggestion(const char *const *offers, const char *given, const char *name);
/* Likewise of what an input lacks. Of what the other kind of inputs has, no other name is meant. */
char *offers_input_suggestion(enum input_kind kind, const char *given);

#endif
