/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ZIP archive that a workbook is, by ECMA-376 part 2: named parts, which are unpacked piece by piece. All
 * that is unpacked of one document together is bounded, and so is its directory: a few bytes of an archive
 * may stand for very many.
 */
#ifndef SURVEY_XLSX_PACKAGE_H
#define SURVEY_XLSX_PACKAGE_H

#include "format.h"

enum { PIECE_SIZE = 64 * 1024, MOST_UNPACKED = 1 << 30, LARGEST_DIRECTORY = 2 << 20 };

struct package;
struct part;

/* NULL where it is none that can be opened, and `why` says what is wrong. The document lives longer. */
struct package *package_open(const struct document *document, char why[LONGEST_REASON]);
void package_close(struct package *package); /* NULL is nothing */

/* What is unpacked is counted anew: a document may be read twice. */
void package_begin(struct package *package);
/* The position in the archive up to which it was read last. */
uint64_t package_position(const struct package *package);

/* Names are compared without regard to capitals of a to z. */
bool package_has(const struct package *package, const char *name);

/* NULL, and `why`: there is no such part, or it cannot be unpacked. One part is open at a time. */
struct part *part_open(struct package *package, const char *name, char why[LONGEST_REASON]);
/* So many bytes, 0 at its end; -1, and `why`. */
ssize_t part_read(struct part *part, char *bytes, size_t size, char why[LONGEST_REASON]);
void part_close(struct part *part); /* NULL is nothing */

#endif
