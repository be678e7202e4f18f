/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SURVEY_SPSS_H
#define SURVEY_SPSS_H

#include "format.h"

/* .sav and .zsav, and .por: the list of variables is its heading, and the rows are its cases. */
extern const struct format format_spss;

#endif
