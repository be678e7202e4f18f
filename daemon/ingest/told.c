/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/told.h"
#include "store/audit.h"

#include "base/clock.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

static cJSON *facts_of(const struct batch_source *source)
{
    cJSON *facts = cJSON_CreateObject();
    cJSON_AddStringToObject(facts, "feed", source->feed);
    cJSON_AddStringToObject(facts, "document", source->document);
    return facts;
}

/* Takes the facts over. */
static int append(struct store_tx *tx, int64_t user, const char *what, cJSON *facts, struct error *error)
{
    char *text = cJSON_PrintUnformatted(facts);
    const struct store_audit entry = {
        .at = clock_now(), .user = user, .what = what, .facts = text ? text : "{}"};
    cJSON_Delete(facts);
    const int result = store_audit_append(tx, &entry, error);
    free(text);
    return result;
}

int told_begins(struct store_tx *tx, const struct batch_source *source, struct error *error)
{
    return append(tx, source->user, "import_begun", facts_of(source), error);
}

int told_ends(struct store_tx *tx, const struct batch_source *source, const struct delivery_report *before,
              const struct batch *last, bool broken_off, struct error *error)
{
    const struct {
        const char *name;
        uint64_t count;
    } counts[] = {
        {"accepted", before->accepted + last->accepted},
        {"replaced", before->replaced + last->replaced},
        {"duplicate", before->duplicate + last->duplicate + last->absent},
        {"withdrawn", before->withdrawn + last->withdrawn},
        {"rejected", before->rejected + last->conflicts},
    };
    cJSON *facts = facts_of(source);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        cJSON_AddNumberToObject(facts, counts[i].name, (double)counts[i].count);
    if (broken_off)
        cJSON_AddTrueToObject(facts, "broken_off");
    return append(tx, source->user, source->is_replay ? "replay" : "import", facts, error);
}

int told_withdrawn(struct store_tx *tx, const char *feed, const char *wave, int64_t user, struct error *error)
{
    cJSON *facts = cJSON_CreateObject();
    cJSON_AddStringToObject(facts, "feed", feed);
    cJSON_AddStringToObject(facts, "wave", wave);
    return append(tx, user, "withdraw", facts, error);
}
