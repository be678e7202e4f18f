/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A survey export, whatever it is written as, read as the confined decoder reads it. Which instrument it is
 * for follows from its size, so that any file is an input. What comes out is to be sound and to pass the wire
 * to wijzerd.
 */
#include "fuzz.h"

#include "base/utf8.h"
#include "host/record_wire.h"

#include <string.h>
#include <time.h>
#include <wijzer/plugin.h>

const struct wz_plugin *wijzer_plugin(void);

static const char *const jobs[] = {
    "{\"delimiter\":\"auto\",\"instrument\":{\"id\":\"m\",\"respondent\":\"token\",\"submitted\":\"date\","
    "\"wave\":\"year\",\"levels\":[\"institution\",\"team\"],"
    "\"groups\":{\"institution\":\"school\",\"team\":\"team\"},\"missing\":[99,\"n.v.t.\"],"
    "\"labels\":{\"Mee eens\":4,\"helemaal mee oneens\":1},"
    "\"items\":[{\"id\":\"a\",\"range\":[1,5],\"nl\":\"Een "
    "vraag\"},{\"id\":\"b\",\"range\":[1,5]},{\"id\":\"c\"}]}}",
    "{\"instrument\":{\"id\":\"m\",\"levels\":[],\"groups\":{},\"missing\":[],\"labels\":{},\"items\":[{"
    "\"id\":\"a\"}]}}",
    "{\"delimiter\":\"semicolon\",\"charset\":\"windows-1252\",\"decimal\":\"comma\",\"instrument\":{\"id\":"
    "\"m\","
    "\"wave_function\":\"x.lua:1\",\"levels\":[\"t\"],\"groups\":{\"t\":\"t\"},\"missing\":[],\"labels\":{},"
    "\"items\":[{\"id\":\"Q1[SQ001]\",\"nl\":\"Hoe\"},{\"id\":\"a\"}]}}",
    /* for the exports of survey tools */
    "{\"instrument\":{\"id\":\"m\",\"submitted\":\"End Date\",\"levels\":[],\"groups\":{},\"missing\":[],"
    "\"labels\":{\"Mee eens\":4},\"items\":[{\"id\":\"QID2_4\",\"nl\":\"Hoe vaak\"},{\"id\":\"a\","
    "\"nl\":\"Welke - ChatGPT\"},{\"id\":\"b\",\"nl\":\"Welke - Ja, soms\"}]}}",
    "{\"describe\":true}",
};

struct wire {
    struct wire_writer writer;
    struct wire_reader reader;
    struct buf bytes;
    bool refused;
};

/* What was put on the wire can be read there. */
static struct reader sent(struct wire *wire, uint8_t wanted)
{
    struct reader payload;
    uint8_t kind;
    size_t size;
    HOLDS(!wire->refused); /* `decode` returns after a refusal */
    HOLDS(frame_next(wire->bytes.data, wire->bytes.size, &kind, &payload, &size) == 1);
    HOLDS(kind == wanted && size == wire->bytes.size);
    return payload;
}

static void take_record(void *handle, const struct wz_record *record)
{
    struct wire *wire = handle;
    struct wz_record read;
    HOLDS(record->kind == WZ_RESPONSE && record->row > 0);
    buf_clear(&wire->bytes);
    wire_put_record(&wire->writer, record, &wire->bytes);
    struct reader payload = sent(wire, WIRE_RECORD);
    HOLDS(wire_read_record(&wire->reader, &payload, &read));
    HOLDS(read.row == record->row);
    HOLDS(read.as.response.answer_count == record->as.response.answer_count);
    HOLDS(read.as.response.group_count == record->as.response.group_count);
}

static void take_problem(void *handle, const struct wz_problem *problem)
{
    struct wire *wire = handle;
    struct wz_problem read;
    HOLDS(utf8_valid(problem->text, strlen(problem->text)));
    HOLDS(!problem->column || utf8_valid(problem->column, strlen(problem->column)));
    buf_clear(&wire->bytes);
    wire_put_problem(&wire->writer, problem, &wire->bytes);
    struct reader payload = sent(wire, WIRE_PROBLEM);
    HOLDS(wire_read_problem(&wire->reader, &payload, &read));
}

static void take_progress(void *handle, uint64_t bytes)
{
    (void)handle;
    (void)bytes;
}

static void take_refusal(void *handle, const char *reason)
{
    struct wire *wire = handle;
    HOLDS(!wire->refused && utf8_valid(reason, strlen(reason)));
    wire->refused = true;
}

static void take_note(void *handle, const char *key, const char *text)
{
    (void)handle;
    HOLDS(strlen(key) <= WZ_NOTE_KEY && utf8_valid(text, strlen(text)));
}

static void take_description(void *handle, const char *json)
{
    struct wire *wire = handle;
    const char *read;
    buf_clear(&wire->bytes);
    wire_put_description(json, &wire->bytes);
    struct reader payload = sent(wire, WIRE_DESCRIBE);
    HOLDS(wire_read_description(&payload, &read) && strcmp(read, json) == 0);
}

static void take_hint(void *handle, const char *text)
{
    struct wire *wire = handle;
    const char *read;
    buf_clear(&wire->bytes);
    wire_put_hint(text, &wire->bytes);
    struct reader payload = sent(wire, WIRE_HINT);
    HOLDS(wire_read_hint(&payload, &read) && strcmp(read, text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct wire wire = {0};
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    const struct wz_decode decode = {.abi_version = WZ_ABI_VERSION,
                                     .struct_size = sizeof decode,
                                     .document = fuzz_file(bytes, size),
                                     .size = size,
                                     .job = jobs[size % (sizeof jobs / sizeof *jobs)],
                                     .handle = &wire,
                                     .emit = take_record,
                                     .problem = take_problem,
                                     .progress = take_progress,
                                     .refuse = take_refusal,
                                     .note = take_note,
                                     .describe = take_description,
                                     .hint = take_hint};
    wijzer_plugin()->decode(&decode);
    wire_writer_free(&wire.writer);
    wire_reader_free(&wire.reader);
    buf_free(&wire.bytes);
    return 0;
}
