/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/source.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST_MODULE = 64 };

static const char name_letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

/* ---- what is required ---------------------------------------------------------------------------------- */

static bool is_name_letter(char letter)
{
    return letter && strchr(name_letters, letter) != NULL;
}

/* The name in `require "name"`, `require('name')` and the like, where `at` points behind "require"; 0: none.
 */
static size_t required_name(const char *at, const char **name)
{
    at += strspn(at, " \t\r\n(");
    if (*at != '"' && *at != '\'')
        return 0;
    const size_t length = strspn(at + 1, name_letters);
    *name = at + 1;
    return length <= LONGEST_MODULE && at[1 + length] == at[0] ? length : 0;
}

static const char *find_text(const struct source_file *folder, size_t count, const char *module)
{
    const size_t length = strlen(module);
    for (size_t i = 0; i < count; i++)
        if (strncmp(folder[i].name, module, length) == 0 && strcmp(folder[i].name + length, ".lua") == 0)
            return folder[i].text;
    return NULL;
}

static void add_module(struct source *source, const char *name, const char *text)
{
    source->modules = mem_resize(source->modules, source->module_count + 1, sizeof *source->modules);
    size_t at = source->module_count++;
    for (; at > 0 && strcmp(source->modules[at - 1].name, name) > 0; at--)
        source->modules[at] = source->modules[at - 1];
    source->modules[at] = (struct source_module){mem_copy_text(name), mem_copy_text(text)};
}

static bool add_if_it_fits(struct source *source, const char *name, const char *text, size_t *left)
{
    const size_t length = strlen(text);
    if (length > *left)
        return false;
    *left -= length;
    add_module(source, name, text);
    return true;
}

/* Adds what a text requires, and what that requires. `left` are the bytes that may yet be added. false: there
 * are too few, and not all was added: files that require each other would make many copies of each. */
static bool add_required(struct source *source, const char *text, const struct source_file *folder,
                         size_t count, size_t *left)
{
    static const char word[] = "require";
    for (const char *at = text; (at = strstr(at, word)) != NULL; at += sizeof word - 1) {
        const char *start;
        const size_t length =
            at > text && is_name_letter(at[-1]) ? 0 : required_name(at + sizeof word - 1, &start);
        if (!length)
            continue;
        char *name = strndup(start, length);
        const char *required = find_text(folder, count, name);
        const bool is_new = required && !source_has_module(source, name);
        const bool fits = !is_new || add_if_it_fits(source, name, required, left);
        free(name);
        if (!fits || (is_new && !add_required(source, required, folder, count, left)))
            return false;
    }
    return true;
}

/* ---- the whole ----------------------------------------------------------------------------------------- */

struct source *source_make(const char *text, const struct source_file *folder, size_t count)
{
    const size_t length = strlen(text);
    size_t left = length <= SOURCE_LONGEST ? SOURCE_LONGEST - length : 0;
    struct source *source = mem_alloc(sizeof *source);
    source->text = mem_copy_text(text);
    if (length <= SOURCE_LONGEST && add_required(source, text, folder, count, &left))
        return source;
    source_free(source);
    return NULL;
}

void source_free(struct source *source)
{
    for (size_t i = 0; source && i < source->module_count; i++) {
        free(source->modules[i].name);
        free(source->modules[i].text);
    }
    if (source) {
        free(source->modules);
        free(source->text);
    }
    free(source);
}

struct source *source_copy(const struct source *source)
{
    if (!source)
        return NULL;
    struct source *copy = mem_alloc(sizeof *copy);
    copy->text = mem_copy_text(source->text);
    for (size_t i = 0; i < source->module_count; i++)
        add_module(copy, source->modules[i].name, source->modules[i].text);
    return copy;
}

bool source_equal(const struct source *left, const struct source *right)
{
    if (!left || !right)
        return left == right;
    if (strcmp(left->text, right->text) != 0 || left->module_count != right->module_count)
        return false;
    for (size_t i = 0; i < left->module_count; i++)
        if (strcmp(left->modules[i].name, right->modules[i].name) != 0 ||
            strcmp(left->modules[i].text, right->modules[i].text) != 0)
            return false;
    return true;
}

const char *source_module(const struct source *source, const char *name)
{
    for (size_t i = 0; i < source->module_count; i++)
        if (strcmp(source->modules[i].name, name) == 0)
            return source->modules[i].text;
    return NULL;
}

bool source_has_module(const struct source *source, const char *name)
{
    return source_module(source, name) != NULL;
}

void source_put_modules(const struct source *source, struct buf *frame)
{
    buf_put_varint(frame, source->module_count);
    for (size_t i = 0; i < source->module_count; i++) {
        buf_put_text(frame, source->modules[i].name);
        buf_put_text(frame, source->modules[i].text);
    }
}

void source_put(const struct source *source, struct buf *out)
{
    buf_put_text(out, source->text);
    source_put_modules(source, out);
}

struct source *source_read(struct reader *reader)
{
    struct source *source = mem_alloc(sizeof *source);
    source->text = mem_copy_text(read_text(reader));
    const uint64_t count = read_varint(reader);
    for (uint64_t i = 0; i < count && !reader->failed; i++) {
        const char *name = read_text(reader);
        add_module(source, name, read_text(reader));
    }
    if (!reader->failed)
        return source;
    source_free(source);
    return NULL;
}

void source_put_all(const struct source *source, struct buf *out)
{
    buf_append_text(out, source->text);
    if (source->module_count)
        source_put_modules(source, out);
}
