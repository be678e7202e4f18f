/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keep = 3y of a feed: what is older goes, at the start and once a day, by the same steps as a person who is
 * forgotten. The log does not know feeds, only instruments, so feeds of one instrument have to agree.
 */
#include "host/internal.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

int retention_read(struct wz_instance *instance, struct error *error)
{
    const struct config_key *key = config_key(instance->section, "keep");
    if (!key)
        return 0;
    if (!options_text(&instance->options, "instrument"))
        return error_set(error, ERROR_INPUT,
                         "%s:%d: keep is for feeds of an instrument, and [feed %s] is none; remove the key",
                         key->file, key->line, instance->section->name);
    instance->keeps = true;
    return keep_read(key->value, &instance->keep, error) == 0
               ? 0
               : error_at(error, "%s:%d: keep", key->file, key->line);
}

static bool same_instrument(const struct wz_instance *one, const struct wz_instance *other)
{
    const char *left = options_text(&one->options, "instrument");
    const char *right = options_text(&other->options, "instrument");
    return left && right && strcmp(left, right) == 0;
}

static bool same_keep(const struct wz_instance *one, const struct wz_instance *other)
{
    return one->keeps == other->keeps && one->keep.months == other->keep.months &&
           one->keep.days == other->keep.days;
}

int retention_check(const struct host *host, struct error *error)
{
    for (size_t i = 0; i < host->instance_count; i++)
        for (size_t k = 0; k < i; k++) {
            const struct wz_instance *one = host->instances[k], *other = host->instances[i];
            if (same_instrument(one, other) && !same_keep(one, other))
                return error_set(error, ERROR_INPUT,
                                 "%s:%d: [feed %s] and [feed %s] are of the same instrument, whose responses "
                                 "are kept together; give both the same keep",
                                 other->section->file, other->section->line, other->section->name,
                                 one->section->name);
        }
    return 0;
}

/* ---- once a day ---------------------------------------------------------------------------------------- */

struct beginning {
    struct host *host;
    char *feed, *calendar;
    int64_t older;
};

static int begin(struct store_tx *tx, void *data, struct error *error)
{
    const struct beginning *beginning = data;
    return store_forget_begin_old(tx, beginning->feed, beginning->calendar, beginning->older, error);
}

static void on_begun(void *data, const struct error *error)
{
    struct beginning *beginning = data;
    struct host *host = beginning->host;
    if (error && error->kind != ERROR_CLOSED)
        log_warning("feed %s: what is older than its keep could not be removed, and is tomorrow: %s",
                    beginning->feed, error->text);
    if (!error)
        forgetter_look(host);
    free(beginning->feed);
    free(beginning->calendar);
    free(beginning);
    host_release(host);
}

void retention_begin(struct host *host)
{
    for (size_t i = 0; i < host->instance_count; i++) {
        const struct wz_instance *instance = host->instances[i];
        if (!instance->keeps)
            continue;
        struct beginning *beginning = mem_alloc(sizeof *beginning);
        *beginning = (struct beginning){
            .host = host,
            .feed = mem_copy_text(instance->section->name),
            .calendar = mem_format("survey:%s", options_text(&instance->options, "instrument")),
            .older = keep_begins(&instance->keep, clock_now())};
        host_hold(host);
        store_write(host->parts.store, begin, on_begun, beginning);
    }
}
