/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/script_folder.h"

#include "base/ending.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "script/test_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_script(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && ends_with(entry->d_name, ".lua") && !test_file_is(entry->d_name) &&
           utf8_valid(entry->d_name, strlen(entry->d_name));
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
    ssize_t got = 0;
    while (length < size && (got = read(descriptor, text + length, size - length)) > 0)
        length += (size_t)got;
    text[length] = '\0';
    if (got < 0) { /* a disk or a network that gives out is no file that was emptied */
        file->problem = mem_format("%s: cannot be read: %s", file->name, strerror(errno));
        free(text);
        return;
    }
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
    else if (status.st_size > SOURCE_LONGEST)
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

/* Whoever replaces a file may have taken the old one away since the folder was listed: then it is not there,
 * which is no problem of it. */
static void add_file(struct folder *folder, const char *path, const char *name)
{
    struct stat status;
    char *full = mem_format("%s/%s", path, name);
    if (lstat(full, &status) == 0 || errno != ENOENT) {
        struct folder_file *file = &folder->files[folder->count];
        file->name = mem_copy_text(name);
        read_script(file, full);
        folder->sources[folder->count++] = (struct source_file){file->name, file->text};
    }
    free(full);
}

/* -1 and errno where the folder cannot be read. */
static int read_folder(struct folder *folder, const char *path)
{
    struct dirent **entries = NULL;
    const int count = scandir(path, &entries, is_script, NULL);
    if (count < 0)
        return -1;
    *folder = (struct folder){.files = mem_alloc((size_t)count * sizeof *folder->files),
                              .sources = mem_alloc((size_t)count * sizeof *folder->sources)};
    for (int i = 0; i < count; i++) {
        add_file(folder, path, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return 0;
}

static struct script_file file_of(const struct folder *folder, const struct folder_file *file)
{
    struct script_file made = {.name = mem_copy_text(file->name), .problem = mem_copy_text(file->problem)};
    if (file->text)
        made.source = source_make(file->text, folder->sources, folder->count);
    if (file->text && !made.source)
        made.problem = mem_format(
            "%s: is longer than 1 MiB together with the files that it requires; a script holds no data",
            file->name);
    return made;
}

/* A file of an earlier folder counts, but those beside this one find this one. */
static void add_files(struct script_files *files, const struct folder *folder)
{
    for (size_t i = 0; i < folder->count; i++) {
        if (holds(files, folder->files[i].name))
            continue;
        files->files = mem_resize(files->files, files->count + 1, sizeof *files->files);
        struct script_file *file = &files->files[files->count++];
        *file = file_of(folder, &folder->files[i]);
        file->folder = files->folder_count - 1;
    }
}

static void add_folder(struct script_files *files, const char *path)
{
    struct folder folder;
    files->folders = mem_resize(files->folders, files->folder_count + 1, sizeof *files->folders);
    struct script_folder *added = &files->folders[files->folder_count++];
    *added = (struct script_folder){.path = mem_copy_text(path)};
    if (read_folder(&folder, path) != 0) {
        added->problem = mem_copy_text(strerror(errno));
        return;
    }
    add_files(files, &folder);
    free_folder(&folder);
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
    for (char *path = strtok_r(copy, ":", &rest); path; path = strtok_r(NULL, ":", &rest))
        add_folder(files, path);
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
    for (size_t i = 0; i < files->folder_count; i++) {
        free(files->folders[i].path);
        free(files->folders[i].problem);
    }
    free(files->files);
    free(files->folders);
    *files = (struct script_files){0};
}
