/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/check.h"

#include "base/utf8.h"
#include "store/events.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LONGEST_NAME = 512,
    MOST_ANSWERS = 4096,
    DEEPEST_GROUP = 16,
    MOST_MEASURES = 64,
    LONGEST_IDENTIFIER = 8192, /* of a person or a thing: an IRI, say */
    LONGEST_EVENT = 4 << 20,
    MOST_ATTACHMENTS = 1000,
    MOST_ATTACHED = 256 << 20
};

/* From -0001-12-31 to 10000-01-01: a clock in the years 0 to 9999 of RFC 3339, with whatever offset it has.
 * Milliseconds since 1970 UTC. */
static const int64_t earliest = -62167305600000, latest = 253402387200000;

static int check_text(const char *text, const char *what, size_t longest, struct error *error)
{
    const size_t length = text ? strnlen(text, longest + 1) : 0;
    if (length == 0)
        return error_set(error, ERROR_INPUT, "the %s is missing", what);
    if (length > longest)
        return error_set(error, ERROR_INPUT, "the %s is longer than %zu bytes", what, longest);
    if (!utf8_valid(text, length))
        return error_set(error, ERROR_INPUT, "the %s is not UTF-8", what);
    return 0;
}

/* It becomes the name of a period, which everybody is shown. */
static int check_wave(const char *wave, struct error *error)
{
    if (check_text(wave, "wave", LONGEST_NAME, error) != 0)
        return -1;
    return utf8_find_control(wave, strlen(wave))
               ? error_set(error, ERROR_INPUT,
                           "the wave holds a control character, such as a line feed; take it out")
               : 0;
}

static int check_groups(const struct wz_group_step *steps, size_t count, struct error *error)
{
    if (count > DEEPEST_GROUP)
        return error_set(error, ERROR_INPUT, "the group is nested more than %d deep", DEEPEST_GROUP);
    for (size_t i = 0; i < count; i++)
        if (check_text(steps[i].level, "level of a group", LONGEST_NAME, error) != 0 ||
            check_text(steps[i].name, "name of a group", LONGEST_NAME, error) != 0)
            return -1;
    return 0;
}

static int check_answers(const struct wz_answer *answers, size_t count, struct error *error)
{
    if (count > MOST_ANSWERS)
        return error_set(error, ERROR_INPUT, "the response has more than %d answers", MOST_ANSWERS);
    for (size_t i = 0; i < count; i++) {
        if (check_text(answers[i].item, "name of an item", LONGEST_NAME, error) != 0)
            return -1;
        if (!isfinite(answers[i].value))
            return error_set(error, ERROR_INPUT, "the answer to '%s' is not a finite number",
                             answers[i].item);
    }
    return 0;
}

int check_item_name(const char *name, struct error *error)
{
    return check_text(name, "name of an item", LONGEST_NAME, error);
}

static int check_response(const struct wz_response *response, struct error *error)
{
    if (check_text(response->instrument, "instrument", LONGEST_NAME, error) != 0 ||
        check_wave(response->wave, error) != 0)
        return -1;
    if (response->respondent && check_text(response->respondent, "respondent", LONGEST_NAME, error) != 0)
        return -1;
    if (!response->respondent && (!response->content || response->content_size == 0))
        return error_set(error, ERROR_INPUT, "the response has neither a respondent nor a digest of its row");
    if (check_groups(response->groups, response->group_count, error) != 0)
        return -1;
    return check_answers(response->answers, response->answer_count, error);
}

static int check_withdrawal(const struct wz_withdrawal *withdrawal, struct error *error)
{
    if (check_text(withdrawal->instrument, "instrument", LONGEST_NAME, error) != 0 ||
        check_text(withdrawal->wave, "wave", LONGEST_NAME, error) != 0)
        return -1;
    return check_text(withdrawal->respondent, "respondent", LONGEST_NAME, error);
}

static int check_measures(const struct wz_measure *measures, size_t count, struct error *error)
{
    if (count > MOST_MEASURES)
        return error_set(error, ERROR_INPUT, "the event has more than %d measures", MOST_MEASURES);
    for (size_t i = 0; i < count; i++) {
        if (check_text(measures[i].name, "name of a measure", LONGEST_NAME, error) != 0)
            return -1;
        if (!isfinite(measures[i].value))
            return error_set(error, ERROR_INPUT, "the measure '%s' is not a finite number", measures[i].name);
    }
    return 0;
}

/* The index that stands behind a mark, up to the next mark. NULL: there is none; else what follows. */
static const char *read_index(const char *text, size_t *index)
{
    static const char mark[] = WZ_PERSON_MARK;
    const size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 9 || text[digits] != mark[0])
        return NULL;
    *index = strtoul(text, NULL, 10);
    return text + digits + 1;
}

