/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wijzer script run and watch: the script goes into a wijzerd of our own, so that what is computed here is
 * computed as it will be. */
#include "cli/cli.h"
#include "cli/script/event_wants.h"
#include "cli/script/export_kind.h"
#include "cli/script/private_daemon.h"

#include "base/json.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WAIT_MS = 10, LOOK_MS = 300, PROBE_MS = 5000, LONGEST_ID = 64, PROBLEMS_SHOWN = 10 };

struct trial {
    const struct options *options;
    const char *path, *file; /* the script: as given, and its name */
    char *folder;
    struct export_kind kind;
    struct private_daemon daemon;
    struct options own; /* as `options`, with the daemon's socket */
    bool has_rows;      /* some were taken */
};

/* ---- the export ---------------------------------------------------------------------------------------- */

static void show_report(const cJSON *report)
{
    const cJSON *problem;
    int shown = 0;
    fprintf(stderr, "%.0f rows taken, %.0f rejected\n",
            json_amount(report, "accepted") + json_amount(report, "replaced") +
                json_amount(report, "duplicate"),
            json_amount(report, "rejected"));
    print_hints(stderr, report);
    print_outdated(stderr, report, PROBLEMS_SHOWN);
    cJSON_ArrayForEach(problem, json_get(report, "problems"))
    {
        const char *column = json_text(problem, "column"), *text = json_text(problem, "problem");
        if (shown++ == PROBLEMS_SHOWN)
            break;
        print_line(stderr, "  row %.0f%s%s: %s", json_amount(problem, "row"), column ? ", column " : "",
                   column ? column : "", text ? text : "");
    }
}

static bool goes_on(void *data, uint64_t sent, uint64_t total)
{
    (void)data;
    (void)sent;
    (void)total;
    return !is_interrupted();
}

static int send_export(struct trial *trial)
{
    struct answer answer;
    struct error error;
    char *path = mem_format("/v1/feeds/%s?name=data", export_kind_feed(&trial->kind));
    const int unsent =
        client_post_file(trial->daemon.socket, path, trial->options->data, goes_on, NULL, &answer, &error);
    free(path);
    if (unsent)
        return is_interrupted() ? STATUS_FAILED : fail("%s", error.text);
    if (cJSON_HasObjectItem(answer.json, "accepted"))
        show_report(answer.json);
    trial->has_rows = json_amount(answer.json, "accepted") > 0;
    int status = json_amount(answer.json, "rejected") > 0 ? STATUS_FAILED : STATUS_GOOD;
    if (answer.status != 200) {
        const char *detail = json_text(answer.json, "detail");
        status = fail("%s: %s", trial->options->data, detail ? detail : "cannot be read");
        export_kind_doubt(&trial->kind, trial->options, trial->file);
    }
    answer_free(&answer);
    return status;
}

/* ---- probes: what the API does not tell of a scale is asked by scripts of our own -------------------------
 */

static void put_lua_text(struct buf *text, const char *string)
{
    buf_put_u8(text, '"');
    for (; *string; string++) {
        if (*string == '"' || *string == '\\' || *string == '\n')
            buf_put_u8(text, '\\');
        buf_put_u8(text, (uint8_t)*string);
    }
    buf_put_u8(text, '"');
}

static void put_lua_list(struct buf *text, const cJSON *array)
{
    const cJSON *element;
    cJSON_ArrayForEach(element, array)
    {
        put_lua_text(text, cJSON_GetStringValue(element));
        buf_append_text(text, ", ");
    }
}

static bool has_alpha(const cJSON *input)
{
    return strcmp(json_text(input, "kind"), "scale") == 0 && cJSON_GetArraySize(json_get(input, "items")) > 1;
}

/* NULL: it would be too long for an id. */
static char *probe_id(const cJSON *indicator, const cJSON *input)
{
    char *id = mem_format("alpha.%s.%s", json_text(indicator, "id"), json_text(input, "name"));
    if (strlen(id) <= LONGEST_ID)
        return id;
    free(id);
    return NULL;
}

