/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a statement, each with what checks it (check/check.h). */
#ifndef XAPI_STATEMENT_CHECK_H
#define XAPI_STATEMENT_CHECK_H

#include "check/check.h"

int check_agent(struct checking *checking, uint32_t value);          /* an agent alone */
int check_group(struct checking *checking, uint32_t value);          /* a group alone */
int check_agent_or_group(struct checking *checking, uint32_t value); /* either */
int check_verb(struct checking *checking, uint32_t value);
int check_activity(struct checking *checking, uint32_t value);
int check_statement_ref(struct checking *checking, uint32_t value);
int check_result(struct checking *checking, uint32_t value);
int check_context(struct checking *checking, uint32_t value, bool about_activity);
int check_attachments(struct checking *checking, uint32_t value);

#endif
