/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "xml.h"
#include "text.h"

#include "base/mem.h"

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { DEEPEST_PLACE = 16, NOWHERE = -1, MOST_NAMESPACES = 2 };

/* Between a namespace and a name; no namespace holds it, which expat sees to. */
static const char separator = '\n';

const char *const xml_spreadsheet[] = {"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                                       "http://purl.oclc.org/ooxml/spreadsheetml/main", NULL};
const char *const xml_relationships[] = {"http://schemas.openxmlformats.org/package/2006/relationships",
                                         NULL};
const char *const xml_content_types[] = {"http://schemas.openxmlformats.org/package/2006/content-types",
                                         NULL};

struct xml {
    XML_Parser parser;
    const struct xml_grammar *grammar;
    const struct xml_taker *taker;
    size_t lengths[MOST_NAMESPACES]; /* of the grammar's */
    int path[DEEPEST_PLACE];         /* the places that lead to where the reader is */
    size_t depth;
    uint64_t elements, unknown; /* all of them, and those that were passed over */
    size_t skipped;             /* elements that no step leads to, one in another */
    uint64_t waiting;           /* bytes since the parser last found something whole */
    const char *wrong;
    bool over; /* the taker had enough, or something is wrong */
};

const char *xml_attribute(const char **attributes, const char *name)
{
    for (; attributes[0]; attributes += 2)
        if (strcmp(attributes[0], name) == 0)
            return attributes[1];
    return NULL;
}

const char *xml_relationship_id(const char **attributes)
{
    const char *id =
        xml_attribute(attributes, "http://schemas.openxmlformats.org/officeDocument/2006/relationships\nid");
    return id ? id : xml_attribute(attributes, "http://purl.oclc.org/ooxml/officeDocument/relationships\nid");
}

bool xml_is_true(const char *text, bool otherwise)
{
    return text ? strcmp(text, "1") == 0 || strcmp(text, "true") == 0 : otherwise;
}

/* ---- places -------------------------------------------------------------------------------------------- */

static void stop(struct xml *xml, const char *wrong)
{
    xml->wrong = wrong;
    xml->over = true;
    XML_StopParser(xml->parser, XML_FALSE);
}

static int place_of(const struct xml *xml)
{
    return xml->depth ? xml->path[xml->depth - 1] : XML_OUTSIDE;
}

/* NULL: it is of another namespace. */
static const char *local_name(const struct xml *xml, const char *name)
{
    const char *const *spaces = xml->grammar->namespaces;
    for (size_t i = 0; spaces[i]; i++)
        if (strncmp(name, spaces[i], xml->lengths[i]) == 0 && name[xml->lengths[i]] == separator)
            return name + xml->lengths[i] + 1;
    return NULL;
}

static int step_to(const struct xml *xml, const char *name)
{
    const int from = place_of(xml);
    const char *local = local_name(xml, name);
    for (const struct xml_step *step = xml->grammar->steps; local && step->name; step++)
        if (step->from == from && strcmp(step->name, local) == 0)
            return step->to;
    return NOWHERE;
}

static void XMLCALL on_start(void *data, const char *name, const char **attributes)
{
    struct xml *xml = data;
    xml->waiting = 0;
    if (xml->over)
        return;
    if (++xml->elements > XML_MOST_ELEMENTS) {
        stop(xml, "it has over 160 million elements");
        return;
    }
    const int to = xml->skipped || xml->depth == DEEPEST_PLACE ? NOWHERE : step_to(xml, name);
    if (to == NOWHERE) {
        if (++xml->skipped > XML_DEEPEST)
            stop(xml, "its elements are nested too deep");
        else if (++xml->unknown > XML_MOST_UNKNOWN)
            stop(xml, "it has over ten million elements that no sheet needs");
        return;
    }
    xml->path[xml->depth++] = to;
    if (xml->taker->enter && !xml->taker->enter(xml->taker->data, to, attributes))
        stop(xml, NULL);
}

static void XMLCALL on_end(void *data, const char *name)
{
    struct xml *xml = data;
    (void)name;
    xml->waiting = 0;
    if (xml->over)
        return;
    if (xml->skipped) {
        xml->skipped--;
        return;
    }
    const int left = xml->path[--xml->depth];
    if (xml->taker->leave && !xml->taker->leave(xml->taker->data, left))
        stop(xml, NULL);
}

static void XMLCALL on_text(void *data, const char *text, int length)
{
    struct xml *xml = data;
    xml->waiting = 0;
    if (!xml->over && !xml->skipped && xml->taker->text)
        xml->taker->text(xml->taker->data, place_of(xml), text, (size_t)length);
}

/* Comments and the like. */
static void XMLCALL on_other(void *data, const char *text, int length)
{
    struct xml *xml = data;
    (void)text;
    (void)length;
    xml->waiting = 0;
}

static void XMLCALL on_doctype(void *data, const char *name, const char *system, const char *public_id,
                               int has_internal)
{
    (void)name;
    (void)system;
    (void)public_id;
    (void)has_internal;
    stop(data, "it has a DOCTYPE, which no workbook has");
}

/* ---- a part -------------------------------------------------------------------------------------------- */

static const char *say(const struct xml *xml, const char *part, const char *wrong, char why[LONGEST_REASON])
{
    char shown[SHOWN_TEXT + 1];
    text_show(part, shown);
    snprintf(why, LONGEST_REASON,
             "part '%s' of the workbook cannot be read, at line %lu: %.80s; save it again", shown,
             (unsigned long)XML_GetCurrentLineNumber(xml->parser), wrong);
    return why;
}

static const char *parse(struct xml *xml, const char *part, const char *bytes, size_t size, bool is_last,
                         char why[LONGEST_REASON])
{
    xml->waiting += size;
    const enum XML_Status status = XML_Parse(xml->parser, bytes, (int)size, is_last);
    if (xml->wrong)
        return say(xml, part, xml->wrong, why);
    if (xml->over)
        return NULL;
    if (status != XML_STATUS_OK)
        return say(xml, part, XML_ErrorString(XML_GetErrorCode(xml->parser)), why);
    if (xml->waiting > XML_LONGEST_TAG)
        return say(xml, part, "a tag or comment is longer than 1 MiB", why);
    if (xml->taker->piece)
        xml->taker->piece(xml->taker->data);
    return NULL;
}

static const char *read_pieces(struct xml *xml, struct part *open, const char *part, uint64_t most,
                               char why[LONGEST_REASON])
{
    char *piece = mem_alloc(PIECE_SIZE);
    const char *failed = NULL;
    ssize_t count;
    uint64_t done = 0;
    do {
        count = part_read(open, piece, PIECE_SIZE, why);
        failed = count < 0 ? why : parse(xml, part, piece, (size_t)count, count == 0, why);
        done += count > 0 ? (uint64_t)count : 0;
    } while (count > 0 && !failed && !xml->over && !(most && done >= most));
    free(piece);
    return failed;
}

/* Names are kept in tables whose order nobody outside can foretell. */
static unsigned long make_salt(void)
{
    unsigned long salt = 0;
    if (getrandom(&salt, sizeof salt, 0) != (ssize_t)sizeof salt)
        abort();
    return salt | 1; /* 0 would mean that there is none */
}

static XML_Parser make_parser(struct xml *xml)
{
    XML_Parser parser = XML_ParserCreateNS(NULL, separator);
    if (!parser)
        abort();
    XML_SetHashSalt(parser, make_salt());
    XML_SetUserData(parser, xml);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    XML_SetDefaultHandler(parser, on_other);
    XML_SetStartDoctypeDeclHandler(parser, on_doctype);
    return parser;
}

const char *xml_read(struct package *package, const char *part, const struct xml_grammar *grammar,
                     const struct xml_taker *taker, uint64_t most, char why[LONGEST_REASON])
{
    struct xml xml = {.grammar = grammar, .taker = taker};
    struct part *open = part_open(package, part, why);
    if (!open)
        return why;
    for (size_t i = 0; grammar->namespaces[i]; i++)
        xml.lengths[i] = strlen(grammar->namespaces[i]);
    xml.parser = make_parser(&xml);
    const char *failed = read_pieces(&xml, open, part, most, why);
    XML_ParserFree(xml.parser);
    part_close(open);
    return failed;
}
