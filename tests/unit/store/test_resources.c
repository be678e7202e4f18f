/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resources of plugins: kept by key, changed by version, listed by name, forgotten with their person. */
#include "forgetting.h"
#include "shelf.h"
#include "store/resources.h"

#include "store/forget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint64_t none = 0;

/* ---- a call and what came of it ------------------------------------------------------------------------ */

struct call {
    struct store_resource_key key;
    const char *body;
    const uint64_t *expected;
    int64_t updated, since;
    bool changed;
    struct buf found; /* of get: content type and body; of names: each with a ';' */
    uint64_t version;
};

static int put(struct store_tx *tx, void *data, struct error *error)
{
    struct call *call = data;
    const struct store_resource resource = {.content_type = "text/plain",
                                            .body = call->body,
                                            .size = strlen(call->body),
                                            .updated = call->updated};
    return store_resource_put(tx, &call->key, &resource, call->expected, &call->changed, error);
}

static int take_away(struct store_tx *tx, void *data, struct error *error)
{
    struct call *call = data;
    return store_resource_remove(tx, &call->key, call->expected, &call->changed, error);
}

static void take(void *data, const struct store_resource *resource)
{
    struct call *call = data;
    buf_append_format(&call->found, "%s %.*s", resource->content_type, (int)resource->size,
                      (const char *)resource->body);
    call->version = resource->version;
}

static int get(struct store_tx *tx, void *data, struct error *error)
{
    struct call *call = data;
    return store_resource_get(store_tx_view(tx), &call->key, take, call, error);
}

static int take_name(void *data, const char *name, int64_t updated)
{
    struct call *call = data;
    buf_append_format(&call->found, "%s;", name);
    call->updated = updated > call->updated ? updated : call->updated;
    return 0;
}

static int names(struct store_tx *tx, void *data, struct error *error)
{
    struct call *call = data;
    return store_resource_names(store_tx_view(tx), &call->key, call->since, take_name, call, error);
}

static struct store_resource_key key(uint32_t person, const char *scope, const char *part, const char *name)
{
    return (struct store_resource_key){"p", "state", person, scope, part, name};
}

static bool put_at(struct shelf *shelf, struct store_resource_key at, const char *body,
                   const uint64_t *expected)
{
    struct call call = {.key = at, .body = body, .expected = expected, .updated = 10};
    shelf_run(shelf, put, &call);
    return call.changed;
}

static bool remove_at(struct shelf *shelf, struct store_resource_key at, const uint64_t *expected)
{
    struct call call = {.key = at, .expected = expected};
    shelf_run(shelf, take_away, &call);
    return call.changed;
}

static uint64_t assert_is(struct shelf *shelf, struct store_resource_key at, const char *wanted)
{
    struct call call = {.key = at};
    shelf_run(shelf, get, &call);
    buf_put_u8(&call.found, 0);
    assert_string_equal((const char *)call.found.data, wanted);
    buf_free(&call.found);
    return call.version;
}

/* When the one of them that was updated last was. */
static int64_t assert_names(struct shelf *shelf, struct store_resource_key at, int64_t since,
                            const char *wanted)
{
    struct call call = {.key = at, .since = since};
    shelf_run(shelf, names, &call);
    buf_put_u8(&call.found, 0);
    assert_string_equal((const char *)call.found.data, wanted);
    buf_free(&call.found);
    return call.updated;
}

/* ---- tests --------------------------------------------------------------------------------------------- */

static void each_part_of_a_key_tells_apart(void **state)
{
    struct shelf *shelf = *state;
    const struct store_resource_key keys[] = {key(0, "s", "p", "n"),
                                              key(1, "s", "p", "n"),
                                              key(0, NULL, "p", "n"),
                                              key(0, "s", NULL, "n"),
                                              key(0, "s", "p", NULL),
                                              key(0, "", "p", "n"),
                                              {"q", "state", 0, "s", "p", "n"},
                                              {"p", "profile", 0, "s", "p", "n"}};
    char body[] = "0";
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++, body[0]++)
        assert_true(put_at(shelf, keys[i], body, &none));
    char wanted[] = "text/plain 0";
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++, wanted[11]++)
        assert_is(shelf, keys[i], wanted);
}

static void it_changes_only_where_the_version_is_the_expected_one(void **state)
{
    struct shelf *shelf = *state;
    const struct store_resource_key at = key(0, "s", NULL, "n");
    assert_true(put_at(shelf, at, "a", &none));
    assert_false(put_at(shelf, at, "b", &none));
    const uint64_t first = assert_is(shelf, at, "text/plain a");
    assert_true(first > 0);
    assert_true(put_at(shelf, at, "b", &first));
    assert_false(put_at(shelf, at, "c", &first));
    const uint64_t second = assert_is(shelf, at, "text/plain b");
    assert_true(second > first);
    assert_false(remove_at(shelf, at, &first));
    assert_true(remove_at(shelf, at, &second));
    assert_false(remove_at(shelf, at, &second));
    assert_is(shelf, at, "");
    assert_true(put_at(shelf, at, "b", NULL));
    assert_true(assert_is(shelf, at, "text/plain b") > second);
    assert_true(put_at(shelf, at, "", NULL));
    assert_is(shelf, at, "text/plain ");
}

