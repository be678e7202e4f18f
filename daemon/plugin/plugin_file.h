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

typedef int (*plugin_courier_init_fn)(const struct wz_courier *courier, struct wz_instance *self,
                                      void **state, const char **error);
/* NULL: it is for wijzerd. */
plugin_courier_init_fn plugin_courier_init(const struct wz_plugin *descriptor);

#endif
