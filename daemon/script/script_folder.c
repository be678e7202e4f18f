/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/script_folder.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SETTLE_MS = 50, MOST_FOLDERS = 16 };

/* ---- reading ------------------------------------------------------------------------------------------- */

static bool ends_with(const char *name, const char *ending)
{
    const size_t length = strlen(name), ending_length = strlen(ending);
    return length > ending_length && strcmp(name + length - ending_length, ending) == 0;
}

static int is_script(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && ends_with(entry->d_name, ".lua") &&
           !ends_with(entry->d_name, "_test.lua") && utf8_valid(entry->d_name, strlen(entry->d_name));
}

/* A file as it was read. */
struct folder_file {
    char *name, *text, *problem; /* text or problem, not both */
};

/* Editors on Windows put a mark of the encoding before the text. Lua skips it only in files that it reads
 * itself. */
static void drop_byte_order_mark(char *text)
{
    static const char mark[] = "\xef\xbb\xbf";
    if (strncmp(text, mark, sizeof mark - 1) == 0)
        memmove(text, text + sizeof mark - 1, strlen(text + sizeof mark - 1) + 1);
}

static void read_text_file(struct folder_file *file, int descriptor, size_t size)
{
    char *text = mem_alloc(size + 1);
    size_t length = 0;
    ssize_t got;
    while (length < size && (got = read(descriptor, text + length, size - length)) > 0)
        length += (size_t)got;
    text[length] = '\0';
    if (strlen(text) == length) {
        drop_byte_order_mark(text);
        file->text = text;
        return;
    }
    file->problem = mem_format("%s: holds a NUL byte; a script is plain text", file->name);
    free(text);
}

static void read_script(struct folder_file *file, const char *path)
{
    struct stat status;
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a fifo must not hold us up */
    if (descriptor < 0 || fstat(descriptor, &status) != 0)
        file->problem = mem_format("%s: cannot be read: %s", file->name, strerror(errno));
    else if (!S_ISREG(status.st_mode))
        file->problem = mem_format("%s: is not a plain file", file->name);
    else if (status.st_size > SCRIPT_LONGEST)
        file->problem = mem_format("%s: is longer than 1 MiB; a script holds no data", file->name);
    else
        read_text_file(file, descriptor, (size_t)status.st_size);
    if (descriptor >= 0)
        close(descriptor);
}

static bool holds(const struct script_files *files, const char *name)
{
    for (size_t i = 0; i < files->count; i++)
        if (strcmp(files->files[i].name, name) == 0)
            return true;
    return false;
}

/* A folder's scripts as they were read, and the same as the files that each of them can require. */
struct folder {
    struct folder_file *files;
    struct source_file *sources;
    size_t count;
};

static void free_file(struct folder_file *file)
{
    free(file->name);
    free(file->text);
    free(file->problem);
}

static void free_folder(struct folder *folder)
{
    for (size_t i = 0; i < folder->count; i++)
        free_file(&folder->files[i]);
    free(folder->files);
    free(folder->sources);
}

/* -1 and errno where the folder cannot be read. */
static int read_folder(struct folder *folder, const char *path)
{
    struct dirent **entries = NULL;
    const int count = scandir(path, &entries, is_script, NULL);
    if (count < 0)
        return -1;
    *folder = (struct folder){.files = mem_alloc((size_t)count * sizeof *folder->files),
                              .sources = mem_alloc((size_t)count * sizeof *folder->sources),
                              .count = (size_t)count};
    for (size_t i = 0; i < folder->count; i++) {
        char *file = mem_format("%s/%s", path, entries[i]->d_name);
        folder->files[i].name = mem_copy_text(entries[i]->d_name);
        read_script(&folder->files[i], file);
        folder->sources[i] = (struct source_file){folder->files[i].name, folder->files[i].text};
        free(file);
        free(entries[i]);
    }
    free(entries);
    return 0;
}

static struct script_file file_of(const struct folder *folder, const struct folder_file *file)
{
    return (struct script_file){.name = mem_copy_text(file->name),
                                .source = file->text ? source_make(file->text, folder->sources, folder->count)
                                                     : NULL,
                                .problem = mem_copy_text(file->problem)};
}

/* A file of an earlier folder counts, but those beside this one find this one. */
static void add_folder(struct script_files *files, const struct folder *folder)
{
    for (size_t i = 0; i < folder->count; i++) {
        if (holds(files, folder->files[i].name))
            continue;
        files->files = mem_resize(files->files, files->count + 1, sizeof *files->files);
        files->files[files->count++] = file_of(folder, &folder->files[i]);
    }
}

static int by_name(const void *left, const void *right)
{
    const struct script_file *a = left, *b = right;
    return strcmp(a->name, b->name);
}

