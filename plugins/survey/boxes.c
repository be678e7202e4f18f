/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "boxes.h"

#include "base/buf.h"
#include "base/fold.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { BOXES_NAMED = 5, SHOWN_BOX = 30 };

/* What the cells of an item were. */
struct box {
    bool is_told; /* the instrument says what an empty cell is */
    bool was_ticked, was_empty, was_other;
};

struct boxes {
    const char *ticked;
    struct box *items;
    size_t count;
};

struct boxes *boxes_make(const struct job *job, const struct tool *tool)
{
    if (!tool->ticked)
        return NULL;
    struct boxes *boxes = mem_alloc(sizeof *boxes);
    *boxes = (struct boxes){.ticked = tool->ticked,
                            .items = mem_alloc((job->item_count + 1) * sizeof *boxes->items),
                            .count = job->item_count};
    for (size_t i = 0; i < job->item_count; i++)
        boxes->items[i].is_told = labels_find(&job->items[i].labels, "") != NULL;
    return boxes;
}

void boxes_free(struct boxes *boxes)
{
    if (boxes)
        free(boxes->items);
    free(boxes);
}

void boxes_add(struct boxes *boxes, size_t item, const char *text)
{
    struct box *box = &boxes->items[item];
    if (box->was_other)
        return; /* nothing more is to be known of it */
    if (!text[0])
        box->was_empty = true;
    else if (fold_same(text, boxes->ticked))
        box->was_ticked = true;
    else
        box->was_other = true;
}

/* How much of the name of a column is that of its question: Q1 of Q1[SQ001] and Q1_SQ001; 0: it is the whole
 * question. */
static size_t question_length(const char *name)
{
    const char *bracket = strrchr(name, '[');
    const size_t length = bracket ? (size_t)(bracket - name) : strcspn(name, "_");
    return name[length] ? length : 0;
}

static bool are_of_one_question(const char *left, const char *right)
{
    const size_t length = question_length(left);
    return length == question_length(right) && strncmp(left, right, length) == 0;
}

/* Of a question with another answer anywhere, an empty cell is one that was passed over. */
static bool is_box(const struct boxes *boxes, const struct columns *columns, size_t item)
{
    const struct box *box = &boxes->items[item];
    const char *name = columns->names[columns->items[item]];
    if (box->is_told || !box->was_ticked || !box->was_empty || question_length(name) == 0)
        return false;
    for (size_t i = 0; i < boxes->count; i++)
        if (boxes->items[i].was_other && are_of_one_question(name, columns->names[columns->items[i]]))
            return false;
    return true;
}

void boxes_tell(const struct boxes *boxes, const struct columns *columns, const struct document *document)
{
    struct buf text = {0};
    size_t found = 0;
    for (size_t i = 0; boxes && i < boxes->count; i++) {
        char shown[SHOWN_BOX + 1];
        const char *name = document->job->items[i].name;
        if (!is_box(boxes, columns, i) || found++ >= BOXES_NAMED)
            continue;
        utf8_copy_line(shown, sizeof shown, name, strlen(name));
        buf_append_format(&text, "%s'%s'", found > 1 ? ", " : "the cells of ", shown);
    }
    if (found > BOXES_NAMED)
        buf_append_format(&text, " and %zu more", found - BOXES_NAMED);
    buf_append_text(&text,
                    " are Y or empty, as of boxes that may be ticked: an empty one counts as no answer, and "
                    "so every share of them is 100 %; if it is a box that was not ticked, put [\"\"] = 0 "
                    "into the `labels` of the item, beside Y = 1");
    buf_put_u8(&text, 0);
    if (found)
        document_hint(document, (const char *)text.data);
    buf_free(&text);
}
