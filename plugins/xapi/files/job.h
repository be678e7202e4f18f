/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order that goes with a file into the confined process, where the feed's options cannot be asked for. */
#ifndef XAPI_FILE_JOB_H
#define XAPI_FILE_JOB_H

#include "xapi.h"

enum { FILE_KEY_SIZE = 32 };

struct file_job {
    struct xapi xapi;           /* without a host */
    uint8_t key[FILE_KEY_SIZE]; /* statements without an id get one by it, see files/decode.c */
};

/* To be freed. `groups`: the option. */
char *file_job_write(const struct xapi *xapi, const char *groups, const uint8_t key[FILE_KEY_SIZE]);
/* false: it is none. Ends with file_job_free either way. */
bool file_job_read(struct file_job *job, const char *text);
void file_job_free(struct file_job *job);

#endif
