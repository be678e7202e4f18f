/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The worker knows a line, and what does not fit the other files knows its declaration: here the name that is
 * meant is looked up in the text. */
#include "script/lint/lint.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- lines --------------------------------------------------------------------------------------------- */

/* The first token on the line or behind it. */
static uint32_t first_on_line(const struct outline *outline, int line)
{
    uint32_t low = 0, high = (uint32_t)outline->tokens.count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (outline_token(outline, middle)->line < (uint32_t)line)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Behind everything that begins on the line: the brackets that are opened there close later. */
static uint32_t end_of_begun(const struct outline *outline, uint32_t first, int line)
{
    uint32_t end = first;
    for (uint32_t at = first;
         at < outline->tokens.count && outline_token(outline, at)->line == (uint32_t)line; at++) {
        const uint32_t last = outline->partner[at] == NO_TOKEN ? at : outline->partner[at];
        end = last >= end ? last + 1 : end;
    }
    return end;
}

/* ---- names in messages --------------------------------------------------------------------------------- */

/* The next 'name' in quotes of what is wrong: what to do stands behind a semicolon. NULL: there is none. To
 * be freed. */
static char *quoted_name(const char **message)
{
    const char *open = *message + strcspn(*message, "';");
    const char *close = *open == '\'' ? strchr(open + 1, '\'') : NULL;
    if (!close)
        return NULL;
    *message = close + 1;
    return strndup(open + 1, (size_t)(close - open - 1));
}

/* The x of the first "w.x". */
static char *function_name(const char *message)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
    const char *found = strstr(message, "w.");
    const size_t length = found ? strspn(found + 2, letters) : 0;
    return length ? strndup(found + 2, length) : NULL;
}

/* The module in whose file it happened, of "helpers.lua:1: ...". */
static char *module_name(const char *message)
{
    const size_t length = strcspn(message, " :");
    static const char ending[] = ".lua:";
    return length > 4 && strncmp(message + length - 4, ending, sizeof ending - 1) == 0
               ? strndup(message, length - 4)
               : NULL;
}

static uint32_t find_key(const struct outline *outline, const char *name, uint32_t from, uint32_t end)
{
    uint32_t at = outline_find(outline, name, from, end);
    while (at != NO_TOKEN && !outline_is_key(outline, at))
        at = outline_find(outline, name, at + 1, end);
    return at;
}

static uint32_t find_function(const struct outline *outline, const char *name, uint32_t from, uint32_t end)
{
    uint32_t at = outline_find_plain(outline, name, from, end);
    while (at != NO_TOKEN && !outline_is_member(outline, at))
        at = outline_find_plain(outline, name, at + 1, end);
    return at;
}

/* ---- what the worker says ------------------------------------------------------------------------------ */

/* "FILE:LINE: what" and its frames. */
struct told {
    int line;
    char *message, *trace; /* trace "": none */
};

/* Lua shortens a long name to its last bytes behind three dots. */
enum { LONGEST_SHOWN = 59, DOTS = 3 };

/* The length of the script's own name at the beginning of a text that says more behind a colon; 0: another
 * begins there. */
static size_t own_name(const struct lint *lint, const char *text)
{
    const size_t length = strlen(lint->file), kept = LONGEST_SHOWN - DOTS;
    if (strncmp(text, lint->file, length) == 0 && text[length] == ':')
        return length;
    if (length > LONGEST_SHOWN && strncmp(text, "...", DOTS) == 0 &&
        strncmp(text + DOTS, lint->file + length - kept, kept) == 0 && text[LONGEST_SHOWN] == ':')
        return LONGEST_SHOWN;
    return 0;
}

/* The line behind "FILE:" of the script itself; 0: it is not there. */
static int own_line(const struct lint *lint, const char *text)
{
    const size_t length = own_name(lint, text);
    return length ? atoi(text + length + 1) : 0;
}

