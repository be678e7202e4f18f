/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the store room: times of storing as positions, for neither ever gets smaller when the other grows.
 */
#ifndef STORE_EVENT_BOUNDS_H
#define STORE_EVENT_BOUNDS_H

#include "store/event/reader.h"

/* No event up to *position was stored later than `time`, and every one behind it was. */
int event_last_by(struct event_reader *reader, struct store_view *view, int64_t time, uint64_t *position,
                  struct error *error);

#endif
