/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a plugin hands over, which may know less of it than this host does. */
#ifndef HOST_ABI_H
#define HOST_ABI_H

#include <wijzer/plugin.h>

/* What the plugin knows of the record or problem, and nothing else: as it was given, or in `copy`. */
const struct wz_record *abi_record(const struct wz_plugin *plugin, const struct wz_record *given,
                                   struct wz_record *copy);
const struct wz_problem *abi_problem(const struct wz_plugin *plugin, const struct wz_problem *given,
                                     struct wz_problem *copy);

#endif
