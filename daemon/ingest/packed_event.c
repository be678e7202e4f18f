/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/packed_event.h"

#include "base/mem.h"
#include "ingest/event_digest.h"

#include <stdlib.h>
#include <string.h>

/* ---- on any thread ---------------------------------------------------------------------------------- */

void event_packer_free(struct event_packer *packer)
{
    buf_free(&packer->known);
    packer->known_count = 0;
}

/* The place of a person among those of the event before; their count: it was not there. */
static size_t find_known(const struct event_packer *packer, const char *identifier)
{
    const char *known = (const char *)packer->known.data;
    size_t at = 0;
    for (; at < packer->known_count && strcmp(known, identifier) != 0; at++)
        known += strlen(known) + 1;
    return at;
}

static void pack_person(const struct event_packer *packer, const char *identifier)
{
    const size_t at = find_known(packer, identifier);
    uint8_t *pseudonym = buf_extend(packer->out, PSEUDONYM_SIZE);
    if (at < packer->known_count)
        memcpy(pseudonym, packer->out->data + packer->pseudonyms + at * PSEUDONYM_SIZE, PSEUDONYM_SIZE);
    else
        pseudonym_of_identifier(packer->key, identifier, pseudonym);
}

/* Of a few, who are looked through faster than a pseudonym is made. */
static void remember_people(struct event_packer *packer, const struct wz_event *event, size_t pseudonyms)
{
    enum { FEW = 4 };
    buf_clear(&packer->known);
    packer->pseudonyms = pseudonyms;
    packer->known_count = event->people_count <= FEW ? event->people_count : 0;
    for (size_t i = 0; i < packer->known_count; i++)
        buf_put(&packer->known, event->people[i], strlen(event->people[i]) + 1);
}

/* The actor mostly is one of the people: then it is known by its place among them, else by the place behind
 * the last, and a pseudonym of its own. */
static void pack_people(struct event_packer *packer, const struct wz_event *event)
{
    struct buf *out = packer->out;
    buf_put_varint(out, event->people_count);
    const size_t pseudonyms = out->size;
    for (size_t i = 0; i < event->people_count; i++)
        pack_person(packer, event->people[i]);
    remember_people(packer, event, pseudonyms);
    size_t actor = 0;
    while (actor < event->people_count && strcmp(event->people[actor], event->actor) != 0)
        actor++;
    buf_put_varint(out, actor);
    if (actor == event->people_count)
        pack_person(packer, event->actor);
}

static void pack_facts(struct buf *out, const struct wz_event *event)
{
    buf_put_text(out, event->verb);
    buf_put_text(out, event->object);
    buf_put_varint(out, event->group_count);
    for (size_t i = 0; i < event->group_count; i++) {
        buf_put_text(out, event->groups[i].level);
        buf_put_text(out, event->groups[i].name);
    }
    buf_put_varint(out, event->measure_count);
    for (size_t i = 0; i < event->measure_count; i++) {
        buf_put_text(out, event->measures[i].name);
        buf_put_f64(out, event->measures[i].value);
    }
}

static void pack_references(struct buf *out, const struct wz_event *event)
{
    buf_put_varint(out, event->reference_count);
    for (size_t i = 0; i < event->reference_count; i++) {
        const struct wz_reference *reference = &event->references[i];
        buf_put_u8(out, reference->key == NULL);
        if (reference->key) {
            buf_put_u64(out, store_event_key(reference->role, reference->key));
        } else {
            buf_put_u32(out, reference->role);
            buf_put_varint(out, reference->person);
        }
    }
}

static void pack_attachments(struct buf *out, const struct wz_event *event)
{
    buf_put_varint(out, event->attachment_count);
    for (size_t i = 0; i < event->attachment_count; i++) {
        const struct wz_attachment *attachment = &event->attachments[i];
        buf_put_text(out, attachment->key);
        buf_put_text(out, attachment->content_type);
        buf_put_bytes(out, attachment->size ? attachment->bytes : "", attachment->size);
    }
}

static void pack_fingerprint(struct buf *out, const struct wz_event *event)
{
    const struct event_content content = {.text = event->content ? event->content : event->raw,
                                          .time_at = event->content_time_at,
                                          .time_size = event->content_time_size};
    event_fingerprint(&content, buf_extend(out, FINGERPRINT_SIZE));
}

