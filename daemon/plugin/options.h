/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys of a section of wijzer.conf, checked against the table of its plugin before anything starts. */
#ifndef PLUGIN_OPTIONS_H
#define PLUGIN_OPTIONS_H

#include "config/config.h"

#include <wijzer/plugin.h>

struct option_value {
    const struct wz_option *option;
    char *text; /* as given, or the default; NULL: neither */
    double number;
};

struct option_values {
    struct option_value *list;
    size_t count;
};

/* `own_keys` are those that whoever loads the plugin reads itself; ends with NULL. Relative paths are taken
 * from `directory`. To be freed whatever comes of it. */
int options_read(struct option_values *values, const struct wz_plugin *plugin,
                 const struct config_section *section, const char *directory, const char *const *own_keys,
                 struct error *error);
void options_free(struct option_values *values);

/* NULL where it is not set and has no default. */
const char *options_text(const struct option_values *values, const char *name);
/* Also of booleans: 1 or 0. */
double options_number(const struct option_values *values, const char *name);

#endif
