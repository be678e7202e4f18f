/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where our own executables, plugins and data are: beside each other in a build, in libexec, lib and share
 * once installed. */
#ifndef BASE_PROGRAMS_H
#define BASE_PROGRAMS_H

/* All to be freed. */
char *programs_folder(void);
char *programs_find(const char *name); /* the worker or the decoder */
char *programs_plugins(void);          /* the folder of plugins */
char *programs_data(void);             /* the folder of what authors of scripts look at */

#endif
