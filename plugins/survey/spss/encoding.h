/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SURVEY_SPSS_ENCODING_H
#define SURVEY_SPSS_ENCODING_H

#include "source.h"

enum { ENCODING_ROOM = 64 };

/*
 * The name of the character set in a system file, where it has a record for that ("Character Encoding Record"
 * in PSPP's description of system files). ReadStat does not look for it, and goes by a number that is there
 * for longer, and that some programs leave at "8-bit ASCII" whatever they write. "": it has none.
 */
void encoding_find(struct source *source, char name[ENCODING_ROOM]);

#endif
