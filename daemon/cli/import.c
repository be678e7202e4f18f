/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "base/json.h"
#include "base/mem.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { BAR_WIDTH = 30, PROBLEMS_SHOWN = 10 };

/* ---- progress ------------------------------------------------------------------------------------------ */

enum { KEY_SIZE = 16 };

struct progress {
    const struct options *options;
    const char *name;
    char key[2 * KEY_SIZE + 1]; /* by which wijzerd knows the document, to cancel it */
    bool on_terminal, shown;
    bool cancelled;  /* wijzerd was asked to */
    bool is_partial; /* it had not been sent to its end */
};

static void draw_bar(struct progress *progress, const char *doing, double part, double rows)
{
    char bar[BAR_WIDTH + 1];
    const int filled = (int)(part * BAR_WIDTH);
    for (int i = 0; i < BAR_WIDTH; i++)
        bar[i] = i < filled ? '#' : '.';
    bar[BAR_WIDTH] = '\0';
    fprintf(stderr, "\r%s %s [%s] %3.0f %%", doing, progress->name, bar, 100 * part);
    if (rows > 0)
        fprintf(stderr, " %.0f rows", rows);
    fputs("\033[K", stderr);
    progress->shown = true;
}

/* A feed reads one document after the other. */
static void draw_waiting(struct progress *progress, const char *document)
{
    char *name = one_line(document);
    fprintf(stderr, "\r%s waits until the feed has read %s\033[K", progress->name, name);
    free(name);
    progress->shown = true;
}

static void clear_bar(struct progress *progress)
{
    if (progress->shown)
        fputs("\r\033[K", stderr);
    progress->shown = false;
}

/* What the daemon says of the import while we wait for its answer. */
static void ask_progress(struct progress *progress)
{
    struct answer answer;
    struct error error;
    const cJSON *feed;
    if (client_get(progress->options->socket, "/v1/feeds?limit=10000", &answer, &error) != 0)
        return;
    cJSON_ArrayForEach(feed, json_get(answer.json, "feeds"))
    {
        const cJSON *importing = json_get(feed, "importing");
        const char *name = json_text(feed, "name");
        const char *document = json_text(importing, "document");
        const double bytes = json_amount(importing, "bytes");
        if (!document || bytes <= 0 || !name || strcmp(name, progress->options->feed) != 0)
            continue;
        if (strcmp(document, progress->name) == 0)
            draw_bar(progress, "reading", json_amount(importing, "bytes_done") / bytes,
                     json_amount(importing, "rows"));
        else
            draw_waiting(progress, document);
    }
    answer_free(&answer);
}

static void show_progress(struct progress *progress, uint64_t sent, uint64_t total)
{
    if (!progress->on_terminal || total == 0)
        return;
    if (sent < total)
        draw_bar(progress, "sending", (double)sent / (double)total, 0);
    else
        ask_progress(progress);
}

/* ---- Ctrl-C -------------------------------------------------------------------------------------------- */

/* How often; a handler of signals has nowhere else to put it. */
static volatile sig_atomic_t interrupts;

static void on_interrupt(int number)
{
    (void)number;
    interrupts = interrupts < 2 ? interrupts + 1 : 2;
}

static bool is_interrupted(void)
{
    return interrupts > 0;
}

static void make_key(char key[2 * KEY_SIZE + 1])
{
    unsigned char bytes[KEY_SIZE] = {0};
    const ssize_t size = getrandom(bytes, sizeof bytes, 0); /* as few as this always come whole */
    (void)size;
    for (size_t i = 0; i < KEY_SIZE; i++)
        snprintf(key + 2 * i, 3, "%02x", bytes[i]);
}

/* false: wijzerd does not have the document, or not any more. */
static bool cancel(struct progress *progress)
{
    struct answer answer;
    struct error error;
    struct buf path = {0};
    buf_append_text(&path, "/v1/feeds/");
    client_escape(&path, progress->options->feed);
    buf_append_format(&path, "/import?key=%s", progress->key);
    buf_put_u8(&path, 0);
    const int asked =
        client_send(progress->options->socket, "DELETE", (const char *)path.data, NULL, &answer, &error);
    buf_free(&path);
    progress->cancelled = asked == 0 && answer.status == 200;
    if (asked == 0)
        answer_free(&answer);
    return progress->cancelled;
}

/* The first time wijzerd is asked to stop, and its report is waited for; the second time nothing is. */
static bool on_progress(void *data, uint64_t sent, uint64_t total)
{
    struct progress *progress = data;
    progress->is_partial = sent < total;
    if (interrupts > 1)
        return false;
    if (interrupts == 1 && !progress->cancelled)
        return cancel(progress) || (total && sent == total);
    show_progress(progress, sent, total);
    return true;
}

