/* SPDX-License-Identifier: GPL-3.0-or-later */
/* About (xAPI 1.0.3, Communication 2.8): the newest version of each major one that is spoken. */
#include "http/answer.h"

void xapi_about(struct xapi_request *request)
{
    static const char about[] = "{\"version\":[\"1.0.3\",\"2.0.0\"],\"extensions\":{}}";
    static const char *const known[] = {NULL};
    if (xapi_refuse_unknown(request, known))
        return;
    answer_found(request, "application/json", about, sizeof about - 1, WZ_NO_TIME);
}
