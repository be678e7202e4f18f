/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statements/query.h"

#include "check/forms.h"
#include "http/parameters.h"
#include "resources/typed_parameters.h"
#include "statement/agent.h"
#include "xapi.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the forms of parameters --------------------------------------------------------------------------- */

/* Those that are not there leave what is there. */
struct asked {
    const struct xapi_request *request;
    struct statement_query *query;
    struct error *error;
};

static int read_boolean(struct asked *asked, const char *name, bool *value)
{
    const char *text = xapi_parameter(asked->request, name);
    if (!text)
        return 0;
    *value = strcmp(text, "true") == 0;
    if (!*value && strcmp(text, "false") != 0)
        return error_set(asked->error, ERROR_INPUT, "the parameter %s is neither true nor false", name);
    return 0;
}

static int read_limit(struct asked *asked)
{
    const char *text = xapi_parameter(asked->request, "limit");
    asked->query->question.limit = QUERY_PAGE;
    if (!text)
        return 0;
    if (!*text || text[strspn(text, "0123456789")])
        return error_set(asked->error, ERROR_INPUT,
                         "the parameter limit is no whole number from 0 on; 0 is as many as there may be");
    const unsigned long limit = strtoul(text, NULL, 10); /* of what is too large, the largest there is */
    if (limit && limit < QUERY_PAGE)
        asked->query->question.limit = limit;
    return 0;
}

static int read_format(struct asked *asked)
{
    static const char *const names[] = {
        [FORMAT_EXACT] = "exact", [FORMAT_IDS] = "ids", [FORMAT_CANONICAL] = "canonical"};
    const char *text = xapi_parameter(asked->request, "format");
    for (size_t i = 0; text && i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], text) == 0) {
            asked->query->format = (enum statement_format)i;
            return 0;
        }
    return text ? error_set(asked->error, ERROR_INPUT, "the parameter format is not exact, ids or canonical")
                : 0;
}

static int read_cursor(struct asked *asked)
{
    const char *text = xapi_parameter(asked->request, "cursor");
    if (!text)
        return 0;
    char *end;
    errno = 0;
    const uint64_t from = strtoull(text, &end, 10);
    if (text[0] < '1' || text[0] > '9' || *end || errno)
        return error_set(asked->error, ERROR_INPUT,
                         "the parameter cursor is not one that was given here; take the whole of \"more\"");
    asked->query->question.from = from;
    return 0;
}

/* ---- what statements are found by ---------------------------------------------------------------------- */

static void want(struct asked *asked, uint32_t role, const char *key, const char *person)
{
    asked->query->wanted[asked->query->question.wanted_count++] = (struct wz_wanted){role, key, person};
}

static int read_agent(struct asked *asked, bool is_related)
{
    struct json json = {0};
    if (!xapi_parameter(asked->request, "agent"))
        return 0;
    const int result = parameter_agent(asked->request, true, &json, asked->error);
    if (result == 0) {
        agent_put_identifier(&json, 0, &asked->query->agent);
        want(asked, is_related ? ROLE_RELATED_AGENT : ROLE_AGENT, NULL,
             (const char *)asked->query->agent.data);
    }
    json_free(&json);
    return result;
}

static int read_iri(struct asked *asked, const char *name, uint32_t role)
{
    const char *text = xapi_parameter(asked->request, name);
    if (!text)
        return 0;
    if (!form_is_iri(text, strlen(text)))
        return error_set(asked->error, ERROR_INPUT, "the parameter %s is no IRI (RFC 3987) with a scheme",
                         name);
    want(asked, role, text, NULL);
    return 0;
}

static int read_registration(struct asked *asked)
{
    char *text = asked->query->registration;
    if (parameter_uuid(asked->request, "registration", text, asked->error))
        return -1;
    if (*text)
        want(asked, ROLE_REGISTRATION, text, NULL);
    return 0;
}

static int read_filters(struct asked *asked)
{
    struct wz_events_question *question = &asked->query->question;
    bool related_agents = false, related_activities = false, is_ascending = false;
    if (read_boolean(asked, "related_agents", &related_agents) ||
        read_boolean(asked, "related_activities", &related_activities) ||
        read_boolean(asked, "ascending", &is_ascending))
        return -1;
    question->ascending = is_ascending;
    return read_agent(asked, related_agents) || read_iri(asked, "verb", ROLE_VERB) ||
                   read_iri(asked, "activity", related_activities ? ROLE_RELATED_ACTIVITY : ROLE_ACTIVITY) ||
                   read_registration(asked) ||
                   parameter_time(asked->request, "since", &question->since, asked->error) ||
                   parameter_time(asked->request, "until", &question->until, asked->error) ||
                   read_limit(asked) || read_cursor(asked)
               ? -1
               : 0;
}

/* ---- one statement ------------------------------------------------------------------------------------- */

static int read_single(struct asked *asked, const char *name)
{
    struct statement_query *query = asked->query;
    for (size_t i = 0; i < asked->request->parameter_count; i++) {
        const char *other = asked->request->parameters[i].name;
        if (strcmp(other, name) != 0 && strcmp(other, "attachments") != 0 && strcmp(other, "format") != 0)
            return error_set(asked->error, ERROR_INPUT,
                             "the parameters %s and %s do not go together; leave one of them out", name,
                             other);
    }
    query->is_single = true;
    query->question.id = query->id;
    query->question.limit = 1;
    const char *text = xapi_parameter(asked->request, name);
    if (!form_read_uuid(text, strlen(text), query->id))
        return error_set(asked->error, ERROR_INPUT, "the parameter %s is no UUID (RFC 4122)", name);
    return 0;
}

int query_read(struct statement_query *query, const struct xapi_request *request, struct error *error)
{
    struct asked asked = {request, query, error};
    bool with_attachments = false;
    query->question.wanted = query->wanted;
    query->question.most_bytes = QUERY_MOST_BYTES;
    query->wants_voided = xapi_parameter(request, "voidedStatementId") != NULL;
    if (read_boolean(&asked, "attachments", &with_attachments) || read_format(&asked))
        return -1;
    query->question.with_attachments = with_attachments;
    if (query->wants_voided)
        return read_single(&asked, "voidedStatementId");
    if (xapi_parameter(request, "statementId"))
        return read_single(&asked, "statementId");
    return read_filters(&asked);
}

void query_free(struct statement_query *query)
{
    buf_free(&query->agent);
}

void query_put_more(const struct xapi_request *request, uint64_t next, struct buf *out)
{
    char cursor[24];
    snprintf(cursor, sizeof cursor, "%" PRIu64, next);
    struct buf address = {0};
    buf_append_format(&address, "%s%s?", request->xapi->path, request->path);
    for (size_t i = 0; i < request->parameter_count; i++)
        if (strcmp(request->parameters[i].name, "cursor") != 0)
            parameters_put(request->parameters[i].name, request->parameters[i].value, &address);
    parameters_put("cursor", cursor, &address);
    buf_put(out, address.data, address.size);
    buf_free(&address);
}
