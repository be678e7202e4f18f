/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "release_school.h"

#include <string.h>

/* ---- chance -------------------------------------------------------------------------------------------- */

static uint64_t chance;

void chance_begin(uint64_t seed)
{
    chance = seed;
}

unsigned chance_draw(unsigned below) /* xorshift64 */
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return (unsigned)(chance >> 33) % below;
}

/* ---- a school ------------------------------------------------------------------------------------------ */

static bool lies_in(const struct school *school, size_t leaf, size_t group)
{
    for (size_t at = school->leaf_groups[leaf]; at != PUBLICATION_NO_PARENT; at = school->parents[at])
        if (at == group)
            return true;
    return false;
}

/* Of a group, with what these leaves have given, and the others have released; NULL: nothing more. */
versions school_answers(const struct school *school, size_t group, enum kind kind, const bool *released)
{
    versions all = 0;
    for (size_t leaf = 0; leaf < school->leaf_count; leaf++)
        if (lies_in(school, leaf, group))
            all |= released && released[leaf] ? school->given[leaf] : school->released[leaf];
    return all & school->counted[kind];
}

static void count_people(void *data, const bool *released)
{
    struct school *school = data;
    for (size_t i = 0; i < school->indicator_count; i++) {
        struct indicator *indicator = &school->indicators[i];
        for (size_t group = 0; group < school->group_count; group++)
            for (size_t k = 0; k < indicator->input_count; k++) {
                const int64_t people =
                    __builtin_popcountll(school_answers(school, group, indicator->inputs[k], released));
                indicator->counts[group * indicator->input_count + k] =
                    (struct publication_count){people, people, false};
            }
    }
}

bool school_is_all_released(const struct school *school)
{
    return memcmp(school->given, school->released, sizeof school->given) == 0;
}

/* ---- drawing it ---------------------------------------------------------------------------------------- */

static void draw_groups(struct school *school)
{
    bool has_child[MOST_GROUPS] = {false};
    school->group_count = 2 + chance_draw(MOST_GROUPS - 1);
    for (size_t i = 0; i < school->group_count; i++) {
        size_t parent = i && chance_draw(12) ? chance_draw((unsigned)(i < 3 ? i : 3)) : PUBLICATION_NO_PARENT;
        if (parent != PUBLICATION_NO_PARENT && school->depths[parent] == DEPTH - 1)
            parent = PUBLICATION_NO_PARENT;
        school->parents[i] = parent;
        school->depths[i] = parent == PUBLICATION_NO_PARENT ? 0 : school->depths[parent] + 1;
        if (parent != PUBLICATION_NO_PARENT)
            has_child[parent] = true;
    }
    for (size_t i = 0; i < school->group_count; i++)
        for (unsigned leaves = has_child[i] ? chance_draw(4) == 0 : 1 + (chance_draw(4) == 0); leaves > 0;
             leaves--)
            school->leaf_groups[school->leaf_count++] = i;
}

/* Everybody; who is counted; what is counted. */
void school_number_measures(const enum kind kind, size_t *measures)
{
    static const size_t counted[] = {1, 2, 1, 3, 4, 5};
    measures[0] = 0;
    measures[1] = counted[kind];
    measures[2] = 6 + (size_t)kind;
}

static void add_tally(struct school *school, enum kind input, enum kind counted)
{
    for (size_t i = 0; i < school->tally_count; i++)
        if (school->tallies[i].input == input && school->tallies[i].counted == counted)
            return;
    school->tallies[school->tally_count++] = (struct school_tally){input, counted};
}

/* Of a scale of which one answer is enough, there is a tally of those who gave both. */
void school_add_tallies(struct school *school, enum kind input)
{
    add_tally(school, input, input);
    if (input == LOOSE_SCALE)
        add_tally(school, input, SCALE);
}

static void draw_indicator(struct school *school, struct indicator *indicator, int64_t least)
{
    const unsigned levels = chance_draw(3) ? (1u << DEPTH) - 1 : 1 + chance_draw((1u << DEPTH) - 1);
    indicator->least = least + (!school->all_answer && chance_draw(5) == 0 ? 1 + chance_draw(3) : 0);
    indicator->input_count = 1 + chance_draw(MOST_INPUTS);
    for (size_t i = 0; i < indicator->input_count; i++) {
        indicator->inputs[i] = (enum kind)chance_draw(KINDS);
        school_number_measures(indicator->inputs[i], indicator->measures + i * MEASURES_AN_INPUT);
        school_add_tallies(school, indicator->inputs[i]);
    }
    for (size_t group = 0; group < school->group_count; group++)
        indicator->is_by[group] = levels >> school->depths[group] & 1;
}

