/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/config.h"
#include "config/ini_file.h"
#include "config/people.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/nearest.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_FILE "/etc/wijzer/wijzer.conf"
#define DEFAULT_STATE_DIR "/var/lib/wijzer"
#define DEFAULT_SOCKET "/run/wijzer/wijzerd.sock"
#define DEFAULT_SCRIPTS "/etc/wijzer/scripts"

enum { DEFAULT_MIN_GROUP_SIZE = 5, DEFAULT_MIN_CHANGE = 3 };

enum daemon_key {
    KEY_STATE_DIR,
    KEY_SOCKET,
    KEY_SCRIPTS,
    KEY_PLUGINS,
    KEY_LISTEN,
    KEY_MIN_GROUP_SIZE,
    KEY_MIN_CHANGE,
    KEY_COUNT
};

static const char *const daemon_keys[KEY_COUNT] = {
    [KEY_STATE_DIR] = "state_dir",   [KEY_SOCKET] = "socket", [KEY_SCRIPTS] = "scripts",
    [KEY_PLUGINS] = "plugins",       [KEY_LISTEN] = "listen", [KEY_MIN_GROUP_SIZE] = "min_group_size",
    [KEY_MIN_CHANGE] = "min_change",
};

/* In the order of enum config_section_kind. */
static const char *const section_words[] = {"feed", "sink", "params", "pull"};

const char *config_section_word(enum config_section_kind kind)
{
    return section_words[kind];
}

enum { NO_SECTION = -1, DAEMON_SECTION = -2 };

/* One file on its way into the configuration. */
struct reading {
    struct config *config;
    const char *file;
    int section;                 /* index into config->sections, or one of the above */
    int daemon_lines[KEY_COUNT]; /* where this file gave a key of [wijzer]; 0: not */
    struct error *error;
};

/* ---- texts and paths ----------------------------------------------------------------------------------- */

static void replace_text(char **text, char *new_text)
{
    free(*text);
    *text = new_text;
}

static char *absolute_path(const char *directory, const char *path)
{
    return path[0] == '/' ? mem_copy_text(path) : mem_format("%s/%s", directory, path);
}

/* Each of several paths separated by ':'. */
static char *absolute_paths(const char *directory, const char *paths)
{
    char *copy = mem_copy_text(paths), *result = NULL, *rest = NULL;
    for (char *path = strtok_r(copy, ":", &rest); path; path = strtok_r(NULL, ":", &rest)) {
        char *absolute = absolute_path(directory, path);
        replace_text(&result, result ? mem_format("%s:%s", result, absolute) : mem_copy_text(absolute));
        free(absolute);
    }
    free(copy);
    return result ? result : mem_copy_text("");
}

static char *directory_of(const char *file)
{
    char *real = realpath(file, NULL);
    char *directory = real ? real : mem_copy_text(file);
    char *slash = strrchr(directory, '/');
    if (slash)
        slash[slash == directory ? 1 : 0] = '\0';
    else
        replace_text(&directory, mem_copy_text("."));
    return directory;
}

/* ---- sections ------------------------------------------------------------------------------------------ */

static int find_section(const struct config *config, enum config_section_kind kind, const char *name)
{
    for (size_t i = 0; i < config->section_count; i++)
        if (config->sections[i].kind == kind && strcmp(config->sections[i].name, name) == 0)
            return (int)i;
    return NO_SECTION;
}

static int add_section(struct reading *reading, enum config_section_kind kind, const char *name, int line)
{
    struct config *config = reading->config;
    config->sections = mem_resize(config->sections, config->section_count + 1, sizeof *config->sections);
    config->sections[config->section_count] = (struct config_section){
        .kind = kind, .name = mem_copy_text(name), .file = mem_copy_text(reading->file), .line = line};
    return (int)config->section_count++;
}

