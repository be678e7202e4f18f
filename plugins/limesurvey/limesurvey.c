/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fetches responses from LimeSurvey, for a feed of the survey plugin. See README.md.
 *
 * One round: a session, the responses from the first id that is not known, the document to the feed, the
 * session given back, and a pause. Only when wijzerd has committed the document is its newest id kept: what
 * happens before is done again, and rows that are known are recognised.
 */
#include "newest.h"
#include "remote.h"

#include "base/json.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wijzer/plugin.h>

enum {
    MINUTE_MS = 60 * 1000,
    HOUR_MS = 60 * MINUTE_MS,
    DAY_S = 24 * 60 * 60,
    CALL_MS = 2 * MINUTE_MS,
    EXPORT_MS = 10 * MINUTE_MS,
    SMALL_ANSWER = 1 << 20,
};

struct pull {
    const struct wz_courier *courier;
    struct wz_instance *self;
    struct wz_timer *timer; /* to the next round; NULL: one is under way */
    char *session;          /* NULL: there is none */
    bool wanted;            /* somebody asked to look now while a round was under way: another one follows */
    bool renewed;           /* a session has ended once in this round */
    int64_t newest;         /* the id up to which all is in the feed */
    int64_t all_at;         /* seconds since 1970: when all responses were fetched for the last time */
    bool all;               /* this round fetches all */
    int64_t found;          /* the newest id of this round */
    uint64_t pause_ms;      /* after a failure; 0: the last round was good */
    char *trouble;          /* what was told of it */
};

static const struct wz_option options[] = {
    {.name = "url",
     .type = WZ_OPTION_STRING,
     .required = 1,
     .help = "the address of RemoteControl, as LimeSurvey's global settings show it"},
    {.name = "user", .type = WZ_OPTION_STRING, .required = 1, .help = "a user of LimeSurvey who may export"},
    {.name = "password_file",
     .type = WZ_OPTION_STRING,
     .required = 1,
     .help = "the file with the user's password; looked up in $CREDENTIALS_DIRECTORY first"},
    {.name = "survey",
     .type = WZ_OPTION_INTEGER,
     .required = 1,
     .min = 1,
     .max = 2147483647,
     .help = "the survey's number"},
    {.name = "every_minutes",
     .type = WZ_OPTION_INTEGER,
     .default_value = "15",
     .min = 1,
     .max = 1440,
     .help = "the pause between two looks"},
    {.name = "responses",
     .type = WZ_OPTION_CHOICE,
     .choices = "complete|all",
     .default_value = "complete",
     .help = "all: unfinished ones too"},
    {.name = "headings",
     .type = WZ_OPTION_CHOICE,
     .choices = "code|full",
     .default_value = "code",
     .help = "what names the columns: the questions' codes or their texts"},
    {.name = "answers",
     .type = WZ_OPTION_CHOICE,
     .choices = "codes|texts",
     .default_value = "codes",
     .help = "what the cells hold"},
    {.name = "language", .type = WZ_OPTION_STRING, .help = "of the texts, as nl; default: the survey's own"},
    {.name = "most_megabytes",
     .type = WZ_OPTION_INTEGER,
     .default_value = "64",
     .min = 1,
     .max = 1024,
     .help = "an export that is larger is refused"},
    {.name = NULL},
};

static const char *option(const struct pull *pull, const char *name)
{
    return pull->courier->option(pull->self, name);
}

/* ---- what is kept ----------------------------------------------------------------------------------------
 */

static void read_kept(struct pull *pull)
{
    double newest = 0, all_at = 0;
    cJSON *kept = cJSON_Parse(pull->courier->state(pull->self));
    json_number(kept, "newest", &newest);
    json_number(kept, "all_at", &all_at);
    pull->newest = (int64_t)newest;
    pull->all_at = (int64_t)all_at;
    cJSON_Delete(kept);
}

/* Where it cannot be kept, the same is fetched again after a restart, and recognised. */
static void keep(struct pull *pull)
{
    const char *error;
    char *text =
        mem_format("{\"newest\": %lld, \"all_at\": %lld}", (long long)pull->newest, (long long)pull->all_at);
    if (pull->courier->state_put(pull->self, text, &error) != 0)
        pull->courier->log(pull->self, WZ_LOG_WARNING, error);
    free(text);
}

/* ---- a round ---------------------------------------------------------------------------------------------
 */

static void begin_round(struct pull *pull);

static void on_timer(void *state, struct wz_timer *timer)
{
    struct pull *pull = state;
    pull->courier->timer_stop(pull->self, timer);
    pull->timer = NULL;
    pull->renewed = false;
    begin_round(pull);
}

