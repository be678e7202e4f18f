/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The person behind an agent (xAPI 1.0.3, Communication 2.4). No directory is asked: what is told is what the
 * agent that was sent tells itself. */
#include "http/answer.h"
#include "resources/typed_parameters.h"

/* Each of a person's properties is an array of those that its agents have. */
static void put_person(const struct json *agent, struct buf *out)
{
    static const char *const properties[] = {"name", "mbox", "mbox_sha1sum", "openid", "account"};
    buf_append_text(out, "{\"objectType\":\"Person\"");
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++) {
        const uint32_t value = json_member(agent, 0, properties[i]);
        if (!value)
            continue;
        buf_append_format(out, ",\"%s\":[", properties[i]);
        json_put_value(agent, value, out);
        buf_put_u8(out, ']');
    }
    buf_put_u8(out, '}');
}

void xapi_agents(struct xapi_request *request)
{
    static const char *const known[] = {"agent", NULL};
    if (xapi_refuse_unknown(request, known))
        return;
    struct json agent = {0};
    struct error error;
    if (parameter_agent(request, false, &agent, &error)) {
        xapi_refuse(request, 400, "%s", error.text);
    } else {
        struct buf person = {0};
        put_person(&agent, &person);
        answer_found(request, "application/json", person.data, person.size, WZ_NO_TIME);
        buf_free(&person);
    }
    json_free(&agent);
}
