/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/options.h"

#include "base/mem.h"
#include "base/nearest.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What is being read. */
struct reading {
    struct option_values *values;
    const struct wz_plugin *plugin;
    const struct config_section *section;
    const char *directory;
    const char *const *own_keys;
};

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

static int parse_value(const struct reading *reading, struct option_value *value, const char *text)
{
    const struct wz_option *option = value->option;
    switch ((enum wz_option_type)option->type) {
    case WZ_OPTION_STRING:
        break;
    case WZ_OPTION_PATH:
        if (text[0] && text[0] != '/') {
            value->text = mem_format("%s/%s", reading->directory, text);
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

static size_t count_own_keys(const struct reading *reading)
{
    size_t count = 0;
    while (reading->own_keys[count])
        count++;
    return count;
}

static bool is_own_key(const struct reading *reading, const char *name)
{
    for (size_t i = 0; reading->own_keys[i]; i++)
        if (strcmp(name, reading->own_keys[i]) == 0)
            return true;
    return false;
}

static int unknown_key(const struct reading *reading, const struct config_key *key, struct error *error)
{
    const struct option_values *values = reading->values;
    const char **names = mem_alloc((values->count + count_own_keys(reading)) * sizeof *names);
    size_t count = 0;
    for (; reading->own_keys[count]; count++)
        names[count] = reading->own_keys[count];
    for (size_t i = 0; i < values->count; i++)
        names[count++] = values->list[i].option->name;
    const char *nearest = nearest_name(key->name, names, count);
    error_set(error, ERROR_INPUT, "%s:%d: unknown key '%s' in [%s %s], which plugin '%s' does not have%s%s%s",
              key->file, key->line, key->name, config_section_word(reading->section->kind),
              reading->section->name, reading->plugin->name, nearest ? "; did you mean '" : "",
              nearest ? nearest : "", nearest ? "'?" : "");
    free(names);
    return -1;
}

static struct option_value *find_value(const struct option_values *values, const char *name)
{
    for (size_t i = 0; i < values->count; i++)
        if (strcmp(values->list[i].option->name, name) == 0)
            return &values->list[i];
    return NULL;
}

static int read_key(const struct reading *reading, const struct config_key *key, struct error *error)
{
    struct option_value *value = find_value(reading->values, key->name);
    if (!value)
        return unknown_key(reading, key, error);
    if (parse_value(reading, value, key->value) == 0)
        return 0;
    char wanted[200];
    describe(value->option, wanted, sizeof wanted);
    return error_set(error, ERROR_INPUT, "%s:%d: %s = %s: %s is wanted (%s)", key->file, key->line, key->name,
                     key->value, wanted,
                     value->option->help ? value->option->help : "see the plugin's README");
}

static int fill_default(const struct reading *reading, struct option_value *value, struct error *error)
{
    const struct wz_option *option = value->option;
    const struct config_section *section = reading->section;
    if (value->text)
        return 0;
    if (option->required)
        return error_set(error, ERROR_INPUT, "%s:%d: [%s %s] needs the key '%s' (%s)", section->file,
                         section->line, config_section_word(section->kind), section->name, option->name,
                         option->help ? option->help : "see the plugin's README");
    if (option->default_value && parse_value(reading, value, option->default_value) != 0)
        return error_set(error, ERROR_INPUT,
                         "plugin '%s' has a default for '%s' that it does not allow itself",
                         reading->plugin->name, option->name);
    return 0;
}

static void make_values(struct option_values *values, const struct wz_option *options)
{
    while (options && options[values->count].name)
        values->count++;
    values->list = mem_alloc(values->count * sizeof *values->list);
    for (size_t i = 0; i < values->count; i++)
        values->list[i].option = &options[i];
}

int options_read(struct option_values *values, const struct wz_plugin *plugin,
                 const struct config_section *section, const char *directory, const char *const *own_keys,
                 struct error *error)
{
    const struct reading reading = {values, plugin, section, directory, own_keys};
    make_values(values, plugin->options);
    for (size_t i = 0; i < section->key_count; i++)
        if (!is_own_key(&reading, section->keys[i].name) && read_key(&reading, &section->keys[i], error) != 0)
            return -1;
    for (size_t i = 0; i < values->count; i++)
        if (fill_default(&reading, &values->list[i], error) != 0)
            return -1;
    return 0;
}

void options_free(struct option_values *values)
{
    for (size_t i = 0; i < values->count; i++)
        free(values->list[i].text);
    free(values->list);
    *values = (struct option_values){0};
}

const char *options_text(const struct option_values *values, const char *name)
{
    const struct option_value *value = find_value(values, name);
    return value ? value->text : NULL;
}

double options_number(const struct option_values *values, const char *name)
{
    const struct option_value *value = find_value(values, name);
    return value ? value->number : 0;
}
