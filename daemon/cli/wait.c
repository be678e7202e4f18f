/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waiting for the indicators. */
#include "cli/cli.h"

#include "base/json.h"

#include <stdio.h>
#include <time.h>

enum { LONGEST_PAUSE_MS = 100, WAIT_MS = 60 * 1000 };

static int ask_current(const struct options *options, double position, bool *current)
{
    struct answer answer;
    struct error error;
    double at = 0;
    /* Where the talk broke off, a second attempt tells whether anybody is still there. */
    if (client_get(options->socket, "/v1/status", &answer, &error) != 0 &&
        client_ask(options, "/v1/status", &answer) != STATUS_GOOD)
        return fail("the rows are kept; the indicators follow when wijzerd runs again");
    json_number(json_get(answer.json, "engine"), "position", &at);
    *current = at >= position;
    answer_free(&answer);
    return STATUS_GOOD;
}

int wait_until_current(const struct options *options, double position, bool (*is_over)(void))
{
    bool current = false;
    /* Often at first, for mostly it takes a moment; then less and less. */
    for (long waited = 0, pause_ms = 5; waited < WAIT_MS && !(is_over && is_over()); waited += pause_ms) {
        if (ask_current(options, position, &current) != STATUS_GOOD)
            return STATUS_FAILED;
        if (current)
            return STATUS_GOOD;
        const struct timespec pause = {.tv_nsec = pause_ms * 1000000L};
        nanosleep(&pause, NULL);
        pause_ms = pause_ms < LONGEST_PAUSE_MS ? pause_ms + 1 : LONGEST_PAUSE_MS;
    }
    fputs("wijzer: the indicators are still being computed; see wijzer status\n", stderr);
    return STATUS_GOOD;
}
