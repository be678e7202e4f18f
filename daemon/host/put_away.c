/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Documents of a watched folder that are done with: to done/ or failed/, with a report beside them. */
#include "host/internal.h"

#include "base/log.h"
#include "base/mem.h"
#include "ingest/report.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_report(const char *path, const struct delivery_report *report, const char *name)
{
    char *file = mem_format("%s.report.json", path);
    cJSON *json = report_json(report, name);
    if (report->error)
        cJSON_AddStringToObject(json, "error", report->error);
    char *text = cJSON_Print(json);
    const int descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (descriptor < 0 || dprintf(descriptor, "%s\n", text) < 0)
        log_warning("%s could not be written: %s", file, strerror(errno));
    if (descriptor >= 0)
        close(descriptor);
    free(text);
    free(file);
    cJSON_Delete(json);
}

/* A name in the folder that nothing has yet: NAME, NAME.2, NAME.3 ... */
static char *free_name(const char *folder, const char *name)
{
    char *path = mem_format("%s/%s", folder, name);
    for (unsigned number = 2; access(path, F_OK) == 0; number++) {
        free(path);
        path = mem_format("%s/%s.%u", folder, name, number);
    }
    return path;
}

void put_away(const struct wz_delivery *delivery, const struct delivery_report *report)
{
    const struct wz_instance *instance = delivery->instance;
    char *folder = mem_format("%s/%s", instance->watch_path, report->error ? "failed" : "done");
    char *target = free_name(folder, delivery->name);
    if (rename(delivery->path, target) != 0)
        log_error("feed %s: %s was read, but could not be moved to %s: %s", instance->section->name,
                  delivery->path, folder, strerror(errno));
    else
        write_report(target, report, delivery->name);
    free(target);
    free(folder);
}
