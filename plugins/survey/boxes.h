/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Boxes that may be ticked, of a tool that writes a word for those that are and nothing for the others.
 * Where the instrument does not say what an empty cell is, everybody who answered ticked the box, and any
 * share of them is 100 %: nothing tells that from a question that was passed over, so it is told.
 */
#ifndef SURVEY_BOXES_H
#define SURVEY_BOXES_H

#include "columns.h"
#include "format.h"

struct boxes;

/* NULL where the tool writes no such word. */
struct boxes *boxes_make(const struct job *job, const struct tool *tool);
void boxes_free(struct boxes *boxes);
/* A cell of an item in a response that was sent off. */
void boxes_add(struct boxes *boxes, size_t item, const char *text);
/* At the end of the document: a hint on the items that are such boxes. */
void boxes_tell(const struct boxes *boxes, const struct columns *columns, const struct document *document);

#endif
