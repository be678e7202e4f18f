/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The XML of one part of a workbook, read as it is unpacked. What is known of it is a table of steps, from a
 * place to a place by the name of an element; an element that no step leads to is passed over with all that
 * is in it. There is no entity and no DOCTYPE (ECMA-376 part 2 has none), nesting is bounded, and so are what
 * stands between two brackets and how many elements there are.
 */
#ifndef SURVEY_XLSX_XML_H
#define SURVEY_XLSX_XML_H

#include "package.h"

enum {
    XML_OUTSIDE = 0,
    XML_DEEPEST = 200,
    XML_LONGEST_TAG = 1 << 20,
    XML_MOST_UNKNOWN = 10000000,
    XML_MOST_ELEMENTS = 160000000 /* as many cells as a sheet may have, with a formula and a value each */
};

struct xml_step {
    int from; /* XML_OUTSIDE: outside of the root */
    const char *name;
    int to; /* more than 0; a place is reached from one other */
};

/* NULL in `name` ends the steps, NULL the one or two namespaces: either will do. */
struct xml_grammar {
    const struct xml_step *steps;
    const char *const *namespaces;
};

/* Each may be NULL. false: that was enough. */
struct xml_taker {
    bool (*enter)(void *data, int place, const char **attributes);
    void (*text)(void *data, int place, const char *text, size_t length); /* also in pieces */
    bool (*leave)(void *data, int place);
    void (*piece)(void *data); /* another piece of the part is done */
    void *data;
};

/* Namespaces of ECMA-376, transitional and strict. */
extern const char *const xml_spreadsheet[];
extern const char *const xml_relationships[];
extern const char *const xml_content_types[];

/* The value of an attribute without a namespace, or NULL. */
const char *xml_attribute(const char **attributes, const char *name);
/* r:id, whatever the prefix. */
const char *xml_relationship_id(const char **attributes);
/* An xsd:boolean: 1 or true. NULL is `otherwise`. */
bool xml_is_true(const char *text, bool otherwise);

/* Reads a part to its end, or about so many bytes of it (0: all). NULL where it was read, or the taker had
 * enough; else why not. */
const char *xml_read(struct package *package, const char *part, const struct xml_grammar *grammar,
                     const struct xml_taker *taker, uint64_t most, char why[LONGEST_REASON]);

#endif
