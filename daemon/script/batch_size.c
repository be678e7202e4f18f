/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/batch_size.h"

enum { GOOD_UNTIL_DOUBLED = 4 };

size_t batch_size_of(const struct batch_size *size, size_t most)
{
    return size->now && size->now < most ? size->now : most;
}

void batch_size_halve(struct batch_size *size, size_t asked)
{
    size->now = asked > 1 ? asked / 2 : 1;
    size->good = 0;
}

void batch_size_worked(struct batch_size *size, size_t most)
{
    if (!size->now || ++size->good < GOOD_UNTIL_DOUBLED)
        return;
    size->good = 0;
    size->now = 2 * size->now < most ? 2 * size->now : 0;
}