static int line_of_frames(const struct lint *lint, const char *trace)
{
    static const char mark[] = "\n  at ";
    int line = 0;
    for (const char *at = trace; !line && (at = strstr(at, mark)) != NULL; at += sizeof mark - 1)
        line = own_line(lint, at + sizeof mark - 1);
    return line;
}

/* Goes behind the places of the script itself that a text begins with, of which the last has the line:
 * whoever does not know a shortened name puts another one before it. */
static const char *skip_places(const struct lint *lint, const char *text, int *line)
{
    size_t length;
    while ((length = own_name(lint, text)) > 0) {
        const char *digits = text + length + 1, *end = digits + strspn(digits, "0123456789");
        const char *behind = end > digits && strncmp(end, ": ", 2) == 0 ? end + 2
                             : *digits == ' '                           ? digits + 1
                                                                        : NULL;
        if (!behind)
            return text;
        *line = end > digits ? atoi(digits) : *line;
        text = behind;
    }
    return text;
}

/* What happens in a file that is required is told of where it is required. */
static struct told read_told(const struct lint *lint, const char *text)
{
    const size_t length = strcspn(text, "\n");
    struct told told = {.trace = mem_copy_text(text + length)};
    const char *message = skip_places(lint, text, &told.line);
    told.message = strndup(message, (size_t)(text + length - message));
    if (!told.line)
        told.line = line_of_frames(lint, told.trace);
    if (!told.line)
        told.line = 1;
    return told;
}

/* What the parser stumbled over on that line: it ends behind it. NO_TOKEN: the text was over. */
static uint32_t token_parsed(const struct outline *outline, size_t taken, int line)
{
    uint32_t at = first_on_line(outline, line), found = NO_TOKEN;
    for (; at < outline->tokens.count && outline_token(outline, at)->line == (uint32_t)line; at++)
        if ((size_t)(outline_token(outline, at)->text - outline->text) + 1 < taken)
            found = at;
    return found;
}

/* A name that the message quotes: a key in what begins on the line, or else anything on the line. */
static uint32_t find_quoted(const struct outline *outline, const char *message, int line)
{
    const uint32_t first = first_on_line(outline, line), behind = first_on_line(outline, line + 1),
                   end = end_of_begun(outline, first, line);
    uint32_t found = NO_TOKEN;
    char *name;
    while (found == NO_TOKEN && (name = quoted_name(&message)) != NULL) {
        found = find_key(outline, name, first, end);
        if (found == NO_TOKEN)
            found = outline_find_plain(outline, name, first, behind);
        free(name);
    }
    return found;
}

static bool place_named(const struct lint *lint, const char *message, int line, struct place *place)
{
    const struct outline *outline = lint->outline;
    const uint32_t first = first_on_line(outline, line), behind = first_on_line(outline, line + 1);
    char *module = module_name(message), *function = function_name(message);
    uint32_t from = NO_TOKEN, last = NO_TOKEN;
    if (module && (last = outline_find_plain(outline, module, first, behind)) != NO_TOKEN)
        from = last;
    else if ((last = find_quoted(outline, message, line)) != NO_TOKEN)
        from = last;
    else if (function && (last = find_function(outline, function, first, behind)) != NO_TOKEN)
        from = last - (outline_is_kind(outline, last - 2, TOKEN_NAME) ? 2 : 0);
    if (from != NO_TOKEN)
        *place = place_of_tokens(outline, from, last);
    free(module);
    free(function);
    return from != NO_TOKEN;
}

/* A single frame only repeats the place. */
static bool has_several_frames(const char *trace)
{
    return trace[0] && strchr(trace + 1, '\n');
}

static void add_told(const struct lint *lint, const char *code, struct place place, const struct told *told,
                     const char *hint)
{
    findings_add(lint->findings, SEVERITY_ERROR, code, place,
                 has_several_frames(told->trace) ? told->trace + 1 : NULL, "%s%s%s", told->message,
                 hint ? "; " : "", hint ? hint : "");
}

