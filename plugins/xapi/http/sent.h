/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The reason of a refusal is for whoever sent the request, and for those who look after the feed. What was
 * sent and may tell who somebody is stands in it between SENT and SENT_END: the sender sees it again, the
 * others do not.
 */
#ifndef XAPI_SENT_H
#define XAPI_SENT_H

/* Brackets that no reason of ours has otherwise; a control character would not get through (base/utf8.h). */
#define SENT "\u27e6"
#define SENT_END "\u27e7"

/* Takes the marks out. */
void sent_show(char *reason);
/* A copy with an ellipsis in place of what was sent, from the first of it to the last. The caller frees it.
 */
char *sent_hide(const char *reason);

#endif
