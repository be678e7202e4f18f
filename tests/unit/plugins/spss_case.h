/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of files of SPSS share. */
#ifndef TEST_SPSS_CASE_H
#define TEST_SPSS_CASE_H

#include "survey_case.h"

#include <stddef.h>

struct bytes {
    char *bytes; /* to be freed */
    size_t size;
};

/* A file of tests/data/spss. Fails the test where it is not there. */
struct bytes spss_bytes(const char *name);

/* Puts another number into the record of a system file that tells its character set, and another name into
 * the one that names it ("Machine Integer Info Record" and "Character Encoding Record" in PSPP's description
 * of system files), of at most the length of the one that is there; NULL: that record is no more. */
void spss_set_charset(struct bytes *bytes, int number, const char *name);
/* How many cases the header says there are; -1: it does not know. */
void spss_set_cases(struct bytes *bytes, int count);

/* `told` is what the feed's section tells, as "\"decimal\":\"comma\"", or "". */
struct reading spss_read(const struct bytes *bytes, const char *instrument, const char *told);
struct reading spss_read_file(const char *name, const char *instrument);

#endif
