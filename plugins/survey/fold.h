/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SURVEY_FOLD_H
#define SURVEY_FOLD_H

#include <stddef.h>

/* A text in the form in which answers are compared: ASCII letters small, every run of white space one blank,
 * none at the ends. To be freed. */
char *fold_text(const char *text);
/* The same into a buffer; what does not fit is cut. */
void fold_into(const char *text, char *folded, size_t size);

#endif
