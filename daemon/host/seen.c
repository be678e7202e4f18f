/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/seen.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static void free_file(struct seen *file)
{
    free(file->name);
    free(file->problem);
    free(file->report);
}

/* Where the name is, or would be. */
static size_t place_of(const struct seen_list *list, const char *name)
{
    size_t low = 0, high = list->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(list->files[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct seen *find(const struct seen_list *list, const char *name)
{
    const size_t place = place_of(list, name);
    return place < list->count && strcmp(list->files[place].name, name) == 0 ? &list->files[place] : NULL;
}

struct seen *seen_find_or_add(struct seen_list *list, const char *name)
{
    struct seen *known = find(list, name);
    if (known)
        return known;
    const size_t place = place_of(list, name);
    list->files = mem_resize(list->files, list->count + 1, sizeof *list->files);
    struct seen *file = &list->files[place];
    memmove(file + 1, file, (list->count - place) * sizeof *file);
    *file = (struct seen){.name = mem_copy_text(name)};
    list->count++;
    return file;
}

void seen_merge(struct seen_list *list, struct dirent *const *entries, size_t count)
{
    struct seen *files = mem_alloc((count + 1) * sizeof *files);
    size_t old = 0;
    for (size_t i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        while (old < list->count && strcmp(list->files[old].name, name) < 0)
            free_file(&list->files[old++]);
        if (old < list->count && strcmp(list->files[old].name, name) == 0)
            files[i] = list->files[old++];
        else
            files[i].name = mem_copy_text(name);
    }
    while (old < list->count)
        free_file(&list->files[old++]);
    free(list->files);
    *list = (struct seen_list){.files = files, .count = count};
}

void seen_clear(struct seen_list *list)
{
    seen_merge(list, NULL, 0);
    free(list->files);
    *list = (struct seen_list){0};
}
