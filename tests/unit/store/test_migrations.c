/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A store of every earlier version opens, and everything in it is there and works. */
#include "store/audit.h"
#include "store/event.h"
#include "store/forget.h"
#include "store/internal.h"
#include "store/quarantine.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The schemas as they were released, with rows as that version wrote them; each after those before it. A new
 * version gets a new entry here, and none is ever changed. */
static const struct {
    const char *schema, *rows;
} versions[] = {
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
};

enum { VERSIONS = sizeof versions / sizeof *versions };

/* ---- an old store -------------------------------------------------------------------------------------- */

struct shelf {
    uv_loop_t loop;
    char folder[64];
    struct store *store;
};

static int make_shelf(void **state)
{
    struct shelf *shelf = mem_alloc(sizeof *shelf);
    strcpy(shelf->folder, "/tmp/wijzer-store-XXXXXX");
    *state = shelf;
    return mkdtemp(shelf->folder) && uv_loop_init(&shelf->loop) == 0 ? 0 : -1;
}

static void ignore(void *data)
{
    (void)data;
}

static void close_store(struct shelf *shelf)
{
    if (shelf->store)
        store_close(shelf->store, ignore, NULL);
    uv_run(&shelf->loop, UV_RUN_DEFAULT);
    shelf->store = NULL;
}

static int remove_shelf(void **state)
{
    struct shelf *shelf = *state;
    close_store(shelf);
    assert_int_equal(uv_loop_close(&shelf->loop), 0);
    char *command = mem_format("rm -r '%s'", shelf->folder);
    const int result = system(command);
    free(command);
    free(shelf);
    return result;
}

static sqlite3 *open_file(const struct shelf *shelf)
{
    sqlite3 *handle;
    char *path = mem_format("%s/wijzer.db", shelf->folder);
    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    free(path);
    return handle;
}

static void execute(sqlite3 *handle, const char *sql)
{
    char *message = NULL;
    sqlite3_exec(handle, sql, NULL, NULL, &message);
    if (message)
        fail_msg("%s: %s", sql, message);
}

/* As a wijzerd of that version left it. */
static void write_store(const struct shelf *shelf, int version)
{
    sqlite3 *handle = open_file(shelf);
    char mark[64];
    snprintf(mark, sizeof mark, "PRAGMA user_version = %d", version);
    execute(handle, "PRAGMA journal_mode = WAL");
    for (int i = 0; i < version; i++) {
        execute(handle, versions[i].schema);
        execute(handle, versions[i].rows);
    }
    execute(handle, mark);
    sqlite3_close(handle);
}

static void open_store(struct shelf *shelf)
{
    struct error error = {0};
    if (store_open(&shelf->store, &shelf->loop, shelf->folder, &error) != 0)
        fail_msg("%s", error.text);
}

/* On the store's thread, where a test cannot fail. */
static void run(struct shelf *shelf, store_write_fn job, void *data)
{
    struct error error = {0};
    if (store_write_now(shelf->store, job, data, &error) != 0)
        fail_msg("%s", error.text);
}

/* ---- what is in it: in words, to compare --------------------------------------------------------------- */

static int tell_group(void *data, const struct store_group *group)
{
    buf_append_format(data, "group %u %s %s\n", group->id, group->level, group->path);
    return 0;
}

static int tell_period(void *data, const struct store_period *period)
{
    buf_append_format(data, "period %u %s %s %lld\n", period->id, period->calendar, period->label,
                      (long long)period->starts);
    return 0;
}

static int tell_item(void *data, uint32_t id, const char *name)
{
    buf_append_format(data, "item %u %s\n", id, name);
    return 0;
}

static void tell_event(struct buf *said, const struct store_entry *entry)
{
    struct event event = {0};
    const int result = event_decode(&event, entry->body, entry->body_size);
    buf_append_format(said, "event%s of %u: %u %u %u %s at %lld\n", result ? " DAMAGED" : "", event.group,
                      event.actor, event.verb, event.object, event.raw, (long long)entry->time);
    event_free(&event);
}

static int tell_entry(void *data, const struct store_entry *entry)
{
    buf_append_format(data, "entry %llu: ", (unsigned long long)entry->position);
    if (entry->response)
        buf_append_format(data, "%s%02x answers %g", entry->response->partial ? "part " : "",
                          entry->response->respondent[0], response_value(entry->response, 1));
    if (entry->before)
        buf_append_format(data, "%s instead of %g", entry->kind == STORE_WITHDRAWAL ? "nothing" : "",
                          response_value(entry->before, 1));
    if (entry->body)
        tell_event(data, entry);
    else
        buf_append_text(data, "\n");
    return 0;
}