void school_draw(struct school *school)
{
    memset(school, 0, sizeof *school);
    const int64_t least = 2 + chance_draw(3);
    school->min_change = 2 + chance_draw((unsigned)least - 1);
    school->all_answer = chance_draw(2);
    draw_groups(school);
    school->indicator_count = 1 + chance_draw(MOST_INDICATORS);
    for (size_t i = 0; i < school->indicator_count; i++)
        draw_indicator(school, &school->indicators[i], least);
}

/* ---- what happens -------------------------------------------------------------------------------------- */

static bool answers(const struct school *school)
{
    return school->all_answer || chance_draw(10) < 8;
}

/* false: as many as there can be have been given. */
static bool give_answer(struct school *school, struct person *person, bool a, bool b)
{
    if (school->version_count == MOST_VERSIONS)
        return false;
    const bool counts[KINDS] = {a, b, a, a && b, a || b, a && b};
    const versions version = (versions)1 << school->version_count;
    for (size_t kind = 0; kind < KINDS; kind++)
        school->counted[kind] |= counts[kind] ? version : 0;
    school->given[person->leaf] |= version;
    person->versions |= version;
    school->same_as[school->version_count] = school->version_count;
    person->now = school->version_count++;
    return true;
}

static void take_back(struct school *school, const struct person *person)
{
    school->given[person->leaf] &= ~((versions)1 << person->now);
}

void school_come(struct school *school, size_t leaf, bool a, bool b)
{
    if (school->version_count == MOST_VERSIONS)
        return;
    struct person *person = &school->people[school->person_count++];
    *person = (struct person){.is_there = true, .leaf = leaf};
    give_answer(school, person, a, b);
}

struct person *school_draw_person(struct school *school, size_t leaf)
{
    struct person *drawn = NULL;
    unsigned count = 0;
    for (size_t i = 0; i < school->person_count; i++)
        if (school->people[i].is_there && school->people[i].leaf == leaf && chance_draw(++count) == 0)
            drawn = &school->people[i];
    return drawn;
}

void school_answer_anew(struct school *school, struct person *person, size_t leaf)
{
    const struct person before = *person;
    person->leaf = leaf;
    if (give_answer(school, person, answers(school), answers(school)))
        take_back(school, &before);
    else
        *person = before;
}

static bool counts_for(const struct school *school, enum kind kind, unsigned version)
{
    return school->counted[kind] >> version & 1;
}

void school_move(struct school *school, struct person *person, size_t leaf)
{
    const struct person before = *person;
    person->leaf = leaf;
    if (leaf == before.leaf || !give_answer(school, person, counts_for(school, ITEM_A, before.now),
                                            counts_for(school, ITEM_B, before.now))) {
        *person = before;
        return;
    }
    school->same_as[person->now] = school->same_as[before.now];
    take_back(school, &before);
}

void school_withdraw(struct school *school, struct person *person)
{
    take_back(school, person);
    person->is_there = false;
}

void school_happen(struct school *school)
{
    const size_t leaf = chance_draw((unsigned)school->leaf_count),
                 other = chance_draw((unsigned)school->leaf_count);
    const unsigned what = chance_draw(10);
    for (unsigned times = 1 + chance_draw(5); times > 0; times--) {
        struct person *person = what < 5 ? NULL : school_draw_person(school, leaf);
        if (!person)
            school_come(school, leaf, answers(school), answers(school));
        else if (what < 7)
            school_answer_anew(school, person, leaf);
        else if (what < 9)
            school_withdraw(school, person);
        else if (chance_draw(2))
            school_answer_anew(school, person, other);
        else
            school_move(school, person, other);
    }
}

void school_more_come(struct school *school, size_t leaf, int64_t count)
{
    for (; count > 0; count--)
        school_come(school, leaf, answers(school), answers(school));
}

/* ---- what is released ---------------------------------------------------------------------------------- */

static void list_indicators(struct school *school, struct publication_indicator *indicators)
{
    for (size_t i = 0; i < school->indicator_count; i++) {
        struct indicator *indicator = &school->indicators[i];
        indicators[i] = (struct publication_indicator){.least = indicator->least,
                                                       .input_count = indicator->input_count,
                                                       .measures = indicator->measures,
                                                       .is_by = indicator->is_by,
                                                       .counts = indicator->counts,
                                                       .published = indicator->published};
    }
}

