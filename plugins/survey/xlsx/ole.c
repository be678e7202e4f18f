/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ole.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* [MS-CFB] 2.2: where the header says how large a sector is and in which one the directory begins. */
enum { HEADER_SIZE = 512, SECTOR_SHIFT_AT = 30, DIRECTORY_AT = 48, DIRECTORY_SIZE = 16 * 1024 };

bool is_ole(const char *head, size_t size)
{
    static const char magic[] = "\xd0\xcf\x11\xe0";
    return size >= 4 && memcmp(head, magic, 4) == 0;
}

/* Names of a directory are UTF-16; these are ASCII. */
static bool has_name(const char *bytes, size_t size, const char *name)
{
    char wide[64] = "";
    const size_t length = strlen(name);
    for (size_t i = 0; i < length; i++)
        wide[2 * i] = name[i];
    return memmem(bytes, size, wide, 2 * length + 1) != NULL;
}

static uint64_t directory_position(const char *head)
{
    const unsigned char *bytes = (const unsigned char *)head;
    const unsigned shift = bytes[SECTOR_SHIFT_AT] == 12 ? 12 : 9;
    uint64_t sector = 0;
    for (int i = 3; i >= 0; i--)
        sector = sector << 8 | bytes[DIRECTORY_AT + i];
    return (sector + 1) << shift;
}

const char *ole_refusal(const struct document *document, const char *head, size_t size)
{
    char *directory = mem_alloc(DIRECTORY_SIZE);
    const ssize_t count =
        size < HEADER_SIZE ? 0
                           : document_read_at(document, directory, DIRECTORY_SIZE, directory_position(head));
    const size_t length = count > 0 ? (size_t)count : 0;
    const char *what = "the file is an Office file of before 2007; a survey comes as XLSX or CSV";
    if (has_name(directory, length, "EncryptedPackage"))
        what = "the file is protected by a password; take that off (in Excel: File, Info, Protect Workbook) "
               "and save it again";
    else if (has_name(directory, length, "Workbook") || has_name(directory, length, "Book"))
        what = "the file is an old Excel spreadsheet (XLS); save it as XLSX or CSV";
    free(directory);
    return what;
}
