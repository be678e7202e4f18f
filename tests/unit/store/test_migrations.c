/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A store of every earlier version opens, and everything in it is there and works. */
#include "forgetting.h"
#include "store/audit.h"
#include "store/events.h"
#include "store/forget.h"
#include "store/internal.h"
#include "store/quarantine.h"
#include "versions.h"

#include "base/mem.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

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
        execute(handle, store_versions[i].schema);
        execute(handle, store_versions[i].rows);
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
    buf_append_format(data, "period %u %s %s %lld to %lld\n", period->id, period->calendar, period->label,
                      (long long)period->starts, (long long)period->latest);
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
    buf_append_format(said, "event%s of %u: %u %u %u at %lld\n", result ? " DAMAGED" : "", event.group,
                      event.actor, event.verb, event.object, (long long)entry->time);
    event_free(&event);
}

static int tell_entry(void *data, const struct store_entry *entry)
{
    buf_append_format(data, "entry %llu: ", (unsigned long long)entry->position);
    if (entry->response)
        buf_append_format(data, "%s%02x answers %g", entry->response->partial ? "part " : "",
                          entry->response->respondent[0], response_value(entry->response, 1));
    if (entry->before)
        buf_append_format(data, "%s instead of %g", log_is_withdrawal(entry->kind) ? "nothing" : "",
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

static int tell_pending(void *data, uint32_t period, uint32_t group, uint32_t input, const void *bytes,
                        size_t size)
{
    buf_append_format(data, "pending %u %u of %u: %zu bytes, first %d\n", period, group, input, size,
                      *(const uint8_t *)bytes);
    return 0;
}

static int tell_moved(void *data, uint32_t period, uint32_t group, int64_t people)
{
    buf_append_format(data, "moved %u to %u: %lld\n", period, group, (long long)people);
    return 0;
}

static int tell_release(void *data, uint32_t period, uint32_t group, uint64_t position, bool wanted)
{
    buf_append_format(data, "released %u %u up to %llu%s\n", period, group, (unsigned long long)position,
                      wanted ? ", wanted" : "");
    return 0;
}

static int tell_withheld(void *data, uint32_t group, uint32_t indicator)
{
    buf_append_format(data, "withheld %u of %u\n", group, indicator);
    return 0;
}

static int tell_tenth(struct store_view *view, struct buf *said, struct error *error)
{
    if (store_pending(view, 0, tell_pending, said, error) != 0 ||
        store_releases(view, tell_release, said, error) != 0 ||
        store_moved(view, tell_moved, said, error) != 0)
        return -1;
    return store_withheld(view, 1, tell_withheld, said, error);
}

static int tell_member(void *data, const void *bytes, size_t size)
{
    buf_append_format(data, "member: %zu bytes, first %d\n", size, *(const uint8_t *)bytes);
    return 0;
}

static int tell_all(struct store_tx *tx, void *data, struct error *error)
{
    struct store_view *view = store_tx_view(tx);
    struct buf *said = data;
    if (tell_first(view, said, error) != 0 || tell_second(view, said, error) != 0 ||
        tell_third(view, said, error) != 0 || tell_sixth(view, said, error) != 0 ||
        tell_audit(view, said, error) != 0 || tell_forgetting(view, said, error) != 0 ||
        tell_tenth(view, said, error) != 0 ||
        store_members(view, &(struct store_member){1, 1, 2, 0, 0}, tell_member, said, error) != 0)
        return -1;
    buf_put_u8(said, 0);
    return 0;
}

static const char groups_said[] = "group 1 school S\ngroup 2 team S/A%2FB\n";
static const char first_said[] =
    "item 1 a\nentry 1: 11 answers 3\nentry 2: 11 answers 4 instead of 3\nentry 3: 22 answers 5\n"
    "entry 4: nothing instead of 5\n";
static const char then_said[] = "counts: 11 of group 2\ncell 1 2: 2 bytes, first 8\nindicator 1 mean\n"
                                "result 1 2: 4.5 of 6, 4 to 5, {\"x\":1}";

static const char quarantine_said[] =
    "refused 7: e.csv 5 a wrong, heading 1\nrefused 8: e.csv 6 - worse, heading 0\n"
    "refused 7: e.csv 5 a wrong, heading 1\nkept {\"columns\":[]} {\"cells\":[]}\n"
    "quarantine 2 43 3\n";

/* Of what an earlier version left everything is released, up to the end of its log. */
static const char *released_said(int version)
{
    if (version >= 10)
        return "pending 1 2 of 1: 2 bytes, first 9\nreleased 1 0 up to 2\nreleased 1 2 up to 3, wanted\n"
               "moved 1 to 2: 4\nwithheld 1 of 1\n";
    return version >= 3 ? "released 1 0 up to 5\n" : "released 1 0 up to 4\n";
}

static int tell_found(void *data, const struct store_event_found *found)
{
    buf_append_format(data, "found %llu: %02x %s of %lld\n", (unsigned long long)found->position,
                      found->id[0], found->raw, (long long)found->stored);
    return 0;
}

static int tell_found_by_id(struct store_tx *tx, uint8_t digit, struct buf *said, struct error *error)
{
    uint8_t id[16];
    struct store_event_page page;
    memset(id, digit, sizeof id);
    const struct store_event_question question = {.id = id, .limit = 1, .most_bytes = SIZE_MAX};
    return store_events_find(&tx->view, &question, tell_found, said, &page, error);
}

static int tell_events(struct store_tx *tx, void *data, struct error *error)
{
    struct store_event_page page;
    const struct store_event_question all = {
        .since = INT64_MIN, .until = INT64_MIN, .ascending = true, .limit = 10, .most_bytes = SIZE_MAX};
    if (store_events_find(&tx->view, &all, tell_found, data, &page, error) != 0 ||
        tell_found_by_id(tx, 0x44, data, error) != 0 || tell_found_by_id(tx, 0x66, data, error) != 0)
        return -1;
    struct store_figures figures;
    if (store_figures(&tx->view, &figures, error) != 0)
        return -1;
    buf_append_format(data, "%llu since %lld", (unsigned long long)figures.events, (long long)figures.since);
    buf_put_u8(data, 0);
    return 0;
}

/* Events are kept since version 12; one of them is packed. How many there are is kept since version 15: the
 * log of before says it, and has one. */
static void assert_events_are_there(struct shelf *shelf, int version)
{
    struct buf said = {0};
    run(shelf, tell_events, &said);
    char *expected = mem_format("%s%d since %lld",
                                version < 12 ? ""
                                             : "found 3: 66 [] of 1600000000000\n"
                                               "found 5: 44 {} of 1700000000000\n"
                                               "found 5: 44 {} of 1700000000000\n"
                                               "found 3: 66 [] of 1600000000000\n",
                                version < 3    ? 0
                                : version < 15 ? 1
                                               : 2,
                                version < 12 ? 0LL : 1600000000000LL);
    assert_string_equal((const char *)said.data, expected);
    free(expected);
    buf_free(&said);
}

static void assert_all_is_there(struct shelf *shelf, int version)
{
    struct buf said = {0};
    run(shelf, tell_all, &said);
    char *expected = mem_format(
        "%speriod 1 survey:m 2025 1000 to %d\n%s%s%s%s%s%s%s%s%s%s%s", groups_said,
        version < 10 ? 1000 : 2000, first_said,
        version < 3 ? "" : "entry 5: event of 2: 1 2 3 at 1700000000000\n", then_said,
        version < 5 ? " withheld\nstale 1 2 undecided\ndocument {}\n" : "\nstale 1 2\ndocument {}\n",
        version < 2 ? "" : "alert 1 drop\nstate 1 2: 2 since 1000\ndue 2\nnews 3 {\"alert\":\"drop\"}\n",
        version < 3 ? "subjects 0 0 0\n" : "subjects 1 2 3\n",
        version < 6 ? "quarantine 0 0 0\n" : quarantine_said,
        version < 7 ? "audit of 0, broken 0\n" : "audit 1: import {} by 1000\naudit of 1, broken 0\n",
        version < 8 ? "" : "forgetting 4 of 22 in stage 2: 3\n", released_said(version),
        version < 13 ? "" : "member: 2 bytes, first 1\n");
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
    const struct event facts = {.actor = 1};
    const struct store_event event = {.id = {7}, .time = 1, .facts = &facts, .raw = "x", .raw_size = 1};
    if (write_responses(tx, written, error) != 0 ||
        store_group_intern(tx, 1, "team", "A/B", &written->group, error) != 0 ||
        store_alert_intern(tx, "drop", &written->alert, error) != 0 ||
        store_alert_state_put(tx, &state, error) != 0 || store_alert_log_append(tx, "{}", error) != 0 ||
        store_subject_intern(tx, STORE_VERB, "viewed", 6, &written->subject, error) != 0 ||
        store_event_append(tx, &event, &written->event, &written->position, error) != 0)
        return -1;
    return store_event_append(tx, &event, &written->event_again, &written->position, error);
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

static int forget_all(struct store_tx *tx, void *data, struct error *error)
{
    uint8_t person[PSEUDONYM_SIZE];
    memset(person, 0x22, sizeof person);
    return store_forget_begin(tx, person, 1000, data, error) == 0 ? forget_steps(tx, NULL, error) : -1;
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
    for (int version = 1; version <= (int)store_version_count; version++) {
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
        assert_events_are_there(shelf, version);
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

/* Only in waves somebody waits; and one of which no time is known has none. */
static void earlier_waves_are_released_and_closed(void **state)
{
    struct shelf *shelf = *state;
    struct buf said = {0};
    write_store(shelf, 9);
    sqlite3 *handle = open_file(shelf);
    execute(handle, "INSERT INTO period VALUES (2, 'week', '2025-W01', 3000),"
                    "  (3, 'survey:m', '2026', -9223372036854775808), (4, 'survey', 'x', 4000);");
    sqlite3_close(handle);
    open_store(shelf);
    run(shelf, tell_all, &said);
    assert_non_null(strstr((const char *)said.data,
                           "period 1 survey:m 2025 1000 to 1000\n"
                           "period 2 week 2025-W01 3000 to -9223372036854775808\n"
                           "period 3 survey:m 2026 -9223372036854775808 to -9223372036854775808\n"
                           "period 4 survey x 4000 to -9223372036854775808\n"));
    assert_non_null(strstr((const char *)said.data, "released 1 0 up to 5\nreleased 3 0 up to 5\n"));
    buf_free(&said);
}

static int tell_withheld_of_all(struct store_tx *tx, void *data, struct error *error)
{
    for (uint32_t period = 1; period <= 3; period++) {
        buf_append_format(data, "period %u\n", period);
        if (store_withheld(store_tx_view(tx), period, tell_withheld, data, error) != 0)
            return -1;
    }
    buf_put_u8(data, 0);
    return 0;
}

/* Where nothing was published, nothing has been shown that could tell of what was not. */
static void what_was_withheld_stays_withheld(void **state)
{
    struct shelf *shelf = *state;
    struct buf said = {0};
    write_store(shelf, 9);
    sqlite3 *handle = open_file(shelf);
    execute(
        handle,
        "INSERT INTO period VALUES (2, 'week', '2025-W01', 3000), (3, 'survey:m', '2026', 4000);"
        "INSERT INTO publication VALUES (1, 3, 1, 1), (2, 2, 1, 1);"
        "INSERT INTO result (period, grp, indicator, kind, value, reason, n, computed_at) VALUES"
        "  (1, 3, 1, 0, NULL, NULL, 9, 1), (1, 4, 1, 0, NULL, NULL, 3, 1), (1, 4, 2, 0, NULL, NULL, 1, 1),"
        "  (1, 5, 1, 0, NULL, NULL, 0, 1), (1, 6, 1, 0, NULL, 'too few', 3, 1), (1, 7, 1, 1, 4.5, NULL, 3, "
        "1),"
        "  (2, 8, 1, 0, NULL, NULL, 3, 1), (3, 8, 1, 0, NULL, NULL, 3, 1);");
    sqlite3_close(handle);
    open_store(shelf);
    run(shelf, tell_withheld_of_all, &said);
    assert_string_equal((const char *)said.data,
                        "period 1\nwithheld 4 of 1\nwithheld 4 of 2\nperiod 2\nperiod 3\n");
    buf_free(&said);
}

/* A limit on the size of files is the full disk that a test can have. */
static int open_with(struct shelf *shelf, rlim_t room, struct error *error)
{
    struct rlimit usual, tight = {.rlim_cur = room};
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &usual);
    tight.rlim_max = usual.rlim_max;
    setrlimit(RLIMIT_FSIZE, &tight);
    const int opened = store_open(&shelf->store, &shelf->loop, shelf->folder, error);
    setrlimit(RLIMIT_FSIZE, &usual);
    return opened;
}

/* There is room for a question, of 32 KiB, and not for all that is to be written. */
static void a_full_disk_stops_the_start_and_passes(void **state)
{
    enum { LITTLE = 8192, SOME = 40000, VERSION = 13 }; /* whose blocks are written once more */
    static const char said[] =
        "the disk is full, or cannot be written; free some space and start wijzerd again: "
        "the store is as it was";
    struct shelf *shelf = *state;
    struct error little = {0}, some = {0};
    write_store(shelf, VERSION);
    sqlite3 *handle = open_file(shelf);
    execute(handle, "UPDATE event_block SET body = zeroblob(100000)"); /* which are written once more */
    sqlite3_close(handle);
    assert_int_equal(open_with(shelf, LITTLE, &little), -1);
    assert_int_equal(open_with(shelf, SOME, &some), -1);
    char *wanted_little = mem_format("%s/wijzer.db: %s", shelf->folder, said);
    char *wanted_some = mem_format("%s/wijzer.db: bringing the store from version %d to %d: %s",
                                   shelf->folder, VERSION, VERSION + 1, said);
    assert_string_equal(little.text, wanted_little);
    assert_string_equal(some.text, wanted_some);
    assert_true(little.kind == ERROR_FULL && some.kind == ERROR_FULL);
    free(wanted_little);
    free(wanted_some);
    open_store(shelf);
    assert_all_is_there(shelf, VERSION);
}

static void every_version_is_tried(void **state)
{
    (void)state;
    assert_int_equal(schema_version(), store_version_count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_earlier_version_opens, make_shelf, remove_shelf),
        cmocka_unit_test_setup_teardown(results_wait_for_a_first_decision, make_shelf, remove_shelf),
        cmocka_unit_test_setup_teardown(earlier_waves_are_released_and_closed, make_shelf, remove_shelf),
        cmocka_unit_test_setup_teardown(what_was_withheld_stays_withheld, make_shelf, remove_shelf),
        cmocka_unit_test_setup_teardown(a_full_disk_stops_the_start_and_passes, make_shelf, remove_shelf),
        cmocka_unit_test(every_version_is_tried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
