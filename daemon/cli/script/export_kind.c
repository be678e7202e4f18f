/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/script/export_kind.h"

#include "base/mem.h"
#include "base/programs.h"
#include "script/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As the plugin has it where its section says nothing. */
static const char usual_groups[] = "course: grouping|parent";

/* As statements begin, plain or packed by gzip, and no export of a survey does. */
static bool looks_like_statements(const char *path)
{
    unsigned char first[64] = {0};
    FILE *file = fopen(path, "re");
    const size_t size = file ? fread(first, 1, sizeof first - 1, file) : 0;
    if (file)
        fclose(file);
    if (size >= 2 && first[0] == 0x1f && first[1] == 0x8b)
        return true;
    const char *text = (const char *)first;
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    text += strspn(text, " \t\r\n");
    return *text == '{' || *text == '[';
}

static bool is_of_statements(const struct options *options, const struct script_check *check)
{
    if (options->instrument || !check->has_events)
        return false;
    return check->surveys.count == 0 || looks_like_statements(options->data);
}

/* Does a rule of the text make the level? */
static bool make_level(const char *groups, const char *level)
{
    const size_t length = strlen(level);
    for (const char *rule = groups; rule; rule = strchr(rule, ',')) {
        rule += *rule == ',';
        rule += strspn(rule, " \t");
        if (strncmp(rule, level, length) == 0 && rule[length + strspn(rule + length, " \t")] == ':')
            return true;
    }
    return false;
}

static int choose_groups(struct export_kind *kind, const struct options *options,
                         const struct script_check *check)
{
    kind->groups = options->groups ? options->groups : usual_groups;
    if (strpbrk(kind->groups, "\n\r;"))
        return usage("--groups \"%s\": it has a character that cannot stand in wijzer.conf", kind->groups);
    for (size_t i = 0; i < check->levels.count; i++)
        if (!make_level(kind->groups, check->levels.all[i]))
            return usage(
                "no statement would be in a group of level '%s', for groups are \"%s\"; say where that "
                "level comes from as the feed does, as in --groups \"%s: team\" (see plugins/xapi/README.md)",
                check->levels.all[i], kind->groups, check->levels.all[i]);
    return STATUS_GOOD;
}

/* Of a script on surveys alone, or with --instrument. */
static int choose_instrument(struct export_kind *kind, const struct options *options,
                             const struct script_check *check)
{
    if (!options->instrument && check->surveys.count == 0)
        return fail(
            "%s declares no indicator, so there is nothing to compute%s", check->file,
            check->alerts ? "; an alert on one of another file is tried in a test (wijzer script test)" : "");
    if (options->groups)
        return usage("--groups is about statements of an LMS, and this is an export of a survey, whose "
                     "groups are the columns that its instrument names; leave it out");
    if (!options->instrument && check->surveys.count > 1)
        return usage("%s uses several instruments; say which one the export is of, as in --instrument %s",
                     check->file, check->surveys.all[0]);
    kind->instrument = mem_copy_text(options->instrument ? options->instrument : check->surveys.all[0]);
    kind->may_be_events = check->has_events;
    return STATUS_GOOD;
}

static int choose(struct export_kind *kind, const struct options *options, const struct script_check *check)
{
    if (check->error)
        return fail("%s", check->error);
    return is_of_statements(options, check) ? choose_groups(kind, options, check)
                                            : choose_instrument(kind, options, check);
}

int export_kind_find(struct export_kind *kind, const struct options *options, const char *script)
{
    struct script_check *checks;
    size_t count;
    struct error error;
    char *worker = programs_find("wijzer-worker");
    char *path = mem_copy_text(script);
    int status = STATUS_FAILED;
    *kind = (struct export_kind){0};
    if (script_check_paths(&path, 1, worker, &checks, &count, &error) != 0)
        fail("%s", error.text);
    else
        status =
            count == 1 ? choose(kind, options, &checks[0]) : usage("%s is a folder; name one script", script);
    script_checks_free(checks, count);
    free(path);
    free(worker);
    return status;
}

void export_kind_doubt(const struct export_kind *kind, const struct options *options, const char *script)
{
    if (!kind->instrument || !looks_like_statements(options->data))
        return;
    if (kind->may_be_events)
        print_line(
            stderr,
            "  if it has statements of an LMS, leave out --instrument, which says that it is of a survey");
    else
        print_line(
            stderr,
            "  if it has statements of an LMS: %s has no indicator on them, as source = w.events() makes one",
            script);
}

void export_kind_free(struct export_kind *kind)
{
    free(kind->instrument);
}

const char *export_kind_feed(const struct export_kind *kind)
{
    return kind->instrument ? kind->instrument : PRIVATE_EVENT_FEED;
}

struct private_feeds export_kind_feeds(struct export_kind *kind)
{
    return (struct private_feeds){.instruments = (const char *const *)&kind->instrument,
                                  .instrument_count = kind->instrument ? 1 : 0,
                                  .groups = kind->groups};
}
