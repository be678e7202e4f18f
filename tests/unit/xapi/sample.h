/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements that tests send, as JSON. */
#ifndef TEST_SAMPLE_H
#define TEST_SAMPLE_H

#define ID(last) "c70c2b85-c294-464f-baca-cebd4fb9b34" last
#define STATEMENT(more, who, verb)                                                                           \
    "{" more "\"actor\":{\"mbox\":\"mailto:" who "@example.com\",\"name\":\"N. Name\"},"                     \
    "\"verb\":{\"id\":\"http://example.com/" verb "\"},\"object\":{\"id\":\"http://example.com/it\"}}"
#define WITH_ID(last, who, verb) STATEMENT("\"id\":\"" ID(last) "\",", who, verb)
#define AGENT(who) "agent=%7B%22mbox%22%3A%22mailto%3A" who "%40example.com%22%7D"

#endif
