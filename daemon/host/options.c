/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/internal.h"

#include "base/mem.h"
#include "base/nearest.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Keys of a feed that the host itself knows. */
static const char *const host_keys[] = {"plugin", "watch"};

enum { HOST_KEYS = sizeof host_keys / sizeof *host_keys };

/* ---- values -------------------------------------------------------------------------------------------- */

static int parse_boolean(const char *text, double *number)
{
    static const char *const yes[] = {"yes", "true", "on", "1"}, *const no[] = {"no", "false", "off", "0"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
            *number = strcasecmp(text, yes[i]) == 0;
            return 0;
        }
    }
    return -1;
}

static bool is_choice(const char *choices, const char *text)
{
    const size_t length = strlen(text);
    for (const char *choice = choices; choice; choice = strchr(choice, '|') ? strchr(choice, '|') + 1 : NULL)
        if (strncmp(choice, text, length) == 0 && (choice[length] == '|' || choice[length] == '\0') && length)
            return true;
    return false;
}

static bool in_range(const struct wz_option *option, double number)
{
    return (option->min == 0 && option->max == 0) || (number >= option->min && number <= option->max);
}

static int parse_number(const struct wz_option *option, const char *text, double *number)
{
    char *end;
    errno = 0;
    *number = option->type == WZ_OPTION_INTEGER ? (double)strtoll(text, &end, 10) : strtod(text, &end);
    return errno == 0 && end != text && !*end && isfinite(*number) && in_range(option, *number) ? 0 : -1;
}

/* What a value should have been. */
static void describe(const struct wz_option *option, char *wanted, size_t size)
{
    const bool ranged = option->min != 0 || option->max != 0;
    switch ((enum wz_option_type)option->type) {
    case WZ_OPTION_INTEGER:
    case WZ_OPTION_NUMBER:
        if (ranged)
            snprintf(wanted, size, "a%s number from %g to %g",
                     option->type == WZ_OPTION_INTEGER ? " whole" : "", option->min, option->max);
        else
            snprintf(wanted, size, "a%s number", option->type == WZ_OPTION_INTEGER ? " whole" : "");
        break;
    case WZ_OPTION_BOOLEAN:
        snprintf(wanted, size, "yes or no");
        break;
    case WZ_OPTION_CHOICE:
        snprintf(wanted, size, "one of %s", option->choices);
        break;
    case WZ_OPTION_STRING:
    case WZ_OPTION_PATH:
        snprintf(wanted, size, "a text");
        break;
    }
}

static int parse_value(const struct wz_instance *instance, struct option_value *value, const char *text)
{
    const struct wz_option *option = value->option;
    switch ((enum wz_option_type)option->type) {
    case WZ_OPTION_STRING:
        break;
    case WZ_OPTION_PATH:
        if (text[0] && text[0] != '/') {
            value->text = mem_format("%s/%s", instance->host->parts.config->directory, text);
            return 0;
        }
        break;
    case WZ_OPTION_INTEGER:
    case WZ_OPTION_NUMBER:
        if (parse_number(option, text, &value->number) != 0)
            return -1;
        break;
    case WZ_OPTION_BOOLEAN:
        if (parse_boolean(text, &value->number) != 0)
            return -1;
        break;
    case WZ_OPTION_CHOICE:
        if (!is_choice(option->choices, text))
            return -1;
        break;
    default:
        return -1;
    }
    value->text = mem_copy_text(text);
    return text[0] ? 0 : -1;
}

/* ---- the section --------------------------------------------------------------------------------------- */

static bool is_host_key(const char *name)
{
    for (size_t i = 0; i < HOST_KEYS; i++)
        if (strcmp(name, host_keys[i]) == 0)
            return true;
    return false;
}

static int unknown_key(const struct wz_instance *instance, const struct config_key *key, struct error *error)
{
    const char **names = mem_alloc((instance->option_count + HOST_KEYS) * sizeof *names);
    size_t count = 0;
    for (; count < HOST_KEYS; count++)
        names[count] = host_keys[count];
    for (size_t i = 0; i < instance->option_count; i++)
        names[count++] = instance->options[i].option->name;
    const char *nearest = nearest_name(key->name, names, count);
    error_set(error, ERROR_INPUT,
              "%s:%d: unknown key '%s' in [feed %s], which plugin '%s' does not have%s%s%s", key->file,
              key->line, key->name, instance->section->name, instance->plugin->descriptor->name,
              nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
    free(names);
    return -1;
}

static struct option_value *find_value(const struct wz_instance *instance, const char *name)
{
    for (size_t i = 0; i < instance->option_count; i++)
        if (strcmp(instance->options[i].option->name, name) == 0)
            return &instance->options[i];
    return NULL;
}

static int read_key(struct wz_instance *instance, const struct config_key *key, struct error *error)
{
    struct option_value *value = find_value(instance, key->name);
    if (!value)
        return unknown_key(instance, key, error);
    if (parse_value(instance, value, key->value) == 0)
        return 0;
    char wanted[200];
    describe(value->option, wanted, sizeof wanted);
    return error_set(error, ERROR_INPUT, "%s:%d: %s = %s: %s is wanted (%s)", key->file, key->line, key->name,
                     key->value, wanted,
                     value->option->help ? value->option->help : "see the plugin's README");
}

static int fill_defaults(struct wz_instance *instance, struct error *error)
{
    for (size_t i = 0; i < instance->option_count; i++) {
        struct option_value *value = &instance->options[i];
        const struct wz_option *option = value->option;
        if (value->text)
            continue;
        if (option->required)
            return error_set(error, ERROR_INPUT, "%s:%d: [feed %s] needs the key '%s' (%s)",
                             instance->section->file, instance->section->line, instance->section->name,
                             option->name, option->help ? option->help : "see the plugin's README");
        if (option->default_value && parse_value(instance, value, option->default_value) != 0)
            return error_set(error, ERROR_INPUT,
                             "plugin '%s' has a default for '%s' that it does not allow itself",
                             instance->plugin->descriptor->name, option->name);
    }
    return 0;
}

static void make_values(struct wz_instance *instance)
{
    const struct wz_option *options = instance->plugin->descriptor->options;
    while (options && options[instance->option_count].name)
        instance->option_count++;
    instance->options = mem_alloc(instance->option_count * sizeof *instance->options);
    for (size_t i = 0; i < instance->option_count; i++)
        instance->options[i].option = &options[i];
}

int options_read(struct wz_instance *instance, struct error *error)
{
    const struct config_section *section = instance->section;
    make_values(instance);
    for (size_t i = 0; i < section->key_count; i++)
        if (!is_host_key(section->keys[i].name) && read_key(instance, &section->keys[i], error) != 0)
            return -1;
    const struct config_key *watch = config_key(section, "watch");
    if (watch && !instance->plugin->descriptor->receive)
        return error_set(error, ERROR_INPUT,
                         "%s:%d: plugin '%s' takes no files, so there is nothing to watch", watch->file,
                         watch->line, instance->plugin->descriptor->name);
    if (watch)
        instance->watch_path =
            watch->value[0] == '/'
                ? mem_copy_text(watch->value)
                : mem_format("%s/%s", instance->host->parts.config->directory, watch->value);
    return fill_defaults(instance, error);
}

void options_free(struct wz_instance *instance)
{
    for (size_t i = 0; i < instance->option_count; i++)
        free(instance->options[i].text);
    free(instance->options);
}

const struct option_value *options_find(const struct wz_instance *instance, const char *name)
{
    return find_value(instance, name);
}
