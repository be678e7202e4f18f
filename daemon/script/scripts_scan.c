/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the scripts folders hold, and what becomes of a script whose file is not seen any more. */
#include "script/scripts_internal.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Whoever replaces files takes some away before the new ones are there: an editor that saves, rsync, a git
 * checkout of many. Longer than those need, and not so long that somebody who took a script away wonders why
 * it is still there. */
enum { GRACE_MS = 3000 };

/* ---- folders ------------------------------------------------------------------------------------------- */

static size_t place_of(const struct scripts *scripts, const char *path)
{
    size_t at = 0;
    while (at < scripts->unread_count && strcmp(scripts->unread[at].path, path) != 0)
        at++;
    return at;
}

static void forget_unread(struct scripts *scripts, size_t at)
{
    free(scripts->unread[at].path);
    free(scripts->unread[at].problem);
    scripts->unread[at] = scripts->unread[--scripts->unread_count];
}

static void add_unread(struct scripts *scripts, const struct script_folder *folder)
{
    scripts->unread = mem_resize(scripts->unread, scripts->unread_count + 1, sizeof *scripts->unread);
    scripts->unread[scripts->unread_count++] = (struct script_folder){
        .path = mem_copy_text(folder->path), .problem = mem_copy_text(folder->problem)};
}

/* Whether all can be read says whether what nobody declares may be forgotten: that is a change. */
static void note_folder(struct scripts *scripts, const struct script_folder *folder)
{
    const size_t at = place_of(scripts, folder->path);
    const bool is_known = at < scripts->unread_count;
    if (folder->problem && is_known && strcmp(folder->problem, scripts->unread[at].problem) == 0)
        return;
    if (is_known)
        forget_unread(scripts, at);
    if (folder->problem) {
        add_unread(scripts, folder);
        if (!scripts->quiet)
            log_warning("scripts folder %s: %s; what was loaded from it runs on until it can be read",
                        folder->path, folder->problem);
    } else if (is_known && !scripts->quiet) {
        log_info("scripts folder %s can be read again", folder->path);
    }
    scripts->changed |= is_known || folder->problem;
}

bool scan_saw_all(const struct scripts *scripts)
{
    return scripts->unread_count == 0;
}

void scripts_folders(struct scripts *scripts,
                     void (*visit)(void *data, const char *folder, const char *problem), void *data)
{
    for (size_t i = 0; i < scripts->unread_count; i++)
        visit(data, scripts->unread[i].path, scripts->unread[i].problem);
}

void scan_free(struct scripts *scripts)
{
    while (scripts->unread_count)
        forget_unread(scripts, scripts->unread_count - 1);
    free(scripts->unread);
}

/* ---- files that are there ------------------------------------------------------------------------------ */

static const struct script_folder *folder_of(const struct script_files *files, const struct script *script)
{
    for (size_t i = 0; i < files->folder_count && script->folder; i++)
        if (strcmp(files->folders[i].path, script->folder) == 0)
            return &files->folders[i];
    return NULL; /* it is not configured any more */
}

/* An earlier folder's file counts, and that folder has not said that it is gone. */
static bool is_shadowed(const struct script_files *files, const struct script_file *file,
                        const struct script *script)
{
    const struct script_folder *folder = folder_of(files, script);
    return !script->removed && folder && folder->problem && folder < &files->folders[file->folder];
}

/* It had a text, and has none now: as between the two steps of a file that is written anew in its place. */
static bool is_emptied(const struct script *script, const struct script_file *file)
{
    const struct source *last = script->seen ? script->seen : script->kept;
    return !script->removed && last && last->text[0] && file->source && !file->source->text[0];
}

static bool is_away(const struct scripts *scripts, const char *module)
{
    char *file = mem_format("%s.lua", module);
    const struct script *script = scripts_find(scripts, file);
    free(file);
    return script && script->away && !script->removed;
}

/* Is nothing changed but that files which it requires are away for a moment? */
static bool waits_for_modules(const struct scripts *scripts, const struct script *script,
                              const struct script_file *file)
{
    const struct source *seen = script->seen, *now = file->source;
    bool waits = false;
    if (!seen || !now || strcmp(seen->text, now->text) != 0)
        return false;
    for (size_t i = 0; i < now->module_count; i++)
        if (!source_has_module(seen, now->modules[i].name))
            return false;
    for (size_t i = 0; i < seen->module_count; i++) {
        const char *text = source_module(now, seen->modules[i].name);
        if (!text || !text[0])
            waits |= is_away(scripts, seen->modules[i].name);
        else if (strcmp(text, seen->modules[i].text) != 0)
            return false;
    }
    return waits;
}

