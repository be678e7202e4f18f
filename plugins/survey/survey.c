/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The survey plugin: exports of an instrument that a script declares. See README.md. */
#include "describe.h"
#include "job.h"
#include "reader.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <wijzer/plugin.h>

struct survey {
    const struct wz_host *host;
    struct wz_instance *self;
};

static const struct wz_option options[] = {
    {.name = "instrument",
     .type = WZ_OPTION_STRING,
     .required = 1,
     .help = "the id of the w.instrument whose exports come in here"},
    {.name = "delimiter",
     .type = WZ_OPTION_CHOICE,
     .choices = "auto|comma|semicolon|tab",
     .default_value = "auto",
     .help = "what stands between two fields"},
    {.name = "charset",
     .type = WZ_OPTION_CHOICE,
     .choices = "auto|utf-8|utf-16le|utf-16be|windows-1252",
     .default_value = "auto",
     .help = "the character set of the files"},
    {.name = "decimal",
     .type = WZ_OPTION_CHOICE,
     .choices = "auto|comma|point",
     .default_value = "auto",
     .help = "what stands before the decimals of a number"},
    {.name = "dates",
     .type = WZ_OPTION_CHOICE,
     .choices = "auto|day-first|month-first",
     .default_value = "auto",
     .help = "which is first in a date such as 3/4/2025"},
    {.name = "sheet",
     .type = WZ_OPTION_STRING,
     .help = "the sheet of a workbook that is read; the first visible one where none is named"},
    {.name = NULL},
};

static int survey_init(const struct wz_host *host, struct wz_instance *self, void **state, const char **error)
{
    struct survey *survey = calloc(1, sizeof *survey);
    if (!survey) {
        *error = "out of memory";
        return -1;
    }
    *survey = (struct survey){host, self};
    *state = survey;
    return 0;
}

static void survey_deinit(void *state)
{
    free(state);
}

/* The order for the decoder: what the script says of the columns, and how the file is written. */
static char *make_job(const struct survey *survey, const char *instrument)
{
    static const char *const told[] = {"delimiter", "charset", "decimal", "dates", "sheet"};
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "instrument", cJSON_Parse(instrument));
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        const char *value = survey->host->option(survey->self, told[i]);
        if (value)
            cJSON_AddStringToObject(json, told[i], value);
    }
    char *job = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    return job;
}

static void survey_receive(void *state, const struct wz_document *document)
{
    const struct survey *survey = state;
    const char *id = survey->host->option(survey->self, "instrument");
    const char *instrument = survey->host->instrument(survey->self, id);
    if (!instrument) {
        char error[300];
        snprintf(
            error, sizeof error,
            "no script declares instrument '%.100s'; put a w.instrument with that id into the scripts folder",
            id);
        survey->host->finish(survey->self, document->delivery, error);
        return;
    }
    char *job = make_job(survey, instrument);
    survey->host->decode(survey->self, document->delivery, job ? job : "");
    free(job);
}

static void survey_decode(const struct wz_decode *decode)
{
    struct job job;
    if (!job_read(&job, decode->job))
        decode->refuse(decode->handle,
                       "the instrument cannot be understood by the survey plugin; update both");
    else if (job.describes)
        describe_run(&job, decode);
    else
        reader_run(&job, decode);
    job_free(&job);
}

static const struct wz_plugin descriptor = {
    .abi_version = WZ_ABI_VERSION,
    .struct_size = sizeof descriptor,
    .name = "survey",
    .version = "1",
    .help = "Survey exports as CSV, XLSX or files of SPSS, read by the instrument that a script declares",
    .options = options,
    .init = survey_init,
    .deinit = survey_deinit,
    .receive = survey_receive,
    .decode = survey_decode,
    .record_size = sizeof(struct wz_record),
    .problem_size = sizeof(struct wz_problem),
};

__attribute__((visibility("default"))) const struct wz_plugin *wijzer_plugin(void);

const struct wz_plugin *wijzer_plugin(void)
{
    return &descriptor;
}
