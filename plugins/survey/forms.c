/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Microsoft Forms and Google Forms: one row of questions, with columns of their own before it. The help pages
 * are "Check and share your form results" of Microsoft, and "View & manage form responses" of Google.
 */
#include "forms.h"

#include "base/fold.h"
#include "base/mem.h"

#include <string.h>

static bool is_microsoft(const struct first_rows *first)
{
    static const char *const ids[] = {"ID", NULL}, *const starts[] = {"Start time", "Begintijd", NULL},
                             *const ends[] = {"Completion time", "Tijd van voltooien", "Voltooiingstijd",
                                              NULL};
    return fold_is_one_of(tool_field(first, 0, 0), ids) && fold_is_one_of(tool_field(first, 0, 1), starts) &&
           fold_is_one_of(tool_field(first, 0, 2), ends);
}

static bool is_google(const struct first_rows *first)
{
    static const char *const stamps[] = {"Timestamp", "Tijdstempel", NULL};
    return fold_is_one_of(tool_field(first, 0, 0), stamps);
}

static void name_forms(const struct first_rows *first, struct heading *heading)
{
    for (size_t i = 0; i < heading->width; i++) {
        heading->names[i] = tool_name_at(first, i);
        heading->texts[i] = mem_copy_text(heading->names[i]);
    }
}

/* The number of a response, which those of other forms have too, and when it was begun. */
static void name_microsoft(const struct first_rows *first, struct heading *heading)
{
    name_forms(first, heading);
    tool_add_key(heading, 0);
    tool_add_key(heading, 1);
}

/* A line of a table of questions: "Hoe vaak? [ChatGPT]". */
static char *line_of(const char *text)
{
    const size_t length = strlen(text);
    const char *open = strrchr(text, '[');
    if (!open || open == text || length < 2 || text[length - 1] != ']')
        return NULL;
    char *line = mem_copy_text(open + 1);
    line[strlen(line) - 1] = '\0';
    return line;
}

/* There is no number of a response: its second and all of its answers are what it is known by. */
static void name_google(const struct first_rows *first, struct heading *heading)
{
    name_forms(first, heading);
    for (size_t i = 0; i < heading->width; i++) {
        heading->parts[i] = line_of(heading->names[i]);
        heading->questions[i] = i;
        tool_add_key(heading, i);
    }
    heading->keys_may_repeat = true;
}

static bool is_own(const char *name)
{
    static const char *const own[] = {"ID",
                                      "Start time",
                                      "Begintijd",
                                      "Completion time",
                                      "Tijd van voltooien",
                                      "Voltooiingstijd",
                                      "Last modified time",
                                      "Tijd van laatste wijziging",
                                      "Email",
                                      "E-mail",
                                      "Name",
                                      "Naam",
                                      "Timestamp",
                                      "Tijdstempel",
                                      "Email Address",
                                      "E-mailadres",
                                      "Username",
                                      "Gebruikersnaam",
                                      NULL};
    return fold_is_one_of(name, own);
}

static const char *const anonymous[] = {"anonymous", "anoniem", NULL};

/* In Excel's formats the sign between the numbers of a date is that of the country, and their order is not.
 */
const struct tool tool_microsoft_forms = {.name = "microsoft forms",
                                          .is = is_microsoft,
                                          .heading_rows = 1,
                                          .dashes_tell_nothing = true,
                                          .nobody = anonymous,
                                          .separator = ';',
                                          .name_columns = name_microsoft,
                                          .is_own = is_own};
const struct tool tool_google_forms = {.name = "google forms",
                                       .is = is_google,
                                       .heading_rows = 1,
                                       .separator = ',',
                                       .name_columns = name_google,
                                       .is_own = is_own};
