/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "base/json.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct counts {
    double withdrawn, absent, position;
    bool failed;
};

static char *make_body(const struct options *options, const char *respondent)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "wave", options->wave);
    cJSON_AddStringToObject(json, "respondent", respondent);
    char *body = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    return body;
}

/* What was refused of the respondent would come back with a replay. */
static void tell_quarantined(const struct options *options, const cJSON *json)
{
    const cJSON *ids = json_get(json, "quarantined"), *id;
    struct buf text = {0};
    cJSON_ArrayForEach(id, ids)
    {
        buf_append_format(&text, " %.0f", cJSON_GetNumberValue(id));
    }
    buf_put_u8(&text, 0);
    if (cJSON_GetArraySize(ids) > 0)
        print_line(
            stderr,
            "wijzer: rows of this respondent are in the quarantine, and a replay would bring them in; to "
            "remove them: wijzer quarantine drop%s --feed %s",
            (const char *)text.data, options->feed);
    buf_free(&text);
}

static void count_answer(const struct options *options, const struct answer *answer, struct counts *counts)
{
    double position = 0, withdrawn = 0;
    json_number(answer->json, "position", &position);
    counts->position = position > counts->position ? position : counts->position;
    if (json_number(answer->json, "withdrawn", &withdrawn)) {
        counts->withdrawn += withdrawn;
        counts->absent += withdrawn == 0;
        tell_quarantined(options, answer->json);
        return;
    }
    const char *detail = json_text(answer->json, "detail");
    fail("%s", detail ? detail : "wijzerd gave an answer that cannot be understood");
    counts->failed = true;
}

static void withdraw(const struct options *options, const char *respondent, struct counts *counts)
{
    struct answer answer;
    struct error error;
    struct buf path = {0};
    char *body = make_body(options, respondent);
    buf_append_text(&path, "/v1/feeds/");
    client_escape(&path, options->feed);
    buf_append_text(&path, "/withdraw");
    buf_put_u8(&path, 0);
    if (client_send(options->socket, "POST", (const char *)path.data, body, &answer, &error) == 0) {
        count_answer(options, &answer, counts);
        answer_free(&answer);
    } else {
        fail("%s", error.text);
        counts->failed = true;
    }
    buf_free(&path);
    free(body);
}

/* A line each; blanks around an identifier say nothing, as in the files that they come in. */
static void withdraw_lines(const struct options *options, struct counts *counts)
{
    char *line = NULL;
    size_t capacity = 0;
    if (isatty(STDIN_FILENO))
        fputs("Type the identifiers, a line each, and end with Ctrl-D:\n", stderr);
    while (!counts->failed && getline(&line, &capacity, stdin) >= 0) {
        char *respondent = line + strspn(line, " \t");
        size_t length = strcspn(respondent, "\r\n");
        while (length && (respondent[length - 1] == ' ' || respondent[length - 1] == '\t'))
            length--;
        respondent[length] = '\0';
        if (length)
            withdraw(options, respondent, counts);
    }
    free(line);
}

static void print_counts(const struct options *options, const struct counts *counts)
{
    if (options->format == FORMAT_JSON)
        printf("{\"withdrawn\":%.0f,\"absent\":%.0f}\n", counts->withdrawn, counts->absent);
    else if (options->format == FORMAT_CSV)
        printf("withdrawn,absent\r\n%.0f,%.0f\r\n", counts->withdrawn, counts->absent);
    else
        printf("%.0f withdrawn, %.0f not there\n", counts->withdrawn, counts->absent);
}

static int run_withdraw(const struct options *options)
{
    struct counts counts = {0};
    if (!options->feed)
        return usage("say in which feed the response came in, as in --feed monitor; see wijzer feeds");
    if (!options->wave)
        return usage("say of which wave the response is, as in --wave 2025");
    if (options->argument_count > 1)
        return usage("one respondent at a time; more of them go on standard input, a line each");
    if (options->argument_count == 1 && strcmp(options->arguments[0], "-") != 0)
        withdraw(options, options->arguments[0], &counts);
    else
        withdraw_lines(options, &counts);
    print_counts(options, &counts);
    if (counts.failed)
        return STATUS_FAILED;
    if (!options->no_wait && counts.withdrawn > 0 &&
        wait_until_current(options, counts.position, NULL) != STATUS_GOOD)
        return STATUS_FAILED;
    return counts.absent > 0 ? STATUS_FAILED : STATUS_GOOD;
}

const struct command command_withdraw = {
    .name = "withdraw",
    .summary = "takes a response back",
    .help =
        "Usage: wijzer withdraw --feed NAME --wave WAVE [RESPONDENT] [--no-wait] [--format table|csv|json]\n"
        "\n"
        "Takes back the response of a respondent in a wave: it leaves every indicator, as if it had never "
        "been "
        "given.\n"
        "RESPONDENT is the identifier as it stands in the export. Without it, or with -, identifiers are "
        "read "
        "from\n"
        "standard input, a line each, so that they are in no history of commands. Then waits until every "
        "indicator is\n"
        "current, at most a minute.\n"
        "\n"
        "A file that still holds the row brings the response back when it is imported again: take the row "
        "out of "
        "it too.\n"
        "\n"
        "  --feed NAME   the feed in which it came in, see wijzer feeds\n"
        "  --wave WAVE   as it stands in the export, or as the script makes it; \"all\" where there are no "
        "waves\n"
        "  --no-wait     does not wait for the indicators\n"
        "\n"
        "Exit status: 0 when all were withdrawn, 1 when one was not there or something failed.\n"
        "\n"
        "Example: wijzer withdraw --feed monitor --wave 2025 < identifiers.txt\n",
    .options = "fdkn",
    .run = run_withdraw,
};
