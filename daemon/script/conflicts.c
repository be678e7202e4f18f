/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/conflicts.h"
#include "script/misfits.h"

#include "base/mem.h"

#include <stdlib.h>

static bool counts(const struct script *script)
{
    return !script->conflict && !script->removed;
}

/* What the first `count` scripts declare, of those that count. */
static struct declarations_list declared_by(struct script *const *scripts, size_t count)
{
    struct declarations_list all = {.list = mem_alloc(count * sizeof *all.list)};
    for (size_t i = 0; i < count; i++)
        if (counts(scripts[i]))
            all.list[all.count++] = &scripts[i]->declarations;
    return all;
}

/* The first misfit is the script's conflict. */
static bool take_misfit(void *data, const struct misfit *misfit)
{
    struct script *script = data;
    if (misfit->waits)
        return true;
    script->conflict = mem_format("%s:%d: %s", misfit->file, misfit->line, misfit->message);
    return false;
}

void conflicts_find(struct script *const *scripts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(scripts[i]->conflict);
        scripts[i]->conflict = NULL;
        struct declarations_list earlier = declared_by(scripts, i);
        misfits_duplicates(&scripts[i]->declarations, &earlier, take_misfit, scripts[i]);
        free(earlier.list);
    }
    for (size_t i = 0; i < count; i++) {
        if (!counts(scripts[i]))
            continue;
        struct declarations_list all = declared_by(scripts, count);
        misfits_unknown(&scripts[i]->declarations, &all, take_misfit, scripts[i]);
        free(all.list);
    }
}
