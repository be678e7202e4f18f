/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A few texts, each once, in the order in which they came. Each look goes through all of them. */
#ifndef BASE_TEXTS_H
#define BASE_TEXTS_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed is empty. */
struct texts {
    char **all;
    size_t count;
};

/* Adds a copy, unless it is there. */
void texts_add(struct texts *texts, const char *text);
void texts_add_all(struct texts *texts, const struct texts *others);
bool texts_have(const struct texts *texts, const char *text);
void texts_free(struct texts *texts);

#endif
