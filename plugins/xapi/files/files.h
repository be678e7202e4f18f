/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of statements, as an LMS or another record store exports them: see files/pieces.h for how they are
 * written. */
#ifndef XAPI_FILES_H
#define XAPI_FILES_H

#include <wijzer/plugin.h>

/* As in struct wz_plugin. */
void xapi_receive(void *state, const struct wz_document *document);
void xapi_decode(const struct wz_decode *decode);

#endif
