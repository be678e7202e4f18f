/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "markers.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS_NAMED = 5, SHOWN_ITEM = 40 };

const double markers[MARKERS] = {-99, -999, -9999, 99, 999, 9999};
const struct span empty_span = {INFINITY, -INFINITY};

struct item_marks {
    struct span others;
    bool has[MARKERS];
};

struct marks {
    struct item_marks *items;
    size_t count;
};

void span_add(struct span *span, double value)
{
    if (value < span->low)
        span->low = value;
    if (value > span->high)
        span->high = value;
}

/* More than twice as far from nought as any, and below nought where no other is. */
bool marker_is_far(double marker, const struct span *others)
{
    if (others->low > others->high)
        return true;
    if (marker < 0)
        return others->low >= 0;
    return fmax(fabs(others->low), fabs(others->high)) < marker / 2;
}

struct marks *marks_make(size_t items)
{
    struct marks *marks = mem_alloc(sizeof *marks);
    marks->items = mem_alloc((items + 1) * sizeof *marks->items);
    marks->count = items;
    for (size_t i = 0; i < items; i++)
        marks->items[i].others = empty_span;
    return marks;
}

void marks_free(struct marks *marks)
{
    if (marks)
        free(marks->items);
    free(marks);
}

void marks_add(struct marks *marks, size_t item, double value)
{
    struct item_marks *own = &marks->items[item];
    for (size_t i = 0; (value < 0 || value >= 99) && i < MARKERS; i++)
        if (value == markers[i]) {
            own->has[i] = true;
            return;
        }
    span_add(&own->others, value);
}

static void name_item(struct buf *text, const char *name, bool is_first)
{
    char shown[SHOWN_ITEM + 1];
    utf8_copy_line(shown, sizeof shown, name, strlen(name));
    buf_append_format(text, "%s'%s'", is_first ? "" : ", ", shown);
}

static void tell_marker(const struct marks *marks, size_t marker, const struct document *document)
{
    struct buf text = {0};
    size_t found = 0;
    buf_append_format(&text, "%g is among the answers to ", markers[marker]);
    for (size_t i = 0; i < marks->count; i++) {
        const struct item_marks *own = &marks->items[i];
        if (!own->has[marker] || !marker_is_far(markers[marker], &own->others))
            continue;
        if (found++ < ITEMS_NAMED)
            name_item(&text, document->job->items[i].name, found == 1);
    }
    if (found > ITEMS_NAMED)
        buf_append_format(&text, " and %zu more", found - ITEMS_NAMED);
    buf_append_text(&text,
                    ", far from the others, and counts as one; if it stands for no answer, put it into the "
                    "instrument's `missing`, else give the item a `range`");
    buf_put_u8(&text, 0);
    if (found)
        document_hint(document, (const char *)text.data);
    buf_free(&text);
}

void marks_tell(const struct marks *marks, const struct document *document)
{
    for (size_t i = 0; i < MARKERS; i++)
        tell_marker(marks, i, document);
}
