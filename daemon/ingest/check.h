/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef INGEST_CHECK_H
#define INGEST_CHECK_H

#include "base/error.h"

#include <wijzer/record.h>

/* Is a record what it should be? -1 says what is wrong, for the person who sent it. A plugin may be anyone's,
 * so nothing about its texts, numbers and counts is taken on trust. */
int check_record(const struct wz_record *record, struct error *error);

/* Of an event alone. */
int check_event(const struct wz_event *event, struct error *error);

/* The name of an item, which check_record leaves out: one that is known already need not be looked at again,
 * and there are forty of them in a row. */
int check_item_name(const char *name, struct error *error);

#endif
