/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * min_group_size = 8 of a feed: so many people have to be behind what is shown of what its records go into.
 * Neither the log nor an indicator knows feeds: of a feed of an instrument that is all of the instrument, of
 * any other all of events.
 */
#include "config/people.h"
#include "engine/engine.h"
#include "host/internal.h"

int minimum_read(struct wz_instance *instance, struct error *error)
{
    const struct config_key *key = config_key(instance->section, "min_group_size");
    if (!key)
        return 0;
    if (people_read(key->value, &instance->min_group_size, error) != 0)
        return error_at(error, "%s:%d: min_group_size = %s", key->file, key->line, key->value);
    const int least = instance->host->parts.config->min_group_size;
    return instance->min_group_size >= least
               ? 0
               : error_set(error, ERROR_INPUT,
                           "%s:%d: [feed %s]: min_group_size is %d, and that of [wijzer] is %d, which a feed "
                           "may raise and never lower; remove the key, or take %d or more",
                           key->file, key->line, instance->section->name, instance->min_group_size, least,
                           least);
}

void minimum_hand_over(const struct host *host)
{
    for (size_t i = 0; i < host->instance_count; i++) {
        const struct wz_instance *instance = host->instances[i];
        if (instance->min_group_size)
            engine_raise_least(host->parts.engine, options_text(&instance->options, "instrument"),
                               instance->min_group_size);
    }
}
