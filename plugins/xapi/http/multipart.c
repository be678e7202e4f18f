/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/multipart.h"

#include "base/mem.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- reading ------------------------------------------------------------------------------------------- */

/* RFC 2046, 5.1.1: 1 to 70 of these, the last no blank. */
static bool is_boundary(const char *text)
{
    static const char allowed[] =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'()+_,-./:=? ";
    const size_t size = strlen(text);
    return size && size <= MULTIPART_LONGEST_BOUNDARY && strspn(text, allowed) == size &&
           text[size - 1] != ' ';
}

/* What is read, and what separates its parts. */
struct reading {
    const uint8_t *at, *end;
    char separator[MULTIPART_LONGEST_BOUNDARY + 5]; /* CR LF "--" and the boundary */
    size_t separator_size;
    bool is_over; /* the last boundary was read */
};

/* Is there a line end behind a boundary, or the end of all? Then `at` goes behind it. */
static bool pass_line_end(struct reading *reading, const uint8_t *at)
{
    const bool is_last = reading->end - at >= 2 && memcmp(at, "--", 2) == 0;
    if (is_last)
        at += 2;
    while (at < reading->end && (*at == ' ' || *at == '\t'))
        at++;
    const bool is_end = at == reading->end;
    const bool is_line_end = reading->end - at >= 2 && memcmp(at, "\r\n", 2) == 0;
    if (!is_line_end && !(is_last && is_end))
        return false;
    reading->at = is_end ? at : at + 2;
    reading->is_over = is_last;
    return true;
}

/* Goes behind the next boundary; `*stop` is where what stood before it ends. false: there is none. */
static bool pass_boundary(struct reading *reading, const uint8_t **stop)
{
    const uint8_t *from = reading->at;
    for (;;) {
        const uint8_t *found =
            memmem(from, (size_t)(reading->end - from), reading->separator, reading->separator_size);
        if (!found)
            return false;
        *stop = found;
        if (pass_line_end(reading, found + reading->separator_size))
            return true;
        from = found + 2; /* a longer word that begins like the boundary: it belongs to the part */
    }
}

/* The first boundary may stand at the very beginning, without a line end before it. */
static bool pass_first_boundary(struct reading *reading)
{
    const char *dashes = reading->separator + 2;
    const size_t size = reading->separator_size - 2;
    const uint8_t *stop;
    const bool begins =
        (size_t)(reading->end - reading->at) >= size && memcmp(reading->at, dashes, size) == 0;
    return (begins && pass_line_end(reading, reading->at + size)) || pass_boundary(reading, &stop);
}

