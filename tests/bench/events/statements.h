/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Statements as a video player of an LMS sends them, made from a number: the same number is the same
 * statement everywhere, and each is as long as the next, so that making one costs next to nothing beside
 * sending it.
 */
#ifndef BENCH_STATEMENTS_H
#define BENCH_STATEMENTS_H

#include <stddef.h>
#include <stdint.h>

enum { STATEMENT_STUDENTS = 20000, STATEMENT_COURSES = 200 };

struct statements {
    int64_t begin; /* the time of number 0, milliseconds since 1970 UTC */
    int64_t step;  /* so many milliseconds lie between two */
};

/* How long every statement is, in bytes. */
size_t statement_size(void);
/* Writes statement `number`, without a NUL. */
void statement_put(const struct statements *statements, uint64_t number, char *out);

int64_t statement_time(const struct statements *statements, uint64_t number);
unsigned statement_student(uint64_t number);
unsigned statement_course(uint64_t number);

/* A number from the command line; what is none, or has something behind it, ends the program. */
uint64_t number_argument(const char *text);

#endif
