/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What outlives a restart: of every script the version that ran and fitted last. One is written when it has
 * changed, and goes with its file.
 */
#include "script/scripts_internal.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { KEPT_FORMAT = 1 };

/* ---- the notation: u8 format, text folder, source ------------------------------------------------------ */

static void encode(const struct script *script, struct buf *out)
{
    buf_put_u8(out, KEPT_FORMAT);
    buf_put_text(out, script->folder);
    source_put(script->running, out);
}

static struct source *decode(const struct kept_script *kept, const char **folder)
{
    struct reader reader = reader_of(kept->bytes, kept->size);
    if (read_u8(&reader) != KEPT_FORMAT)
        return NULL;
    *folder = read_text(&reader);
    return source_read(&reader);
}

/* ---- at the start -------------------------------------------------------------------------------------- */

static void forget_file(struct scripts *scripts, const char *file)
{
    scripts->unkept = mem_resize(scripts->unkept, scripts->unkept_count + 1, sizeof *scripts->unkept);
    scripts->unkept[scripts->unkept_count++] = mem_copy_text(file);
    scripts->changed = true;
}

static void take_one(struct scripts *scripts, const struct kept_script *kept)
{
    const char *folder;
    struct source *source = decode(kept, &folder);
    if (!source) {
        log_warning("script %s: the version that ran before cannot be read any more, and is not kept",
                    kept->file);
        forget_file(scripts, kept->file);
        return;
    }
    struct script *script = scripts_add(scripts, kept->file);
    const struct buf bytes = {.data = (uint8_t *)kept->bytes, .size = kept->size};
    script->kept = source;
    script->folder = mem_copy_text(folder);
    script_digest(&bytes, script->kept_digest);
}

void kept_take(struct scripts *scripts, const struct kept_script *kept, size_t count)
{
    for (size_t i = 0; i < count; i++)
        take_one(scripts, &kept[i]);
}

/* One whose file is not seen runs as if that stood in its folder still; one whose file is as it was needs not
 * be loaded twice. */
void kept_match(struct scripts *scripts)
{
    for (size_t i = 0; i < scripts->count; i++) {
        struct script *script = scripts->all[i];
        if (!script->kept)
            continue;
        if (!script->seen && !script->problem) {
            script->seen = source_copy(script->kept);
            script->candidate = source_copy(script->kept);
        }
        if (!source_equal(script->kept, script->seen))
            continue;
        source_free(script->kept);
        script->kept = NULL;
        script->resumes = true;
    }
}

void kept_loaded(struct scripts *scripts, struct script *script, const struct declarations *declarations)
{
    script->declarations = *declarations;
    script->running = script->loading;
    script->loading = NULL;
    script->in_worker = true;
    script->loaded_at = clock_now();
    script->settled = ++script->version;
    script_make_fingerprint(script);
    scripts->changed = true;
}

void kept_failed(struct scripts *scripts, struct script *script, const char *text, bool for_good)
{
    source_free(script->loading);
    script->loading = NULL;
    log_warning("script %s: the version that ran before does not run any more%s: %.*s", script->file,
                for_good ? ", and is not kept" : "", (int)strcspn(text, "\n"), text);
    if (for_good)
        kept_forget(scripts, script);
}

/* ---- while all runs ------------------------------------------------------------------------------------ */

void kept_forget(struct scripts *scripts, struct script *script)
{
    if (script->kept_digest[0])
        forget_file(scripts, script->file);
    script->kept_digest[0] = '\0';
}

static bool is_settled(const struct script *script)
{
    return script->running && !script->conflict && !script->removed && script->settled == script->version;
}

/* A version that was not kept so far; false: there is none. */
static bool encode_other(struct script *script, struct buf *bytes)
{
    char digest[FINGERPRINT_LENGTH + 1];
    if (!is_settled(script))
        return false;
    encode(script, bytes);
    script_digest(bytes, digest);
    if (strcmp(digest, script->kept_digest) == 0) {
        buf_free(bytes);
        return false;
    }
    memcpy(script->kept_digest, digest, sizeof digest);
    return true;
}

static void free_unkept(struct scripts *scripts)
{
    for (size_t i = 0; i < scripts->unkept_count; i++)
        free(scripts->unkept[i]);
    free(scripts->unkept);
    scripts->unkept = NULL;
    scripts->unkept_count = 0;
}

/* What goes comes first: a file may have gone and come again. */
void kept_tell(struct scripts *scripts)
{
    if (!scripts->callbacks.keep)
        return;
    const size_t gone = scripts->unkept_count, most = gone + scripts->count;
    struct kept_script *kept = mem_alloc(most * sizeof *kept);
    struct buf *bytes = mem_alloc(scripts->count * sizeof *bytes);
    size_t count = 0, encoded = 0;
    for (; count < gone; count++)
        kept[count] = (struct kept_script){.file = scripts->unkept[count]};
    for (size_t i = 0; i < scripts->count; i++) {
        struct buf *one = &bytes[encoded];
        if (!encode_other(scripts->all[i], one))
            continue;
        kept[count++] = (struct kept_script){scripts->all[i]->file, one->data, one->size};
        encoded++;
    }
    if (count)
        scripts->callbacks.keep(scripts->callbacks.data, kept, count);
    for (size_t i = 0; i < encoded; i++)
        buf_free(&bytes[i]);
    free(bytes);
    free(kept);
    free_unkept(scripts);
}

void kept_free(struct scripts *scripts)
{
    free_unkept(scripts);
}
