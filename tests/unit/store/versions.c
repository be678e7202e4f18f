/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "versions.h"

const struct store_version store_versions[] = {
    {
        .schema =
            "CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
            "CREATE TABLE groups (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL, level TEXT NOT NULL, name "
            "TEXT "
            "NOT NULL,"
            "  UNIQUE (parent, level, name));"
            "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
            "CREATE TABLE period (id INTEGER PRIMARY KEY, calendar TEXT NOT NULL, label TEXT NOT NULL, "
            "starts "
            "INTEGER NOT NULL,"
            "  UNIQUE (calendar, label));"
            "CREATE TABLE log (seq INTEGER PRIMARY KEY, kind INTEGER NOT NULL, before INTEGER, time INTEGER, "
            "body "
            "BLOB);"
            "CREATE TABLE identity (scope INTEGER NOT NULL, id BLOB NOT NULL, seq INTEGER NOT NULL,"
            "  PRIMARY KEY (scope, id)) WITHOUT ROWID;"
            "CREATE TABLE input (id INTEGER PRIMARY KEY, definition TEXT NOT NULL UNIQUE, position INTEGER "
            "NOT NULL);"
            "CREATE TABLE cell (input INTEGER NOT NULL, period INTEGER NOT NULL, grp INTEGER NOT NULL, state "
            "BLOB "
            "NOT NULL,"
            "  PRIMARY KEY (input, period, grp)) WITHOUT ROWID;"
            "CREATE TABLE indicator (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
            "CREATE TABLE result (indicator INTEGER NOT NULL, period INTEGER NOT NULL, grp INTEGER NOT NULL,"
            "  kind INTEGER NOT NULL, value, reason TEXT, n INTEGER NOT NULL, low REAL, high REAL, extra "
            "TEXT,"
            "  computed_at INTEGER NOT NULL, PRIMARY KEY (indicator, period, grp)) WITHOUT ROWID;"
            "CREATE TABLE stale (indicator INTEGER NOT NULL, period INTEGER NOT NULL, grp INTEGER NOT NULL,"
            "  PRIMARY KEY (indicator, period, grp)) WITHOUT ROWID;"
            "CREATE TABLE document (owner TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL,"
            "  PRIMARY KEY (owner, key)) WITHOUT ROWID;",
        .rows = "INSERT INTO meta VALUES ('position', 4), ('responses', 1);"
                "INSERT INTO groups VALUES (1, 0, 'school', 'S'), (2, 1, 'team', 'A/B');"
                "INSERT INTO item VALUES (1, 'a');"
                "INSERT INTO period VALUES (1, 'survey:m', '2025', 1000);"
                "INSERT INTO log VALUES"
                "  (1, 1, NULL, NULL, x'0102' || x'11111111111111111111111111111111' || x'd00f00010103'),"
                "  (2, 1, 1, NULL, x'0102' || x'11111111111111111111111111111111' || x'd00f00010104'),"
                "  (3, 1, NULL, NULL, x'0102' || x'22222222222222222222222222222222' || x'd00f00010105'),"
                "  (4, 2, 3, NULL, NULL);"
                "INSERT INTO identity VALUES (1, x'11111111111111111111111111111111', 2);"
                "INSERT INTO input VALUES (1, 'mean of a', 4);"
                "INSERT INTO cell VALUES (1, 1, 2, x'0807');"
                "INSERT INTO indicator VALUES (1, 'mean');"
                "INSERT INTO result VALUES (1, 1, 2, 1, 4.5, NULL, 6, 4.0, 5.0, '{\"x\":1}', 1700000000000);"
                "INSERT INTO stale VALUES (1, 1, 2);"
                "INSERT INTO document VALUES ('host', 'feed:m', '{}');",
    },
    {
        .schema =
            "CREATE TABLE alert (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
            "CREATE TABLE alert_state (alert INTEGER NOT NULL, grp INTEGER NOT NULL, stage INTEGER NOT NULL,"
            "  since INTEGER NOT NULL, lapsed INTEGER NOT NULL, body TEXT NOT NULL,"
            "  PRIMARY KEY (alert, grp)) WITHOUT ROWID;"
            "CREATE TABLE alert_due (alert INTEGER NOT NULL, grp INTEGER NOT NULL,"
            "  PRIMARY KEY (alert, grp)) WITHOUT ROWID;"
            "CREATE TABLE alert_log (seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);",
        .rows = "INSERT INTO alert VALUES (1, 'drop');"
                "INSERT INTO alert_state VALUES (1, 2, 2, 1000, 0, '{}');"
                "INSERT INTO alert_due VALUES (1, 2);"
                "INSERT INTO alert_log VALUES (3, '{\"alert\":\"drop\"}');",
    },
    {
        .schema = "CREATE TABLE subject (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, key BLOB NOT NULL, "
                  "UNIQUE (kind, "
                  "key));",
        .rows = "INSERT INTO subject VALUES (1, 1, x'33333333333333333333333333333333');"
                "INSERT INTO subject VALUES (2, 2, x'766965776564'), (3, 3, x'70616765');"
                "INSERT INTO log VALUES (5, 3, NULL, 1700000000000, x'0201020300' || x'037b7d00');"
                "INSERT INTO identity VALUES (0, x'44444444444444444444444444444444', 5);"
                "UPDATE meta SET value = 5 WHERE key = 'position';",
    },
    {
        .schema = "ALTER TABLE result ADD COLUMN outlived INTEGER NOT NULL DEFAULT 0;",
        .rows = "UPDATE result SET outlived = 1 WHERE indicator = 1;",
    },
    {
        .schema =
            "CREATE TABLE publication (period INTEGER NOT NULL, grp INTEGER NOT NULL, indicator INTEGER "
            "NOT NULL,"
            "  ready INTEGER NOT NULL, PRIMARY KEY (period, grp, indicator)) WITHOUT ROWID;"
            "ALTER TABLE stale ADD COLUMN decided INTEGER NOT NULL DEFAULT 0;",
        .rows = "INSERT INTO publication VALUES (1, 2, 1, 1); UPDATE stale SET decided = 1;",
    },
    {
        .schema =
            "CREATE TABLE quarantine (id INTEGER PRIMARY KEY AUTOINCREMENT, feed TEXT NOT NULL, document "
            "TEXT NOT "
            "NULL,"
            "  delivery INTEGER NOT NULL, row INTEGER NOT NULL, at INTEGER NOT NULL, col TEXT, reason TEXT "
            "NOT NULL,"
            "  person BLOB, heading INTEGER, size INTEGER NOT NULL, body TEXT);"
            "CREATE INDEX quarantine_place ON quarantine (feed, document, row);"
            "CREATE INDEX quarantine_under ON quarantine (heading);"
            "CREATE TABLE quarantine_heading (id INTEGER PRIMARY KEY, feed TEXT NOT NULL, size INTEGER NOT "
            "NULL,"
            "  text TEXT NOT NULL);"
            "CREATE TABLE quarantine_feed (feed TEXT PRIMARY KEY, rows INTEGER NOT NULL, bytes INTEGER NOT "
            "NULL,"
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
        .rows = "INSERT INTO quarantine_heading VALUES (1, 'm', 14, '{\"columns\":[]}');"
                "INSERT INTO quarantine VALUES"
                "  (7, 'm', 'e.csv', 1700000000000, 5, 1700000000001, 'a', 'wrong',"
                "   x'11111111111111111111111111111111', 1, 20, '{\"cells\":[]}'),"
                "  (8, 'm', 'e.csv', 1700000000000, 6, 1700000000001, NULL, 'worse', NULL, NULL, 9, NULL);"
                "UPDATE quarantine_feed SET missed = 3 WHERE feed = 'm';",
    },
    {
        .schema =
            "CREATE TABLE audit (seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, user INTEGER "
            "NOT NULL,"
            "  what TEXT NOT NULL, facts TEXT NOT NULL, hash BLOB NOT NULL);"
            "CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN"
            "  SELECT RAISE(ABORT, 'the audit log only grows'); END;"
            "CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit BEGIN"
            "  SELECT RAISE(ABORT, 'the audit log only grows'); END;",
        /* The hash is Python's hashlib.blake2b over what store/audit.h says. */
        .rows = "INSERT INTO audit VALUES (1, 1700000000000, 1000, 'import', '{}',"
                "  x'4858ceb24bc381cbeba8016ed0f47bb00d20bdbf81138bc3d81d150a19533189');",
    },
    {
        .schema =
            "CREATE TABLE forgetting (id INTEGER PRIMARY KEY AUTOINCREMENT, stage INTEGER NOT NULL, user "
            "INTEGER NOT "
            "NULL,"
            "  person BLOB, through INTEGER NOT NULL, scanned INTEGER NOT NULL DEFAULT 0,"
            "  responses INTEGER NOT NULL DEFAULT 0, events INTEGER NOT NULL DEFAULT 0,"
            "  quarantined INTEGER NOT NULL DEFAULT 0, files INTEGER NOT NULL DEFAULT 0,"
            "  unreadable INTEGER NOT NULL DEFAULT 0);"
            "CREATE TABLE forgotten (forgetting INTEGER NOT NULL, seq INTEGER NOT NULL,"
            "  PRIMARY KEY (forgetting, seq)) WITHOUT ROWID;",
        .rows = "INSERT INTO forgetting (id, stage, user, person, through, responses)"
                "  VALUES (4, 2, 1000, x'22222222222222222222222222222222', 4, 3);",
    },
    {
        .schema = "ALTER TABLE forgetting ADD COLUMN feed TEXT;"
                  "ALTER TABLE forgetting ADD COLUMN calendar TEXT;"
                  "ALTER TABLE forgetting ADD COLUMN older INTEGER;"
                  "CREATE TABLE arrival (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL);",
        .rows = "INSERT INTO arrival VALUES (0, 1700000000000);",
    },
    {
        .schema =
            "CREATE TABLE pending_cell (period INTEGER NOT NULL, grp INTEGER NOT NULL, input INTEGER NOT "
            "NULL, state BLOB NOT NULL,"
            "  PRIMARY KEY (period, grp, input)) WITHOUT ROWID;"
            "CREATE TABLE release (period INTEGER NOT NULL, grp INTEGER NOT NULL, position INTEGER NOT NULL, "
            "wanted INTEGER NOT NULL,"
            "  PRIMARY KEY (period, grp)) WITHOUT ROWID;"
            "CREATE TABLE moved (period INTEGER NOT NULL, grp INTEGER NOT NULL, people INTEGER NOT NULL, "
            "position INTEGER NOT NULL,"
            "  PRIMARY KEY (period, grp)) WITHOUT ROWID;"
            "CREATE TABLE withheld (period INTEGER NOT NULL, grp INTEGER NOT NULL, indicator INTEGER NOT "
            "NULL,"
            "  PRIMARY KEY (period, grp, indicator)) WITHOUT ROWID;"
            "ALTER TABLE period ADD COLUMN latest INTEGER NOT NULL DEFAULT -9223372036854775808;",
        .rows = "INSERT INTO pending_cell VALUES (1, 2, 1, x'0906');"
                "INSERT INTO release VALUES (1, 0, 2, 0), (1, 2, 3, 1);"
                "INSERT INTO moved VALUES (1, 2, 4, 3);"
                "INSERT INTO withheld VALUES (1, 1, 1);"
                "UPDATE period SET latest = 2000 WHERE id = 1;",
    },
    {
        .schema = "ALTER TABLE forgetting ADD COLUMN resources INTEGER NOT NULL DEFAULT 0;"
                  "CREATE TABLE resource (id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, "
                  "collection TEXT NOT "
                  "NULL,"
                  "  person INTEGER NOT NULL, scope TEXT, part TEXT, name TEXT, content_type TEXT NOT NULL,"
                  "  updated INTEGER NOT NULL, body BLOB NOT NULL);"
                  "CREATE INDEX resource_place ON resource (owner, collection, person, scope, part, name);"
                  "CREATE INDEX resource_person ON resource (person) WHERE person <> 0;",
        .rows = "INSERT INTO resource (owner, collection, person, scope, content_type, updated, body)"
                "  VALUES ('xapi', 'state', 1, 's', 'text/plain', 1700000000000, x'00');",
    },
    {
        .schema =
            "CREATE TABLE event_tail (seq INTEGER PRIMARY KEY, stored INTEGER NOT NULL, id BLOB NOT "
            "NULL,"
            "  body BLOB NOT NULL);"
            "CREATE INDEX event_tail_id ON event_tail (seq >> 8, id);"
            "CREATE TABLE event_block (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, since INTEGER NOT "
            "NULL,"
            "  until INTEGER NOT NULL, body BLOB NOT NULL);"
            "CREATE TABLE event_segment (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, since INTEGER NOT "
            "NULL,"
            "  until INTEGER NOT NULL, openly INTEGER NOT NULL);"
            "CREATE TABLE event_posting (segment INTEGER NOT NULL, key INTEGER NOT NULL, seqs BLOB NOT NULL,"
            "  PRIMARY KEY (segment, key)) WITHOUT ROWID;"
            "CREATE TABLE event_level (run INTEGER PRIMARY KEY, level INTEGER NOT NULL);"
            "CREATE TABLE event_run (place INTEGER PRIMARY KEY, body BLOB NOT NULL);"
            "CREATE TABLE event_voided (seq INTEGER PRIMARY KEY, gone INTEGER NOT NULL);"
            "CREATE TABLE event_awaited (id BLOB PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;"
            "CREATE INDEX event_awaited_by ON event_awaited (seq);"
            "CREATE TABLE event_attachment (seq INTEGER NOT NULL, n INTEGER NOT NULL, key TEXT NOT NULL,"
            "  content_type TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (seq, n));",
        .rows = "INSERT INTO event_tail VALUES"
                "  (5, 1700000000000, x'44444444444444444444444444444444', x'0000' || x'00' || "
                "x'0000000000000000' || x'0000' || x'027b7d');"
                "INSERT INTO event_awaited VALUES (x'55555555555555555555555555555555', 5);"
                /* A segment of one event, whose id has the hash that is in the place of its run. */
                "INSERT INTO event_block VALUES (3, 3, 1600000000000, 1600000000000,"
                "  x'28b52ffd2429b500007001038080f4f6905d6610' || x'00025b5d020080c31d380206ab64bd');"
                "INSERT INTO event_segment VALUES (3, 3, 1600000000000, 1600000000000, 0);"
                "INSERT INTO event_posting VALUES (3, 0, x'000101');"
                "INSERT INTO event_level VALUES (1, 0);"
                "INSERT INTO event_run VALUES (25020905405817, x'0006');",
    },
    {
        .schema =
            "CREATE TABLE member (input INTEGER NOT NULL, period INTEGER NOT NULL, grp INTEGER NOT NULL, "
            "tally INTEGER NOT NULL,"
            "  part INTEGER NOT NULL, state BLOB NOT NULL,"
            " PRIMARY KEY (input, period, grp, tally, part)) WITHOUT ROWID;",
        .rows = "INSERT INTO member VALUES (1, 1, 2, 0, 3, x'0102');",
    },
    {
        .schema =
            "CREATE TABLE kept AS SELECT * FROM event_block;"
            "DROP TABLE event_block;"
            "CREATE TABLE event_block (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, since INTEGER NOT "
            "NULL,"
            "  until INTEGER NOT NULL, ids BLOB NOT NULL, body BLOB NOT NULL);"
            "INSERT INTO event_block SELECT first, last, since, until, x'', body FROM kept;"
            "DROP TABLE kept;"
            "DROP TABLE event_tail;",
        .rows = "INSERT INTO event_block VALUES (5, 5, 1700000000000, 1700000000000,"
                "  x'44444444444444444444444444444444',"
                "  x'28b52ffd24199d000068010580a0abfef9621000' || x'027b7d01001c4002d13a5bcd');",
    },
    {
        .schema = "",
        .rows = "INSERT INTO meta VALUES ('events', 2);",
    },
    {.schema = "", .rows = ""}, /* what is in a cell has changed */
};

const size_t store_version_count = sizeof store_versions / sizeof *store_versions;
