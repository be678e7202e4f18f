/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SURVEY_XLSX_OLE_H
#define SURVEY_XLSX_OLE_H

#include "format.h"

/* A compound file of Microsoft's ([MS-CFB]): an Office file of before 2007, or one with a password. */
bool is_ole(const char *head, size_t size);

/* What it is and what to do with it: none of them is read. */
const char *ole_refusal(const struct document *document, const char *head, size_t size);

#endif