static int tell_current(void *data, const struct response *response)
{
    buf_append_format(data, "counts: %02x of group %u\n", response->respondent[0], response->group);
    return 0;
}

static int tell_cell(void *data, uint32_t period, uint32_t group, const void *bytes, size_t size)
{
    buf_append_format(data, "cell %u %u: %zu bytes, first %d\n", period, group, size,
                      *(const uint8_t *)bytes);
    return 0;
}

static int tell_indicator(void *data, uint32_t id, const char *name)
{
    buf_append_format(data, "indicator %u %s\n", id, name);
    return 0;
}

static int tell_result(void *data, const struct store_result *result)
{
    buf_append_format(data, "result %u %u: %g of %lld, %g to %g, %s%s\n", result->period, result->group,
                      result->value, (long long)result->n, result->ci[0], result->ci[1], result->extra,
                      result->published ? "" : " withheld");
    return 0;
}

static int tell_stale(void *data, uint32_t period, uint32_t group, bool decided)
{
    buf_append_format(data, "stale %u %u%s\n", period, group, decided ? "" : " undecided");
    return 0;
}

static int tell_first(struct store_view *view, struct buf *said, struct error *error)
{
    struct buf body = {0};
    bool found;
    int result = store_groups(view, tell_group, said, error);
    if (result == 0)
        result = store_periods(view, tell_period, said, error);
    if (result == 0)
        result = store_items(view, tell_item, said, error);
    if (result == 0)
        result = store_log_after(view, 0, 100, tell_entry, said, error);
    if (result == 0)
        result = store_current_responses(view, tell_current, said, error);
    if (result == 0)
        result = store_cells(view, 1, tell_cell, said, error);
    if (result == 0)
        result = store_indicators(view, tell_indicator, said, error);
    if (result == 0)
        result = store_results(view, 1, 0, tell_result, said, error);
    if (result == 0)
        result = store_stale(view, 1, 10, tell_stale, said, error);
    if (result == 0)
        result = store_document_get(view, "host", "feed:m", &body, &found, error);
    if (result == 0)
        buf_append_format(said, "document %.*s\n", (int)body.size, (const char *)body.data);
    buf_free(&body);
    return result;
}

static int tell_alert(void *data, uint32_t id, const char *name)
{
    buf_append_format(data, "alert %u %s\n", id, name);
    return 0;
}

static int tell_state(void *data, const struct store_alert_state *state)
{
    buf_append_format(data, "state %u %u: %d since %lld\n", state->alert, state->group, state->stage,
                      (long long)state->since);
    return 0;
}

static int tell_due(void *data, uint32_t group)
{
    buf_append_format(data, "due %u\n", group);
    return 0;
}

static int tell_news(void *data, uint64_t position, const char *body)
{
    buf_append_format(data, "news %llu %s\n", (unsigned long long)position, body);
    return 0;
}

static int tell_second(struct store_view *view, struct buf *said, struct error *error)
{
    if (store_alerts(view, tell_alert, said, error) != 0 ||
        store_alert_states(view, 0, tell_state, said, error) != 0 ||
        store_alert_due(view, 1, 10, tell_due, said, error) != 0)
        return -1;
    return store_alert_log_after(view, 0, 10, tell_news, said, error);
}

static int tell_third(struct store_view *view, struct buf *said, struct error *error)
{
    static const uint8_t actor[PSEUDONYM_SIZE] = {0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33,
                                                  0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33};
    uint32_t who, did, what;
    if (store_subject_find(view, STORE_ACTOR, actor, sizeof actor, &who, error) != 0 ||
        store_subject_find(view, STORE_VERB, "viewed", 6, &did, error) != 0 ||
        store_subject_find(view, STORE_OBJECT, "page", 4, &what, error) != 0)
        return -1;
    buf_append_format(said, "subjects %u %u %u\n", who, did, what);
    return 0;
}

