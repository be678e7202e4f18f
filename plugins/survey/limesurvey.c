/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "limesurvey.h"

#include "base/fold.h"
#include "base/mem.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_TITLE = 40, SHAPED_COLUMNS = 4, LONGEST_SEPARATOR = 8 };

static const char submitdate[] = "submitdate";

/* The columns that LimeSurvey adds to every survey, by code and by English text. Those that `tell` have names
 * that hardly anything else gives. */
static const struct {
    const char *code, *title;
    bool tells;
} own_columns[] = {
    {"id", "response id", false},
    {submitdate, "date submitted", true},
    {"lastpage", "last page", true},
    {"startlanguage", "start language", true},
    {"seed", "seed", false},
    {"token", "token", false},
    {"token", "access code", false},
    {"startdate", "date started", false},
    {"datestamp", "date last action", true},
    {"ipaddr", "ip address", false},
    {"refurl", "referrer url", false},
};

enum { OWN_COLUMNS = sizeof own_columns / sizeof *own_columns, NO_OWN_COLUMN = -1 };

/* ---- headings -------------------------------------------------------------------------------------------
 */

/* How the heading names its columns. */
enum style { NOT_LIMESURVEY, BY_CODE, BY_CODE_AND_TEXT, BY_TEXT, BY_SHAPED_TEXT };

struct reading {
    enum style style;
    char separator[LONGEST_SEPARATOR + 1]; /* between code and text */
};

static int own_by_code(const char *text, size_t length)
{
    for (int i = 0; i < OWN_COLUMNS; i++)
        if (strlen(own_columns[i].code) == length && strncmp(own_columns[i].code, text, length) == 0)
            return i;
    return NO_OWN_COLUMN;
}

/* Blanks may have been made underscores: a choice of the export's. */
static int own_by_title(const char *text)
{
    char title[LONGEST_TITLE];
    if (strlen(text) >= sizeof title)
        return NO_OWN_COLUMN;
    fold_into(text, title, sizeof title);
    for (char *at = title; (at = strchr(at, '_'));)
        *at = ' ';
    for (int i = 0; i < OWN_COLUMNS; i++)
        if (strcmp(own_columns[i].title, title) == 0)
            return i;
    return NO_OWN_COLUMN;
}

/* The bytes of a code: Q1, Q1[SQ001], Q1[SQ001][1], Q1_SQ001. */
static size_t code_length(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t length = strspn(text, letters);
    while (length && text[length] == '[') {
        const size_t inside = strspn(text + length + 1, letters);
        if (!inside || text[length + 1 + inside] != ']')
            break;
        length += inside + 2;
    }
    return length;
}

/* Up to the first letter or digit. */
static size_t separator_length(const char *text)
{
    size_t length = 0;
    while (text[length] && !isalnum((unsigned char)text[length]) && (unsigned char)text[length] < 0x80)
        length++;
    return length;
}

/* What stands between the code and the text of a column of LimeSurvey's own: ". " if nothing else was
 * chosen. */
static bool read_separator(const char *text, char separator[LONGEST_SEPARATOR + 1])
{
    const size_t code = code_length(text), length = separator_length(text + code);
    const int own = own_by_code(text, code);
    if (own == NO_OWN_COLUMN || !own_columns[own].tells || !length || length > LONGEST_SEPARATOR ||
        !text[code + length])
        return false;
    memcpy(separator, text + code, length);
    separator[length] = '\0';
    return true;
}

struct count {
    int telling;
    bool has_parts; /* Q1[SQ001] */
};

static void add(struct count *count, int own, const char *code, size_t length)
{
    count->telling += own != NO_OWN_COLUMN && own_columns[own].tells;
    count->has_parts |= length && memchr(code, '[', length) != NULL;
}

/* Others call a column "submitdate" too, but no two of them, and none beside the code of a sub-question. */
static bool is_enough(const struct count *count)
{
    return count->telling >= 2 || (count->telling == 1 && count->has_parts);
}

static size_t length_without_blanks(const char *text, size_t length)
{
    while (length && isspace((unsigned char)text[length - 1]))
        length--;
    return length;
}

