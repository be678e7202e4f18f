/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "relations.h"
#include "xml.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- names of parts ------------------------------------------------------------------------------------ */

static size_t folder_length(const char *part)
{
    const char *slash = strrchr(part, '/');
    return slash ? (size_t)(slash - part) + 1 : 0;
}

/* Goes one folder up: "xl/worksheets/" to "xl/". */
static void go_up(char *path)
{
    size_t length = strlen(path);
    if (length)
        path[length - 1] = '\0';
    path[folder_length(path)] = '\0';
}

/* A target as seen from a part: "../media/a" from "xl/b.xml" is "media/a". */
static char *resolve(const char *part, const char *target)
{
    char *path = mem_alloc(strlen(part) + strlen(target) + 1);
    if (target[0] != '/')
        memcpy(path, part, folder_length(part));
    for (const char *at = target; *at;) {
        const size_t length = strcspn(at, "/");
        const size_t step = length + (at[length] == '/');
        if (length == 2 && memcmp(at, "..", 2) == 0)
            go_up(path);
        else if (length > 1 || (length == 1 && *at != '.'))
            strncat(path, at, step);
        at += step;
    }
    return path;
}

/* ---- relations ----------------------------------------------------------------------------------------- */

enum place { RELATIONS = 1, RELATION };

struct relations_reader {
    struct relations *relations;
    const char *part;
    bool is_full;
};

static bool fits(const char *text)
{
    return text && strlen(text) <= LONGEST_PART_NAME;
}

static void add_relation(struct relations *relations, const char *part, const char **attributes)
{
    const char *id = xml_attribute(attributes, "Id"), *type = xml_attribute(attributes, "Type"),
               *target = xml_attribute(attributes, "Target"), *mode = xml_attribute(attributes, "TargetMode");
    if (!fits(id) || !fits(type) || !fits(target) || (mode && strcmp(mode, "External") == 0))
        return;
    if ((relations->count & (relations->count - 1)) == 0)
        relations->all =
            mem_resize(relations->all, relations->count ? 2 * relations->count : 1, sizeof *relations->all);
    relations->all[relations->count++] =
        (struct relation){mem_copy_text(id), mem_copy_text(type), resolve(part, target)};
}

static bool enter_relation(void *data, int place, const char **attributes)
{
    struct relations_reader *reader = data;
    if (place != RELATION)
        return true;
    reader->is_full = reader->relations->count == MOST_RELATIONS;
    if (!reader->is_full)
        add_relation(reader->relations, reader->part, attributes);
    return !reader->is_full;
}

const char *relations_read(struct relations *relations, struct package *package, const char *part,
                           char why[LONGEST_REASON])
{
    static const struct xml_step steps[] = {
        {XML_OUTSIDE, "Relationships", RELATIONS}, {RELATIONS, "Relationship", RELATION}, {0, NULL, 0}};
    struct relations_reader reader = {.relations = relations, .part = part};
    const int folder = (int)folder_length(part);
    char *name = mem_format("%.*s_rels/%s.rels", folder, part, part + folder);
    *relations = (struct relations){0};
    const char *failed = xml_read(package, name, &(struct xml_grammar){steps, xml_relationships},
                                  &(struct xml_taker){.enter = enter_relation, .data = &reader}, 0, why);
    free(name);
    if (!failed && reader.is_full) {
        snprintf(why, LONGEST_REASON, "the workbook has more than %d parts; save the sheet alone",
                 MOST_RELATIONS);
        return why;
    }
    return failed;
}

void relations_free(struct relations *relations)
{
    for (size_t i = 0; i < relations->count; i++) {
        free(relations->all[i].id);
        free(relations->all[i].type);
        free(relations->all[i].part);
    }
    free(relations->all);
    *relations = (struct relations){0};
}

bool relation_is(const struct relation *relation, const char *type)
{
    const size_t length = strlen(relation->type), end = strlen(type);
    return length >= end && strcmp(relation->type + length - end, type) == 0;
}

const char *relations_by_type(const struct relations *relations, const char *type)
{
    for (size_t i = 0; i < relations->count; i++)
        if (relation_is(&relations->all[i], type))
            return relations->all[i].part;
    return NULL;
}

const struct relation *relations_by_id(const struct relations *relations, const char *id)
{
    for (size_t i = 0; i < relations->count; i++)
        if (strcmp(relations->all[i].id, id) == 0)
            return &relations->all[i];
    return NULL;
}

/* ---- content types ------------------------------------------------------------------------------------- */

enum type_place { TYPES = 1, TYPE_DEFAULT, TYPE_OVERRIDE };

struct types_reader {
    const char *part;
    char *by_ending, *by_name;
};

static const char *ending_of(const char *part)
{
    const char *dot = strrchr(part, '.');
    return dot ? dot + 1 : "";
}

static void replace(char **text, const char *with)
{
    free(*text);
    *text = mem_copy_text(with);
}

static bool enter_type(void *data, int place, const char **attributes)
{
    struct types_reader *reader = data;
    const char *type = xml_attribute(attributes, "ContentType"),
               *name = xml_attribute(attributes, "PartName"),
               *ending = xml_attribute(attributes, "Extension");
    if (place == TYPE_OVERRIDE && fits(type) && name &&
        strcasecmp(name + (name[0] == '/'), reader->part) == 0)
        replace(&reader->by_name, type);
    if (place == TYPE_DEFAULT && fits(type) && ending && strcasecmp(ending, ending_of(reader->part)) == 0)
        replace(&reader->by_ending, type);
    return true;
}

char *content_type_read(struct package *package, const char *part, char why[LONGEST_REASON])
{
    static const struct xml_step steps[] = {{XML_OUTSIDE, "Types", TYPES},
                                            {TYPES, "Default", TYPE_DEFAULT},
                                            {TYPES, "Override", TYPE_OVERRIDE},
                                            {0, NULL, 0}};
    struct types_reader reader = {.part = part};
    const char *failed =
        xml_read(package, "[Content_Types].xml", &(struct xml_grammar){steps, xml_content_types},
                 &(struct xml_taker){.enter = enter_type, .data = &reader}, 0, why);
    char *type = failed ? NULL
                        : mem_copy_text(reader.by_name     ? reader.by_name
                                        : reader.by_ending ? reader.by_ending
                                                           : "");
    free(reader.by_name);
    free(reader.by_ending);
    return type;
}
