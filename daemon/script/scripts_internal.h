/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the script room: what scripts.c (loading), scripts_scan.c (what the folders hold), scripts_kept.c
 * (what outlives a restart), script_answers.c (strikes) and script_calls.c (derive, compute) share. */
#ifndef SCRIPT_SCRIPTS_INTERNAL_H
#define SCRIPT_SCRIPTS_INTERNAL_H

#include "base/repeats.h"
#include "script/script_folder.h"
#include "script/scripts.h"
#include "script/turns.h"
#include "script/worker_process.h"

enum {
    FINGERPRINT_LENGTH = 32,
    DEFAULT_MEMORY = 32 << 20,
    DEFAULT_CALL_MS = 1000,
    FIRST_MS = 200,
    STRIKES_OUT = 3
};

struct script {
    char *file;
    char *folder;        /* that its file was seen in last */
    char *away;          /* why its file is not seen now, or NULL */
    uint64_t gone_at;    /* uv_now since when it surely is not in its folder; 0: it may be */
    struct source *kept; /* what ran before the start, and waits to be loaded; or NULL */
    bool resumes;        /* `candidate` is what ran before the start */
    char kept_digest[FINGERPRINT_LENGTH + 1]; /* of what is kept now; "": nothing is */
    struct source *seen;                      /* as it stands in the folder; NULL: it cannot be read */
    char *problem;                            /* why it cannot be read, or NULL */
    struct source *candidate;                 /* waits to be loaded, or NULL */
    struct source *loading;                   /* the worker loads it now, or NULL */
    struct source *running;                   /* of the last good load, or NULL */
    struct source *fallback;          /* what ran before `running`, until that is known to fit; or NULL */
    bool reverting;                   /* `candidate` is a fallback: why it is needed stays the failure */
    bool in_worker;                   /* the worker that lives now has `running` loaded */
    bool removed;                     /* its file is gone; forgotten once the worker has no request of it */
    struct declarations declarations; /* of `running` */
    struct declarations rejected;     /* of the text that was set back, see set_back */
    struct declarations draft;        /* of the last text that did not load: all that is wrong with it */
    char fingerprint[FINGERPRINT_LENGTH + 1];
    char *failure;       /* of the last load or call that failed since the file changed, or NULL */
    bool failing;        /* and what runs has not shown since that it works */
    char *conflict;      /* why its declarations do not fit those of other files, or NULL */
    uint64_t settled;    /* the last version that fitted the other files; 0: none, or it does not any more */
    bool set_back;       /* the text in the folder loads, but does not fit, and an older one runs */
    char *rival;         /* which file declares the same, where only the alphabet chose this one; or NULL */
    bool by_alphabet;    /* it was chosen so */
    bool quiet;          /* nothing is logged */
    struct repeats told; /* of its failures and conflicts, the log */
    bool slow;        /* a request of it was cut short after FIRST_MS: the next has its whole time, later */
    struct turn turn; /* of its loads and calls */
    unsigned strikes;
    uint64_t last_strike, retry_at; /* uv_now; retry_at 0: not waiting */
    int64_t loaded_at;
    uint64_t version, calls, calls_ms, memory, memory_peak;
    uint64_t log_second; /* the second that log_lines were counted in */
    unsigned log_lines;
};

/* A call that was asked for. What is done with it depends on its kind: see call_derive.c and its likes. */
struct call {
    struct call *next;
    struct script *script; /* NULL: gone */
    uint64_t version;      /* of the script when it was asked */
    struct buf frame;
    uint8_t answered_by; /* the kind of the frame that is a good answer */
    bool was_cut_short;  /* it has its whole time now, however quick the script is else */
    size_t answers;      /* how many of what that kind answers with */
    /* Hands a good answer to whoever asked. false: it cannot be read, and nobody was told. */
    bool (*answer)(struct call *call, struct reader *payload);
    void (*refuse)(struct call *call, const struct error *error);
    union {
        derive_done_fn derived;
        compute_done_fn computed;
        judge_done_fn judged;
        waves_done_fn waves_made;
    } done;
    void *data;
};

