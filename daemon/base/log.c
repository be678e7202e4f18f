/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A character is at most four bytes, of which an escape takes four each. */
enum { LINE_LENGTH = 2048, LONGEST_ESCAPE = 16 };

static size_t append_escaped(char *line, size_t at, const char *bytes, size_t count)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        const unsigned char byte = (unsigned char)bytes[i];
        line[at++] = '\\';
        line[at++] = 'x';
        line[at++] = hex[byte >> 4];
        line[at++] = hex[byte & 15];
    }
    return at;
}

/* Copies `text` behind `at`; what is no character or would act on the reader's terminal is escaped, and a
 * text that does not fit is cut. Returns the new end. */
static size_t append_visible(char *line, size_t at, const char *text)
{
    size_t left = strlen(text);
    while (left && at + LONGEST_ESCAPE < LINE_LENGTH - 1) {
        const size_t found = utf8_character(text, left), length = found ? found : 1;
        if (!found || utf8_is_control(text, length)) {
            at = append_escaped(line, at, text, length);
        } else {
            memcpy(line + at, text, length);
            at += length;
        }
        text += length;
        left -= length;
    }
    return at;
}

/* The courier is another process; whatever else logs speaks for wijzerd. */
static const char *speaker(void)
{
    static const char courier[] = "wijzer-courier";
    return strcmp(program_invocation_short_name, courier) == 0 ? courier : "wijzerd";
}

static void write_line(int priority, const char *label, const char *format, va_list args)
{
    char text[LINE_LENGTH];
    vsnprintf(text, sizeof text, format, args);

    char line[LINE_LENGTH];
    /* systemd sets JOURNAL_STREAM where it reads our standard error; see sd-daemon(3) for the <N>. */
    const int head = getenv("JOURNAL_STREAM") ? snprintf(line, sizeof line, "<%d>", priority)
                                              : snprintf(line, sizeof line, "%s: %s", speaker(), label);
    size_t length = append_visible(line, (size_t)head, text);
    line[length++] = '\n';
    /* One write a line keeps lines of several threads apart. There is nobody to tell when it fails. */
    if (write(STDERR_FILENO, line, length) < 0)
        return;
}

#define DEFINE_LOG(name, priority, label)                                                                    \
    void name(const char *format, ...)                                                                       \
    {                                                                                                        \
        va_list args;                                                                                        \
        va_start(args, format);                                                                              \
        write_line(priority, label, format, args);                                                           \
        va_end(args);                                                                                        \
    }

DEFINE_LOG(log_error, 3, "error: ")
DEFINE_LOG(log_warning, 4, "warning: ")
DEFINE_LOG(log_info, 6, "")