/* The text behind a code and the separator, or NULL: it is not written so. A question may have no text. */
static const char *text_behind(const char *text, const char *separator)
{
    const size_t code = code_length(text), length = strlen(separator);
    if (!code || !length)
        return NULL;
    if (strncmp(text + code, separator, length) == 0)
        return text + code + length;
    const size_t least = length_without_blanks(separator, length);
    return strncmp(text + code, separator, least) == 0 && !text[code + least] ? text + code + least : NULL;
}

static int own_by_code_and_text(const char *text, const char *separator)
{
    return text_behind(text, separator) ? own_by_code(text, code_length(text)) : NO_OWN_COLUMN;
}

static bool is_number(const char *text)
{
    return *text && text[strspn(text, "0123456789")] == '\0';
}

static bool is_time(const char *text)
{
    static const char shape[] = "0000-00-00 00:00:00";
    for (size_t i = 0; i < sizeof shape - 1; i++)
        if (shape[i] == '0' ? !isdigit((unsigned char)text[i]) : text[i] != shape[i])
            return false;
    return text[sizeof shape - 1] == '\0';
}

/* nl, en, nl-informal, pt-BR */
static bool is_language(const char *text)
{
    const size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz");
    return (length == 2 || length == 3) && (!text[length] || text[length] == '-');
}

/* A number, when it was sent off, the last page, the language: the first columns of every export. Their texts
 * are in the language of the one who exports, so that only their answers tell them. */
static bool has_shape(const struct row *row)
{
    return row->count >= SHAPED_COLUMNS && is_number(row->fields[0].text) &&
           (!row->fields[1].text[0] || is_time(row->fields[1].text)) &&
           (!row->fields[2].text[0] || is_number(row->fields[2].text)) && is_language(row->fields[3].text);
}

static bool has_time(const struct row *row)
{
    for (size_t i = 0; i < row->count; i++)
        if (is_time(row->fields[i].text))
            return true;
    return false;
}

static bool is_shaped(const struct first_rows *first)
{
    bool any_time = false;
    for (size_t i = 1; i < first->count; i++) {
        if (!has_shape(&first->rows[i]))
            return false;
        any_time |= has_time(&first->rows[i]);
    }
    for (size_t i = 0; i < SHAPED_COLUMNS && i < first->rows[0].count; i++)
        if (!first->rows[0].fields[i].text[0] || is_number(first->rows[0].fields[i].text))
            return false;
    return any_time;
}

static struct reading read_heading(const struct first_rows *first)
{
    const struct row *row = &first->rows[0];
    struct reading reading = {0};
    struct count by_code = {0}, by_title = {0}, by_both = {0};
    for (size_t i = 0; i < row->count && !reading.separator[0]; i++)
        read_separator(row->fields[i].text, reading.separator);
    for (size_t i = 0; i < row->count; i++) {
        const char *text = row->fields[i].text;
        const size_t size = strlen(text), code = code_length(text);
        add(&by_code, own_by_code(text, size), text, code == size ? code : 0);
        add(&by_title, own_by_title(text), text, 0);
        add(&by_both, own_by_code_and_text(text, reading.separator), text,
            text_behind(text, reading.separator) ? code : 0);
    }
    if (is_enough(&by_code))
        reading.style = BY_CODE;
    else if (is_enough(&by_both))
        reading.style = BY_CODE_AND_TEXT;
    else if (is_enough(&by_title))
        reading.style = BY_TEXT;
    else if (is_shaped(first))
        reading.style = BY_SHAPED_TEXT;
    return reading;
}

static bool is_limesurvey(const struct first_rows *first)
{
    return read_heading(first).style != NOT_LIMESURVEY;
}

/* ---- names of columns -----------------------------------------------------------------------------------
 */

/* Where the last bracket of a text that ends with one begins, so that those in it are closed; or NULL. */
static const char *last_bracket(const char *text, size_t length)
{
    int depth = 0;
    for (size_t at = length; at-- > 0;) {
        depth += text[at] == ']' ? 1 : text[at] == '[' ? -1 : 0;
        if (depth == 0)
            return text[at] == '[' ? text + at : NULL;
    }
    return NULL;
}

