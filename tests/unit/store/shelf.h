/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A store in a folder of its own, for a test. */
#ifndef TEST_STORE_SHELF_H
#define TEST_STORE_SHELF_H

#include "store/store.h"

struct shelf {
    uv_loop_t loop;
    char folder[64];
    struct store *store;
};

/* Set-up and teardown of cmocka. */
int shelf_open(void **state);
int shelf_close(void **state);
/* Only the store: another may be opened in its folder. */
void shelf_close_store(struct shelf *shelf);
void shelf_open_store(struct shelf *shelf);
/* As after a start of wijzerd. */
void shelf_reopen_store(struct shelf *shelf);

/* Runs a job to its end; the test fails where the job does. On the store's thread a test cannot fail, so a
 * job brings home what is to be looked at. */
void shelf_run(struct shelf *shelf, store_write_fn job, void *data);
/* The same of a job that reads, on a connection of its own. */
void shelf_read(struct shelf *shelf, store_read_fn job, void *data);
/* What a job of this kind says, as a text that the caller frees. `data` of the job is a struct buf. */
char *shelf_told(struct shelf *shelf, store_write_fn tell);

#endif