static void put_probe(struct buf *text, const char *id, const cJSON *indicator, const cJSON *input)
{
    buf_append_text(text, "w.indicator { id = ");
    put_lua_text(text, id);
    buf_append_text(text, ", source = w.survey ");
    put_lua_text(text, json_text(indicator, "instrument"));
    buf_append_text(text, ", by = { ");
    put_lua_list(text, json_get(indicator, "levels"));
    buf_append_text(text, "}, inputs = { s = w.scale { ");
    put_lua_list(text, json_get(input, "items"));
    buf_append_format(text, "min_answered = %.0f } },\n", json_amount(input, "min_answered"));
    buf_append_text(text, "  compute = function(g) return g.s.alpha or w.no_value \"no alpha\" end }\n");
}

/* Does what was declared, an indicator or an alert, stand in the script? */
static bool is_ours(const struct trial *trial, const cJSON *declared)
{
    const char *script = json_text(declared, "script");
    return script && strcmp(script, trial->file) == 0;
}

static bool has_level(const cJSON *indicator, const char *wanted)
{
    const cJSON *level;
    cJSON_ArrayForEach(level, json_get(indicator, "levels"))
    {
        if (strcmp(cJSON_GetStringValue(level), wanted) == 0)
            return true;
    }
    return false;
}

/* A level that only some of the script's indicators have leaves the others out; one that none has is for the
 * daemon to refuse. */
static bool is_asked_for(const struct trial *trial, const cJSON *catalogue, const cJSON *indicator)
{
    const char *level = trial->options->level;
    const cJSON *other;
    if (!is_ours(trial, indicator))
        return false;
    if (!level || has_level(indicator, level))
        return true;
    cJSON_ArrayForEach(other, catalogue)
    {
        if (is_ours(trial, other) && has_level(other, level))
            return false;
    }
    return true;
}

/* How many there are is known by the last one's id, which is given; NULL: none. */
static char *write_probes(const struct trial *trial, const cJSON *catalogue)
{
    const cJSON *indicator, *input;
    struct buf text = {0};
    char *last = NULL, *path = mem_format("%s/wijzer-probes.lua", trial->daemon.probes);
    buf_append_text(&text, "local w = require \"wijzer\"\n");
    cJSON_ArrayForEach(indicator, catalogue)
    {
        cJSON_ArrayForEach(input, json_get(indicator, "inputs"))
        {
            char *id = is_ours(trial, indicator) && has_alpha(input) ? probe_id(indicator, input) : NULL;
            if (!id)
                continue;
            put_probe(&text, id, indicator, input);
            free(last);
            last = id;
        }
    }
    FILE *file = fopen(path, "we");
    if (file) {
        fwrite(text.data, 1, text.size, file);
        fclose(file);
    }
    buf_free(&text);
    free(path);
    return last;
}

static bool is_listed(const struct trial *trial, const char *id)
{
    struct answer answer;
    struct error error;
    const cJSON *indicator;
    bool found = false;
    if (client_get(trial->daemon.socket, "/v1/indicators?limit=10000", &answer, &error) != 0)
        return false;
    cJSON_ArrayForEach(indicator, json_get(answer.json, "indicators"))
    {
        found |= strcmp(json_text(indicator, "id"), id) == 0;
    }
    answer_free(&answer);
    return found;
}

static void probe(const struct trial *trial, const cJSON *catalogue)
{
    char *last = write_probes(trial, catalogue);
    for (long waited = 0; last && waited < PROBE_MS && !is_interrupted() && !is_listed(trial, last);
         waited += WAIT_MS)
        pause_ms(WAIT_MS);
    free(last);
}

/* ---- what came of it ----------------------------------------------------------------------------------- */

static int ask_values_of(const struct trial *trial, const char *id, const char *period, struct answer *answer)
{
    const struct options *options = trial->options;
    const struct parameter parameters[] = {
        {"level", options->level}, {"group", options->group}, {"period", period}, {NULL, NULL}};
    struct buf path = {0};
    buf_append_text(&path, "/v1/indicators/");
    client_escape(&path, id);
    client_parameters(&path, parameters);
    const int status = client_ask_pages(&trial->own, (const char *)path.data, "values", answer);
    buf_free(&path);
    return status;
}

static int ask_values(const struct trial *trial, const char *id, struct answer *answer)
{
    return ask_values_of(trial, id, trial->options->period, answer);
}