/* `taken`: how much of the text the parser took. */
static void tell_unparsed(const struct lint *lint, const char *code, const struct told *told, size_t taken)
{
    const uint32_t at = token_parsed(lint->outline, taken, told->line);
    const struct place place = at == NO_TOKEN ? place_of_line(lint->outline->text, told->line)
                                              : place_of_tokens(lint->outline, at, at);
    char *hint = lint_hint(lint->outline, at, told->message);
    add_told(lint, code, place, told, hint);
    free(hint);
}

void lint_problem(const struct lint *lint, const char *code, const char *text, size_t taken)
{
    if (findings_are_full(lint->findings))
        return;
    struct told told = read_told(lint, text);
    struct place place;
    if (taken) {
        tell_unparsed(lint, code, &told, taken);
    } else {
        if (!place_named(lint, told.message, told.line, &place))
            place = place_of_line(lint->outline->text, told.line);
        add_told(lint, code, place, &told, NULL);
    }
    free(told.message);
    free(told.trace);
}

/* The codes that the worker gives; another one would be that of a worker of another version. */
static const char *known_code(const char *code)
{
    static const char *const codes[] = {"syntax", "unknown-key", "declaration", "limit"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (strcmp(code, codes[i]) == 0)
            return codes[i];
    return "error";
}

void lint_problems(const struct lint *lint)
{
    for (size_t i = 0; i < lint->declarations->problem_count; i++) {
        const struct problem_declaration *problem = &lint->declarations->problems[i];
        lint_problem(lint, known_code(problem->code), problem->text, problem->taken);
    }
}

/* ---- what does not fit --------------------------------------------------------------------------------- */

static uint32_t find_string(const struct outline *outline, const char *name, uint32_t from, uint32_t end)
{
    uint32_t at = outline_find_plain(outline, name, from, end);
    while (at != NO_TOKEN && !outline_is_kind(outline, at, TOKEN_STRING))
        at = outline_find_plain(outline, name, at + 1, end);
    return at;
}

/* The name in the field that it belongs to, else the only one in the file. */
static uint32_t find_misfit(const struct outline *outline, const struct misfit *misfit)
{
    const uint32_t count = (uint32_t)outline->tokens.count;
    const struct outline_call *call = outline_call(outline, misfit->kind, misfit->id, misfit->line);
    uint32_t key = call ? outline_field(outline, call->table, misfit->key) : NO_TOKEN;
    if (key != NO_TOKEN && misfit->input) {
        const uint32_t inputs = outline_field_table(outline, call->table, misfit->key);
        const uint32_t input = inputs == NO_TOKEN ? NO_TOKEN : outline_field(outline, inputs, misfit->input);
        key = input == NO_TOKEN ? key : input;
    }
    uint32_t found = NO_TOKEN;
    if (key != NO_TOKEN)
        found = find_string(outline, misfit->name, key, outline_field_end(outline, key));
    if (found != NO_TOKEN)
        return found;
    found = find_string(outline, misfit->name, 0, count);
    return found != NO_TOKEN && find_string(outline, misfit->name, found + 1, count) == NO_TOKEN ? found
                                                                                                 : NO_TOKEN;
}

static bool tell_misfit(void *data, const struct misfit *misfit)
{
    const struct lint *lint = data;
    if (misfit->waits && !lint->all_known)
        return true;
    const uint32_t at = find_misfit(lint->outline, misfit);
    const struct place place = at == NO_TOKEN ? place_of_line(lint->outline->text, misfit->line)
                                              : place_of_tokens(lint->outline, at, at);
    findings_add(lint->findings, misfit->waits ? SEVERITY_WARNING : SEVERITY_ERROR, misfit->code, place, NULL,
                 "%s", misfit->message);
    return !findings_are_full(lint->findings);
}

void lint_misfits(const struct lint *lint)
{
    misfits_duplicates(lint->declarations, lint->earlier, tell_misfit, (void *)lint);
    misfits_unknown(lint->declarations, lint->all, tell_misfit, (void *)lint);
}
