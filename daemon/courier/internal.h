/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the courier's room: a [pull NAME] that runs. */
#ifndef COURIER_INTERNAL_H
#define COURIER_INTERNAL_H

#include "courier/courier.h"
#include "courier/http.h"
#include "plugin/options.h"
#include "plugin/plugin_file.h"
#include "plugin/timers.h"

struct wz_instance {
    struct courier *courier;
    const struct config_section *section;
    struct plugin plugin;
    struct option_values options;
    void *state; /* the plugin's */
    bool initialised;
    struct timers timers;
    char *secret; /* the last that was read */
    char *kept;   /* the text of the instance, as of the last reading */
    char *status;
    struct error error; /* of the last call that gave one */
};

struct courier {
    struct courier_options options;
    struct http *http;
    struct wz_instance **instances;
    size_t count;
    bool stopping;
    unsigned open; /* handles that will call back */
    void (*closed)(void *data);
    void *closed_data;
};

extern const struct wz_courier courier_functions;

/* kept_text.c: DIR/NAME. A copy, or NULL where there is none; -1: it cannot be read or written. */
int kept_text_read(const char *directory, const char *name, char **text, struct error *error);
int kept_text_write(const char *directory, const char *name, const char *text, struct error *error);

/* deliver.c: a document for wijzerd. */
void courier_deliver(struct wz_instance *instance, const char *name, const void *body, size_t size,
                     wz_receipt_fn done, void *context);

#endif
