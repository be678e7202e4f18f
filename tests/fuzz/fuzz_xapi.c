/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What anybody may send as a statement. What is taken as JSON is JSON to cJSON too; what is sound becomes an
 * event, which can be read again in every format; and what was read again is sound and the same.
 */
#include "fuzz.h"

#include "statement/statement.h"

#include <cjson/cJSON.h>
#include <string.h>

#define AUTHORITY "{\"mbox\":\"mailto:lms@example.com\"}"
#define AUTHORITY_PERSON "lms@example.com"

/* The form of a text once it is stored: a mark becomes its person's digits. */
static void store(const char *text, struct buf *out)
{
    buf_clear(out);
    for (const char *at = text; *at; at++) {
        if (*at != *WZ_PERSON_MARK) {
            buf_put_u8(out, (uint8_t)*at);
            continue;
        }
        char *end;
        buf_append_format(out, "%032lx", strtoul(at + 1, &end, 10));
        HOLDS(*end == *WZ_PERSON_MARK);
        at = end;
    }
}

static void read_again(const struct xapi *xapi, const struct statement_event *event)
{
    struct buf raw = {0}, out = {0};
    struct json json = {0};
    struct error error;
    store(event->event.raw, &raw);
    struct wz_event_found found = {.stored = 1, .raw = (const char *)raw.data, .raw_size = raw.size};
    memcpy(found.id, event->event.id, sizeof found.id);
    for (int format = FORMAT_EXACT; format <= FORMAT_CANONICAL; format++) {
        struct statement_event again = {0};
        buf_clear(&out);
        HOLDS(!statement_put_found(&found, (enum statement_format)format, "nl, en;q=0.5", XAPI_2_0_0, &out));
        HOLDS(!json_read(&json, (const char *)out.data, out.size, &error));
        HOLDS(!statement_check(&json, 0, XAPI_2_0_0, &error));
        statement_to_event(xapi, &json, 0, event->event.id, 1, &again);
        HOLDS(!strcmp(again.id, event->id));
        HOLDS(again.event.reference_count <= event->event.reference_count);
        statement_event_free(&again);
    }
    json_free(&json);
    buf_free(&raw);
    buf_free(&out);
}

static void become_event(const struct json *json, uint32_t statement, bool keeps_identities)
{
    const struct xapi xapi = {.authority = (char *)AUTHORITY,
                              .authority_person = (char *)AUTHORITY_PERSON,
                              .keeps_identities = keeps_identities};
    static const uint8_t id[16] = {1};
    struct statement_event event = {0};
    statement_to_event(&xapi, json, statement, id, 1, &event);
    HOLDS(event.event.actor[0] && event.event.verb[0] && event.event.object[0]);
    if (keeps_identities)
        HOLDS(!strchr(event.event.raw, *WZ_PERSON_MARK));
    read_again(&xapi, &event);
    statement_event_free(&event);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct json json = {0};
    struct error error;
    if (!json_read(&json, (const char *)bytes, size, &error)) {
        cJSON *other = cJSON_ParseWithLength((const char *)bytes, size);
        HOLDS(other);
        cJSON_Delete(other);
        statement_check(&json, 0, XAPI_1_0_3, &error);
        if (!statement_check(&json, 0, XAPI_2_0_0, &error)) {
            become_event(&json, 0, false);
            become_event(&json, 0, true);
        }
    }
    json_free(&json);
    return 0;
}
