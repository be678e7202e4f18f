/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "base/json.h"
#include "base/mem.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- the entries --------------------------------------------------------------------------------------- */

/* The socket is of this machine, and so are its users. Free it. */
static char *user_name(const cJSON *user, enum format format)
{
    if (!cJSON_IsNumber(user))
        return mem_copy_text(format == FORMAT_CSV ? "" : "wijzerd");
    const struct passwd *entry = format == FORMAT_CSV ? NULL : getpwuid((uid_t)user->valuedouble);
    return entry ? mem_copy_text(entry->pw_name) : mem_format("%.0f", user->valuedouble);
}

/* "feed monitor, document x.csv, accepted 5"; counts that are 0 are left out. Free it. */
static char *facts_for_people(const cJSON *facts)
{
    struct buf text = {0};
    const cJSON *fact;
    cJSON_ArrayForEach(fact, facts)
    {
        if (cJSON_IsNumber(fact) && fact->valuedouble == 0)
            continue;
        if (text.size)
            buf_append_text(&text, ", ");
        for (const char *c = fact->string; *c; c++)
            buf_put_u8(&text, *c == '_' ? ' ' : (uint8_t)*c);
        if (cJSON_IsNumber(fact))
            buf_append_format(&text, " %.0f", fact->valuedouble);
        else if (cJSON_IsString(fact))
            buf_append_format(&text, " %s", fact->valuestring);
    }
    buf_put_u8(&text, 0);
    return (char *)text.data;
}

static void add_entry(struct table *table, const cJSON *entry, enum format format)
{
    double number = 0;
    json_number(entry, "seq", &number);
    char *seq = mem_format("%.0f", number), *user = user_name(json_get(entry, "user"), format);
    char *facts = format == FORMAT_CSV ? cJSON_PrintUnformatted(json_get(entry, "facts"))
                                       : facts_for_people(json_get(entry, "facts"));
    table_cell(table, seq);
    table_cell(table, json_text(entry, "time"));
    table_cell(table, user);
    table_cell(table, json_text(entry, "what"));
    table_cell(table, facts);
    free(seq);
    free(user);
    free(facts);
}

static int print_entries(const struct options *options)
{
    struct answer answer;
    if (client_ask_pages(options, "/v1/audit", "audit", &answer) != STATUS_GOOD)
        return STATUS_FAILED;
    if (options->format == FORMAT_JSON) {
        answer_print_json(&answer);
    } else {
        static const char *const headings[] = {"seq", "time", "user", "what", "facts"};
        struct table table = {0};
        const cJSON *entry;
        for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
            table_column(&table, headings[i], i == 0);
        cJSON_ArrayForEach(entry, json_get(answer.json, "audit"))
        {
            add_entry(&table, entry, options->format);
        }
        table_print(&table, options->format);
        table_free(&table);
    }
    answer_free(&answer);
    return STATUS_GOOD;
}

/* ---- the chain ----------------------------------------------------------------------------------------- */

static void print_verdict(const struct options *options, const struct answer *answer)
{
    double entries = 0, broken = 0;
    json_number(answer->json, "entries", &entries);
    json_number(answer->json, "broken", &broken);
    const char *hash = json_text(answer->json, "hash");
    if (options->format == FORMAT_JSON)
        answer_print_json(answer);
    else if (options->format == FORMAT_CSV)
        printf("entries,broken,hash\n%.0f,%.0f,%s\n", entries, broken, hash ? hash : "");
    else if (hash)
        printf("%.0f entries, as they were written; the hash of the last one is %s\n", entries, hash);
}

static int check(const struct options *options)
{
    struct answer answer;
    if (client_ask(options, "/v1/audit/check", &answer) != STATUS_GOOD)
        return STATUS_FAILED;
    double broken = 0;
    json_number(answer.json, "broken", &broken);
    print_verdict(options, &answer);
    const int status = broken > 0 ? fail("entry %.0f of the audit log is not what was written, or is not "
                                         "there: somebody changed the store besides wijzerd; compare it with "
                                         "a backup",
                                         broken)
                                  : STATUS_GOOD;
    answer_free(&answer);
    return status;
}

static int run_audit(const struct options *options)
{
    if (options->argument_count)
        return usage("'%s' is one word too many; see wijzer audit --help", options->arguments[0]);
    return options->check ? check(options) : print_entries(options);
}

const struct command command_audit = {
    .name = "audit",
    .summary = "who did what: imports, rows that were dropped, calls that were refused",
    .help =
        "Usage: wijzer audit [--format table|csv|json]\n"
        "       wijzer audit --check [--format table|csv|json]\n"
        "\n"
        "Shows every entry of the audit log, oldest first: imports, what became of the quarantine, every "
        "other call\n"
        "that writes, and calls that were refused (at most one entry a minute for each user, with how many "
        "times),\n"
        "with the user of this machine who asked; what wijzerd did by itself, from a watched folder say, has "
        "none.\n"
        "No entry names a respondent. import_begun without an import after it: wijzerd was ended before the "
        "document\n"
        "was; what had come in by then is kept. For administrators.\n"
        "\n"
        "  --check   looks whether every entry is what was written. Each holds a hash that depends on all "
        "before it:\n"
        "            write the last one down, elsewhere, and who replaces the whole log is found out too\n"
        "\n"
        "Exit status: of --check 1 where an entry was changed or is missing.\n",
    .options = "fc",
    .run = run_audit,
};
