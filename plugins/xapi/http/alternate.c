/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/alternate.h"

#include "base/mem.h"
#include "http/method.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Those that the specification lets be headers. What Authorization says the host has looked at already. */
static const char *const form_headers[] = {"x-experience-api-version",
                                           "content-type",
                                           "content-length",
                                           "if-match",
                                           "if-none-match",
                                           "authorization"};

bool alternate_is(const struct parameters *query)
{
    return parameters_find(query, "method") != NULL;
}

static const char *form_header(const char *name)
{
    for (size_t i = 0; i < sizeof form_headers / sizeof *form_headers; i++)
        if (strcasecmp(name, form_headers[i]) == 0)
            return form_headers[i];
    return NULL;
}

static void set_header(struct parameters *headers, const char *name, const char *value)
{
    free(parameters_take(headers, name));
    parameters_add(headers, name, value);
}

/* Moves out of the form what stands for headers. The type of the content is the form's own from here on. */
static void take_headers(struct parameters *form, struct parameters *headers)
{
    free(parameters_take(headers, "content-type"));
    for (size_t i = 0; i < form->count;) {
        const char *name = form_header(form->list[i].name);
        if (!name) {
            i++;
            continue;
        }
        set_header(headers, name, form->list[i].value);
        free(form->list[i].name);
        free(form->list[i].value);
        form->list[i] = form->list[--form->count];
    }
}

static int take_content(struct xapi_request *request, struct parameters *form, struct parameters *headers,
                        struct error *error)
{
    char *content = parameters_take(form, "content");
    const bool wants_content = request->method == XAPI_PUT || request->method == XAPI_POST;
    if (wants_content && !content)
        return error_set(error, ERROR_INPUT,
                         "the form has no field \"content\"; an alternate request has there what the body "
                         "would be");
    request->own_body = content;
    request->body = content;
    request->body_size = content ? strlen(content) : 0;
    if (content && !parameters_find(headers, "content-type"))
        parameters_add(headers, "content-type", "application/json");
    return 0;
}

int alternate_unwrap(struct xapi_request *request, struct parameters *headers, struct parameters *query,
                     struct error *error)
{
    if (request->method != XAPI_POST)
        return error_set(error, ERROR_INPUT,
                         "the parameter method is for alternate requests; send those with POST");
    if (query->count > 1)
        return error_set(error, ERROR_INPUT,
                         "an alternate request has no parameter but method in its query; put the others into "
                         "the form");
    char *method = parameters_take(query, "method");
    request->method = method_of(method);
    const bool is_known = request->method != XAPI_OTHER;
    free(method);
    if (!is_known)
        return error_set(error, ERROR_INPUT,
                         "the parameter method is not one of GET, HEAD, PUT, POST and DELETE");
    if (parameters_read(query, request->body, request->body_size, error))
        return error_at(error, "the form in the body");
    take_headers(query, headers);
    return take_content(request, query, headers, error);
}
