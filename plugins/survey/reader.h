/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of a survey export to responses. */
#ifndef SURVEY_READER_H
#define SURVEY_READER_H

#include "job.h"

#include <wijzer/plugin.h>

/* Reads the whole document; problems, responses and a refusal go through `decode`. */
void reader_run(const struct job *job, const struct wz_decode *decode);

#endif
