/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A number of people, as min_group_size and min_change have it: from 1 to 1000. */
#ifndef CONFIG_PEOPLE_H
#define CONFIG_PEOPLE_H

#include "base/error.h"

/* -1: the text is none, and `people` stays as it was. */
int people_read(const char *text, int *people, struct error *error);

#endif
