/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a part of a package is, and which parts it refers to: ECMA-376 part 2. */
#ifndef SURVEY_XLSX_RELATIONS_H
#define SURVEY_XLSX_RELATIONS_H

#include "package.h"

enum { MOST_RELATIONS = 10000, LONGEST_PART_NAME = 1000 };

struct relation {
    char *id, *type;
    char *part; /* the name of the part that is meant, without a '/' before it */
};

struct relations {
    struct relation *all;
    size_t count;
};

/* Those of a part ("": of the package). NULL, or why not. To be freed in both cases. */
const char *relations_read(struct relations *relations, struct package *package, const char *part,
                           char why[LONGEST_REASON]);
void relations_free(struct relations *relations);

/* The part of the first relation whose type ends so ("/worksheet"), or NULL. */
const char *relations_by_type(const struct relations *relations, const char *type);
const struct relation *relations_by_id(const struct relations *relations, const char *id);
bool relation_is(const struct relation *relation, const char *type);

/* What [Content_Types].xml says of a part, to be freed: "" where it says nothing. NULL, and `why`. */
char *content_type_read(struct package *package, const char *part, char why[LONGEST_REASON]);

#endif
