/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plugin for tests: a document of lines, each an event, with tabs between id (32 hex digits), actor, verb,
 * object, time (milliseconds), course, and minutes (or nothing). Built by its test against nothing but
 * include/. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wijzer/plugin.h>

enum { FIELDS = 7 };

static void read_id(const char *text, uint8_t id[16])
{
    for (int i = 0; i < 16; i++) {
        const char digits[] = {text[2 * i], text[2 * i + 1], '\0'};
        id[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
}

static void emit_line(const struct wz_decode *decode, char *line, uint64_t row)
{
    char *fields[FIELDS] = {NULL}, *content = strdup(line);
    for (int i = 0; i < FIELDS && line; i++)
        fields[i] = strsep(&line, "\t");
    if (!fields[FIELDS - 1] || strlen(fields[0]) != 32) {
        const struct wz_problem problem = {.row = row, .text = "a line has seven fields"};
        decode->problem(decode->handle, &problem);
        free(content);
        return;
    }
    const struct wz_group_step course = {.level = "course", .name = fields[5]};
    const struct wz_measure minutes = {.name = "duration", .value = strtod(fields[6], NULL)};
    struct wz_record record = {.kind = WZ_EVENT, .row = row};
    struct wz_event *event = &record.as.event;
    *event = (struct wz_event){.actor = fields[1],
                               .verb = fields[2],
                               .object = fields[3],
                               .time = strtoll(fields[4], NULL, 10),
                               .groups = &course,
                               .group_count = 1,
                               .measures = &minutes,
                               .measure_count = fields[6][0] != '\0',
                               .raw = "{}",
                               .content = content};
    read_id(fields[0], event->id);
    decode->emit(decode->handle, &record);
    free(content);
}

static void decode_lines(const struct wz_decode *decode)
{
    char *text = calloc(1, decode->size + 1), *rest = text;
    size_t size = 0;
    ssize_t count;
    while (text && size < decode->size &&
           (count = read(decode->document, text + size, decode->size - size)) > 0)
        size += (size_t)count;
    for (uint64_t row = 1; rest && *rest; row++)
        emit_line(decode, strsep(&rest, "\n"), row);
    free(text);
}

struct lines {
    const struct wz_host *host;
    struct wz_instance *self;
};

static int init(const struct wz_host *host, struct wz_instance *self, void **state, const char **error)
{
    struct lines *lines = malloc(sizeof *lines);
    *error = "out of memory";
    if (!lines)
        return -1;
    *lines = (struct lines){host, self};
    *state = lines;
    return 0;
}

static void receive(void *state, const struct wz_document *document)
{
    const struct lines *lines = state;
    lines->host->decode(lines->self, document->delivery, "");
}

static const struct wz_option options[] = {{.name = NULL}};

static const struct wz_plugin descriptor = {.abi_version = WZ_ABI_VERSION,
                                            .struct_size = sizeof descriptor,
                                            .record_size = sizeof(struct wz_record),
                                            .problem_size = sizeof(struct wz_problem),
                                            .name = "event_lines",
                                            .version = "1",
                                            .help = "events for tests",
                                            .options = options,
                                            .init = init,
                                            .deinit = free,
                                            .receive = receive,
                                            .decode = decode_lines};

const struct wz_plugin *wijzer_plugin(void);

const struct wz_plugin *wijzer_plugin(void)
{
    return &descriptor;
}
