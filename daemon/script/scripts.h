/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The scripts of the scripts folders: loaded into a worker process, watched for changes, called, and kept
 * apart from everything else. A file that fails to load leaves its running version in place, across a restart
 * too: whoever starts the scripts keeps the versions that run, and gives them back. A file that is gone is
 * dropped a few seconds later; of those of a folder that cannot be read nothing is known, and they stay. A
 * call that takes too long ends the worker; it is started again, every script is loaded anew, and the guilty
 * one is tried again later (after 1, then 10 seconds) until its third strike: then it is quarantined until
 * its file changes.
 */
#ifndef SCRIPT_SCRIPTS_H
#define SCRIPT_SCRIPTS_H

#include "base/error.h"
#include "script/declaration.h"

#include <uv.h>

struct scripts; /* owned by whoever starts it */

/* Bytes that all scripts may hold together, whatever each may. */
#define SCRIPTS_MEMORY_TOGETHER ((uint64_t)1536 << 20)

/* The version of a script that ran well last, for the next start. */
struct kept_script {
    const char *file;
    const void *bytes; /* of this room's making; the digest of them changes when the version does */
    size_t size;       /* 0: it is not to be kept any more */
};

struct scripts_options {
    const char *folders;            /* separated by ':' */
    const char *worker_path;        /* the worker's executable */
    uint64_t memory_bytes;          /* a script may hold; 0: 32 MiB */
    uint64_t call_ms;               /* a call may take; 0: 1000 */
    bool quiet;                     /* failures are not logged: whoever asks shows them */
    const char *params_json;        /* {INDICATOR: {KEY: value}} as configured; NULL: none */
    int min_group_size;             /* the least that an indicator may ask for; 0: it is not known */
    const struct kept_script *kept; /* what was handed to `keep` before; only for the call */
    size_t kept_count;
};

/* All on the loop. What a callback is handed lives until it returns, but declarations until the next
 * `changed`. */
struct scripts_callbacks {
    /* Some script's declarations appeared, changed or went. Ask scripts_each. */
    void (*changed)(void *data);
    /* The first loading of all files is over, well or badly. Called once, after `changed`. */
    void (*ready)(void *data);
    /* These are to be kept, all or none of them: each is another version than was kept so far, that runs and
     * fits the other files; or its file is gone. NULL: nobody keeps them. */
    void (*keep)(void *data, const struct kept_script *scripts, size_t count);
    void *data;
};

int scripts_start(struct scripts **scripts, uv_loop_t *loop, const struct scripts_options *options,
                  const struct scripts_callbacks *callbacks, struct error *error);
/* Ends the worker; calls still open are answered with ERROR_CLOSED. `closed` comes on the loop, then it is
 * gone. */
void scripts_stop(struct scripts *scripts, void (*closed)(void *data), void *data);
/* Looks at the folders again now (SIGHUP). */
void scripts_rescan(struct scripts *scripts);

enum script_state {
    SCRIPT_LOADING = 0,
    SCRIPT_ACTIVE = 1,
    SCRIPT_FAILED = 2, /* see error; an earlier version may still be running */
    SCRIPT_QUARANTINED = 3,
};

struct script_info {
    const char *file; /* relative to its folder; unique: of two equal names the first folder's counts */
    enum script_state state;
    const char *error; /* "FILE:LINE: what", or NULL. Of the last load or call that failed */
    const char *away;  /* why its file is not seen, and what becomes of it; NULL: it is there */
    int64_t loaded_at; /* milliseconds since 1970 UTC; 0: never */
    uint64_t version;  /* grows with every successful load of changed text */
    const char *
        fingerprint; /* hex digest of the running version's text, the same after a restart; NULL: none runs */
    uint64_t calls, calls_ms, memory_bytes, memory_peak_bytes;
    const struct declarations *declarations; /* of the running version, or NULL */
};
/* In order of file. */
void scripts_each(struct scripts *scripts, void (*visit)(void *data, const struct script_info *info),
                  void *data);
/* Why folders cannot be read, those for which that is so. */
void scripts_folders(struct scripts *scripts,
                     void (*visit)(void *data, const char *folder, const char *problem), void *data);
/* Has every file been loaded well, with none waiting, failed or quarantined, and no folder unread? */
bool scripts_all_active(struct scripts *scripts);
/* How long the calls of a file have taken by now. */
uint64_t scripts_spent_ms(const struct scripts *scripts, const char *file);
/* The instrument's declaration, or NULL. Valid until the next `changed`. */
const struct instrument_declaration *scripts_instrument(struct scripts *scripts, const char *id);

/* ---- calls: one runs at a time, the others wait. The answer always comes, on the loop, later
 * ---------------- */

/* Runs a derive input's function on rows: `values` holds rows * columns numbers, row by row, NaN where a row
 * has no answer; `columns` are the items' names. The first `text_columns` are of texts: their numbers are
 * indexes in `texts`. */