static void list_changes(const struct school *school, struct release_change *changes)
{
    for (size_t leaf = 0; leaf < school->leaf_count; leaf++)
        for (size_t tally = 0; tally < school->tally_count; tally++) {
            const versions counted = school->counted[school->tallies[tally].counted];
            const versions came = school->given[leaf] & ~school->released[leaf] & counted;
            const versions went = school->released[leaf] & ~school->given[leaf] & counted;
            changes[leaf * school->tally_count + tally] =
                (struct release_change){__builtin_popcountll(came), __builtin_popcountll(went)};
        }
}

static bool was_said_before(const struct school *school, unsigned version)
{
    for (unsigned other = 0; other < version; other++)
        if (school->same_as[other] == school->same_as[version] && school->ever_released >> other & 1)
            return true;
    return false;
}

static void count_moved(const struct school *school, int64_t *moved)
{
    for (size_t leaf = 0; leaf < school->leaf_count; leaf++)
        for (unsigned version = 0; version < school->version_count; version++)
            moved[leaf] += (school->given[leaf] & ~school->released[leaf]) >> version & 1 &&
                           was_said_before(school, version);
}

static void keep_released(struct school *school, const bool *released)
{
    for (size_t leaf = 0; leaf < school->leaf_count; leaf++)
        if (released[leaf])
            school->ever_released |= school->released[leaf] = school->given[leaf];
    count_people(school, NULL);
}

static bool has_people(const struct publication_indicator *indicator, size_t group)
{
    for (size_t i = 0; indicator->is_by[group] && i < indicator->input_count; i++)
        if (indicator->counts[group * indicator->input_count + i].people > 0)
            return true;
    return false;
}

/* What has people and is withheld stays so once it is settled. */
void school_release_with(struct school *school, bool is_settled, bool is_open, bool *released)
{
    struct publication_indicator indicators[MOST_INDICATORS];
    struct release_change changes[MOST_LEAVES * (KINDS + 1)];
    size_t measures[(KINDS + 1) * MEASURES_AN_INPUT];
    int64_t moved[MOST_LEAVES] = {0};
    bool stays_withheld[MOST_INDICATORS][MOST_GROUPS] = {{false}};
    list_indicators(school, indicators);
    list_changes(school, changes);
    count_moved(school, moved);
    count_people(school, NULL);
    for (size_t i = 0; i < school->indicator_count; i++) {
        for (size_t group = 0; is_settled && school->min_change > 1 && group < school->group_count; group++)
            stays_withheld[i][group] = has_people(&indicators[i], group) && !indicators[i].published[group];
        indicators[i].stays_withheld = stays_withheld[i];
    }
    for (size_t i = 0; i < school->tally_count; i++)
        school_number_measures(school->tallies[i].input, measures + i * MEASURES_AN_INPUT);
    const struct publication_tree tree = {.group_count = school->group_count,
                                          .parents = school->parents,
                                          .measure_count = MEASURES,
                                          .indicator_count = school->indicator_count,
                                          .indicators = indicators};
    struct release_plan plan = {.tree = &tree,
                                .min_change = school->min_change,
                                .is_open = is_open,
                                .leaf_count = school->leaf_count,
                                .leaf_groups = school->leaf_groups,
                                .is_wanted = school->wanted,
                                .moved = moved,
                                .tally_count = school->tally_count,
                                .tally_measures = measures,
                                .changes = changes,
                                .count = count_people,
                                .data = school,
                                .released = released};
    release_decide(&plan);
    keep_released(school, released);
}

void school_release(struct school *school, bool is_settled, bool is_open)
{
    bool released[MOST_LEAVES];
    school_release_with(school, is_settled, is_open, released);
}

void school_release_at_once(struct school *school, bool is_settled, bool is_open)
{
    struct publication_indicator indicators[MOST_INDICATORS];
    bool released[MOST_LEAVES];
    (void)is_settled;
    (void)is_open;
    memset(released, true, sizeof released);
    keep_released(school, released);
    list_indicators(school, indicators);
    for (size_t i = 0; i < school->indicator_count; i++)
        memset(indicators[i].published, 0, MOST_GROUPS * sizeof(bool));
    const struct publication_tree tree = {.group_count = school->group_count,
                                          .parents = school->parents,
                                          .measure_count = MEASURES,
                                          .indicator_count = school->indicator_count,
                                          .indicators = indicators};
    publication_decide(&tree);
}