/* The field of a part that a header goes to, or NULL. */
static char **field_of(struct multipart_part *part, const char *name, size_t size)
{
    const struct {
        const char *name;
        char **field;
    } fields[] = {{"content-type", &part->content_type},
                  {"content-transfer-encoding", &part->encoding},
                  {"x-experience-api-hash", &part->hash}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (strlen(fields[i].name) == size && strncasecmp(fields[i].name, name, size) == 0)
            return fields[i].field;
    return NULL;
}

static int read_header(struct multipart_part *part, const char *line, size_t size, struct error *error)
{
    const char *colon = memchr(line, ':', size);
    if (!colon || colon == line || memchr(line, '\0', size))
        return error_set(error, ERROR_INPUT, "a header is not written as \"Name: value\"");
    char **field = field_of(part, line, (size_t)(colon - line));
    if (!field)
        return 0;
    if (*field)
        return error_set(error, ERROR_INPUT, "a header is there twice; give it once");
    const char *from = colon + 1, *to = line + size;
    while (from < to && (*from == ' ' || *from == '\t'))
        from++;
    while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
        to--;
    *field = mem_format("%.*s", (int)(to - from), from);
    return 0;
}

/* Reads the headers of the part in [from, to); what follows them is its body. Of a part without one, the
 * empty line may be the line end of the boundary. */
static int read_part(struct multipart_part *part, const uint8_t *from, const uint8_t *to, struct error *error)
{
    const uint8_t *const head = from;
    bool is_head = true;
    while (is_head && from < to) {
        const uint8_t *line_end = memmem(from, (size_t)(to - from), "\r\n", 2);
        if (!line_end || line_end - head > MULTIPART_LONGEST_HEAD)
            return error_set(
                error, ERROR_INPUT,
                "no empty line ends its headers within %d bytes; put one between them and the body",
                (int)MULTIPART_LONGEST_HEAD);
        is_head = line_end > from;
        if (is_head && read_header(part, (const char *)from, (size_t)(line_end - from), error))
            return -1;
        from = line_end + 2;
    }
    part->bytes = from;
    part->size = (size_t)(to - from);
    return 0;
}

static int read_parts(struct multipart *multipart, struct reading *reading, struct error *error)
{
    if (!pass_first_boundary(reading))
        return error_set(
            error, ERROR_INPUT,
            "the boundary of the Content-Type stands nowhere in the body; begin each part with a "
            "line of \"--\" and the boundary");
    size_t capacity = 0;
    while (!reading->is_over) {
        const uint8_t *const from = reading->at, *stop;
        if (!pass_boundary(reading, &stop))
            return error_set(
                error, ERROR_INPUT,
                "the last part has no end; put a line of \"--\", the boundary and \"--\" behind it");
        if (multipart->count == MULTIPART_MOST_PARTS)
            return error_set(error, ERROR_INPUT, "there are more than %d parts", (int)MULTIPART_MOST_PARTS);
        if (multipart->count == capacity) {
            capacity = capacity ? 2 * capacity : 4;
            multipart->parts = mem_resize(multipart->parts, capacity, sizeof *multipart->parts);
        }
        struct multipart_part *part = &multipart->parts[multipart->count++];
        *part = (struct multipart_part){0};
        if (read_part(part, from, stop, error))
            return error_at(error, "part %zu", multipart->count);
    }
    if (!multipart->count)
        return error_set(error, ERROR_INPUT, "the body has no part; the first one has the statements");
    return 0;
}

int multipart_read(struct multipart *multipart, const char *content_type, const void *body, size_t size,
                   struct error *error)
{
    char *boundary = media_type_parameter(content_type, "boundary");
    const uint8_t *const begin = size ? body : (const uint8_t *)""; /* of no body there is no pointer */
    struct reading reading = {.at = begin, .end = begin + size};
    int result;
    if (!boundary || !is_boundary(boundary)) {
        result = error_set(error, ERROR_INPUT,
                           "the Content-Type has no boundary as RFC 2046 wants it; send multipart/mixed; "
                           "boundary=\"...\" with 1 to %d characters",
                           (int)MULTIPART_LONGEST_BOUNDARY);
    } else {
        reading.separator_size =
            (size_t)snprintf(reading.separator, sizeof reading.separator, "\r\n--%s", boundary);
        result = read_parts(multipart, &reading, error);
    }
    free(boundary);
    return result;
}

void multipart_free(struct multipart *multipart)
{
    for (size_t i = 0; i < multipart->count; i++) {
        free(multipart->parts[i].content_type);
        free(multipart->parts[i].encoding);
        free(multipart->parts[i].hash);
    }
    free(multipart->parts);
    *multipart = (struct multipart){0};
}

/* ---- writing ------------------------------------------------------------------------------------------- */

void multipart_boundary(char boundary[MULTIPART_BOUNDARY_SIZE])
{
    uint8_t random[16];
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(boundary, MULTIPART_BOUNDARY_SIZE, random, sizeof random);
}

void multipart_put(const char *boundary, const char *content_type, const char *hash, const void *bytes,
                   size_t size, struct buf *out)
{
    buf_append_format(out, "%s--%s\r\nContent-Type: %s\r\n", out->size ? "\r\n" : "", boundary, content_type);
    if (hash)
        buf_append_format(out, "Content-Transfer-Encoding: binary\r\nX-Experience-API-Hash: %s\r\n", hash);
    buf_append_text(out, "\r\n");
    buf_put(out, bytes, size);
}

void multipart_put_end(const char *boundary, struct buf *out)
{
    buf_append_format(out, "\r\n--%s--\r\n", boundary);
}
