/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "answers.h"

#include <math.h>
#include <string.h>

const char *const answers_items[ITEMS] = {"a", "b", "c", "d"};

static int take_item(void *data, uint32_t id, const char *name)
{
    uint32_t *ids = data;
    for (size_t i = 0; i < ITEMS; i++)
        if (strcmp(answers_items[i], name) == 0)
            ids[i] = id;
    return 0;
}

int answers_find_items(struct store_view *view, uint32_t ids[ITEMS], struct error *error)
{
    memset(ids, 0, ITEMS * sizeof *ids);
    return store_items(view, take_item, ids, error);
}

static double given(const struct response *response, uint32_t id)
{
    for (size_t i = 0; i < response->count; i++)
        if (response->items[i] == id)
            return response->values[i];
    return NAN;
}

static size_t score_scale(const double scored[3], struct answer_number *numbers)
{
    double sum = 0;
    size_t answered = 0, count = 0;
    for (size_t i = 0; i < 3; i++) {
        sum += isnan(scored[i]) ? 0 : scored[i];
        answered += isnan(scored[i]) ? 0 : 1;
    }
    if (answered >= 2)
        numbers[count++] = (struct answer_number){SCALE, 0, sum / (double)answered};
    if (answered < 3)
        return count;
    numbers[count++] = (struct answer_number){SCALE, 1, sum};
    for (size_t i = 0; i < 3; i++)
        numbers[count++] = (struct answer_number){SCALE, 2 + i, scored[i]};
    return count;
}

size_t answers_numbers(const struct response *response, const uint32_t ids[ITEMS],
                       struct answer_number numbers[MOST_NUMBERS])
{
    const double a = given(response, ids[0]), b = given(response, ids[1]);
    const double c = given(response, ids[2]), d = given(response, ids[3]);
    size_t count = score_scale((const double[]){a, 6 - b, c}, numbers);
    if (!isnan(d))
        numbers[count++] = (struct answer_number){ITEM, 0, d};
    if (!isnan(a))
        numbers[count++] = (struct answer_number){SHARE, 0, a >= 4};
    if (!isnan(a) && !isnan(d))
        numbers[count++] = (struct answer_number){DERIVED, 0, a / 2 - d};
    return count;
}

void answers_name_person(uint8_t respondent[PSEUDONYM_SIZE], unsigned person)
{
    memset(respondent, 0, PSEUDONYM_SIZE);
    respondent[0] = (uint8_t)person;
}

int answers_append(struct store_tx *tx, uint32_t period, uint32_t group, unsigned person,
                   const double answers[ITEMS], struct error *error)
{
    struct response response = {.period = period, .group = group, .submitted = INT64_MIN};
    enum store_outcome outcome;
    uint64_t position;
    uint32_t item;
    int result = 0;
    answers_name_person(response.respondent, person);
    for (size_t i = 0; i < ITEMS && result == 0; i++) {
        result = store_item_intern(tx, answers_items[i], &item, error);
        if (result == 0 && !isnan(answers[i]))
            response_add(&response, item, answers[i]);
    }
    response_sort(&response);
    if (result == 0)
        result = store_append_response(tx, &response, &outcome, &position, error);
    response_free(&response);
    return result;
}