static int tell_refused(void *data, const struct store_refused *refused)
{
    buf_append_format(data, "refused %llu: %s %llu %s %s, heading %u\n", (unsigned long long)refused->id,
                      refused->document, (unsigned long long)refused->row,
                      refused->column ? refused->column : "-", refused->reason, refused->heading);
    if (refused->body)
        buf_append_format(data, "kept %s %s\n", refused->heading_text, refused->body);
    return 0;
}

static int tell_sixth(struct store_view *view, struct buf *said, struct error *error)
{
    const struct quarantine_choice choice = {.feed = "m"};
    struct quarantine_figures figures;
    bool found;
    if (store_quarantine(view, &choice, 0, 10, tell_refused, said, error) != 0 ||
        store_quarantine_get(view, "m", 7, tell_refused, said, &found, error) != 0 ||
        store_quarantine_figures(view, "m", &figures, error) != 0)
        return -1;
    buf_append_format(said, "quarantine %llu %llu %llu\n", (unsigned long long)figures.rows,
                      (unsigned long long)figures.bytes, (unsigned long long)figures.missed);
    return 0;
}

static int tell_audited(void *data, const struct store_audit *entry)
{
    buf_append_format(data, "audit %llu: %s %s by %lld\n", (unsigned long long)entry->position, entry->what,
                      entry->facts, (long long)entry->user);
    return 0;
}

static int tell_audit(struct store_view *view, struct buf *said, struct error *error)
{
    struct store_audit_verdict verdict;
    if (store_audit_after(view, 0, 10, tell_audited, said, error) != 0 ||
        store_audit_check(view, &verdict, error) != 0)
        return -1;
    buf_append_format(said, "audit of %llu, broken %llu\n", (unsigned long long)verdict.entries,
                      (unsigned long long)verdict.broken);
    return 0;
}

static int tell_forgetting(struct store_view *view, struct buf *said, struct error *error)
{
    struct store_forgetting forgetting;
    bool found;
    if (store_forget_first(view, &forgetting, &found, error) != 0)
        return -1;
    if (found)
        buf_append_format(said, "forgetting %llu of %02x in stage %d: %llu\n",
                          (unsigned long long)forgetting.id, forgetting.person[0], forgetting.stage,
                          (unsigned long long)forgetting.responses);
    return 0;
}

static int tell_all(struct store_tx *tx, void *data, struct error *error)
{
    struct store_view *view = store_tx_view(tx);
    struct buf *said = data;
    if (tell_first(view, said, error) != 0 || tell_second(view, said, error) != 0 ||
        tell_third(view, said, error) != 0 || tell_sixth(view, said, error) != 0 ||
        tell_audit(view, said, error) != 0 || tell_forgetting(view, said, error) != 0)
        return -1;
    buf_put_u8(said, 0);
    return 0;
}

static const char first_said[] =
    "group 1 school S\ngroup 2 team S/A%2FB\nperiod 1 survey:m 2025 1000\nitem 1 a\n"
    "entry 1: 11 answers 3\nentry 2: 11 answers 4 instead of 3\nentry 3: 22 answers 5\n"
    "entry 4: nothing instead of 5\n";
static const char then_said[] = "counts: 11 of group 2\ncell 1 2: 2 bytes, first 8\nindicator 1 mean\n"
                                "result 1 2: 4.5 of 6, 4 to 5, {\"x\":1}";

static const char quarantine_said[] =
    "refused 7: e.csv 5 a wrong, heading 1\nrefused 8: e.csv 6 - worse, heading 0\n"
    "refused 7: e.csv 5 a wrong, heading 1\nkept {\"columns\":[]} {\"cells\":[]}\n"
    "quarantine 2 43 3\n";

static void assert_all_is_there(struct shelf *shelf, int version)
{
    struct buf said = {0};
    run(shelf, tell_all, &said);
    char *expected = mem_format(
        "%s%s%s%s%s%s%s%s%s", first_said,
        version < 3 ? "" : "entry 5: event of 2: 1 2 3 {} at 1700000000000\n", then_said,
        version < 5 ? " withheld\nstale 1 2 undecided\ndocument {}\n" : "\nstale 1 2\ndocument {}\n",
        version < 2 ? "" : "alert 1 drop\nstate 1 2: 2 since 1000\ndue 2\nnews 3 {\"alert\":\"drop\"}\n",
        version < 3 ? "subjects 0 0 0\n" : "subjects 1 2 3\n",
        version < 6 ? "quarantine 0 0 0\n" : quarantine_said,
        version < 7 ? "audit of 0, broken 0\n" : "audit 1: import {} by 1000\naudit of 1, broken 0\n",
        version < 8 ? "" : "forgetting 4 of 22 in stage 2: 3\n");
    assert_string_equal((const char *)said.data, expected);
    free(expected);
    buf_free(&said);
}