/* ---- what became of it --------------------------------------------------------------------------------- */

/* Where standard output is for a program, people find them on standard error. */
static void print_problems(const cJSON *report, FILE *out)
{
    const cJSON *problems = json_get(report, "problems"), *problem;
    int shown = 0;
    cJSON_ArrayForEach(problem, problems)
    {
        if (shown++ == PROBLEMS_SHOWN)
            break;
        const char *column = json_text(problem, "column"), *text = json_text(problem, "problem");
        print_line(out, "  row %.0f%s%s: %s", json_amount(problem, "row"), column ? ", column " : "",
                   column ? column : "", text ? text : "");
    }
    if (json_amount(report, "rejected") > PROBLEMS_SHOWN)
        fprintf(out, "  ... and %.0f more\n", json_amount(report, "rejected") - PROBLEMS_SHOWN);
}

/* What many rows have in common; told where not every row could be. */
static void print_groups(const cJSON *report, FILE *out)
{
    const cJSON *group;
    if (json_amount(report, "rejected") <= PROBLEMS_SHOWN)
        return;
    cJSON_ArrayForEach(group, json_get(report, "summary"))
    {
        const char *column = json_text(group, "column"), *text = json_text(group, "problem");
        fprintf(out, "  in %.0f rows%s%s: %s\n", json_amount(group, "count"), column ? ", column " : "",
                column ? column : "", text ? text : "");
    }
}

/* One line of what the file turned out to be. */
static void print_dialect(const cJSON *report)
{
    const cJSON *dialect = json_get(report, "dialect"), *note;
    const char *before = "  read as ";
    cJSON_ArrayForEach(note, dialect)
    {
        fputs(before, stdout);
        for (const char *key = note->string; *key; key++)
            putchar(*key == '_' ? ' ' : *key);
        printf(" %s", cJSON_IsString(note) ? note->valuestring : "");
        before = ", ";
    }
    if (cJSON_GetArraySize(dialect) > 0)
        putchar('\n');
}

static bool is_dry_run(const cJSON *report)
{
    return cJSON_IsTrue(json_get(report, "dry_run"));
}

/* Where the rejected rows are now. */
static void print_quarantine(const cJSON *report)
{
    const char *feed = json_text(report, "feed");
    if (json_amount(report, "quarantined") > 0)
        print_line(stdout,
                   "  %.0f in the quarantine; mend what is wrong, then: wijzer quarantine replay --feed %s",
                   json_amount(report, "quarantined"), feed ? feed : "");
    if (json_amount(report, "quarantine_missed") > 0)
        printf("  %.0f had no room in the quarantine; mend what is wrong, and import the file again\n",
               json_amount(report, "quarantine_missed"));
}

static void print_summary(const char *file, const cJSON *report)
{
    print_line(stdout, "%s: %s%.0f accepted, %.0f replaced, %.0f there already, %.0f rejected", file,
               is_dry_run(report) ? "dry run, nothing is kept: " : "", json_amount(report, "accepted"),
               json_amount(report, "replaced"), json_amount(report, "duplicate"),
               json_amount(report, "rejected"));
    print_dialect(report);
    print_hints(stdout, report);
    print_outdated(stdout, report, PROBLEMS_SHOWN);
    print_problems(report, stdout);
    print_groups(report, stdout);
    print_quarantine(report);
}

/* The reports of all files, for --format csv. */
static void add_row(struct table *counts, const char *file, const cJSON *report, const char *error)
{
    static const char *const keys[] = {"accepted", "replaced", "duplicate", "rejected"};
    table_cell(counts, file);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        char *text = mem_format("%.0f", json_amount(report, keys[i]));
        table_cell(counts, text);
        free(text);
    }
    table_cell(counts, error);
    print_hints(stderr, report);
    print_outdated(stderr, report, PROBLEMS_SHOWN);
    print_problems(report, stderr);
    print_groups(report, stderr);
}

static void add_columns(struct table *counts)
{
    static const char *const headings[] = {"file", "accepted", "replaced", "duplicate", "rejected", "error"};
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        table_column(counts, headings[i], i >= 1 && i <= 4);
}

static void show_report(const struct options *options, const char *file, const struct answer *answer,
                        struct table *counts)
{
    if (options->format == FORMAT_JSON && answer->json)
        answer_print_json(answer);
    else if (options->format == FORMAT_CSV)
        add_row(counts, file, answer->json, answer->status == 200 ? NULL : json_text(answer->json, "detail"));
    else if (cJSON_HasObjectItem(answer->json, "accepted"))
        print_summary(file, answer->json);
}

/* ---- the command --------------------------------------------------------------------------------------- */

