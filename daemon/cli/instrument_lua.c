/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/instrument.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_NAME = 200, SHOWN_NAME = 60, MOST_USED = 16 };

/* Labels of one or more items. */
struct label_set {
    const cJSON *labels;
    size_t uses;
};

struct writer {
    struct buf *lua;
    struct label_set *sets;
    size_t *set_of; /* by column, from 1: those of an item */
    size_t set_count;
    const cJSON *used[MOST_USED]; /* columns that are more than items */
    size_t used_count;
    const cJSON *columns;        /* the first of them; the others follow */
    const cJSON *whole, *pieces; /* the first piece, and the array of all */
};

/* ---- Lua ------------------------------------------------------------------------------------------------
 */

/* What would act on whoever shows it, and what ends a text of Lua, is written out. */
static void put_text(struct buf *lua, const char *text)
{
    size_t left = strlen(text);
    buf_append_text(lua, "\"");
    while (left) {
        const size_t length = utf8_character(text, left), taken = length ? length : 1;
        const bool is_written_out = !length || utf8_is_control(text, length);
        for (size_t i = 0; i < taken; i++)
            if (is_written_out)
                buf_append_format(lua, "\\%03d", (unsigned char)text[i]);
            else
                buf_append_format(lua, "%s%c", text[i] == '"' || text[i] == '\\' ? "\\" : "", text[i]);
        text += taken;
        left -= taken;
    }
    buf_append_text(lua, "\"");
}

static bool is_word(const char *text)
{
    static const char *const reserved[] = {
        "and", "break", "do",  "else", "elseif", "end",    "false",  "for",  "function", "goto",  "if",
        "in",  "local", "nil", "not",  "or",     "repeat", "return", "then", "true",     "until", "while"};
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strcmp(reserved[i], text) == 0)
            return false;
    return (isalpha((unsigned char)text[0]) || text[0] == '_') &&
           text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

static void put_key(struct buf *lua, const char *key)
{
    if (is_word(key)) {
        buf_append_text(lua, key);
        return;
    }
    buf_append_text(lua, "[");
    put_text(lua, key);
    buf_append_text(lua, "]");
}

/* Part of a comment: its beginning, on one line. */
static void put_comment(struct buf *lua, const char *text)
{
    char shown[SHOWN_NAME + 1];
    utf8_copy_line(shown, sizeof shown, text, strlen(text));
    buf_append_format(lua, "%s%s", shown, strlen(text) > SHOWN_NAME ? "..." : "");
}

/* What the decoder says, which may have been taken over by the file: it ends no comment. */
static void put_remark(struct buf *lua, const char *before, const char *remark, const char *behind)
{
    char *line = one_line(remark);
    buf_append_format(lua, "%s%s%s", before, line, behind);
    free(line);
}

static void put_number(struct buf *lua, double number)
{
    if (number == floor(number) && fabs(number) < 1e15)
        buf_append_format(lua, "%.0f", number);
    else
        buf_append_format(lua, "%.17g", number);
}

/* "nl = ..., en = ..."; false: there is neither. */
static bool put_texts(struct buf *lua, const cJSON *json)
{
    static const char *const languages[] = {"nl", "en"};
    bool any = false;
    for (size_t i = 0; i < 2; i++) {
        const char *text = json_text(json, languages[i]);
        if (!text)
            continue;
        buf_append_format(lua, "%s%s = ", any ? ", " : "", languages[i]);
        put_text(lua, text);
        any = true;
    }
    return any;
}

/* ---- columns --------------------------------------------------------------------------------------------
 */

static bool has_role(const cJSON *column, const char *role)
{
    const char *own = json_text(column, "role");
    return own && strcmp(own, role) == 0;
}

static const cJSON *column_with(const struct writer *writer, const char *role)
{
    for (const cJSON *column = writer->columns; column; column = column->next)
        if (has_role(column, role))
            return column;
    return NULL;
}

static void use(struct writer *writer, const cJSON *column)
{
    if (writer->used_count < MOST_USED)
        writer->used[writer->used_count++] = column;
}

static void put_column_key(struct writer *writer, const char *key, const char *role)
{
    const cJSON *column = column_with(writer, role);
    if (!column)
        return;
    use(writer, column);
    buf_append_format(writer->lua, "  %s = ", key);
    put_text(writer->lua, json_text(column, "name"));
    buf_append_text(writer->lua, ",\n");
}

/* Outermost first. Of two columns of one level the first is it. */
static const char *const level_order[] = {"sector", "institution", "department", "programme",
                                          "team",   "class",       "language",   "group"};
enum { LEVELS = sizeof level_order / sizeof *level_order };

static const cJSON *column_of_level(const struct writer *writer, const char *level)
{
    for (const cJSON *column = writer->columns; column; column = column->next) {
        const char *own = json_text(column, "level");
        if (own && strcmp(own, level) == 0)
            return column;
    }
    return NULL;
}

