/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "html.h"

#include "base/mem.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Those that an editor writes in Dutch and English texts; others stay as they are. */
static const struct {
    const char *name, *text;
} entities[] = {
    {"amp", "&"},    {"lt", "<"},     {"gt", ">"},     {"quot", "\""},  {"apos", "'"},   {"nbsp", " "},
    {"eacute", "é"}, {"euml", "ë"},   {"egrave", "è"}, {"ecirc", "ê"},  {"iuml", "ï"},   {"ouml", "ö"},
    {"uuml", "ü"},   {"auml", "ä"},   {"aacute", "á"}, {"oacute", "ó"}, {"iacute", "í"}, {"uacute", "ú"},
    {"ccedil", "ç"}, {"rsquo", "’"},  {"lsquo", "‘"},  {"ldquo", "“"},  {"rdquo", "”"},  {"ndash", "–"},
    {"mdash", "—"},  {"hellip", "…"}, {"euro", "€"},
};

enum { LONGEST_ENTITY = 10 };

/* Puts a character, and gives its length; at most as long as "&#1;" is. */
static size_t put_character(unsigned long code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

/* &#235; and &#xeb; as they stand between '&' and ';'. false: no character that may stand in a text. */
static bool read_code(const char *name, size_t length, unsigned long *code)
{
    char digits[LONGEST_ENTITY + 1];
    char *end;
    if (length < 2 || name[0] != '#')
        return false;
    memcpy(digits, name, length);
    digits[length] = '\0';
    const bool is_hex = digits[1] == 'x' || digits[1] == 'X';
    if (!isxdigit((unsigned char)digits[is_hex ? 2 : 1]))
        return false;
    *code = strtoul(digits + (is_hex ? 2 : 1), &end, is_hex ? 16 : 10);
    return !*end && *code >= 0x20 && *code <= 0x10ffff && (*code < 0xd800 || *code > 0xdfff) && *code != 0x7f;
}

/* How many bytes are taken from `html`, which begins with '&'; *put are written, which are not more. */
static size_t decode_entity(const char *html, char *out, size_t *put)
{
    const size_t length = strcspn(html + 1, ";& <");
    unsigned long code;
    *put = 1;
    out[0] = '&';
    if (length > LONGEST_ENTITY || html[1 + length] != ';')
        return 1;
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
        if (strlen(entities[i].name) == length && strncmp(entities[i].name, html + 1, length) == 0) {
            *put = strlen(entities[i].text);
            memcpy(out, entities[i].text, *put);
            return length + 2;
        }
    if (!read_code(html + 1, length, &code))
        return 1;
    *put = put_character(code, out);
    return length + 2;
}

static bool begins(const char *html, const char *tag)
{
    const size_t length = strlen(tag);
    return strncasecmp(html, tag, length) == 0 && !isalnum((unsigned char)html[length]);
}

/* Behind the tag that begins here; with what a script or a style holds. */
static const char *skip_tag(const char *html)
{
    static const char *const silent[][2] = {{"<script", "</script"}, {"<style", "</style"}};
    const char *end = html;
    for (size_t i = 0; i < sizeof silent / sizeof *silent; i++)
        if (begins(html, silent[i][0])) {
            end = strcasestr(html, silent[i][1]);
            end = end ? end : html + strlen(html);
        }
    end = strchr(end, '>');
    return end ? end + 1 : html + strlen(html);
}

/* A tag of a piece of a line: nothing stands in its place. */
static bool is_inline(const char *html)
{
    static const char *const names[] = {"a", "b", "em", "font", "i", "span", "strong", "sub", "sup", "u"};
    html += html[1] == '/' ? 2 : 1;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (begins(html, names[i]))
            return true;
    return false;
}

static bool is_tag(const char *html)
{
    return html[0] == '<' && (isalpha((unsigned char)html[1]) || html[1] == '/' || html[1] == '!');
}

/* One blank for any number of them, and none at the ends. */
static void squeeze(char *text)
{
    size_t length = 0;
    for (const char *at = text; *at; at++)
        if (!isspace((unsigned char)*at))
            text[length++] = *at;
        else if (length && text[length - 1] != ' ')
            text[length++] = ' ';
    if (length && text[length - 1] == ' ')
        length--;
    text[length] = '\0';
}

char *html_words(const char *html)
{
    char *text = mem_alloc(strlen(html) + 1);
    size_t length = 0, put;
    while (*html) {
        if (is_tag(html)) {
            if (!is_inline(html))
                text[length++] = ' '; /* a tag is longer than that */
            html = skip_tag(html);
        } else if (*html == '&') {
            html += decode_entity(html, text + length, &put);
            length += put;
        } else {
            text[length++] = *html++;
        }
    }
    text[length] = '\0';
    squeeze(text);
    return text;
}
