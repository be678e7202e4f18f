/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plugin: the shared object of a name in the folder of plugins. */
#ifndef PLUGIN_PLUGIN_FILE_H
#define PLUGIN_PLUGIN_FILE_H

#include "base/error.h"

#include <wijzer/plugin.h>

struct plugin {
    char *path;
    void *library;
    const struct wz_plugin *descriptor;
};

/* Opens FOLDER/NAME.so and checks its descriptor. Of a name that is not there the error says which was meant.
 */
int plugin_load(struct plugin *plugin, const char *folder, const char *name, struct error *error);
void plugin_unload(struct plugin *plugin);

#endif