static void take_folder(struct script *script, const char *folder)
{
    if (script->folder && strcmp(script->folder, folder) == 0)
        return;
    free(script->folder);
    script->folder = mem_copy_text(folder);
}

static void take(struct scripts *scripts, const struct script_files *files, const struct script_file *file)
{
    struct script *script = scripts_find(scripts, file->name);
    if (!script)
        script = scripts_add(scripts, file->name);
    if (is_shadowed(files, file, script) || is_emptied(script, file))
        return;
    script->gone_at = 0;
    script_set_away(script, NULL);
    take_folder(script, files->folders[file->folder].path);
    if (script->removed || (!script_is_as_in(script, file) && !waits_for_modules(scripts, script, file)))
        script_take_file(script, file);
}

/* ---- files that are not -------------------------------------------------------------------------------- */

/* NULL: none of the folders has it. */
static const struct script_file *find_file(const struct script_files *files, const char *name)
{
    for (size_t i = 0; i < files->count; i++)
        if (strcmp(files->files[i].name, name) == 0)
            return &files->files[i];
    return NULL;
}

/* Sees whether the script's file is there, and what becomes of the script where it is not. */
static void look_for(struct scripts *scripts, const struct script_files *files, struct script *script)
{
    const struct script_folder *folder = folder_of(files, script);
    const struct script_file *file = find_file(files, script->file);
    if (file && !is_emptied(script, file) && (!folder || !folder->problem))
        return;
    if (!folder) {
        script->removed = true;
    } else if (folder->problem) {
        char *why = mem_format("the folder %s cannot be read: %s; what was loaded from it runs on",
                               folder->path, folder->problem);
        script->gone_at = 0;
        script_set_away(script, why);
        free(why);
    } else if (!script->gone_at) {
        char *why =
            mem_format("%s %s %s; what it declares goes too, unless it is back in %d seconds", script->file,
                       file ? "is empty in" : "is gone from", folder->path, GRACE_MS / 1000);
        script->gone_at = uv_now(scripts->loop);
        script_set_away(script, why);
        free(why);
    }
}

static void look(struct scripts *scripts)
{
    struct script_files files;
    folder_watch_renew(scripts->watch);
    script_files_read(&files, scripts->folders);
    for (size_t i = 0; i < files.folder_count; i++)
        note_folder(scripts, &files.folders[i]);
    for (size_t i = 0; i < scripts->count; i++)
        if (!scripts->all[i]->removed)
            look_for(scripts, &files, scripts->all[i]);
    for (size_t i = 0; i < files.count; i++)
        take(scripts, &files, &files.files[i]);
    script_files_free(&files);
}

/* ---- grace --------------------------------------------------------------------------------------------- */

static bool is_over(const struct scripts *scripts, const struct script *script)
{
    return script->gone_at && uv_now(scripts->loop) - script->gone_at >= GRACE_MS;
}

static void on_grace(uv_timer_t *timer)
{
    scan_folders(timer->data);
}

static void arm_grace(struct scripts *scripts)
{
    uint64_t first = 0;
    for (size_t i = 0; i < scripts->count; i++) {
        const struct script *script = scripts->all[i];
        if (script->gone_at && !script->removed && (!first || script->gone_at < first))
            first = script->gone_at;
    }
    if (!first)
        uv_timer_stop(&scripts->grace);
    else
        uv_timer_start(&scripts->grace, on_grace, first + GRACE_MS - uv_now(scripts->loop), 0);
}

void scan_folders(void *data)
{
    struct scripts *scripts = data;
    bool any = false;
    if (scripts->stopping)
        return;
    uv_update_time(scripts->loop);
    look(scripts);
    for (size_t i = 0; i < scripts->count; i++) {
        struct script *script = scripts->all[i];
        if (!script->removed && is_over(scripts, script))
            script->removed = any = true;
    }
    if (any)
        look(scripts); /* those that require what is gone do not wait for it any more */
    arm_grace(scripts);
    scripts_pump_soon(scripts);
}

void scripts_rescan(struct scripts *scripts)
{
    scan_folders(scripts);
}
