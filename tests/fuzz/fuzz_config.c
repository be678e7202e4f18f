/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wijzer.conf, as somebody may have written it. */
#include "fuzz.h"

#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const struct config_overrides none = {0};
    struct config config;
    struct error error;
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fuzz_file(bytes, size));
    if (config_read(&config, path, &none, "/plugins", &error) == 0) {
        HOLDS(config_equal(&config, &config));
        HOLDS(config.min_group_size > 0);
        config_free(&config);
    }
    return 0;
}