static const char *base_name(const char *file)
{
    const char *slash = strrchr(file, '/');
    return slash ? slash + 1 : file;
}

static int finish_import(const struct options *options, const char *file, const struct answer *answer,
                         struct table *counts)
{
    show_report(options, file, answer, counts);
    if (answer->status != 200) {
        const char *detail = json_text(answer->json, "detail");
        return fail("%s: %s", file, detail ? detail : "wijzerd gave an answer that cannot be understood");
    }
    if (!options->no_wait && !options->dry_run &&
        wait_until_current(options, json_amount(answer->json, "position"), is_interrupted) != STATUS_GOOD)
        return STATUS_FAILED;
    return json_amount(answer->json, "rejected") > 0 ? STATUS_FAILED : STATUS_GOOD;
}

static int import_file(const struct options *options, const char *file, struct table *counts)
{
    struct progress progress = {
        .options = options, .name = base_name(file), .on_terminal = isatty(STDERR_FILENO)};
    make_key(progress.key);
    struct answer answer;
    struct error error;
    struct buf path = {0};
    buf_append_text(&path, "/v1/feeds/");
    client_escape(&path, options->feed);
    buf_append_text(&path, "?name=");
    client_escape(&path, base_name(file));
    buf_append_format(&path, "&key=%s%s", progress.key, options->dry_run ? "&dry_run=1" : "");
    buf_put_u8(&path, 0);
    const int sent = client_post_file(options->socket, (const char *)path.data, file, on_progress, &progress,
                                      &answer, &error);
    buf_free(&path);
    clear_bar(&progress);
    if (sent != 0 && error.kind == ERROR_CANCELLED)
        return fail("%s: %s", file,
                    progress.is_partial ? "interrupted before wijzerd had all of it: nothing was taken"
                                        : "interrupted; see wijzer feeds for what became of it");
    if (sent != 0)
        return fail("%s", error.text);
    const int status = finish_import(options, file, &answer, counts);
    answer_free(&answer);
    return status;
}

static int run_import(const struct options *options)
{
    if (options->argument_count == 0)
        return usage("name the files to import, as in: wijzer import export.csv --feed monitor");
    if (!options->feed)
        return usage("say which feed the files are for, as in --feed monitor; see wijzer feeds");
    struct table counts = {0};
    int status = STATUS_GOOD;
    add_columns(&counts);
    const struct sigaction action = {.sa_handler = on_interrupt};
    sigaction(SIGINT, &action, NULL);
    for (int i = 0; i < options->argument_count && !interrupts; i++)
        if (import_file(options, options->arguments[i], &counts) != STATUS_GOOD)
            status = STATUS_FAILED;
    if (options->format == FORMAT_CSV)
        table_print(&counts, FORMAT_CSV);
    table_free(&counts);
    return status;
}

const struct command command_import = {
    .name = "import",
    .summary = "takes in survey exports, and files of statements",
    .help = "Usage: wijzer import FILE... --feed NAME [--dry-run] [--no-wait] [--format table|csv|json]\n"
            "\n"
            "Sends files to a feed of wijzer.conf, one after the other, and says what became of their rows. "
            "FILE - is\n"
            "standard input. A row of the same respondent in the same wave replaces the earlier one, unless "
            "that was sent\n"
            "off later, or sent off and this one not: then it is told, and counted with those that are there "
            "already. A\n"
            "file that is imported again adds nothing. A row that cannot be read is rejected with its row, "
            "column and\n"
            "reason (the first ten are shown, the first fifty are in --format json, which is a line a file); "
            "the others\n"
            "are kept. What is wrong in the same way in five rows or more is told once more, with how many "
            "they are.\n"
            "Of a feed for statements of xAPI a file holds those (a statement a line, an array, or pages of "
            "another "
            "record\n"
            "store; also packed by gzip); a row is a line, or the number of the statement.\n"
            "A second line says how the file was read (character set, delimiter, decimal sign), which the "
            "feed's section in\n"
            "wijzer.conf can fix. What was taken and is perhaps not what was meant is told as a note. Then "
            "waits until\n"
            "every indicator is current, at most a minute.\n"
            "\n"
            "Ctrl-C cancels the file that is under way: the rows that are in stay in, and are told.\n"
            "\n"
            "  --feed NAME   the feed, see wijzer feeds\n"
            "  --dry-run     reads and checks the files and says what would become of their rows; nothing is "
            "kept\n"
            "  --no-wait     does not wait for the indicators\n"
            "\n"
            "Exit status: 0 when every row was taken, 1 when any was rejected or a file was refused.\n"
            "\n"
            "Example: wijzer import monitor-2025.csv --feed monitor && wijzer indicators genai_readiness\n",
    .options = "fdny",
    .run = run_import,
};
