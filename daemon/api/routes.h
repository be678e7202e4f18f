/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which handler answers what. A new route is a function and a row in routes.c. */
#ifndef API_ROUTES_H
#define API_ROUTES_H

#include "api/request.h"

/* The route of a request, with its segments. NULL: *allowed names the methods that the path has, or is NULL
 * where there is no such path; it is to be freed. */
const struct route *routes_find(const char *method, const char *path, char *segments[MOST_SEGMENTS],
                                char **allowed);

/* Appends "/v1/status, ... and ...", those whose path is always the same, and NUL. */
void routes_list(struct buf *text);

void handle_status(struct request *request);
void handle_indicators(struct request *request);
void handle_values(struct request *request);
void handle_groups(struct request *request);
void handle_feeds(struct request *request);
void handle_document(struct request *request);
void handle_withdraw(struct request *request);
void handle_cancel(struct request *request);
void handle_quarantine(struct request *request);
void handle_quarantined(struct request *request);
void handle_replay(struct request *request);
void handle_drop(struct request *request);
void handle_audit(struct request *request);
void handle_audit_check(struct request *request);
void handle_forget(struct request *request);
void handle_rebuild_check(struct request *request);
void handle_scripts(struct request *request);
void handle_alerts(struct request *request);
void handle_alert_log(struct request *request);
void handle_alert_rules(struct request *request);

#endif
