/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records on the pipe from the confined decoder, as frames of base/frame.h. Texts that come again and again
 * (items, levels, groups, waves) are sent once and then by number; the daemon believes nothing of it.
 */
#ifndef HOST_RECORD_WIRE_H
#define HOST_RECORD_WIRE_H

#include "base/frame.h"
#include "base/map.h"

#include <stdbool.h>
#include <wijzer/record.h>

enum wire_kind {
    WIRE_RECORD = 'r',
    WIRE_PROBLEM = 'p',
    WIRE_PROGRESS = 'g',
    WIRE_NOTE = 'n',
    WIRE_DESCRIBE = 'd',
    WIRE_HINT = 'h',
    WIRE_REFUSE = 'x',
    WIRE_END = 'e'
};

/* The sending end. Zeroed is ready. */
struct wire_writer {
    struct map known;
    char **texts;
    size_t count, capacity, bytes;
    size_t last; /* number of the text sent last: the next one is likely to follow it */
};

void wire_writer_free(struct wire_writer *writer);
void wire_put_record(struct wire_writer *writer, const struct wz_record *record, struct buf *out);
void wire_put_problem(struct wire_writer *writer, const struct wz_problem *problem, struct buf *out);
void wire_put_progress(uint64_t bytes, struct buf *out);
void wire_put_note(const char *key, const char *text, struct buf *out);
void wire_put_description(const char *json, struct buf *out);
void wire_put_hint(const char *text, struct buf *out);
void wire_put_refuse(const char *reason, struct buf *out);
void wire_put_end(struct buf *out);

enum { MOST_MEASURES = 64 }; /* of an event */

/* The receiving end. Zeroed is ready. */
struct wire_reader {
    char **texts;
    size_t count, capacity, bytes;
    struct wz_answer *answers;
    struct wz_group_step *groups;
    struct wz_cell *cells;
    struct wz_measure measures[MOST_MEASURES];
    const char **people;
    struct wz_reference *references;
    struct wz_attachment *attachments;
    uint8_t target[16];
    size_t answer_capacity, group_capacity, cell_capacity;
    size_t person_capacity, reference_capacity, attachment_capacity;
};

void wire_reader_free(struct wire_reader *reader);
/* Into `record`, which lives until the next call, and as long as the payload. false: malformed. */
bool wire_read_record(struct wire_reader *reader, struct reader *payload, struct wz_record *record);
/* Likewise. */
bool wire_read_problem(struct wire_reader *reader, struct reader *payload, struct wz_problem *problem);
/* false too where plugin.h does not allow it. */
bool wire_read_note(struct reader *payload, const char **key, const char **text);
bool wire_read_description(struct reader *payload, const char **json);
bool wire_read_hint(struct reader *payload, const char **text);

#endif
