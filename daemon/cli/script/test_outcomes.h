/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of the tests of scripts, and how that is reported. */
#ifndef CLI_TEST_OUTCOMES_H
#define CLI_TEST_OUTCOMES_H

#include "cli/cli.h"

#include <stdint.h>

/* What became of one test, or of a file that could not be loaded (`name` NULL). */
struct outcome {
    char *file, *name, *failure; /* failure NULL: it passed */
    int line;
    uint64_t checks;
    double seconds;
};

/* Zeroed is empty. */
struct outcomes {
    struct outcome *list;
    size_t count, failed;
};

/* The texts are the list's from now on. */
void outcomes_add(struct outcomes *outcomes, const struct outcome *outcome);
void outcomes_free(struct outcomes *outcomes);

/* Prints the one that was added last, in TAP. */
void outcomes_print_last(const struct outcomes *outcomes);
/* Prints all of them as JSON or CSV, or what ends the TAP. */
void outcomes_print(const struct outcomes *outcomes, enum format format);
/* Writes the form that CI systems read. Gives the status of the command. */
int outcomes_write_junit(const struct outcomes *outcomes, const char *path);

#endif
