/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/plugin_file.h"

#include "base/mem.h"
#include "base/nearest.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The size of the descriptor in version 1; a later, larger one is as good. */
enum { SMALLEST_DESCRIPTOR = offsetof(struct wz_plugin, courier_init) };

plugin_courier_init_fn plugin_courier_init(const struct wz_plugin *descriptor)
{
    const size_t size = offsetof(struct wz_plugin, courier_init) + sizeof descriptor->courier_init;
    return descriptor->struct_size >= size ? descriptor->courier_init : NULL;
}

static bool is_plain(const char *name)
{
    return name[0] &&
           name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] == '\0';
}

static int is_plugin_file(const struct dirent *entry)
{
    const size_t length = strlen(entry->d_name);
    return length > 3 && strcmp(entry->d_name + length - 3, ".so") == 0;
}

/* Says which plugins there are, or which was meant. */
static int not_found(const char *folder, const char *name, struct error *error)
{
    struct dirent **entries = NULL;
    const int found = scandir(folder, &entries, is_plugin_file, alphasort);
    const size_t count = found > 0 ? (size_t)found : 0;
    const char **names = mem_alloc((count + 1) * sizeof *names);
    for (size_t i = 0; i < count; i++) {
        entries[i]->d_name[strlen(entries[i]->d_name) - 3] = '\0';
        names[i] = entries[i]->d_name;
    }
    const char *nearest = nearest_name(name, names, count);
    if (nearest)
        error_set(error, ERROR_NOT_FOUND, "there is no plugin '%s' in %s; did you mean '%s'?", name, folder,
                  nearest);
    else
        error_set(error, ERROR_NOT_FOUND, "there is no plugin '%s' in %s, %s%s", name, folder,
                  count ? "but there is " : "nor any other", count ? names[0] : "");
    for (size_t i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    free(names);
    return -1;
}

static int check_descriptor(const struct wz_plugin *descriptor, const char *path, struct error *error)
{
    if (!descriptor)
        return error_set(error, ERROR_INPUT, "%s: gives no descriptor", path);
    if (descriptor->abi_version != WZ_ABI_VERSION)
        return error_set(error, ERROR_INPUT,
                         "%s: is made for version %u of the plugin interface, and this wijzer has %u", path,
                         descriptor->abi_version, WZ_ABI_VERSION);
    if (descriptor->struct_size < SMALLEST_DESCRIPTOR)
        return error_set(error, ERROR_INPUT,
                         "%s: its descriptor has %u bytes instead of at least %d; build it anew", path,
                         descriptor->struct_size, SMALLEST_DESCRIPTOR);
    if (!descriptor->name || (!descriptor->init && !plugin_courier_init(descriptor)))
        return error_set(error, ERROR_INPUT, "%s: its descriptor has no name or no init", path);
    return 0;
}

static int open_library(struct plugin *plugin, struct error *error)
{
    plugin->library = dlopen(plugin->path, RTLD_NOW | RTLD_LOCAL);
    if (!plugin->library)
        return error_set(error, ERROR_INPUT, "%s", dlerror());
    wz_plugin_fn entry = NULL;
    *(void **)&entry = dlsym(plugin->library, WZ_PLUGIN_SYMBOL);
    if (!entry)
        return error_set(error, ERROR_INPUT, "%s: is no plugin of wijzer: it has no function %s",
                         plugin->path, WZ_PLUGIN_SYMBOL);
    plugin->descriptor = entry();
    return check_descriptor(plugin->descriptor, plugin->path, error);
}

int plugin_load(struct plugin *plugin, const char *folder, const char *name, struct error *error)
{
    *plugin = (struct plugin){0};
    if (!is_plain(name))
        return error_set(error, ERROR_INPUT, "'%s' is not the name of a plugin", name);
    char *path = mem_format("%s/%s.so", folder, name);
    char *real = realpath(path, NULL); /* the decoder runs in another folder */
    free(path);
    if (!real)
        return not_found(folder, name, error);
    plugin->path = real;
    if (open_library(plugin, error) == 0)
        return 0;
    plugin_unload(plugin);
    return -1;
}

void plugin_unload(struct plugin *plugin)
{
    if (plugin->library)
        dlclose(plugin->library);
    free(plugin->path);
    *plugin = (struct plugin){0};
}