/* Gives every value an "alpha" with that of each scale, where there is one. */
static void add_alphas(const struct trial *trial, const cJSON *indicator, cJSON *values)
{
    const cJSON *input, *found;
    cJSON *value;
    cJSON_ArrayForEach(value, values)
    {
        cJSON_AddObjectToObject(value, "alpha");
    }
    cJSON_ArrayForEach(input, json_get(indicator, "inputs"))
    {
        struct answer answer;
        char *id = has_alpha(input) ? probe_id(indicator, input) : NULL;
        if (id && ask_values(trial, id, &answer) == STATUS_GOOD) {
            const cJSON *probes = json_get(answer.json, "values");
            cJSON_ArrayForEach(found, probes)
            {
                cJSON_ArrayForEach(value, values)
                {
                    if (strcmp(json_text(value, "group"), json_text(found, "group")) == 0 &&
                        strcmp(json_text(value, "period"), json_text(found, "period")) == 0)
                        cJSON_AddItemToObject(cJSON_GetObjectItemCaseSensitive(value, "alpha"),
                                              json_text(input, "name"),
                                              cJSON_Duplicate(json_get(found, "value"), true));
                }
            }
            answer_free(&answer);
        }
        free(id);
    }
}

/* "key=value ..." of an object; NULL where it is none or empty. */
static char *on_one_line(const cJSON *object, enum format format)
{
    struct buf text = {0};
    const cJSON *one;
    cJSON_ArrayForEach(one, object)
    {
        char *value =
            cJSON_IsNumber(one) ? short_number(one->valuedouble, format) : cJSON_PrintUnformatted(one);
        if (!cJSON_IsNull(one))
            buf_append_format(&text, "%s%s=%s", text.size ? " " : "", one->string, value);
        free(value);
    }
    if (text.size)
        buf_put_u8(&text, 0);
    return (char *)text.data;
}

static void print_table(const cJSON *values, enum format format)
{
    struct table table = {0};
    const cJSON *value;
    value_columns(&table, format);
    table_column(&table, "alpha", false);
    table_column(&table, "extra", false);
    value_note_columns(&table, format);
    cJSON_ArrayForEach(value, values)
    {
        char *alpha = on_one_line(json_get(value, "alpha"), format),
             *extra = on_one_line(json_get(value, "extra"), format);
        value_add_cells(&table, value, format);
        table_cell(&table, alpha);
        table_cell(&table, extra);
        value_add_notes(&table, value, format);
        free(alpha);
        free(extra);
    }
    table_print(&table, format);
    table_free(&table);
}

/* Of an indicator on events without a value nobody can see why that is. Where a group or a period was asked
 * for, others may have one. */
static void explain_nothing(const struct trial *trial, const cJSON *indicator)
{
    const struct options *options = trial->options;
    struct answer answer;
    if (json_text(indicator, "instrument") || json_text(indicator, "error") || options->group ||
        (options->period && strcmp(options->period, "all") != 0) ||
        ask_values_of(trial, json_text(indicator, "id"), "all", &answer) != STATUS_GOOD)
        return;
    fflush(stdout); /* it comes behind what it is about, in a file too */
    if (cJSON_GetArraySize(json_get(answer.json, "values")) > 0)
        event_wants_tell_ahead(indicator);
    else
        event_wants_tell(indicator, options->level, trial->kind.groups);
    answer_free(&answer);
}

static int show_indicator(const struct trial *trial, const cJSON *indicator, cJSON *all)
{
    struct answer answer;
    const char *id = json_text(indicator, "id"), *error = json_text(indicator, "error");
    const char *title = in_own_language(json_get(indicator, "title"));
    if (ask_values(trial, id, &answer) != STATUS_GOOD)
        return STATUS_FAILED;
    cJSON *values = cJSON_GetObjectItemCaseSensitive(answer.json, "values");
    add_alphas(trial, indicator, values);
    if (trial->options->format == FORMAT_JSON) {
        cJSON_AddItemToArray(all, cJSON_Duplicate(answer.json, true));
    } else {
        if (trial->options->format == FORMAT_TABLE)
            print_line(stdout, "%s%s%s", id, title ? ": " : "", title ? title : "");
        print_table(values, trial->options->format);
    }
    if (trial->has_rows && !trial->kind.instrument && cJSON_GetArraySize(values) == 0)
        explain_nothing(trial, indicator);
    answer_free(&answer);
    return error ? fail("indicator %s: %s", id, error) : STATUS_GOOD;
}

