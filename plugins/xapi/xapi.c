/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plugin: a record store for statements of xAPI. See README.md. */
#include "xapi.h"

#include "base/error.h"
#include "base/mem.h"
#include "files/files.h"
#include "http/cors.h"
#include "http/version.h"
#include "statement/agent.h"
#include "statement/groups.h"
#include "json/json.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define AUTHORITY_HOME "https://wijzer.invalid/feed"

static const struct wz_option options[] = {
    {.name = "path",
     .type = WZ_OPTION_STRING,
     .default_value = "/xapi",
     .help = "where the record store is: clients take it as their endpoint"},
    {.name = "identities",
     .type = WZ_OPTION_CHOICE,
     .choices = "off|keep",
     .default_value = "off",
     .help = "keep: statements are kept and given back with the people in them; off: with pseudonyms"},
    {.name = "groups",
     .type = WZ_OPTION_STRING,
     .default_value = GROUPS_DEFAULT,
     .help = "where the groups of a statement come from, as level: source, outermost first"},
    {.name = "authority",
     .type = WZ_OPTION_STRING,
     .default_value = "lms",
     .help = "who is named as the authority of the statements that come in here"},
    {.name = NULL},
};

static char *make_authority(const char *name)
{
    struct buf text = {0};
    buf_append_text(&text,
                    "{\"objectType\":\"Agent\",\"account\":{\"homePage\":\"" AUTHORITY_HOME "\",\"name\":");
    json_put_quoted(name, strlen(name), &text);
    buf_append_text(&text, "}}");
    buf_put_u8(&text, '\0');
    return (char *)text.data;
}

static void xapi_deinit(void *state)
{
    struct xapi *xapi = state;
    xapi_requests_free(xapi);
    group_rules_free(xapi->groups);
    free(xapi->authority);
    free(xapi->authority_person);
    free(xapi);
}

/* A path as "/xapi" or "/lrs/xapi". */
static bool is_path(const char *path)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
    const size_t size = strlen(path);
    return size > 1 && path[0] == '/' && path[size - 1] != '/' && strspn(path, allowed) == size &&
           !strstr(path, "//");
}

static int read_options(struct xapi *xapi, struct error *error)
{
    const struct wz_host *host = xapi->host;
    const char *identities = host->option(xapi->self, "identities");
    xapi->path = host->option(xapi->self, "path");
    xapi->keeps_identities = strcmp(identities, "keep") == 0;
    xapi->authority = make_authority(host->option(xapi->self, "authority"));
    xapi->authority_person = agent_identifier(xapi->authority);
    if (!is_path(xapi->path))
        return error_set(error, ERROR_INPUT,
                         "path is not like /xapi; begin it with '/', and do not end it so");
    return 0;
}

/* Reads the option `groups`, or what stands for it. */
static int read_groups(struct xapi *xapi, struct error *error)
{
    xapi->groups = group_rules_read(xapi->host->option(xapi->self, "groups"), error);
    return xapi->groups ? 0 : error_at(error, "groups");
}

static int xapi_init(const struct wz_host *host, struct wz_instance *self, void **state, const char **error)
{
    static struct error problem; /* the host copies it before anything else is called */
    if (sodium_init() < 0) {
        *error = "libsodium does not work";
        return -1;
    }
    struct xapi *xapi = mem_alloc(sizeof *xapi);
    *xapi = (struct xapi){.host = host, .self = self};
    if (read_options(xapi, &problem) || read_groups(xapi, &problem)) {
        *error = problem.text;
        xapi_deinit(xapi);
        return -1;
    }
    *state = xapi;
    return 0;
}

static int xapi_start(void *state, const char **error)
{
    struct xapi *xapi = state;
    char *about = mem_format("%s/about", xapi->path);
    const bool served = xapi->host->serve(xapi->self, xapi->path, xapi_handle) == 0 &&
                        xapi->host->serve_openly(xapi->self, about, xapi_handle) == 0;
    free(about);
    cors_announce(xapi);
    xapi->host->answer_header(xapi->self, VERSION_HEADER, version_name(xapi->spoken));
    if (served)
        return 0;
    *error = "its path is not served; the line before in the log says why";
    return -1;
}

static const struct wz_plugin descriptor = {
    .abi_version = WZ_ABI_VERSION,
    .struct_size = sizeof descriptor,
    .name = "xapi",
    .version = "1",
    .help = "A record store for statements of xAPI 1.0.3 and 2.0.0",
    .options = options,
    .init = xapi_init,
    .start = xapi_start,
    .deinit = xapi_deinit,
    .receive = xapi_receive,
    .decode = xapi_decode,
    .record_size = sizeof(struct wz_record),
    .problem_size = sizeof(struct wz_problem),
};

__attribute__((visibility("default"))) const struct wz_plugin *wijzer_plugin(void);

const struct wz_plugin *wijzer_plugin(void)
{
    return &descriptor;
}
