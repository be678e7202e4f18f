/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers to the four items that tests ask, and the numbers that their inputs make of them. */
#ifndef TESTS_ENGINE_ANSWERS_H
#define TESTS_ENGINE_ANSWERS_H

#include "store/store.h"

enum { ITEMS = 4, MOST_NUMBERS = 8 };
extern const char *const answers_items[ITEMS];

/* A scale of a, 6 - b and c with two of them answered at least; item d; a share of a of at least 4; a / 2 - d
 * by a script. */
enum input_number { SCALE = 1, ITEM = 2, SHARE = 3, DERIVED = 4, INPUTS = 4 };

/* One number that belongs into a tally of the cells of an input. */
struct answer_number {
    enum input_number input;
    size_t tally;
    double value;
};

/* By item its number in the store; 0: nobody has answered it. */
int answers_find_items(struct store_view *view, uint32_t ids[ITEMS], struct error *error);
size_t answers_numbers(const struct response *response, const uint32_t ids[ITEMS],
                       struct answer_number numbers[MOST_NUMBERS]);
/* Whom a number is told by; below 256. */
void answers_name_person(uint8_t respondent[PSEUDONYM_SIZE], unsigned person);
/* Appends a person's answers, NaN where there is none. */
int answers_append(struct store_tx *tx, uint32_t period, uint32_t group, unsigned person,
                   const double answers[ITEMS], struct error *error);

#endif
