/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/internal.h"

#include "base/mem.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_LIMIT = 1000, LARGEST_LIMIT = 10000 };

char *cursor_make(const char *first, const char *second)
{
    struct buf plain = {0};
    buf_put_text(&plain, first);
    buf_put_text(&plain, second);
    const size_t length = sodium_base64_encoded_len(plain.size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *cursor = mem_alloc(length);
    sodium_bin2base64(cursor, length, plain.data, plain.size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    buf_free(&plain);
    return cursor;
}

static bool read_cursor(const char *text, struct cursor *cursor)
{
    size_t size = 0;
    if (sodium_base642bin(cursor->bytes, sizeof cursor->bytes, text, strlen(text), NULL, &size, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
        return false;
    struct reader reader = reader_of(cursor->bytes, size);
    cursor->first = read_text(&reader);
    cursor->second = read_text(&reader);
    return !reader.failed && reader_left(&reader) == 0;
}

static bool read_limit(const char *text, size_t *limit)
{
    char *end;
    errno = 0;
    const long value = strtol(text, &end, 10);
    *limit = (size_t)value;
    return !errno && end != text && !*end && value >= 1 && value <= LARGEST_LIMIT;
}

bool request_page(struct request *request, size_t *limit, struct cursor *cursor)
{
    const char *given_limit = request_parameter(request, "limit"), *next = request_parameter(request, "next");
    *limit = DEFAULT_LIMIT;
    if (given_limit && !read_limit(given_limit, limit))
        request_answer_problem(request, 400, NULL, "limit=%.40s: a whole number from 1 to %d is wanted",
                               given_limit, LARGEST_LIMIT);
    else if (next && !read_cursor(next, cursor))
        request_answer_problem(request, 400, NULL, "next=%.40s is not a cursor that was given out here",
                               next);
    return !request->answered;
}

/* ---- lists that are made in one go --------------------------------------------------------------------- */

bool page_read(struct request *request, struct page *page, const char *list)
{
    *page = (struct page){.list = list};
    if (!request_page(request, &page->limit, &page->cursor))
        return false;
    page->passed = !page->cursor.first;
    if (page->cursor.first && strcmp(page->cursor.first, list) != 0)
        request_answer_problem(request, 400, NULL, "next: this cursor was given out for the list of %.40s",
                               page->cursor.first);
    return !request->answered;
}

cJSON *page_add(struct page *page, const char *key, bool wanted)
{
    if (!page->passed) {
        page->passed = strcmp(page->cursor.second, key) == 0;
        return NULL;
    }
    page->more |= wanted && page->count == page->limit;
    if (!wanted || page->more)
        return NULL;
    page->count++;
    free(page->last);
    page->last = mem_copy_text(key);
    if (!page->entries)
        page->entries = cJSON_CreateArray();
    cJSON *entry = cJSON_CreateObject();
    cJSON_AddItemToArray(page->entries, entry);
    return entry;
}

static cJSON *page_json(struct page *page)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, page->list, page->entries ? page->entries : cJSON_CreateArray());
    if (page->folders)
        cJSON_AddItemToObject(json, "folders", page->folders);
    char *next = page->more ? cursor_make(page->list, page->last) : NULL;
    cJSON_AddItemToObject(json, "next", json_text_or_null(next));
    free(next);
    free(page->last);
    return json;
}

void page_drop(struct page *page)
{
    cJSON_Delete(page->entries);
    free(page->last);
}

int page_write(struct page *page, struct buf *answer, struct error *error)
{
    cJSON *json = page_json(page);
    char *text = cJSON_PrintUnformatted(json);
    buf_append_text(answer, text);
    free(text);
    cJSON_Delete(json);
    return page->passed ? 0
                        : error_set(error, ERROR_INPUT,
                                    "next: what the page would begin after is gone; read the list again");
}

void page_answer(struct request *request, struct page *page)
{
    struct error error;
    if (page_write(page, &request->answer, &error) == 0)
        request_answer(request, 200, "application/json");
    else
        request_answer_problem(request, 400, NULL, "%s", error.text);
}
