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
    if (format == FORMAT_CSV)
        return mem_format("%.17g", number);
    return number == (double)(long long)number ? mem_format("%lld", (long long)number)
                                               : mem_format("%.3f", number);
}

static void add_interval(struct table *table, const cJSON *value, enum format format)
{
    const cJSON *ci = cJSON_GetObjectItemCaseSensitive(value, "ci95");
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

void value_add_cells(struct table *table, const cJSON *value, enum format format)
{
    table_cell(table, json_text(value, "group"));
    table_cell(table, json_text(value, "level"));
    table_cell(table, json_text(value, "period"));
    add_number(table, value, "value", format);
    add_number(table, value, "n", format);
    add_interval(table, value, format);
}

const char *value_note(const cJSON *value, enum format format)
{
    const char *withheld = json_text(value, "withheld");
    if (withheld && format == FORMAT_TABLE && strcmp(withheld, "small_group") == 0)
        return "withheld (small group)";
    return withheld ? withheld : json_text(value, "reason");
}
