/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SURVEY_SURVEYMONKEY_H
#define SURVEY_SURVEYMONKEY_H

#include "tool.h"

extern const struct tool tool_surveymonkey;

#endif
