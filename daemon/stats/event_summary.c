/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stats/event_summary.h"

#include <math.h>

void event_summary_encode(const struct event_summary *summary, struct buf *out)
{
    buf_put_u8(out, summary->has_numbers);
    buf_put_varint(out, (uint64_t)summary->events);
    buf_put_varint(out, (uint64_t)summary->people);
    buf_put_varint(out, (uint64_t)summary->kinds);
    if (!summary->has_numbers)
        return;
    buf_put_f64(out, summary->min);
    buf_put_f64(out, summary->max);
    exact_sum_encode(&summary->sum, out);
}

static int64_t read_count(struct reader *reader)
{
    const uint64_t count = read_varint(reader);
    if (count > INT64_MAX)
        reader->failed = true;
    return reader->failed ? 0 : (int64_t)count;
}

void event_summary_decode_counts(struct event_summary *summary, struct reader *reader)
{
    summary->has_numbers = read_u8(reader) == 1;
    summary->events = read_count(reader);
    summary->people = read_count(reader);
    summary->kinds = read_count(reader);
    summary->min = summary->has_numbers ? read_f64(reader) : 0;
    summary->max = summary->has_numbers ? read_f64(reader) : 0;
    if (!isfinite(summary->min) || !isfinite(summary->max))
        reader->failed = true;
}

void event_summary_decode(struct event_summary *summary, struct reader *reader)
{
    *summary = (struct event_summary){0};
    event_summary_decode_counts(summary, reader);
    if (summary->has_numbers)
        exact_sum_decode(&summary->sum, reader);
}