static int unknown_section(const struct reading *reading, const char *heading, int line)
{
    char word[32] = "";
    snprintf(word, sizeof word, "%.*s", (int)strcspn(heading, " \t"), heading);
    const char *const known[] = {"wijzer", "feed", "sink", "params", "pull"};
    const char *nearest = nearest_name(word, known, sizeof known / sizeof *known);
    return error_set(reading->error, ERROR_INPUT,
                     "%s:%d: unknown section [%s]; %s%s%sknown are [wijzer], [feed NAME], [pull NAME], "
                     "[sink NAME] and [params INDICATOR]",
                     reading->file, line, heading, nearest ? "did you mean [" : "", nearest ? nearest : "",
                     nearest ? "]? " : "");
}

/* Names end up in URLs, file names and log lines. */
static bool plain_name(const char *name)
{
    const size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
    return length > 0 && length <= 64 && name[length] == '\0' && name[0] != '.';
}

static int open_section(void *data, const char *heading, int line)
{
    struct reading *reading = data;
    if (strcmp(heading, "wijzer") == 0) {
        reading->section = DAEMON_SECTION;
        return 0;
    }
    for (size_t kind = 0; kind < sizeof section_words / sizeof *section_words; kind++) {
        const size_t length = strlen(section_words[kind]);
        if (strncmp(heading, section_words[kind], length) != 0 || !strchr(" \t", heading[length]))
            continue;
        const char *name = heading + length + strspn(heading + length, " \t");
        if (!plain_name(name))
            return error_set(reading->error, ERROR_INPUT,
                             "%s:%d: [%s] needs a name of letters, digits, '-', '_' and '.', as in [%s %s]",
                             reading->file, line, heading, section_words[kind],
                             kind == CONFIG_PARAMS ? "genai_readiness" : "monitor");
        if (kind == CONFIG_SINK)
            return error_set(reading->error, ERROR_INPUT,
                             "%s:%d: [%s]: this version sends nothing out yet; remove the section",
                             reading->file, line, heading);
        reading->section = find_section(reading->config, (enum config_section_kind)kind, name);
        if (reading->section == NO_SECTION)
            reading->section = add_section(reading, (enum config_section_kind)kind, name, line);
        return 0;
    }
    return unknown_section(reading, heading, line);
}

/* ---- keys ---------------------------------------------------------------------------------------------- */

static int given_twice(const struct reading *reading, const char *name, int line, int earlier)
{
    return error_set(reading->error, ERROR_INPUT, "%s:%d: '%s' is given in line %d already; keep one of them",
                     reading->file, line, name, earlier);
}

static int set_people(const struct reading *reading, int *people, const char *name, const char *value,
                      int line)
{
    return people_read(value, people, reading->error) == 0
               ? 0
               : error_at(reading->error, "%s:%d: %s = %s", reading->file, line, name, value);
}

static int set_daemon_key(struct reading *reading, const char *name, const char *value, int line)
{
    struct config *config = reading->config;
    size_t key = 0;
    while (key < KEY_COUNT && strcmp(name, daemon_keys[key]) != 0)
        key++;
    if (key == KEY_COUNT) {
        const char *nearest = nearest_name(name, daemon_keys, KEY_COUNT);
        return error_set(reading->error, ERROR_INPUT,
                         "%s:%d: unknown key '%s' in [wijzer]; %s%s%sknown are state_dir, socket, scripts, "
                         "plugins, listen, min_group_size and min_change",
                         reading->file, line, name, nearest ? "did you mean '" : "", nearest ? nearest : "",
                         nearest ? "'? " : "");
    }
    if (reading->daemon_lines[key])
        return given_twice(reading, name, line, reading->daemon_lines[key]);
    if (!value[0])
        return error_set(reading->error, ERROR_INPUT, "%s:%d: '%s' has no value", reading->file, line, name);
    reading->daemon_lines[key] = line;
    switch ((enum daemon_key)key) {
    case KEY_STATE_DIR:
        replace_text(&config->state_dir, absolute_path(config->directory, value));
        return 0;
    case KEY_SOCKET:
        replace_text(&config->socket, absolute_path(config->directory, value));
        return 0;
    case KEY_SCRIPTS:
        replace_text(&config->scripts, absolute_paths(config->directory, value));
        return 0;
    case KEY_PLUGINS:
        replace_text(&config->plugins, absolute_path(config->directory, value));
        return 0;
    case KEY_LISTEN:
        replace_text(&config->listen, mem_copy_text(value));
        return 0;
    case KEY_MIN_GROUP_SIZE:
        return set_people(reading, &config->min_group_size, name, value, line);
    case KEY_MIN_CHANGE:
        return set_people(reading, &config->min_change, name, value, line);
    case KEY_COUNT:
        break;
    }
    return 0;
}

