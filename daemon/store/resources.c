/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/resources.h"
#include "store/internal.h"

/* The version of a resource is the number of its row, which SQLite never gives twice (AUTOINCREMENT): each
 * change is a new row. */

#define PLACE "owner = ?1 AND collection = ?2 AND person = ?3"
#define EXACTLY PLACE " AND scope IS ?4 AND part IS ?5 AND name IS ?6"
/* Whatever of them is NULL fits all. */
#define FITTING_IN_SCOPE PLACE " AND scope = ?4 AND (?5 IS NULL OR part = ?5) AND (?6 IS NULL OR name = ?6)"
#define FITTING PLACE " AND (?5 IS NULL OR part = ?5) AND (?6 IS NULL OR name = ?6)"

static void bind_key(sqlite3_stmt *statement, const struct store_resource_key *key)
{
    const char *const texts[] = {key->scope, key->part, key->name};
    bind_text(statement, 1, key->owner);
    bind_text(statement, 2, key->collection);
    bind_number(statement, 3, key->person);
    for (int i = 0; i < 3; i++)
        if (texts[i])
            bind_text(statement, 4 + i, texts[i]);
}

int store_resource_get(struct store_view *view, const struct store_resource_key *key,
                       void (*visit)(void *data, const struct store_resource *resource), void *data,
                       struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT id, content_type, updated, body FROM resource WHERE " EXACTLY, error);
    if (!select)
        return -1;
    bind_key(select, key);
    const int row = statement_next(view->database, select, error);
    if (row > 0) {
        struct store_resource resource = {.version = (uint64_t)sqlite3_column_int64(select, 0),
                                          .content_type = (const char *)sqlite3_column_text(select, 1),
                                          .updated = sqlite3_column_int64(select, 2)};
        resource.size = column_bytes(select, 3, &resource.body);
        visit(data, &resource);
    }
    statement_end(select);
    return row < 0 ? -1 : 0;
}

/* 0 where there is none. */
static int find_version(struct store_tx *tx, const struct store_resource_key *key, uint64_t *version,
                        struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *select = database_statement(database, "SELECT id FROM resource WHERE " EXACTLY, error);
    if (!select)
        return -1;
    bind_key(select, key);
    const int row = statement_next(database, select, error);
    *version = row > 0 ? (uint64_t)sqlite3_column_int64(select, 0) : 0;
    statement_end(select);
    return row < 0 ? -1 : 0;
}

static int remove_version(struct store_tx *tx, uint64_t version, struct error *error)
{
    return database_run_for(tx->view.database, "DELETE FROM resource WHERE id = ?1", (int64_t)version, error);
}

static int insert(struct store_tx *tx, const struct store_resource_key *key,
                  const struct store_resource *resource, struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *insert = database_statement(database,
                                              "INSERT INTO resource (owner, collection, person, scope, part, "
                                              "name, content_type, updated, body) "
                                              "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                                              error);
    if (!insert)
        return -1;
    bind_key(insert, key);
    bind_text(insert, 7, resource->content_type);
    bind_number(insert, 8, resource->updated);
    bind_bytes(insert, 9, resource->size ? resource->body : "", resource->size);
    return statement_run(database, insert, error);
}

int store_resource_put(struct store_tx *tx, const struct store_resource_key *key,
                       const struct store_resource *resource, const uint64_t *expected, bool *changed,
                       struct error *error)
{
    uint64_t version;
    *changed = false;
    if (find_version(tx, key, &version, error) != 0)
        return -1;
    if (expected && *expected != version)
        return 0;
    *changed = true;
    if (version && remove_version(tx, version, error) != 0)
        return -1;
    return insert(tx, key, resource, error);
}

static int remove_all(struct store_tx *tx, const struct store_resource_key *key, struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *remove =
        key->scope && key->part && key->name
            ? database_statement(database, "DELETE FROM resource WHERE " EXACTLY, error)
        : key->scope ? database_statement(database, "DELETE FROM resource WHERE " FITTING_IN_SCOPE, error)
                     : database_statement(database, "DELETE FROM resource WHERE " FITTING, error);
    if (!remove)
        return -1;
    bind_key(remove, key);
    return statement_run(database, remove, error);
}

int store_resource_remove(struct store_tx *tx, const struct store_resource_key *key, const uint64_t *expected,
                          bool *changed, struct error *error)
{
    uint64_t version;
    *changed = true;
    if (!expected)
        return remove_all(tx, key, error);
    if (find_version(tx, key, &version, error) != 0)
        return -1;
    *changed = version && version == *expected;
    return *changed ? remove_version(tx, version, error) : 0;
}

int store_resource_names(struct store_view *view, const struct store_resource_key *key, int64_t since,
                         int (*visit)(void *data, const char *name, int64_t updated), void *data,
                         struct error *error)
{
    sqlite3_stmt *select =
        key->scope ? database_statement(view->database,
                                        "SELECT name, max(updated) FROM resource WHERE " FITTING_IN_SCOPE
                                        " AND name IS NOT NULL AND updated > ?7 GROUP BY name ORDER BY name",
                                        error)
                   : database_statement(view->database,
                                        "SELECT name, max(updated) FROM resource WHERE " FITTING
                                        " AND name IS NOT NULL AND updated > ?7 GROUP BY name ORDER BY name",
                                        error);
    if (!select)
        return -1;
    const struct store_resource_key any_name = {.owner = key->owner,
                                                .collection = key->collection,
                                                .person = key->person,
                                                .scope = key->scope,
                                                .part = key->part};
    bind_key(select, &any_name);
    bind_number(select, 7, since);
    int row;
    while ((row = statement_next(view->database, select, error)) > 0)
        if (visit(data, (const char *)sqlite3_column_text(select, 0), sqlite3_column_int64(select, 1)) != 0)
            break;
    statement_end(select);
    return row < 0 ? -1 : 0;
}

int store_resources_forget(struct store_tx *tx, uint32_t person, uint64_t *count, struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *remove =
        database_statement(database, "DELETE FROM resource WHERE person = ?1 AND person <> 0", error);
    if (!remove)
        return -1;
    bind_number(remove, 1, person);
    if (statement_run(database, remove, error) != 0)
        return -1;
    *count = (uint64_t)sqlite3_changes64(database->handle);
    return 0;
}
