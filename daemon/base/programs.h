/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where our own executables and plugins are: beside each other in a build, in libexec and lib once installed.
 */
#ifndef BASE_PROGRAMS_H
#define BASE_PROGRAMS_H

/* All to be freed. */
char *programs_folder(void);
char *programs_find(const char *name); /* the worker or the decoder */
char *programs_plugins(void);          /* the folder of plugins */

#endif