enum request { NO_REQUEST, LOADING_KEPT, LOADING_CANDIDATE, RELOADING, CALLING };

struct scripts {
    uv_loop_t *loop;
    char *folders, *worker_path, *params_json;
    uint64_t memory_bytes, call_ms;
    int min_group_size;
    bool quiet;
    struct scripts_callbacks callbacks;
    struct folder_watch *watch;
    struct worker_process *worker; /* NULL: none lives */
    bool worker_answered;          /* in its life */
    unsigned early_deaths;         /* of workers in a row that never answered */
    uint64_t worker_retry_at;      /* uv_now; none is started before. 0: at once */
    char *worker_problem;          /* why the last one never answered, or NULL */
    uv_async_t pump;               /* there may be something to do */
    uv_timer_t retry;              /* a script or the worker gets another try */
    uv_timer_t grace;              /* a file has been gone for long enough */
    size_t open_handles;

    struct script_folder *unread; /* the folders that cannot be read */
    size_t unread_count;
    char **unkept; /* files of scripts that are gone, and of which something is kept still */
    size_t unkept_count;

    struct script **all; /* by file */
    size_t count;
    struct call *first_call, **last_call;
    struct declarations *retired; /* what was handed out, and lives until `changed` has been called */
    size_t retired_count;

    enum request request; /* under way */
    struct script *request_script;
    struct call *request_call;
    uint64_t request_since;
    bool request_is_short; /* it has FIRST_MS only */

    struct turns turns;
    bool changed, ready, stopping;
    uint64_t changed_since; /* uv_now when somebody first saw that `changed` is to be told; 0: nobody did */
    void (*stopped)(void *data);
    void *stopped_data;
};

/* ---- scripts.c: the list, and what is done next -------------------------------------------------------- */

/* There may be something to do. */
void scripts_pump_soon(struct scripts *scripts);
/* The script of a file, or NULL. */
struct script *scripts_find(const struct scripts *scripts, const char *file);
struct script *scripts_add(struct scripts *scripts, const char *file);
/* Whoever was told of the declarations may look at them until `changed` is called. */
void scripts_retire(struct scripts *scripts, struct declarations *declarations);
/* The last step of a stop, once no worker lives. */
void scripts_finish_stop(struct scripts *scripts);

/* ---- scripts_scan.c: what the folders hold ------------------------------------------------------------ */

/* Looks at the folders. `data`: the scripts. */
void scan_folders(void *data);
bool scan_saw_all(const struct scripts *scripts);
void scan_free(struct scripts *scripts);

/* ---- scripts_kept.c: what outlives a restart ----------------------------------------------------------- */

/* Takes what was kept, before the folders are looked at for the first time; and matches it with what they
 * hold, behind that. */
void kept_take(struct scripts *scripts, const struct kept_script *kept, size_t count);
void kept_match(struct scripts *scripts);
/* It runs as before the start, until a newer text does. */
void kept_loaded(struct scripts *scripts, struct script *script, const struct declarations *declarations);
/* It does not load any more, or ended the worker: that is told. `for_good`: it is not kept either. */
void kept_failed(struct scripts *scripts, struct script *script, const char *text, bool for_good);
/* The script is going away with its file. */
void kept_forget(struct scripts *scripts, struct script *script);
/* Hands what changed to whoever keeps it. */
void kept_tell(struct scripts *scripts);
void kept_free(struct scripts *scripts);

/* ---- script_answers.c: what comes of a request --------------------------------------------------------- */

/* The worker's callbacks. */
void answers_take(void *data, uint8_t kind, struct reader *payload);
void answers_log(void *data, const char *file, const char *place, const char *text);
void answers_death(void *data, const struct worker_death *death);
/* Sets the timer to the next moment that a script, or the worker, gets another try. */
void answers_arm_retry(struct scripts *scripts);

