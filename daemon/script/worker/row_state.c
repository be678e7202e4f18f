/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/row_state.h"

#include <string.h>

bool row_state_is_needed(const struct program *program)
{
    if (program->wave_count)
        return true;
    for (size_t i = 0; i < program->indicator_count; i++)
        for (size_t k = 0; k < program->indicators[i].input_count; k++)
            if (input_is_derived(program->indicators[i].inputs[k].kind))
                return true;
    return false;
}

/* They stand in order of their names. */
static bool same_inputs(const struct program_indicator *first, const struct program_indicator *second)
{
    if (!second || first->input_count != second->input_count)
        return false;
    for (size_t i = 0; i < first->input_count; i++)
        if (first->inputs[i].kind != second->inputs[i].kind ||
            strcmp(first->inputs[i].name, second->inputs[i].name) != 0)
            return false;
    return true;
}

static bool differs(const struct program *first, const char *what, const char *id, struct buf *error)
{
    buf_append_format(error,
                      "%s: the file is loaded twice, the second time for its functions that see somebody's "
                      "answers, and then declares another %s '%s'; declare the same each time, whatever the "
                      "order of pairs is",
                      first->file, what, id);
    return false;
}

bool row_state_agrees(const struct program *first, struct program *rows, struct buf *error)
{
    for (size_t i = 0; i < first->indicator_count; i++) {
        const struct program_indicator *indicator = &first->indicators[i];
        if (!same_inputs(indicator, program_indicator(rows, indicator->id)))
            return differs(first, "indicator", indicator->id, error);
    }
    for (size_t i = 0; i < first->wave_count; i++)
        if (!program_wave(rows, first->waves[i].instrument))
            return differs(first, "instrument", first->waves[i].instrument, error);
    return true;
}
