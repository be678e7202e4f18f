/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory that is always there: where the system has none left, the process ends with a message. On a machine
 * that overcommits, a handled NULL is a path nobody ever tests; what was acknowledged is on disk, and systemd
 * restarts us. Free with free().
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

void *mem_alloc(size_t size); /* zeroed */
void *mem_resize(void *block, size_t count, size_t size);
char *mem_copy_text(const char *text); /* NULL stays NULL */
void *mem_copy(const void *bytes, size_t size);
char *mem_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *mem_format_list(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

#endif