void event_pack(struct event_packer *packer, const struct wz_event *event)
{
    struct buf *out = packer->out;
    buf_put(out, event->id, sizeof event->id);
    buf_put_signed(out, event->time);
    buf_put_u8(out, event->voids != 0);
    buf_put_u8(out, event->target != NULL);
    if (event->target)
        buf_put(out, event->target, sizeof event->id);
    pack_people(packer, event);
    pack_facts(out, event);
    pack_references(out, event);
    buf_put_text(out, event->raw);
    buf_put_u8(out, event->content != NULL);
    if (event->content) {
        buf_put_text(out, event->content);
        buf_put_varint(out, event->content_time_at);
        buf_put_varint(out, event->content_time_size);
    }
    pack_fingerprint(out, event);
    pack_attachments(out, event);
}

/* ---- in a writing job ---------------------------------------------------------------------------------- */

void event_unpacker_free(struct event_unpacker *unpacker)
{
    event_free(&unpacker->facts);
    free(unpacker->people);
    free(unpacker->keys);
    free(unpacker->attachments);
    buf_free(&unpacker->told);
    *unpacker = (struct event_unpacker){0};
}

static void *with_room(void *block, size_t *capacity, size_t wanted, size_t size)
{
    if (wanted <= *capacity)
        return block;
    *capacity = 2 * wanted;
    return mem_resize(block, *capacity, size);
}

static int unpack_person(struct store_tx *tx, struct reader *packed, uint32_t *number, struct error *error)
{
    uint8_t pseudonym[PSEUDONYM_SIZE];
    for (size_t i = 0; i < sizeof pseudonym; i++)
        pseudonym[i] = read_u8(packed);
    return store_subject_intern(tx, STORE_ACTOR, pseudonym, sizeof pseudonym, number, error);
}

static int unpack_people(struct store_tx *tx, struct event_unpacker *unpacker, struct reader *packed,
                         struct store_event *event, struct error *error)
{
    const size_t count = (size_t)read_varint(packed);
    unpacker->people =
        with_room(unpacker->people, &unpacker->people_capacity, count, sizeof *unpacker->people);
    for (size_t i = 0; i < count; i++)
        if (unpack_person(tx, packed, &unpacker->people[i], error) != 0)
            return -1;
    event->people = unpacker->people;
    event->people_count = count;
    const size_t actor = (size_t)read_varint(packed);
    if (actor >= count)
        return unpack_person(tx, packed, &unpacker->facts.actor, error);
    unpacker->facts.actor = unpacker->people[actor];
    return 0;
}

static int unpack_subject(struct store_tx *tx, enum store_subject kind, struct reader *packed,
                          uint32_t *number, struct error *error)
{
    const char *text = read_text(packed);
    return store_subject_intern(tx, kind, text, strlen(text), number, error);
}

static int unpack_groups(struct store_tx *tx, struct event *facts, struct reader *packed, struct error *error)
{
    facts->group = 0;
    for (uint64_t left = read_varint(packed); left > 0; left--) {
        const char *level = read_text(packed), *name = read_text(packed);
        if (store_group_intern(tx, facts->group, level, name, &facts->group, error) != 0)
            return -1;
    }
    return 0;
}

static int unpack_measures(struct store_tx *tx, struct event *facts, struct reader *packed,
                           struct error *error)
{
    facts->count = 0;
    for (uint64_t left = read_varint(packed); left > 0; left--) {
        uint32_t item;
        if (store_item_intern(tx, read_text(packed), &item, error) != 0)
            return -1;
        event_add(facts, item, read_f64(packed));
    }
    return 0;
}

static int unpack_facts(struct store_tx *tx, struct event_unpacker *unpacker, struct reader *packed,
                        struct error *error)
{
    struct event *facts = &unpacker->facts;
    if (unpack_subject(tx, STORE_VERB, packed, &facts->verb, error) != 0 ||
        unpack_subject(tx, STORE_OBJECT, packed, &facts->object, error) != 0 ||
        unpack_groups(tx, facts, packed, error) != 0)
        return -1;
    return unpack_measures(tx, facts, packed, error);
}

