/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The confined decoder: reads one document with one plugin's `decode`, behind walls, and writes records to
 * wijzerd. Descriptor 0 is the document, 1 the pipe out, 3 the order; the plugin's path is the one argument.
 */
#include "base/mem.h"
#include "base/walls.h"
#include "host/abi.h"
#include "host/record_wire.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <wijzer/plugin.h>

enum { DOCUMENT = 0, OUTPUT = 1, JOB = 3, JOB_LONGEST = 16 << 20, WRITE_SIZE = 64 * 1024 };

enum { EXIT_NO_WALLS = 3 };

static const uint64_t decoder_memory = (uint64_t)256 << 20;

struct sender {
    const struct wz_plugin *plugin;
    struct wire_writer wire;
    struct buf out;
    uint64_t told; /* progress, in bytes */
};

static void flush(struct sender *sender)
{
    size_t sent = 0;
    while (sent < sender->out.size) {
        const ssize_t count = write(OUTPUT, sender->out.data + sent, sender->out.size - sent);
        if (count < 0 && errno != EINTR)
            _exit(EXIT_FAILURE);
        sent += count > 0 ? (size_t)count : 0;
    }
    buf_clear(&sender->out);
}

static void flush_when_full(struct sender *sender)
{
    if (sender->out.size >= WRITE_SIZE)
        flush(sender);
}

static void emit(void *handle, const struct wz_record *record)
{
    struct sender *sender = handle;
    struct wz_record copy;
    wire_put_record(&sender->wire, abi_record(sender->plugin, record, &copy), &sender->out);
    flush_when_full(sender);
}

static void problem(void *handle, const struct wz_problem *found)
{
    struct sender *sender = handle;
    struct wz_problem copy;
    wire_put_problem(&sender->wire, abi_problem(sender->plugin, found, &copy), &sender->out);
    flush_when_full(sender);
}

static void progress(void *handle, uint64_t bytes)
{
    struct sender *sender = handle;
    if (bytes < sender->told + WRITE_SIZE)
        return;
    sender->told = bytes;
    wire_put_progress(bytes, &sender->out);
    flush(sender); /* it may be all there is to say for long */
}

static void refuse(void *handle, const char *reason)
{
    struct sender *sender = handle;
    wire_put_refuse(reason, &sender->out);
    flush(sender);
}

static void note(void *handle, const char *key, const char *text)
{
    struct sender *sender = handle;
    wire_put_note(key, text, &sender->out);
    flush_when_full(sender);
}

static void describe(void *handle, const char *json)
{
    struct sender *sender = handle;
    wire_put_description(json, &sender->out);
    flush_when_full(sender);
}

static void hint(void *handle, const char *text)
{
    struct sender *sender = handle;
    wire_put_hint(text, &sender->out);
    flush_when_full(sender);
}

static char *read_job(void)
{
    struct buf job = {0};
    ssize_t count;
    do {
        const size_t before = job.size;
        count = read(JOB, buf_extend(&job, WRITE_SIZE), WRITE_SIZE);
        job.size = before + (count > 0 ? (size_t)count : 0);
    } while (count > 0 && job.size < JOB_LONGEST);
    close(JOB);
    buf_put_u8(&job, 0);
    return (char *)job.data;
}

static const struct wz_plugin *load_plugin(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    wz_plugin_fn entry = NULL;
    if (library)
        *(void **)&entry = dlsym(library, WZ_PLUGIN_SYMBOL);
    return entry ? entry() : NULL;
}

/* Local times in documents are Dutch ones. Written out by the rule of the European Union (in force since
 * 1996), for behind the walls there are no files, and a small installation has no tzdata. */
static void set_time_zone(void)
{
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
}

int main(int argc, char **argv)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close_range(JOB + 1, ~0u, 0);
    const struct wz_plugin *plugin = argc == 2 ? load_plugin(argv[1]) : NULL;
    if (!plugin || plugin->abi_version != WZ_ABI_VERSION || !plugin->decode)
        return EXIT_FAILURE;
    char *job = read_job();
    set_time_zone();
    struct stat status = {0};
    fstat(DOCUMENT, &status);
    struct error error;
    const struct walls walls = {.memory_bytes = decoder_memory};
    if (walls_enter(&walls, &error) != 0)
        return EXIT_NO_WALLS;

    struct sender sender = {.plugin = plugin};
    const struct wz_decode decode = {.abi_version = WZ_ABI_VERSION,
                                     .struct_size = sizeof decode,
                                     .document = DOCUMENT,
                                     .size = (uint64_t)status.st_size,
                                     .job = job,
                                     .handle = &sender,
                                     .emit = emit,
                                     .problem = problem,
                                     .progress = progress,
                                     .refuse = refuse,
                                     .note = note,
                                     .describe = describe,
                                     .hint = hint};
    plugin->decode(&decode);
    wire_put_end(&sender.out);
    flush(&sender);
    _exit(EXIT_SUCCESS); /* what is left is freed with the process; leak checkers cannot work behind walls */
}
