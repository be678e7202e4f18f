/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the engine room: what all indicators of one source (an instrument, or events by one calendar) have
 * in the groups of one tree and period: what decisions and releases are made of.
 */
#ifndef ENGINE_SOURCE_H
#define ENGINE_SOURCE_H

#include "engine/relations.h"

/* An indicator of the source, and what it has in the tree that was read last. */
struct source_indicator {
    const struct indicator *indicator;
    size_t *measures; /* by input MEASURES_AN_INPUT */
    bool *is_by, *was, *published, *stays_withheld;
    struct publication_count *counts;
    struct places places; /* none are added: what its cells are read by */
};

/* What may be shown of a group. */
struct source_publication {
    uint32_t group, indicator;
};

struct source {
    struct store_view *view;
    const struct engine *engine;
    const struct group_names *groups;
    const struct period_names *periods;
    struct source_indicator *indicators;
    size_t indicator_count, measure_count;
    uint32_t *roots;  /* by group: the outermost group around it that an indicator is computed for; 0: none */
    uint32_t *inside; /* all groups, those with the same root together */
    size_t *first;  /* by root: where its groups begin in `inside`; they end where those of the next begin */
    size_t *places; /* by group: its index in the tree; SIZE_MAX: it is not in it */
    uint32_t expected;                       /* a period of which many trees are read; 0: none */
    struct source_publication *publications; /* of that period, by group */
    size_t publication_count, publication_capacity;
};

/* The groups of one tree that an indicator is computed for, each behind the one it lies in. */
struct source_tree {
    uint32_t period, root;
    uint32_t *groups;
    size_t *parents;
    size_t count;
    /* What is published of indicators that no script declares now; free `foreign`. */
    struct source_publication *foreign;
    size_t foreign_count;
};

/* The indicators of this calendar. Runs in a job, like the others. */
void source_open(struct source *source, const struct engine *engine, const char *calendar,
                 struct store_view *view, const struct relation_names *names);
void source_close(struct source *source);
/* Many trees of a period will be read: what they have is read at once. */
int source_expect(struct source *source, uint32_t period, struct error *error);
/* Reads a tree of a period: its groups, what the cells count, and what was published. Closed also after an
 * error; one at a time. */
int source_read_tree(struct source *source, struct source_tree *tree, struct error *error);
void source_close_tree(struct source *source, struct source_tree *tree);
/* What is decided on; free `indicators`. It points into the source. */
struct publication_tree source_publication(const struct source *source, const struct source_tree *tree);
/* The innermost group of the tree that a group lies in, or is: its index; SIZE_MAX: none. */
size_t source_place(const struct source *source, uint32_t group);

#endif
