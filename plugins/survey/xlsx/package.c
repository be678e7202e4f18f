/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "package.h"
#include "text.h"

#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

struct package {
    const struct document *document;
    zip_t *archive;
    zip_error_t error; /* of the source */
    uint64_t position;
    uint64_t opened_with; /* bytes that were read until the archive was open */
    bool is_open;
    uint64_t unpacked;
};

struct part {
    struct package *package;
    zip_file_t *file;
    char shown[SHOWN_TEXT + 1]; /* its name */
};

/* ---- the source: the document's descriptor, for behind the walls no file can be opened ----------------- */

static zip_int64_t read_source(struct package *package, char *bytes, size_t size)
{
    /* libzip compares every name with those of the same hash, which is known to whoever makes the file. */
    if (!package->is_open && (package->opened_with += size) > LARGEST_DIRECTORY) {
        zip_error_set(&package->error, ZIP_ER_MEMORY, 0);
        return -1;
    }
    const ssize_t count = document_read_at(package->document, bytes, size, package->position);
    if (count < 0) {
        zip_error_set(&package->error, ZIP_ER_READ, errno);
        return -1;
    }
    package->position += (uint64_t)count;
    return count;
}

static zip_int64_t seek_source(struct package *package, void *data, size_t size)
{
    const zip_int64_t position = zip_source_seek_compute_offset(
        package->position, package->document->decode->size, data, size, &package->error);
    if (position < 0)
        return -1;
    package->position = (uint64_t)position;
    return 0;
}

static zip_int64_t stat_source(const struct package *package, zip_stat_t *status)
{
    zip_stat_init(status);
    status->size = package->document->decode->size;
    status->valid |= ZIP_STAT_SIZE;
    return sizeof *status;
}

static zip_int64_t serve_source(void *user, void *data, zip_uint64_t size, zip_source_cmd_t command)
{
    struct package *package = user;
    switch (command) {
    case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE,
                                              ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE,
                                              ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS, -1);
    case ZIP_SOURCE_OPEN:
        package->position = 0;
        return 0;
    case ZIP_SOURCE_READ:
        return read_source(package, data, size);
    case ZIP_SOURCE_SEEK:
        return seek_source(package, data, size);
    case ZIP_SOURCE_TELL:
        return (zip_int64_t)package->position;
    case ZIP_SOURCE_STAT:
        return stat_source(package, data);
    case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&package->error, data, size);
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_FREE:
        return 0;
    default:
        zip_error_set(&package->error, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
}

/* ---- the archive --------------------------------------------------------------------------------------- */

static void say_not_opened(const struct package *package, zip_error_t *error, char why[LONGEST_REASON])
{
    if (package->opened_with > LARGEST_DIRECTORY)
        snprintf(
            why, LONGEST_REASON,
            "the archive has a directory of more than %d MiB, which no workbook of a survey has; save the "
            "sheet alone, or export it as CSV",
            LARGEST_DIRECTORY >> 20);
    else
        snprintf(why, LONGEST_REASON,
                 "the file is a ZIP archive, as XLSX is, that cannot be opened: %.100s; it may be cut off or "
                 "damaged, so save or export it again",
                 zip_error_strerror(error));
}

struct package *package_open(const struct document *document, char why[LONGEST_REASON])
{
    struct package *package = mem_alloc(sizeof *package);
    zip_error_t error;
    package->document = document;
    zip_error_init(&package->error);
    zip_error_init(&error);
    zip_source_t *source = zip_source_function_create(serve_source, package, &error);
    if (source)
        package->archive = zip_open_from_source(source, ZIP_RDONLY, &error);
    if (!package->archive) {
        say_not_opened(package, &error, why);
        zip_source_free(source);
        package_close(package);
        package = NULL;
    } else {
        package->is_open = true;
    }
    zip_error_fini(&error);
    return package;
}

void package_close(struct package *package)
{
    if (!package)
        return;
    if (package->archive)
        zip_discard(package->archive);
    zip_error_fini(&package->error);
    free(package);
}

void package_begin(struct package *package)
{
    package->unpacked = 0;
}

uint64_t package_position(const struct package *package)
{
    return package->position;
}

bool package_has(const struct package *package, const char *name)
{
    return zip_name_locate(package->archive, name, ZIP_FL_NOCASE) >= 0;
}

/* ---- parts --------------------------------------------------------------------------------------------- */

/* Stored or deflated, says ECMA-376; whatever else libzip can unpack is not let in. */
static bool is_unpackable(const zip_stat_t *status, const char *shown, char why[LONGEST_REASON])
{
    if ((status->valid & ZIP_STAT_ENCRYPTION_METHOD) && status->encryption_method != ZIP_EM_NONE) {
        snprintf(why, LONGEST_REASON,
                 "the archive is protected by a password; take that off and bring the workbook in again");
        return false;
    }
    if ((status->valid & ZIP_STAT_COMP_METHOD) && status->comp_method != ZIP_CM_STORE &&
        status->comp_method != ZIP_CM_DEFLATE) {
        snprintf(why, LONGEST_REASON,
                 "part '%s' of the workbook is packed in a way (%u) that XLSX does not have; save it again",
                 shown, status->comp_method);
        return false;
    }
    return true;
}

struct part *part_open(struct package *package, const char *name, char why[LONGEST_REASON])
{
    char shown[SHOWN_TEXT + 1];
    zip_stat_t status;
    text_show(name, shown);
    const zip_int64_t index = zip_name_locate(package->archive, name, ZIP_FL_NOCASE);
    if (index < 0 || zip_stat_index(package->archive, (zip_uint64_t)index, 0, &status) != 0) {
        snprintf(why, LONGEST_REASON, "the workbook lacks its part '%s'; save or export it again", shown);
        return NULL;
    }
    if (!is_unpackable(&status, shown, why))
        return NULL;
    zip_file_t *file = zip_fopen_index(package->archive, (zip_uint64_t)index, 0);
    if (!file) {
        snprintf(why, LONGEST_REASON, "part '%s' of the workbook cannot be opened: %.100s; save it again",
                 shown, zip_strerror(package->archive));
        return NULL;
    }
    struct part *part = mem_alloc(sizeof *part);
    *part = (struct part){.package = package, .file = file};
    memcpy(part->shown, shown, sizeof shown);
    return part;
}

ssize_t part_read(struct part *part, char *bytes, size_t size, char why[LONGEST_REASON])
{
    struct package *package = part->package;
    const zip_int64_t count = zip_fread(part->file, bytes, size);
    if (count < 0) {
        snprintf(
            why, LONGEST_REASON,
            "part '%s' of the workbook cannot be unpacked: %.100s; the file is damaged, so save or export "
            "it again",
            part->shown, zip_file_strerror(part->file));
        return -1;
    }
    package->unpacked += (uint64_t)count;
    if (package->unpacked > MOST_UNPACKED) {
        snprintf(why, LONGEST_REASON,
                 "the workbook unpacks to more than %d MiB, in part '%s'; divide it, or export it as CSV",
                 MOST_UNPACKED >> 20, part->shown);
        return -1;
    }
    return count;
}

void part_close(struct part *part)
{
    if (!part)
        return;
    zip_fclose(part->file);
    free(part);
}
