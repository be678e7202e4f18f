/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the host room: the entries of a watched folder, and what is known of each. */
#ifndef HOST_SEEN_H
#define HOST_SEEN_H

#include "host/internal.h"

#include <dirent.h>

/* What is known of a program that writes a file. */
enum writer { WRITER_UNKNOWN, WRITER_THERE, WRITER_GONE };

enum stage {
    WAITING, /* until it is complete, or may be tried again */
    TAKEN,   /* is being read, or is in the queue for it */
    READ,    /* and to be put away */
};

/* Times are the loop's, in milliseconds. */
struct seen {
    char *name;
    struct file_state state;
    bool looked_at; /* the state is known */
    enum writer writer;
    enum stage stage;
    uint64_t since;      /* it is as it is */
    uint64_t not_before; /* it is tried again */
    unsigned tries;
    char *problem;           /* or NULL */
    uint64_t problem_number; /* the highest is the last one */
    bool refused;            /* of one that was READ: goes to failed/ */
    char *report;            /* of one that was READ, as JSON */
};

struct seen_list {
    struct seen *files; /* in order of their names */
    size_t count;
};

struct seen *seen_find_or_add(struct seen_list *list, const char *name);
/* Makes the list that of the entries, which are in order too; what is known of those that stay, stays. */
void seen_merge(struct seen_list *list, struct dirent *const *entries, size_t count);
void seen_clear(struct seen_list *list);

#endif
