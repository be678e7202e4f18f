/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The attachments of statements and the parts of a body that have their bytes (xAPI 1.0.3,
 * Communication 1.5.2): each that has no fileUrl needs a part, found by its SHA-2 and by nothing else, and
 * each part a statement.
 */
#ifndef XAPI_ATTACHMENTS_H
#define XAPI_ATTACHMENTS_H

#include "base/map.h"
#include "http/multipart.h"
#include "xapi.h"
#include "json/json.h"

#include <wijzer/plugin.h>

struct attachment_use {
    bool is_wanted;
    uint32_t last; /* 1 and the statement that was given it last; 0: none */
};

/* The parts of one body behind the statements, by their SHA-2. Zeroed is none. */
struct attachments {
    const struct multipart_part *parts;
    struct attachment_use *uses; /* by part */
    size_t count;
    struct map by_hash; /* in lower case, to the index */
    size_t repeated;    /* bytes of parts, for each statement that has one but its first */
};

/* Takes the parts in, and checks what can be said of each alone. They outlive it. -1: the error says which
 * part is at fault. */
int attachments_take(struct attachments *attachments, const struct multipart_part *parts, size_t count,
                     struct error *error);
void attachments_free(struct attachments *attachments);

/* Those of one statement that came along, each once. Zeroed is empty; to be freed. */
struct attachment_list {
    struct wz_attachment *list;
    size_t count, capacity;
};
void attachment_list_free(struct attachment_list *list);

/* A statement has at most so many signatures. Bytes that came once for many statements are kept with each,
 * and a signature is checked against each: they are counted once more each time, and may be so many together.
 */
enum { ATTACHMENTS_MOST_SIGNATURES = 4, ATTACHMENTS_MOST_REPEATED = 16 << 20 };

/* Finds the parts of the attachments of a sound statement, and of a statement in it. Signatures are checked
 * against the statement; they hold all of it once more, so they are kept only where `keeps_identities`. -1:
 * the error begins with the place; ERROR_TOO_MUCH, where too many statements have the same bytes. */
int attachments_of(struct attachments *attachments, const struct xapi *xapi, const struct json *json,
                   uint32_t statement, enum xapi_version version, struct attachment_list *out,
                   struct error *error);

/* Once all statements were seen: -1 where a part belongs to none of them. */
int attachments_check_all_wanted(const struct attachments *attachments, struct error *error);

#endif
