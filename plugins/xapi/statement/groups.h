/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the levels of an event's group come from: the option `groups`, as
 *
 *     team: team, course: grouping|parent
 *
 * Levels are separated by commas, outermost first; the sources of a level by bars, and the first that finds
 * something counts. A level of which none does is left out. The sources:
 *
 *     team             the name of context.team, or the name of its account
 *     grouping parent category   the first activity there is in context.contextActivities
 *     object           the object, where it is an activity
 *     platform         context.platform
 *     extension:IRI    a text in context.extensions
 *
 * An activity is called as its definition has it, in Dutch, in English, or in whatever language comes first;
 * one without a name, by its id.
 */
#ifndef XAPI_GROUPS_H
#define XAPI_GROUPS_H

#include "json/json.h"

#define GROUPS_DEFAULT "course: grouping|parent"

enum { MOST_LEVELS = 8, MOST_SOURCES = 8 };

struct group_rules;

/* NULL: the error says which level or source is wrong, and how. */
struct group_rules *group_rules_read(const char *text, struct error *error);
void group_rules_free(struct group_rules *rules);

size_t group_rules_count(const struct group_rules *rules);
const char *group_rules_level(const struct group_rules *rules, size_t index);
/* Appends the name of that level's group, and NUL. false: the statement tells none. */
bool group_rules_find(const struct group_rules *rules, size_t index, const struct json *json,
                      uint32_t statement, struct buf *out);

#endif
