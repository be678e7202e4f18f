/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people are told of an alert in a group: a JSON object that is kept with its state and goes into the
 * alert log. Only published values go into it (engine/publication/gate.h). */
#ifndef ENGINE_ALERT_TEXT_H
#define ENGINE_ALERT_TEXT_H

#include "engine/publication/gate.h"
#include "script/declaration.h"

struct alert_facts {
    const struct alert_declaration *alert;
    const struct indicator_declaration *indicator;
    const char *path, *level;
    const struct published *now, *before; /* NULL: there is none */
};

/* {"indicator","title","severity","group","level","period","value","before","n","summary"}; free it. */
char *alert_text_make(const struct alert_facts *facts);
/* The same with "alert", "state", "was" and "time" before it: an entry of the log. `was` may be NULL. */
char *alert_text_log(const char *body, const char *alert, const char *state, const char *was, int64_t time);

#endif
