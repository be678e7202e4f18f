/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frames of script/PROTOCOL.md, for both ends. */
#ifndef SCRIPT_FRAME_H
#define SCRIPT_FRAME_H

#include "base/frame.h"

enum frame_kind {
    FRAME_LOAD = 'L',
    FRAME_UNLOAD = 'U',
    FRAME_DERIVE = 'D',
    FRAME_COMPUTE = 'C',
    FRAME_JUDGE = 'J',
    FRAME_WAVES = 'W',
    FRAME_TEST = 'T',
    FRAME_ANSWER = 'A',
    FRAME_READY = 'r',
    FRAME_LOADED = 'l',
    FRAME_DERIVED = 'd',
    FRAME_COMPUTED = 'c',
    FRAME_JUDGED = 'j',
    FRAME_WAVES_MADE = 'w',
    FRAME_TESTED = 't',
    FRAME_QUESTION = 'q',
    FRAME_FAILED = 'f',
    FRAME_LOG = 'p',
};

/* What comes of a case of `judge`. */
enum judge_word {
    JUDGE_ENDS = 0,
    JUDGE_HOLDS = 1,
    JUDGE_CONTRADICTS = 2, /* `raise` and `clear` both say yes; it holds */
    JUDGE_FAILED = 3,
};

#endif
