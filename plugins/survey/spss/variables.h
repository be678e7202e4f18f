/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The variables of an SPSS file, and the character set of its texts. */
#ifndef SURVEY_SPSS_VARIABLES_H
#define SURVEY_SPSS_VARIABLES_H

#include "charset.h"
#include "labels.h"
#include "row.h"
#include "values.h"

#include <readstat.h>

enum { MOST_MISSING = 3 };

struct variable {
    char *name, *label; /* as they stand in the file; "": it has no label */
    enum value_kind kind;
    size_t width;                      /* of a text, in bytes; 0: it is not known */
    size_t noughts;                    /* a whole number is shown with so many digits: N8 */
    bool calls_some_missing;           /* values that stand in the file like others */
    struct value_set labels;           /* of its answers; none where nobody asked for them */
    char *missing_texts[MOST_MISSING]; /* of a text: these, without blanks behind them; NULL after the last */
};

struct variables {
    struct variable *list;
    size_t count, capacity;
    enum charset charset;
    bool is_told; /* what a text looks like does not change it */
};

/* A variable as ReadStat tells it, after those before it; `labels` of its values, or NULL. */
void variables_add(struct variables *variables, readstat_variable_t *told, const struct value_set *labels);
void variables_free(struct variables *variables);

/* Is it a value that the variable calls missing? `told` is the same variable, as ReadStat tells it. */
bool variable_calls_missing(const struct variable *variable, readstat_variable_t *told,
                            readstat_value_t value);

/* Sets the character set by what the file says, NULL: nothing, and the feed's section. false: it is none that
 * is known here. */
bool variables_set_charset(struct variables *variables, const char *said, enum charset told);

/* Adds a text of the file to a row, as UTF-8 and without blanks around it. One of `width` bytes may be cut
 * off within its last character, which is left out. */
void variables_add_text(const struct variables *variables, struct row_builder *row, const char *text,
                        size_t width);

#endif
