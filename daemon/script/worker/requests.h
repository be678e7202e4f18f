/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The requests of script/PROTOCOL.md that run a script's functions. */
#ifndef SCRIPT_WORKER_REQUESTS_H
#define SCRIPT_WORKER_REQUESTS_H

#include "script/worker/messages.h"
#include "script/worker/program.h"

/* Both read the rest of their request after the file's name and append the answer's payload. false: it
 * failed, with the text for a person in `error`; program->stopped says whether it was a matter of time. */
bool request_derive(struct program *program, struct reader *request, struct buf *answer, struct buf *error);
bool request_compute(struct program *program, struct reader *request, struct buf *answer, struct buf *error);

/* Is the alert there, and does it hold? One verdict per case, or all fail. */
bool request_judge(struct program *program, struct reader *request, struct buf *answer, struct buf *error);

/* Makes the wave of each of an export's rows; a row on which the function fails has its own failure. */
bool request_waves(struct program *program, struct reader *request, struct buf *answer, struct buf *error);

/* Runs a test of a test file; what the test asks of the data goes out as questions, whose answers come in by
 * the inbox, and make the request invalid. */
bool request_test(struct program *program, struct reader *request, struct inbox *inbox, struct buf *answer,
                  struct buf *error);

#endif
