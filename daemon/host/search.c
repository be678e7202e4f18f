/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Documents that were put away, in done/ and failed/ of the watched folders, and hold a person who is to be
 * forgotten. Each is read again by its own feed, one after another: nobody else knows exactly who is in it.
 * And those that are older than their feed keeps anything.
 */
#include "host/internal.h"

#include "base/ending.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/audit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct found_file {
    struct wz_instance *instance;
    char *path;
};

struct search {
    struct host *host;
    uint8_t person[PSEUDONYM_SIZE];
    struct found_file *files;
    size_t count, next;
    uint64_t removed, unreadable;
    char *feed; /* whose old files go; NULL: a person is sought */
    int64_t before;
    search_done_fn done; /* NULL: nobody waits */
    void *data;
};

/* ---- which files --------------------------------------------------------------------------------------- */

static const char *const folders[] = {"done", "failed"};

static int is_document(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && !ends_with(entry->d_name, ".report.json") &&
           !ends_with(entry->d_name, ".report.json.new");
}

/* Since when it lies there; a name that is new counts as a change. */
static bool is_old(const struct search *search, const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISREG(status.st_mode) &&
           (int64_t)status.st_ctim.tv_sec * 1000 < search->before;
}

static void add_file(struct search *search, struct wz_instance *instance, char *path)
{
    if (search->feed && !is_old(search, path)) {
        free(path);
        return;
    }
    search->files = mem_resize(search->files, search->count + 1, sizeof *search->files);
    search->files[search->count++] = (struct found_file){instance, path};
}

static void add_folder(struct search *search, struct wz_instance *instance, const char *below)
{
    char *folder = mem_format("%s/%s", instance->watch_path, below);
    struct dirent **entries = NULL;
    const int count = scandir(folder, &entries, is_document, alphasort);
    if (count < 0 && errno != ENOENT) {
        log_warning("feed %s: the folder %s could not be read to look for what is to be removed: %s",
                    instance->section->name, folder, strerror(errno));
        search->unreadable++;
    }
    for (int i = 0; i < count; i++) {
        add_file(search, instance, mem_format("%s/%s", folder, entries[i]->d_name));
        free(entries[i]);
    }
    free(entries);
    free(folder);
}

/* ---- one after another --------------------------------------------------------------------------------- */

static void free_search(struct search *search)
{
    for (size_t i = 0; i < search->count; i++)
        free(search->files[i].path);
    free(search->files);
    free(search->feed);
    free(search);
}

static void look_at_next(struct search *search);

/* With the report beside it, which may quote what stands in it. */
static void remove_file(struct search *search, const struct found_file *file)
{
    char *beside = mem_format("%s.report.json", file->path);
    const char *feed = file->instance->section->name;
    if (unlink(file->path) == 0) {
        search->removed++;
        log_info("feed %s: %s was removed, for %s", feed, file->path,
                 search->feed ? "it is older than the feed's keep"
                              : "a person who is to be forgotten is in it");
    } else if (errno != ENOENT) {
        search->unreadable++;
        log_warning("feed %s: %s is to be removed, and could not be: %s", feed, file->path, strerror(errno));
    }
    unlink(beside);
    free(beside);
}

static void on_looked_through(void *data, const struct delivery_report *report)
{
    struct search *search = data;
    const struct found_file *file = &search->files[search->next++];
    if (report->found) {
        remove_file(search, file);
    } else if (report->error && search->done) {
        search->unreadable++;
        log_warning("feed %s: %s could not be looked through for a person who is to be forgotten: %s",
                    file->instance->section->name, file->path, report->error);
    }
    look_at_next(search);
}

static int open_file(const char *path)
{
    struct stat status;
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0 || (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)))
        return descriptor;
    close(descriptor);
    errno = EINVAL;
    return -1;
}

/* false: there is nothing to look at. */
static bool look_at(struct search *search, const struct found_file *file)
{
    if (search->feed) {
        remove_file(search, file);
        return false;
    }
    const char *name = strrchr(file->path, '/') + 1;
    const struct feed_document document = {
        .name = name, .descriptor = open_file(file->path), .user = AUDIT_NOBODY, .sought = search->person};
    if (document.descriptor >= 0) {
        deliveries_add(file->instance, &document, NULL, on_looked_through, search);
        return true;
    }
    if (errno != ENOENT) {
        search->unreadable++;
        log_warning("feed %s: %s could not be looked through for a person who is to be forgotten: %s",
                    file->instance->section->name, file->path, strerror(errno));
    }
    return false;
}

static void look_at_next(struct search *search)
{
    while (search->done && search->next < search->count && !look_at(search, &search->files[search->next]))
        search->next++;
    if (search->done && search->next < search->count)
        return;
    struct host *host = search->host;
    if (search->done)
        search->done(search->data, search->removed, search->unreadable);
    free_search(search);
    host_release(host);
}

static int list_files(struct store_view *view, void *data, struct error *error)
{
    (void)view;
    (void)error;
    struct search *search = data;
    const struct host *host = search->host;
    for (size_t i = 0; i < host->instance_count; i++) {
        struct wz_instance *instance = host->instances[i];
        const bool wanted = !search->feed || strcmp(instance->section->name, search->feed) == 0;
        for (size_t k = 0; wanted && instance->watch_path && k < sizeof folders / sizeof *folders; k++)
            add_folder(search, instance, folders[k]);
    }
    return 0;
}

static void on_listed(void *data, const struct error *error)
{
    struct search *search = data;
    if (error && error->kind == ERROR_CLOSED)
        search->done = NULL;
    look_at_next(search);
}

static struct search *make(struct host *host, search_done_fn done, void *data)
{
    struct search *search = mem_alloc(sizeof *search);
    *search = (struct search){.host = host, .done = done, .data = data};
    return search;
}

/* A thread of the store's readers reads the folders, so that the loop does not wait for the disk. */
static struct search *list(struct search *search)
{
    host_hold(search->host);
    store_read(search->host->parts.store, list_files, on_listed, search);
    return search;
}

struct search *search_begin(struct host *host, const uint8_t person[PSEUDONYM_SIZE], search_done_fn done,
                            void *data)
{
    struct search *search = make(host, done, data);
    memcpy(search->person, person, PSEUDONYM_SIZE);
    return list(search);
}

struct search *search_begin_old(struct host *host, const char *feed, int64_t before, search_done_fn done,
                                void *data)
{
    struct search *search = make(host, done, data);
    search->feed = mem_copy_text(feed);
    search->before = before;
    return list(search);
}

void search_abandon(struct search *search)
{
    search->done = NULL;
}
