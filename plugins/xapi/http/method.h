/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef XAPI_METHOD_H
#define XAPI_METHOD_H

#include "http/request.h"

/* By its name, in capitals as RFC 9110 has it. */
enum xapi_method method_of(const char *name);
const char *method_name(enum xapi_method method);

#endif
