/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *require(void *block)
{
    if (!block) {
        fputs("out of memory\n", stderr);
        abort();
    }
    return block;
}

void *mem_alloc(size_t size)
{
    return require(calloc(1, size ? size : 1));
}

void *mem_resize(void *block, size_t count, size_t size)
{
    const size_t wanted = count && size ? count * size : 1;
    if (size && count > SIZE_MAX / size)
        return require(NULL);
    return require(realloc(block, wanted));
}

void *mem_copy(const void *bytes, size_t size)
{
    void *copy = mem_alloc(size);
    if (size)
        memcpy(copy, bytes, size);
    return copy;
}

char *mem_copy_text(const char *text)
{
    return text ? mem_copy(text, strlen(text) + 1) : NULL;
}

char *mem_format_list(const char *format, va_list arguments)
{
    char *text = NULL;
    const int length = vasprintf(&text, format, arguments);
    return require(length < 0 ? NULL : text);
}

char *mem_format(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = mem_format_list(format, args);
    va_end(args);
    return text;
}
