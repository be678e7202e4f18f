/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results: xAPI 1.0.3, Data 2.4.5. */
#include "statement/check.h"

#include "check/forms.h"

static int check_scaled(struct checking *checking, uint32_t value)
{
    if (check_number(checking, value))
        return -1;
    const double scaled = json_number(checking->json, value);
    return scaled >= -1 && scaled <= 1 ? 0 : check_fail(checking, value, "a number from -1 to 1 is wanted");
}

/* Of two members of the score, where both are there: is the first at most the other, or below it? */
static int check_order(struct checking *checking, uint32_t score, const char *low, const char *high,
                       bool equal_too)
{
    const struct json *json = checking->json;
    const uint32_t lower = json_member(json, score, low), higher = json_member(json, score, high);
    if (!lower || !higher)
        return 0;
    const double from = json_number(json, lower), to = json_number(json, higher);
    if (from < to || (equal_too && from <= to))
        return 0;
    return check_fail(checking, score, "\"%s\" has to be %s \"%s\"", low, equal_too ? "at most" : "less than",
                      high);
}

static int check_score(struct checking *checking, uint32_t value)
{
    static const struct property properties[] = {{"scaled", check_scaled, false},
                                                 {"raw", check_number, false},
                                                 {"min", check_number, false},
                                                 {"max", check_number, false},
                                                 {0}};
    if (check_object(checking, value, properties) || check_order(checking, value, "min", "max", false) ||
        check_order(checking, value, "min", "raw", true))
        return -1;
    return check_order(checking, value, "raw", "max", true);
}

static int check_duration(struct checking *checking, uint32_t value)
{
    return check_form(checking, value, form_is_duration,
                      "a duration of ISO 8601, as \"PT4H35M59.14S\" or \"P4W\",");
}

int check_result(struct checking *checking, uint32_t value)
{
    static const struct property properties[] = {{"score", check_score, false},
                                                 {"success", check_boolean, false},
                                                 {"completion", check_boolean, false},
                                                 {"response", check_string, false},
                                                 {"duration", check_duration, false},
                                                 {"extensions", check_extensions, false},
                                                 {0}};
    return check_object(checking, value, properties);
}