/* ---- and works ----------------------------------------------------------------------------------------- */

struct written {
    enum store_outcome same, other, withdrawn, event, event_again;
    uint64_t position;
    uint32_t group, subject, alert;
};

static int write_responses(struct store_tx *tx, struct written *written, struct error *error)
{
    struct response response = {.period = 1, .group = 2, .submitted = 1000};
    uint64_t ignored;
    memset(response.respondent, 0x11, sizeof response.respondent);
    response_add(&response, 1, 4);
    int result = store_append_response(tx, &response, &written->same, &ignored, error);
    response.values[0] = 2;
    if (result == 0)
        result = store_append_response(tx, &response, &written->other, &ignored, error);
    if (result == 0)
        result = store_append_withdrawal(tx, 1, response.respondent, &written->withdrawn, &ignored, error);
    response_free(&response);
    return result;
}

static int write_rest(struct store_tx *tx, void *data, struct error *error)
{
    struct written *written = data;
    const struct store_alert_state state = {.alert = 1, .group = 2, .stage = 1, .body = "{}"};
    const uint8_t id[16] = {7};
    if (write_responses(tx, written, error) != 0 ||
        store_group_intern(tx, 1, "team", "A/B", &written->group, error) != 0 ||
        store_alert_intern(tx, "drop", &written->alert, error) != 0 ||
        store_alert_state_put(tx, &state, error) != 0 || store_alert_log_append(tx, "{}", error) != 0 ||
        store_subject_intern(tx, STORE_VERB, "viewed", 6, &written->subject, error) != 0 ||
        store_append_event(tx, id, 1, "x", 1, &written->event, &written->position, error) != 0)
        return -1;
    return store_append_event(tx, id, 1, "x", 1, &written->event_again, &written->position, error);
}

/* A row of its own, and then all that is there is dropped. */
static int write_quarantine(struct store_tx *tx, void *data, struct error *error)
{
    struct store_refused refused = {.feed = "m",
                                    .document = "f",
                                    .delivery = 9,
                                    .row = 1,
                                    .reason = "r",
                                    .heading_text = "h",
                                    .body = "b"};
    const struct quarantine_choice choice = {.feed = "m"};
    bool kept;
    if (store_quarantine_keep(tx, &refused, &kept, error) != 0)
        return -1;
    return store_quarantine_drop(tx, &choice, data, error);
}

static void assert_quarantine_works(struct shelf *shelf, int version)
{
    struct buf said = {0};
    uint64_t rows;
    run(shelf, write_quarantine, &rows);
    assert_int_equal(rows, version < 6 ? 1 : 3);
    run(shelf, tell_all, &said);
    assert_non_null(strstr((const char *)said.data, "quarantine 0 0 0\n"));
    buf_free(&said);
}

static void assert_all_works(struct shelf *shelf, int version)
{
    struct written written = {0};
    run(shelf, write_rest, &written);
    assert_int_equal(written.same, STORE_DUPLICATE);
    assert_int_equal(written.other, STORE_REPLACED);
    assert_int_equal(written.withdrawn, STORE_ACCEPTED);
    assert_int_equal(written.event, STORE_ACCEPTED);
    assert_int_equal(written.event_again, STORE_DUPLICATE);
    assert_int_equal(written.position, version < 3 ? 7 : 8);
    assert_int_equal(written.group, 2);
    assert_int_equal(written.alert, 1);
    assert_int_equal(written.subject, version < 3 ? 1 : 2);
}

static int write_audit(struct store_tx *tx, void *data, struct error *error)
{
    const struct store_audit entry = {.at = 1, .user = AUDIT_NOBODY, .what = "try", .facts = "{}"};
    return store_audit_append(tx, &entry, error) == 0 ? store_audit_check(store_tx_view(tx), data, error)
                                                      : -1;
}

static void assert_audit_works(struct shelf *shelf, int version)
{
    struct store_audit_verdict verdict;
    run(shelf, write_audit, &verdict);
    assert_int_equal(verdict.entries, version < 7 ? 1 : 2);
    assert_int_equal(verdict.broken, 0);
}

