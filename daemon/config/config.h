/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wijzer.conf and its drop-ins, read whole and checked before anything starts.
 *
 * DIR/wijzer.conf is read first, then DIR/wijzer.conf.d/NAME.conf in byte order of their names; a later key
 * replaces an earlier one. An unknown section or key, a value out of range and a key given twice in one file
 * are errors that say FILE:LINE, what is wrong, and the nearest known name. The keys of a [feed] or [sink]
 * section belong to its plugin: they are kept as text with their place, and checked against the plugin's
 * option table once that is loaded (host/options.h).
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct config_key {
    char *name, *value;
    char *file; /* where it stands */
    int line;
};

enum config_section_kind { CONFIG_FEED, CONFIG_SINK, CONFIG_PARAMS, CONFIG_PULL };
/* "feed" and so on. */
const char *config_section_word(enum config_section_kind kind);

/* [feed NAME], [sink NAME], [params INDICATOR] or [pull NAME]. */
struct config_section {
    enum config_section_kind kind;
    char *name;
    char *file;
    int line;
    struct config_key *keys; /* in order of appearance; `plugin` included */
    size_t key_count;
};

struct config {
    char *directory; /* of the main file; relative paths in the file start here */
    char *state_dir, *socket, *scripts, *plugins, *listen; /* listen: NULL unless set */
    int min_group_size;
    int min_change; /* people that have to differ before a published value is replaced */
    struct config_section *sections;
    size_t section_count;
};

/* What the command line sets; NULL where it does not. Wins over the file. */
struct config_overrides {
    const char *state_dir, *socket, *scripts, *plugins, *listen;
};

/*
 * Reads `path` (NULL: /etc/wijzer/wijzer.conf where it exists, defaults otherwise). 0, or -1 with everything
 * freed. `default_plugins` is the folder used where nothing names one.
 */
int config_read(struct config *config, const char *path, const struct config_overrides *overrides,
                const char *default_plugins, struct error *error);
void config_free(struct config *config);
/* Do they say the same, wherever it stands? */
bool config_equal(const struct config *left, const struct config *right);

/* The key of a section, or NULL. */
const struct config_key *config_key(const struct config_section *section, const char *name);

#endif
