/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wijzer instrument new: what a file holds is described by the survey plugin, behind the walls of the
 * decoder, and written down as a script. */
#include "cli/instrument.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/programs.h"
#include "host/decoder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LONGEST_ID = 64, LARGEST_DESCRIPTION = 64 << 20 };

struct description {
    struct decoder *decoder;
    cJSON *pieces;
    size_t size;
    char *error;
};

/* ---- the decoder ----------------------------------------------------------------------------------------
 */

/* Has a piece what the script is made of? The first is of the whole. */
static bool is_piece(const cJSON *piece, bool is_first)
{
    const cJSON *label;
    if (is_first)
        return json_text(piece, "document") != NULL;
    cJSON_ArrayForEach(label, json_get(piece, "labels"))
    {
        if (!json_text(label, "text"))
            return false;
    }
    return json_text(piece, "name") && json_text(piece, "role");
}

static void on_description(void *data, const char *json)
{
    struct description *description = data;
    cJSON *piece = cJSON_Parse(json);
    description->size += strlen(json);
    const bool is_good = is_piece(piece, !description->pieces->child);
    if (is_good && description->size <= LARGEST_DESCRIPTION) {
        cJSON_AddItemToArray(description->pieces, piece);
        return;
    }
    cJSON_Delete(piece);
    decoder_stop(description->decoder,
                 is_good ? "what the file holds cannot be described in 64 MiB"
                         : "the decoder said something that cannot be understood and was ended");
}

static void on_record(void *data, const struct wz_record *record)
{
    (void)data;
    (void)record;
}

static void on_problem(void *data, const struct wz_problem *problem)
{
    (void)data;
    (void)problem;
}

static void on_progress(void *data, uint64_t bytes)
{
    (void)data;
    (void)bytes;
}

static void on_note(void *data, const char *key, const char *text)
{
    (void)data;
    (void)key;
    (void)text;
}

static bool never(void *data)
{
    (void)data;
    return false;
}

static void on_ended(void *data, const char *error)
{
    struct description *description = data;
    description->decoder = NULL;
    description->error = mem_copy_text(error);
}

static int describe(struct description *description, int document, struct error *error)
{
    const struct decoder_callbacks callbacks = {.record = on_record,
                                                .problem = on_problem,
                                                .progress = on_progress,
                                                .note = on_note,
                                                .description = on_description,
                                                .congested = never,
                                                .ended = on_ended,
                                                .data = description};
    uv_loop_t loop;
    char *decoder = programs_find("wijzer-decoder"), *plugins = programs_plugins();
    char *plugin = mem_format("%s/survey.so", plugins);
    uv_loop_init(&loop);
    int failed = decoder_start(&description->decoder, &loop, decoder, plugin, document, "{\"describe\":true}",
                               &callbacks, error);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    if (!failed && description->error)
        failed = error_set(error, ERROR_INPUT, "%s", description->error);
    free(plugin);
    free(plugins);
    free(decoder);
    return failed;
}

/* ---- the script -----------------------------------------------------------------------------------------
 */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool is_id_letter(char letter)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    return letter && strchr(letters, letter);
}

/* The id that is given, or the file's name without its ending, in letters that an id may have. */
static char *make_id(const struct options *options, const char *path)
{
    char *id = mem_copy_text(options->instrument ? options->instrument : base_name(path));
    if (options->instrument)
        return id;
    char *dot = strrchr(id, '.');
    if (dot && dot != id)
        *dot = '\0';
    if (strlen(id) > LONGEST_ID)
        id[LONGEST_ID] = '\0';
    for (char *at = id; *at; at++)
        if (!is_id_letter(*at))
            *at = '-';
    return id;
}

static bool is_id(const char *id)
{
    for (const char *at = id; *at; at++)
        if (!is_id_letter(*at) && *at != '.')
            return false;
    return *id && strlen(id) <= LONGEST_ID;
}

static int write_to(const char *path, const struct buf *lua)
{
    const int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    size_t written = 0;
    if (file < 0)
        return fail("%s: %s", path,
                    errno == EEXIST ? "is there already; choose another name" : strerror(errno));
    while (written < lua->size) {
        const ssize_t count = write(file, lua->data + written, lua->size - written);
        if (count < 0 && errno != EINTR)
            break;
        written += count > 0 ? (size_t)count : 0;
    }
    if (close(file) != 0 || written < lua->size)
        return fail("%s: %s", path, strerror(errno));
    printf("%s is written; look at what is marked CHECK in it, and try it with wijzer script check %s\n",
           path, path);
    return STATUS_GOOD;
}

static int write_script(const struct options *options, const struct description *description, const char *id)
{
    const char *path = options->arguments[1];
    struct buf lua = {0};
    int status = STATUS_GOOD;
    if (!instrument_write(&lua, description->pieces, id, base_name(path)))
        status =
            fail("%s: no column of it looks like an item, which has numbers or a few answers that come back; "
                 "begin with wijzer script new",
                 path);
    else if (options->output)
        status = write_to(options->output, &lua);
    else
        fwrite(lua.data, 1, lua.size, stdout);
    buf_free(&lua);
    return status;
}

int instrument_new(const struct options *options)
{
    const char *path = options->arguments[1];
    struct error error;
    if (options->argument_count > 2)
        return usage("one file at a time; '%s' is one too many", options->arguments[2]);
    char *id = make_id(options, path);
    const int document = is_id(id) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    struct description description = {.pieces = cJSON_CreateArray()};
    int status;
    if (!is_id(id))
        status = usage("'%s' is no id of an instrument: letters, digits, '-', '_' and '.', at most %d", id,
                       LONGEST_ID);
    else if (document < 0)
        status = fail("%s: %s", path, strerror(errno));
    else if (describe(&description, document, &error) != 0)
        status = fail("%s: %s", path, error.text);
    else
        status = write_script(options, &description, id);
    if (document >= 0)
        close(document);
    cJSON_Delete(description.pieces);
    free(description.error);
    free(id);
    return status;
}
