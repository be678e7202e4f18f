/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "event_list.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void list_free(struct event_list *list)
{
    free(list->all);
    free(list->awaited);
    free(list->awaited_by);
    free(list->gone);
}

struct listed *list_find(struct event_list *list, uint32_t id)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->all[i].id == id && !list->all[i].removed)
            return &list->all[i];
    return NULL;
}

static void await(struct event_list *list, uint32_t id, uint32_t by)
{
    for (size_t i = 0; i < list->awaited_count; i++)
        if (list->awaited[i] == id)
            return;
    list->awaited = mem_resize(list->awaited, list->awaited_count + 1, sizeof *list->awaited);
    list->awaited_by = mem_resize(list->awaited_by, list->awaited_count + 1, sizeof *list->awaited_by);
    list->awaited[list->awaited_count] = id;
    list->awaited_by[list->awaited_count++] = by;
}

static bool no_longer_awaited(struct event_list *list, uint32_t id)
{
    for (size_t i = 0; i < list->awaited_count; i++)
        if (list->awaited[i] == id) {
            list->awaited_count--;
            list->awaited[i] = list->awaited[list->awaited_count];
            list->awaited_by[i] = list->awaited_by[list->awaited_count];
            return true;
        }
    return false;
}

struct listed *list_append(struct event_list *list, const struct listed *event)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 1024;
        list->all = mem_resize(list->all, list->capacity, sizeof *list->all);
    }
    struct listed *target = event->target ? list_find(list, event->target) : NULL;
    struct listed *added = &list->all[list->count];
    *added = *event;
    if (target)
        added->keys |= target->keys;
    if (no_longer_awaited(list, event->id) && !event->voids)
        added->voided = true;
    if (event->voids && target && !target->voids)
        target->voided = true;
    if (event->voids && !target && event->target && event->target != event->id)
        await(list, event->target, event->id);
    list->count++;
    return added;
}

bool list_is_gone(const struct event_list *list, uint32_t person)
{
    return person < list->gone_count && list->gone[person];
}

static bool names_openly(const struct listed *event, uint32_t person)
{
    bool openly = false, marked = false;
    for (int i = 0; i < 2; i++) {
        openly |= event->people[i] == person && !event->marked[i];
        marked |= event->people[i] == person && event->marked[i];
    }
    return openly && !marked;
}

static void drop_wishes_of(struct event_list *list, uint32_t id)
{
    for (size_t i = 0; i < list->awaited_count;)
        if (list->awaited_by[i] == id)
            no_longer_awaited(list, list->awaited[i]);
        else
            i++;
}

void list_forget(struct event_list *list, uint32_t person)
{
    for (size_t i = 0; i < list->count; i++) {
        struct listed *event = &list->all[i];
        if (event->removed || (event->actor != person && !names_openly(event, person)))
            continue;
        event->removed = true;
        drop_wishes_of(list, event->id);
    }
    if (person >= list->gone_count) {
        list->gone = mem_resize(list->gone, person + 1, sizeof *list->gone);
        memset(list->gone + list->gone_count, 0, person + 1 - list->gone_count);
        list->gone_count = person + 1;
    }
    list->gone[person] = true;
}

static bool fits(const struct listed *event, const struct list_question *question)
{
    if (event->removed || event->voided || (event->keys & question->keys) != question->keys)
        return false;
    if ((question->since != INT64_MIN && event->stored <= question->since) ||
        (question->until != INT64_MIN && event->stored > question->until))
        return false;
    if (!question->from)
        return true;
    return question->ascending ? event->position >= question->from : event->position <= question->from;
}

size_t list_answer(const struct event_list *list, const struct list_question *question, uint64_t *positions,
                   uint64_t *next)
{
    size_t count = 0;
    *next = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct listed *event = &list->all[question->ascending ? i : list->count - 1 - i];
        if (!fits(event, question))
            continue;
        if (count == question->limit) {
            *next = event->position;
            break;
        }
        positions[count++] = event->position;
    }
    return count;
}
