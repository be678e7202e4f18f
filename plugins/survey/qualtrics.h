/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SURVEY_QUALTRICS_H
#define SURVEY_QUALTRICS_H

#include "tool.h"

/* The heading of today: codes, texts, and `{"ImportId":...}`. */
extern const struct tool tool_qualtrics;
/* The legacy one, of codes and texts; also where somebody took out the third row. */
extern const struct tool tool_qualtrics_legacy;
/* Codes alone: somebody took out the texts too. */
extern const struct tool tool_qualtrics_bare;

#endif
