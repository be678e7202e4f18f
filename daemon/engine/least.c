/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/internal.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void engine_raise_least(struct engine *engine, const char *instrument, int people)
{
    assert(!engine->ready);
    engine->raised = mem_resize(engine->raised, engine->raised_count + 1, sizeof *engine->raised);
    engine->raised[engine->raised_count++] =
        (struct raised_least){.instrument = mem_copy_text(instrument), .people = people};
}

/* NULL of both: events. */
static bool is_of(const struct raised_least *raised, const char *instrument)
{
    return raised->instrument && instrument ? strcmp(raised->instrument, instrument) == 0
                                            : !raised->instrument && !instrument;
}

int least_of(const struct engine *engine, const struct indicator_declaration *declaration)
{
    int least = engine->min_group_size;
    if (declaration->min_group_size > least)
        least = declaration->min_group_size;
    for (size_t i = 0; i < engine->raised_count; i++)
        if (engine->raised[i].people > least && is_of(&engine->raised[i], declaration->instrument))
            least = engine->raised[i].people;
    return least;
}

void least_free(struct engine *engine)
{
    for (size_t i = 0; i < engine->raised_count; i++)
        free(engine->raised[i].instrument);
    free(engine->raised);
}
