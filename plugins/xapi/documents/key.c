/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "documents/key.h"

#include "resources/typed_parameters.h"
#include "statement/agent.h"

#include <string.h>

static const char *const state_parameters[] = {"activityId", "agent", "registration",
                                               "stateId",    "since", NULL};
static const char *const agent_parameters[] = {"agent", "profileId", "since", NULL};
static const char *const activity_parameters[] = {"activityId", "profileId", "since", NULL};

static const struct document_kind kinds[] = {
    {.path = "/activities/state",
     .collection = "state",
     .id = "stateId",
     .of_agent = true,
     .of_activity = true,
     .of_registration = true,
     .deletes_many = true,
     .parameters = state_parameters},
    {.path = "/agents/profile",
     .collection = "agent-profile",
     .id = "profileId",
     .of_agent = true,
     .needs_precondition = true,
     .parameters = agent_parameters},
    {.path = "/activities/profile",
     .collection = "activity-profile",
     .id = "profileId",
     .of_activity = true,
     .needs_precondition = true,
     .parameters = activity_parameters},
};

const struct document_kind *document_kind_at(const char *path)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].path, path) == 0)
            return &kinds[i];
    return NULL;
}

static int read_person(const struct xapi_request *request, struct document_key *key, struct error *error)
{
    struct json json = {0};
    /* 1.0.3 has documents of agents alone; 2.0.0 also of groups that are identified. */
    const int failed = parameter_agent(request, request->version == XAPI_2_0_0, &json, error);
    if (!failed)
        agent_put_identifier(&json, 0, &key->person);
    json_free(&json);
    return failed;
}

/* Is it about one document? A GET need not be, nor a DELETE of some kinds. */
static bool needs_id(const struct xapi_request *request, const struct document_kind *kind)
{
    if (request->method == XAPI_DELETE)
        return !kind->deletes_many;
    return request->method == XAPI_PUT || request->method == XAPI_POST;
}

static int read_id(const struct xapi_request *request, struct document_key *key, struct error *error)
{
    const char *name = key->kind->id;
    if (!xapi_parameter(request, name) && !needs_id(request, key->kind))
        return 0;
    return parameter_required(request, name, "the id of the document", &key->id, error);
}

int document_key_read(const struct xapi_request *request, const struct document_kind *kind,
                      struct document_key *key, struct error *error)
{
    *key = (struct document_key){.kind = kind, .since = WZ_NO_TIME};
    if (kind->of_activity && parameter_iri(request, "activityId", &key->activity, error))
        return -1;
    if (kind->of_agent && read_person(request, key, error))
        return -1;
    if (kind->of_registration && parameter_uuid(request, "registration", key->registration, error))
        return -1;
    if (read_id(request, key, error))
        return -1;
    return parameter_time(request, "since", &key->since, error);
}

void document_key_free(struct document_key *key)
{
    buf_free(&key->person);
}

struct wz_resource_key document_key_of(const struct document_key *key)
{
    return (struct wz_resource_key){
        .collection = key->kind->collection,
        .person = key->person.size ? (const char *)key->person.data : NULL,
        .scope = key->activity,
        .part = *key->registration ? key->registration : NULL,
        .name = key->id,
    };
}
