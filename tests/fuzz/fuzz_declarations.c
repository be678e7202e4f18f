/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a script worker may say that a script declares: a hostile script may have taken it over. */
#include "fuzz.h"

#include "script/declaration.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct declarations declarations;
    struct error error;
    char *text = fuzz_text(bytes, size);
    if (declarations_parse(&declarations, text, &error) == 0)
        declarations_free(&declarations);
    free(text);
    return 0;
}
