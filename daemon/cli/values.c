/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of an indicator as rows of a table. */
#include "cli/cli.h"

#include "base/json.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Numbers for people; whoever computes with them takes --format csv or json. */
char *short_number(double number, enum format format)
{
    if (format == FORMAT_CSV) { /* as the API writes it */
        cJSON *exact = json_exact(number);
        char *text = cJSON_PrintUnformatted(exact);
        cJSON_Delete(exact);
        return text;
    }
    return number == (double)(long long)number ? mem_format("%lld", (long long)number)
                                               : mem_format("%.3f", number);
}

static void add_interval(struct table *table, const cJSON *value, enum format format)
{
    const cJSON *ci = json_get(value, "ci95");
    for (int i = 0; i < 2; i++) {
        const cJSON *end = cJSON_GetArrayItem(ci, i);
        char *text = cJSON_IsNumber(end) ? short_number(end->valuedouble, format) : NULL;
        table_cell(table, text);
        free(text);
    }
}

static void add_number(struct table *table, const cJSON *value, const char *key, enum format format)
{
    double number;
    char *text = json_number(value, key, &number) ? short_number(number, format) : NULL;
    table_cell(table, text);
    free(text);
}

void value_columns(struct table *table, enum format format)
{
    const bool csv = format == FORMAT_CSV;
    table_column(table, "group", false);
    table_column(table, "level", false);
    table_column(table, "period", false);
    table_column(table, "value", true);
    table_column(table, "n", true);
    table_column(table, csv ? "ci95_low" : "from", true);
    table_column(table, csv ? "ci95_high" : "to", true);
}

void value_add_cells(struct table *table, const cJSON *value, enum format format)
{
    table_cell(table, json_text(value, "group"));
    table_cell(table, json_text(value, "level"));
    table_cell(table, json_text(value, "period"));
    add_number(table, value, "value", format);
    add_number(table, value, "n", format);
    add_interval(table, value, format);
}

void value_note_columns(struct table *table, enum format format)
{
    table_column(table, format == FORMAT_CSV ? "withheld" : "", false);
    if (format == FORMAT_CSV) {
        table_column(table, "reason", false);
        table_column(table, "stale", false);
    }
}

static const char *withheld_text(const char *withheld)
{
    static const struct {
        const char *word, *text;
    } texts[] = {{"small_group", "withheld (small group)"},
                 {"complementary", "withheld (could give people away)"},
                 {"pending_change", "withheld (waits for more answers)"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(withheld, texts[i].word) == 0)
            return texts[i].text;
    return withheld;
}

void value_add_notes(struct table *table, const cJSON *value, enum format format)
{
    const char *withheld = json_text(value, "withheld"), *reason = json_text(value, "reason");
    if (format == FORMAT_CSV) {
        table_cell(table, withheld);
        table_cell(table, reason);
        table_cell(table, json_true(value, "stale") ? "true" : "false");
    } else if (json_true(value, "stale")) {
        table_cell(table, "stale: its script failed since");
    } else {
        table_cell(table, withheld ? withheld_text(withheld) : reason);
    }
}
