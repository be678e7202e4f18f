/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/internal.h"
#include "store/trial.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_SUBJECTS_AT_HAND = 50000, MOST_BYTES_AT_HAND = 4 << 20 };

void names_clear(struct names *names)
{
    map_clear(&names->groups);
    map_clear(&names->items);
    map_clear(&names->periods);
    map_clear(&names->subjects);
    names->period_count = 0;
}

void names_free(struct names *names)
{
    map_free(&names->groups);
    map_free(&names->items);
    map_free(&names->periods);
    map_free(&names->subjects);
    free(names->period);
    *names = (struct names){0};
}

/* Finds a row by a bound statement, or inserts it by another; both have the same parameters. Gives the row's
 * id, or in a trial a number for it. */
static int find_or_insert(struct store_tx *tx, sqlite3_stmt *find, sqlite3_stmt *insert, int64_t *id,
                          struct error *error)
{
    struct database *database = tx->view.database;
    const int row = statement_next(database, find, error);
    if (row > 0)
        *id = sqlite3_column_int64(find, 0);
    statement_end(find);
    if (row != 0) {
        statement_end(insert);
        return row > 0 ? 0 : -1;
    }
    if (tx->trial) {
        statement_end(insert);
        *id = trial_number(tx);
        return 0;
    }
    if (statement_run(database, insert, error) != 0)
        return -1;
    *id = sqlite3_last_insert_rowid(database->handle);
    return 0;
}

static int intern_group(struct store_tx *tx, uint32_t parent, const char *level, const char *name,
                        uint32_t *id, struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *find = database_statement(
        database, "SELECT id FROM groups WHERE parent = ?1 AND level = ?2 AND name = ?3", error);
    sqlite3_stmt *insert =
        database_statement(database, "INSERT INTO groups (parent, level, name) VALUES (?1, ?2, ?3)", error);
    if (!find || !insert)
        return -1;
    sqlite3_stmt *const both[] = {find, insert};
    for (size_t i = 0; i < 2; i++) {
        bind_number(both[i], 1, parent);
        bind_text(both[i], 2, level);
        bind_text(both[i], 3, name);
    }
    int64_t found;
    if (find_or_insert(tx, find, insert, &found, error) != 0)
        return -1;
    *id = (uint32_t)found;
    return 0;
}

int store_group_intern(struct store_tx *tx, uint32_t parent, const char *level, const char *name,
                       uint32_t *id, struct error *error)
{
    struct buf *key = &tx->body;
    buf_clear(key);
    buf_put_varint(key, parent);
    buf_put_text(key, level);
    buf_put_text(key, name);
    const uint32_t *known = map_find(&tx->names.groups, key->data, key->size);
    if (known) {
        *id = *known;
        return 0;
    }
    if (intern_group(tx, parent, level, name, id, error) != 0)
        return -1;
    map_add(&tx->names.groups, key->data, key->size, *id);
    return 0;
}

int store_item_intern(struct store_tx *tx, const char *name, uint32_t *id, struct error *error)
{
    const uint32_t *known = map_find_text(&tx->names.items, name);
    if (known) {
        *id = *known;
        return 0;
    }
    struct database *database = tx->view.database;
    sqlite3_stmt *find = database_statement(database, "SELECT id FROM item WHERE name = ?1", error);
    sqlite3_stmt *insert = database_statement(database, "INSERT INTO item (name) VALUES (?1)", error);
    if (!find || !insert)
        return -1;
    bind_text(find, 1, name);
    bind_text(insert, 1, name);
    int64_t found;
    if (find_or_insert(tx, find, insert, &found, error) != 0)
        return -1;
    *id = (uint32_t)found;
    map_add_text(&tx->names.items, name, *id);
    return 0;
}

/* ---- subjects ------------------------------------------------------------------------------------------ */

static int intern_subject(struct store_tx *tx, enum store_subject kind, const void *key, size_t size,
                          uint32_t *id, struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *find =
        database_statement(database, "SELECT id FROM subject WHERE kind = ?1 AND key = ?2", error);
    sqlite3_stmt *insert =
        database_statement(database, "INSERT INTO subject (kind, key) VALUES (?1, ?2)", error);
    if (!find || !insert)
        return -1;
    sqlite3_stmt *const both[] = {find, insert};
    for (size_t i = 0; i < 2; i++) {
        bind_number(both[i], 1, kind);
        bind_bytes(both[i], 2, key, size);
    }
    int64_t found;
    if (find_or_insert(tx, find, insert, &found, error) != 0)
        return -1;
    *id = (uint32_t)found;
    return 0;
}