struct derive_call {
    const char *indicator, *input;
    const char *const *columns;
    size_t column_count;
    const double *values;
    size_t row_count;
    size_t text_columns;
    const char *const *texts;
    size_t text_count;
};
/* A number per row, NaN for nil. `error` (then numbers is NULL): "FILE:LINE: what" and kind. ERROR_CLOSED:
 * the script was unloaded, replaced or is quarantined; whoever asked asks again when `changed` is called.
 * ERROR_TOO_MUCH: it is out of time for so many, and one of them may need all of a call's time; whoever asked
 * asks for fewer (script/batch_size.h). */
typedef void (*derive_done_fn)(void *data, const double *numbers, const struct error *error);
void scripts_derive(struct scripts *scripts, const struct derive_call *call, derive_done_fn done, void *data);

/* Runs an indicator's compute for groups. */
struct compute_bytes {
    const void *bytes; /* an encoded cell (stats/cell.h), or size 0 */
    size_t size;
};
struct compute_group {
    const char *group, *level, *period;
    double days;                       /* of events: how long the period is; 0: it is a wave */
    const struct compute_bytes *cells; /* one per input, in the declaration's order */
};
/* What a group can be compared with. A script that looks at one which the call does not bring is answered
 * with COMPUTE_NEEDS. */
enum compute_relation {
    RELATION_PREVIOUS = 1, /* the group, in the last period before that it has answers in */
    RELATION_PARENT = 2,   /* the nearest group around it that the indicator is computed for */
    RELATION_PEERS = 4,    /* those of its level in the same parent */
    RELATION_CHILDREN = 8, /* those inside it, of every level that the indicator is computed for */
};
/* Indexes in the call's groups; NO_RELATIVE: none. */
#define NO_RELATIVE SIZE_MAX
struct compute_relatives {
    size_t previous, parent;
    const size_t *peers, *children;
    size_t peer_count, child_count;
};
struct compute_call {
    const char *indicator;
    int64_t fewest; /* people: of fewer, the script is shown nothing */
    const struct compute_group
        *groups;        /* those to be computed, and behind them those that are compared with them */
    size_t group_count; /* to be computed */
    size_t compared_count;
    unsigned relations;                        /* that are given: a sum of enum compute_relation */
    const struct compute_relatives *relatives; /* one per group to be computed; NULL where `relations` is 0 */
};

enum compute_kind {
    COMPUTE_NO_VALUE = 0,
    COMPUTE_NUMBER = 1,
    COMPUTE_INTEGER = 2,
    COMPUTE_FAILED = 3,
    COMPUTE_NEEDS = 4, /* there is no result before the call brings these relations too */
};

struct compute_result {
    enum compute_kind kind;
    unsigned needs; /* of COMPUTE_NEEDS: a sum of enum compute_relation */
    double value;
    int64_t integer;
    const char *reason; /* of COMPUTE_NO_VALUE and COMPUTE_FAILED ("FILE:LINE: what"); may be NULL */
    int64_t n; /* the smallest n of the inputs whose numbers were read; of all inputs where none was */
    bool has_ci;
    double ci[2];
    const char *extra; /* JSON object, or NULL */
};
/* One result per group. `error` (then results is NULL) as for derive. */
typedef void (*compute_done_fn)(void *data, const struct compute_result *results, const struct error *error);
void scripts_compute(struct scripts *scripts, const struct compute_call *call, compute_done_fn done,
                     void *data);

/* Asks an alert, for groups whose indicator has a value, whether it holds: where it is not firing, as `raise`
 * says; where it is, until `clear` says yes and `raise` does not. */
struct judge_value {
    bool is_integer;
    double value;
    int64_t integer, n;
    bool has_ci;
    double ci[2];
    const char *extra; /* JSON object, or NULL */
    const char *period;
};
struct judge_case {
    const char *group, *level;
    bool firing;
    struct judge_value now;
    const struct judge_value *before; /* of the period before; NULL: it has no value */
};
struct judge_call {
    const char *alert;
    const struct judge_case *cases;
    size_t case_count;
};

struct judge_verdict {
    bool holds;
    const char *contradiction; /* "FILE:LINE" of `clear` where that and `raise` both say yes, else NULL */
    const char *failure;       /* "FILE:LINE: what" where the function failed, else NULL */
};
/* One verdict per case. `error` (then verdicts is NULL) as for derive. */
typedef void (*judge_done_fn)(void *data, const struct judge_verdict *verdicts, const struct error *error);
void scripts_judge(struct scripts *scripts, const struct judge_call *call, judge_done_fn done, void *data);

/* Runs the function that makes the waves of an instrument, on rows of an export. */
struct waves_call {
    const char *instrument;
    const char *const *columns; /* the headings of the rows */
    size_t column_count;
    const void *rows; /* row by row a text for each column, as buf_put_text writes it */
    size_t rows_size, row_count;
};
struct wave {
    const char *text;    /* NULL: the function failed on this row */
    const char *failure; /* then "FILE:LINE: what", one line */
};
/* One wave per row. `error` (then waves is NULL) as for derive; but a script that is quarantined is not
 * ERROR_CLOSED: nobody asks again until its file has changed. */
typedef void (*waves_done_fn)(void *data, const struct wave *waves, const struct error *error);
void scripts_waves(struct scripts *scripts, const struct waves_call *call, waves_done_fn done, void *data);

#endif
