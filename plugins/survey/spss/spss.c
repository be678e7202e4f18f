/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of SPSS as a format, by ReadStat. */
#include "spss.h"
#include "about.h"
#include "encoding.h"
#include "number.h"
#include "source.h"
#include "variables.h"

#include "base/mem.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    POR_SIGN_AT = 464, /* after five lines of 40 bytes and a table of 256 characters */
    POR_LINE_ENDS = 12,
    BYTES_OF_A_VALUE = 8,
    MOST_UNPACKED = 1000 /* times the size of the file */
};

/* Below this a file may unpack to anything. */
static const uint64_t harmless_size = (uint64_t)64 << 20;

typedef readstat_error_t parse_fn(readstat_parser_t *, const char *, void *);

struct spss {
    struct source source;
    struct variables variables;
    struct value_sets labels;     /* where the document is described */
    const char *kind;             /* "sav" */
    char encoding[ENCODING_ROOM]; /* what the file calls its character set; "": nothing */
    parse_fn *parse;
    int64_t cases;  /* as the file says; -1: it does not */
    uint64_t data;  /* where the cases begin */
    bool is_packed; /* cases are not all as long as each other */
    const char *wrong;
    char why[LONGEST_REASON];

    /* while its cases are read */
    const struct row_taker *taker;
    struct row_builder row;
    uint64_t number; /* of the last case */
    uint64_t told;   /* progress, in bytes */
    uint64_t user_missing;
    bool over; /* the taker has had enough */
};

/* ---- which file it is ---------------------------------------------------------------------------------- */

static bool is_sav(const char *head, size_t size)
{
    return size >= 4 && (memcmp(head, "$FL2", 4) == 0 || memcmp(head, "$FL3", 4) == 0);
}

/* Its lines of 80 characters may end in any way, and not at all. */
static bool is_por(const char *head, size_t size)
{
    static const char sign[] = "SPSSPORT";
    for (size_t at = POR_SIGN_AT - 8; at <= POR_SIGN_AT + POR_LINE_ENDS; at++)
        if (at + strlen(sign) <= size && memcmp(head + at, sign, strlen(sign)) == 0)
            return true;
    return false;
}

static bool is_spss(const char *head, size_t size)
{
    return is_sav(head, size) || is_por(head, size);
}

/* ---- what went wrong ----------------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static const char *say(struct spss *spss, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(spss->why, sizeof spss->why, format, arguments);
    va_end(arguments);
    return spss->why;
}

static const char *explain_cut(struct spss *spss)
{
    const unsigned long long size = spss->source.document->decode->size, at = spss->source.at;
    if (!spss->taker)
        return say(
            spss,
            "the file is damaged or cut off: its list of variables cannot be read on at byte %llu of %llu; "
            "save it again in SPSS",
            at, size);
    return say(
        spss,
        "the file is damaged or cut off: nothing after case %llu can be read, at byte %llu of %llu; save it "
        "again in SPSS",
        (unsigned long long)spss->number, at, size);
}

static const char *explain(struct spss *spss, readstat_error_t error)
{
    if (spss->wrong)
        return spss->wrong;
    if (spss->source.error)
        return say(spss, "the file could not be read: %s", strerror(spss->source.error));
    if (spss->source.is_strange)
        return "the file is damaged, or made to do harm: parts of it lie on top of each other; save it again "
               "in SPSS";
    switch (error) {
    case READSTAT_ERROR_UNSUPPORTED_CHARSET:
        return "the file's texts are in a character set that is not known; save it in SPSS with Unicode on";
    case READSTAT_ERROR_MALLOC:
        return say(
            spss,
            "the file is damaged, or made to do harm: what stands before byte %llu asks for more memory than "
            "there is; save it again in SPSS",
            (unsigned long long)spss->source.at);
    case READSTAT_ERROR_ROW_COUNT_MISMATCH:
        return say(
            spss,
            "the file is damaged or cut off: it says that it has %lld cases, and %llu can be read; save it "
            "again in SPSS",
            (long long)spss->cases, (unsigned long long)spss->number);
    default:
        return explain_cut(spss);
    }
}

/* ---- the list of variables ----------------------------------------------------------------------------- */

static int take_metadata(readstat_metadata_t *metadata, void *data)
{
    struct spss *spss = data;
    const char *charset = readstat_get_file_encoding(metadata);
    const int count = readstat_get_var_count(metadata);
    spss->cases = readstat_get_row_count(metadata);
    spss->is_packed = readstat_get_compression(metadata) != READSTAT_COMPRESS_NONE;
    if (readstat_get_compression(metadata) == READSTAT_COMPRESS_BINARY)
        spss->kind = "zsav";
    if (spss->parse == readstat_parse_por)
        charset = "UTF-8"; /* ReadStat makes it that, by the table that such a file has */
    else if (spss->encoding[0])
        charset = spss->encoding;
    if (count > MOST_COLUMNS)
        spss->wrong =
            say(spss,
                "the file has %d variables, and %d is the most that is read; leave out what is not asked for",
                count, MOST_COLUMNS);
    else if (!variables_set_charset(&spss->variables, charset, spss->source.document->job->charset))
        spss->wrong =
            say(spss,
                "the file's texts are in %.40s, and only UTF-8 and Windows-1252 are read; save it in SPSS "
                "with Unicode on",
                charset);
    return spss->wrong ? READSTAT_HANDLER_ABORT : READSTAT_HANDLER_OK;
}