/* Of the rules of the daemon's: is this one the script's? */
static bool is_our_alert(const struct trial *trial, const cJSON *rules, const char *id)
{
    const cJSON *rule;
    cJSON_ArrayForEach(rule, rules)
    {
        if (is_ours(trial, rule) && strcmp(json_text(rule, "id"), id) == 0)
            return true;
    }
    return false;
}

/* Alerts say what they would of the groups that were asked for, as long as nothing has to be waited for. The
 * group is told by its path, since the text need not name it, and {group} is only its own name. */
static int show_states(const struct trial *trial, const cJSON *rules)
{
    struct answer answer;
    const cJSON *one;
    const struct parameter parameters[] = {
        {"level", trial->options->level}, {"group", trial->options->group}, {NULL, NULL}};
    struct buf path = {0};
    buf_append_text(&path, "/v1/alerts");
    client_parameters(&path, parameters);
    const int status = client_ask_pages(&trial->own, (const char *)path.data, "alerts", &answer);
    buf_free(&path);
    if (status != STATUS_GOOD)
        return status;
    cJSON_ArrayForEach(one, json_get(answer.json, "alerts"))
    {
        const char *summary = in_own_language(json_get(one, "summary"));
        if (is_our_alert(trial, rules, json_text(one, "id")))
            print_line(stderr, "alert %s %s for %s: %s", json_text(one, "id"), json_text(one, "state"),
                       json_text(one, "group"), summary ? summary : "");
    }
    answer_free(&answer);
    return status;
}

/* An alert that cannot be judged says nothing, and is never raised. */
static int show_alerts(const struct trial *trial)
{
    struct answer answer;
    const cJSON *rule;
    int status = client_ask_pages(&trial->own, "/v1/alerts/rules", "rules", &answer);
    if (status != STATUS_GOOD)
        return status;
    const cJSON *rules = json_get(answer.json, "rules");
    status = show_states(trial, rules);
    cJSON_ArrayForEach(rule, rules)
    {
        const char *error = json_text(rule, "error");
        if (error && is_ours(trial, rule))
            status = fail("alert %s: %s", json_text(rule, "id"), error);
    }
    answer_free(&answer);
    return status;
}

/* Says what is wrong with the script itself. false: nothing. */
static bool show_failure(const struct trial *trial)
{
    struct answer answer;
    const cJSON *script;
    bool wrong = false;
    if (client_ask_pages(&trial->own, "/v1/scripts", "scripts", &answer) != STATUS_GOOD)
        return true;
    cJSON_ArrayForEach(script, json_get(answer.json, "scripts"))
    {
        const char *error = json_text(script, "error");
        const bool works =
            strcmp(json_text(script, "state"), "active") == 0; /* then it is an indicator's, or an alert's */
        if (error && !works && strcmp(json_text(script, "file"), trial->file) == 0) {
            fail("%s", error);
            wrong = true;
        }
    }
    answer_free(&answer);
    return wrong;
}

static int settle(const struct trial *trial)
{
    struct error error;
    return private_daemon_settle(&trial->daemon, SETTLE_PATIENCE_MS, &error) == 0 ? STATUS_GOOD
                                                                                  : fail("%s", error.text);
}

static int show(struct trial *trial)
{
    struct answer catalogue;
    const cJSON *indicator;
    if (settle(trial) != STATUS_GOOD || is_interrupted() || show_failure(trial) ||
        client_ask_pages(&trial->own, "/v1/indicators", "indicators", &catalogue) != STATUS_GOOD)
        return STATUS_FAILED;
    probe(trial, json_get(catalogue.json, "indicators"));
    answer_free(&catalogue);
    if (settle(trial) != STATUS_GOOD || is_interrupted() ||
        client_ask_pages(&trial->own, "/v1/indicators", "indicators", &catalogue) != STATUS_GOOD)
        return STATUS_FAILED;
    private_daemon_show_prints(&trial->daemon, trial->file);
    cJSON *all = cJSON_CreateArray();
    int status = STATUS_GOOD;
    cJSON_ArrayForEach(indicator, json_get(catalogue.json, "indicators"))
    {
        if (is_asked_for(trial, json_get(catalogue.json, "indicators"), indicator) &&
            show_indicator(trial, indicator, all) != STATUS_GOOD)
            status = STATUS_FAILED;
    }
    if (show_alerts(trial) != STATUS_GOOD)
        status = STATUS_FAILED;
    if (trial->options->format == FORMAT_JSON) {
        char *text = cJSON_PrintUnformatted(all);
        puts(text);
        free(text);
    }
    cJSON_Delete(all);
    answer_free(&catalogue);
    fflush(stdout);
    return show_failure(trial) ? STATUS_FAILED : status; /* it may have failed at computing */
}

