/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameters of a query by what they have to be. Each function gives 0, or -1 with an error for whoever
 * asked. */
#ifndef XAPI_TYPED_PARAMETERS_H
#define XAPI_TYPED_PARAMETERS_H

#include "http/request.h"
#include "json/json.h"

enum { LONGEST_PARAMETER = 4096 };

/* It is there, and neither empty nor longer than LONGEST_PARAMETER. `what`: "the id of the document". */
int parameter_required(const struct xapi_request *request, const char *name, const char *what,
                       const char **value, struct error *error);
int parameter_iri(const struct xapi_request *request, const char *name, const char **value,
                  struct error *error);
/* The agent of the parameter "agent", which is required. `json` points into the request. A group has to be
 * one that is identified. */
int parameter_agent(const struct xapi_request *request, bool group_too, struct json *json,
                    struct error *error);
/* Not required: then `text` is "". Else in lower case. */
int parameter_uuid(const struct xapi_request *request, const char *name, char text[37], struct error *error);
/* Not required: then WZ_NO_TIME. */
int parameter_time(const struct xapi_request *request, const char *name, int64_t *time, struct error *error);

#endif
