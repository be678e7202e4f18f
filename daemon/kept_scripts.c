/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kept_scripts.h"

#include "base/mem.h"
#include "base/trouble.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { RETRY_MS = 5000 };

/* No feed's name has a blank in it: those are owners, too. */
static const char owner[] = "kept script";

struct kept_list {
    struct kept_script *all; /* with texts and bytes of their own */
    size_t count;
};

struct kept_scripts {
    struct store *store;
    struct kept_list found;            /* at the start */
    struct kept_list writing, waiting; /* of one file the later one is in `waiting` */
    uv_timer_t retry;
    struct trouble trouble;
    bool is_writing, closing;
    void (*closed)(void *data);
    void *closed_data;
};

/* ---- lists --------------------------------------------------------------------------------------------- */

static void free_one(const struct kept_script *one)
{
    free((char *)one->file);
    free((void *)one->bytes);
}

static void free_list(struct kept_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free_one(&list->all[i]);
    free(list->all);
    *list = (struct kept_list){0};
}

static struct kept_script *find(const struct kept_list *list, const char *file)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->all[i].file, file) == 0)
            return &list->all[i];
    return NULL;
}

/* Takes over the place of an earlier one. */
static void set(struct kept_list *list, const struct kept_script *one)
{
    const struct kept_script copy = {.file = mem_copy_text(one->file),
                                     .bytes = one->size ? mem_copy(one->bytes, one->size) : NULL,
                                     .size = one->size};
    struct kept_script *place = find(list, one->file);
    if (place) {
        free_one(place);
    } else {
        list->all = mem_resize(list->all, list->count + 1, sizeof *list->all);
        place = &list->all[list->count++];
    }
    *place = copy;
}

/* ---- reading ------------------------------------------------------------------------------------------- */

static int take_document(void *data, const char *key, const void *body, size_t size)
{
    struct kept_scripts *kept = data;
    set(&kept->found, &(struct kept_script){.file = key, .bytes = body, .size = size});
    return 0;
}

static int read_all(struct store_tx *tx, void *data, struct error *error)
{
    return store_documents(store_tx_view(tx), owner, take_document, data, error);
}

int kept_scripts_open(struct kept_scripts **out, uv_loop_t *loop, struct store *store, struct error *error)
{
    struct kept_scripts *kept = mem_alloc(sizeof *kept);
    kept->store = store;
    if (store_write_now(store, read_all, kept, error) != 0) {
        free_list(&kept->found);
        free(kept);
        return -1;
    }
    uv_timer_init(loop, &kept->retry);
    kept->retry.data = kept;
    *out = kept;
    return 0;
}

const struct kept_script *kept_scripts_found(const struct kept_scripts *kept, size_t *count)
{
    *count = kept->found.count;
    return kept->found.all;
}

void kept_scripts_release(struct kept_scripts *kept)
{
    free_list(&kept->found);
}

/* ---- writing ------------------------------------------------------------------------------------------- */

static int write_all(struct store_tx *tx, void *data, struct error *error)
{
    const struct kept_scripts *kept = data;
    for (size_t i = 0; i < kept->writing.count; i++) {
        const struct kept_script *one = &kept->writing.all[i];
        if (store_document_put(tx, owner, one->file, one->bytes, one->size, error) != 0)
            return -1;
    }
    return 0;
}

static void on_written(void *data, const struct error *error);

static void write_waiting(struct kept_scripts *kept)
{
    if (kept->is_writing || !kept->waiting.count)
        return;
    uv_timer_stop(&kept->retry);
    kept->is_writing = true;
    kept->writing = kept->waiting;
    kept->waiting = (struct kept_list){0};
    store_write(kept->store, write_all, on_written, kept);
}

static void on_retry(uv_timer_t *timer)
{
    write_waiting(timer->data);
}

static void wait_again(struct kept_scripts *kept, const struct error *error)
{
    for (size_t i = 0; i < kept->writing.count; i++)
        if (!find(&kept->waiting, kept->writing.all[i].file))
            set(&kept->waiting, &kept->writing.all[i]);
    trouble_begins(&kept->trouble,
                   "the versions of the scripts that run are not kept for the next start; this is tried "
                   "again every 5 seconds",
                   error->text);
    uv_timer_start(&kept->retry, on_retry, RETRY_MS, 0);
}

static void finish_close(struct kept_scripts *kept);

static void on_written(void *data, const struct error *error)
{
    struct kept_scripts *kept = data;
    kept->is_writing = false;
    if (error && !kept->closing)
        wait_again(kept, error);
    else if (!error)
        trouble_is_over(&kept->trouble, "the versions of the scripts that run are kept again");
    free_list(&kept->writing);
    if (!error)
        write_waiting(kept);
    if (kept->closing && !kept->is_writing)
        finish_close(kept);
}

void kept_scripts_put(struct kept_scripts *kept, const struct kept_script *scripts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        set(&kept->waiting, &scripts[i]);
    write_waiting(kept);
}

/* ---- the end ------------------------------------------------------------------------------------------- */

static void on_closed(uv_handle_t *handle)
{
    struct kept_scripts *kept = handle->data;
    void (*closed)(void *data) = kept->closed;
    void *data = kept->closed_data;
    free_list(&kept->found);
    free_list(&kept->writing);
    free_list(&kept->waiting);
    trouble_free(&kept->trouble);
    free(kept);
    closed(data);
}

static void finish_close(struct kept_scripts *kept)
{
    uv_close((uv_handle_t *)&kept->retry, on_closed);
}

void kept_scripts_close(struct kept_scripts *kept, void (*closed)(void *data), void *data)
{
    kept->closing = true;
    kept->closed = closed;
    kept->closed_data = data;
    write_waiting(kept); /* once more, where it waited for a retry */
    if (!kept->is_writing)
        finish_close(kept);
}
