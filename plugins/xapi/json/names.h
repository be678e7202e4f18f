/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef XAPI_JSON_NAMES_H
#define XAPI_JSON_NAMES_H

#include "json/json.h"

/* A member whose name an earlier one of the object has; 0: there is none. Costs n log n of the members. */
uint32_t json_names_repeat(const struct json *json, uint32_t object);

#endif
