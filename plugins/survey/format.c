/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "format.h"
#include "csv/csv.h"
#include "kept.h"
#include "lss/lss.h"
#include "spss/spss.h"
#include "xlsx/ole.h"
#include "xlsx/xlsx.h"

#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Anything may be CSV: that is last. */
static const struct format *const formats[] = {&format_kept, &format_spss, &format_lss, &format_xlsx,
                                               &format_csv};

/* What a file is by its first bytes, where it is none that is read here; or NULL. */
static const char *foreign_format(const char *head, size_t size)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *what;
    } known[] = {
        {"\xff\xfe\0", 4, "the file is UTF-32; export it as UTF-8"},
        {"\0\0\xfe\xff", 4, "the file is UTF-32; export it as UTF-8"},
        {"\x1f\x8b", 2,
         "the file is compressed (gzip); unpack it, as gunzip does, and hand in what comes out"},
        {"<?xml", 5,
         "the file is XML, and not the structure of a survey (LSS) of LimeSurvey; export answers as CSV"},
        {"$FL", 3, "the file is one of SPSS, and not of a kind that is known here; save it as .sav"},
        {"\x1c\0\0\0\0\0\0\0ENCRYPTED", 17, "the file is one of SPSS with a password; save it without one"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (size >= known[i].size && memcmp(head, known[i].bytes, known[i].size) == 0)
            return known[i].what;
    return NULL;
}

static const char *open_by_head(struct document *document, const char *head, size_t size,
                                char why[LONGEST_REASON])
{
    size_t i = 0;
    if (is_ole(head, size))
        return ole_refusal(document, head, size);
    while (!formats[i]->is(head, size))
        i++;
    const char *foreign = formats[i] == &format_csv ? foreign_format(head, size) : NULL;
    if (foreign)
        return foreign;
    document->format = formats[i];
    return document->format->open(document, head, size, why);
}

const char *document_open(struct document *document, const struct job *job, const struct wz_decode *decode,
                          char why[LONGEST_REASON])
{
    *document = (struct document){.decode = decode, .job = job};
    char *head = mem_alloc(HEAD_SIZE);
    const ssize_t size = document_read_at(document, head, HEAD_SIZE, 0);
    const char *wrong = why;
    if (size < 0)
        snprintf(why, LONGEST_REASON, "the file could not be read: %s", strerror(errno));
    else
        wrong = open_by_head(document, head, (size_t)size, why);
    free(head);
    return wrong;
}

void document_close(struct document *document)
{
    if (document->format)
        document->format->close(document);
    document->format = NULL;
}

void document_note(const struct document *document, const char *key, const char *text)
{
    const struct wz_decode *decode = document->decode;
    if (decode->struct_size >= offsetof(struct wz_decode, note) + sizeof decode->note)
        decode->note(decode->handle, key, text);
}

void document_hint(const struct document *document, const char *text)
{
    const struct wz_decode *decode = document->decode;
    if (decode->struct_size >= offsetof(struct wz_decode, hint) + sizeof decode->hint)
        decode->hint(decode->handle, text);
}

ssize_t document_read_at(const struct document *document, char *bytes, size_t size, uint64_t offset)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t count =
            pread(document->decode->document, bytes + done, size - done, (off_t)(offset + done));
        if (count == 0)
            break;
        if (count < 0 && errno != EINTR)
            return -1;
        done += count > 0 ? (size_t)count : 0;
    }
    return (ssize_t)done;
}
