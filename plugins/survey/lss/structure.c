/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "structure.h"

#include "base/mem.h"

#include <errno.h>
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* document / table / rows / row / key */
enum { DEPTH_TABLE = 2, DEPTH_ROWS = 3, DEPTH_ROW = 4, DEPTH_KEY = 5, DEEPEST = 64 };
enum { PIECE = 64 * 1024, LARGEST_STRUCTURE = 48 << 20, MOST_ROWS = 100000 };

static const char *const table_names[TABLES] = {
    [TABLE_ANSWERS] = "answers",
    [TABLE_ANSWER_TEXTS] = "answer_l10ns",
    [TABLE_GROUPS] = "groups",
    [TABLE_QUESTIONS] = "questions",
    [TABLE_QUESTION_TEXTS] = "question_l10ns",
    [TABLE_SUBQUESTIONS] = "subquestions",
    [TABLE_SURVEY_TEXTS] = "surveys_languagesettings",
};

static const char *const key_names[KEYS] = {
    [KEY_AID] = "aid",
    [KEY_ANSWER] = "answer",
    [KEY_ASSESSMENT] = "assessment_value",
    [KEY_CODE] = "code",
    [KEY_GID] = "gid",
    [KEY_GROUP_ORDER] = "group_order",
    [KEY_LANGUAGE] = "language",
    [KEY_PARENT] = "parent_qid",
    [KEY_QID] = "qid",
    [KEY_QUESTION] = "question",
    [KEY_ORDER] = "question_order",
    [KEY_SCALE] = "scale_id",
    [KEY_SORT] = "sortorder",
    [KEY_SURVEY_LANGUAGE] = "surveyls_language",
    [KEY_SURVEY_TITLE] = "surveyls_title",
    [KEY_TITLE] = "title",
    [KEY_TYPE] = "type",
};

struct parsing {
    XML_Parser parser;
    struct structure *structure;
    int depth;
    int table, key; /* or -1 */
    bool in_rows;
    struct lss_row row;
    char *text; /* of the key so far */
    size_t length, capacity;
    const char *wrong;
};

