/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of statements: however they are written, each statement is found, and what is wrong is told where it
 * is. */
#include "case.h"
#include "files/files.h"
#include "files/job.h"
#include "files/kept.h"
#include "files/pieces.h"

#include "base/mem.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

enum { MOST_SEEN = 64 };

struct seen {
    uint64_t row;
    uint8_t id[16];
    char *text; /* of an event its raw, of a problem what it says */
    char *heading, *body, *respondent;
};

struct heard {
    struct seen events[MOST_SEEN], problems[MOST_SEEN];
    size_t event_count, problem_count;
    char *refused, *hints, *notes;
    uint64_t progress;
};

static void on_emit(void *handle, const struct wz_record *record)
{
    struct heard *heard = handle;
    const struct wz_event *event = &record->as.event;
    assert_int_equal(record->kind, WZ_EVENT);
    assert_true(heard->event_count < MOST_SEEN);
    struct seen *seen = &heard->events[heard->event_count++];
    *seen = (struct seen){.row = record->row, .text = mem_copy_text(event->raw)};
    memcpy(seen->id, event->id, sizeof seen->id);
}

static void on_problem(void *handle, const struct wz_problem *problem)
{
    struct heard *heard = handle;
    assert_true(heard->problem_count < MOST_SEEN);
    assert_true(!problem->heading == !problem->body);
    heard->problems[heard->problem_count++] = (struct seen){.row = problem->row,
                                                            .text = mem_copy_text(problem->text),
                                                            .heading = mem_copy_text(problem->heading),
                                                            .body = mem_copy_text(problem->body),
                                                            .respondent = mem_copy_text(problem->respondent)};
}

static void on_progress(void *handle, uint64_t bytes)
{
    struct heard *heard = handle;
    assert_true(bytes >= heard->progress);
    heard->progress = bytes;
}

static void on_refuse(void *handle, const char *reason)
{
    struct heard *heard = handle;
    assert_null(heard->refused);
    heard->refused = mem_copy_text(reason);
}

static void add_text(char **texts, const char *text)
{
    char *longer = mem_format("%s[%s]", *texts ? *texts : "", text);
    free(*texts);
    *texts = longer;
}

static void on_note(void *handle, const char *key, const char *text)
{
    struct heard *heard = handle;
    (void)key;
    add_text(&heard->notes, text);
}

static void on_hint(void *handle, const char *text)
{
    struct heard *heard = handle;
    add_text(&heard->hints, text);
}

static struct heard *decode_document(const char *job, int document, size_t size)
{
    struct heard *heard = mem_alloc(sizeof *heard);
    const struct wz_decode decode = {.abi_version = WZ_ABI_VERSION,
                                     .struct_size = sizeof decode,
                                     .document = document,
                                     .size = size,
                                     .job = job,
                                     .handle = heard,
                                     .emit = on_emit,
                                     .problem = on_problem,
                                     .progress = on_progress,
                                     .refuse = on_refuse,
                                     .note = on_note,
                                     .hint = on_hint};
    xapi_decode(&decode);
    close(document);
    return heard;
}

static struct heard *decode_bytes(const char *job, const void *bytes, size_t size)
{
    const int document = memfd_create("document", MFD_CLOEXEC);
    assert_true(document >= 0 && write(document, bytes, size) == (ssize_t)size);
    return decode_document(job, document, size);
}

static void free_seen(struct seen *seen, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(seen[i].text);
        free(seen[i].heading);
        free(seen[i].body);
        free(seen[i].respondent);
    }
}

static void drop(struct heard *heard)
{
    free_seen(heard->events, heard->event_count);
    free_seen(heard->problems, heard->problem_count);
    free(heard->refused);
    free(heard->hints);
    free(heard->notes);
    free(heard);
}

static char *make_job(bool keeps_identities, uint8_t key)
{
    uint8_t bytes[FILE_KEY_SIZE];
    memset(bytes, key, sizeof bytes);
    const struct xapi xapi = {.keeps_identities = keeps_identities,
                              .authority = (char *)"{\"mbox\":\"mailto:lms@example.com\"}"};
    return file_job_write(&xapi, "course: grouping|parent", bytes);
}

