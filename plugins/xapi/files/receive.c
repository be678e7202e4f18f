/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A file came in: it goes to the confined process, with an order. Part of that is a secret of the store, made
 * for the first file: from the id that a statement is given by it nobody can try out who did something.
 */
#include "files/files.h"

#include "files/job.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static const struct wz_resource_key where = {.collection = "files", .name = "key"};

/* The host gives one file at a time. */
static void end_with(struct xapi *xapi, const char *error)
{
    struct wz_delivery *delivery = xapi->receiving;
    xapi->receiving = NULL;
    xapi->host->finish(xapi->self, delivery, error);
}

static void decode_with(struct xapi *xapi, const uint8_t key[FILE_KEY_SIZE])
{
    struct wz_delivery *delivery = xapi->receiving;
    char *job = file_job_write(xapi, xapi->host->option(xapi->self, "groups"), key);
    xapi->receiving = NULL;
    xapi->host->decode(xapi->self, delivery, job);
    sodium_memzero(job, strlen(job));
    free(job);
}

static void read_key(struct xapi *xapi);

/* Another feed may have been quicker: what is there now is read in any case. */
static void on_made(void *context, int changed, enum wz_failure failure, const char *error)
{
    (void)changed;
    struct xapi *xapi = context;
    if (failure != WZ_NO_FAILURE)
        end_with(xapi, error ? error : "wijzerd could not prepare to read it; send it again");
    else
        read_key(xapi);
}

static void make_key(struct xapi *xapi)
{
    uint8_t key[FILE_KEY_SIZE];
    crypto_generichash_keygen(key);
    const struct wz_resource resource = {
        .content_type = "application/octet-stream", .body = key, .size = sizeof key};
    xapi->host->resource_put(xapi->self, &where, &resource, 0, on_made, xapi);
    sodium_memzero(key, sizeof key);
}

static void on_key(void *context, const struct wz_resource *resource, const char *error)
{
    struct xapi *xapi = context;
    if (error)
        end_with(xapi, error);
    else if (!resource)
        make_key(xapi);
    else if (resource->size != FILE_KEY_SIZE)
        end_with(xapi, "the store is damaged: what ids of statements are made with is not there");
    else
        decode_with(xapi, resource->body);
}

static void read_key(struct xapi *xapi)
{
    xapi->host->resource_get(xapi->self, &where, on_key, xapi);
}

void xapi_receive(void *state, const struct wz_document *document)
{
    struct xapi *xapi = state;
    xapi->receiving = document->delivery;
    read_key(xapi);
}
