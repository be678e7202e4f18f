/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/cors.h"

#include "xapi.h"

static const struct wz_header readable[] = {
    {"Access-Control-Allow-Origin", "*"},
    {"Access-Control-Expose-Headers",
     "ETag, Last-Modified, X-Experience-API-Version, X-Experience-API-Consistent-Through"}};
enum { READABLE = sizeof readable / sizeof *readable };

void cors_announce(const struct xapi *xapi)
{
    for (size_t i = 0; i < READABLE; i++)
        xapi->host->answer_header(xapi->self, readable[i].name, readable[i].value);
}

void cors_allow(struct xapi_request *request)
{
    if (!xapi_header(request, "origin"))
        return;
    for (size_t i = 0; i < READABLE; i++)
        xapi_reply_header(request, readable[i].name, readable[i].value);
}

void cors_answer_options(struct xapi_request *request)
{
    xapi_reply_header(request, "Allow", "GET, HEAD, PUT, POST, DELETE, OPTIONS");
    if (xapi_header(request, "origin")) {
        xapi_reply_header(request, "Access-Control-Allow-Methods", "GET, HEAD, PUT, POST, DELETE");
        xapi_reply_header(request, "Access-Control-Allow-Headers",
                          "Authorization, Content-Type, If-Match, If-None-Match, Accept-Language, "
                          "X-Experience-API-Version");
        xapi_reply_header(request, "Access-Control-Max-Age", "86400");
    }
    xapi_answer(request, 204, NULL, NULL, 0);
}
