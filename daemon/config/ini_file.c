/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/ini_file.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* inih cuts a longer line or name without a word, so we refuse it before inih sees it. */
enum { LONGEST_LINE = 4096, LONGEST_NAME = 48 };

struct ini_reading {
    const struct ini_handlers *handlers;
    const char *path;
    FILE *file;
    int line;
    bool refused; /* the error is set */
    struct error *error;
};

static int refuse(struct ini_reading *reading, const char *what)
{
    reading->refused = true;
    return error_set(reading->error, ERROR_INPUT, "%s:%d: %s", reading->path, reading->line, what);
}

/* Hands "[heading]" on. inih tells of a section only through its keys; an empty one with a typing error would
 * pass. */
static int read_heading(struct ini_reading *reading, const char *line)
{
    const char *begin = line + strspn(line, " \t");
    if (*begin != '[')
        return 0;
    const char *end = strchr(begin, ']');
    if (!end)
        return refuse(reading, "the heading of a section has no ']'");
    char *heading = mem_format("%.*s", (int)(end - begin - 1), begin + 1);
    const int result = reading->handlers->section(reading->handlers->data, heading, reading->line);
    reading->refused = result != 0;
    free(heading);
    return result;
}

/* What Windows' editors put at the start of a file. */
static void drop_byte_order_mark(char *line)
{
    static const char mark[] = "\xEF\xBB\xBF";
    if (strncmp(line, mark, sizeof mark - 1) == 0)
        memmove(line, line + sizeof mark - 1, strlen(line) - (sizeof mark - 1) + 1);
}

/* fgets for inih; ends the file where something is refused. */
static char *next_line(char *line, int size, void *data)
{
    struct ini_reading *reading = data;
    if (reading->refused || !fgets(line, size, reading->file))
        return NULL;
    if (++reading->line == 1)
        drop_byte_order_mark(line);
    const size_t length = strlen(line);
    if (length > 0 && line[length - 1] != '\n' && !feof(reading->file)) {
        refuse(reading, "the line is longer than 4,000 characters or holds a NUL byte");
        return NULL;
    }
    if (!utf8_valid(line, length)) {
        refuse(reading, "the line is not UTF-8");
        return NULL;
    }
    return read_heading(reading, line) == 0 ? line : NULL;
}

static int take_key(void *data, const char *section, const char *name, const char *value)
{
    (void)section; /* read_heading knows it, uncut */
    struct ini_reading *reading = data;
    if (strlen(name) > LONGEST_NAME)
        return refuse(reading, "the name of the key is longer than any known one") == 0;
    if (reading->handlers->key(reading->handlers->data, name, value, reading->line) != 0)
        reading->refused = true;
    return !reading->refused;
}

static int open_regular(struct ini_reading *reading)
{
    reading->file = fopen(reading->path, "re");
    if (!reading->file)
        return error_set(reading->error, ERROR_NOT_FOUND, "%s: %s", reading->path, strerror(errno));
    struct stat status;
    if (fstat(fileno(reading->file), &status) == 0 && S_ISDIR(status.st_mode)) {
        fclose(reading->file);
        return error_set(reading->error, ERROR_INPUT, "%s is a folder, not a configuration file",
                         reading->path);
    }
    return 0;
}

int ini_file_read(const char *path, const struct ini_handlers *handlers, struct error *error)
{
    struct ini_reading reading = {.handlers = handlers, .path = path, .error = error};
    if (open_regular(&reading) != 0)
        return -1;

    /* inih's settings are its own globals; these are the only ones we ever want. */
    ini_use_stack = false;
    ini_initial_alloc = LONGEST_LINE;
    ini_max_line = LONGEST_LINE;
    ini_allow_multiline = false;
    ini_stop_on_first_error = true;
    const int wrong_line = ini_parse_stream(next_line, &reading, take_key, &reading);
    fclose(reading.file);

    if (reading.refused)
        return -1;
    if (wrong_line > 0)
        return error_set(error, ERROR_INPUT, "%s:%d: neither a [section] nor a 'key = value'", path,
                         wrong_line);
    if (wrong_line < 0)
        return error_set(error, ERROR_FAILED, "%s: could not be read", path);
    return 0;
}
