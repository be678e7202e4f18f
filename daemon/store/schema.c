/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/internal.h"

#include <stdio.h>

/*
 * Step N brings a store from version N to N + 1, and is never changed once it has been released.
 *
 * The log is append-only, by rowid, whatever its size. `identity` is the one index on random keys: it says
 * which log entry counts for a respondent of a wave (scope: the period); it is fed in
 * sorted batches. Cells and results are keyed by period before group, because what comes in together is of
 * one period.
 */
static const char *const steps[] = {
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE groups (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL, level TEXT NOT NULL, name TEXT "
    "NOT NULL,"
    "  UNIQUE (parent, level, name));"
    "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    "CREATE TABLE period (id INTEGER PRIMARY KEY, calendar TEXT NOT NULL, label TEXT NOT NULL, starts "
    "INTEGER NOT NULL,"
    "  UNIQUE (calendar, label));"
    "CREATE TABLE log (seq INTEGER PRIMARY KEY, kind INTEGER NOT NULL, before INTEGER, time INTEGER, body "
    "BLOB);"
    "CREATE TABLE identity (scope INTEGER NOT NULL, id BLOB NOT NULL, seq INTEGER NOT NULL,"
    "  PRIMARY KEY (scope, id)) WITHOUT ROWID;"
    "CREATE TABLE input (id INTEGER PRIMARY KEY, definition TEXT NOT NULL UNIQUE, position INTEGER NOT NULL);"
    "CREATE TABLE cell (input INTEGER NOT NULL, period INTEGER NOT NULL, grp INTEGER NOT NULL, state BLOB "
    "NOT NULL,"
    "  PRIMARY KEY (input, period, grp)) WITHOUT ROWID;"
    "CREATE TABLE indicator (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    "CREATE TABLE result (indicator INTEGER NOT NULL, period INTEGER NOT NULL, grp INTEGER NOT NULL,"
    "  kind INTEGER NOT NULL, value, reason TEXT, n INTEGER NOT NULL, low REAL, high REAL, extra TEXT,"
    "  computed_at INTEGER NOT NULL, PRIMARY KEY (indicator, period, grp)) WITHOUT ROWID;"
    "CREATE TABLE stale (indicator INTEGER NOT NULL, period INTEGER NOT NULL, grp INTEGER NOT NULL,"
    "  PRIMARY KEY (indicator, period, grp)) WITHOUT ROWID;"
    "CREATE TABLE document (owner TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL,"
    "  PRIMARY KEY (owner, key)) WITHOUT ROWID;",

    /* Alerts: how each stands per group, which are to be judged again, and what has happened, append-only. */
    "CREATE TABLE alert (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    "CREATE TABLE alert_state (alert INTEGER NOT NULL, grp INTEGER NOT NULL, stage INTEGER NOT NULL,"
    "  since INTEGER NOT NULL, lapsed INTEGER NOT NULL, body TEXT NOT NULL,"
    "  PRIMARY KEY (alert, grp)) WITHOUT ROWID;"
    "CREATE TABLE alert_due (alert INTEGER NOT NULL, grp INTEGER NOT NULL,"
    "  PRIMARY KEY (alert, grp)) WITHOUT ROWID;"
    "CREATE TABLE alert_log (seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);",

    /* Actors, verbs and objects of events by small numbers, which is what cells count. */
    "CREATE TABLE subject (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, key BLOB NOT NULL, UNIQUE (kind, "
    "key));",

    /* A result that stands although its script failed to compute it anew. */
    "ALTER TABLE result ADD COLUMN outlived INTEGER NOT NULL DEFAULT 0;",

    /* What is published: of which group an indicator may be shown, and whether its result is one that was
     * computed since. Nothing is decided yet, so all there is waits for it. */
    "CREATE TABLE publication (period INTEGER NOT NULL, grp INTEGER NOT NULL, indicator INTEGER NOT NULL,"
    "  ready INTEGER NOT NULL, PRIMARY KEY (period, grp, indicator)) WITHOUT ROWID;"
    "ALTER TABLE stale ADD COLUMN decided INTEGER NOT NULL DEFAULT 0;"
    "INSERT INTO stale (indicator, period, grp) SELECT indicator, period, grp FROM result WHERE true "
    "ON CONFLICT DO NOTHING;",

    /* Rows that were refused. What they take of a feed's share is counted wherever they come and go; a
     * heading goes with the last row that has it. The body comes last, so that who looks for rows passes it
     * over. */
    "CREATE TABLE quarantine (id INTEGER PRIMARY KEY AUTOINCREMENT, feed TEXT NOT NULL, document TEXT NOT "
    "NULL,"
    "  delivery INTEGER NOT NULL, row INTEGER NOT NULL, at INTEGER NOT NULL, col TEXT, reason TEXT NOT NULL,"
    "  person BLOB, heading INTEGER, size INTEGER NOT NULL, body TEXT);"
    "CREATE INDEX quarantine_place ON quarantine (feed, document, row);"
    "CREATE INDEX quarantine_under ON quarantine (heading);"
    "CREATE TABLE quarantine_heading (id INTEGER PRIMARY KEY, feed TEXT NOT NULL, size INTEGER NOT NULL,"
    "  text TEXT NOT NULL);"
    "CREATE TABLE quarantine_feed (feed TEXT PRIMARY KEY, rows INTEGER NOT NULL, bytes INTEGER NOT NULL,"
    "  missed INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TRIGGER quarantine_in AFTER INSERT ON quarantine BEGIN"
    "  INSERT INTO quarantine_feed (feed, rows, bytes, missed) VALUES (NEW.feed, 1, NEW.size, 0)"
    "    ON CONFLICT (feed) DO UPDATE SET rows = rows + 1, bytes = bytes + NEW.size; END;"
    "CREATE TRIGGER quarantine_out AFTER DELETE ON quarantine BEGIN"
    "  UPDATE quarantine_feed SET rows = rows - 1, bytes = bytes - OLD.size WHERE feed = OLD.feed;"
    "  DELETE FROM quarantine_heading WHERE id = OLD.heading"
    "    AND NOT EXISTS (SELECT 1 FROM quarantine WHERE heading = OLD.heading); END;"
    "CREATE TRIGGER quarantine_heading_in AFTER INSERT ON quarantine_heading BEGIN"
    "  INSERT INTO quarantine_feed (feed, rows, bytes, missed) VALUES (NEW.feed, 0, NEW.size, 0)"
    "    ON CONFLICT (feed) DO UPDATE SET bytes = bytes + NEW.size; END;"
    "CREATE TRIGGER quarantine_heading_out AFTER DELETE ON quarantine_heading BEGIN"
    "  UPDATE quarantine_feed SET bytes = bytes - OLD.size WHERE feed = OLD.feed; END;",

    /* Who did what. It only grows: what has been written is never changed. */
    "CREATE TABLE audit (seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, user INTEGER NOT NULL,"
    "  what TEXT NOT NULL, facts TEXT NOT NULL, hash BLOB NOT NULL);"
    "CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN"
    "  SELECT RAISE(ABORT, 'the audit log only grows'); END;"
    "CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit BEGIN"
    "  SELECT RAISE(ABORT, 'the audit log only grows'); END;",

    /* Persons that are being forgotten, and the entries of the log that go with them. */
    "CREATE TABLE forgetting (id INTEGER PRIMARY KEY AUTOINCREMENT, stage INTEGER NOT NULL, user INTEGER NOT "
    "NULL,"
    "  person BLOB, through INTEGER NOT NULL, scanned INTEGER NOT NULL DEFAULT 0,"
    "  responses INTEGER NOT NULL DEFAULT 0, events INTEGER NOT NULL DEFAULT 0,"
    "  quarantined INTEGER NOT NULL DEFAULT 0, files INTEGER NOT NULL DEFAULT 0,"
    "  unreadable INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE forgotten (forgetting INTEGER NOT NULL, seq INTEGER NOT NULL,"
    "  PRIMARY KEY (forgetting, seq)) WITHOUT ROWID;",

    /* What is removed for its age: of which feed and calendar, and what is older than when. Where the log was
     * at which time, about once an hour; what was there before is taken for as old as this step. */
    "ALTER TABLE forgetting ADD COLUMN feed TEXT;"
    "ALTER TABLE forgetting ADD COLUMN calendar TEXT;"
    "ALTER TABLE forgetting ADD COLUMN older INTEGER;"
    "CREATE TABLE arrival (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL);"
    "INSERT INTO arrival VALUES (0, CAST(strftime('%s', 'now') AS INTEGER) * 1000);",

    /* What waits to be released, and how far what came in has been; who moved to a group; what is withheld
     * for good, for it was once; and the last time seen in a period, the smallest number meaning none. Every
     * response so far is in the cells, or on its way to them. Of an earlier wave only its start is known.
     * Withheld was what has a result without a value and without a reason, where something else was
     * published. */
    "CREATE TABLE pending_cell (period INTEGER NOT NULL, grp INTEGER NOT NULL, input INTEGER NOT NULL, state "
    "BLOB NOT NULL,"
    "  PRIMARY KEY (period, grp, input)) WITHOUT ROWID;"
    "CREATE TABLE release (period INTEGER NOT NULL, grp INTEGER NOT NULL, position INTEGER NOT NULL, wanted "
    "INTEGER NOT NULL,"
    "  PRIMARY KEY (period, grp)) WITHOUT ROWID;"
    "CREATE TABLE moved (period INTEGER NOT NULL, grp INTEGER NOT NULL, people INTEGER NOT NULL, position "
    "INTEGER NOT NULL,"
    "  PRIMARY KEY (period, grp)) WITHOUT ROWID;"
    "CREATE TABLE withheld (period INTEGER NOT NULL, grp INTEGER NOT NULL, indicator INTEGER NOT NULL,"
    "  PRIMARY KEY (period, grp, indicator)) WITHOUT ROWID;"
    "ALTER TABLE period ADD COLUMN latest INTEGER NOT NULL DEFAULT -9223372036854775808;"
    "UPDATE period SET latest = starts WHERE calendar GLOB 'survey:*';"
    "INSERT INTO release (period, grp, position, wanted)"
    "  SELECT id, 0, coalesce((SELECT value FROM meta WHERE key = 'position'), 0), 0 FROM period"
    "  WHERE calendar GLOB 'survey:*';"
    "INSERT INTO withheld (period, grp, indicator) SELECT period, grp, indicator FROM result"
    "  WHERE kind = 0 AND reason IS NULL AND n > 0"
    "  AND period IN (SELECT id FROM period WHERE calendar GLOB 'survey:*')"
    "  AND period IN (SELECT period FROM publication)"
    "  AND (period, grp, indicator) NOT IN (SELECT period, grp, indicator FROM publication);",

    /* Resources of plugins, which may belong to a person (a subject, or 0). The body comes last, so that who
     * looks for names passes it over. */
    "ALTER TABLE forgetting ADD COLUMN resources INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE resource (id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, collection TEXT NOT "
    "NULL,"
    "  person INTEGER NOT NULL, scope TEXT, part TEXT, name TEXT, content_type TEXT NOT NULL,"
    "  updated INTEGER NOT NULL, body BLOB NOT NULL);"
    "CREATE INDEX resource_place ON resource (owner, collection, person, scope, part, name);"
    "CREATE INDEX resource_person ON resource (person) WHERE person <> 0;",

    /* Events as they came, by position: in the tail, and packed (see store/events.h). What comes before a
     * body is read without it. Ids are random, so the tail's are sorted within 256 positions only: a
     * commit writes the few pages of the last ones, not a page for each id. A row of event_posting has
     * the lists of many keys, from its own on. Who was taken back, and by which entry of the log; what is
     * awaited to be taken back, and by whom. No event was ever stored by what ships, so none has to move
     * here. */
    "CREATE TABLE event_tail (seq INTEGER PRIMARY KEY, stored INTEGER NOT NULL, id BLOB NOT NULL,"
    "  body BLOB NOT NULL);"
    "CREATE INDEX event_tail_id ON event_tail (seq >> 8, id);"
    "CREATE TABLE event_block (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, since INTEGER NOT NULL,"
    "  until INTEGER NOT NULL, body BLOB NOT NULL);"
    "CREATE TABLE event_segment (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, since INTEGER NOT NULL,"
    "  until INTEGER NOT NULL, openly INTEGER NOT NULL);"
    "CREATE TABLE event_posting (segment INTEGER NOT NULL, key INTEGER NOT NULL, seqs BLOB NOT NULL,"
    "  PRIMARY KEY (segment, key)) WITHOUT ROWID;"
    "CREATE TABLE event_level (run INTEGER PRIMARY KEY, level INTEGER NOT NULL);"
    "CREATE TABLE event_run (place INTEGER PRIMARY KEY, body BLOB NOT NULL);"
    "CREATE TABLE event_voided (seq INTEGER PRIMARY KEY, gone INTEGER NOT NULL);"
    "CREATE TABLE event_awaited (id BLOB PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX event_awaited_by ON event_awaited (seq);"
    "CREATE TABLE event_attachment (seq INTEGER NOT NULL, n INTEGER NOT NULL, key TEXT NOT NULL,"
    "  content_type TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (seq, n));"
    "DELETE FROM identity WHERE scope = 0;",

    /* Large cells in parts. */
    "CREATE TABLE member (input INTEGER NOT NULL, period INTEGER NOT NULL, grp INTEGER NOT NULL, tally "
    "INTEGER "
    "NOT NULL,"
    "  part INTEGER NOT NULL, state BLOB NOT NULL, PRIMARY KEY (input, period, grp, tally, part)) WITHOUT "
    "ROWID;",

    /* Events go into blocks at once, with their ids beside, before the body: so they are read without it.
     * Of blocks of before the ids stay in the body. */
    "ALTER TABLE event_block RENAME TO event_block_before;"
    "CREATE TABLE event_block (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, since INTEGER NOT NULL,"
    "  until INTEGER NOT NULL, ids BLOB NOT NULL, body BLOB NOT NULL);"
    "INSERT INTO event_block SELECT first, last, since, until, x'', body FROM event_block_before;"
    "DROP TABLE event_block_before;",
    /* How many events there are is kept, as of responses. */
    "REPLACE INTO meta (key, value) SELECT 'events', count(*) FROM log WHERE kind = 3;",

    /* Nothing to convert: what of a cell of events waits to be written to its members (engine/event/head.h)
     * stands in the cell, which a wijzerd of before would take for damaged. */
    "SELECT 1;",
};

/* What SQL alone cannot do of a step, after it and in its transaction; by the version that it leads from. */
static int (*const conversions[sizeof steps / sizeof *steps])(struct database *database,
                                                              struct error *error) = {
    [13] = event_tail_to_blocks,
};

enum { VERSION = sizeof steps / sizeof *steps };

int schema_version(void)
{
    return VERSION;
}

static int current_version(struct database *database, int *version, struct error *error)
{
    sqlite3_stmt *statement = database_statement(database, "PRAGMA user_version", error);
    if (!statement)
        return -1;
    const int row = statement_next(database, statement, error);
    if (row > 0)
        *version = sqlite3_column_int(statement, 0);
    statement_end(statement);
    return row > 0 ? 0 : -1;
}

/* How many there are of what `select` counts; -1. */
static int count(struct database *database, const char *select, struct error *error)
{
    sqlite3_stmt *statement = database_statement(database, select, error);
    if (!statement)
        return -1;
    const int row = statement_next(database, statement, error), found = sqlite3_column_int(statement, 0);
    statement_end(statement);
    return row > 0 ? found : -1;
}

/* An empty file, or one with the tables that every version has. Many programs leave user_version at 0, and
 * some count in it as we do. */
static int check_ours(struct database *database, int version, struct error *error)
{
    const int all = count(database, "SELECT count(*) FROM sqlite_schema", error);
    const int ours =
        count(database,
              "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('meta', 'log', "
              "'identity', 'document')",
              error);
    if (all < 0 || ours < 0)
        return -1;
    if (version == 0 ? all == 0 : ours == 4)
        return 0;
    return error_set(error, ERROR_INPUT,
                     "this is a database of another program, and was left as it is; move it away, or set "
                     "state_dir to a folder of wijzerd's own");
}

/* One transaction a step: a crash leaves a whole version. */
static int take_step(struct database *database, int from, struct error *error)
{
    char mark[64];
    snprintf(mark, sizeof mark, "PRAGMA user_version = %d; COMMIT;", from + 1);
    if (database_execute(database, "BEGIN IMMEDIATE", error) == 0 &&
        database_execute(database, steps[from], error) == 0 &&
        (!conversions[from] || conversions[from](database, error) == 0) &&
        database_execute(database, mark, error) == 0)
        return 0;
    struct error ignored;
    database_execute(database, "ROLLBACK", &ignored);
    return error_at(error, "bringing the store from version %d to %d", from, from + 1);
}

int schema_migrate(struct database *database, struct error *error)
{
    int version = 0;
    if (current_version(database, &version, error) != 0)
        return -1;
    if (check_ours(database, version, error) != 0)
        return -1;
    if (version > VERSION)
        return error_set(
            error, ERROR_INPUT,
            "the store has version %d and this wijzerd knows up to %d: it was written by a newer one; "
            "install that again, or restore the backup made before the update",
            version, VERSION);
    if (database_execute(database, "PRAGMA journal_mode = WAL", error) != 0)
        return -1;
    for (; version < VERSION; version++)
        if (take_step(database, version, error) != 0)
            return -1;
    return 0;
}
