/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plugin for tests that follows the alert log as a sink would: each entry is "sent" to the log once, and
 * the position up to which that was done is kept as a document. Built by its test against nothing but
 * include/. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wijzer/plugin.h>

struct follower {
    const struct wz_host *host;
    struct wz_instance *self;
    uint64_t position;
    int busy, again;
};

static const char key[] = "position";

static void ask(void *state);

static void on_kept(void *context, const void *body, size_t size, const char *error)
{
    (void)body, (void)size, (void)error;
    struct follower *follower = context;
    follower->busy = 0;
    if (follower->again)
        ask(follower);
}

static void on_alerts(void *context, const struct wz_alert *alerts, size_t count, const char *error)
{
    struct follower *follower = context;
    char text[40], line[1000];
    follower->again = count > 0;
    for (size_t i = 0; i < count; i++) {
        snprintf(line, sizeof line, "sent %llu %s", (unsigned long long)alerts[i].position, alerts[i].json);
        follower->host->log(follower->self, WZ_LOG_INFO, line);
        follower->position = alerts[i].position;
    }
    if (error || count == 0) {
        follower->busy = 0;
        return;
    }
    snprintf(text, sizeof text, "%llu", (unsigned long long)follower->position);
    follower->host->document_put(follower->self, key, text, strlen(text), on_kept, follower);
}

static void ask(void *state)
{
    struct follower *follower = state;
    follower->again = follower->busy;
    if (follower->busy)
        return;
    follower->busy = 1;
    follower->host->alerts_after(follower->self, follower->position, 2, on_alerts, follower);
}

static void on_position(void *context, const void *body, size_t size, const char *error)
{
    (void)error;
    struct follower *follower = context;
    char text[40] = "";
    if (body && size < sizeof text)
        memcpy(text, body, size);
    follower->position = strtoull(text, NULL, 10);
    follower->busy = 0;
    follower->host->alerts_watch(follower->self, ask);
    ask(follower);
}

static int init(const struct wz_host *host, struct wz_instance *self, void **state, const char **error)
{
    struct follower *follower = calloc(1, sizeof *follower);
    *error = "out of memory";
    if (!follower)
        return -1;
    *follower = (struct follower){.host = host, .self = self, .busy = 1};
    *state = follower;
    return 0;
}

static int start(void *state, const char **error)
{
    (void)error;
    struct follower *follower = state;
    follower->host->document_get(follower->self, key, on_position, follower);
    return 0;
}

static const struct wz_option options[] = {{.name = NULL}};

static const struct wz_plugin descriptor = {.abi_version = WZ_ABI_VERSION,
                                            .struct_size = sizeof descriptor,
                                            .name = "alert_lines",
                                            .version = "1",
                                            .help = "follows alerts, for tests",
                                            .options = options,
                                            .init = init,
                                            .start = start,
                                            .deinit = free};

const struct wz_plugin *wijzer_plugin(void);

const struct wz_plugin *wijzer_plugin(void)
{
    return &descriptor;
}
