/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/outdated.h"

#include <string.h>

static void keep(struct outdated *outdated, const struct outdated_row *row)
{
    size_t at = outdated->kept;
    while (at > 0 && outdated->rows[at - 1].row > row->row)
        at--;
    if (at == OUTDATED_KEPT)
        return;
    outdated->kept += outdated->kept < OUTDATED_KEPT;
    memmove(&outdated->rows[at + 1], &outdated->rows[at], (outdated->kept - at - 1) * sizeof *row);
    outdated->rows[at] = *row;
}

void outdated_add(struct outdated *outdated, uint64_t row, enum store_outcome how)
{
    outdated->count++;
    keep(outdated, &(struct outdated_row){row, how});
}

void outdated_add_all(struct outdated *outdated, const struct outdated *more)
{
    outdated->count += more->count;
    for (size_t i = 0; i < more->kept; i++)
        keep(outdated, &more->rows[i]);
}

const char *outdated_reason(enum store_outcome how)
{
    return how == STORE_UNFINISHED
               ? "not sent off, and the respondent's response that was sent off stays; to have this one "
                 "instead, withdraw that one first (wijzer withdraw)"
               : "sent off earlier than the respondent's response that is there, which stays; to have this "
                 "one instead, withdraw that one first (wijzer withdraw)";
}
