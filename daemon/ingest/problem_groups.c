/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/problem_groups.h"

#include "base/mem.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A power of two, and at most half full. */
enum { SLOTS = 2048 };
_Static_assert(2 * GROUPS_KEPT <= SLOTS, "there is always a free slot");

struct problem_groups {
    struct problem_group groups[GROUPS_KEPT];
    size_t count;
    uint16_t slots[SLOTS]; /* the number of a group; 0: free */
    uint8_t key[crypto_shorthash_KEYBYTES];
};

struct problem_groups *problem_groups_make(void)
{
    struct problem_groups *groups = mem_alloc(sizeof *groups);
    crypto_shorthash_keygen(groups->key); /* nobody can choose texts that all meet in one slot */
    return groups;
}

void problem_groups_free(struct problem_groups *groups)
{
    for (size_t i = 0; groups && i < groups->count; i++) {
        free(groups->groups[i].column);
        free(groups->groups[i].text);
    }
    free(groups);
}

static uint64_t hash_of(const struct problem_groups *groups, const char *text)
{
    uint64_t hash;
    _Static_assert(sizeof hash == crypto_shorthash_BYTES, "the hash is a number");
    crypto_shorthash((uint8_t *)&hash, (const uint8_t *)text, strlen(text), groups->key);
    return hash;
}

static bool is_group_of(const struct problem_group *group, const char *column, const char *text)
{
    return strcmp(group->text, text) == 0 &&
           (column && group->column ? strcmp(group->column, column) == 0 : !column && !group->column);
}

void problem_groups_add(struct problem_groups *groups, uint64_t row, const char *column, const char *text)
{
    if (strlen(text) > LONGEST_GROUP_TEXT)
        return;
    uint64_t slot = hash_of(groups, text) + (column ? hash_of(groups, column) : 0);
    for (slot %= SLOTS; groups->slots[slot]; slot = (slot + 1) % SLOTS) {
        struct problem_group *group = &groups->groups[groups->slots[slot] - 1];
        if (is_group_of(group, column, text)) {
            group->count++;
            return;
        }
    }
    if (groups->count == GROUPS_KEPT)
        return;
    groups->groups[groups->count++] = (struct problem_group){
        .column = mem_copy_text(column), .text = mem_copy_text(text), .count = 1, .first_row = row};
    groups->slots[slot] = (uint16_t)groups->count;
}

size_t problem_groups_largest(const struct problem_groups *groups,
                              const struct problem_group *largest[GROUPS_TOLD])
{
    size_t told = 0;
    for (size_t i = 0; i < groups->count; i++) {
        const struct problem_group *group = &groups->groups[i];
        size_t at = told;
        if (group->count < GROUP_LEAST)
            continue;
        while (at > 0 && largest[at - 1]->count < group->count)
            at--;
        if (at == GROUPS_TOLD)
            continue;
        told += told < GROUPS_TOLD;
        memmove(&largest[at + 1], &largest[at], (told - at - 1) * sizeof *largest);
        largest[at] = group;
    }
    return told;
}
