/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One script: its texts, and what is known and said of it. */
#include "script/scripts_internal.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

void script_free(struct script *script)
{
    declarations_free(&script->declarations);
    declarations_free(&script->rejected);
    declarations_free(&script->draft);
    free(script->file);
    free(script->folder);
    free(script->away);
    source_free(script->kept);
    source_free(script->seen);
    source_free(script->candidate);
    source_free(script->loading);
    source_free(script->running);
    source_free(script->fallback);
    free(script->problem);
    free(script->failure);
    free(script->conflict);
    free(script->rival);
    repeats_forget(&script->told);
    free(script);
}

bool script_is_quarantined(const struct script *script)
{
    return script->strikes >= STRIKES_OUT;
}

bool script_callable(const struct script *script)
{
    return script->running && !script->conflict && !script->removed && !script->retry_at &&
           !script_is_quarantined(script);
}

enum script_state script_state_of(const struct script *script)
{
    if (script_is_quarantined(script))
        return SCRIPT_QUARANTINED;
    if ((script->candidate || script->loading) && !script->retry_at)
        return SCRIPT_LOADING;
    return script->failing || script->conflict || !script->running ? SCRIPT_FAILED : SCRIPT_ACTIVE;
}

void script_log_once(struct script *script, const char *text)
{
    if (text && !script->quiet)
        repeats_tell(&script->told, "script", text);
}

void script_set_failure(struct script *script, const char *text)
{
    char *copy = mem_copy_text(text); /* it may be the failure itself */
    utf8_mend(copy);
    free(script->failure);
    script->failure = copy;
    script->failing = true;
    script_log_once(script, script->failure);
}

void script_reloaded(struct script *script)
{
    if (source_equal(script->running, script->seen))
        script->failing = false;
}

void script_worked(struct script *script)
{
    if (!source_equal(script->running, script->seen))
        return;
    script->failing = false;
    free(script->failure);
    script->failure = NULL;
}

bool script_is_as_in(const struct script *script, const struct script_file *file)
{
    if (file->problem || script->problem)
        return file->problem && script->problem && strcmp(file->problem, script->problem) == 0;
    return source_equal(script->seen, file->source);
}

void script_take_file(struct script *script, const struct script_file *file)
{
    source_free(script->seen);
    source_free(script->candidate);
    free(script->problem);
    script->seen = source_copy(file->source);
    script->candidate = source_copy(file->source);
    script->problem = mem_copy_text(file->problem);
    declarations_free(&script->draft);
    script->reverting = false;
    script->resumes = false;
    script->set_back = false;
    script->slow = false;
    script->strikes = 0;
    script->retry_at = 0;
    script->removed = false;
    repeats_forget(&script->told); /* whoever has saved it wants to know */
    if (file->problem)
        script_set_failure(script, file->problem);
}

void script_set_away(struct script *script, const char *why)
{
    free(script->away);
    script->away = mem_copy_text(why);
}

void script_digest(const struct buf *bytes, char digest[FINGERPRINT_LENGTH + 1])
{
    unsigned char binary[FINGERPRINT_LENGTH / 2];
    _Static_assert(sizeof binary >= crypto_generichash_BYTES_MIN, "a digest that libsodium makes");
    crypto_generichash(binary, sizeof binary, bytes->data, bytes->size, NULL, 0);
    sodium_bin2hex(digest, FINGERPRINT_LENGTH + 1, binary, sizeof binary);
}

void script_make_fingerprint(struct script *script)
{
    struct buf all = {0};
    source_put_all(script->running, &all);
    script_digest(&all, script->fingerprint);
    buf_free(&all);
}

bool script_forget_outdated_load(struct script *script)
{
    if (script->reverting || source_equal(script->loading, script->seen))
        return false;
    source_free(script->loading);
    script->loading = NULL;
    script->in_worker = false;
    return true;
}

void script_take_back_load(struct script *script)
{
    if (!script->candidate) {
        script->candidate = script->loading;
        script->loading = NULL;
    }
    source_free(script->loading);
    script->loading = NULL;
}

/* "FILE:LINE" of the script, or of a module of it. */
bool script_is_place_in(const struct script *script, const char *where)
{
    const char *colon = strchr(where, ':');
    const size_t length = colon ? (size_t)(colon - where) : 0;
    if (!colon)
        return false;
    if (strlen(script->file) == length && memcmp(where, script->file, length) == 0)
        return true;
    const struct source *const texts[] = {script->loading, script->running};
    for (size_t i = 0; i < 2 && length > 4 && strncmp(colon - 4, ".lua", 4) == 0; i++) {
        char *module = strndup(where, length - 4);
        const bool found = texts[i] && source_has_module(texts[i], module);
        free(module);
        if (found)
            return true;
    }
    return false;
}

char *script_death_text(const struct script *script, const char *where, const char *how)
{
    return mem_format("%s: %s", script_is_place_in(script, where) ? where : script->file, how);
}

void script_put_load(struct buf *frame, const char *file, const struct source *source, uint64_t memory_bytes,
                     int min_group_size, const char *params_json)
{
    const size_t begin = frame_begin(frame, FRAME_LOAD);
    buf_put_text(frame, file);
    buf_put_text(frame, source->text);
    source_put_modules(source, frame);
    buf_put_varint(frame, memory_bytes);
    buf_put_varint(frame, (uint64_t)min_group_size);
    buf_put_text(frame, params_json);
    frame_end(frame, begin);
}
