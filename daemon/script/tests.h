/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `wijzer script test`: runs the tests of a file whose name ends in _test.lua, in a worker of the same kind
 * and behind the same walls as any script. What a test asks of its data (script/PROTOCOL.md, "Tests") is for
 * whoever runs it to answer.
 */
#ifndef SCRIPT_TESTS_H
#define SCRIPT_TESTS_H

#include "base/error.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct script_test {
    const char *name;
    int line;
};

struct script_tests_callbacks {
    /* The file is loaded, and has so many tests. */
    void (*loaded)(void *data, size_t count);
    /* A test begins. false: no more are run. */
    bool (*begins)(void *data, const struct script_test *test);
    /* Gives the answer to a question, an object that becomes the caller's; an object with "error" fails the
     * test. */
    cJSON *(*asked)(void *data, const cJSON *question);
    /* `failure` is "FILE:LINE: what" with the frames of the file, or NULL. */
    void (*ended)(void *data, const struct script_test *test, const char *failure, uint64_t checks);
    /* A line that the file prints, written at "FILE:LINE". */
    void (*printed)(void *data, const char *place, const char *text);
    void *data;
};

/* Runs them in order of appearance. Blocks. -1 where the file cannot be loaded ("FILE:LINE: what"). */
int script_tests_run(const char *path, const char *worker_path,
                     const struct script_tests_callbacks *callbacks, struct error *error);

#endif