static void unpack_references(struct event_unpacker *unpacker, struct reader *packed,
                              struct store_event *event)
{
    const size_t count = (size_t)read_varint(packed);
    unpacker->keys = with_room(unpacker->keys, &unpacker->key_capacity, count, sizeof *unpacker->keys);
    for (size_t i = 0; i < count; i++) {
        const bool is_person = read_u8(packed) != 0;
        const uint32_t role = is_person ? read_u32(packed) : 0;
        unpacker->keys[i] = is_person ? store_event_key_of_person(role, unpacker->people[read_varint(packed)])
                                      : read_u64(packed);
    }
    event->keys = unpacker->keys;
    event->key_count = count;
}

static void unpack_attachments(struct event_unpacker *unpacker, struct reader *packed,
                               struct store_event *event)
{
    const size_t count = (size_t)read_varint(packed);
    unpacker->attachments = with_room(unpacker->attachments, &unpacker->attachment_capacity, count,
                                      sizeof *unpacker->attachments);
    for (size_t i = 0; i < count; i++) {
        struct store_attachment *attachment = &unpacker->attachments[i];
        attachment->key = read_text(packed);
        attachment->content_type = read_text(packed);
        attachment->bytes = read_bytes(packed, &attachment->size);
    }
    event->attachments = unpacker->attachments;
    event->attachment_count = count;
}

static struct event_content unpack_content(struct reader *packed, const char *raw)
{
    struct event_content content = {.text = raw};
    if (read_u8(packed)) {
        content.text = read_text(packed);
        content.time_at = (size_t)read_varint(packed);
        content.time_size = (size_t)read_varint(packed);
    }
    return content;
}

/* Where there is one of its id it is looked whether it is the same in every way in which it may have been
 * stored: of this version or a former one, and with its time or without. */
static int append_in_any_way(struct store_tx *tx, struct event_unpacker *unpacker, struct store_event *event,
                             const struct event_content *content, const uint8_t *fingerprint,
                             enum store_outcome *outcome, uint64_t *position, struct error *error)
{
    static const struct {
        bool of_before, untimed;
    } ways[] = {{false, false}, {false, true}, {true, false}, {true, true}};
    *outcome = STORE_CONFLICT;
    for (size_t i = 0; i < sizeof ways / sizeof *ways && *outcome == STORE_CONFLICT; i++) {
        if (ways[i].untimed && !content->time_size)
            continue;
        event->is_untimed = ways[i].untimed;
        event->has_digest_of_before = ways[i].of_before;
        event->digest = ways[i].of_before ? event_digest_of_before(content, event->people, !ways[i].untimed)
                                          : event_digest(content, fingerprint, event->people,
                                                         !ways[i].untimed, &unpacker->told);
        if (store_event_append(tx, event, outcome, position, error) != 0)
            return -1;
    }
    return 0;
}

int event_append_packed(struct store_tx *tx, struct event_unpacker *unpacker, struct reader *packed,
                        enum store_outcome *outcome, uint64_t *position, struct error *error)
{
    struct store_event event = {.facts = &unpacker->facts};
    uint8_t target[sizeof event.id];
    for (size_t i = 0; i < sizeof event.id; i++)
        event.id[i] = read_u8(packed);
    event.time = read_signed(packed);
    event.voids = read_u8(packed) != 0;
    const bool has_target = read_u8(packed) != 0;
    for (size_t i = 0; has_target && i < sizeof target; i++)
        target[i] = read_u8(packed);
    event.target = has_target ? target : NULL;
    if (unpack_people(tx, unpacker, packed, &event, error) != 0 ||
        unpack_facts(tx, unpacker, packed, error) != 0)
        return -1;
    unpack_references(unpacker, packed, &event);
    event.raw = read_text(packed);
    event.raw_size = strlen(event.raw);
    const struct event_content content = unpack_content(packed, event.raw);
    uint8_t fingerprint[FINGERPRINT_SIZE];
    for (size_t i = 0; i < sizeof fingerprint; i++)
        fingerprint[i] = read_u8(packed);
    unpack_attachments(unpacker, packed, &event);
    return append_in_any_way(tx, unpacker, &event, &content, fingerprint, outcome, position, error);
}