/* There are as many as there are people and things, so only some are kept at hand. */
static void keep_subject(struct map *subjects, const struct buf *key, uint32_t id)
{
    if (subjects->size >= MOST_SUBJECTS_AT_HAND || subjects->keys.size + key->size > MOST_BYTES_AT_HAND)
        map_clear(subjects);
    if (key->size <= MOST_BYTES_AT_HAND)
        map_add(subjects, key->data, key->size, id);
}

int store_subject_intern(struct store_tx *tx, enum store_subject kind, const void *key, size_t size,
                         uint32_t *id, struct error *error)
{
    if (tx->trial)
        return trial_subject(tx, kind, key, size, id, error);
    struct buf *name = &tx->body;
    buf_clear(name);
    buf_put_u8(name, (uint8_t)kind);
    buf_put(name, key, size);
    const uint32_t *known = map_find(&tx->names.subjects, name->data, name->size);
    if (known) {
        *id = *known;
        return 0;
    }
    if (intern_subject(tx, kind, key, size, id, error) != 0)
        return -1;
    keep_subject(&tx->names.subjects, name, *id);
    return 0;
}

int store_subject_find(struct store_view *view, enum store_subject kind, const void *key, size_t size,
                       uint32_t *id, struct error *error)
{
    sqlite3_stmt *find =
        database_statement(view->database, "SELECT id FROM subject WHERE kind = ?1 AND key = ?2", error);
    if (!find)
        return -1;
    bind_number(find, 1, kind);
    bind_bytes(find, 2, key, size);
    const int row = statement_next(view->database, find, error);
    *id = row > 0 ? (uint32_t)sqlite3_column_int64(find, 0) : 0;
    statement_end(find);
    return row < 0 ? -1 : 0;
}

int store_subject_key(struct store_view *view, uint32_t id, struct buf *out, struct error *error)
{
    sqlite3_stmt *select = database_statement(view->database, "SELECT key FROM subject WHERE id = ?1", error);
    if (!select)
        return -1;
    bind_number(select, 1, id);
    return statement_take(view->database, select, out, error) < 0 ? -1 : 0;
}

/* ---- periods: their start moves back when an earlier time is seen
 * ------------------------------------------ */

static int load_period(struct store_tx *tx, const char *calendar, const char *label,
                       struct known_period *period, struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *find = database_statement(
        database, "SELECT id, starts FROM period WHERE calendar = ?1 AND label = ?2", error);
    sqlite3_stmt *insert = database_statement(
        database, "INSERT INTO period (calendar, label, starts) VALUES (?1, ?2, ?3)", error);
    if (!find || !insert)
        return -1;
    bind_text(find, 1, calendar);
    bind_text(find, 2, label);
    const int row = statement_next(database, find, error);
    if (row > 0)
        *period =
            (struct known_period){(uint32_t)sqlite3_column_int64(find, 0), sqlite3_column_int64(find, 1)};
    statement_end(find);
    if (row != 0)
        return row > 0 ? 0 : -1;
    if (tx->trial) {
        *period = (struct known_period){trial_number(tx), INT64_MIN};
        return 0;
    }
    bind_text(insert, 1, calendar);
    bind_text(insert, 2, label);
    bind_number(insert, 3, INT64_MIN);
    if (statement_run(database, insert, error) != 0)
        return -1;
    *period = (struct known_period){(uint32_t)sqlite3_last_insert_rowid(database->handle), INT64_MIN};
    return 0;
}

static int move_start(struct store_tx *tx, struct known_period *period, int64_t time, struct error *error)
{
    period->starts = time;
    if (tx->trial)
        return 0;
    sqlite3_stmt *update =
        database_statement(tx->view.database, "UPDATE period SET starts = ?2 WHERE id = ?1", error);
    if (!update)
        return -1;
    bind_number(update, 1, period->id);
    bind_number(update, 2, time);
    return statement_run(tx->view.database, update, error);
}

