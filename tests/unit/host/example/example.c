/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The smallest plugin there is, built by its test against nothing but include/: it takes no documents and
 * counts to 3. */
#include <stdlib.h>
#include <wijzer/plugin.h>

#ifndef EXAMPLE_ABI
#define EXAMPLE_ABI WZ_ABI_VERSION
#endif
#ifndef EXAMPLE_SIZE
#define EXAMPLE_SIZE sizeof descriptor
#endif

static const struct wz_option options[] = {
    {.name = "times",
     .type = WZ_OPTION_INTEGER,
     .required = 1,
     .min = 1,
     .max = 9,
     .help = "how often to say it"},
    {.name = "loud", .type = WZ_OPTION_BOOLEAN, .default_value = "no"},
    {.name = NULL},
};

struct example {
    const struct wz_host *host;
    struct wz_instance *self;
    int64_t times;
};

static int example_init(const struct wz_host *host, struct wz_instance *self, void **state,
                        const char **error)
{
    struct example *example = malloc(sizeof *example);
    if (!example) {
        *error = "out of memory";
        return -1;
    }
    *example = (struct example){host, self, host->option_integer(self, "times")};
    *state = example;
    return 0;
}

static void say(void *state, struct wz_timer *timer)
{
    struct example *example = state;
#ifdef EXAMPLE_FAILS
    example->host->fail(example->self, "there is nobody to greet");
#endif
    example->host->log(example->self, WZ_LOG_INFO, "hello");
    if (--example->times == 0)
        example->host->timer_stop(example->self, timer);
}

static int example_start(void *state, const char **error)
{
    struct example *example = state;
    *error = "no timer could be made";
    return example->host->timer_start(example->self, 1, 1, say) ? 0 : -1;
}

static const struct wz_plugin descriptor = {
    .abi_version = EXAMPLE_ABI,
    .struct_size = EXAMPLE_SIZE,
    .name = "example",
    .version = "1",
    .help = "says hello",
    .options = options,
    .init = example_init,
    .start = example_start,
    .deinit = free,
};

const struct wz_plugin *wijzer_plugin(void);

const struct wz_plugin *wijzer_plugin(void)
{
    return &descriptor;
}
