/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/turns.h"

void turn_wait(const struct turns *turns, struct turn *turn)
{
    if (turn->waits)
        return;
    turn->waits = true;
    turn->from = turn->paid > turns->now ? turn->paid : turns->now;
}

uint64_t turn_due(const struct turn *turn, uint64_t least)
{
    return turn->from + (turn->cost > least ? turn->cost : least);
}

void turn_begin(struct turns *turns, struct turn *turn)
{
    turn->waits = false;
    if (turn->from > turns->now)
        turns->now = turn->from;
}

/* What takes no time that can be told is not for nothing. */
void turn_end(struct turn *turn, uint64_t took_ms)
{
    turn->paid = turn->from + took_ms + 1;
    turn->cost = took_ms;
}
