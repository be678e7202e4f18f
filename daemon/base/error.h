/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What went wrong, for a person. A function that can fail returns 0 or -1 and fills the caller's `struct
 * error`; nothing is allocated, so nothing is owned.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

enum error_kind {
    ERROR_NONE = 0,
    ERROR_FAILED,    /* it did not work */
    ERROR_INPUT,     /* what was handed in is wrong */
    ERROR_NOT_FOUND, /* there is no such thing */
    ERROR_FULL,      /* the disk is full or a limit is reached; may work later */
    ERROR_CLOSED,    /* shutting down */
    ERROR_TOO_MUCH,  /* at once: asked for less it may work */
    ERROR_CANCELLED, /* somebody did not want it any more */
};

struct error {
    enum error_kind kind;
    char text[1000];
};

/* Sets kind and text; a text that is too long is cut. Returns -1, so that `return error_set(...)` reads well.
 */
int error_set(struct error *error, enum error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "where: " before the text. Returns -1. */
int error_at(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
