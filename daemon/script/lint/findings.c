/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/lint/findings.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- the list ------------------------------------------------------------------------------------------ */

bool findings_are_full(const struct findings *findings)
{
    return findings->count == MOST_FINDINGS;
}

void findings_add(struct findings *findings, enum severity severity, const char *code, struct place place,
                  const char *trace, const char *format, ...)
{
    if (findings_are_full(findings))
        return;
    findings->errors += severity == SEVERITY_ERROR;
    va_list arguments;
    va_start(arguments, format);
    char *message = mem_format_list(format, arguments);
    va_end(arguments);
    utf8_mend(message);
    findings->list = mem_resize(findings->list, findings->count + 1, sizeof *findings->list);
    findings->list[findings->count++] = (struct finding){.severity = severity,
                                                         .code = code,
                                                         .place = place,
                                                         .message = message,
                                                         .trace = mem_copy_text(trace)};
}

static int by_place(const void *left, const void *right)
{
    const struct finding *a = left, *b = right;
    if (a->place.line != b->place.line)
        return a->place.line < b->place.line ? -1 : 1;
    if (a->place.column != b->place.column)
        return a->place.column < b->place.column ? -1 : 1;
    return strcmp(a->message, b->message);
}

void findings_sort(struct findings *findings)
{
    if (findings->count)
        qsort(findings->list, findings->count, sizeof *findings->list, by_place);
}

void findings_free(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        free(findings->list[i].message);
        free(findings->list[i].trace);
    }
    free(findings->list);
    *findings = (struct findings){0};
}

/* ---- places -------------------------------------------------------------------------------------------- */

static int characters(const char *from, const char *end)
{
    int count = 0;
    for (; from < end; from++)
        count += ((unsigned char)*from & 0xc0) != 0x80;
    return count;
}

static const char *line_start(const char *text, const char *at)
{
    while (at > text && at[-1] != '\n')
        at--;
    return at;
}

struct place place_of_tokens(const struct outline *outline, uint32_t first, uint32_t last)
{
    const struct token *from = outline_token(outline, first), *to = outline_token(outline, last);
    const char *start = line_start(outline->text, from->text);
    const char *newline = memchr(to->text, '\n', to->length);
    const char *end = newline ? newline : to->text + to->length;
    return (struct place){.line = (int)from->line,
                          .column = characters(start, from->text) + 1,
                          .end_column = characters(start, end)};
}

struct place place_of_line(const char *text, int line)
{
    const char *at = text;
    for (int i = 1; i < line && at; i++) {
        at = strchr(at, '\n');
        at = at ? at + 1 : NULL;
    }
    if (!at)
        return (struct place){line, 1, 1};
    const char *end = at + strcspn(at, "\r\n"), *start = at;
    while (start < end && (*start == ' ' || *start == '\t'))
        start++;
    const int column = characters(at, start) + 1, last = characters(at, end);
    return (struct place){line, column, last > column ? last : column};
}
