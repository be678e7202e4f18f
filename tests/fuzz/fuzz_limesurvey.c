/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a LimeSurvey, or whoever answers in its place, may say. */
#include "fuzz.h"

#include "newest.h"
#include "remote.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const struct wz_http_answer answer = {200, bytes, size};
    struct remote_result result = remote_read(&answer, NULL);
    struct export_rows rows;
    size_t decoded;
    HOLDS(result.text);
    if (result.kind == REMOTE_TEXT && remote_decode(result.text, &decoded))
        HOLDS(newest_id(result.text, decoded, &rows) >= 0);
    free(result.text);
    newest_id((const char *)bytes, size, &rows);
    return 0;
}
