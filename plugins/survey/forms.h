/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SURVEY_FORMS_H
#define SURVEY_FORMS_H

#include "tool.h"

extern const struct tool tool_microsoft_forms;
extern const struct tool tool_google_forms;

#endif
