/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The text of a script together with those of the files beside it that it requires, and that those require:
 * what the worker is given to load it. A change in any of them is a change of the script.
 */
#ifndef SCRIPT_SOURCE_H
#define SCRIPT_SOURCE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

struct source_module {
    char *name; /* as it is required: the file without ".lua" */
    char *text;
};

struct source {
    char *text;
    struct source_module *modules; /* in order of name */
    size_t module_count;
};

/* One file of a folder; `text` NULL: it cannot be read. */
struct source_file {
    const char *name, *text;
};

enum { SOURCE_LONGEST = 1 << 20 };

/* The source of `text`, with modules out of the files of its folder. What is required is found in the text,
 * as in require "helpers": a name that is put together while the script runs is not. NULL: all together are
 * longer than SOURCE_LONGEST bytes. Free with source_free. */
struct source *source_make(const char *text, const struct source_file *folder, size_t count);
void source_free(struct source *source);                 /* NULL is fine */
struct source *source_copy(const struct source *source); /* likewise */
bool source_equal(const struct source *left, const struct source *right);
bool source_has_module(const struct source *source, const char *name);
/* Its text, or NULL. */
const char *source_module(const struct source *source, const char *name);
/* Appends the modules in the notation of script/PROTOCOL.md. */
void source_put_modules(const struct source *source, struct buf *frame);
/* Appends the whole, and reads it again (NULL: what is read is no source). */
void source_put(const struct source *source, struct buf *out);
struct source *source_read(struct reader *reader);
/* Everything in it as one piece of bytes, for a digest. */
void source_put_all(const struct source *source, struct buf *out);

#endif