static void sort_files(struct script_files *files)
{
    if (files->count)
        qsort(files->files, files->count, sizeof *files->files, by_name);
}

void script_files_read(struct script_files *files, const char *folders)
{
    *files = (struct script_files){0};
    char *copy = mem_copy_text(folders), *rest = NULL;
    for (char *path = strtok_r(copy, ":", &rest); path; path = strtok_r(NULL, ":", &rest)) {
        struct folder folder;
        if (read_folder(&folder, path) != 0) {
            log_warning("scripts folder %s: %s; make it and send SIGHUP", path, strerror(errno));
            continue;
        }
        add_folder(files, &folder);
        free_folder(&folder);
    }
    free(copy);
    sort_files(files);
}

void script_file_read(struct script_file *file, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *beside = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : mem_copy_text(".");
    struct folder folder = {0};
    struct folder_file one = {.name = mem_copy_text(slash ? slash + 1 : path)};
    read_script(&one, path);
    if (read_folder(&folder, beside) != 0)
        folder.count = 0; /* then the file could not be read either, and says why */
    *file = file_of(&folder, &one);
    free_folder(&folder);
    free_file(&one);
    free(beside);
}

void script_file_free(struct script_file *file)
{
    free(file->name);
    source_free(file->source);
    free(file->problem);
}

void script_files_free(struct script_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        script_file_free(&files->files[i]);
    free(files->files);
    *files = (struct script_files){0};
}

/* ---- watching ------------------------------------------------------------------------------------------ */

struct folder_watch {
    uv_fs_event_t events[MOST_FOLDERS];
    char *folders[MOST_FOLDERS];
    size_t event_count;
    uv_timer_t settle; /* a file that is being saved changes several times */
    size_t open_handles;
    void (*changed)(void *data);
    void (*stopped)(void *data);
    void *data;
};

static void on_settled(uv_timer_t *timer)
{
    struct folder_watch *watch = timer->data;
    watch->changed(watch->data);
}

static void on_event(uv_fs_event_t *event, const char *name, int events, int status)
{
    (void)name;
    (void)events;
    (void)status;
    struct folder_watch *watch = event->data;
    if (!uv_is_active((uv_handle_t *)&watch->settle))
        uv_timer_start(&watch->settle, on_settled, SETTLE_MS, 0);
}

void folder_watch_renew(struct folder_watch *watch)
{
    for (size_t i = 0; i < watch->event_count; i++) {
        uv_fs_event_stop(&watch->events[i]);
        const int failed = uv_fs_event_start(&watch->events[i], on_event, watch->folders[i], 0);
        if (failed && failed != UV_ENOENT) /* a missing folder is told of when it is read */
            log_warning("scripts folder %s is not watched: %s", watch->folders[i], uv_strerror(failed));
    }
}

static void watch_folder(struct folder_watch *watch, uv_loop_t *loop, const char *folder)
{
    if (watch->event_count == MOST_FOLDERS) {
        log_warning("scripts folder %s: only the first %d folders are watched", folder, MOST_FOLDERS);
        return;
    }
    uv_fs_event_t *event = &watch->events[watch->event_count];
    watch->folders[watch->event_count++] = mem_copy_text(folder);
    uv_fs_event_init(loop, event);
    event->data = watch;
    watch->open_handles++;
}

struct folder_watch *folder_watch_start(uv_loop_t *loop, const char *folders, void (*changed)(void *data),
                                        void *data)
{
    struct folder_watch *watch = mem_alloc(sizeof *watch);
    watch->changed = changed;
    watch->data = data;
    uv_timer_init(loop, &watch->settle);
    watch->settle.data = watch;
    watch->open_handles = 1;
    char *copy = mem_copy_text(folders), *rest = NULL;
    for (char *folder = strtok_r(copy, ":", &rest); folder; folder = strtok_r(NULL, ":", &rest))
        watch_folder(watch, loop, folder);
    free(copy);
    folder_watch_renew(watch);
    return watch;
}

static void handle_closed(uv_handle_t *handle)
{
    struct folder_watch *watch = handle->data;
    if (--watch->open_handles > 0)
        return;
    void (*stopped)(void *data) = watch->stopped;
    void *data = watch->data;
    for (size_t i = 0; i < watch->event_count; i++)
        free(watch->folders[i]);
    free(watch);
    stopped(data);
}

void folder_watch_stop(struct folder_watch *watch, void (*stopped)(void *data))
{
    watch->stopped = stopped;
    for (size_t i = 0; i < watch->event_count; i++)
        uv_close((uv_handle_t *)&watch->events[i], handle_closed);
    uv_close((uv_handle_t *)&watch->settle, handle_closed);
}
