/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SURVEY_LSS_HTML_H
#define SURVEY_LSS_HTML_H

/* The words of a question that is written in HTML, on one line, as an export has them in its heading: without
 * tags, scripts and styles, and with its entities as characters. To be freed. */
char *html_words(const char *html);

#endif
