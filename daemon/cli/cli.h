/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The `wijzer` command: what its parts share. A new subcommand is a file and a row in main.c. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/buf.h"
#include "base/error.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdio.h>

enum { STATUS_GOOD = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

enum format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON };

/* What the options said; NULL or 0 where they did not. */
struct options {
    const char *socket;
    enum format format;
    const char *feed, *level, *group, *period, *state, *severity, *data, *instrument, *groups, *junit,
        *output;
    const char *document, *wave, *config, *key;
    bool no_wait, rules, log, dry_run, all, check;
    char **arguments;
    int argument_count;
};

struct command {
    const char *name, *summary, *help;
    const char *options; /* the letters of those that it takes, see main.c */
    int (*run)(const struct options *options);
};

extern const struct command command_status, command_import, command_indicators, command_feeds, command_script,
    command_alerts, command_instrument, command_quarantine, command_withdraw, command_audit, command_forget,
    command_rebuild, command_key;

/* `wijzer script WORD ...`; the word is the first argument. See script/script.c. */
struct script_command {
    const char *name;
    int least_arguments; /* besides the word */
    const char *usage;
    int (*run)(const struct options *options);
};
extern const struct script_command script_check, script_new, script_run, script_test, script_watch;

/* Writes .luarc.json into the working directory, for editors. false: one is there already, or none can be
 * written. */
bool editor_settings_write(void);

/* ---- client.c ------------------------------------------------------------------------------------------ */

struct answer {
    long status;
    struct buf body; /* ends with NUL behind its size */
    cJSON *json;     /* NULL: the body is none */
};

/* -1: the daemon could not be asked; the error says what to do. */
int client_get(const char *socket, const char *path, struct answer *answer, struct error *error);
/* Sends a request without a body, or (`body`) with one of JSON. */
int client_send(const char *socket, const char *method, const char *path, const char *body,
                struct answer *answer, struct error *error);
/* Sends a file (or "-", standard input) as a document. `progress` (or NULL) is called now and then, at least
 * once a second; false ends the talk. */
int client_post_file(const char *socket, const char *path, const char *file,
                     bool (*progress)(void *data, uint64_t sent, uint64_t total), void *data,
                     struct answer *answer, struct error *error);
void answer_free(struct answer *answer);
/* Asks, and says what went wrong, be it on the way or the daemon's own word. */
int client_ask(const struct options *options, const char *path, struct answer *answer);
/* Likewise with client_send. */
int client_do(const struct options *options, const char *method, const char *path, const char *body,
              struct answer *answer);
/* Appends a text in the form in which it stands in a URL. */
void client_escape(struct buf *url, const char *text);

struct parameter {
    const char *key, *value; /* value NULL: left out */
};
/* Appends "?key=value&..." and NUL; `parameters` ends with a NULL key. */
void client_parameters(struct buf *url, const struct parameter *parameters);
/* As client_ask, for all pages of a list: what later ones hold is moved into the first. */
int client_ask_pages(const struct options *options, const char *path, const char *list, struct answer *all);
/* Prints what was answered, all pages, for --format json. */
void answer_print_json(const struct answer *answer);

/* ---- wait.c -------------------------------------------------------------------------------------------- */

/* Until every indicator knows of the log up to a position, at most a minute, or until `is_over` (or NULL)
 * says so. */
int wait_until_current(const struct options *options, double position, bool (*is_over)(void));

/* ---- lines.c ------------------------------------------------------------------------------------------- */

/* A text as one line that a terminal shows and does not obey. Free it. */
char *one_line(const char *text);
/* Prints such a line, and ends it. */
void print_line(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A line for each hint of the report of an import. */
void print_hints(FILE *out, const cJSON *report);
/* A line for each of its rows that are outdated, at most so many, and how many more there are. */
void print_outdated(FILE *out, const cJSON *report, int most);

/* Says "wijzer: ..." on standard error. Returns STATUS_FAILED, or STATUS_USAGE for the second. */
int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
int usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- table.c ------------------------------------------------------------------------------------------- */

enum { MOST_COLUMNS = 20 };

/* Rows of texts, printed in columns or as CSV. Zeroed is empty. */
struct table {
    const char *headings[MOST_COLUMNS];
    bool right[MOST_COLUMNS]; /* numbers */
    size_t column_count;
    char **cells; /* row by row */
    size_t cell_count;
};

void table_column(struct table *table, const char *heading, bool right);
void table_cell(struct table *table, const char *text); /* NULL: empty */
void table_print(const struct table *table, enum format format);
void table_free(struct table *table);

/* ---- values.c ------------------------------------------------------------------------------------------ */

/* A number for people; for CSV in full. Free it. */
char *short_number(double number, enum format format);
/* Group, level, period, value, n, and the ends of the interval. In CSV the columns have the API's names. */
void value_columns(struct table *table, enum format format);
void value_add_cells(struct table *table, const cJSON *value, enum format format);
/* Why there is no value: a note for people, in CSV two columns. */
void value_note_columns(struct table *table, enum format format);
void value_add_notes(struct table *table, const cJSON *value, enum format format);

/* Says on standard error why the indicator that the options name has none of them, or not all: what failed,
 * or what has not come in. See no_values.c. */
void explain_values(const struct options *options, const cJSON *values);

/* How many columns of a terminal a UTF-8 text takes. */
size_t display_width(const char *text);

/* The text in the user's language of a {"nl":.., "en":..}; NULL where there is none. */
const char *in_own_language(const cJSON *bilingual);

#endif