static void put_groups(struct writer *writer)
{
    struct buf groups = {0};
    bool guessed = false;
    size_t count = 0;
    buf_append_text(writer->lua, "  levels = {");
    for (size_t i = 0; i < LEVELS; i++) {
        const cJSON *column = column_of_level(writer, level_order[i]);
        if (!column)
            continue;
        use(writer, column);
        guessed |= json_true(column, "level_guess");
        buf_append_format(writer->lua, "%s ", count ? "," : "");
        put_text(writer->lua, level_order[i]);
        buf_append_format(&groups, "%s %s = ", count++ ? "," : "", level_order[i]);
        put_text(&groups, json_text(column, "name"));
    }
    buf_put_u8(&groups, 0);
    if (count)
        buf_append_format(writer->lua, " }, -- outermost first\n  groups = {%s },",
                          (const char *)groups.data);
    else
        buf_append_text(writer->lua,
                        " \"team\" },\n  groups = { team = \"team\" }, -- CHECK: no column was found "
                        "that has them; name the one that does");
    if (guessed)
        buf_append_text(writer->lua,
                        " -- CHECK: name the column that says to which team a respondent belongs");
    buf_append_text(writer->lua, "\n");
    buf_free(&groups);
}

static void put_missing(const struct writer *writer)
{
    const cJSON *seen = NULL, *word;
    cJSON *all = cJSON_CreateObject();
    for (const cJSON *column = writer->columns; column; column = column->next)
        cJSON_ArrayForEach(word, json_get(column, "missing"))
        {
            const char *text = cJSON_GetStringValue(word);
            if (text && !cJSON_GetObjectItem(all, text))
                cJSON_AddTrueToObject(all, text);
        }
    buf_append_text(writer->lua, "  missing = {");
    cJSON_ArrayForEach(seen, all)
    {
        buf_append_text(writer->lua, seen == all->child ? " " : ", ");
        put_text(writer->lua, seen->string);
    }
    buf_append_text(writer->lua, " }, -- answers that count as not given\n");
    cJSON_Delete(all);
}

/* ---- items ----------------------------------------------------------------------------------------------
 */

static void put_labels(struct buf *lua, const cJSON *labels)
{
    const cJSON *label;
    buf_append_text(lua, "{");
    cJSON_ArrayForEach(label, labels)
    {
        double code = 0;
        json_number(label, "code", &code);
        buf_append_text(lua, label == labels->child ? " " : ", ");
        put_key(lua, json_text(label, "text"));
        buf_append_text(lua, " = ");
        put_number(lua, code);
    }
    buf_append_text(lua, " }");
}

/* Questions of one kind stand together: only the last sets are looked at. */
static struct label_set *find_set(const struct writer *writer, const cJSON *labels)
{
    enum { LOOK_BACK = 8 };
    for (size_t i = writer->set_count; i > 0 && writer->set_count - i < LOOK_BACK; i--)
        if (cJSON_Compare(writer->sets[i - 1].labels, labels, true))
            return &writer->sets[i - 1];
    return NULL;
}

/* The labels of each item, with those that are the same as one. */
static void gather_labels(struct writer *writer)
{
    size_t number = 0;
    writer->set_of = mem_alloc(((size_t)cJSON_GetArraySize(writer->pieces) + 1) * sizeof *writer->set_of);
    for (const cJSON *column = writer->columns; column; column = column->next) {
        const cJSON *labels = json_get(column, "labels");
        number++;
        if (!has_role(column, "item") || cJSON_GetArraySize(labels) == 0)
            continue;
        struct label_set *set = find_set(writer, labels);
        if (!set) {
            writer->sets = mem_resize(writer->sets, writer->set_count + 1, sizeof *writer->sets);
            set = &writer->sets[writer->set_count++];
            *set = (struct label_set){.labels = labels};
        }
        set->uses++;
        writer->set_of[number] = (size_t)(set - writer->sets);
    }
}

/* Lua takes 200 local variables: they are fields of one. */
static void put_label_sets(const struct writer *writer)
{
    bool any = false;
    for (size_t i = 0; i < writer->set_count; i++) {
        if (writer->sets[i].uses < 2)
            continue;
        buf_append_format(writer->lua,
                          "%sanswers[%zu] = ", any ? "" : "local answers = {} -- of several items\n", i + 1);
        put_labels(writer->lua, writer->sets[i].labels);
        buf_append_text(writer->lua, "\n");
        any = true;
    }
    buf_append_text(writer->lua, any ? "\n" : "");
}

static void put_labels_of(const struct writer *writer, const cJSON *labels, size_t number)
{
    const size_t set = writer->set_of[number];
    buf_append_text(writer->lua, "labels = ");
    if (writer->sets[set].uses > 1)
        buf_append_format(writer->lua, "answers[%zu]", set + 1);
    else
        put_labels(writer->lua, labels);
}

static void put_range(struct buf *lua, const cJSON *range)
{
    buf_append_text(lua, "range = { ");
    put_number(lua, cJSON_GetNumberValue(cJSON_GetArrayItem(range, 0)));
    buf_append_text(lua, ", ");
    put_number(lua, cJSON_GetNumberValue(cJSON_GetArrayItem(range, 1)));
    buf_append_text(lua, " }");
}