static struct config_key *find_key(const struct config_section *section, const char *name)
{
    for (size_t i = 0; i < section->key_count; i++)
        if (strcmp(section->keys[i].name, name) == 0)
            return &section->keys[i];
    return NULL;
}

static int set_section_key(struct reading *reading, const char *name, const char *value, int line)
{
    struct config_section *section = &reading->config->sections[reading->section];
    struct config_key *key = find_key(section, name);
    if (key && strcmp(key->file, reading->file) == 0)
        return given_twice(reading, name, line, key->line);
    if (!key) {
        section->keys = mem_resize(section->keys, section->key_count + 1, sizeof *section->keys);
        key = &section->keys[section->key_count++];
        *key = (struct config_key){.name = mem_copy_text(name)};
    }
    replace_text(&key->value, mem_copy_text(value));
    replace_text(&key->file, mem_copy_text(reading->file));
    key->line = line;
    return 0;
}

static int set_key(void *data, const char *name, const char *value, int line)
{
    struct reading *reading = data;
    if (reading->section == DAEMON_SECTION)
        return set_daemon_key(reading, name, value, line);
    if (reading->section != NO_SECTION)
        return set_section_key(reading, name, value, line);
    return error_set(reading->error, ERROR_INPUT,
                     "%s:%d: '%s' stands before any section; put [wijzer] above it", reading->file, line,
                     name);
}

/* ---- files --------------------------------------------------------------------------------------------- */

static int read_file(struct config *config, const char *file, struct error *error)
{
    struct reading reading = {.config = config, .file = file, .section = NO_SECTION, .error = error};
    const struct ini_handlers handlers = {.section = open_section, .key = set_key, .data = &reading};
    return ini_file_read(file, &handlers, error);
}

static int is_drop_in(const struct dirent *entry)
{
    return fnmatch("*.conf", entry->d_name, FNM_PERIOD) == 0;
}

static int byte_order(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name); /* alphasort would follow the locale */
}

static int read_drop_ins(struct config *config, const char *main_file, struct error *error)
{
    char *folder = mem_format("%s.d", main_file);
    struct dirent **entries = NULL;
    const int count = scandir(folder, &entries, is_drop_in, byte_order);
    int result = 0;
    if (count < 0 && errno != ENOENT)
        result = error_set(error, ERROR_FAILED, "%s: %s", folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        char *file = mem_format("%s/%s", folder, entries[i]->d_name);
        if (result == 0)
            result = read_file(config, file, error);
        free(file);
        free(entries[i]);
    }
    free(entries);
    free(folder);
    return result;
}

static int override_text(char **value, const char *override, const char *option, struct error *error)
{
    if (override && !override[0])
        return error_set(error, ERROR_INPUT, "%s has no value", option);
    if (override)
        replace_text(value, mem_copy_text(override));
    return 0;
}