/* ---- script_calls.c: what waits for its turn ----------------------------------------------------------- */

/* A call with a frame begun that names the script's file and `id`, what the script declared; where there is
 * no script it is refused later on. The kind's own file adds the rest and enqueues it. */
struct call *call_new(struct script *script, uint8_t kind, const char *id, size_t *begin);
void call_enqueue(struct scripts *scripts, struct call *call, size_t begin);
/* The first call of a script that can be sent now; NULL: none can. */
struct call *calls_first(const struct scripts *scripts, const struct script *script);
/* Does one of a script wait, if only for the script to be loaded again? */
bool calls_wait(const struct scripts *scripts, const struct script *script);
void calls_take(struct scripts *scripts, const struct call *call);
/* Puts a call that was cut short at the end of the queue. */
void call_again(struct scripts *scripts, struct call *call);
/* Answers the calls that never can be sent. */
void calls_refuse_hopeless(struct scripts *scripts);
/* Answers a call with what the worker said, or with an error, and frees it. true: the answer was a good one;
 * else `error` says what was wrong. */
bool call_answer(struct call *call, uint8_t kind, struct reader *payload, struct error *error);
void call_refuse(struct call *call, const struct error *error);
/* Forgets a script that is going away; its calls are answered later. */
void calls_detach(struct scripts *scripts, const struct script *script);
void calls_refuse_all(struct scripts *scripts);

/* Which script declares it; NULL: none that fits the others does. */
struct script *script_of_indicator(const struct scripts *scripts, const char *id);
struct script *script_of_alert(const struct scripts *scripts, const char *id);
struct script *script_of_instrument(const struct scripts *scripts, const char *id);

/* ---- script.c: one script ------------------------------------------------------------------------------ */

void script_free(struct script *script);
/* Takes over how the file stands in its folder now; what was held against the script before is forgotten. */
void script_take_file(struct script *script, const struct script_file *file);
/* Does it stand in its folder as it was taken over? */
bool script_is_as_in(const struct script *script, const struct script_file *file);
enum script_state script_state_of(const struct script *script);
/* Is the script there to be called? */
bool script_callable(const struct script *script);
bool script_is_quarantined(const struct script *script);
void script_make_fingerprint(struct script *script);
/* The hex digest of bytes. */
void script_digest(const struct buf *bytes, char digest[FINGERPRINT_LENGTH + 1]);
/* Why its file is not seen; NULL: it is there. */
void script_set_away(struct script *script, const char *why);

/* Sets the failure. What a script says of itself need not be UTF-8, and everybody who shows it counts on
 * that. */
void script_set_failure(struct script *script, const char *text);
/* A call went well: what was wrong is over, unless it is that a newer text did not load. */
void script_worked(struct script *script);
/* What runs is there again after a lost worker: it counts as active; what was wrong stays to be read until a
 * call shows that it works. */
void script_reloaded(struct script *script);
/* Once, and not again for every repeat of the same. NULL: nothing. */
void script_log_once(struct script *script, const char *text);

/* Appends a load request. `min_group_size` 0: it is not known. */
void script_put_load(struct buf *frame, const char *file, const struct source *source, uint64_t memory_bytes,
                     int min_group_size, const char *params_json);
/* Was the file saved again, or spoilt, while the worker was loading it? Then what came of that says nothing
 * of the file as it stands, and the worker may hold a text that nobody wants any more. */
bool script_forget_outdated_load(struct script *script);
/* What was being loaded waits to be loaded again, unless a newer text does. */
void script_take_back_load(struct script *script);

bool script_is_place_in(const struct script *script, const char *where);
/* What is said of a script whose worker died under it. `where` are the worker's last words: only a place in
 * the script itself is believed. To be freed. */
char *script_death_text(const struct script *script, const char *where, const char *how);

#endif
