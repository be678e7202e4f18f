/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "base/json.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

static const double mebibyte = 1 << 20;

static void add_row(struct table *table, const char *what, char *text)
{
    table_cell(table, what);
    table_cell(table, text);
    free(text);
}

static void add_waiting(struct table *table, double groups)
{
    if (groups == 1)
        add_row(table, "waiting",
                mem_copy_text("1 group waits for more answers before its new values are shown"));
    else if (groups > 1)
        add_row(table, "waiting",
                mem_format("%.0f groups wait for more answers before their new values are shown", groups));
}

/* Rounded down: all of it is more than nearly all. */
static void add_backfill(struct table *table, const cJSON *backfill)
{
    if (cJSON_IsObject(backfill))
        add_row(table, "backfill",
                mem_format(
                    "%d %%: what scripts ask for anew is added up from the beginning; all else stays current",
                    (int)(100 * json_amount(backfill, "done"))));
}

/* Which feeds they come of, and how many each has brought: these are of ever, also of people who have been
 * forgotten since. NULL: no feed brings any. */
static char *list_event_feeds(const cJSON *feeds)
{
    struct buf list = {0};
    const cJSON *feed;
    cJSON_ArrayForEach(feed, feeds)
    {
        const char *last = json_text(feed, "last_at");
        if (json_text(feed, "instrument"))
            continue;
        buf_append_format(&list, "; feed %s (%s) has taken %.0f", json_text(feed, "name"),
                          json_text(feed, "plugin"), json_amount(feed, "accepted"));
        if (last)
            buf_append_format(&list, ", the last at %s", last);
    }
    if (list.size)
        buf_put_u8(&list, '\0');
    return (char *)list.data;
}

static void add_events(struct table *table, const cJSON *store, const cJSON *feeds)
{
    const char *since = json_text(store, "events_since");
    char *list = list_event_feeds(feeds);
    if (list || since)
        add_row(table, "events",
                mem_format("%.0f kept%s%s%s", json_amount(store, "events"), since ? " since " : "",
                           since ? since : "", list ? list : ""));
    free(list);
}

static void add_ahead(struct table *table, const char *period)
{
    if (period)
        add_row(
            table, "dated ahead",
            mem_format("there are events of days to come, as far as %s: a clock was wrong where they come "
                       "from, perhaps; they count there, and are nobody's latest until then",
                       period));
}

static void add_general(struct table *table, const cJSON *status)
{
    const cJSON *store = json_get(status, "store"), *engine = json_get(status, "engine"),
                *scripts = json_get(status, "scripts");
    add_row(table, "version", mem_copy_text(json_text(status, "version")));
    add_row(table, "running for", mem_format("%.0f s", json_amount(status, "uptime_seconds")));
    add_row(table, "store",
            mem_format("%.0f responses, %.0f events, %.0f entries of all kinds in the log, %.1f MB",
                       json_amount(store, "rows"), json_amount(store, "events"),
                       json_amount(engine, "log_end"), json_amount(store, "bytes") / 1e6));
    add_events(table, store, json_get(status, "feeds"));
    add_row(table, "engine",
            json_true(engine, "idle")
                ? mem_format("%.0f indicators, all current", json_amount(engine, "indicators"))
                : mem_format("%.0f indicators, %.0f rows behind", json_amount(engine, "indicators"),
                             json_amount(engine, "lag")));
    add_waiting(table, json_amount(engine, "waiting"));
    add_backfill(table, json_get(engine, "backfill"));
    add_ahead(table, json_text(store, "dated_ahead"));
    add_row(table, "scripts",
            mem_format("%.0f active, %.0f failed, %.0f quarantined; %.1f of %.0f MiB of memory",
                       json_amount(scripts, "active"), json_amount(scripts, "failed"),
                       json_amount(scripts, "quarantined"), json_amount(scripts, "memory_bytes") / mebibyte,
                       json_amount(scripts, "memory_limit_bytes") / mebibyte));
    add_row(table, "memory",
            mem_format("%.1f MB", json_amount(json_get(status, "memory"), "resident_bytes") / 1e6));
}

static bool add_trouble(struct table *table, const cJSON *status, const char *part, const char *label)
{
    const char *trouble = json_text(json_get(status, part), "error");
    if (trouble)
        add_row(table, label, mem_copy_text(trouble));
    return trouble != NULL;
}

static bool add_feed_troubles(struct table *table, const cJSON *status, const char *key, const char *label)
{
    const cJSON *feed;
    bool any = false;
    cJSON_ArrayForEach(feed, json_get(status, "feeds"))
    {
        const char *trouble = json_text(feed, key);
        if (!trouble)
            continue;
        add_row(table, label, mem_format("%s: %s", json_text(feed, "name"), trouble));
        any = true;
    }
    return any;
}

/* What needs somebody's attention. false: nothing does. */
static bool add_troubles(struct table *table, const cJSON *status)
{
    const cJSON *element;
    bool any = add_trouble(table, status, "store", "store error");
    any |= add_trouble(table, status, "engine", "engine error");
    any |= add_trouble(table, status, "uploads", "uploads refused");
    any |= add_feed_troubles(table, status, "error", "feed failed");
    any |= add_feed_troubles(table, status, "watch_problem", "feed's folder");
    any |= add_feed_troubles(table, status, "last_error", "last document refused");
    any |= add_feed_troubles(table, status, "refusal", "request refused");
    cJSON_ArrayForEach(element, json_get(json_get(status, "scripts"), "errors"))
    {
        add_row(table, "script error", mem_copy_text(json_text(element, "error")));
        any = true;
    }
    return any;
}

static int run_status(const struct options *options)
{
    struct answer answer;
    if (options->argument_count)
        return usage("'%s' is one word too many; see wijzer status --help", options->arguments[0]);
    if (client_ask(options, "/v1/status", &answer) != STATUS_GOOD)
        return STATUS_FAILED;
    if (options->format == FORMAT_JSON) {
        puts((const char *)answer.body.data);
    } else {
        struct table table = {0};
        table_column(&table, "what", false);
        table_column(&table, "is", false);
        add_general(&table, answer.json);
        add_troubles(&table, answer.json);
        table_print(&table, options->format);
        table_free(&table);
    }
    answer_free(&answer);
    return STATUS_GOOD;
}

const struct command command_status = {
    .name = "status",
    .summary = "how wijzerd is, and what needs attention",
    .help = "Usage: wijzer status [--format table|csv|json]\n"
            "\n"
            "Shows how wijzerd is: what it holds (responses, and events of which feeds), whether every "
            "indicator is\n"
            "current, how many groups wait for more answers (`min_change`), and what needs attention: "
            "scripts and\n"
            "feeds that have failed, with file and line, documents that were refused, files that wait in a "
            "watched\n"
            "folder, and a disk that is full.\n",
    .options = "f",
    .run = run_status,
};
