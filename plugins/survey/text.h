/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SURVEY_TEXT_H
#define SURVEY_TEXT_H

enum { SHOWN_TEXT = 80 };

/* A text of the file for a line that people read: its beginning, on one line. */
void text_show(const char *text, char shown[SHOWN_TEXT + 1]);

#endif
