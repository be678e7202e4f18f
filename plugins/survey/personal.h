/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SURVEY_PERSONAL_H
#define SURVEY_PERSONAL_H

#include <stdbool.h>

/* Does a text look like what reaches one person: a telephone number, an address of mail, or of a machine? It
 * is no answer then, whoever else wrote the same. */
bool personal_is(const char *text);

#endif