static void pause_for(struct pull *pull, uint64_t ms)
{
    pull->timer = pull->courier->timer_start(pull->self, ms, 0, on_timer);
}

static void forget_session(struct pull *pull)
{
    free(pull->session);
    pull->session = NULL;
}

static void call(struct pull *pull, char *body, uint64_t most_bytes, uint32_t timeout_ms, wz_http_fn done)
{
    const struct wz_http_order order = {.method = "POST",
                                        .url = option(pull, "url"),
                                        .content_type = "application/json",
                                        .body = body,
                                        .body_size = strlen(body),
                                        .most_bytes = most_bytes,
                                        .timeout_ms = timeout_ms};
    pull->courier->http(pull->self, &order, done, pull);
    free(body);
}

static void on_released(void *context, const struct wz_http_answer *answer, const char *error)
{
    (void)answer;
    (void)error; /* it ends by itself in the end */
    struct pull *pull = context;
    const uint64_t pause_ms =
        (uint64_t)pull->courier->option_integer(pull->self, "every_minutes") * MINUTE_MS;
    forget_session(pull);
    pause_for(pull, pull->wanted ? 0 : pull->pause_ms ? pull->pause_ms : pause_ms);
    pull->wanted = false;
}

static void end_round(struct pull *pull)
{
    if (pull->session)
        call(pull, remote_ask_release(pull->session), SMALL_ANSWER, CALL_MS, on_released);
    else
        on_released(pull, NULL, NULL);
}

/* The same trouble is told once. Twice as long each time; a wrong password at once for an hour, or the
 * account is locked. */
static void fail_round(struct pull *pull, const char *why, bool no_entry)
{
    const uint64_t doubled = pull->pause_ms ? 2 * pull->pause_ms : MINUTE_MS;
    pull->pause_ms = no_entry || doubled > HOUR_MS ? HOUR_MS : doubled;
    if (!pull->trouble || strcmp(pull->trouble, why) != 0) {
        pull->courier->log(pull->self, WZ_LOG_ERROR, why);
        pull->courier->status(pull->self, why);
        free(pull->trouble);
        pull->trouble = mem_copy_text(why);
    }
    end_round(pull);
}

static void succeed(struct pull *pull, size_t rows)
{
    char line[160], at[32];
    const time_t now = time(NULL);
    struct tm local;
    if (pull->trouble)
        pull->courier->log(pull->self, WZ_LOG_INFO, "it works again");
    free(pull->trouble);
    pull->trouble = NULL;
    pull->pause_ms = 0;
    strftime(at, sizeof at, "%Y-%m-%d %H:%M", localtime_r(&now, &local));
    snprintf(line, sizeof line, "%zu response%s at %s", rows, rows == 1 ? "" : "s", at);
    pull->courier->status(pull->self, line);
    if (pull->all)
        pull->all_at = now;
    if (pull->all || pull->found > pull->newest) /* a survey that was begun anew counts from 1 again */
        pull->newest = pull->found;
    keep(pull);
    end_round(pull);
}

static void tell_receipt(const struct pull *pull, const struct wz_receipt *receipt)
{
    char line[700];
    const bool has_new = receipt->accepted || receipt->replaced;
    if (!has_new && !receipt->rejected)
        return;
    snprintf(line, sizeof line, "%llu new, %llu replaced, %llu known, %llu refused%s%.400s",
             (unsigned long long)receipt->accepted, (unsigned long long)receipt->replaced,
             (unsigned long long)receipt->duplicate, (unsigned long long)receipt->rejected,
             receipt->problem ? ": " : "", receipt->problem ? receipt->problem : "");
    pull->courier->log(pull->self, receipt->rejected ? WZ_LOG_WARNING : WZ_LOG_INFO, line);
}

static void on_receipt(void *context, const struct wz_receipt *receipt, const char *error)
{
    struct pull *pull = context;
    if (!receipt) {
        fail_round(pull, error, false);
        return;
    }
    tell_receipt(pull, receipt);
    succeed(pull, receipt->accepted + receipt->replaced + receipt->duplicate + receipt->rejected);
}

/* What is fetched again after a crash is the same document, and what is new since is another one: by its name
 * wijzerd knows which refused rows it brings anew. */
static void name_document(const struct pull *pull, char *name, size_t size)
{
    if (pull->all)
        snprintf(name, size, "limesurvey-%.20s.csv", option(pull, "survey"));
    else
        snprintf(name, size, "limesurvey-%.20s-after-%lld.csv", option(pull, "survey"),
                 (long long)pull->newest);
}

