/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the store room: bytes that were removed, out of the files. SQLite overwrites what is deleted
 * (secure_delete), but the write-ahead log has it until the next checkpoint, and a page that was divided may
 * keep a copy in a part of it that is free.
 */
#ifndef STORE_SCRUB_H
#define STORE_SCRUB_H

#include "store/database.h"
#include "store/store.h"

/* On the writer's thread, outside of a transaction. As store_scrub. */
int scrub_files(struct database *database, enum store_scrub how, const uint8_t *bytes, struct error *error);

#endif
