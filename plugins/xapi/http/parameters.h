/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameters of a query or a form (application/x-www-form-urlencoded). */
#ifndef XAPI_PARAMETERS_H
#define XAPI_PARAMETERS_H

#include "base/buf.h"
#include "base/error.h"
#include "http/request.h"

enum { PARAMETERS_MOST = 64 };

/* Zeroed is empty. Owned by whoever declares it: parameters_free. */
struct parameters {
    struct xapi_parameter *list;
    size_t count;
};

/* "a=1&b=2%203". Refused: a '%' that is no byte's, what is no UTF-8 or has NUL, a name that comes twice, and
 * more than PARAMETERS_MOST. -1: the error says what. */
int parameters_read(struct parameters *parameters, const char *text, size_t size, struct error *error);
void parameters_free(struct parameters *parameters);
void parameters_add(struct parameters *parameters, const char *name, const char *value);
const char *parameters_find(const struct parameters *parameters, const char *name);
/* Takes one out; to be freed. NULL: it was not there. */
char *parameters_take(struct parameters *parameters, const char *name);

/* Appends "name=value", encoded, with a '&' before it where something stands there that does not end with
 * '?'. */
void parameters_put(const char *name, const char *value, struct buf *out);

#endif
