/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A document on its way through the confined decoder process (decoder_main.c). */
#ifndef HOST_DECODER_H
#define HOST_DECODER_H

#include "base/error.h"

#include <stdbool.h>
#include <uv.h>
#include <wijzer/record.h>

struct decoder;

struct decoder_callbacks {
    void (*record)(void *data, const struct wz_record *record);
    void (*problem)(void *data, const struct wz_problem *problem);
    void (*progress)(void *data, uint64_t bytes);
    void (*note)(void *data, const char *key, const char *text);
    void (*description)(void *data, const char *json); /* NULL: the job asks for none */
    void (*hint)(void *data, const char *text);        /* NULL: they are of no use */
    /* Asked after each read: true stops the reading until decoder_resume. */
    bool (*congested)(void *data);
    /* The process is gone, and so is the decoder. `error` says why the document was not read to its end, or
     * NULL. */
    void (*ended)(void *data, const char *error);
    void *data;
};

/* `document` stays the caller's. The plugin is the path of its shared object. */
int decoder_start(struct decoder **decoder, uv_loop_t *loop, const char *program, const char *plugin,
                  int document, const char *job, const struct decoder_callbacks *callbacks,
                  struct error *error);
void decoder_resume(struct decoder *decoder);
/* Ends it early; `ended` is called with the reason. */
void decoder_stop(struct decoder *decoder, const char *reason);

#endif