/* With ' for ". */
static struct heard *decode(const char *document)
{
    char *job = make_job(false, 1);
    const char *text = quoted(document);
    struct heard *heard = decode_bytes(job, text, strlen(text));
    free(job);
    return heard;
}

#define ID_1 "00000000-0000-4000-8000-000000000001"
#define ID_2 "00000000-0000-4000-8000-000000000002"
#define TIME "'timestamp':'2026-01-05T10:00:00Z'"
#define FIRST WITH("'id':'" ID_1 "'," TIME)
#define SECOND WITH("'id':'" ID_2 "'," TIME)

static void assert_both(const struct heard *heard, uint64_t first, uint64_t second)
{
    assert_null(heard->refused);
    assert_int_equal(heard->problem_count, 0);
    assert_int_equal(heard->event_count, 2);
    assert_int_equal(heard->events[0].id[15], 1);
    assert_int_equal(heard->events[1].id[15], 2);
    assert_int_equal(heard->events[0].row, first);
    assert_int_equal(heard->events[1].row, second);
}

static void every_form_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *document;
        uint64_t first, second;
    } cases[] = {
        {FIRST "\n" SECOND "\n", 1, 2},
        {FIRST "\n" SECOND, 1, 2},
        {FIRST "\r\n\r\n\n" SECOND "\r\n", 1, 4},
        {"\xef\xbb\xbf" FIRST "\n" SECOND "\n", 1, 2},
        {"[" FIRST "," SECOND "]", 1, 2},
        {" [ \n" FIRST "\n , \n" SECOND "\n]\n", 1, 2},
        {"[" FIRST "]\n[]\n[" SECOND "]\n", 1, 2},
        {"{'statements':[" FIRST "," SECOND "],'more':''}", 1, 2},
        {"{ 'more' : '' , 'x' : [{'}':']'}] , 'statements' : [ " FIRST " , " SECOND " ] }", 1, 2},
        {"{'statements':[" FIRST "],'more':''}\n{'statements':[" SECOND "],'more':''}\n", 1, 2},
        {"{'count':2,'statements':[" FIRST "," SECOND "]}", 1, 2},
        {"{'\\u0063ount':2,'statements':[" FIRST "," SECOND "]}", 1, 2},
        {"{\n'of':{'statements':[{}],'}':'\\'}'},\n'x':[[],{'actor':1}], 'a':'b,' "
         ",'n':-1e3\n,'more':null,'statements' : [\n" FIRST ",\n" SECOND "\n]}",
         1, 2},
        {"{'count':1,'statements':[" FIRST "]}\n{'count':1,'statements':[" SECOND "]}\n", 1, 2},
        {"{\n" ACTOR ",\n" VERB ",\n" OBJECT ",\n'id':'" ID_1 "'," TIME "\n}\n{\n" ACTOR ",\n" VERB
         ",\n" OBJECT ",\n'id':'" ID_2 "'," TIME "\n}\n",
         1, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct heard *heard = decode(cases[i].document);
        assert_both(heard, cases[i].first, cases[i].second);
        assert_null(heard->hints);
        drop(heard);
    }
}

