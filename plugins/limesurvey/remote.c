/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "remote.h"

#include "base/json.h"
#include "base/mem.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- questions -------------------------------------------------------------------------------------------
 */

/* Takes the parameters. */
static char *make_call(const char *method, cJSON *parameters)
{
    cJSON *call = cJSON_CreateObject();
    cJSON_AddStringToObject(call, "method", method);
    cJSON_AddItemToObject(call, "params", parameters);
    cJSON_AddNumberToObject(call, "id", 1);
    char *body = cJSON_PrintUnformatted(call);
    cJSON_Delete(call);
    return body;
}

static void add_text(cJSON *parameters, const char *text)
{
    cJSON_AddItemToArray(parameters, text ? cJSON_CreateString(text) : cJSON_CreateNull());
}

char *remote_ask_session(const char *user, const char *password)
{
    cJSON *parameters = cJSON_CreateArray();
    add_text(parameters, user);
    add_text(parameters, password);
    return make_call("get_session_key", parameters);
}

char *remote_ask_export(const char *session, const struct remote_export *wanted)
{
    cJSON *parameters = cJSON_CreateArray();
    add_text(parameters, session);
    cJSON_AddItemToArray(parameters, cJSON_CreateNumber((double)wanted->survey));
    add_text(parameters, "csv");
    add_text(parameters, wanted->language);
    add_text(parameters, wanted->completion);
    add_text(parameters, wanted->headings);
    add_text(parameters, wanted->answers);
    cJSON_AddItemToArray(parameters, cJSON_CreateNumber((double)wanted->from_id));
    return make_call("export_responses", parameters);
}

char *remote_ask_release(const char *session)
{
    cJSON *parameters = cJSON_CreateArray();
    add_text(parameters, session);
    return make_call("release_session_key", parameters);
}

/* ---- answers ---------------------------------------------------------------------------------------------
 */

static bool contains(const char *text, const char *part)
{
    return strcasestr(text, part) != NULL;
}

static enum remote_kind kind_of(const char *status)
{
    if (contains(status, "invalid session"))
        return REMOTE_NO_SESSION;
    if (contains(status, "user name or password") || contains(status, "attempts"))
        return REMOTE_NO_ENTRY;
    if (strncasecmp(status, "no data", 7) == 0 && !contains(status, "table does not exist"))
        return REMOTE_NOTHING;
    return REMOTE_FAILED;
}

static struct remote_result failed(char *text)
{
    return (struct remote_result){REMOTE_FAILED, text};
}

static struct remote_result read_status(const cJSON *result)
{
    const char *status = json_text(result, "status");
    if (!status)
        return failed(mem_copy_text("LimeSurvey gave an answer that cannot be understood"));
    return (struct remote_result){kind_of(status), mem_format("LimeSurvey says: %.300s", status)};
}

static struct remote_result read_call(cJSON *call)
{
    const cJSON *error = cJSON_GetObjectItemCaseSensitive(call, "error");
    cJSON *result = cJSON_GetObjectItemCaseSensitive(call, "result");
    if (cJSON_IsString(error))
        return (struct remote_result){kind_of(error->valuestring),
                                      mem_format("LimeSurvey says: %.300s", error->valuestring)};
    if (!cJSON_IsString(result))
        return read_status(result);
    char *text = result->valuestring; /* it may be large: taken, not copied */
    result->valuestring = NULL;
    return (struct remote_result){REMOTE_TEXT, text};
}

struct remote_result remote_read(const struct wz_http_answer *answer, const char *error)
{
    if (!answer)
        return failed(mem_format("LimeSurvey cannot be reached: %.300s", error));
    if (answer->status != 200)
        return failed(mem_format("LimeSurvey answered with status %d%s", answer->status,
                                 answer->status / 100 == 3 ? ", another address; use that one" : ""));
    cJSON *call = cJSON_ParseWithLength(answer->body, answer->body_size);
    struct remote_result result =
        cJSON_IsObject(call)
            ? read_call(call)
            : failed(mem_copy_text("what answered is no RemoteControl; is `url` right, and is the JSON-RPC "
                                   "interface switched on in LimeSurvey's global settings?"));
    cJSON_Delete(call);
    return result;
}

bool remote_decode(char *text, size_t *size)
{
    const size_t length = strlen(text);
    return sodium_base642bin((unsigned char *)text, length, text, length, " \r\n", size, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0;
}
