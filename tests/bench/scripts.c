/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How fast the functions of a script run in the worker: derive on rows, and compute on groups, of data in
 * memory. bench-scripts FOLDER WORKER ROWS GROUPS prints the seconds of both. tests/bench/scripts/plain.lua
 * does the same in plain Lua.
 */
#include "script/scripts.h"
#include "base/mem.h"
#include "stats/cell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS = 12, ROWS_A_CALL = 20000, GROUPS_A_CALL = 500 };

static const char *const items[ITEMS] = {"vision_1",   "vision_2",   "vision_3", "practice_1",
                                         "practice_2", "practice_3", "a",        "b",
                                         "c",          "d",          "e",        "f"};

struct bench {
    uv_loop_t loop;
    struct scripts *scripts;
    double *values;
    struct buf *cells;
    size_t rows, groups, done;
    double sum;
    uint64_t began;
};

static double seconds_since(uint64_t began)
{
    return (double)(uv_hrtime() - began) / 1e9;
}

static void fail(const char *what)
{
    fprintf(stderr, "bench-scripts: %s\n", what);
    exit(EXIT_FAILURE);
}

static void on_stopped(void *data)
{
    (void)data;
}

/* ---- compute ------------------------------------------------------------------------------------------- */

static void compute_next(struct bench *bench);

static void on_computed(void *data, const struct compute_result *results, const struct error *error)
{
    struct bench *bench = data;
    if (error)
        fail(error->text);
    const size_t left = bench->groups - bench->done, count = left < GROUPS_A_CALL ? left : GROUPS_A_CALL;
    for (size_t i = 0; i < count; i++)
        bench->sum += results[i].value;
    bench->done += count;
    compute_next(bench);
}

/* The cell of a team of 20 to 26. */
static struct buf make_cell(size_t group)
{
    struct cell cell;
    struct buf bytes = {0};
    cell_init(&cell, 1);
    for (size_t i = 0; i < 20 + group % 7; i++)
        tally_add(&cell.tallies[0], (double)((group + i * i) % 9) - 4, 1);
    cell_settle(&cell);
    cell_encode(&cell, &bytes);
    cell_free(&cell);
    return bytes;
}

static void compute_next(struct bench *bench)
{
    const size_t left = bench->groups - bench->done, count = left < GROUPS_A_CALL ? left : GROUPS_A_CALL;
    if (count == 0) {
        printf(" %.6f %.3f\n", seconds_since(bench->began), bench->sum);
        scripts_stop(bench->scripts, on_stopped, NULL);
        return;
    }
    struct compute_bytes bytes[GROUPS_A_CALL];
    struct compute_group groups[GROUPS_A_CALL];
    for (size_t i = 0; i < count; i++) {
        const struct buf *cell = &bench->cells[bench->done + i];
        bytes[i] = (struct compute_bytes){cell->data, cell->size};
        groups[i] = (struct compute_group){
            .group = "school/team", .level = "team", .period = "2025", .cells = &bytes[i]};
    }
    const struct compute_call call = {
        .indicator = "gap", .fewest = 5, .groups = groups, .group_count = count};
    scripts_compute(bench->scripts, &call, on_computed, bench);
}

/* ---- derive -------------------------------------------------------------------------------------------- */

static void derive_next(struct bench *bench);

static void on_derived(void *data, const double *numbers, const struct error *error)
{
    struct bench *bench = data;
    if (error)
        fail(error->text);
    const size_t left = bench->rows - bench->done, count = left < ROWS_A_CALL ? left : ROWS_A_CALL;
    for (size_t i = 0; i < count; i++)
        bench->sum += isnan(numbers[i]) ? 0 : numbers[i];
    bench->done += count;
    derive_next(bench);
}

static void derive_next(struct bench *bench)
{
    const size_t left = bench->rows - bench->done, count = left < ROWS_A_CALL ? left : ROWS_A_CALL;
    if (count == 0) {
        printf("%.6f", seconds_since(bench->began));
        bench->done = 0;
        bench->began = uv_hrtime();
        compute_next(bench);
        return;
    }
    const struct derive_call call = {.indicator = "gap",
                                     .input = "gap",
                                     .columns = items,
                                     .column_count = ITEMS,
                                     .values = bench->values + bench->done * ITEMS,
                                     .row_count = count};
    scripts_derive(bench->scripts, &call, on_derived, bench);
}

/* As in plain.lua. */
static double answer(size_t row, size_t item)
{
    return (row * ITEMS + item) % 17 ? (double)((row * 7 + item * 3) % 5 + 1) : NAN;
}

static void fill(struct bench *bench)
{
    bench->values = mem_alloc(bench->rows * ITEMS * sizeof *bench->values);
    for (size_t row = 0; row < bench->rows; row++)
        for (size_t item = 0; item < ITEMS; item++)
            bench->values[row * ITEMS + item] = answer(row, item);
    bench->cells = mem_alloc(bench->groups * sizeof *bench->cells);
    for (size_t group = 0; group < bench->groups; group++)
        bench->cells[group] = make_cell(group);
}

static void on_changed(void *data)
{
    (void)data;
}

static void on_ready(void *data)
{
    struct bench *bench = data;
    bench->began = uv_hrtime();
    derive_next(bench);
}

int main(int argc, char **argv)
{
    if (argc != 5)
        fail("FOLDER WORKER ROWS GROUPS");
    struct bench bench = {.rows = strtoul(argv[3], NULL, 10), .groups = strtoul(argv[4], NULL, 10)};
    const struct scripts_options options = {.folders = argv[1], .worker_path = argv[2]};
    const struct scripts_callbacks callbacks = {.changed = on_changed, .ready = on_ready, .data = &bench};
    struct error error;
    fill(&bench);
    uv_loop_init(&bench.loop);
    if (scripts_start(&bench.scripts, &bench.loop, &options, &callbacks, &error) != 0)
        fail(error.text);
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    uv_loop_close(&bench.loop);
    for (size_t group = 0; group < bench.groups; group++)
        buf_free(&bench.cells[group]);
    free(bench.cells);
    free(bench.values);
    return EXIT_SUCCESS;
}
