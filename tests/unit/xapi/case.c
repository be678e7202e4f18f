/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "case.h"
#include "http/sent.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct error last_error;

const char *quoted(const char *text)
{
    static char *texts[8];
    static size_t next;
    char **slot = &texts[next++ % 8];
    free(*slot);
    *slot = mem_copy_text(text);
    for (char *at = *slot; *at; at++)
        if (*at == '\'')
            *at = '"';
    return *slot;
}

struct json read_json(const char *text)
{
    struct json json = {0};
    const char *json_text = quoted(text);
    if (json_read(&json, json_text, strlen(json_text), &last_error))
        fail_msg("%s: %s", text, last_error.text);
    return json;
}

const char *complaint(enum xapi_version version, const char *statement)
{
    struct json json = read_json(statement);
    const int failed = statement_check(&json, 0, version, &last_error);
    json_free(&json);
    if (failed)
        sent_show(last_error.text);
    return failed ? last_error.text : NULL;
}

void assert_sound(const char *statement)
{
    for (int version = XAPI_1_0_3; version <= XAPI_2_0_0; version++)
        if (complaint((enum xapi_version)version, statement))
            fail_msg("%s: %s", statement, last_error.text);
}

void assert_refused_at(const char *place, const char *statement)
{
    for (int version = XAPI_1_0_3; version <= XAPI_2_0_0; version++) {
        const char *said = complaint((enum xapi_version)version, statement);
        if (!said)
            fail_msg("taken: %s", statement);
        const size_t size = strlen(place);
        if (strncmp(said, place, size) != 0 || (size && said[size] != ':'))
            fail_msg("%s: at '%s' and not: %s", statement, place, said);
    }
}

struct statement_event *event_of(const struct xapi *xapi, const char *statement)
{
    static const uint8_t id[16] = {0x0a, 0x0b};
    struct statement_event *event = mem_alloc(sizeof *event);
    struct json json = read_json(statement);
    if (statement_check(&json, 0, XAPI_2_0_0, &last_error) != 0)
        fail_msg("%s: %s", statement, last_error.text);
    statement_to_event(xapi, &json, 0, id, 1234567, event);
    json_free(&json);
    return event;
}

void drop_event(struct statement_event *event)
{
    statement_event_free(event);
    free(event);
}

char *as_stored(const char *raw)
{
    struct buf out = {0};
    for (const char *at = raw; *at; at++) {
        if (*at != *WZ_PERSON_MARK) {
            buf_put_u8(&out, (uint8_t)*at);
            continue;
        }
        for (int i = 0; i < WZ_PSEUDONYM_DIGITS; i++)
            buf_put_u8(&out, (uint8_t)at[1]);
        at = strchr(at + 1, *WZ_PERSON_MARK);
    }
    buf_put_u8(&out, '\0');
    return (char *)out.data;
}
