/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text of a file into a function. */
#ifndef SCRIPT_WORKER_PARSE_H
#define SCRIPT_WORKER_PARSE_H

#include <lua.h>

/* Pushes the function that is the file, or the error as "FILE:LINE: what". Gives what lua_load gives, and
 * (where `taken` is not NULL) how many bytes were taken until then: what the parser stumbled over ends before
 * the last of them. */
int parse_file(lua_State *state, const char *file, const char *text, size_t *taken);

#endif
