/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/conflicts.h"
#include "script/misfits.h"

#include "base/mem.h"

#include <stdlib.h>

static bool counts(const struct script *script)
{
    return !script->conflict && !script->removed;
}

/* What the first `count` scripts declare, of those that count; with room for one more. */
static struct declarations_list declared_by(struct script *const *scripts, size_t count)
{
    struct declarations_list all = {.list = mem_alloc((count + 1) * sizeof *all.list)};
    for (size_t i = 0; i < count; i++)
        if (counts(scripts[i]))
            all.list[all.count++] = &scripts[i]->declarations;
    return all;
}

/* ---- who keeps an id that several declare -------------------------------------------------------------- */

enum rank { RANK_RUNS, RANK_NEW_TEXT, RANK_NEWCOMER, RANK_GONE, RANKS };

/* What runs as it is, then a new text of what ran, then whoever is new; and only then what ran of a file that
 * is gone: most often it has another name now. */
static enum rank rank_of(const struct script *script)
{
    if (script->gone_at)
        return RANK_GONE;
    if (!script->settled)
        return RANK_NEWCOMER;
    return script->settled == script->version ? RANK_RUNS : RANK_NEW_TEXT;
}

/* By rank, and as they were within one. To be freed. */
static struct script **in_order_of_rank(struct script *const *scripts, size_t count)
{
    struct script **ordered = mem_alloc(count * sizeof(struct script *));
    size_t found = 0;
    for (enum rank rank = RANK_RUNS; rank < RANKS; rank++)
        for (size_t i = 0; i < count; i++)
            if (rank_of(scripts[i]) == rank)
                ordered[found++] = scripts[i];
    return ordered;
}

/* ---- misfits ------------------------------------------------------------------------------------------- */

/* The first misfit is the script's conflict. */
static bool take_misfit(void *data, const struct misfit *misfit)
{
    struct script *script = data;
    if (misfit->waits)
        return true;
    script->conflict = mem_format("%s:%d: %s", misfit->file, misfit->line, misfit->message);
    return false;
}

static bool take_rival(void *data, const struct misfit *misfit)
{
    struct script *script = data;
    free(script->rival);
    script->rival = mem_format("%s:%d: %s; this file is used, and the other one set aside", misfit->file,
                               misfit->line, misfit->message);
    return false;
}

/* Whoever was before the script by its name only is told that it is not alone. */
static void tell_rivals(struct script *const *ordered, size_t count, const struct script *script)
{
    const struct declarations *declared = &script->declarations;
    const struct declarations_list its = {.list = &declared, .count = 1};
    for (size_t i = 0; i < count; i++) {
        struct script *rival = ordered[i];
        if (counts(rival) && (rival->by_alphabet || rank_of(rival) == rank_of(script)))
            misfits_duplicates(&rival->declarations, &its, take_rival, rival);
    }
}

static void give_way(struct script *script)
{
    free(script->conflict);
    script->conflict = NULL;
    script->removed = true;
}

static void find_duplicates(struct script *const *scripts, size_t count)
{
    struct script **ordered = in_order_of_rank(scripts, count);
    for (size_t i = 0; i < count; i++) {
        free(ordered[i]->conflict);
        free(ordered[i]->rival);
        ordered[i]->conflict = ordered[i]->rival = NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (ordered[i]->removed)
            continue;
        struct declarations_list earlier = declared_by(ordered, i);
        misfits_duplicates(&ordered[i]->declarations, &earlier, take_misfit, ordered[i]);
        free(earlier.list);
        if (ordered[i]->conflict && ordered[i]->gone_at)
            give_way(ordered[i]);
        else if (ordered[i]->conflict)
            tell_rivals(ordered, i, ordered[i]);
    }
    for (size_t i = 0; i < count; i++)
        ordered[i]->by_alphabet = ordered[i]->rival != NULL;
    free(ordered);
}

static void find_unknown(struct script *const *scripts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!counts(scripts[i]))
            continue;
        struct declarations_list all = declared_by(scripts, count);
        misfits_unknown(&scripts[i]->declarations, &all, take_misfit, scripts[i]);
        free(all.list);
    }
}

void conflicts_find(struct script *const *scripts, size_t count)
{
    find_duplicates(scripts, count);
    find_unknown(scripts, count);
    for (size_t i = 0; i < count; i++)
        if (!scripts[i]->conflict)
            scripts[i]->settled = scripts[i]->version;
        else if (!scripts[i]->fallback) /* else what fitted runs again at once, and is still the first */
            scripts[i]->settled = 0;
}

/* ---- a second try -------------------------------------------------------------------------------------- */

static bool take_no(void *data, const struct misfit *misfit)
{
    bool *fits = data;
    if (!misfit->waits)
        *fits = false;
    return *fits;
}

bool conflicts_fits(struct script *const *scripts, size_t count, const struct script *script)
{
    struct declarations_list all = declared_by(scripts, count);
    bool fits = true;
    for (size_t i = 0; i < all.count; i++)
        if (all.list[i] == &script->declarations)
            all.list[i] = all.list[--all.count];
    misfits_duplicates(&script->rejected, &all, take_no, &fits);
    all.list[all.count++] = &script->rejected;
    misfits_unknown(&script->rejected, &all, take_no, &fits);
    free(all.list);
    return fits;
}
