/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SURVEY_CSV_H
#define SURVEY_CSV_H

#include "format.h"

extern const struct format format_csv;

#endif
