/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lms.h"

#include "store/events.h"

#include <string.h>

static int intern(struct store_tx *tx, const struct lms_event *event, struct event *facts,
                  struct error *error)
{
    if (store_subject_intern(tx, STORE_ACTOR, &event->actor, sizeof event->actor, &facts->actor, error) !=
            0 ||
        store_subject_intern(tx, STORE_VERB, event->verb, strlen(event->verb), &facts->verb, error) != 0 ||
        store_subject_intern(tx, STORE_OBJECT, "o", 1, &facts->object, error) != 0)
        return -1;
    return event->course ? store_group_intern(tx, 0, "course", event->course, &facts->group, error) : 0;
}

int lms_append(struct store_tx *tx, const struct lms_event *event, struct error *error)
{
    struct event facts = {0};
    uint8_t target[16] = {0};
    struct store_event appended = {.time = event->time, .facts = &facts, .raw = "{}", .raw_size = 2};
    enum store_outcome outcome;
    uint64_t position;
    memcpy(appended.id, &event->number, sizeof event->number);
    if (event->voids) {
        memcpy(target, event->voids, sizeof *event->voids);
        appended.target = target;
        appended.voids = true;
    }
    if (intern(tx, event, &facts, error) != 0)
        return -1;
    return store_event_append(tx, &appended, &outcome, &position, error);
}
