/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/texts.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

bool texts_have(const struct texts *texts, const char *text)
{
    for (size_t i = 0; i < texts->count; i++)
        if (strcmp(texts->all[i], text) == 0)
            return true;
    return false;
}

void texts_add(struct texts *texts, const char *text)
{
    if (texts_have(texts, text))
        return;
    texts->all = mem_resize(texts->all, texts->count + 1, sizeof *texts->all);
    texts->all[texts->count++] = mem_copy_text(text);
}

void texts_add_all(struct texts *texts, const struct texts *others)
{
    for (size_t i = 0; i < others->count; i++)
        texts_add(texts, others->all[i]);
}

void texts_free(struct texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        free(texts->all[i]);
    free(texts->all);
    *texts = (struct texts){0};
}
