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
static const char *const document_parameters[] = {"name", "dry_run", "key", NULL};
static const char *const cancel_parameters[] = {"key", NULL};
static const char *const quarantine_parameters[] = {"document", "limit", "next", NULL};
static const char *const choice_parameters[] = {"document", "id", NULL};
static const char *const drop_parameters[] = {"document", "id", "all", NULL};

static const struct route routes[] = {
    {"GET", "/v1/status", handle_status, EVERYBODY, BODY_DROPPED, no_parameters},
    {"GET", "/v1/indicators", handle_indicators, EVERYBODY, BODY_DROPPED, list_parameters},
    {"GET", "/v1/indicators/{id}", handle_values, EVERYBODY, BODY_DROPPED, value_parameters},
    {"GET", "/v1/groups", handle_groups, EVERYBODY, BODY_DROPPED, group_parameters},
    {"GET", "/v1/feeds", handle_feeds, EVERYBODY, BODY_DROPPED, list_parameters},
    {"POST", "/v1/feeds/{name}", handle_document, ADMINISTRATORS, BODY_IN_FILE, document_parameters},
    {"POST", "/v1/feeds/{name}/withdraw", handle_withdraw, ADMINISTRATORS, BODY_IN_MEMORY, no_parameters},
    {"DELETE", "/v1/feeds/{name}/import", handle_cancel, ADMINISTRATORS, BODY_DROPPED, cancel_parameters},
    {"GET", "/v1/feeds/{name}/quarantine", handle_quarantine, ADMINISTRATORS, BODY_DROPPED,
     quarantine_parameters},
    {"DELETE", "/v1/feeds/{name}/quarantine", handle_drop, ADMINISTRATORS, BODY_DROPPED, drop_parameters},
    {"POST", "/v1/feeds/{name}/quarantine/replay", handle_replay, ADMINISTRATORS, BODY_DROPPED,
     choice_parameters},
    {"GET", "/v1/feeds/{name}/quarantine/{id}", handle_quarantined, ADMINISTRATORS, BODY_DROPPED,
     no_parameters},
    {"GET", "/v1/scripts", handle_scripts, EVERYBODY, BODY_DROPPED, list_parameters},
    {"GET", "/v1/alerts", handle_alerts, EVERYBODY, BODY_DROPPED, alert_parameters},
    {"GET", "/v1/alerts/log", handle_alert_log, EVERYBODY, BODY_DROPPED, log_parameters},
    {"GET", "/v1/alerts/rules", handle_alert_rules, EVERYBODY, BODY_DROPPED, list_parameters},
    {"POST", "/v1/rebuild/check", handle_rebuild_check, ADMINISTRATORS, BODY_DROPPED, no_parameters},
    {"POST", "/v1/forget", handle_forget, ADMINISTRATORS, BODY_IN_MEMORY, no_parameters},
    {"GET", "/v1/audit", handle_audit, ADMINISTRATORS, BODY_DROPPED, list_parameters},
    {"GET", "/v1/audit/check", handle_audit_check, ADMINISTRATORS, BODY_DROPPED, no_parameters},
};

enum { ROUTES = sizeof routes / sizeof *routes };

/* Does the path fit the pattern? What stands for each {} is given as a copy, where it is asked for. */
static bool fits(const char *pattern, const char *path, char *segments[MOST_SEGMENTS])
{
    for (size_t count = 0; *pattern;) {
        if (*pattern != '{') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        const size_t length = strcspn(path, "/");
        if (length == 0)
            return false;
        if (segments)
            segments[count++] = mem_format("%.*s", (int)length, path);
        path += length;
        pattern = strchr(pattern, '}') + 1;
    }
    return !*path;
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

static void add_method(char **allowed, const char *method)
{
    char *before = *allowed;
    *allowed = mem_format("%s%s%s%s", before ? before : "", before ? ", " : "", method,
                          strcmp(method, "GET") == 0 ? ", HEAD" : "");
    free(before);
}

const struct route *routes_find(const char *method, const char *path, char *segments[MOST_SEGMENTS],
                                char **allowed)
{
    *allowed = NULL;
    for (size_t i = 0; i < ROUTES; i++) {
        if (!fits(routes[i].path, path, NULL))
            continue;
        if (!is_method(routes[i].method, method)) {
            add_method(allowed, routes[i].method);
            continue;
        }
        fits(routes[i].path, path, segments);
        free(*allowed);
        *allowed = NULL;
        return &routes[i];
    }
    return NULL;
}
