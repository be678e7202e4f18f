/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Agents and groups (xAPI 1.0.3, Data 2.4.2), and the identifiers that the core knows them by.
 *
 * The identifier of a person, which is also what `wijzer forget` takes: of an mbox the address without
 * "mailto:", of an mbox_sha1sum "sha1:" and the digits in lower case, of an openid the URI, of an account the
 * home page, a space, and the name. An account whose home page is PSEUDONYM_HOME is how Wijzer shows somebody
 * whose identity it does not keep; its name is a pseudonym, and its identifier is the mark of it
 * (WZ_PERSON_MARK).
 */
#ifndef XAPI_AGENT_H
#define XAPI_AGENT_H

#include "http/request.h"
#include "json/json.h"

#define PSEUDONYM_HOME "https://wijzer.invalid/pseudonym"

/* Is it an agent or a group as the specification has it? -1: the error says what is not, `where` ("actor",
 * "context.instructor") before it. What may be a group: `group_too`. An agent that only finds (a parameter)
 * is the same. */
int agent_check(const struct json *json, uint32_t agent, const char *where, bool group_too,
                enum xapi_version version, struct error *error);
bool agent_is_group(const struct json *json, uint32_t agent);
/* Has it an identifier of its own? An anonymous group has none. */
bool agent_is_identified(const struct json *json, uint32_t agent);
/* Appends the identifier and NUL; of one that is identified. */
void agent_put_identifier(const struct json *json, uint32_t agent, struct buf *out);
/* The same of an agent that is the whole of a JSON text; belongs to the caller. NULL: it is none. */
char *agent_identifier(const char *text);

#endif