static int take_variable(int index, readstat_variable_t *variable, const char *labels, void *data)
{
    struct spss *spss = data;
    if ((size_t)index == spss->variables.count) /* else they are known from before */
        variables_add(&spss->variables, variable, value_sets_find(&spss->labels, labels));
    return READSTAT_HANDLER_OK;
}

static int take_label(const char *set, readstat_value_t value, const char *text, void *data)
{
    struct spss *spss = data;
    if (!spss->taker) /* else they are known from before */
        value_sets_take(&spss->labels, set, value, text);
    return READSTAT_HANDLER_OK;
}

static readstat_error_t run_parser(struct spss *spss, readstat_value_handler take_value)
{
    readstat_parser_t *parser = readstat_parser_init();
    if (!parser)
        return READSTAT_ERROR_MALLOC;
    readstat_set_handler_character_encoding(parser, NULL);
    readstat_set_metadata_handler(parser, take_metadata);
    readstat_set_variable_handler(parser, take_variable);
    readstat_set_value_handler(parser, take_value);
    if (spss->source.document->job->describes)
        readstat_set_value_label_handler(parser, take_label);
    if (spss->cases < 0) /* ReadStat takes an unknown number for none where nothing is compressed */
        readstat_set_row_limit(parser, INT_MAX);
    source_attach(&spss->source, parser);
    const readstat_error_t error = spss->parse(parser, "", spss);
    readstat_parser_free(parser);
    return error;
}

static const char *open_spss(struct document *document, const char *head, size_t size,
                             char why[LONGEST_REASON])
{
    struct spss *spss = mem_alloc(sizeof *spss);
    const bool sav = is_sav(head, size);
    (void)why;
    document->state = spss;
    document->decimal.sign = '.';
    spss->kind = sav ? "sav" : "por";
    spss->parse = sav ? readstat_parse_sav : readstat_parse_por;
    source_open(&spss->source, document);
    if (sav)
        encoding_find(&spss->source, spss->encoding);
    const readstat_error_t error = run_parser(spss, NULL);
    spss->data = spss->source.at;
    return error == READSTAT_OK ? NULL : explain(spss, error);
}

static void close_spss(struct document *document)
{
    struct spss *spss = document->state;
    source_close(&spss->source);
    variables_free(&spss->variables);
    value_sets_free(&spss->labels);
    row_builder_free(&spss->row);
    free(spss);
}

/* ---- the heading --------------------------------------------------------------------------------------- */

struct heading_row {
    struct row_builder names, labels;
    const struct field *texts;
    const struct row_taker *taker;
};

static bool give_heading(void *data, const struct row *row)
{
    const struct heading_row *heading = data;
    struct row named = *row;
    named.texts = heading->texts;
    return heading->taker->take(heading->taker->data, &named);
}

static bool give_names(void *data, const struct row *labels)
{
    struct heading_row *heading = data;
    heading->texts = labels->fields;
    return row_give(&heading->names, 0, &(struct row_taker){give_heading, heading});
}

/* false: that was enough. */
static bool give_variables(const struct variables *variables, const struct row_taker *taker)
{
    struct heading_row heading = {.taker = taker};
    for (size_t i = 0; i < variables->count; i++) {
        const struct variable *variable = &variables->list[i];
        variables_add_text(variables, &heading.names, variable->name, strlen(variable->name));
        variables_add_text(variables, &heading.labels, variable->label, strlen(variable->label));
    }
    const bool more = row_give(&heading.labels, 0, &(struct row_taker){give_names, &heading});
    row_builder_free(&heading.names);
    row_builder_free(&heading.labels);
    return more;
}

/* ---- the cases ----------------------------------------------------------------------------------------- */

static void tell_progress(struct spss *spss)
{
    const struct wz_decode *decode = spss->source.document->decode;
    uint64_t done = spss->source.at;
    if (spss->cases > 0 && spss->number <= (uint64_t)spss->cases)
        done = (uint64_t)((double)decode->size * (double)spss->number / (double)spss->cases);
    if (done > spss->told)
        spss->told = done;
    decode->progress(decode->handle, spss->told);
}