static void deliver(struct pull *pull, const char *export, size_t size)
{
    char name[64];
    struct export_rows rows = {0};
    pull->found = newest_id(export, size, &rows);
    if (!rows.with_id && rows.without_id) {
        fail_round(pull, "LimeSurvey's export has no numbers of responses in its first column", false);
        return;
    }
    if (!rows.with_id) {
        succeed(pull, 0);
        return;
    }
    name_document(pull, name, sizeof name);
    pull->courier->deliver(pull->self, name, export, size, on_receipt, pull);
}

static void take_export(struct pull *pull, char *text)
{
    size_t size;
    if (remote_decode(text, &size))
        deliver(pull, text, size);
    else
        fail_round(pull, "LimeSurvey gave an export that is no base64", false);
}

static void on_export(void *context, const struct wz_http_answer *answer, const char *error)
{
    struct pull *pull = context;
    struct remote_result result = remote_read(answer, error);
    switch (result.kind) {
    case REMOTE_TEXT:
        take_export(pull, result.text);
        break;
    case REMOTE_NOTHING:
        succeed(pull, 0);
        break;
    case REMOTE_NO_SESSION:
        forget_session(pull);
        if (pull->renewed)
            fail_round(pull, result.text, false);
        else
            begin_round(pull);
        pull->renewed = true;
        break;
    default:
        fail_round(pull, result.text, result.kind == REMOTE_NO_ENTRY);
    }
    free(result.text);
}

/* Responses that are finished later have the ids of their beginning: once a day all are fetched. */
static void ask_export(struct pull *pull)
{
    pull->all = time(NULL) - pull->all_at >= DAY_S;
    pull->found = 0;
    const struct remote_export wanted = {
        .survey = pull->courier->option_integer(pull->self, "survey"),
        .from_id = pull->all ? 1 : pull->newest + 1,
        .language = option(pull, "language"),
        .completion = option(pull, "responses"),
        .headings = option(pull, "headings"),
        .answers = strcmp(option(pull, "answers"), "texts") == 0 ? "long" : "short",
    };
    /* base64 and JSON make it larger by a third and a little */
    const uint64_t most = (uint64_t)pull->courier->option_integer(pull->self, "most_megabytes") * (1 << 20);
    call(pull, remote_ask_export(pull->session, &wanted), most + most / 2, EXPORT_MS, on_export);
}

static void on_session(void *context, const struct wz_http_answer *answer, const char *error)
{
    struct pull *pull = context;
    struct remote_result result = remote_read(answer, error);
    if (result.kind == REMOTE_TEXT) {
        pull->session = result.text;
        ask_export(pull);
        return;
    }
    fail_round(pull, result.text, result.kind == REMOTE_NO_ENTRY);
    free(result.text);
}

static void begin_round(struct pull *pull)
{
    const char *error = NULL;
    const char *password = pull->courier->secret(pull->self, "password_file", &error);
    if (password)
        call(pull, remote_ask_session(option(pull, "user"), password), SMALL_ANSWER, CALL_MS, on_session);
    else
        fail_round(pull, error, false);
}

/* ---- life ------------------------------------------------------------------------------------------------
 */

static int pull_init(const struct wz_courier *courier, struct wz_instance *self, void **state,
                     const char **error)
{
    if (courier->check_url(self, courier->option(self, "url"), error) != 0)
        return -1;
    struct pull *pull = mem_alloc(sizeof *pull);
    *pull = (struct pull){.courier = courier, .self = self};
    read_kept(pull);
    pause_for(pull, 0);
    *state = pull;
    return 0;
}

static int pull_start(void *state, const char **error)
{
    (void)error;
    struct pull *pull = state;
    pull->wanted = !pull->timer;
    if (pull->timer) {
        pull->courier->timer_stop(pull->self, pull->timer);
        pause_for(pull, 0);
    }
    return 0;
}

static void pull_deinit(void *state)
{
    struct pull *pull = state;
    free(pull->session);
    free(pull->trouble);
    free(pull);
}

static const struct wz_plugin descriptor = {
    .abi_version = WZ_ABI_VERSION,
    .struct_size = sizeof descriptor,
    .name = "limesurvey",
    .version = "1",
    .help = "Fetches responses from LimeSurvey over RemoteControl 2",
    .options = options,
    .courier_init = pull_init,
    .start = pull_start,
    .deinit = pull_deinit,
};

__attribute__((visibility("default"))) const struct wz_plugin *wijzer_plugin(void);

const struct wz_plugin *wijzer_plugin(void)
{
    return &descriptor;
}