int store_period_intern(struct store_tx *tx, const char *calendar, const char *label, int64_t time,
                        uint32_t *id, struct error *error)
{
    struct names *names = &tx->names;
    struct buf *key = &tx->body;
    buf_clear(key);
    buf_put_text(key, calendar);
    buf_put_text(key, label);
    const uint32_t *known = map_find(&names->periods, key->data, key->size);
    if (!known) {
        struct known_period period;
        if (load_period(tx, calendar, label, &period, error) != 0)
            return -1;
        names->period = mem_resize(names->period, names->period_count + 1, sizeof *names->period);
        names->period[names->period_count] = period;
        map_add(&names->periods, key->data, key->size, (uint32_t)names->period_count++);
        known = map_find(&names->periods, key->data, key->size);
    }
    struct known_period *period = &names->period[*known];
    *id = period->id;
    const bool earlier = time != INT64_MIN && (period->starts == INT64_MIN || time < period->starts);
    return earlier ? move_start(tx, period, time, error) : 0;
}

int store_period_seen(struct store_tx *tx, uint32_t id, int64_t time, struct error *error)
{
    if (tx->trial)
        return 0;
    sqlite3_stmt *update = database_statement(
        tx->view.database, "UPDATE period SET latest = ?2 WHERE id = ?1 AND latest < ?2", error);
    if (!update)
        return -1;
    bind_number(update, 1, id);
    bind_number(update, 2, time);
    return statement_run(tx->view.database, update, error);
}

int store_period_seen_undated(struct store_tx *tx, uint32_t id, int64_t now, struct error *error)
{
    if (tx->trial)
        return 0;
    sqlite3_stmt *update = database_statement(
        tx->view.database, "UPDATE period SET latest = ?2 WHERE id = ?1 AND latest < ?2 AND starts = ?3",
        error);
    if (!update)
        return -1;
    bind_number(update, 1, id);
    bind_number(update, 2, now);
    bind_number(update, 3, INT64_MIN);
    return statement_run(tx->view.database, update, error);
}

int store_period_find(struct store_view *view, const char *calendar, const char *label, uint32_t *id,
                      struct error *error)
{
    sqlite3_stmt *find =
        database_statement(view->database, "SELECT id FROM period WHERE calendar = ?1 AND label = ?2", error);
    if (!find)
        return -1;
    bind_text(find, 1, calendar);
    bind_text(find, 2, label);
    const int row = statement_next(view->database, find, error);
    *id = row > 0 ? (uint32_t)sqlite3_column_int64(find, 0) : 0;
    statement_end(find);
    return row < 0 ? -1 : 0;
}

/* ---- visits -------------------------------------------------------------------------------------------- */

/* Appends the name as a step of a path: '/' and '%' are written as in a URL. */
static void append_step(struct buf *path, const char *name)
{
    for (const char *c = name; *c; c++) {
        if (*c == '/')
            buf_append_text(path, "%2F");
        else if (*c == '%')
            buf_append_text(path, "%25");
        else
            buf_put_u8(path, (uint8_t)*c);
    }
}

/* The paths of the groups so far. Parents have lower numbers than their children, so they are there already.
 */
struct paths {
    struct buf text;
    size_t *starts; /* by group number; SIZE_MAX: none */
    size_t count;
};

static const char *add_path(struct paths *paths, uint32_t id, uint32_t parent, const char *name)
{
    if (id >= paths->count) {
        const size_t count = 2 * (size_t)id + 16;
        paths->starts = mem_resize(paths->starts, count, sizeof *paths->starts);
        for (size_t i = paths->count; i < count; i++)
            paths->starts[i] = SIZE_MAX;
        paths->count = count;
    }
    const size_t start = paths->text.size;
    if (parent && parent < paths->count && paths->starts[parent] != SIZE_MAX) {
        const size_t length = strlen((const char *)paths->text.data + paths->starts[parent]);
        uint8_t *room = buf_extend(&paths->text, length + 1);
        memcpy(room, paths->text.data + paths->starts[parent], length);
        room[length] = '/';
    }
    append_step(&paths->text, name);
    buf_put_u8(&paths->text, 0);
    paths->starts[id] = start;
    return (const char *)paths->text.data + start;
}

static struct store_group group_of(sqlite3_stmt *row)
{
    return (struct store_group){.id = (uint32_t)sqlite3_column_int64(row, 0),
                                .parent = (uint32_t)sqlite3_column_int64(row, 1),
                                .level = (const char *)sqlite3_column_text(row, 2),
                                .name = (const char *)sqlite3_column_text(row, 3)};
}

