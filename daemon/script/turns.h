/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whose turn it is. Everybody pays, in milliseconds, for what he has had, and whoever will have paid least
 * after his next turn is next: who is quick goes before who is slow, who has had much waits, and nobody waits
 * for ever, for the others go on paying. Who comes anew, or back, begins where the others are.
 */
#ifndef SCRIPT_TURNS_H
#define SCRIPT_TURNS_H

#include <stdbool.h>
#include <stdint.h>

/* What is not known yet is taken to be as long as the first try of a request may be. */
enum { UNKNOWN_COST = 200 };

struct turns {
    uint64_t now; /* where the last one began that had a turn */
};

struct turn {
    bool waits;
    uint64_t from, paid; /* where the turn that it waits for begins, where its last one ended */
    uint64_t cost;       /* of a turn */
};

static inline struct turn turn_of_a_newcomer(void)
{
    return (struct turn){.cost = UNKNOWN_COST};
}

/* It would have a turn now. */
void turn_wait(const struct turns *turns, struct turn *turn);
/* The one with the least is next. `least`: what a turn of it costs at least. */
uint64_t turn_due(const struct turn *turn, uint64_t least);
void turn_begin(struct turns *turns, struct turn *turn);
void turn_end(struct turn *turn, uint64_t took_ms);

#endif
