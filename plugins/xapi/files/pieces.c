/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "files/pieces.h"

#include <string.h>

enum { NOTHING = -1 }; /* no byte */

static const char is_cut_off[] =
    "the file ends before what was begun in it has; is it whole? Export it again";

struct pieces pieces_of(int descriptor, size_t longest)
{
    return (struct pieces){.bytes = file_bytes_of(descriptor), .longest = longest, .line = 1};
}

void pieces_free(struct pieces *pieces)
{
    file_bytes_free(&pieces->bytes);
    buf_free(&pieces->window);
}

static int fail(struct pieces *pieces, const char *fault)
{
    if (!pieces->fault)
        pieces->fault = fault;
    return -1;
}

/* ---- bytes --------------------------------------------------------------------------------------------- */

/* Reads more. false: there is no more, or a fault. */
static bool read_on(struct pieces *pieces)
{
    if (pieces->has_ended || pieces->fault)
        return false;
    buf_consume(&pieces->window, pieces->kept);
    pieces->at -= pieces->kept;
    pieces->kept = 0;
    const int found = file_bytes_read(&pieces->bytes, &pieces->window, &pieces->fault);
    pieces->has_ended = found <= 0;
    return found > 0;
}

static bool has(struct pieces *pieces, size_t count)
{
    while (pieces->window.size - pieces->at < count)
        if (!read_on(pieces))
            return false;
    return true;
}

static int peek(struct pieces *pieces)
{
    return has(pieces, 1) ? pieces->window.data[pieces->at] : NOTHING;
}

/* Goes on behind the byte that is at `at`. */
static void pass(struct pieces *pieces)
{
    pieces->line += pieces->window.data[pieces->at] == '\n';
    pieces->at++;
}