/* "How well can you ... [search]": a table of questions has one text, and each of its lines another. Those
 * with two brackets are known by both. */
static char *part_of(const char *text)
{
    const size_t length = length_without_blanks(text, strlen(text));
    const char *bracket = last_bracket(text, length);
    if (!bracket || bracket == text || length - (size_t)(bracket - text) <= 2)
        return NULL;
    const size_t before = length_without_blanks(text, (size_t)(bracket - text));
    if (!before || text[before - 1] == ']')
        return NULL;
    return mem_format("%.*s", (int)(text + length - bracket - 2), bracket + 1);
}

/* A text whose blanks were made underscores has them back. */
static char *text_of(const char *text)
{
    char *copy = mem_copy_text(text);
    if (!strchr(copy, ' '))
        for (char *at = copy; (at = strchr(at, '_'));)
            *at = ' ';
    return copy;
}

static void name_column(const struct reading *reading, struct heading *heading, size_t column,
                        const struct field *field)
{
    const int own = reading->style == BY_TEXT          ? own_by_title(field->text)
                    : reading->style != BY_SHAPED_TEXT ? NO_OWN_COLUMN
                    : column < SHAPED_COLUMNS          ? (int)column
                                                       : NO_OWN_COLUMN;
    const char *behind =
        reading->style == BY_CODE_AND_TEXT ? text_behind(field->text, reading->separator) : NULL;
    heading->names[column] = own != NO_OWN_COLUMN ? mem_copy_text(own_columns[own].code)
                             : behind ? mem_format("%.*s", (int)code_length(field->text), field->text)
                                      : tool_name_of(field);
    if (reading->style == BY_CODE)
        return;
    heading->texts[column] = text_of(behind ? behind : field->text);
    heading->parts[column] = part_of(heading->texts[column]);
}

static size_t column_named(const struct heading *heading, const char *name)
{
    size_t column = 0;
    while (column < heading->width && strcmp(heading->names[column], name) != 0)
        column++;
    return column;
}

/* The number of a response, which those of other surveys have too, and what makes it this one's: what never
 * changes again, or else all of it. */
static void find_keys(struct heading *heading)
{
    static const char *const own[] = {"seed", "startdate"};
    const size_t id = column_named(heading, "id");
    if (id == heading->width)
        return;
    tool_add_key(heading, id);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (column_named(heading, own[i]) < heading->width)
            tool_add_key(heading, column_named(heading, own[i]));
    const bool is_alone = heading->key_count == 1;
    for (size_t i = 0; is_alone && i < heading->width; i++)
        if (i != id)
            tool_add_key(heading, i);
}

static void name_columns(const struct first_rows *first, struct heading *heading)
{
    const struct reading reading = read_heading(first);
    for (size_t i = 0; i < heading->width; i++)
        name_column(&reading, heading, i, &first->rows[0].fields[i]);
    find_keys(heading);
}

/* Q1[SQ001] is also exported as Q1_SQ001, and the scales 1 and 2 of Q1[SQ001][1] as Q1_SQ001_0 and _1. */
static char *same_name(const char *name)
{
    const size_t length = strlen(name);
    char *same = mem_alloc(length + 1);
    size_t size = 0;
    if (code_length(name) != length)
        memcpy(same, name, length);
    else
        for (size_t i = 0; i < length; i++) {
            const bool is_scale = name[i] == '[' && i && name[i - 1] == ']' && i + 3 == length &&
                                  (name[i + 1] == '1' || name[i + 1] == '2');
            if (name[i] != ']')
                same[size++] = name[i] == '[' ? '_' : name[i];
            if (is_scale)
                same[size++] = (char)(name[++i] - 1);
        }
    return same;
}

static bool is_own(const char *name)
{
    return own_by_code(name, strlen(name)) != NO_OWN_COLUMN;
}

/* ---- rows and answers -----------------------------------------------------------------------------------
 */

