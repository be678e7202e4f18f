/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/test_file.h"

#include "base/ending.h"

#include <string.h>

bool test_file_is(const char *name)
{
    static const char ending[] = "_test.lua";
    return strlen(name) > sizeof ending - 1 && ends_with(name, ending);
}
