/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/ending.h"

#include <string.h>

bool ends_with(const char *text, const char *ending)
{
    const size_t length = strlen(text), tail = strlen(ending);
    return length >= tail && strcmp(text + length - tail, ending) == 0;
}
