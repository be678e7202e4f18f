/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SURVEY_FOLD_H
#define SURVEY_FOLD_H

#include <stdbool.h>
#include <stddef.h>

/* A text in the form in which answers are compared: ASCII letters small, every run of white space one blank,
 * none at the ends. To be freed. */
char *fold_text(const char *text);
/* The same into a buffer; what does not fit is cut. */
void fold_into(const char *text, char *folded, size_t size);
/* Are the two the same in that form? */
bool fold_same(const char *left, const char *right);
/* Is it the same as one of these words? They end with NULL. */
bool fold_is_one_of(const char *text, const char *const *words);

#endif
