/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fake_resources.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fake_resources *fake_of(struct wz_instance *self)
{
    return (struct fake_resources *)(void *)self;
}

static void parts_of(const struct wz_resource_key *key, const char *parts[5])
{
    parts[0] = key->collection;
    parts[1] = key->person;
    parts[2] = key->scope;
    parts[3] = key->part;
    parts[4] = key->name;
}

static bool is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* `any_from`: from this part on NULL stands for every one. */
static bool fits(const struct fake_resource *resource, const struct wz_resource_key *key, size_t any_from)
{
    const char *parts[5];
    parts_of(key, parts);
    for (size_t i = 0; i < 5; i++)
        if (!is_same(resource->parts[i], parts[i]) && (i < any_from || parts[i]))
            return false;
    return true;
}

static struct fake_resource *find(struct fake_resources *fake, const struct wz_resource_key *key)
{
    for (size_t i = 0; i < fake->count; i++)
        if (fits(&fake->resources[i], key, 5))
            return &fake->resources[i];
    return NULL;
}

static void empty(struct fake_resource *resource)
{
    for (size_t i = 0; i < 5; i++)
        free(resource->parts[i]);
    free(resource->content_type);
    free(resource->body);
}

static void write_one(struct fake_resources *fake, const struct wz_resource_key *key,
                      const struct wz_resource *resource)
{
    struct fake_resource *place = find(fake, key);
    if (place)
        empty(place);
    else
        place = &fake->resources[fake->count++];
    assert_true(fake->count < sizeof fake->resources / sizeof *fake->resources);
    *place = (struct fake_resource){.content_type = mem_copy_text(resource->content_type),
                                    .body = resource->size ? mem_copy(resource->body, resource->size) : NULL,
                                    .size = resource->size,
                                    .updated = fake->now,
                                    .version = ++fake->last_version};
    const char *parts[5];
    parts_of(key, parts);
    for (size_t i = 0; i < 5; i++)
        place->parts[i] = mem_copy_text(parts[i]);
}

static bool remove_fitting(struct fake_resources *fake, const struct wz_resource_key *key, size_t any_from)
{
    size_t kept = 0;
    const size_t before = fake->count;
    for (size_t i = 0; i < before; i++)
        if (fits(&fake->resources[i], key, any_from))
            empty(&fake->resources[i]);
        else
            fake->resources[kept++] = fake->resources[i];
    fake->count = kept;
    return kept < before;
}

static void get(struct wz_instance *self, const struct wz_resource_key *key, wz_resource_fn done,
                void *context)
{
    struct fake_resources *fake = fake_of(self);
    if (fake->fails_to_read) {
        done(context, NULL, "the disk cannot be read");
        return;
    }
    const struct fake_resource *found = find(fake, key);
    if (!found) {
        done(context, NULL, NULL);
        return;
    }
    const struct wz_resource resource = {found->content_type, found->body, found->size, found->updated,
                                         found->version};
    done(context, &resource, NULL);
}

static void others_write(struct fake_resources *fake, const struct wz_resource_key *key)
{
    if (!fake->others)
        return;
    fake->others--;
    const struct wz_resource resource = {
        .content_type = "application/json", .body = fake->others_body, .size = strlen(fake->others_body)};
    write_one(fake, key, &resource);
}

