/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the file is that a script is tried on: an export of a survey, or statements of an LMS. */
#ifndef CLI_EXPORT_KIND_H
#define CLI_EXPORT_KIND_H

#include "cli/cli.h"
#include "cli/script/private_daemon.h"

struct export_kind {
    char *instrument;   /* NULL: it is of statements */
    const char *groups; /* of statements: where their groups come from; as the option of plugin xapi */
    bool may_be_events; /* the script has indicators on events */
};

/* By what the script's indicators are on, and where they are on both by what --instrument and the file say.
 * Gives an exit status; what is wrong has been said. */
int export_kind_find(struct export_kind *kind, const struct options *options, const char *script);
void export_kind_free(struct export_kind *kind);
/* The feed that takes it. */
const char *export_kind_feed(const struct export_kind *kind);
/* Of a file that was refused: that it looks like what the script, or --instrument, does not mean, if it does.
 */
void export_kind_doubt(const struct export_kind *kind, const struct options *options, const char *script);
/* That feed alone; lives as long as the kind. */
struct private_feeds export_kind_feeds(struct export_kind *kind);

#endif
