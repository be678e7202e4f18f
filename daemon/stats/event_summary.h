/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is said of the events of an input, group and period: all that a result is made of and decided by. It
 * stands at the head of their cell; who they are and what they measure is in the cell's members
 * (engine/event/members.h), which are looked at only where something changes, or where days are put together.
 */
#ifndef STATS_EVENT_SUMMARY_H
#define STATS_EVENT_SUMMARY_H

#include "stats/exact_sum.h"

struct event_summary {
    int64_t events, people;
    int64_t kinds;    /* of what the input tells apart, other than actors; else 0 */
    bool has_numbers; /* the input makes a number of each event: */
    double min, max;  /* where there are events */
    struct exact_sum sum;
};

void event_summary_encode(const struct event_summary *summary, struct buf *out);
/* All but the sum, which comes last and is large: for whoever asks how many there are. Malformed bytes set
 * reader->failed. */
void event_summary_decode_counts(struct event_summary *summary, struct reader *reader);
/* Malformed bytes set reader->failed. */
void event_summary_decode(struct event_summary *summary, struct reader *reader);

#endif
