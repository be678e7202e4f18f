/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int fuzz_file(const uint8_t *bytes, size_t size)
{
    static int file = -1;
    if (file < 0)
        file = memfd_create("fuzz", MFD_CLOEXEC);
    HOLDS(ftruncate(file, 0) == 0);
    for (size_t done = 0; done < size;) {
        const ssize_t count = pwrite(file, bytes + done, size - done, (off_t)done);
        HOLDS(count > 0);
        done += (size_t)count;
    }
    lseek(file, 0, SEEK_SET);
    return file;
}

char *fuzz_text(const uint8_t *bytes, size_t size)
{
    char *text = malloc(size + 1);
    HOLDS(text);
    if (size)
        memcpy(text, bytes, size);
    text[size] = '\0';
    return text;
}
