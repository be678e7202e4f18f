/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Exports of LimeSurvey: the columns that it adds to every survey tell that a file is one. The heading may
 * hold codes, questions, or both; answers may be codes or texts. Source: the chapter "Export responses" of
 * the LimeSurvey Manual.
 */
#ifndef SURVEY_LIMESURVEY_H
#define SURVEY_LIMESURVEY_H

#include "tool.h"

extern const struct tool tool_limesurvey;

#endif
