/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCRIPT_TEST_FILE_H
#define SCRIPT_TEST_FILE_H

#include <stdbool.h>

/* Does a file of that name hold tests of scripts, so that it is no script itself? NAME_test.lua does, hidden
 * or not. */
bool test_file_is(const char *name);

#endif
