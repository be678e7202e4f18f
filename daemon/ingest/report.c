/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/report.h"

static void add_what(cJSON *json, const char *column, const char *text)
{
    cJSON_AddItemToObject(json, "column", column ? cJSON_CreateString(column) : cJSON_CreateNull());
    cJSON_AddStringToObject(json, "problem", text);
}

static void add_problem(cJSON *problems, const struct delivery_problem *found)
{
    cJSON *problem = cJSON_CreateObject();
    cJSON_AddItemToArray(problems, problem);
    cJSON_AddNumberToObject(problem, "row", (double)found->row);
    add_what(problem, found->column, found->text);
}

static void add_summary(cJSON *json, const struct problem_groups *groups)
{
    const struct problem_group *largest[GROUPS_TOLD];
    const size_t count = groups ? problem_groups_largest(groups, largest) : 0;
    cJSON *summary = count ? cJSON_AddArrayToObject(json, "summary") : NULL;
    for (size_t i = 0; i < count; i++) {
        cJSON *group = cJSON_CreateObject();
        cJSON_AddItemToArray(summary, group);
        add_what(group, largest[i]->column, largest[i]->text);
        cJSON_AddNumberToObject(group, "count", (double)largest[i]->count);
        cJSON_AddNumberToObject(group, "first_row", (double)largest[i]->first_row);
    }
}

/* Of a document that came through a decoder that says it. */
static void add_dialect(cJSON *json, const struct delivery_report *report)
{
    cJSON *dialect = report->note_count ? cJSON_AddObjectToObject(json, "dialect") : NULL;
    for (size_t i = 0; i < report->note_count; i++)
        cJSON_AddStringToObject(dialect, report->notes[i].key, report->notes[i].text);
}

static void add_outdated(cJSON *json, const struct outdated *outdated)
{
    cJSON *rows = outdated->count ? cJSON_AddArrayToObject(json, "outdated_rows") : NULL;
    for (size_t i = 0; i < outdated->kept; i++) {
        cJSON *row = cJSON_CreateObject();
        cJSON_AddItemToArray(rows, row);
        cJSON_AddNumberToObject(row, "row", (double)outdated->rows[i].row);
        cJSON_AddStringToObject(row, "reason", outdated_reason(outdated->rows[i].how));
    }
}

static void add_hints(cJSON *json, const struct hints *hints)
{
    cJSON *array = hints->count ? cJSON_AddArrayToObject(json, "hints") : NULL;
    for (size_t i = 0; i < hints->count; i++)
        cJSON_AddItemToArray(array, cJSON_CreateString(hints->texts[i]));
}

cJSON *report_json(const struct delivery_report *report, const char *document)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "document", document);
    if (report->dry_run)
        cJSON_AddTrueToObject(json, "dry_run");
    cJSON_AddNumberToObject(json, "accepted", (double)report->accepted);
    cJSON_AddNumberToObject(json, "duplicate", (double)report->duplicate);
    cJSON_AddNumberToObject(json, "outdated", (double)report->outdated.count);
    cJSON_AddNumberToObject(json, "replaced", (double)report->replaced);
    cJSON_AddNumberToObject(json, "withdrawn", (double)report->withdrawn);
    cJSON_AddNumberToObject(json, "rejected", (double)report->rejected);
    cJSON_AddNumberToObject(json, "quarantined", (double)report->quarantined);
    cJSON_AddNumberToObject(json, "quarantine_missed", (double)report->missed);
    cJSON_AddNumberToObject(json, "position", (double)report->position);
    add_dialect(json, report);
    cJSON *problems = cJSON_AddArrayToObject(json, "problems");
    for (size_t i = 0; i < report->problem_count; i++)
        add_problem(problems, &report->problems[i]);
    add_summary(json, report->groups);
    add_outdated(json, &report->outdated);
    add_hints(json, &report->hints);
    return json;
}
