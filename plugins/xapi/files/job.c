/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "files/job.h"

#include "statement/agent.h"
#include "statement/groups.h"
#include "json/json.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { HEX_SIZE = 2 * FILE_KEY_SIZE };

char *file_job_write(const struct xapi *xapi, const char *groups, const uint8_t key[FILE_KEY_SIZE])
{
    char hex[HEX_SIZE + 1];
    struct buf text = {0};
    sodium_bin2hex(hex, sizeof hex, key, FILE_KEY_SIZE);
    buf_append_format(&text, "{\"key\":\"%s\",\"keep\":%s,\"authority\":%s,\"groups\":", hex,
                      xapi->keeps_identities ? "true" : "false", xapi->authority);
    json_put_quoted(groups, strlen(groups), &text);
    buf_append_text(&text, "}");
    buf_put_u8(&text, '\0');
    sodium_memzero(hex, sizeof hex);
    return (char *)text.data;
}

/* A member as text: that of a string, of others their JSON. To be freed. */
static char *member_text(const struct json *json, const char *name)
{
    struct buf text = {0};
    const uint32_t member = json_member(json, 0, name);
    if (json_is(json, member, JSON_STRING))
        json_put_text(json, member, &text);
    else if (member)
        json_put_value(json, member, &text);
    buf_put_u8(&text, '\0');
    return (char *)text.data;
}

static bool read_key(const struct json *json, uint8_t key[FILE_KEY_SIZE])
{
    size_t size = 0;
    char *hex = member_text(json, "key");
    const bool is_hex = sodium_hex2bin(key, FILE_KEY_SIZE, hex, strlen(hex), NULL, &size, NULL) == 0;
    free(hex);
    return is_hex && size == FILE_KEY_SIZE;
}

static bool read_members(struct file_job *job, const struct json *json)
{
    struct error error;
    char *groups = member_text(json, "groups");
    job->xapi.keeps_identities = json_is(json, json_member(json, 0, "keep"), JSON_TRUE);
    job->xapi.authority = member_text(json, "authority");
    job->xapi.authority_person = agent_identifier(job->xapi.authority);
    job->xapi.groups = group_rules_read(groups, &error);
    free(groups);
    return job->xapi.groups && job->xapi.authority_person && read_key(json, job->key);
}

bool file_job_read(struct file_job *job, const char *text)
{
    struct json json = {0};
    struct error error;
    *job = (struct file_job){0};
    const bool is_whole = json_read(&json, text, strlen(text), &error) == 0 && read_members(job, &json);
    json_free(&json);
    return is_whole;
}

void file_job_free(struct file_job *job)
{
    group_rules_free(job->xapi.groups);
    free(job->xapi.authority);
    free(job->xapi.authority_person);
    sodium_memzero(job->key, sizeof job->key);
}
