/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts of alerts with names in braces: "{group} fell to {value}". "{{" and "}}" stand for a brace. */
#ifndef SCRIPT_PLACEHOLDERS_H
#define SCRIPT_PLACEHOLDERS_H

#include "base/buf.h"
#include "base/error.h"

/* What an alert's text may name. */
enum placeholder {
    PLACEHOLDER_GROUP,     /* the group's own name: the last step of its path */
    PLACEHOLDER_PATH,      /* the whole path */
    PLACEHOLDER_LEVEL,     /* "team" */
    PLACEHOLDER_PERIOD,    /* the label of the period of the value */
    PLACEHOLDER_VALUE,     /* the indicator's value */
    PLACEHOLDER_BEFORE,    /* its value of the period before */
    PLACEHOLDER_CHANGE,    /* value - before, with its sign */
    PLACEHOLDER_N,         /* how many people stand behind the value */
    PLACEHOLDER_INDICATOR, /* its title, or its id */
    PLACEHOLDER_UNIT,
    PLACEHOLDERS
};

/* Is every name known? The error names the nearest one. */
int placeholders_check(const char *text, struct error *error);
/* Appends the text with values for names; `values` has PLACEHOLDERS entries. The text has been checked. */
void placeholders_fill(const char *text, const char *const *values, struct buf *out);

#endif