static int override_all(struct config *config, const struct config_overrides *overrides, struct error *error)
{
    const struct {
        char **value;
        const char *override, *option;
    } all[] = {
        {&config->state_dir, overrides->state_dir, "--state-dir"},
        {&config->socket, overrides->socket, "--socket"},
        {&config->scripts, overrides->scripts, "--scripts"},
        {&config->plugins, overrides->plugins, "--plugins"},
        {&config->listen, overrides->listen, "--listen"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (override_text(all[i].value, all[i].override, all[i].option, error) != 0)
            return -1;
    return 0;
}

static bool has_feed(const struct config *config, const char *name)
{
    return find_section(config, CONFIG_FEED, name) != NO_SECTION;
}

static int check_pull(const struct config *config, const struct config_section *section, struct error *error)
{
    const struct config_key *feed = config_key(section, "feed");
    if (!feed)
        return error_set(error, ERROR_INPUT,
                         "%s:%d: [pull %s] does not say into which feed; add 'feed = NAME', the name of a "
                         "[feed NAME]",
                         section->file, section->line, section->name);
    if (!has_feed(config, feed->value))
        return error_set(error, ERROR_INPUT, "%s:%d: [pull %s]: there is no [feed %s]", feed->file,
                         feed->line, section->name, feed->value);
    return 0;
}

static int check_sections(const struct config *config, struct error *error)
{
    for (size_t i = 0; i < config->section_count; i++) {
        const struct config_section *section = &config->sections[i];
        const bool is_pull = section->kind == CONFIG_PULL;
        if ((section->kind == CONFIG_FEED || is_pull) && !config_key(section, "plugin"))
            return error_set(error, ERROR_INPUT,
                             "%s:%d: [%s %s] does not say which plugin reads it; add 'plugin = %s'",
                             section->file, section->line, section_words[section->kind], section->name,
                             is_pull ? "limesurvey" : "survey");
        if (is_pull && check_pull(config, section, error) != 0)
            return -1;
    }
    return 0;
}

static int read_all(struct config *config, const char *path, struct error *error)
{
    const char *file = path ? path : DEFAULT_FILE;
    const bool absent = !path && access(file, F_OK) != 0;
    if (!absent && read_file(config, file, error) != 0)
        return -1;
    if (read_drop_ins(config, file, error) != 0)
        return -1;
    return check_sections(config, error);
}

int config_read(struct config *config, const char *path, const struct config_overrides *overrides,
                const char *default_plugins, struct error *error)
{
    *config = (struct config){
        .directory = directory_of(path ? path : DEFAULT_FILE),
        .state_dir = mem_copy_text(DEFAULT_STATE_DIR),
        .socket = mem_copy_text(DEFAULT_SOCKET),
        .scripts = mem_copy_text(DEFAULT_SCRIPTS),
        .plugins = mem_copy_text(default_plugins),
        .min_group_size = DEFAULT_MIN_GROUP_SIZE,
        .min_change = DEFAULT_MIN_CHANGE,
    };
    if (read_all(config, path, error) == 0 && override_all(config, overrides, error) == 0)
        return 0;
    config_free(config);
    return -1;
}

static void free_section(struct config_section *section)
{
    for (size_t i = 0; i < section->key_count; i++) {
        free(section->keys[i].name);
        free(section->keys[i].value);
        free(section->keys[i].file);
    }
    free(section->keys);
    free(section->name);
    free(section->file);
}

void config_free(struct config *config)
{
    for (size_t i = 0; i < config->section_count; i++)
        free_section(&config->sections[i]);
    free(config->sections);
    free(config->directory);
    free(config->state_dir);
    free(config->socket);
    free(config->scripts);
    free(config->plugins);
    free(config->listen);
    *config = (struct config){0};
}

const struct config_key *config_key(const struct config_section *section, const char *name)
{
    return find_key(section, name);
}

/* ---- comparing ----------------------------------------------------------------------------------------- */

static bool equal_texts(const char *left, const char *right)
{
    return left && right ? strcmp(left, right) == 0 : left == right;
}

static bool equal_sections(const struct config_section *left, const struct config_section *right)
{
    if (left->kind != right->kind || strcmp(left->name, right->name) != 0 ||
        left->key_count != right->key_count)
        return false;
    for (size_t i = 0; i < left->key_count; i++) {
        const struct config_key *other = config_key(right, left->keys[i].name);
        if (!other || strcmp(left->keys[i].value, other->value) != 0)
            return false;
    }
    return true;
}

bool config_equal(const struct config *left, const struct config *right)
{
    if (!equal_texts(left->directory, right->directory) || !equal_texts(left->state_dir, right->state_dir) ||
        !equal_texts(left->socket, right->socket) || !equal_texts(left->scripts, right->scripts) ||
        !equal_texts(left->plugins, right->plugins) || !equal_texts(left->listen, right->listen) ||
        left->min_group_size != right->min_group_size || left->min_change != right->min_change ||
        left->section_count != right->section_count)
        return false;
    for (size_t i = 0; i < left->section_count; i++)
        if (!equal_sections(&left->sections[i], &right->sections[i]))
            return false;
    return true;
}
