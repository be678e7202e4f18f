/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text of a question that was written for a web page. */
#ifndef SURVEY_PLAIN_TEXT_H
#define SURVEY_PLAIN_TEXT_H

/* Without tags, comments, and what stands in <style> and <script>; entities are the characters they stand
 * for. Where a tag begins or ends a line or a block there is a blank. What is no tag or entity stays: "< 5
 * jaar". To be freed. */
char *plain_text(const char *html);

#endif
