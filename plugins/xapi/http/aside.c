/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/aside.h"

#include "xapi.h"

#include "base/mem.h"

#include <stdlib.h>

struct work {
    struct xapi_request *request;
    void (*run)(struct xapi_request *request);
    void (*then)(struct xapi_request *request);
};

static void run_work(void *context)
{
    const struct work *work = context;
    work->run(work->request);
}

static void end_work(void *context, int stopped)
{
    const struct work work = *(struct work *)context;
    free(context);
    if (stopped)
        xapi_refuse_failure(work.request, WZ_STOPPING,
                            "the feed stops; nothing was kept, send it again later");
    else
        work.then(work.request);
}

void xapi_aside(struct xapi_request *request, size_t bytes, void (*run)(struct xapi_request *request),
                void (*then)(struct xapi_request *request))
{
    const struct xapi *xapi = request->xapi;
    if (bytes <= ASIDE_FROM) {
        run(request);
        then(request);
        return;
    }
    struct work *work = mem_alloc(sizeof *work);
    *work = (struct work){request, run, then};
    xapi->host->aside(xapi->self, run_work, end_work, work);
}
