/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The structure of a survey of LimeSurvey (.lss, XML): no answers, but what is asked. It has no rows of its
 * own; its heading is that of the export of its answers with codes, so that what is made of it fits that
 * export. Source: the chapter "Display/Export survey" of the LimeSurvey Manual, and for the codes "Question
 * types".
 */
#ifndef SURVEY_LSS_H
#define SURVEY_LSS_H

#include "format.h"

extern const struct format format_lss;

#endif
