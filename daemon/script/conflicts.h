/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What no file can know alone: whether the declarations of all of them fit together. */
#ifndef SCRIPT_CONFLICTS_H
#define SCRIPT_CONFLICTS_H

#include "script/scripts_internal.h"

/*
 * Sets or clears `conflict` of every script: an id that another file declares already, an item or level that
 * its instrument does not have. A file in conflict is set aside until it, or the other, changes. Of two files
 * with one id the one that runs keeps it, whatever their names; where none does, as after a start, the first
 * by name, and both say so. A file that is gone, but not yet dropped, gives way: it is removed. An indicator
 * of an instrument that nobody declares just waits.
 */
void conflicts_find(struct script *const *scripts, size_t count);
/* Would the declarations that were set back fit what the other scripts declare now? */
bool conflicts_fits(struct script *const *scripts, size_t count, const struct script *script);

#endif
