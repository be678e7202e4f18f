/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_ENDING_H
#define BASE_ENDING_H

#include <stdbool.h>

/* Does a text end so? It may be nothing else. */
bool ends_with(const char *text, const char *ending);

#endif