static void put(struct wz_instance *self, const struct wz_resource_key *key,
                const struct wz_resource *resource, uint64_t expected, wz_resource_changed_fn done,
                void *context)
{
    struct fake_resources *fake = fake_of(self);
    if (fake->failure) {
        done(context, 0, fake->failure, "the disk is full");
        return;
    }
    others_write(fake, key);
    const struct fake_resource *there = find(fake, key);
    bool changed = expected == WZ_ANY_VERSION || (there ? there->version : 0) == expected;
    if (changed && resource)
        write_one(fake, key, resource);
    else if (changed)
        changed = remove_fitting(fake, key, expected == WZ_ANY_VERSION ? 2 : 5);
    done(context, changed, WZ_NO_FAILURE, NULL);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void names(struct wz_instance *self, const struct wz_resource_key *key, int64_t since,
                  wz_resource_names_fn done, void *context)
{
    struct fake_resources *fake = fake_of(self);
    if (fake->fails_to_read) {
        done(context, NULL, 0, WZ_NO_TIME, "the disk cannot be read");
        return;
    }
    struct wz_resource_key any = *key;
    any.name = NULL;
    const char *found[64];
    size_t count = 0, kept = 0;
    int64_t updated = WZ_NO_TIME;
    for (size_t i = 0; i < fake->count; i++)
        if (fits(&fake->resources[i], &any, 2) &&
            (since == WZ_NO_TIME || fake->resources[i].updated > since)) {
            found[count++] = fake->resources[i].parts[4];
            updated = fake->resources[i].updated > updated ? fake->resources[i].updated : updated;
        }
    qsort(found, count, sizeof *found, compare);
    for (size_t i = 0; i < count; i++)
        if (!kept || strcmp(found[kept - 1], found[i]) != 0)
            found[kept++] = found[i];
    done(context, found, kept, updated, NULL);
}

static void find_events(struct wz_instance *self, const struct wz_events_question *question,
                        wz_events_found_fn done, void *context)
{
    struct fake_resources *fake = fake_of(self);
    fake->question = *question;
    fake->question.wanted = NULL;
    fake->wanted_role = question->wanted[0].role;
    free(fake->wanted_key);
    fake->wanted_key = mem_copy_text(question->wanted[0].key);
    if (fake->fails_to_read) {
        done(context, NULL, "the disk cannot be read");
        return;
    }
    const struct wz_events_page page = {.events = fake->events, .count = fake->event_count};
    done(context, &page, NULL);
}

static void aside(struct wz_instance *self, wz_aside_fn run, wz_aside_done_fn done, void *context)
{
    ((struct fake_resources *)(void *)self)->asides++;
    run(context);
    done(context, 0);
}

static void respond(struct wz_request *request, const struct wz_http_reply *reply)
{
    fake_answer_take(&((struct fake_resources *)(void *)request)->answer, reply);
}

int fake_resources_begin(void **state)
{
    struct fake_resources *fake = mem_alloc(sizeof *fake);
    *fake = (struct fake_resources){
        .host = {.abi_version = WZ_ABI_VERSION,
                 .struct_size = sizeof fake->host,
                 .respond = respond,
                 .answer_header = fake_answer_header,
                 .events_find = find_events,
                 .aside = aside,
                 .resource_get = get,
                 .resource_put = put,
                 .resource_names = names},
        .version = "1.0.3",
        /* The example of RFC 9110, section 5.6.7. */
        .now = INT64_C(784111777) * 1000,
    };
    fake->xapi =
        (struct xapi){.host = &fake->host, .self = (struct wz_instance *)(void *)fake, .path = "/xapi"};
    *state = fake;
    return 0;
}

int fake_resources_end(void **state)
{
    struct fake_resources *fake = *state;
    for (size_t i = 0; i < fake->count; i++)
        empty(&fake->resources[i]);
    free(fake->wanted_key);
    fake_answer_drop(&fake->answer);
    free(fake);
    return 0;
}

const struct fake_answer *fake_send(struct fake_resources *fake, const char *method, const char *target,
                                    const struct wz_header *headers, const char *body)
{
    struct wz_header all[16];
    size_t count = 0;
    if (fake->version)
        all[count++] = (struct wz_header){"X-Experience-API-Version", fake->version};
    for (; headers && headers->name; headers++)
        all[count++] = *headers;
    fake_answer_drop(&fake->answer);
    fake_request(&fake->xapi, (struct wz_request *)(void *)fake, method, target, all, count, body,
                 body ? strlen(body) : 0);
    assert_int_not_equal(fake->answer.status, 0);
    return &fake->answer;
}
