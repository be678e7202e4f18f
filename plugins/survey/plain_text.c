/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plain_text.h"

#include "base/mem.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Longer than any name below, and than a number of a character. */
enum { LONGEST_ENTITY = 10, LONGEST_TAG_NAME = 12 };

/* ---- entities -------------------------------------------------------------------------------------------
 */

static const struct {
    const char *name;
    unsigned code;
} entities[] = {
    {"amp", '&'},      {"lt", '<'},        {"gt", '>'},       {"quot", '"'},     {"apos", '\''},
    {"nbsp", ' '},     {"aacute", 0xe1},   {"agrave", 0xe0},  {"acirc", 0xe2},   {"auml", 0xe4},
    {"ccedil", 0xe7},  {"eacute", 0xe9},   {"egrave", 0xe8},  {"ecirc", 0xea},   {"euml", 0xeb},
    {"iacute", 0xed},  {"igrave", 0xec},   {"icirc", 0xee},   {"iuml", 0xef},    {"ntilde", 0xf1},
    {"oacute", 0xf3},  {"ograve", 0xf2},   {"ocirc", 0xf4},   {"ouml", 0xf6},    {"uacute", 0xfa},
    {"ugrave", 0xf9},  {"ucirc", 0xfb},    {"uuml", 0xfc},    {"Eacute", 0xc9},  {"Egrave", 0xc8},
    {"Euml", 0xcb},    {"Iuml", 0xcf},     {"Ouml", 0xd6},    {"Uuml", 0xdc},    {"ndash", 0x2013},
    {"mdash", 0x2014}, {"lsquo", 0x2018},  {"rsquo", 0x2019}, {"ldquo", 0x201c}, {"rdquo", 0x201d},
    {"bull", 0x2022},  {"hellip", 0x2026}, {"euro", 0x20ac},  {"deg", 0xb0},     {"middot", 0xb7},
};

static size_t put_utf_8(unsigned code, char *text)
{
    if (code < 0x80) {
        text[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        text[0] = (char)(0xc0 | code >> 6);
        text[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        text[0] = (char)(0xe0 | code >> 12);
        text[1] = (char)(0x80 | (code >> 6 & 0x3f));
        text[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    text[0] = (char)(0xf0 | code >> 18);
    text[1] = (char)(0x80 | (code >> 12 & 0x3f));
    text[2] = (char)(0x80 | (code >> 6 & 0x3f));
    text[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

/* A control, a surrogate or nothing of Unicode is no character of a question. */
static bool is_character(unsigned long code)
{
    return code >= ' ' && code != 0x7f && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

/* The character of "#233", "#xe9" or "eacute"; 0: there is none. */
static unsigned entity_code(const char *name)
{
    if (name[0] == '#') {
        const bool is_hex = name[1] == 'x' || name[1] == 'X';
        const char *digits = name + (is_hex ? 2 : 1);
        char *end;
        if (!isxdigit((unsigned char)*digits))
            return 0;
        const unsigned long code = strtoul(digits, &end, is_hex ? 16 : 10);
        return *end == '\0' && is_character(code) ? (code == 0xa0 ? ' ' : (unsigned)code) : 0;
    }
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
        if (strcmp(entities[i].name, name) == 0)
            return entities[i].code;
    return 0;
}

/* An entity is never shorter than the character that it becomes: "&#9;" is refused, "&lt;" has four. */
static size_t take_entity(const char **html, char *text)
{
    char name[LONGEST_ENTITY + 1];
    const size_t length = strcspn(*html + 1, ";&< ");
    if (length == 0 || length > LONGEST_ENTITY || (*html)[1 + length] != ';')
        return 0;
    memcpy(name, *html + 1, length);
    name[length] = '\0';
    const unsigned code = entity_code(name);
    if (!code)
        return 0;
    *html += length + 2;
    return put_utf_8(code, text);
}

/* ---- tags -----------------------------------------------------------------------------------------------
 */

struct tag {
    char name[LONGEST_TAG_NAME + 1]; /* small letters */
    bool is_end;
    const char *after; /* NULL: it is no tag */
};

/* Quoted attributes may hold '>'. */
static const char *end_of_tag(const char *at)
{
    for (char quote = 0; *at; at++) {
        if (quote)
            quote = *at == quote ? 0 : quote;
        else if (*at == '>')
            return at + 1;
        else if (*at == '"' || *at == '\'')
            quote = *at;
    }
    return NULL;
}

static struct tag read_tag(const char *html)
{
    struct tag tag = {.is_end = html[1] == '/'};
    const char *name = html + (tag.is_end ? 2 : 1);
    size_t length = 0;
    if (strncmp(html, "<!--", 4) == 0) {
        const char *end = strstr(html + 4, "-->");
        tag.after = end ? end + 3 : NULL;
        return tag;
    }
    if (!isalpha((unsigned char)*name))
        return tag;
    for (; isalnum((unsigned char)*name) && length < LONGEST_TAG_NAME; name++)
        tag.name[length++] = (char)tolower((unsigned char)*name);
    tag.after = end_of_tag(name);
    return tag;
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

/* Behind the end of what is not shown; NULL: it does not end. */
static const char *behind_hidden(const struct tag *tag)
{
    char end[LONGEST_TAG_NAME + 3] = "</";
    strcat(end, tag->name);
    const char *found = strcasestr(tag->after, end);
    return found ? end_of_tag(found) : NULL;
}

/* What has not ended once is not looked for again: the time stays in proportion to the text. */
struct reading {
    const char *at;
    char *text;
    size_t length;
    bool tags_end, hidden_ends;
};

/* false: there is no tag. */
static bool take_tag(struct reading *reading)
{
    static const char *const breaks[] = {"br",    "p",  "div", "li", "ul", "ol", "tr", "td", "th",
                                         "table", "h1", "h2",  "h3", "h4", "h5", "h6", "hr", NULL};
    static const char *const hidden[] = {"style", "script", NULL};
    const struct tag tag = read_tag(reading->at);
    if (!tag.after) {
        reading->tags_end = !tag.name[0] && reading->at[1] != '!';
        return false;
    }
    reading->at = tag.after;
    if (reading->hidden_ends && !tag.is_end && is_one_of(tag.name, hidden)) {
        const char *behind = behind_hidden(&tag);
        reading->hidden_ends = behind != NULL;
        reading->at = behind ? behind : tag.after;
    }
    if (is_one_of(tag.name, breaks))
        reading->text[reading->length++] = ' ';
    return true;
}

char *plain_text(const char *html)
{
    struct reading reading = {
        .at = html, .text = mem_alloc(strlen(html) + 1), .tags_end = true, .hidden_ends = true};
    while (*reading.at) {
        const size_t entity =
            *reading.at == '&' ? take_entity(&reading.at, reading.text + reading.length) : 0;
        reading.length += entity;
        if (entity || (*reading.at == '<' && reading.tags_end && take_tag(&reading)))
            continue;
        reading.text[reading.length++] = *reading.at++;
    }
    return reading.text;
}
