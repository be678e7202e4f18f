/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of the survey plugin share: a small monitor, its export, and what is said of it. */
#ifndef TEST_SURVEY_CASE_H
#define TEST_SURVEY_CASE_H

#include "fake_host.h"

#define HEADING "token,date,year,school,team,a,b,c\n"
#define SEMICOLON_HEADING "token;date;year;school;team;a;b;c\n"

/* Of the monitor above: a and b in 1-5, c without a range; 99 and "n.v.t." are no answers; "Mee eens" is 4.
 */
extern const char monitor[];
/* Loaded by survey_begin. */
extern const struct wz_plugin *survey;

/* The group's set-up: the plugin, and the time zone that the decoder has. */
int survey_begin(void **state);

/* {"instrument": ..., "delimiter": ...}, to be freed. */
char *survey_job(const char *instrument, const char *delimiter);

/* A document of the monitor, with the delimiter to be detected. */
struct reading read_document(const char *document);
struct reading read_raw(const void *document, size_t size);
/* The same below HEADING. */
struct reading read_rows(const char *rows);
/* A document of another instrument. */
struct reading read_as(const char *instrument, const char *delimiter, const char *document);

/* A document of the monitor, of which the feed's section tells something: "\"decimal\":\"comma\"". */
struct reading read_told(const char *told, const void *document, size_t size);

/* So many responses, no problem, and not refused. */
void assert_all_good(const struct reading *reading, size_t responses);
/* The one problem there is; `column` may be NULL, `said` is part of its text. */
void assert_one_problem(const struct reading *reading, uint64_t row, const char *column, const char *said);
void assert_refused(const struct reading *reading, const char *said);

#endif
