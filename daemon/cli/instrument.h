/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wijzer instrument: what its parts share. */
#ifndef CLI_INSTRUMENT_H
#define CLI_INSTRUMENT_H

#include "cli/cli.h"

/* wijzer instrument new FILE: `arguments` has the word and the file. */
int instrument_new(const struct options *options);

/* Appends a script that declares an instrument, of the description that the survey plugin gave of a file
 * (plugins/survey/describe.h): an array, the whole first. `file` is its name. false: no column of it can be
 * an item. */
bool instrument_write(struct buf *lua, const cJSON *description, const char *id, const char *file);

#endif
