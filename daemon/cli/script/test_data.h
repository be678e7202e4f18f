/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a test of a script asks of its data (script/PROTOCOL.md, "Tests"): each test has a store of its own,
 * in a wijzerd of its own that starts when the first question comes, on a clock that moves only when the test
 * moves it.
 */
#ifndef CLI_TEST_DATA_H
#define CLI_TEST_DATA_H

#include "cli/script/private_daemon.h"
#include "cli/script/test_events.h"

#include <cjson/cJSON.h>

struct test_data {
    const char *folder;              /* of the test and the scripts; a fixture is a file in it */
    const struct texts *instruments; /* that its indicators are on */
    struct test_events events;
    bool has_events;       /* some indicators are on events */
    const cJSON *declared; /* what the scripts of the folder say of instruments: an array */
    int64_t now;           /* of the test's clock, in milliseconds since 1970 UTC */
    unsigned questions;    /* that the test has asked */
    bool runs;
    struct private_daemon daemon;
};

/* A new test begins. */
void test_data_begin(struct test_data *data);
/* Answers a question with an object, which is the caller's: "answer", or "error" for a person. */
cJSON *test_data_answer(struct test_data *data, const cJSON *question);
/* The test is over. */
void test_data_end(struct test_data *data);

#endif