static int take_forget_step(struct store_tx *tx, struct store_forgetting *forgetting, struct error *error)
{
    struct forget_stretch stretch = {0};
    int result = -1;
    switch (forgetting->stage) {
    case FORGET_FILES:
        return store_forget_files_done(tx, forgetting, error);
    case FORGET_LOG:
        result = store_forget_read(store_tx_view(tx), forgetting, &stretch, error);
        if (result == 0)
            result = store_forget_note(tx, forgetting, &stretch, error);
        free(stretch.entries);
        return result;
    case FORGET_PURGE:
        return store_forget_purge(tx, forgetting, error);
    case FORGET_SCRUB:
        return store_forget_done(tx, forgetting->id, error);
    }
    return result;
}

static int forget_all(struct store_tx *tx, void *data, struct error *error)
{
    uint8_t person[PSEUDONYM_SIZE];
    struct store_forgetting forgetting;
    bool found = true;
    memset(person, 0x22, sizeof person);
    int result = store_forget_begin(tx, person, 1000, data, error);
    while (result == 0 && found) {
        result = store_forget_first(store_tx_view(tx), &forgetting, &found, error);
        if (result == 0 && found)
            result = take_forget_step(tx, &forgetting, error);
    }
    return result;
}

static void assert_forgetting_works(struct shelf *shelf, int version)
{
    struct buf said = {0};
    uint64_t id;
    run(shelf, forget_all, &id);
    assert_int_equal(id, version < 8 ? 1 : 5);
    run(shelf, tell_all, &said);
    assert_non_null(strstr((const char *)said.data, "entry 2: "));
    assert_null(strstr((const char *)said.data, "entry 3: "));
    assert_null(strstr((const char *)said.data, "entry 4: "));
    buf_free(&said);
}

/* ---- tests --------------------------------------------------------------------------------------------- */

static char *schema_of(const struct shelf *shelf)
{
    sqlite3 *handle = open_file(shelf);
    sqlite3_stmt *select;
    struct buf text = {0};
    assert_int_equal(sqlite3_prepare_v2(handle,
                                        "SELECT coalesce(sql, name) FROM sqlite_schema UNION ALL SELECT "
                                        "user_version FROM pragma_user_version ORDER BY 1",
                                        -1, &select, NULL),
                     SQLITE_OK);
    while (sqlite3_step(select) == SQLITE_ROW)
        buf_append_format(&text, "%s\n", (const char *)sqlite3_column_text(select, 0));
    buf_put_u8(&text, 0);
    sqlite3_finalize(select);
    sqlite3_close(handle);
    return (char *)text.data;
}

static void every_earlier_version_opens(void **state)
{
    struct shelf *fresh = *state;
    open_store(fresh);
    close_store(fresh);
    char *wanted = schema_of(fresh);
    for (int version = 1; version <= VERSIONS; version++) {
        void *other;
        assert_int_equal(make_shelf(&other), 0);
        struct shelf *shelf = other;
        write_store(shelf, version);
        open_store(shelf);
        assert_all_is_there(shelf, version);
        close_store(shelf);
        char *schema = schema_of(shelf);
        assert_string_equal(schema, wanted);
        free(schema);
        open_store(shelf);
        assert_all_is_there(shelf, version);
        assert_all_works(shelf, version);
        assert_quarantine_works(shelf, version);
        assert_audit_works(shelf, version);
        assert_forgetting_works(shelf, version);
        assert_int_equal(remove_shelf(&other), 0);
    }
    free(wanted);
}

/* What was shown before there were decisions is shown again once there is one. */
static void results_wait_for_a_first_decision(void **state)
{
    struct shelf *shelf = *state;
    struct buf said = {0};
    write_store(shelf, 4);
    sqlite3 *handle = open_file(shelf);
    execute(handle, "DELETE FROM stale");
    sqlite3_close(handle);
    open_store(shelf);
    run(shelf, tell_all, &said);
    assert_non_null(strstr((const char *)said.data, " withheld\nstale 1 2 undecided\n"));
    buf_free(&said);
}

static void every_version_is_tried(void **state)
{
    (void)state;
    assert_int_equal(schema_version(), VERSIONS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_earlier_version_opens, make_shelf, remove_shelf),
        cmocka_unit_test_setup_teardown(results_wait_for_a_first_decision, make_shelf, remove_shelf),
        cmocka_unit_test(every_version_is_tried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