/* Does so much come of so small a file that it can only be made for that? */
static bool is_bomb(const struct spss *spss)
{
    const uint64_t unpacked = spss->number * spss->variables.count * BYTES_OF_A_VALUE;
    return unpacked > harmless_size && unpacked / MOST_UNPACKED > spss->source.document->decode->size;
}

static int end_case(struct spss *spss)
{
    spss->number++;
    tell_progress(spss);
    spss->over = !row_give(&spss->row, spss->number, spss->taker);
    if (!spss->over && is_bomb(spss))
        spss->wrong =
            say(spss,
                "the file is damaged, or made to do harm: its first %llu cases are more than %d times its "
                "size; save it again in SPSS",
                (unsigned long long)spss->number, MOST_UNPACKED);
    return spss->over || spss->wrong ? READSTAT_HANDLER_ABORT : READSTAT_HANDLER_OK;
}

static void add_number(struct spss *spss, const struct variable *variable, double value)
{
    char text[VALUE_ROOM];
    const size_t length = value_write(value, variable->kind, text);
    row_add(&spss->row, text, number_fill(text, length, variable->noughts, sizeof text), NO_FAULT);
}

static void add_value(struct spss *spss, readstat_variable_t *told, readstat_value_t value)
{
    const struct variable *variable = &spss->variables.list[readstat_variable_get_index(told)];
    const bool is_user_missing = variable_calls_missing(variable, told, value);
    spss->user_missing += is_user_missing;
    if (is_user_missing || readstat_value_is_system_missing(value))
        row_add(&spss->row, "", 0, NO_FAULT);
    else if (variable->kind == A_TEXT)
        variables_add_text(&spss->variables, &spss->row, readstat_string_value(value), variable->width);
    else
        add_number(spss, variable, readstat_double_value(value));
}

static int take_value(int row, readstat_variable_t *told, readstat_value_t value, void *data)
{
    struct spss *spss = data;
    const size_t index = (size_t)readstat_variable_get_index(told);
    (void)row;
    if (index != spss->row.count || index >= spss->variables.count) {
        spss->wrong =
            say(spss,
                "the file is damaged: case %llu has other values than the list of variables; save it again "
                "in SPSS",
                (unsigned long long)spss->number + 1);
        return READSTAT_HANDLER_ABORT;
    }
    add_value(spss, told, value);
    return index + 1 == spss->variables.count ? end_case(spss) : READSTAT_HANDLER_OK;
}

/* ReadStat takes the end of the file for that of the cases where it does not know how many there are. */
static bool is_cut(const struct spss *spss)
{
    const uint64_t bytes = spss->source.document->decode->size - spss->data;
    if (spss->row.count > 0)
        return true;
    if (spss->cases >= 0 || strcmp(spss->kind, "sav") != 0)
        return false;
    return bytes % BYTES_OF_A_VALUE != 0 || (!spss->is_packed && spss->number && bytes % spss->number != 0);
}

static const char *read_spss(const struct document *document, const struct row_taker *taker,
                             char why[LONGEST_REASON])
{
    struct spss *spss = document->state;
    (void)why;
    spss->taker = taker;
    if (!give_variables(&spss->variables, taker))
        return NULL;
    const readstat_error_t error = run_parser(spss, take_value);
    if (spss->over)
        return NULL;
    if (error != READSTAT_OK)
        return explain(spss, error);
    return is_cut(spss) ? explain_cut(spss) : NULL;
}

/* ---- what is said of it -------------------------------------------------------------------------------- */

static void note_spss(const struct document *document)
{
    const struct spss *spss = document->state;
    char count[24];
    snprintf(count, sizeof count, "%llu", (unsigned long long)spss->user_missing);
    document_note(document, "format", spss->kind);
    document_note(document, "charset", charset_name(spss->variables.charset));
    document_note(document, "user_missing", count);
}

static const char *spss_fault(const struct document *document, enum fault fault, char why[LONGEST_REASON])
{
    const struct spss *spss = document->state;
    switch (fault) {
    case ROW_TOO_LONG:
        return "the case is longer than 8 MiB; leave out the long texts that are not asked for";
    case IS_UTF_8:
        return "the text is UTF-8, and the file does not say that it is; save it in SPSS with Unicode on, or "
               "set the "
               "feed's key 'charset'";
    default:
        snprintf(why, LONGEST_REASON,
                 "the text is not %s, which the file %s; save it in SPSS with Unicode on",
                 charset_title(spss->variables.charset),
                 spss->variables.is_told ? "is said to be" : "says that it is");
        return why;
    }
}

static void about_spss(const struct document *document, size_t column, cJSON *json)
{
    const struct spss *spss = document->state;
    if (column < spss->variables.count)
        about_variable(&spss->variables, column, json);
}

const struct format format_spss = {
    .name = "spss",
    .is = is_spss,
    .open = open_spss,
    .close = close_spss,
    .read = read_spss,
    .note = note_spss,
    .fault = spss_fault,
    .about = about_spss,
};
