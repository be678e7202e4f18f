/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Works on the store itself, while no wijzerd runs: whatever came in meanwhile would stand under the old key.
 */
#include "cli/cli.h"

#include "base/mem.h"
#include "base/programs.h"
#include "config/config.h"
#include "ingest/key_match.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct rotating {
    uv_loop_t loop;
    struct store *store;
    bool scrubbed, over;
    struct error error;
};

static void on_scrubbed(void *data, const struct error *error)
{
    struct rotating *rotating = data;
    rotating->scrubbed = !error;
    rotating->over = true;
    if (error)
        rotating->error = *error;
}

static void on_closed(void *data)
{
    (void)data;
}

/* Old pseudonyms may stand in parts of the file that are free. */
static int rotate_store(struct rotating *rotating, const char *path, size_t *keys)
{
    if (key_rotate(rotating->store, path, (int64_t)getuid(), keys, &rotating->error) != 0)
        return fail("%s", rotating->error.text);
    key_scrub(rotating->store, on_scrubbed, rotating);
    while (!rotating->over)
        uv_run(&rotating->loop, UV_RUN_ONCE);
    return STATUS_GOOD;
}

static int rotate_in(const char *state_dir, const char *path)
{
    struct rotating rotating = {.scrubbed = false};
    size_t keys = 0;
    int status = STATUS_FAILED;
    uv_loop_init(&rotating.loop);
    if (access(state_dir, F_OK) != 0)
        fail("there is no state folder %s; name the configuration with --config", state_dir);
    else if (store_open(&rotating.store, &rotating.loop, state_dir, &rotating.error) != 0)
        fail("%s", rotating.error.text);
    else
        status = rotate_store(&rotating, path, &keys);
    if (rotating.store)
        store_close(rotating.store, on_closed, NULL);
    uv_run(&rotating.loop, UV_RUN_DEFAULT);
    uv_loop_close(&rotating.loop);
    if (status == STATUS_GOOD && !rotating.scrubbed)
        status =
            fail("the new key is in use, but old pseudonyms may still stand in free parts of the store: %s; "
                 "rotate again when that is mended",
                 rotating.error.text);
    if (status == STATUS_GOOD)
        print_line(stdout, "%s holds %zu keys now; copy it to where you keep it, all of it is needed", path,
                   keys);
    return status;
}

static int rotate(const struct options *options)
{
    const struct config_overrides nothing = {0};
    struct config config;
    struct error error;
    char *plugins = programs_plugins();
    const int unread = config_read(&config, options->config, &nothing, plugins, &error);
    free(plugins);
    if (unread)
        return fail("%s", error.text);
    char *path =
        options->key ? mem_copy_text(options->key) : mem_format("%s/pseudonym.key", config.state_dir);
    const int status = access(path, F_OK) == 0
                           ? rotate_in(config.state_dir, path)
                           : fail("there is no key %s; where it is a credential of systemd, see --key", path);
    free(path);
    config_free(&config);
    return status;
}

static int run_key(const struct options *options)
{
    if (options->argument_count != 1 || strcmp(options->arguments[0], "rotate") != 0)
        return usage("there is only wijzer key rotate; see wijzer key --help");
    return rotate(options);
}

const struct command command_key = {
    .name = "key",
    .summary = "changes the key of the pseudonyms",
    .help =
        "Usage: wijzer key rotate [--config FILE] [--key FILE]\n"
        "\n"
        "Adds a new key to those that pseudonyms are made with, and makes other pseudonyms of all that is "
        "stored: who has\n"
        "an older copy of key and store can no longer match it with what comes in. While wijzerd is stopped, "
        "and as the\n"
        "user that it runs as, or root. All keys are needed from then on, for identifiers are not kept: the "
        "file holds\n"
        "one a line, the oldest first. Whatever ends it, key and store fit afterwards, or at the next "
        "start.\n"
        "\n"
        "  --config FILE   the configuration of wijzerd (default /etc/wijzer/wijzer.conf)\n"
        "  --key FILE      the key, where it is not pseudonym.key in the state folder: a credential that "
        "systemd hands\n"
        "                  to wijzerd, decrypted, with mode 0600\n"
        "\n"
        "Example: systemctl stop wijzerd.socket wijzerd.service && wijzer key rotate && systemctl start "
        "wijzerd.socket "
        "wijzerd.service\n",
    .options = "CK",
    .run = run_key,
};
