/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The row of an export as the function of 'wave' sees it: read by the headings of its columns and with pairs,
 * never changed. One object serves all rows of a request, and is empty once that is over.
 */
#ifndef SCRIPT_WORKER_EXPORT_ROW_H
#define SCRIPT_WORKER_EXPORT_ROW_H

#include "script/worker/program.h"

struct export_row {
    const char **columns;
    const char **cells; /* of the row at hand */
    size_t column_count;
    struct export_row **object; /* the script's */
};

/* Makes the object, for export_row_push to find until export_row_close. Raises an error where memory is out.
 */
void export_row_open(lua_State *state, struct export_row *row);
void export_row_push(lua_State *state);
/* What a script kept of it says so when it is read. */
void export_row_close(struct program *program, struct export_row *row);

#endif