/* An item whose heading is longer than a name may be is found by that as its text. */
static void put_item(const struct writer *writer, const cJSON *column, size_t number)
{
    struct buf *lua = writer->lua;
    const char *name = json_text(column, "name"), *guess = json_text(column, "guess");
    const cJSON *range = json_get(column, "range"), *labels = json_get(column, "labels");
    const bool too_long = strlen(name) > LONGEST_NAME;
    char *short_name = too_long ? mem_format("question_%zu", number) : mem_copy_text(name);
    buf_append_text(lua, "    ");
    put_key(lua, short_name);
    buf_append_text(lua, " = { ");
    bool any = put_texts(lua, column);
    if (too_long && !any) {
        buf_append_text(lua, "nl = ");
        put_text(lua, name);
        any = true;
    }
    if (cJSON_GetArraySize(range) == 2) {
        buf_append_text(lua, any ? ", " : "");
        put_range(lua, range);
        any = true;
    }
    if (cJSON_GetArraySize(labels) > 0) {
        buf_append_text(lua, any ? ", " : "");
        put_labels_of(writer, labels, number);
        any = true;
    }
    buf_append_text(lua, any ? " }," : "},");
    if (guess)
        put_remark(lua, " -- CHECK ", guess, "");
    buf_append_text(lua, "\n");
    free(short_name);
}

static bool put_items(const struct writer *writer)
{
    size_t number = 0, count = 0;
    buf_append_text(writer->lua, "  items = {\n");
    for (const cJSON *column = writer->columns; column; column = column->next) {
        number++;
        if (!has_role(column, "item"))
            continue;
        put_item(writer, column, number);
        count++;
    }
    buf_append_text(writer->lua, "  },\n");
    return count > 0;
}

static bool is_used(const struct writer *writer, const cJSON *column)
{
    for (size_t i = 0; i < writer->used_count; i++)
        if (writer->used[i] == column)
            return true;
    return has_role(column, "item");
}

static void put_others(const struct writer *writer)
{
    for (const cJSON *column = writer->columns; column; column = column->next) {
        const char *why = json_text(column, "why"), *name = json_text(column, "name");
        if (is_used(writer, column) || !name[0])
            continue;
        buf_append_text(writer->lua, "-- Left out: ");
        put_comment(writer->lua, name);
        put_remark(writer->lua, " (", why ? why : "there is another one", ")\n");
    }
}

/* ---- the whole ------------------------------------------------------------------------------------------
 */

static void put_beginning(const struct writer *writer, const char *id, const char *file)
{
    struct buf *lua = writer->lua;
    const cJSON *title = json_get(writer->whole, "title");
    buf_append_text(lua, "-- Made by wijzer instrument new of ");
    put_comment(lua, file);
    buf_append_text(
        lua, ".\n-- Look at what is marked CHECK, at each range (is it all that can be answered?), and "
             "add reverse = true to the items\n-- of which agreeing means less. Try it with wijzer script "
             "check.\nlocal w = require \"wijzer\"\n\n");
    put_label_sets(writer);
    buf_append_text(lua, "w.instrument {\n  id = ");
    put_text(lua, id);
    buf_append_text(lua, ",\n");
    if (!json_text(title, "nl") && !json_text(title, "en"))
        return;
    buf_append_text(lua, "  title = { ");
    put_texts(lua, title);
    buf_append_text(lua, " },\n");
}

/* The column of a date that every row has, if there is one: that of being sent off may be empty. */
static const cJSON *date_column(const struct writer *writer)
{
    for (const cJSON *column = writer->columns; column; column = column->next)
        if (strcmp(json_text(column, "name"), "startdate") == 0)
            return column;
    return column_with(writer, "submitted");
}

/* Where nothing tells respondents or waves apart, how to say it stands there. */
static void put_hints(const struct writer *writer)
{
    if (!column_with(writer, "respondent"))
        buf_append_text(writer->lua,
                        "  -- respondent = \"token\", -- the column that tells respondents apart, if "
                        "there is one\n");
    if (column_with(writer, "wave"))
        return;
    const cJSON *date = date_column(writer);
    buf_append_text(writer->lua, "  -- wave = \"year\", -- the column of the measurement, if there is one");
    if (date && is_word(json_text(date, "name")))
        buf_append_format(writer->lua, "; or function(row) return row.%s:sub(1, 4) end",
                          json_text(date, "name"));
    buf_append_text(writer->lua, "\n");
}

bool instrument_write(struct buf *lua, const cJSON *description, const char *id, const char *file)
{
    struct writer writer = {.lua = lua,
                            .whole = description->child,
                            .pieces = description,
                            .columns = description->child ? description->child->next : NULL};
    gather_labels(&writer);
    put_beginning(&writer, id, file);
    put_column_key(&writer, "respondent", "respondent");
    put_column_key(&writer, "submitted", "submitted");
    put_column_key(&writer, "wave", "wave");
    put_hints(&writer);
    put_groups(&writer);
    put_missing(&writer);
    const bool any = put_items(&writer);
    buf_append_text(lua, "}\n\n");
    put_others(&writer);
    free(writer.sets);
    free(writer.set_of);
    return any;
}
