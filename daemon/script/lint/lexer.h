/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of a Lua text, for who looks at a script without running it. Comments are left out; what is no
 * Lua gives tokens all the same. */
#ifndef SCRIPT_LEXER_H
#define SCRIPT_LEXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum token_kind { TOKEN_NAME, TOKEN_KEYWORD, TOKEN_STRING, TOKEN_NUMBER, TOKEN_SYMBOL, TOKEN_BROKEN };

struct token {
    enum token_kind kind;
    uint32_t length, line; /* the first line is 1 */
    const char *text;      /* as it is written */
    const char *value;     /* of a name and of a string: what it stands for; not ended by NUL */
    uint32_t value_length;
};

/* Zeroed is empty. Points into the text, which must live as long. */
struct tokens {
    struct token *list;
    size_t count;
    char *decoded; /* the values of strings with escapes */
};

void tokens_read(struct tokens *tokens, const char *text);
void tokens_free(struct tokens *tokens);

/* Is it this keyword or symbol? */
bool token_is(const struct token *token, const char *word);

#endif
