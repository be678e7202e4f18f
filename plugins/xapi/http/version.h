/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The header X-Experience-API-Version (xAPI 1.0.3, Communication 3.3). */
#ifndef XAPI_VERSION_H
#define XAPI_VERSION_H

#include "http/request.h"

#define VERSION_HEADER "X-Experience-API-Version"

/* "1.0" and all that begins with "1.0." are 1.0.3; likewise 2.0. false: it is spoken here by nobody. `header`
 * may be NULL. */
bool version_read(const char *header, enum xapi_version *version);
/* The latest of its kind: "1.0.3". */
const char *version_name(enum xapi_version version);

#endif
