/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A host that only remembers, so that a plugin is tested alone: its .so, a document, and what it said of it.
 */
#ifndef TEST_FAKE_HOST_H
#define TEST_FAKE_HOST_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <wijzer/plugin.h>

/* ---- decode -------------------------------------------------------------------------------------------- */

struct seen_response {
    uint64_t row;
    char *instrument, *wave, *respondent; /* NULL as they were */
    uint8_t content[64];
    size_t content_size;
    int64_t submitted;
    bool partial;
    struct wz_group_step *groups; /* copies */
    size_t group_count;
    struct wz_answer *answers; /* copies */
    size_t answer_count;
    struct wz_cell *cells; /* copies */
    size_t cell_count;
    const char *first_item; /* the pointer itself, to compare and not to follow */
};

struct seen_problem {
    uint64_t row;
    char *column, *text;
    char *heading, *body, *respondent; /* NULL as they were */
};

struct seen_note {
    char *key, *text;
};

/* Everything that one decode said. */
struct reading {
    struct seen_response *responses;
    size_t response_count;
    struct seen_problem *problems;
    size_t problem_count;
    char *refused; /* NULL: it was not */
    struct seen_note notes[WZ_NOTES];
    size_t note_count;
    uint64_t progress;
    char **hints;
    size_t hint_count;
    cJSON *description; /* an array of what was described; NULL: nothing */
};

/* PLUGIN_DIR/NAME.so, which stays loaded. Fails the test where it cannot be had. */
const struct wz_plugin *fake_host_plugin(const char *name);

/* Lets the plugin decode; what breaks a rule of plugin.h fails the test. To be freed. */
struct reading fake_host_decode(const struct wz_plugin *plugin, const char *job, const void *document,
                                size_t size);
/* As a host would whose table ends earlier. */
struct reading fake_host_decode_as(const struct wz_plugin *plugin, const char *job, const void *document,
                                   size_t size, size_t struct_size);
struct reading fake_host_decode_file(const struct wz_plugin *plugin, const char *job, const char *path);
void reading_free(struct reading *reading);

/* The answer to an item, or NAN where there is none. */
double answer_to(const struct seen_response *response, const char *item);

/* What was said under a key last, or "". */
const char *note_of(const struct reading *reading, const char *key);

/* ---- receive ------------------------------------------------------------------------------------------- */

/* What is given to an instance, and what it did with one document. */
struct fake_host {
    const char *instrument_id, *delimiter, *charset, *decimal, *dates,
        *sheet;             /* options; NULL: the default */
    const char *instrument; /* what a script declares under that id; NULL: nothing */
    int finished, decoded;  /* calls */
    char *error, *job;
};

/* init, start, receive, stop, deinit. */
void fake_host_receive(struct fake_host *host, const struct wz_plugin *plugin);
void fake_host_free(struct fake_host *host);

#endif