static void how_it_is_written_is_noted_once(void **state)
{
    (void)state;
    static const struct {
        const char *document, *notes;
    } cases[] = {{FIRST, "[lines of JSON]"},
                 {FIRST "\n" SECOND "\n" FIRST, "[lines of JSON]"},
                 {"[" FIRST "]", "[JSON]"},
                 {"{'statements':[" FIRST "," SECOND "," FIRST "]}", "[JSON]"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct heard *heard = decode(cases[i].document);
        assert_string_equal(heard->notes, cases[i].notes);
        drop(heard);
    }
}

static void nothing_in_it_is_nothing(void **state)
{
    (void)state;
    static const char *const cases[] = {"", "\n \n", "[]", "{'statements':[],'more':''}", "\xef\xbb\xbf"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct heard *heard = decode(cases[i]);
        assert_null(heard->refused);
        assert_int_equal(heard->event_count + heard->problem_count, 0);
        drop(heard);
    }
}

/* The first one of two is wrong: it is told alone, where it stands. */
static void assert_first_refused(const char *document, uint64_t row, const char *said, uint64_t second)
{
    struct heard *heard = decode(document);
    assert_null(heard->refused);
    assert_int_equal(heard->problem_count, 1);
    assert_int_equal(heard->problems[0].row, row);
    if (!strstr(heard->problems[0].text, said))
        fail_msg("%s", heard->problems[0].text);
    assert_int_equal(heard->event_count, 1);
    assert_int_equal(heard->events[0].row, second);
    drop(heard);
}

static void a_broken_line_hides_no_other(void **state)
{
    (void)state;
    assert_first_refused("{'actor':\n" SECOND "\n", 1, "column 10: the text ends", 2);
    assert_first_refused("{'actor':'}\n" SECOND "\n", 1, "inside a string", 2);
    assert_first_refused("{]}\n\n" SECOND "\n", 1, "column 2", 3);
    assert_first_refused(FIRST "}\n" SECOND "\n", 1, "behind the end", 2);
    assert_first_refused("{'a':1}\n" SECOND, 1, "no property", 2);
    assert_first_refused("{'a':1,'b'\n" SECOND, 1, "a colon", 2);
    assert_first_refused("{'a':{'statements':[]},'actor':1,'statements':[]}\n" SECOND, 1, "no property", 2);
    assert_first_refused(WITH("'id':'1'") "\n" SECOND, 1, "id: a UUID", 2);
}

static void a_broken_element_hides_no_other(void **state)
{
    (void)state;
    assert_first_refused("[12," SECOND "]", 1, "an object is wanted", 2);
    assert_first_refused("['a]b'," SECOND "]", 1, "an object is wanted", 2);
    assert_first_refused("['a\\\\'," SECOND "]", 1, "an object is wanted", 2);
    assert_first_refused("['a\\']'," SECOND "]", 1, "an object is wanted", 2);
    assert_first_refused("[\n\n{'a':nul}," SECOND "]", 1, "line 3 of the file, and in its: line 1, column 6",
                         2);
    assert_first_refused("{'statements':[{}," SECOND "]}", 1, "actor", 2);
    assert_first_refused("{'count':2,'statements':[{}," SECOND "]}", 1, "actor", 2);
}

static void assert_ends(const char *document, size_t events, const char *said)
{
    struct heard *heard = decode(document);
    assert_non_null(heard->refused);
    if (!strstr(heard->refused, said))
        fail_msg("%s", heard->refused);
    assert_int_equal(heard->event_count, events);
    drop(heard);
}

static void what_cannot_be_read_on_is_told_with_its_line(void **state)
{
    (void)state;
    assert_ends("id;actor\n", 0, "line 1: the file is not of statements");
    assert_ends("<a/>", 0, "neither { nor [");
    assert_ends("\xff\xfe[", 0, "UTF-16");
    assert_ends("\xfe\xff[", 0, "UTF-16");
    assert_ends("\xfe\xfe[", 0, "neither { nor [");
    assert_ends("\xff\xff[", 0, "neither { nor [");
    assert_ends("[" FIRST "\n" SECOND "]", 1, "line 2: a comma or the closing bracket");
    assert_ends("[" FIRST ",\n]", 1, "line 2: a value is wanted");
    assert_ends("[\n" FIRST ",\n" SECOND "\n", 2, "line 4: the file ends before");
    assert_ends("[" FIRST "] x", 1, "behind the end of a value");
    assert_ends("[,]", 0, "a value is wanted");
    assert_ends("[" FIRST "}", 1, "a comma or the closing bracket");
    assert_ends("{'statements':" FIRST "}", 0, "an array of statements");
    assert_ends("{'statements':[" FIRST "],more:''}", 1, "the name of a member");
    assert_ends("{'statements':[" FIRST "],'more'}", 1, "a colon");
    assert_ends("{'statements':[" FIRST "],'more': ", 1, "the file ends before");
    assert_ends("{'more':'','statements':", 0, "the file ends before");
}

static void a_document_that_cannot_be_read_is_told(void **state)
{
    (void)state;
    char *job = make_job(false, 1);
    struct heard *heard = decode_document(job, open("/", O_RDONLY | O_CLOEXEC), 0);
    assert_non_null(heard->refused);
    assert_non_null(strstr(heard->refused, "cannot be read"));
    drop(heard);
    free(job);
}

static void what_is_cut_off_is_refused(void **state)
{
    (void)state;
    struct heard *heard = decode(FIRST "\n{'actor':{'mbox':'mailto:a");
    assert_null(heard->refused);
    assert_int_equal(heard->event_count, 1);
    assert_int_equal(heard->problem_count, 1);
    assert_int_equal(heard->problems[0].row, 2);
    drop(heard);
    heard = decode("{'moreX");
    assert_null(heard->refused);
    assert_int_equal(heard->problem_count, 1);
    drop(heard);
}

/* ---- hostile ------------------------------------------------------------------------------------------- */

/* A text that is repeated, between two others. */
static char *repeat(const char *before, const char *text, size_t count, const char *behind)
{
    struct buf out = {0};
    buf_append_text(&out, before);
    for (size_t i = 0; i < count; i++)
        buf_append_text(&out, text);
    buf_append_text(&out, behind);
    buf_put_u8(&out, '\0');
    return (char *)out.data;
}

static void what_is_too_large_is_passed_over(void **state)
{
    (void)state;
    enum { MANY = 5 << 20 };
    char *line = repeat("{'a':'", "x", MANY, "'}\n" SECOND "\n");
    assert_first_refused(line, 1, "larger than 4 MiB", 2);
    free(line);
    line = repeat("[{'a':'", "x", MANY, "'}," SECOND "]");
    assert_first_refused(line, 1, "larger than 4 MiB", 2);
    free(line);
    line = repeat("{'", "x", MANY, "':1,'statements':[" SECOND "]}");
    struct heard *heard = decode(line);
    assert_int_equal(heard->problem_count, 1);
    drop(heard);
    free(line);
    line = repeat("{'more':'',\n'", "x", MANY, "':1,'statements':[" FIRST "," SECOND "]}");
    heard = decode(line);
    assert_both(heard, 1, 2);
    drop(heard);
    free(line);
}

/* Two lines: one that names so many people, and another. To be freed. */
static char *by_many(unsigned count)
{
    struct buf out = {0};
    buf_append_text(&out, "{'actor':{'objectType':'Group','member':[");
    for (unsigned i = 0; i < count; i++)
        buf_append_format(&out, "%s{'mbox':'mailto:p%u@x.nl'}", i ? "," : "", i);
    buf_append_text(&out, "]}," VERB "," OBJECT "," TIME "}\n" SECOND "\n");
    buf_put_u8(&out, '\0');
    return (char *)out.data;
}

/* The host takes no event that names more, nor anything that comes behind one. */
static void who_are_too_many_are_refused_alone(void **state)
{
    (void)state;
    char *document = by_many(32768); /* and the authority */
    assert_first_refused(document, 1, "more than 32768 people", 2);
    free(document);
    document = by_many(32767); /* each is found as an agent, and as a related one */
    assert_first_refused(document, 1, "more than 65536 people and things", 2);
    free(document);
    document = by_many(32765);
    struct heard *heard = decode(document);
    assert_int_equal(heard->event_count, 2);
    drop(heard);
    free(document);
}

/* Whatever its lines are, little of a file is in memory. */
static void what_is_passed_over_is_not_kept(void **state)
{
    (void)state;
    enum { MANY = 40 << 20 };
    char *text = repeat("[1,'", "x", MANY, "',2]");
    const char *document = quoted(text);
    const int descriptor = memfd_create("document", MFD_CLOEXEC);
    struct pieces pieces = pieces_of(descriptor, 1000);
    struct piece piece;
    assert_true(write(descriptor, document, strlen(document)) == (ssize_t)strlen(document));
    assert_int_equal(pieces_next(&pieces, &piece), 1);
    assert_int_equal(pieces_next(&pieces, &piece), 1);
    assert_true(piece.is_too_long);
    assert_int_equal(pieces_next(&pieces, &piece), 1);
    assert_int_equal(piece.size, 1);
    assert_int_equal(pieces_next(&pieces, &piece), 0);
    assert_true(pieces.window.capacity < 4 << 20);
    pieces_free(&pieces);
    close(descriptor);
    free(text);
}

static void what_is_nested_deep_is_refused(void **state)
{
    (void)state;
    char *line = repeat("", "[", 1000000, "\n");
    assert_ends(line, 0, "the file ends before");
    free(line);
    line = repeat("{'a':", "[", 100000, "}\n" SECOND "\n");
    assert_first_refused(line, 1, "nested too deep", 2);
    free(line);
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    (void)state;
    static const char nul[] = "{\"a\":\"\0\"}\n[1,\0]\n";
    char *job = make_job(false, 1);
    struct heard *heard = decode_bytes(job, nul, sizeof nul - 1);
    assert_int_equal(heard->event_count, 0);
    assert_int_equal(heard->problem_count, 2);
    drop(heard);
    free(job);
    assert_first_refused("{'a':'\xff'}\n" SECOND, 1, "UTF-8", 2);
    assert_first_refused("{'a':'\xed\xa0\x80'}\n" SECOND, 1, "UTF-8", 2);
}

/* ---- gzip ---------------------------------------------------------------------------------------------- */

/* As gzip packs it. */
static void pack(const char *text, struct buf *out)
{
    z_stream stream = {0};
    const size_t size = strlen(text), room = compressBound(size) + 64;
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (Bytef *)text;
    stream.avail_in = (uInt)size;
    stream.next_out = buf_extend(out, room);
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out->size -= stream.avail_out;
    deflateEnd(&stream);
}

static void what_gzip_packed_is_unpacked(void **state)
{
    (void)state;
    char *job = make_job(false, 1);
    struct buf packed = {0};
    pack(quoted(FIRST "\n"), &packed);
    pack(quoted(SECOND "\n"), &packed);
    struct heard *heard = decode_bytes(job, packed.data, packed.size);
    assert_both(heard, 1, 2);
    assert_string_equal(heard->notes, "[lines of JSON][gzip]");
    assert_int_equal(heard->progress, packed.size);
    drop(heard);
    free(job);
    buf_free(&packed);
}

static void what_is_packed_and_damaged_is_told(void **state)
{
    (void)state;
    char *job = make_job(false, 1);
    char *many = repeat("", " ", 3 << 20, "");
    char *text = mem_format("%s%s", quoted(FIRST "\n" SECOND "\n"), many);
    struct buf packed = {0};
    pack(text, &packed);
    for (size_t size = 2; size < packed.size; size += size < 40 ? 1 : 97) {
        struct heard *heard = decode_bytes(job, packed.data, size);
        assert_non_null(heard->refused);
        assert_non_null(strstr(heard->refused, "in the middle of what gzip packed"));
        drop(heard);
    }
    packed.data[packed.size - 6] ^= 1; /* of its checksum */
    struct heard *heard = decode_bytes(job, packed.data, packed.size);
    assert_non_null(heard->refused);
    assert_non_null(strstr(heard->refused, "gzip cannot unpack"));
    drop(heard);
    free(job);
    free(many);
    free(text);
    buf_free(&packed);
}

/* More comes out than goes in by a thousand times: it streams. */
static void what_unpacks_to_much_is_read_in_steps(void **state)
{
    (void)state;
    char *job = make_job(false, 1);
    char *many = repeat("", "\n", 16 << 20, "");
    char *text = mem_format("%s%s", many, quoted(FIRST "\n" SECOND "\n"));
    struct buf packed = {0};
    pack(text, &packed);
    struct heard *heard = decode_bytes(job, packed.data, packed.size);
    assert_both(heard, (16 << 20) + 1, (16 << 20) + 2);
    drop(heard);
    free(job);
    free(many);
    free(text);
    buf_free(&packed);
}

/* ---- statements without an id -------------------------------------------------------------------------- */

static void get_id(const char *document, uint8_t key, size_t at, uint8_t id[16])
{
    char *job = make_job(false, key);
    const char *text = quoted(document);
    struct heard *heard = decode_bytes(job, text, strlen(text));
    assert_true(at < heard->event_count);
    memcpy(id, heard->events[at].id, 16);
    drop(heard);
    free(job);
}

static bool have_same_id(const char *left, uint8_t left_key, size_t left_at, const char *right,
                         uint8_t right_key, size_t right_at)
{
    uint8_t one[16], other[16];
    get_id(left, left_key, left_at, one);
    get_id(right, right_key, right_at, other);
    assert_int_equal(one[6] & 0xf0, 0x50);
    assert_int_equal(one[8] & 0xc0, 0x80);
    return memcmp(one, other, sizeof one) == 0;
}

#define DATED WITH(TIME)
#define UNDATED "{" ACTOR "," VERB "," OBJECT "}"
#define GUIDED_BY(name) WITH(TIME ",'context':{'instructor':{'mbox':'mailto:" name "@example.com'}}")
#define BY_ANOTHER "{'actor':{'mbox':'mailto:bob@example.com'}," VERB "," OBJECT "," TIME "}"

static void a_statement_without_an_id_is_known_by_what_it_says(void **state)
{
    (void)state;
    assert_true(have_same_id(DATED, 1, 0, FIRST "\n" DATED, 1, 1));
    assert_true(have_same_id(DATED, 1, 0, "[" FIRST "," DATED "]", 1, 1));
    assert_false(have_same_id(DATED, 1, 0, DATED, 2, 0));
    assert_false(have_same_id(DATED, 1, 0, BY_ANOTHER, 1, 0));
    assert_false(have_same_id(GUIDED_BY("bob"), 1, 0, GUIDED_BY("eve"), 1, 0));
    assert_true(have_same_id(GUIDED_BY("bob"), 1, 0, GUIDED_BY("bob"), 1, 0));
    assert_false(have_same_id(DATED, 1, 0, WITH("'timestamp':'2026-01-05T10:00:00.001Z'"), 1, 0));
}

static void without_a_time_it_is_known_by_its_place_too(void **state)
{
    (void)state;
    assert_true(have_same_id(UNDATED "\n" UNDATED, 1, 1, UNDATED "\n" UNDATED, 1, 1));
    assert_false(have_same_id(UNDATED "\n" UNDATED, 1, 0, UNDATED "\n" UNDATED, 1, 1));
    struct heard *heard = decode(UNDATED);
    assert_non_null(strstr(heard->hints, "without a timestamp"));
    drop(heard);
}

/* ---- what is told besides ------------------------------------------------------------------------------ */

static void both_versions_are_taken(void **state)
{
    (void)state;
    struct heard *heard =
        decode(WITH("'timestamp':'2015-11-18T12:17:00','id':'" ID_1 "','version':'1.0.1'") "\n" WITH(
            "'id':'" ID_2 "'," TIME ",'context':{'contextAgents':[{'objectType':'contextAgent',"
            "'agent':{'mbox':'mailto:bob@example.com'}}]}") "\n" WITH("'version':'3.0.0'"));
    assert_int_equal(heard->event_count, 2);
    assert_int_equal(heard->problem_count, 1);
    assert_non_null(strstr(heard->problems[0].text, "version"));
    drop(heard);
    heard = decode(WITH("'version':'1.0.3','context':{'contextAgents':[]}"));
    assert_int_equal(heard->problem_count, 1);
    drop(heard);
}

static void what_a_file_lacks_is_a_hint(void **state)
{
    (void)state;
    struct heard *heard = decode("{'statements':[" FIRST "],'more':'/xapi/statements?page=2'}");
    assert_int_equal(heard->event_count, 1);
    assert_non_null(strstr(heard->hints, "page of several"));
    drop(heard);
    heard =
        decode(WITH("'id':'" ID_1 "'," TIME ",'attachments':[{'usageType':'http://x.nl/a','display':{'nl':"
                    "'a'},'contentType':'text/plain','length':1,'sha2':'ca978112ca1bbdcafac231b39a23dc4da7"
                    "86eff8147c4e72b9807785afee48bb'}]"));
    assert_int_equal(heard->event_count, 1);
    assert_non_null(strstr(heard->hints, "attachments"));
    drop(heard);
}

static void nobody_is_named_where_identities_are_off(void **state)
{
    (void)state;
    struct heard *heard = decode(FIRST "\n" WITH("'ada@example.com':1"));
    assert_non_null(strstr(heard->problems[0].text, "no property"));
    assert_null(strstr(heard->events[0].text, "ada"));
    assert_null(strstr(heard->problems[0].text, "ada"));
    drop(heard);
    char *job = make_job(true, 1);
    const char *text = quoted(FIRST);
    heard = decode_bytes(job, text, strlen(text));
    assert_non_null(strstr(heard->events[0].text, "mailto:ada@example.com"));
    drop(heard);
    free(job);
}

/* ---- the quarantine ------------------------------------------------------------------------------------ */

static void what_is_refused_can_be_read_again(void **state)
{
    (void)state;
    struct heard *heard = decode(FIRST "\n" WITH("'x': 'é\\n'") "\n");
    assert_int_equal(heard->problem_count, 1);
    const struct seen *kept = &heard->problems[0];
    assert_string_equal(kept->respondent, "ada@example.com");
    assert_string_equal(kept->heading, kept_heading);
    char *job = make_job(false, 1);
    char *again = mem_format("%s\n%s\n", kept->heading, kept->body);
    struct heard *second = decode_bytes(job, again, strlen(again));
    assert_null(second->refused);
    assert_int_equal(second->problem_count, 1);
    assert_int_equal(second->problems[0].row, 2);
    assert_string_equal(second->problems[0].text, kept->text);
    assert_string_equal(second->problems[0].body, kept->body);
    drop(second);
    free(again);
    again =
        mem_format("%s\n{\"row\":7,\"cells\":[\"%s\"]}\n", kept->heading,
                   "{\\\"actor\\\":{\\\"mbox\\\":"
                   "\\\"mailto:a@b.nl\\\"},\\\"verb\\\":{\\\"id\\\":\\\"http://x.nl/y\\\"},\\\"object\\\":"
                   "{\\\"id\\\":\\\"http://x.nl/z\\\"}}");
    second = decode_bytes(job, again, strlen(again));
    assert_int_equal(second->event_count, 1);
    assert_int_equal(second->events[0].row, 7);
    drop(second);
    free(again);
    free(job);
    drop(heard);
}

/* A row of the quarantine is found by one person alone. */
static void what_tells_of_others_is_not_kept(void **state)
{
    (void)state;
    static const char *const cases[] = {
        WITH("'x':1,'context':{'instructor':{'mbox':'mailto:bob@example.com'}}"),
        WITH("'x':{'mbox':'bob@example.com'}"),
        WITH("'x':{'mbox':'mailbb:ada@example.com'}"),
        "{'actor':{'mbox':'ada@example.com'}," VERB "," OBJECT "}",
        "{'actor':{'objectType':'Group','member':[{'mbox':'mailto:bob@example.com'}]}," VERB "," OBJECT
        ",'x':1}",
        "{'x':1}",
        "{'actor':{'mbox':'mailto:ada@example.com'}",
        WITH("'context':{'instructor':{'email':'bob@example.com'}}"),
        WITH("'context':{'instructor':'bob@example.com'}"),
        WITH("'context':{'team':{'objectType':'Group','member':[{'name':'Bob Jansen'}]}}"),
        WITH("'context':{'team':[{'name':'Bob Jansen'}]}"),
        WITH("'context':{'contextAgents':[{'agent':{'name':'Bob Jansen'}}]}"),
        WITH("'context':{'contextGroups':[{'group':{'name':'Bob Jansen'}}]}"),
        WITH("'authority':{'name':'Bob Jansen'}"),
        WITH("'x':{'member':[{'name':'Bob Jansen'}]}"),
        "{" ACTOR "," VERB ",'object':{'objectType':'Agent','name':'Bob Jansen'}}",
        "{" ACTOR "," VERB ",'object':{'objectType':'SubStatement','actor':{'name':'Bob Jansen'}}}",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct heard *heard = decode(cases[i]);
        assert_int_equal(heard->problem_count, 1);
        assert_null(heard->problems[0].body);
        drop(heard);
    }
}

static void a_row_of_the_quarantine_that_is_none_is_told(void **state)
{
    (void)state;
    static const char *const cases[] = {"nonsense",
                                        "{}",
                                        "{'row':0,'cells':['{}']}",
                                        "{'row':3,'cells':[]}",
                                        "{'row':3,'cells':[{}]}",
                                        "{'row':'3','cells':['{}']}"};
    char *job = make_job(false, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *document = mem_format("%s\n\n%s\n", kept_heading, quoted(cases[i]));
        struct heard *heard = decode_bytes(job, document, strlen(document));
        assert_null(heard->refused);
        assert_int_equal(heard->event_count, 0);
        assert_int_equal(heard->problem_count, 1);
        assert_int_equal(heard->problems[0].row, 3);
        assert_non_null(strstr(heard->problems[0].text, "no row of the quarantine"));
        assert_null(heard->problems[0].body);
        drop(heard);
        free(document);
    }
    free(job);
}

static void a_job_that_cannot_be_read_is_told(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "", "{'key':", "{}", "{'key':'00','authority':{'mbox':'mailto:a@b.nl'},'groups':'a: team'}"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct heard *heard = decode_bytes(quoted(cases[i]), "[]", 2);
        assert_non_null(heard->refused);
        assert_non_null(strstr(heard->refused, "update Wijzer"));
        drop(heard);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_read),
        cmocka_unit_test(how_it_is_written_is_noted_once),
        cmocka_unit_test(nothing_in_it_is_nothing),
        cmocka_unit_test(a_broken_line_hides_no_other),
        cmocka_unit_test(a_broken_element_hides_no_other),
        cmocka_unit_test(what_cannot_be_read_on_is_told_with_its_line),
        cmocka_unit_test(a_document_that_cannot_be_read_is_told),
        cmocka_unit_test(what_is_cut_off_is_refused),
        cmocka_unit_test(what_is_too_large_is_passed_over),
        cmocka_unit_test(who_are_too_many_are_refused_alone),
        cmocka_unit_test(what_is_passed_over_is_not_kept),
        cmocka_unit_test(what_is_nested_deep_is_refused),
        cmocka_unit_test(bytes_that_are_no_text_are_refused),
        cmocka_unit_test(what_gzip_packed_is_unpacked),
        cmocka_unit_test(what_is_packed_and_damaged_is_told),
        cmocka_unit_test(what_unpacks_to_much_is_read_in_steps),
        cmocka_unit_test(a_statement_without_an_id_is_known_by_what_it_says),
        cmocka_unit_test(without_a_time_it_is_known_by_its_place_too),
        cmocka_unit_test(both_versions_are_taken),
        cmocka_unit_test(what_a_file_lacks_is_a_hint),
        cmocka_unit_test(nobody_is_named_where_identities_are_off),
        cmocka_unit_test(what_is_refused_can_be_read_again),
        cmocka_unit_test(what_tells_of_others_is_not_kept),
        cmocka_unit_test(a_row_of_the_quarantine_that_is_none_is_told),
        cmocka_unit_test(a_job_that_cannot_be_read_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
