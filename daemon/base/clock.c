/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/clock.h"

#include <stddef.h>
#include <sys/time.h>
#include <time.h>

int64_t clock_now(void)
{
    struct timeval now;
    gettimeofday(&now, NULL);
    return (int64_t)now.tv_sec * 1000 + now.tv_usec / 1000;
}

int64_t clock_ticks(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_of_thread(void)
{
    struct timespec spent;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return (int64_t)spent.tv_sec * 1000 + spent.tv_nsec / 1000000;
}

static int64_t read_wall(void *data)
{
    (void)data;
    return clock_now();
}

const struct clock clock_on_the_wall = {.now = read_wall};