static enum row_kind kind_of(const struct heading *heading, const struct row *row)
{
    for (size_t i = 0; i < heading->width && i < row->count; i++)
        if (strcmp(heading->names[i], submitdate) == 0)
            return row->fields[i].length ? ROW_ANSWERS : ROW_UNFINISHED;
    return ROW_ANSWERS;
}

static bool take(const char *text, size_t length, char part[LONGEST_ANSWER])
{
    while (length && *text == ' ')
        text++, length--;
    length = length_without_blanks(text, length);
    snprintf(part, LONGEST_ANSWER, "%.*s", (int)length, text);
    return length > 0;
}

/* "eens [a4]" and "eens (a4)" */
static bool cut_behind(const char *answer, char code[LONGEST_ANSWER], char text[LONGEST_ANSWER])
{
    const size_t length = strlen(answer);
    const char open = answer[length - 1] == ']' ? '[' : answer[length - 1] == ')' ? '(' : '\0';
    const char *bracket = open ? strrchr(answer, open) : NULL;
    return bracket && take(bracket + 1, (size_t)(answer + length - 1 - bracket - 1), code) &&
           take(answer, (size_t)(bracket - answer), text);
}

/* "[a4] eens", "(a4) eens", "a4. eens", "a4: eens" and "a4 - eens" */
static bool cut_in_front(const char *answer, char code[LONGEST_ANSWER], char text[LONGEST_ANSWER])
{
    static const char *const separators[] = {". ", ": ", " - "};
    const char close = answer[0] == '[' ? ']' : answer[0] == '(' ? ')' : '\0';
    const char *end = close ? strchr(answer, close) : NULL;
    if (end)
        return take(answer + 1, (size_t)(end - answer - 1), code) && take(end + 1, strlen(end + 1), text);
    const size_t length = strspn(answer, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    for (size_t i = 0; i < sizeof separators / sizeof *separators; i++)
        if (strncmp(answer + length, separators[i], strlen(separators[i])) == 0) {
            const char *rest = answer + length + strlen(separators[i]);
            return take(answer, length, code) && take(rest, strlen(rest), text);
        }
    return false;
}

/* LimeSurvey gives five characters to a code. One without a digit is as short as Y: "ja (soms)" and "nee -
 * nog niet" are answers of their own. */
static bool is_code(const char *text)
{
    enum { LONGEST_CODE = 5 };
    const size_t length = strlen(text);
    return length == 1 || (length <= LONGEST_CODE && text[strcspn(text, "0123456789")] != '\0');
}

static bool cut_answer(const char *answer, char code[LONGEST_ANSWER], char text[LONGEST_ANSWER])
{
    return answer[0] && (cut_behind(answer, code, text) || cut_in_front(answer, code, text)) && is_code(code);
}

static enum word word_of(const char *answer, double *number)
{
    static const struct {
        const char *answer;
        enum word word;
        double number;
    } words[] = {
        {"y", WORD_NUMBER, 1},  {"n", WORD_NUMBER, 0},   {"yes", WORD_NUMBER, 1}, {"no", WORD_NUMBER, 0},
        {"ja", WORD_NUMBER, 1}, {"nee", WORD_NUMBER, 0}, {"-oth-", WORD_NONE, 0}, /* the text is in a column
                                                                                     of its own */
        {"n/a", WORD_NONE, 0}, /* of a question that was not seen */
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].answer, answer) == 0) {
            *number = words[i].number;
            return words[i].word;
        }
    return NOT_A_WORD;
}

const struct tool tool_limesurvey = {
    .name = "limesurvey",
    .is = is_limesurvey,
    .heading_rows = 1,
    .name_columns = name_columns,
    .kind = kind_of,
    .same_name = same_name,
    .cut_answer = cut_answer,
    .word = word_of,
    .is_own = is_own,
    .ticked = "Y",
    .respondent = "token",
    .submitted = submitdate,
    .no_date = "1980-01-01 00:00:00", /* of a survey that keeps no times */
    .decimal = '.',
};
