/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts from outside on their way to a terminal, which obeys what is in them. */
#include "cli/cli.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

char *one_line(const char *text)
{
    const size_t length = strlen(text);
    char *line = mem_alloc(length + 1); /* it grows no longer */
    utf8_copy_line(line, length + 1, text, length);
    return line;
}

void print_line(FILE *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = mem_format_list(format, arguments);
    va_end(arguments);
    char *line = one_line(text);
    fprintf(out, "%s\n", line);
    free(line);
    free(text);
}

void print_hints(FILE *out, const cJSON *report)
{
    const cJSON *hint;
    cJSON_ArrayForEach(hint, json_get(report, "hints"))
    {
        if (cJSON_IsString(hint))
            print_line(out, "  note: %s", hint->valuestring);
    }
}

void print_outdated(FILE *out, const cJSON *report, int most)
{
    const cJSON *one;
    double count = 0, row = 0;
    int shown = 0;
    json_number(report, "outdated", &count);
    cJSON_ArrayForEach(one, json_get(report, "outdated_rows"))
    {
        const char *reason = json_text(one, "reason");
        if (shown == most)
            break;
        json_number(one, "row", &row);
        print_line(out, "  row %.0f: %s", row, reason ? reason : "");
        shown++;
    }
    if (count > shown)
        fprintf(out, "  ... and %.0f more that are outdated\n", count - shown);
}

static void say(const char *format, va_list args)
{
    char *text = mem_format_list(format, args); /* it may have lines: an error with the frames of a script */
    utf8_mend(text);
    fprintf(stderr, "wijzer: %s\n", text);
    free(text);
}

int fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
    return STATUS_FAILED;
}

int usage(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
    return STATUS_USAGE;
}