static void what_is_left_open_fits_all(void **state)
{
    struct shelf *shelf = *state;
    put_at(shelf, key(1, "a", "r1", "x"), "1", NULL);
    put_at(shelf, key(1, "a", "r2", "y"), "2", NULL);
    put_at(shelf, key(1, "a", NULL, "x"), "3", NULL);
    put_at(shelf, key(1, "b", "r1", "z"), "4", NULL);
    put_at(shelf, key(2, "a", "r1", "w"), "5", NULL);
    put_at(shelf, key(1, "a", "r1", "\xc3\xa9"), "6", NULL);
    assert_names(shelf, key(1, "a", NULL, NULL), INT64_MIN, "x;y;\xc3\xa9;");
    assert_names(shelf, key(1, NULL, NULL, "passed over"), INT64_MIN, "x;y;z;\xc3\xa9;");
    assert_names(shelf, key(1, NULL, "r1", NULL), INT64_MIN, "x;z;\xc3\xa9;");
    assert_names(shelf, key(1, "a", "r2", NULL), INT64_MIN, "y;");
    assert_true(remove_at(shelf, key(1, "a", NULL, NULL), NULL));
    assert_names(shelf, key(1, NULL, NULL, NULL), INT64_MIN, "z;");
    assert_names(shelf, key(2, NULL, NULL, NULL), INT64_MIN, "w;");
}

static void names_are_of_what_was_updated_later(void **state)
{
    struct shelf *shelf = *state;
    struct call old = {.key = key(1, "a", NULL, "old"), .body = "", .updated = 100};
    struct call new = {.key = key(1, "a", NULL, "new"), .body = "", .updated = 101};
    shelf_run(shelf, put, &old);
    shelf_run(shelf, put, &new);
    assert_int_equal(assert_names(shelf, key(1, "a", NULL, NULL), 99, "new;old;"), 101);
    assert_names(shelf, key(1, "a", NULL, NULL), 100, "new;");
    assert_names(shelf, key(1, "a", NULL, NULL), 101, "");
    struct call first = {.key = key(1, "a", "r", "old"), .body = "", .updated = 105};
    shelf_run(shelf, put, &first);
    assert_int_equal(assert_names(shelf, key(1, "a", NULL, NULL), 99, "new;old;"), 105);
    assert_int_equal(assert_names(shelf, key(1, NULL, NULL, NULL), 100, "new;old;"), 105);
}

/* ---- forgetting ---------------------------------------------------------------------------------------- */

static const uint8_t anna[PSEUDONYM_SIZE] = {1}, bert[PSEUDONYM_SIZE] = {2};

struct people {
    uint32_t anna, bert;
};

static int intern_people(struct store_tx *tx, void *data, struct error *error)
{
    struct people *people = data;
    if (store_subject_intern(tx, STORE_ACTOR, anna, sizeof anna, &people->anna, error) != 0)
        return -1;
    return store_subject_intern(tx, STORE_ACTOR, bert, sizeof bert, &people->bert, error);
}

/* Through every stage, as the host goes. */
static int forget_anna(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    uint64_t id;
    return store_forget_begin(tx, anna, 0, &id, error) == 0 ? forget_steps(tx, NULL, error) : -1;
}

static void they_go_with_whoever_is_forgotten(void **state)
{
    struct shelf *shelf = *state;
    struct people people, again;
    shelf_run(shelf, intern_people, &people);
    put_at(shelf, key(people.anna, "a", NULL, "x"), "Anna's", NULL);
    put_at(shelf, key(people.bert, "a", NULL, "x"), "Bert's", NULL);
    put_at(shelf, key(0, "a", NULL, "x"), "nobody's", NULL);
    shelf_run(shelf, forget_anna, NULL);
    assert_is(shelf, key(people.anna, "a", NULL, "x"), "");
    assert_is(shelf, key(people.bert, "a", NULL, "x"), "text/plain Bert's");
    assert_is(shelf, key(0, "a", NULL, "x"), "text/plain nobody's");
    shelf_run(shelf, intern_people, &again);
    assert_int_equal(again.bert, people.bert);
    assert_int_not_equal(again.anna, again.bert);
}

static int find_anna(struct store_tx *tx, void *data, struct error *error)
{
    return store_subject_find(store_tx_view(tx), STORE_ACTOR, anna, sizeof anna, data, error);
}

/* A number that is at hand must be one that is kept. */
static void who_comes_back_after_that_is_kept_again(void **state)
{
    struct shelf *shelf = *state;
    struct people people;
    uint32_t kept = 0;
    shelf_run(shelf, intern_people, &people);
    shelf_run(shelf, forget_anna, NULL);
    shelf_run(shelf, find_anna, &kept);
    assert_int_equal(kept, 0);
    shelf_run(shelf, intern_people, &people);
    shelf_run(shelf, find_anna, &kept);
    assert_int_equal(kept, people.anna);
    assert_int_not_equal(kept, 0);
}

#define ON_A_SHELF(test) cmocka_unit_test_setup_teardown(test, shelf_open, shelf_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_SHELF(each_part_of_a_key_tells_apart),
        ON_A_SHELF(it_changes_only_where_the_version_is_the_expected_one),
        ON_A_SHELF(what_is_left_open_fits_all),
        ON_A_SHELF(names_are_of_what_was_updated_later),
        ON_A_SHELF(they_go_with_whoever_is_forgotten),
        ON_A_SHELF(who_comes_back_after_that_is_kept_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