/* ---- the commands -------------------------------------------------------------------------------------- */

static int begin(struct trial *trial, const struct options *options)
{
    struct error error;
    const char *path = options->arguments[1], *slash = strrchr(path, '/');
    *trial = (struct trial){.options = options, .path = path, .file = slash ? slash + 1 : path};
    trial->folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : mem_copy_text(".");
    if (options->argument_count > 2)
        return usage("one script at a time; '%s' is one too many", options->arguments[2]);
    if (!options->data)
        return usage("say what to compute of, as in --data export.csv");
    int status = export_kind_find(&trial->kind, options, path);
    const struct private_feeds feeds = export_kind_feeds(&trial->kind);
    if (status == STATUS_GOOD && private_daemon_start(&trial->daemon, trial->folder, &feeds, &error) != 0)
        status = fail("%s", error.text);
    if (status != STATUS_GOOD)
        return status;
    trial->own = *options;
    trial->own.socket = trial->daemon.socket;
    return send_export(trial);
}

static void end(struct trial *trial)
{
    private_daemon_stop(&trial->daemon);
    free(trial->folder);
    export_kind_free(&trial->kind);
}

static int run_once(const struct options *options)
{
    struct trial trial;
    const int sent = begin(&trial, options);
    const int shown = trial.own.socket ? show(&trial) : sent;
    end(&trial);
    return sent != STATUS_GOOD ? sent : is_interrupted() ? STATUS_FAILED : shown;
}

/* What the daemon says of the scripts, but for what changes by itself: when they were loaded, and what is
 * wrong. */
static char *versions(const struct trial *trial)
{
    struct answer answer;
    struct error error;
    const cJSON *script;
    struct buf text = {0};
    if (client_get(trial->daemon.socket, "/v1/scripts?limit=10000", &answer, &error) != 0)
        return NULL;
    cJSON_ArrayForEach(script, json_get(answer.json, "scripts"))
    {
        const char *file = json_text(script, "file"), *loaded = json_text(script, "loaded_at"),
                   *wrong = json_text(script, "error");
        if (strcmp(file, "wijzer-probes.lua") != 0)
            buf_append_format(&text, "%s %s %s\n", file, loaded ? loaded : "", wrong ? wrong : "");
    }
    buf_put_u8(&text, 0);
    answer_free(&answer);
    return (char *)text.data;
}

static void print_time(void)
{
    char text[32];
    const time_t now = time(NULL);
    struct tm parts;
    localtime_r(&now, &parts);
    strftime(text, sizeof text, "%H:%M:%S", &parts);
    fprintf(stderr, "---- %s ----\n", text);
}

static int run_watch(const struct options *options)
{
    struct trial trial;
    int status = begin(&trial, options);
    char *seen = NULL;
    while (trial.own.socket && !is_interrupted()) {
        char *now = versions(&trial);
        if (!now) {
            status = fail("the wijzerd that was to compute ended");
            break;
        }
        if (!seen || strcmp(seen, now) != 0) {
            print_time();
            status = show(&trial);
            free(now);
            now = versions(&trial);
        }
        free(seen);
        seen = now;
        pause_ms(LOOK_MS);
    }
    free(seen);
    end(&trial);
    return is_interrupted() ? STATUS_GOOD : status;
}

const struct script_command script_run = {.name = "run",
                                          .least_arguments = 1,
                                          .usage = "wijzer script run FILE.lua --data EXPORT",
                                          .run = run_once};
const struct script_command script_watch = {.name = "watch",
                                            .least_arguments = 1,
                                            .usage = "wijzer script watch FILE.lua --data EXPORT",
                                            .run = run_watch};
