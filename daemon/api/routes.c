/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/routes.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static const char *const no_parameters[] = {NULL};
static const char *const value_parameters[] = {"level", "group", "period", "limit", "next", "format", NULL};
static const char *const list_parameters[] = {"limit", "next", NULL};
static const char *const group_parameters[] = {"level", "limit", "next", NULL};
static const char *const alert_parameters[] = {"id",    "state", "severity", "indicator", "level",
                                               "group", "limit", "next",     NULL};
static const char *const log_parameters[] = {"after", "limit", "next", NULL};
static const char *const document_parameters[] = {"name", "dry_run", NULL};

static const struct route routes[] = {
    {"GET", "/v1/status", handle_status, false, no_parameters},
    {"GET", "/v1/indicators", handle_indicators, false, list_parameters},
    {"GET", "/v1/indicators/{id}", handle_values, false, value_parameters},
    {"GET", "/v1/groups", handle_groups, false, group_parameters},
    {"GET", "/v1/feeds", handle_feeds, false, list_parameters},
    {"POST", "/v1/feeds/{name}", handle_document, true, document_parameters},
    {"GET", "/v1/scripts", handle_scripts, false, list_parameters},
    {"GET", "/v1/alerts", handle_alerts, false, alert_parameters},
    {"GET", "/v1/alerts/log", handle_alert_log, false, log_parameters},
    {"GET", "/v1/alerts/rules", handle_alert_rules, false, list_parameters},
};

enum { ROUTES = sizeof routes / sizeof *routes };

/* Does the path fit the pattern? What stands for {} is given as a copy, where it is asked for. */
static bool fits(const char *pattern, const char *path, char **segment)
{
    const char *brace = strchr(pattern, '{');
    if (!brace)
        return strcmp(pattern, path) == 0;
    const size_t front = (size_t)(brace - pattern);
    if (strncmp(pattern, path, front) != 0 || !path[front] || strchr(path + front, '/'))
        return false;
    if (segment)
        *segment = mem_copy_text(path + front);
    return true;
}

void routes_list(struct buf *text)
{
    const char *last = NULL;
    for (size_t i = 0; i < ROUTES; i++) {
        if (strchr(routes[i].path, '{'))
            continue;
        if (last)
            buf_append_format(text, "%s%s", text->size ? ", " : "", last);
        last = routes[i].path;
    }
    buf_append_format(text, " and %s", last);
    buf_put_u8(text, 0);
}

/* HEAD is GET without the body; MHD leaves that out by itself. */
static bool is_method(const char *wanted, const char *given)
{
    return strcmp(wanted, given) == 0 || (strcmp(wanted, "GET") == 0 && strcmp(given, "HEAD") == 0);
}

const struct route *routes_find(const char *method, const char *path, char **segment, const char **allowed)
{
    *allowed = NULL;
    for (size_t i = 0; i < ROUTES; i++) {
        if (!fits(routes[i].path, path, NULL))
            continue;
        if (is_method(routes[i].method, method)) {
            fits(routes[i].path, path, segment);
            return &routes[i];
        }
        *allowed = strcmp(routes[i].method, "GET") == 0 ? "GET, HEAD" : routes[i].method;
    }
    return NULL;
}
