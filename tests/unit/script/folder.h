/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A folder of scripts of a test's own. */
#ifndef TESTS_SCRIPT_FOLDER_H
#define TESTS_SCRIPT_FOLDER_H

#include <stdbool.h>

enum { FOLDER_LENGTH = 64 };

bool folder_make(char folder[FOLDER_LENGTH]);
/* With all that is in it. 0: it is gone. */
int folder_remove(const char *folder);
void folder_save(const char *folder, const char *name, const char *text);
void folder_erase(const char *folder, const char *name);

#endif
