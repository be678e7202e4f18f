/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Language tags: RFC 5646, section 2.1. */
#include "check/forms.h"

#include <string.h>
#include <strings.h>

struct subtag {
    const char *at;
    size_t size;
    bool letters, digits; /* nothing else */
};

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* Takes the next subtag off the text. false: there is none, or it is malformed. */
static bool next_subtag(const char **at, const char *end, struct subtag *subtag)
{
    if (*at >= end)
        return false;
    *subtag = (struct subtag){.at = *at, .letters = true, .digits = true};
    for (; *at < end && **at != '-'; ++*at) {
        const bool letter = is_letter(**at), digit = **at >= '0' && **at <= '9';
        if (!letter && !digit)
            return false;
        subtag->letters = subtag->letters && letter;
        subtag->digits = subtag->digits && digit;
    }
    subtag->size = (size_t)(*at - subtag->at);
    *at += *at < end ? 1 : 0;
    return subtag->size >= 1 && subtag->size <= 8;
}

/* The irregular ones among the grandfathered tags: the others are as any. */
static bool is_grandfathered(const char *text, size_t size)
{
    static const char *const tags[] = {"en-GB-oed", "i-ami", "i-bnn",     "i-default", "i-enochian", "i-hak",
                                       "i-klingon", "i-lux", "i-mingo",   "i-navajo",  "i-pwn",      "i-tao",
                                       "i-tay",     "i-tsu", "sgn-BE-FR", "sgn-BE-NL", "sgn-CH-DE"};
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (strlen(tags[i]) == size && strncasecmp(tags[i], text, size) == 0)
            return true;
    return false;
}

static bool is_variant(const struct subtag *subtag)
{
    return subtag->size >= 5 || (subtag->size == 4 && subtag->at[0] >= '0' && subtag->at[0] <= '9');
}

/* How far a tag has got. */
enum part { LANGUAGE, EXTLANG, SCRIPT, REGION, VARIANT, EXTENSION_BEGIN, EXTENSION, PRIVATE_BEGIN, PRIVATE };

struct tag {
    enum part part;
    unsigned extlangs;
    bool may_have_extlang;
};

static bool take_private(struct tag *tag)
{
    tag->part = PRIVATE;
    return true;
}

static bool take_singleton(struct tag *tag, const struct subtag *subtag)
{
    if (tag->part == EXTENSION_BEGIN)
        return false;
    tag->part = (*subtag->at | 0x20) == 'x' ? PRIVATE_BEGIN : EXTENSION_BEGIN;
    return true;
}

static bool take_subtag(struct tag *tag, const struct subtag *subtag)
{
    if (tag->part >= PRIVATE_BEGIN)
        return take_private(tag);
    if (subtag->size == 1)
        return take_singleton(tag, subtag);
    if (tag->part >= EXTENSION_BEGIN) {
        tag->part = EXTENSION;
        return true;
    }
    if (tag->part <= EXTLANG && tag->may_have_extlang && tag->extlangs < 3 && subtag->size == 3 &&
        subtag->letters) {
        tag->part = EXTLANG;
        tag->extlangs++;
        return true;
    }
    if (tag->part < SCRIPT && subtag->size == 4 && subtag->letters) {
        tag->part = SCRIPT;
        return true;
    }
    if (tag->part < REGION &&
        ((subtag->size == 2 && subtag->letters) || (subtag->size == 3 && subtag->digits))) {
        tag->part = REGION;
        return true;
    }
    tag->part = VARIANT;
    return is_variant(subtag);
}

bool form_is_language(const char *text, size_t size)
{
    if (is_grandfathered(text, size))
        return true;
    const char *at = text, *end = text + size;
    struct subtag subtag;
    if (!size || text[size - 1] == '-' || !next_subtag(&at, end, &subtag) || !subtag.letters)
        return false;
    struct tag tag = {.part = LANGUAGE, .may_have_extlang = subtag.size <= 3};
    if (subtag.size == 1) {
        if ((*subtag.at | 0x20) != 'x')
            return false;
        tag.part = PRIVATE_BEGIN;
    }
    while (at < end)
        if (!next_subtag(&at, end, &subtag) || !take_subtag(&tag, &subtag))
            return false;
    return tag.part != EXTENSION_BEGIN && tag.part != PRIVATE_BEGIN;
}
