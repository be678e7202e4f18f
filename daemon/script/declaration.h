/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a script declares, as the engine reads it. Made from the JSON that the worker sends
 * (script/PROTOCOL.md). */
#ifndef SCRIPT_DECLARATION_H
#define SCRIPT_DECLARATION_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A text for people; either may be NULL. */
struct bilingual {
    char *nl, *en;
};

struct item_declaration {
    char *id;
    struct bilingual text;
    bool reverse;
    bool has_range;
    double low, high; /* a reversed answer x counts as low + high - x in a scale */
};

struct instrument_declaration {
    char *id;
    struct bilingual title;
    char **levels; /* outermost first */
    size_t level_count;
    struct item_declaration *items;
    size_t item_count;
    char *json; /* the whole declaration, for the plugin that reads its exports */
};

enum input_kind { INPUT_SCALE = 1, INPUT_ITEM = 2, INPUT_SHARE = 3, INPUT_DERIVE = 4 };

struct input_declaration {
    char *name;
    enum input_kind kind;
    char **items; /* scale: all; item and share: one; derive: none */
    size_t item_count;
    int min_answered;         /* scale */
    bool has_least, has_most; /* share: the part of the answers with at_least <= x <= at_most */
    double at_least, at_most;
};

struct indicator_declaration {
    char *id;
    struct bilingual title;
    char *unit; /* or NULL */
    char *instrument;
    char **levels; /* `by` */
    size_t level_count;
    struct input_declaration *inputs; /* in the order of their names */
    size_t input_count;
    char *file; /* where it is declared, relative to the scripts folder */
    int line;
};

/* What one file declares. */
struct declarations {
    struct instrument_declaration *instruments;
    size_t instrument_count;
    struct indicator_declaration *indicators;
    size_t indicator_count;
};

int declarations_parse(struct declarations *declarations, const char *json, struct error *error);
void declarations_free(struct declarations *declarations);

/* A copy that lives on its own. */
void indicator_declaration_copy(struct indicator_declaration *copy,
                                const struct indicator_declaration *original);
void indicator_declaration_free(struct indicator_declaration *indicator);

#endif
