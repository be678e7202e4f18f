/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plugin for tests: a desk below the path of its option `at`, where events are handed in and looked for,
 * and resources are kept. Built by its test against nothing but include/.
 *
 *   POST put       a line an event, with tabs between id (32 hex digits), actor, person, raw, target and
 *                  attachment (each of the last two may be empty); '@' in raw is the person. A target is
 * taken back. Answers with a line: failure, at, and the fates GET find       ?id= or ?person= ?thing=,
 * ?limit= ?from= ?asc=1. A line "next", then one an event POST resource  ?person= ?scope= ?part= ?name=
 * ?version= ?remove=1. Answers with: changed, failure GET resource   answers with: version, content type,
 * body; or 404 GET names      likewise, ?since=; a line a name
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wijzer/plugin.h>

enum { MOST_LINES = 5000, FIELDS = 6, PARAMETERS = 8, ANSWER = 1 << 20, PERSON = 1, THING = 2 };

struct desk {
    const struct wz_host *host;
    struct wz_instance *self;
};

struct question {
    struct desk *desk;
    struct wz_request *request;
};

static struct question *ask(struct desk *desk, struct wz_request *request)
{
    struct question *question = malloc(sizeof *question);
    if (!question)
        abort();
    *question = (struct question){desk, request};
    return question;
}

static void answer(struct question *question, int status, const char *text)
{
    question->desk->host->reply(question->request, status, "text/plain", text, strlen(text));
    free(question);
}

/* ---- the question -------------------------------------------------------------------------------------- */

struct parameters {
    char text[2000];
    const char *names[PARAMETERS], *values[PARAMETERS];
};

/* %XX is the byte. */
static void decode(char *text)
{
    char *to = text;
    for (; *text; text++) {
        if (text[0] == '%' && text[1] && text[2]) {
            const char digits[] = {text[1], text[2], '\0'};
            *to++ = (char)strtoul(digits, NULL, 16);
            text += 2;
        } else {
            *to++ = *text;
        }
    }
    *to = '\0';
}

static void read_parameters(const char *query, struct parameters *parameters)
{
    char *rest = parameters->text, *pair;
    *parameters = (struct parameters){0};
    snprintf(parameters->text, sizeof parameters->text, "%s", query);
    for (int i = 0; i < PARAMETERS && (pair = strsep(&rest, "&")) != NULL; i++) {
        parameters->names[i] = strsep(&pair, "=");
        parameters->values[i] = pair;
        if (pair)
            decode(pair);
    }
}

static const char *parameter(const struct parameters *parameters, const char *name)
{
    for (int i = 0; i < PARAMETERS; i++)
        if (parameters->names[i] && strcmp(parameters->names[i], name) == 0)
            return parameters->values[i];
    return NULL;
}

