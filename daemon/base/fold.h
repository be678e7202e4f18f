/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One form for what reads the same. "Zorg", "zorg", "Zorg " and an "o" with its accent beside it instead of
 * above it are the same to everybody who reads them, and so they are here: names and answers are compared by
 * their canonical composition and full case folding (Unicode's NFC and CaseFolding.txt, as utf8proc has
 * them), with every run of white space as one blank and none at the ends. What merely looks alike ("Zorg 1"
 * and "Zorg I", a digit above the line) stays two.
 *
 * A text that is not UTF-8, or piles up more marks than any language does, is folded by A to Z and white
 * space alone. All texts end with NUL. Time and memory follow the length of the text.
 */
#ifndef BASE_FOLD_H
#define BASE_FOLD_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Room for every text of so many bytes once it is folded, NUL included: in UTF-8 it becomes at most three
 * times as long (Unicode's annex 15 on normalization, and CaseFolding.txt). */
#define FOLD_ROOM(size) (3 * (size) + 1)

/* The folded text. To be freed. */
char *fold_text(const char *text);
/* The same into a buffer of `size` bytes; what does not fit is cut, by whole characters. */
void fold_into(const char *text, char *folded, size_t size);
/* The same behind what is in `out`, without a NUL. */
void fold_append(const char *text, struct buf *out);
/* Are the two the same in that form? */
bool fold_same(const char *left, const char *right);
/* Is it the same as one of these words? They end with NULL. */
bool fold_is_one_of(const char *text, const char *const *words);

#endif
