/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SURVEY_XLSX_H
#define SURVEY_XLSX_H

#include "format.h"

extern const struct format format_xlsx;

#endif
