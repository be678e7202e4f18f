/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every pseudonym is made another one. SQL calls back for each, so that tables are rewritten in their order.
 */
#include "store/internal.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct renewal {
    void (*renew)(void *data, const uint8_t old[PSEUDONYM_SIZE], uint8_t out[PSEUDONYM_SIZE]);
    void *data;
    struct buf body;
};

/* renewed(pseudonym) */
static void renew_pseudonym(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    struct renewal *renewal = sqlite3_user_data(context);
    uint8_t out[PSEUDONYM_SIZE];
    if (sqlite3_value_bytes(values[0]) != PSEUDONYM_SIZE) {
        sqlite3_result_error(context, "there is a pseudonym of another size: the store is damaged", -1);
        return;
    }
    renewal->renew(renewal->data, sqlite3_value_blob(values[0]), out);
    sqlite3_result_blob(context, out, sizeof out, SQLITE_TRANSIENT);
}

/* renewed_body(body), of a response: its pseudonym stands behind two numbers (store/response.c). */
static void renew_body(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    struct renewal *renewal = sqlite3_user_data(context);
    const size_t size = (size_t)sqlite3_value_bytes(values[0]);
    const uint8_t *body = sqlite3_value_blob(values[0]);
    struct reader reader = reader_of(body, size);
    read_varint(&reader);
    read_varint(&reader);
    const size_t at = size - reader_left(&reader);
    if (reader.failed || reader_left(&reader) < PSEUDONYM_SIZE) {
        sqlite3_result_error(context, "there is a response without a pseudonym: the store is damaged", -1);
        return;
    }
    buf_clear(&renewal->body);
    buf_put(&renewal->body, body, size);
    renewal->renew(renewal->data, body + at, renewal->body.data + at);
    sqlite3_result_blob64(context, renewal->body.data, size, SQLITE_TRANSIENT);
}

/* The index on pseudonyms is emptied and filled in its new order, which is faster than moving each. */
static const char statements[] = "CREATE TEMP TABLE renewed_identity AS SELECT scope, renewed(id) AS id, seq "
                                 "FROM main.identity WHERE scope "
                                 "<> 0;"
                                 "DELETE FROM main.identity WHERE scope <> 0;"
                                 "INSERT INTO main.identity (scope, id, seq) SELECT scope, id, seq FROM "
                                 "renewed_identity ORDER BY scope, id;"
                                 "DROP TABLE renewed_identity;"
                                 "UPDATE log SET body = renewed_body(body) WHERE kind = 1;"
                                 "UPDATE subject SET key = renewed(key) WHERE kind = 1;"
                                 "UPDATE quarantine SET person = renewed(person) WHERE person IS NOT NULL;"
                                 "UPDATE forgetting SET person = renewed(person) WHERE person IS NOT NULL;";

static int define(struct database *database, const char *name,
                  void (*function)(sqlite3_context *context, int count, sqlite3_value **values),
                  struct renewal *renewal, struct error *error)
{
    if (sqlite3_create_function(database->handle, name, 1, SQLITE_UTF8 | SQLITE_DIRECTONLY, renewal, function,
                                NULL, NULL) == SQLITE_OK)
        return 0;
    return database_error(database, "could not be prepared for new pseudonyms", error);
}

int store_pseudonyms_renew(struct store_tx *tx,
                           void (*renew)(void *data, const uint8_t old[PSEUDONYM_SIZE],
                                         uint8_t out[PSEUDONYM_SIZE]),
                           void *data, struct error *error)
{
    struct database *database = tx->view.database;
    struct renewal renewal = {.renew = renew, .data = data};
    int result = define(database, "renewed", renew_pseudonym, &renewal, error);
    if (result == 0)
        result = define(database, "renewed_body", renew_body, &renewal, error);
    if (result == 0)
        result = database_execute(database, statements, error);
    map_clear(&tx->names.subjects);
    sqlite3_create_function(database->handle, "renewed", 1, SQLITE_UTF8, NULL, NULL, NULL, NULL);
    sqlite3_create_function(database->handle, "renewed_body", 1, SQLITE_UTF8, NULL, NULL, NULL, NULL);
    buf_free(&renewal.body);
    return result;
}
