/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "resources/typed_parameters.h"

#include "check/forms.h"
#include "statement/agent.h"

#include <string.h>

int parameter_required(const struct xapi_request *request, const char *name, const char *what,
                       const char **value, struct error *error)
{
    const char *text = xapi_parameter(request, name);
    if (!text)
        return error_set(error, ERROR_INPUT, "the parameter %s is missing: it is %s", name, what);
    if (!*text)
        return error_set(error, ERROR_INPUT, "the parameter %s is empty: it is %s", name, what);
    if (strlen(text) > LONGEST_PARAMETER)
        return error_set(error, ERROR_INPUT, "the parameter %s is longer than %d bytes", name,
                         LONGEST_PARAMETER);
    *value = text;
    return 0;
}

int parameter_iri(const struct xapi_request *request, const char *name, const char **value,
                  struct error *error)
{
    if (parameter_required(request, name, "the IRI of an activity", value, error))
        return -1;
    if (!form_is_iri(*value, strlen(*value)))
        return error_set(error, ERROR_INPUT,
                         "the parameter %s is no IRI: it begins with a scheme, as https://example.com/course",
                         name);
    return 0;
}

int parameter_agent(const struct xapi_request *request, bool group_too, struct json *json,
                    struct error *error)
{
    const char *text;
    if (parameter_required(request, "agent", "an agent, as JSON", &text, error))
        return -1;
    if (json_read(json, text, strlen(text), error) ||
        agent_check(json, 0, "", group_too, request->version, error))
        return error_at(error, "the parameter agent");
    if (!agent_is_identified(json, 0))
        return error_set(
            error, ERROR_INPUT,
            "the parameter agent is a group that nothing identifies: give it mbox, mbox_sha1sum, "
            "openid or account");
    return 0;
}

int parameter_uuid(const struct xapi_request *request, const char *name, char text[37], struct error *error)
{
    const char *value = xapi_parameter(request, name);
    uint8_t bytes[16];
    text[0] = '\0';
    if (!value)
        return 0;
    if (!form_read_uuid(value, strlen(value), bytes))
        return error_set(error, ERROR_INPUT,
                         "the parameter %s is no UUID, as 16fd2706-8baf-433b-82eb-8c7fada847da is one", name);
    form_write_uuid(bytes, text);
    return 0;
}

int parameter_time(const struct xapi_request *request, const char *name, int64_t *time, struct error *error)
{
    const char *value = xapi_parameter(request, name);
    *time = WZ_NO_TIME;
    if (!value)
        return 0;
    if (!form_read_timestamp(value, strlen(value), time))
        return error_set(error, ERROR_INPUT,
                         "the parameter %s is no timestamp, as 2026-08-31T12:00:00Z is one (a + in it is "
                         "written as %%2B)",
                         name);
    return 0;
}
