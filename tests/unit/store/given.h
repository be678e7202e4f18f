/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events that are given to a store, what it answers, and what is left in it. */
#ifndef TEST_STORE_GIVEN_H
#define TEST_STORE_GIVEN_H

#include "shelf.h"

#include "store/events.h"

enum { SEGMENT = 8192 };

extern const uint8_t ann[PSEUDONYM_SIZE], bob[PSEUDONYM_SIZE], cas[PSEUDONYM_SIZE];

struct given {
    uint32_t id; /* the first, of `count` */
    size_t count;
    const uint8_t *actor, *other; /* both are marked in the text */
    const char *raw;
    size_t attachments, attached; /* how many, of how many bytes each */
    bool fails;
};

/* One of those that are given; -1, too, where it was not accepted: the text is the outcome. */
int append_one(struct store_tx *tx, const struct given *given, uint32_t id, struct error *error);
/* A job: all of them. `data` is a struct given. */
int append(struct store_tx *tx, void *data, struct error *error);
void give(struct shelf *shelf, struct given given);
void give_in_vain(struct shelf *shelf, struct given given, const char *why);
/* So many, one by one, with ids from 1001 on: 280 KB and some. */
enum { UNTIL_JOINED = 140 };
void give_until_joined(struct shelf *shelf);

/* Jobs without data: packs a segment; nothing; begins to forget ann. */
int pack(struct store_tx *tx, void *data, struct error *error);
int do_nothing(struct store_tx *tx, void *data, struct error *error);
int begin_ann(struct store_tx *tx, void *data, struct error *error);

struct asked {
    struct store_event_question question;
    struct store_event_page page;
    size_t count, attachments, attached;
    uint64_t last;
    int64_t stored;
    char text[200];
    char kinds[40];
};

/* A visitor; `data` is a struct asked. */
int hear(void *data, const struct store_event_found *found);
/* A job; `data` is a struct asked. */
int ask(struct store_tx *tx, void *data, struct error *error);
struct asked ask_for(struct shelf *shelf, struct store_event_question question);
/* The number that a question in SQL has for an answer. */
int64_t left(struct shelf *shelf, const char *sql);

#endif
