/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What libFuzzer calls, and what targets share. A target ends with a crash where a promise does not hold. */
#ifndef TEST_FUZZ_H
#define TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* As assert, in every build. */
#define HOLDS(condition)                                                                                     \
    ((condition) ? (void)0                                                                                   \
                 : (fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition), abort()))

/* A file with these bytes, the same descriptor each time. */
int fuzz_file(const uint8_t *bytes, size_t size);
/* A text of these bytes; to be freed. */
char *fuzz_text(const uint8_t *bytes, size_t size);

#endif
