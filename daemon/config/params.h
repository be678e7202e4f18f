/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CONFIG_PARAMS_H
#define CONFIG_PARAMS_H

#include "config/config.h"

/* The [params INDICATOR] sections as JSON, {INDICATOR: {KEY: value}}: a number or true/false where the text
 * is one, a text otherwise. The script that declares the indicator says what it wants. To be freed. */
char *config_params_json(const struct config *config);

#endif