/* A text with marks for people, see wijzer/record.h. */
static int check_marked(const char *text, const char *what, size_t people_count, struct error *error)
{
    static const char mark[] = WZ_PERSON_MARK;
    size_t index = 0;
    if (check_text(text, what, LONGEST_EVENT, error) != 0)
        return -1;
    while ((text = strchr(text, mark[0])) != NULL) {
        text = read_index(text + 1, &index);
        if (!text)
            return error_set(error, ERROR_INPUT, "the %s holds the byte 1, which is kept for people", what);
        if (index >= people_count)
            return error_set(error, ERROR_INPUT, "the %s speaks of person %zu, and the event names %zu", what,
                             index, people_count);
    }
    return 0;
}

static int check_people(const struct wz_event *event, struct error *error)
{
    if (event->people_count > MOST_EVENT_PEOPLE)
        return error_set(error, ERROR_INPUT, "the event names more than %d people", MOST_EVENT_PEOPLE);
    for (size_t i = 0; i < event->people_count; i++)
        if (check_text(event->people[i], "identifier of a person", LONGEST_IDENTIFIER, error) != 0)
            return -1;
    return 0;
}

static int check_references(const struct wz_event *event, struct error *error)
{
    if (event->reference_count > MOST_EVENT_KEYS)
        return error_set(error, ERROR_INPUT, "the event refers to more than %d things", MOST_EVENT_KEYS);
    for (size_t i = 0; i < event->reference_count; i++) {
        const struct wz_reference *reference = &event->references[i];
        if (reference->key && check_text(reference->key, "reference", LONGEST_IDENTIFIER, error) != 0)
            return -1;
        if (!reference->key && reference->person >= event->people_count)
            return error_set(error, ERROR_INPUT, "the event refers to person %zu, and names %zu",
                             reference->person, event->people_count);
    }
    return 0;
}

static int check_attachments(const struct wz_event *event, struct error *error)
{
    size_t left = MOST_ATTACHED;
    if (event->attachment_count > MOST_ATTACHMENTS)
        return error_set(error, ERROR_INPUT, "the event has more than %d attachments", MOST_ATTACHMENTS);
    for (size_t i = 0; i < event->attachment_count; i++) {
        const struct wz_attachment *attachment = &event->attachments[i];
        if (check_text(attachment->key, "key of an attachment", LONGEST_IDENTIFIER, error) != 0 ||
            check_text(attachment->content_type, "content type of an attachment", LONGEST_NAME, error) != 0)
            return -1;
        if (attachment->size > left)
            return error_set(error, ERROR_INPUT, "the attachments of the event are longer than %d MiB",
                             MOST_ATTACHED >> 20);
        left -= attachment->size;
    }
    return 0;
}

static int check_time(int64_t time, struct error *error)
{
    if (time == WZ_NO_TIME)
        return error_set(error, ERROR_INPUT, "the event has no time");
    if (time < earliest || time >= latest)
        return error_set(error, ERROR_INPUT, "the time of the event does not lie in the years 0 to 9999");
    return 0;
}

/* Without its time the content has the same marks. */
static int check_content(const struct wz_event *event, struct error *error)
{
    if (!event->content)
        return event->content_time_size ? error_set(error, ERROR_INPUT, "the event has no content") : 0;
    if (check_marked(event->content, "content", event->people_count, error) != 0)
        return -1;
    if (!event->content_time_size)
        return 0;
    const size_t size = strlen(event->content), at = event->content_time_at;
    if (at > size || event->content_time_size > size - at ||
        memchr(event->content + at, WZ_PERSON_MARK[0], event->content_time_size))
        return error_set(error, ERROR_INPUT, "the time of the event does not stand where it is said to");
    return 0;
}

int check_event(const struct wz_event *event, struct error *error)
{
    if (check_text(event->actor, "actor", LONGEST_IDENTIFIER, error) != 0 ||
        check_text(event->verb, "verb", LONGEST_IDENTIFIER, error) != 0 ||
        check_text(event->object, "object", LONGEST_IDENTIFIER, error) != 0 ||
        check_time(event->time, error) != 0 || check_groups(event->groups, event->group_count, error) != 0 ||
        check_measures(event->measures, event->measure_count, error) != 0)
        return -1;
    if (event->voids && !event->target)
        return error_set(error, ERROR_INPUT, "the event takes another back and does not say which");
    if (check_people(event, error) != 0 || check_references(event, error) != 0 ||
        check_attachments(event, error) != 0 || check_content(event, error) != 0)
        return -1;
    return check_marked(event->raw, "event itself", event->people_count, error);
}

int check_record(const struct wz_record *record, struct error *error)
{
    switch (record->kind) {
    case WZ_RESPONSE:
        return check_response(&record->as.response, error);
    case WZ_WITHDRAWAL:
        return check_withdrawal(&record->as.withdrawal, error);
    case WZ_EVENT:
        return check_event(&record->as.event, error);
    default:
        return error_set(error, ERROR_INPUT, "a record of kind %u is not known here", (unsigned)record->kind);
    }
}
