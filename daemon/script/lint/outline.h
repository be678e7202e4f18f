/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How the text of a script hangs together, as far as that can be seen without running it: what stands in
 * which bracket or block, where a name occurs, where w.indicator and its likes are called, and the fields of
 * a table. Tokens are meant by their index; NO_TOKEN is none.
 */
#ifndef SCRIPT_OUTLINE_H
#define SCRIPT_OUTLINE_H

#include "script/lint/lexer.h"

#define NO_TOKEN UINT32_MAX

/* A call of w.instrument, w.indicator or w.alert with a table that is written out. */
struct outline_call {
    uint32_t name, table; /* the tokens "indicator" and "{" */
    uint32_t id;          /* the text of its id, where it is written out */
};

struct outline {
    const char *text;
    struct tokens tokens;
    uint32_t *parent;  /* of each token: the first one of the innermost bracket or block around it */
    uint32_t *partner; /* of the first token of a bracket or block: the last one; else NO_TOKEN */
    struct value_index {
        uint32_t *list; /* in order of value and then of place */
        size_t count;
    } values, plain; /* names and strings; and those of them that are no key in a table */
    struct outline_call *calls;
    size_t call_count;
    uint32_t deepest; /* how many brackets and blocks stand inside each other */
    bool dynamic;     /* members are reached by names that are not written out */
};

/* Owns everything but the text, which must live as long. */
void outline_make(struct outline *outline, const char *text);
void outline_free(struct outline *outline);

static inline const struct token *outline_token(const struct outline *outline, uint32_t at)
{
    return &outline->tokens.list[at];
}

/* Is it that keyword or symbol? Never is it where there is no token. */
bool outline_is(const struct outline *outline, uint32_t at, const char *word);
bool outline_is_kind(const struct outline *outline, uint32_t at, enum token_kind kind);
/* Is it a name or a string of that value? */
bool outline_says(const struct outline *outline, uint32_t at, const char *value);

/* The first name or string of that value from `from` on and before `end`. */
uint32_t outline_find(const struct outline *outline, const char *value, uint32_t from, uint32_t end);
/* The same, keys in tables left out. */
uint32_t outline_find_plain(const struct outline *outline, const char *value, uint32_t from, uint32_t end);

/* Is the name a key, as in { key = value }? */
bool outline_is_key(const struct outline *outline, uint32_t at);
/* Is the name a member, as in x.name and x:name? */
bool outline_is_member(const struct outline *outline, uint32_t at);
/* The key of a field of a table whose first token is given. */
uint32_t outline_field(const struct outline *outline, uint32_t table, const char *key);
/* The token behind the value of a field, from its key. */
uint32_t outline_field_end(const struct outline *outline, uint32_t key);
/* The table that is the value of a field, by its first token. */
uint32_t outline_field_table(const struct outline *outline, uint32_t table, const char *key);

/* The call that made a declaration: the one with its id, else the only one on its line whose id is not
 * written out. NULL: it cannot be told. */
const struct outline_call *outline_call(const struct outline *outline, const char *kind, const char *id,
                                        int line);

enum { MOST_PARAMETERS = 4 };
struct outline_function {
    uint32_t first, end; /* "function" and "end" */
    uint32_t parameters[MOST_PARAMETERS];
    size_t count;  /* of them; the others are not listed */
    bool variadic; /* it takes what is not named, too */
};
/* Is a function written out at this token? */
bool outline_function(const struct outline *outline, uint32_t at, struct outline_function *function);

/* The member that is read or called of what ends at a token, as in x.name, x:name and x["name"]. */
uint32_t outline_member(const struct outline *outline, uint32_t at);
/* Where what ends with that member ends: at the name, or at the ']' behind it. */
uint32_t outline_member_end(const struct outline *outline, uint32_t member);
/* The next member of a parameter in its function, from a token on. *strays is set where the parameter is used
 * in another way, or changed: then nobody can say what becomes of it. */
uint32_t outline_next_member(const struct outline *outline, const struct outline_function *function,
                             size_t parameter, uint32_t from, bool *strays);

#endif