static int index_of(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

static void stop(struct parsing *parsing, const char *why)
{
    if (!parsing->wrong)
        parsing->wrong = why;
    XML_StopParser(parsing->parser, XML_FALSE);
}

/* ---- elements -------------------------------------------------------------------------------------------
 */

static void XMLCALL on_start(void *data, const char *name, const char **attributes)
{
    struct parsing *parsing = data;
    (void)attributes;
    parsing->depth++;
    if (parsing->depth > DEEPEST)
        stop(parsing, "its elements are nested too deeply; export the survey again");
    else if (parsing->depth == DEPTH_TABLE)
        parsing->table = index_of(table_names, TABLES, name);
    else if (parsing->depth == DEPTH_ROWS)
        parsing->in_rows = strcmp(name, "rows") == 0;
    else if (parsing->depth == DEPTH_KEY && parsing->table >= 0 && parsing->in_rows)
        parsing->key = index_of(key_names, KEYS, name);
    parsing->length = 0;
}

static void end_key(struct parsing *parsing)
{
    char **value = parsing->key >= 0 ? &parsing->row.values[parsing->key] : NULL;
    if (value && !*value && parsing->length) {
        *value = mem_format("%.*s", (int)parsing->length, parsing->text);
        parsing->structure->bytes += parsing->length;
    }
    parsing->key = -1;
    if (parsing->structure->bytes > LARGEST_STRUCTURE)
        stop(parsing, "its texts are larger than 48 MiB together");
}

static void end_row(struct parsing *parsing)
{
    if (parsing->table < 0 || !parsing->in_rows)
        return;
    struct lss_table *table = &parsing->structure->tables[parsing->table];
    if (++parsing->structure->row_count > MOST_ROWS) {
        stop(parsing, "it has more than 100,000 rows");
        return;
    }
    if (table->count == table->capacity) {
        table->capacity = table->capacity ? 2 * table->capacity : 64;
        table->rows = mem_resize(table->rows, table->capacity, sizeof *table->rows);
    }
    table->rows[table->count++] = parsing->row;
    parsing->row = (struct lss_row){0};
}

static void XMLCALL on_end(void *data, const char *name)
{
    struct parsing *parsing = data;
    (void)name;
    if (parsing->depth == DEPTH_KEY)
        end_key(parsing);
    else if (parsing->depth == DEPTH_ROW)
        end_row(parsing);
    else if (parsing->depth == DEPTH_ROWS)
        parsing->in_rows = false;
    else if (parsing->depth == DEPTH_TABLE)
        parsing->table = -1;
    parsing->depth--;
}

static void XMLCALL on_text(void *data, const char *text, int length)
{
    struct parsing *parsing = data;
    const size_t size = (size_t)length;
    if (parsing->depth != DEPTH_KEY || parsing->key < 0)
        return;
    if (parsing->length + size > LONGEST_FIELD) {
        stop(parsing, "a text in it is longer than 64 KiB");
        return;
    }
    if (parsing->capacity - parsing->length < size) {
        parsing->capacity = 2 * (parsing->capacity + size);
        parsing->text = mem_resize(parsing->text, parsing->capacity, 1);
    }
    memcpy(parsing->text + parsing->length, text, size);
    parsing->length += size;
}

/* LimeSurvey writes none. Without one there are no entities, which a few bytes could make grow without end.
 */
static void XMLCALL on_doctype(void *data, const char *name, const char *system, const char *public,
                               int internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    stop(data, "it has a document type, which LimeSurvey does not write; export the survey again");
}

/* ---- the whole ------------------------------------------------------------------------------------------
 */

static const char *parse_piece(struct parsing *parsing, const char *bytes, size_t size, bool last,
                               char why[LONGEST_REASON])
{
    if (XML_Parse(parsing->parser, bytes, (int)size, last) == XML_STATUS_OK)
        return NULL;
    snprintf(why, LONGEST_REASON, "the structure of a survey cannot be read, at line %lu: %s",
             XML_GetCurrentLineNumber(parsing->parser),
             parsing->wrong ? parsing->wrong : XML_ErrorString(XML_GetErrorCode(parsing->parser)));
    return why;
}

static const char *parse(struct parsing *parsing, const struct document *document, char why[LONGEST_REASON])
{
    char *piece = mem_alloc(PIECE);
    const char *wrong = NULL;
    ssize_t size = PIECE;
    for (uint64_t offset = 0; size == PIECE && !wrong; offset += (uint64_t)size) {
        size = document_read_at(document, piece, PIECE, offset);
        if (size < 0) {
            snprintf(why, LONGEST_REASON, "the file could not be read: %s", strerror(errno));
            wrong = why;
        } else {
            wrong = parse_piece(parsing, piece, (size_t)size, size < PIECE, why);
            document->decode->progress(document->decode->handle, offset + (uint64_t)size);
        }
    }
    free(piece);
    return wrong;
}

static void free_row(struct lss_row *row)
{
    for (size_t i = 0; i < KEYS; i++)
        free(row->values[i]);
}

const char *structure_read(struct structure *structure, const struct document *document,
                           char why[LONGEST_REASON])
{
    struct parsing parsing = {.structure = structure, .table = -1, .key = -1};
    *structure = (struct structure){0};
    parsing.parser = XML_ParserCreate(NULL);
    if (!parsing.parser)
        return "out of memory";
    XML_SetUserData(parsing.parser, &parsing);
    XML_SetElementHandler(parsing.parser, on_start, on_end);
    XML_SetCharacterDataHandler(parsing.parser, on_text);
    XML_SetStartDoctypeDeclHandler(parsing.parser, on_doctype);
    const char *wrong = parse(&parsing, document, why);
    XML_ParserFree(parsing.parser);
    free_row(&parsing.row);
    free(parsing.text);
    return wrong;
}

void structure_free(struct structure *structure)
{
    for (size_t i = 0; i < TABLES; i++) {
        for (size_t row = 0; row < structure->tables[i].count; row++)
            free_row(&structure->tables[i].rows[row]);
        free(structure->tables[i].rows);
    }
}

const char *lss_value(const struct lss_row *row, enum key key)
{
    return row->values[key] ? row->values[key] : "";
}

long lss_number(const struct lss_row *row, enum key key)
{
    return strtol(lss_value(row, key), NULL, 10);
}
