/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * "All responses" exports of SurveyMonkey, as its help page "Exporting Survey Data" shows them: a row of
 * questions, each above the first of its columns alone, and a row of what of the question each column is.
 */
#include "surveymonkey.h"
#include "plain_text.h"

#include "base/fold.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { PARTS = 1 }; /* the row below the questions */

/* A longer one is not repeated in front of each of its parts: there may be thousands of them. */
enum { LONGEST_QUESTION = 2048 };

static bool is_surveymonkey(const struct first_rows *first)
{
    static const char *const ids[] = {"Respondent ID", "RespondentID", "Respondent-ID", "respondent_id",
                                      NULL};
    return first->count > PARTS && fold_is_one_of(tool_field(first, 0, 0), ids) &&
           !tool_field(first, PARTS, 0)[0];
}

/* Of a question with one answer, and of one that is answered in words. */
static bool is_whole_question(const char *part)
{
    static const char *const words[] = {"",         "Response",      "Open-Ended Response",
                                        "Antwoord", "Open antwoord", NULL};
    return fold_is_one_of(part, words);
}

static bool begins_question(const struct first_rows *first, const struct heading *heading, size_t column)
{
    return column >= heading->width || tool_field(first, 0, column)[0];
}

/* A question of one column has all of its answer there, whatever the second row says in whatever language. */
static void name_column(const struct first_rows *first, struct heading *heading, size_t column,
                        size_t question)
{
    const char *asked = tool_field(first, 0, question), *part = tool_field(first, PARTS, column);
    const bool is_alone = column == question && begins_question(first, heading, column + 1);
    if (column != question && !part[0]) {
        heading->names[column] = mem_copy_text("");
        return;
    }
    if (is_alone || (column == question && is_whole_question(part))) {
        heading->names[column] = tool_name_at(first, column);
        heading->texts[column] = plain_text(asked);
        return;
    }
    const bool is_long = strlen(asked) > LONGEST_QUESTION;
    char *text = is_long ? mem_copy_text(part) : mem_format("%s - %s", asked, part);
    heading->texts[column] = plain_text(text);
    heading->names[column] = text;
    heading->parts[column] = plain_text(part);
    heading->questions[column] = question;
}

static void name_surveymonkey(const struct first_rows *first, struct heading *heading)
{
    size_t question = 0;
    for (size_t i = 0; i < heading->width; i++) {
        question = begins_question(first, heading, i) ? i : question;
        name_column(first, heading, i, question);
    }
    tool_add_key(heading, 0);
}

static bool is_own(const char *name)
{
    static const char *const own[] = {
        "Respondent ID", "RespondentID", "Respondent-ID", "respondent_id", "Collector ID",  "CollectorID",
        "collector_id",  "Start Date",   "StartDate",     "date_created",  "End Date",      "EndDate",
        "date_modified", "IP Address",   "ip_address",    "Email Address", "email_address", "First Name",
        "FirstName",     "first_name",   "Last Name",     "LastName",      "last_name",     NULL};
    return fold_is_one_of(name, own);
}

const struct tool tool_surveymonkey = {.name = "surveymonkey",
                                       .is = is_surveymonkey,
                                       .heading_rows = 2,
                                       .ticks = true,
                                       .name_columns = name_surveymonkey,
                                       .is_own = is_own};
