/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The daemon's log: one line a message on standard error, with a journal priority before it where systemd
 * reads it. Control characters in a message are written as \xNN, so that no text from outside can forge a
 * line.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