static uint64_t number(const struct parameters *parameters, const char *name, uint64_t otherwise)
{
    const char *text = parameter(parameters, name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

static void read_id(const char *text, uint8_t id[16])
{
    for (int i = 0; i < 16; i++) {
        const char digits[] = {text[2 * i], text[2 * i + 1], '\0'};
        id[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
}

/* ---- events -------------------------------------------------------------------------------------------- */

static const struct wz_group_step course = {.level = "course", .name = "C"};

struct line {
    struct wz_event event;
    const char *person;
    struct wz_reference references[2];
    struct wz_attachment attachment;
    uint8_t target[16];
    char *raw;
};

/* '@' becomes the mark of the first person. */
static char *mark_people(const char *text)
{
    char *marked = malloc(3 * strlen(text) + 1), *to = marked;
    for (; marked && *text; text++) {
        if (*text != '@')
            *to++ = *text;
        else
            to += sprintf(to, WZ_PERSON_MARK "0" WZ_PERSON_MARK);
    }
    if (marked)
        *to = '\0';
    return marked;
}

static void read_line(char *text, struct line *line)
{
    const char *fields[FIELDS] = {"", "", "", "", "", ""};
    for (int i = 0; i < FIELDS && text; i++)
        fields[i] = strsep(&text, "\t");
    line->person = fields[2];
    line->raw = mark_people(fields[3]);
    line->references[0] = (struct wz_reference){.role = PERSON, .person = 0};
    line->references[1] = (struct wz_reference){.role = THING, .key = "book"};
    line->event = (struct wz_event){.actor = fields[1],
                                    .verb = "did",
                                    .object = "book",
                                    .time = 1000,
                                    .groups = &course,
                                    .group_count = 1,
                                    .raw = line->raw,
                                    .people = &line->person,
                                    .people_count = 1,
                                    .references = line->references,
                                    .reference_count = 2};
    read_id(fields[0], line->event.id);
    if (fields[4][0]) {
        read_id(fields[4], line->target);
        line->event.target = line->target;
        line->event.voids = 1;
    }
    if (fields[5][0]) {
        line->attachment = (struct wz_attachment){"note", "text/plain", fields[5], strlen(fields[5])};
        line->event.attachments = &line->attachment;
        line->event.attachment_count = 1;
    }
}

static void on_taken(void *context, const struct wz_events_taken *taken)
{
    char text[MOST_LINES + 100];
    int length = sprintf(text, "%d %zu ", (int)taken->failure, taken->at);
    for (size_t i = 0; taken->failure == WZ_NO_FAILURE && i < taken->count; i++)
        text[length++] = (char)('0' + taken->fates[i]);
    if (taken->failure == WZ_REFUSED)
        text[length++] = (char)('0' + taken->fates[taken->at]);
    text[length] = '\0';
    answer(context, 200, text);
}

static void put_events(struct desk *desk, struct wz_request *request, const struct wz_http *http)
{
    struct line *lines = calloc(MOST_LINES, sizeof *lines);
    const struct wz_event **events = calloc(MOST_LINES, sizeof *events);
    char *text = calloc(1, http->body_size + 1), *rest = text;
    size_t count = 0;
    if (!lines || !events || !text)
        abort();
    memcpy(text, http->body, http->body_size);
    while (count < MOST_LINES && rest && *rest) {
        read_line(strsep(&rest, "\n"), &lines[count]);
        events[count] = &lines[count].event;
        count++;
    }
    desk->host->events_put(desk->self, events, count, on_taken, ask(desk, request));
    for (size_t i = 0; i < count; i++)
        free(lines[i].raw);
    free(text);
    free(events);
    free(lines);
}

static int print(char *text, int length, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const int more = vsnprintf(text + length, (size_t)(ANSWER - length), format, list);
    va_end(list);
    return length + more < ANSWER ? length + more : ANSWER - 1;
}

static void on_found(void *context, const struct wz_events_page *page, const char *error)
{
    char *text = malloc(ANSWER);
    if (!text)
        abort();
    if (error) {
        answer(context, 500, error);
        free(text);
        return;
    }
    int length = print(text, 0, "%" PRIu64, page->next);
    for (size_t i = 0; i < page->count; i++) {
        const struct wz_event_found *event = page->events[i];
        length = print(text, length, "\n");
        for (int k = 0; k < 16; k++)
            length = print(text, length, "%02x", event->id[k]);
        length = print(text, length, "\t%d\t%s\t", event->voided, event->raw);
        for (size_t k = 0; k < event->attachment_count; k++)
            length = print(text, length, "%s %s %.*s", event->attachments[k].key,
                           event->attachments[k].content_type, (int)event->attachments[k].size,
                           (const char *)event->attachments[k].bytes);
    }
    answer(context, 200, text);
    free(text);
}

static void find_events(struct desk *desk, struct wz_request *request, const struct parameters *parameters)
{
    uint8_t id[16];
    struct wz_wanted wanted[2];
    const char *person = parameter(parameters, "person"), *thing = parameter(parameters, "thing");
    struct wz_events_question question = {.wanted = wanted,
                                          .since = WZ_NO_TIME,
                                          .until = WZ_NO_TIME,
                                          .from = number(parameters, "from", 0),
                                          .ascending = (int)number(parameters, "asc", 0),
                                          .limit = (size_t)number(parameters, "limit", 100),
                                          .most_bytes = 1 << 20,
                                          .with_attachments = 1};
    if (parameter(parameters, "id")) {
        read_id(parameter(parameters, "id"), id);
        question.id = id;
    }
    if (person)
        wanted[question.wanted_count++] = (struct wz_wanted){.role = PERSON, .person = person};
    if (thing)
        wanted[question.wanted_count++] = (struct wz_wanted){.role = THING, .key = thing};
    desk->host->events_find(desk->self, &question, on_found, ask(desk, request));
}

/* ---- resources ----------------------------------------------------------------------------------------- */

static struct wz_resource_key key_of(const struct parameters *parameters)
{
    return (struct wz_resource_key){.collection = "c",
                                    .person = parameter(parameters, "person"),
                                    .scope = parameter(parameters, "scope"),
                                    .part = parameter(parameters, "part"),
                                    .name = parameter(parameters, "name")};
}

static void on_changed(void *context, int changed, enum wz_failure failure, const char *error)
{
    char text[1100];
    snprintf(text, sizeof text, "%d %d %s", changed, (int)failure, error ? error : "");
    answer(context, 200, text);
}

static void put_resource(struct desk *desk, struct wz_request *request, const struct wz_http *http,
                         const struct parameters *parameters)
{
    const struct wz_resource_key key = key_of(parameters);
    const struct wz_resource resource = {
        .content_type = "text/plain", .body = http->body, .size = http->body_size};
    desk->host->resource_put(desk->self, &key, parameter(parameters, "remove") ? NULL : &resource,
                             number(parameters, "version", WZ_ANY_VERSION), on_changed, ask(desk, request));
}

static void on_got(void *context, const struct wz_resource *resource, const char *error)
{
    char text[4000];
    if (!resource) {
        answer(context, error ? 500 : 404, error ? error : "");
        return;
    }
    snprintf(text, sizeof text, "%" PRIu64 " %s %.*s", resource->version, resource->content_type,
             (int)resource->size, (const char *)resource->body);
    answer(context, 200, text);
}

static void on_listed(void *context, const char *const *names, size_t count, int64_t updated,
                      const char *error)
{
    (void)updated;
    char *text = malloc(ANSWER);
    int length = 0;
    if (!text)
        abort();
    text[0] = '\0';
    for (size_t i = 0; i < count; i++)
        length = print(text, length, "%s\n", names[i]);
    answer(context, error ? 500 : 200, error ? error : text);
    free(text);
}

/* ---- the desk ------------------------------------------------------------------------------------------ */

static void serve(void *state, struct wz_request *request, const struct wz_http *http)
{
    struct desk *desk = state;
    const char *what = strrchr(http->path, '/') + 1;
    const int is_post = strcmp(http->method, "POST") == 0;
    struct parameters parameters;
    read_parameters(http->query, &parameters);
    const struct wz_resource_key key = key_of(&parameters);
    if (is_post && strcmp(what, "put") == 0)
        put_events(desk, request, http);
    else if (is_post)
        put_resource(desk, request, http, &parameters);
    else if (strcmp(what, "find") == 0)
        find_events(desk, request, &parameters);
    else if (strcmp(what, "names") == 0)
        desk->host->resource_names(desk->self, &key, (int64_t)number(&parameters, "since", 0), on_listed,
                                   ask(desk, request));
    else
        desk->host->resource_get(desk->self, &key, on_got, ask(desk, request));
}

static int init(const struct wz_host *host, struct wz_instance *self, void **state, const char **error)
{
    struct desk *desk = malloc(sizeof *desk);
    *error = "out of memory";
    if (!desk)
        return -1;
    *desk = (struct desk){host, self};
    *state = desk;
    return 0;
}

static int start(void *state, const char **error)
{
    const struct desk *desk = state;
    const char *at = desk->host->option(desk->self, "at");
    *error = "the path is taken";
    return desk->host->route(desk->self, "GET", at, serve) == 0
               ? desk->host->route(desk->self, "POST", at, serve)
               : -1;
}

static const struct wz_option options[] = {
    {.name = "at", .type = WZ_OPTION_STRING, .required = 1, .help = "the path of the desk"}, {.name = NULL}};

static const struct wz_plugin descriptor = {.abi_version = WZ_ABI_VERSION,
                                            .struct_size = sizeof descriptor,
                                            .name = "event_desk",
                                            .version = "1",
                                            .help = "a desk for tests",
                                            .options = options,
                                            .init = init,
                                            .start = start,
                                            .deinit = free,
                                            .record_size = sizeof(struct wz_record),
                                            .problem_size = sizeof(struct wz_problem)};

const struct wz_plugin *wijzer_plugin(void);

const struct wz_plugin *wijzer_plugin(void)
{
    return &descriptor;
}