int store_groups(struct store_view *view, int (*visit)(void *data, const struct store_group *group),
                 void *data, struct error *error)
{
    sqlite3_stmt *select =
        database_statement(view->database, "SELECT id, parent, level, name FROM groups ORDER BY id", error);
    if (!select)
        return -1;
    struct paths paths = {0};
    int row;
    while ((row = statement_next(view->database, select, error)) > 0) {
        struct store_group group = group_of(select);
        group.path = add_path(&paths, group.id, group.parent, group.name);
        if (visit(data, &group) != 0)
            break;
    }
    statement_end(select);
    buf_free(&paths.text);
    free(paths.starts);
    return row < 0 ? -1 : 0;
}

int store_groups_above(struct store_view *view, uint32_t above,
                       const char *(*path_of)(void *data, uint32_t group),
                       int (*visit)(void *data, const struct store_group *group), void *data,
                       struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT id, parent, level, name FROM groups WHERE id > ?1 ORDER BY id", error);
    if (!select)
        return -1;
    bind_number(select, 1, above);
    struct buf path = {0};
    int row;
    while ((row = statement_next(view->database, select, error)) > 0) {
        struct store_group group = group_of(select);
        const char *outer = group.parent ? path_of(data, group.parent) : NULL;
        buf_clear(&path);
        if (outer) {
            buf_append_text(&path, outer);
            buf_put_u8(&path, '/');
        }
        append_step(&path, group.name);
        buf_put_u8(&path, 0);
        group.path = (const char *)path.data;
        if (visit(data, &group) != 0)
            break;
    }
    statement_end(select);
    buf_free(&path);
    return row < 0 ? -1 : 0;
}

static int visit_periods(struct store_view *view, sqlite3_stmt *select,
                         int (*visit)(void *data, const struct store_period *period), void *data,
                         struct error *error)
{
    int row;
    while ((row = statement_next(view->database, select, error)) > 0) {
        const struct store_period period = {.id = (uint32_t)sqlite3_column_int64(select, 0),
                                            .calendar = (const char *)sqlite3_column_text(select, 1),
                                            .label = (const char *)sqlite3_column_text(select, 2),
                                            .starts = sqlite3_column_int64(select, 3),
                                            .latest = sqlite3_column_int64(select, 4)};
        if (visit(data, &period) != 0)
            break;
    }
    statement_end(select);
    return row < 0 ? -1 : 0;
}

int store_periods(struct store_view *view, int (*visit)(void *data, const struct store_period *period),
                  void *data, struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT id, calendar, label, starts, latest FROM period ORDER BY id", error);
    return select ? visit_periods(view, select, visit, data, error) : -1;
}

int store_periods_above(struct store_view *view, uint32_t above,
                        int (*visit)(void *data, const struct store_period *period), void *data,
                        struct error *error)
{
    sqlite3_stmt *select =
        database_statement(view->database,
                           "SELECT id, calendar, label, starts, latest FROM period WHERE id > ?1 UNION ALL "
                           "SELECT id, calendar, label, starts, latest FROM period WHERE id <= ?1 "
                           "AND calendar >= 'survey:' AND calendar < 'survey;' ORDER BY id",
                           error);
    if (!select)
        return -1;
    bind_number(select, 1, above);
    return visit_periods(view, select, visit, data, error);
}

int store_periods_after(struct store_view *view, int64_t moment,
                        int (*visit)(void *data, const struct store_period *period), void *data,
                        struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database,
        "SELECT id, calendar, label, starts, latest FROM period WHERE starts > ?1 ORDER BY id", error);
    if (!select)
        return -1;
    bind_number(select, 1, moment);
    return visit_periods(view, select, visit, data, error);
}

int store_items(struct store_view *view, int (*visit)(void *data, uint32_t id, const char *name), void *data,
                struct error *error)
{
    sqlite3_stmt *select = database_statement(view->database, "SELECT id, name FROM item ORDER BY id", error);
    if (!select)
        return -1;
    int row;
    while ((row = statement_next(view->database, select, error)) > 0)
        if (visit(data, (uint32_t)sqlite3_column_int64(select, 0),
                  (const char *)sqlite3_column_text(select, 1)) != 0)
            break;
    statement_end(select);
    return row < 0 ? -1 : 0;
}
