/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key = moodle and secret_file = lms.secret of a feed: whoever knows both may have what the feed serves. */
#include "host/internal.h"

#include <string.h>

/* ---- configuration ------------------------------------------------------------------------------------- */

/* A key is one feed's among those of its plugin, which may all serve the same paths. */
static int check_is_own(const struct wz_instance *instance, const struct config_key *key, struct error *error)
{
    const struct host *host = instance->host;
    for (size_t i = 0; i < host->instance_count; i++) {
        const struct wz_instance *other = host->instances[i];
        if (other == instance || other->plugin != instance->plugin || !other->credentials ||
            strcmp(credentials_key(other->credentials), key->value) != 0)
            continue;
        return error_set(error, ERROR_INPUT,
                         "%s:%d: [feed %s]: key = %s is the key of [feed %s] too (%s:%d), and tells nobody "
                         "which of them is meant; give each a key of its own",
                         key->file, key->line, instance->section->name, key->value, other->section->name,
                         other->section->file, other->section->line);
    }
    return 0;
}

static int open_credentials(struct wz_instance *instance, const char *key, const char *file,
                            struct error *error)
{
    const struct host_parts *parts = &instance->host->parts;
    const char *feed = instance->section->name, *directory = parts->config->directory;
    if (parts->goes_on)
        return credentials_open_again(&instance->credentials, feed, directory, key, file, error);
    return credentials_open(&instance->credentials, feed, directory, key, file, error);
}

int logins_read(struct wz_instance *instance, struct error *error)
{
    const struct config_section *section = instance->section;
    const struct config_key *key = config_key(section, "key");
    const struct config_key *file = config_key(section, "secret_file");
    const struct config_key *given = key ? key : file;
    if (!given)
        return 0;
    if (!key || !file)
        return error_set(error, ERROR_INPUT, "%s:%d: [feed %s]: %s is of no use without %s; add it",
                         given->file, given->line, section->name, given->name, key ? "secret_file" : "key");
    if (check_is_own(instance, key, error) != 0)
        return -1;
    if (open_credentials(instance, key->value, file->value, error) == 0)
        return 0;
    const struct config_key *wrong = strncmp(error->text, "key", 3) == 0 ? key : file;
    return error_at(error, "%s:%d: [feed %s]", wrong->file, wrong->line, section->name);
}

/* ---- requests ------------------------------------------------------------------------------------------ */

static void deny(struct feed_route *found, const char *reason)
{
    found->access = FEED_DENIED;
    found->reason = reason;
}

/* All of them are tried, whichever fits. */
static void try_all(struct host *host, const char *path, const struct login *login, struct feed_route *found)
{
    struct wz_instance *known = NULL;
    for (const struct route *route = host->routes; route; route = route->next) {
        if (route->method || strcmp(route->path, path) != 0)
            continue;
        const enum login_fit fit = credentials_try(route->instance->credentials, login);
        if (fit != LOGIN_OF_ANOTHER)
            known = route->instance;
        if (fit == LOGIN_FITS) {
            found->access = FEED_GRANTED;
            found->feed = route->instance->section->name;
        }
    }
    if (found->access == FEED_GRANTED)
        return;
    deny(found, "no feed that serves this has this key and this secret; see `key` and `secret_file` in the "
                "configuration of wijzerd, and its log");
    if (known) {
        instance_refused(known, credentials_refusal(known->credentials));
        credentials_tell_wrong(known->credentials);
    } else {
        wrong_logins_tell(&host->wrong_logins, path, "with the key of no feed");
    }
}

void logins_find(struct host *host, const char *path, const char *authorization, struct feed_route *found)
{
    struct login login;
    if (!authorization) {
        deny(found, "this is for programs that have the key and the secret of a feed: send them as HTTP "
                    "Basic authentication");
    } else if (!login_read(authorization, &login)) {
        deny(found, "the Authorization header is not what HTTP Basic authentication has (RFC 7617): 'Basic' "
                    "and a space, then KEY:SECRET in Base64");
        wrong_logins_tell(&host->wrong_logins, path, "without readable credentials");
    } else {
        try_all(host, path, &login, found);
    }
    login_forget(&login);
}
