/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events as a plain list: what the store should say of them, worked out the slow way. */
#ifndef EVENT_LIST_H
#define EVENT_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LIST_KEYS = 64, LIST_PEOPLE = 8 };

struct listed {
    uint32_t id, digest;
    uint64_t position;
    int64_t time, stored;
    uint64_t keys;  /* a bit for each */
    uint32_t actor; /* a number of the store, as are those of the people */
    uint32_t people[2];
    bool marked[2]; /* in the text; else the text names them */
    size_t padding; /* of the text */
    bool voids, voided, removed;
    uint32_t target; /* an id; 0: none */
};

struct event_list {
    struct listed *all;
    size_t count, capacity;
    uint32_t *awaited, *awaited_by; /* ids that are to be taken back; whose wish it is */
    size_t awaited_count;
    bool *gone; /* by number of a person */
    size_t gone_count;
};

struct list_question {
    uint64_t keys;
    int64_t since, until;
    uint64_t from;
    bool ascending;
    size_t limit;
};

void list_free(struct event_list *list);
struct listed *list_find(struct event_list *list, uint32_t id);
/* Of an event whose id is new. */
struct listed *list_append(struct event_list *list, const struct listed *event);
void list_forget(struct event_list *list, uint32_t person);
bool list_is_gone(const struct event_list *list, uint32_t person);
/* Fills in at most question->limit positions; *next is that of the one after them, or 0. */
size_t list_answer(const struct event_list *list, const struct list_question *question, uint64_t *positions,
                   uint64_t *next);

#endif
