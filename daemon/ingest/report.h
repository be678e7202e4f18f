/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef INGEST_REPORT_H
#define INGEST_REPORT_H

#include "ingest/ingest.h"

#include <cjson/cJSON.h>

/*
 * What became of a document, as the API answers it and as it is written beside the document: document,
 * `dry_run` (true, or left out), the counts, position, dialect {key: text} where the decoder told it,
 * problems [{row, column, problem}], summary [{column, problem, count, first_row}] of those that many rows
 * have, the most frequent first, outdated_rows [{row, reason}] of the first that were outdated, and hints
 * [text] on what was taken and is perhaps not what was meant. `outdated` is how many of `duplicate` were not
 * the same. The error is left to the caller, who knows how to say it.
 */
cJSON *report_json(const struct delivery_report *report, const char *document);

#endif