static bool is_space(int byte)
{
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

/* The byte behind white space; what was passed is needed no more. */
static int peek_behind_space(struct pieces *pieces)
{
    int byte;
    pieces->kept = pieces->at;
    while (is_space(byte = peek(pieces))) {
        pass(pieces);
        pieces->kept = pieces->at;
    }
    return byte;
}

/* ---- what is cut out ----------------------------------------------------------------------------------- */

static void begin_piece(struct pieces *pieces, struct piece *piece)
{
    pieces->kept = pieces->at;
    *piece = (struct piece){.line = pieces->line};
}

/* Of what is too long nothing is kept. */
static void keep_short(struct pieces *pieces, struct piece *piece)
{
    piece->is_too_long = piece->is_too_long || pieces->at - pieces->kept > pieces->longest;
    if (piece->is_too_long)
        pieces->kept = pieces->at;
}

static void end_piece(struct pieces *pieces, struct piece *piece)
{
    piece->text = (const char *)pieces->window.data + pieces->kept;
    piece->size = piece->is_too_long ? 0 : pieces->at - pieces->kept;
    pieces->kept = pieces->at;
}

/* Within a value that is being passed. */
struct nesting {
    uint64_t depth;
    bool is_in_string, is_escaped;
};

/* Does the value end before this byte? */
static bool ends_before(const struct nesting *nesting, int byte)
{
    if (nesting->is_in_string || nesting->depth)
        return false;
    return is_space(byte) || byte == ',' || byte == ']' || byte == '}';
}

/* Goes on behind the byte. true: it ends the value. */
static bool ends_with(struct nesting *nesting, int byte)
{
    if (nesting->is_in_string) {
        nesting->is_in_string = byte != '"' || nesting->is_escaped;
        nesting->is_escaped = byte == '\\' && !nesting->is_escaped;
        return false;
    }
    if (byte == '"')
        nesting->is_in_string = true;
    else if (byte == '{' || byte == '[')
        nesting->depth++;
    else if (byte == '}' || byte == ']')
        return --nesting->depth == 0;
    return false;
}

/* From where a value begins to where it ends, as far as brackets and quotes tell: what is in it is not looked
 * at. */
static void cut_value(struct pieces *pieces, struct piece *piece)
{
    struct nesting nesting = {0};
    begin_piece(pieces, piece);
    for (int byte; (byte = peek(pieces)) != NOTHING && !ends_before(&nesting, byte);) {
        pass(pieces);
        keep_short(pieces, piece);
        if (ends_with(&nesting, byte))
            break;
    }
    end_piece(pieces, piece);
}

static void cut_line(struct pieces *pieces, struct piece *piece)
{
    begin_piece(pieces, piece);
    while (peek(pieces) != NOTHING) {
        const uint8_t *at = pieces->window.data + pieces->at;
        const uint8_t *end = memchr(at, '\n', pieces->window.size - pieces->at);
        pieces->at = end ? (size_t)(end - pieces->window.data) : pieces->window.size;
        keep_short(pieces, piece);
        if (end)
            break;
    }
    end_piece(pieces, piece);
}

/* ---- which form it has --------------------------------------------------------------------------------- */

enum { FAR = 4096 }; /* so much white space is looked behind, to see how the file is written */

/* The byte behind white space, from so many bytes ahead on; *ahead is where it is. */
static int look_behind_space(struct pieces *pieces, size_t *ahead)
{
    for (const size_t end = *ahead + FAR; *ahead < end && has(pieces, *ahead + 1); ++*ahead) {
        const int byte = pieces->window.data[pieces->at + *ahead];
        if (!is_space(byte))
            return byte;
    }
    return NOTHING;
}

/* What is ahead of `at`, which stays: as far as a piece may reach. */
struct glance {
    struct pieces *pieces;
    size_t ahead;
};

static int look(struct glance *glance)
{
    const struct pieces *pieces = glance->pieces;
    const bool is_near = glance->ahead <= pieces->longest && has(glance->pieces, glance->ahead + 1);
    return is_near ? pieces->window.data[pieces->at + glance->ahead] : NOTHING;
}

static int look_on(struct glance *glance)
{
    glance->ahead++;
    return look(glance);
}

static int look_at_next(struct glance *glance)
{
    int byte = look(glance);
    while (is_space(byte))
        byte = look_on(glance);
    return byte;
}

/* Goes behind the value that begins here. */
static void look_over_value(struct glance *glance)
{
    struct nesting nesting = {0};
    for (int byte = look(glance); byte != NOTHING && !ends_before(&nesting, byte); byte = look_on(glance))
        if (ends_with(&nesting, byte)) {
            glance->ahead++;
            return;
        }
}

/* Goes behind the string that begins here. Is it one of these names, which have no escapes? */
static bool look_over_name(struct glance *glance, const char *const *names)
{
    const size_t from = glance->ahead + 1;
    struct nesting nesting = {0};
    int byte = look(glance);
    do {
        ends_with(&nesting, byte);
        byte = look_on(glance);
    } while (nesting.is_in_string && byte != NOTHING);
    if (nesting.is_in_string)
        return false;
    const size_t size = glance->ahead - 1 - from;
    const uint8_t *text = glance->pieces->window.data + glance->pieces->at + from;
    while (*names && (strlen(*names) != size || memcmp(text, *names, size) != 0))
        names++;
    return *names;
}

/* Has the object that begins here a member that only a StatementResult has? No further than to what only a
 * statement has: of most, that is the first one. */
static bool begins_result(struct pieces *pieces)
{
    static const char *const of_result[] = {"statements", "more", NULL};
    static const char *const of_statement[] = {"id", "actor", "verb", "object", "timestamp", NULL};
    struct glance glance = {pieces, 0};
    do {
        glance.ahead++;
        if (look_at_next(&glance) != '"')
            return false;
        struct glance again = glance;
        if (look_over_name(&glance, of_result))
            return true;
        if (look_over_name(&again, of_statement) || look_at_next(&glance) != ':')
            return false;
        glance.ahead++;
        look_at_next(&glance);
        look_over_value(&glance);
    } while (look_at_next(&glance) == ',');
    return false;
}

/* The first line is a whole object, or the next one begins as none does that goes on from a line before. */
static bool has_lines(struct pieces *pieces)
{
    size_t ahead = 0, last = 0;
    while (ahead <= pieces->longest && has(pieces, ahead + 1)) {
        const int byte = pieces->window.data[pieces->at + ahead];
        if (byte == '\n')
            break;
        if (!is_space(byte))
            last = ahead;
        ahead++;
    }
    return pieces->window.data[pieces->at + last] == '}' || look_behind_space(pieces, &ahead) == '{';
}

static void pass_mark(struct pieces *pieces)
{
    static const uint8_t mark[3] = {0xef, 0xbb, 0xbf};
    if (has(pieces, sizeof mark) && memcmp(pieces->window.data, mark, sizeof mark) == 0)
        pieces->at = sizeof mark;
}

static bool is_utf16(struct pieces *pieces)
{
    if (!has(pieces, 2))
        return false;
    const uint8_t *first = pieces->window.data;
    return (first[0] == 0xff && first[1] == 0xfe) || (first[0] == 0xfe && first[1] == 0xff);
}

static int begin(struct pieces *pieces)
{
    pieces->has_begun = true;
    if (is_utf16(pieces))
        return fail(pieces, "the file is in UTF-16, and JSON is in UTF-8; save it so");
    pass_mark(pieces);
    const int first = peek_behind_space(pieces);
    if (pieces->fault)
        return -1;
    if (first == NOTHING)
        return 0;
    if (first != '{' && first != '[')
        return fail(
            pieces,
            "the file is not of statements in JSON, plain or packed by gzip: it begins with neither { nor [");
    const bool is_lines = first == '{' && !begins_result(pieces) && has_lines(pieces);
    pieces->form = is_lines ? FORM_LINES : FORM_VALUES;
    return pieces->fault ? -1 : 0;
}

/* ---- lines --------------------------------------------------------------------------------------------- */

static int next_line(struct pieces *pieces, struct piece *piece)
{
    if (peek_behind_space(pieces) == NOTHING)
        return pieces->fault ? -1 : 0;
    cut_line(pieces, piece);
    if (pieces->fault)
        return -1;
    piece->number = piece->line;
    pieces->count++;
    return 1;
}

/* ---- values -------------------------------------------------------------------------------------------- */

static void enter(struct pieces *pieces, enum pieces_place place)
{
    pass(pieces);
    pieces->place = place;
    pieces->is_first = true;
    pieces->is_behind_comma = false;
}

static void leave(struct pieces *pieces)
{
    pass(pieces);
    pieces->place = pieces->place == IN_ARRAY_OF_RESULT ? IN_RESULT : BETWEEN_VALUES;
    pieces->is_first = pieces->is_behind_comma = false;
}

/* Passes the comma before an element or a member. 1: one follows; 0: `close` does; -1: neither. */
static int go_to_next(struct pieces *pieces, char close)
{
    int byte = peek_behind_space(pieces);
    if (byte == ',' && !pieces->is_first) {
        pass(pieces);
        pieces->is_behind_comma = true;
        byte = peek_behind_space(pieces);
    }
    if (byte == NOTHING)
        return fail(pieces, is_cut_off);
    if (byte == close && !pieces->is_behind_comma)
        return 0;
    if (!pieces->is_first && !pieces->is_behind_comma)
        return fail(pieces, "a comma or the closing bracket is wanted here");
    if (byte == ',' || byte == ']' || byte == '}' || byte == ':')
        return fail(pieces, "a value is wanted here, behind the comma or bracket");
    pieces->is_first = pieces->is_behind_comma = false;
    return 1;
}

static int cut_statement(struct pieces *pieces, struct piece *piece)
{
    cut_value(pieces, piece);
    piece->number = ++pieces->count;
    return pieces->fault ? -1 : 1;
}

static bool is_text(const struct piece *piece, const char *text)
{
    return piece->size == strlen(text) && memcmp(piece->text, text, piece->size) == 0;
}

/* A member of a StatementResult: that of the statements is gone into, others are passed. */
static int pass_member(struct pieces *pieces)
{
    struct piece name, value;
    begin_piece(pieces, &name);
    if (peek(pieces) != '"')
        return fail(pieces, "the name of a member is wanted here");
    struct nesting nesting = {0};
    do {
        ends_with(&nesting, peek(pieces));
        pass(pieces);
        keep_short(pieces, &name);
    } while (nesting.is_in_string && peek(pieces) != NOTHING);
    end_piece(pieces, &name);
    const bool is_statements = is_text(&name, "\"statements\""), is_more = is_text(&name, "\"more\"");
    if (peek_behind_space(pieces) != ':')
        return fail(pieces, "a colon is wanted here");
    pass(pieces);
    const int byte = peek_behind_space(pieces);
    if (is_statements && byte == '[') {
        enter(pieces, IN_ARRAY_OF_RESULT);
        return 0;
    }
    if (byte == NOTHING)
        return fail(pieces, is_cut_off);
    if (is_statements)
        return fail(pieces, "an array of statements is wanted here");
    cut_value(pieces, &value);
    pieces->has_more |= is_more && !is_text(&value, "\"\"") && !is_text(&value, "null");
    return 0;
}

/* 1: a piece; 0: it has gone on; -1: a fault. */
static int step_in(struct pieces *pieces, struct piece *piece)
{
    const bool is_array = pieces->place != IN_RESULT;
    const int next = go_to_next(pieces, is_array ? ']' : '}');
    if (next < 0)
        return -1;
    if (next > 0)
        return is_array ? cut_statement(pieces, piece) : pass_member(pieces);
    leave(pieces);
    return 0;
}

static int next_value(struct pieces *pieces, struct piece *piece)
{
    for (;;) {
        int step = 0;
        if (pieces->place != BETWEEN_VALUES) {
            step = step_in(pieces, piece);
        } else {
            const int byte = peek_behind_space(pieces);
            if (byte == NOTHING)
                return pieces->fault ? -1 : 0;
            if (byte == '[')
                enter(pieces, IN_ARRAY);
            else if (byte == '{' && begins_result(pieces))
                enter(pieces, IN_RESULT);
            else if (byte == '{')
                step = cut_statement(pieces, piece);
            else
                return fail(pieces, "behind the end of a value neither { nor [ follows");
        }
        if (step)
            return step;
    }
}

int pieces_next(struct pieces *pieces, struct piece *piece)
{
    if (pieces->fault || (!pieces->has_begun && begin(pieces) != 0))
        return -1;
    return pieces->form == FORM_LINES ? next_line(pieces, piece) : next_value(pieces, piece);
}
