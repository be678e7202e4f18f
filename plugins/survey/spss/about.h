/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SURVEY_SPSS_ABOUT_H
#define SURVEY_SPSS_ABOUT_H

#include "variables.h"

#include <cjson/cJSON.h>

/* Adds to the description of a column (see describe.h) the labels of its answers, and the range that they
 * have. A text is described by its answers. */
void about_variable(const struct variables *variables, size_t index, cJSON *json);

#endif
