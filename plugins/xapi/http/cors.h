/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Content of an LMS runs in a browser and sends its statements itself, from another origin (the Fetch
 * standard, CORS). Any origin may: who has the key is let in, and nothing is sent along that the browser
 * keeps by itself.
 */
#ifndef XAPI_CORS_H
#define XAPI_CORS_H

#include "http/request.h"

/* Has a page of another origin read what the host answers, too, as that its key is wrong. */
void cors_announce(const struct xapi *xapi);
/* Adds to the answer what a page of another origin needs to read it; nothing where no page asks. */
void cors_allow(struct xapi_request *request);
/* Answers an OPTIONS, with which a browser asks beforehand. */
void cors_answer_options(struct xapi_request *request);

#endif
