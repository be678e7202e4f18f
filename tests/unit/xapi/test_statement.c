/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which statements are sound, by xAPI 1.0.3, Data 2 and 4, and by 2.0.0 where it differs. */
#include "case.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DEFINED(definition)                                                                                  \
    "{" ACTOR "," VERB ",'object':{'id':'https://example.com/q','definition':" definition "}}"
#define ABOUT(object) "{" ACTOR "," VERB ",'object':" object "}"
#define REF "{'objectType':'StatementRef','id':'" ID "'}"
#define SUB(more) ABOUT("{'objectType':'SubStatement'," ACTOR "," VERB "," OBJECT more "}")

static void the_smallest_is_sound(void **state)
{
    (void)state;
    assert_sound("{" ACTOR "," VERB "," OBJECT "}");
    assert_sound("{" OBJECT "," ACTOR "," VERB "}");
}

static void what_is_missing_unknown_or_null_is_told(void **state)
{
    (void)state;
    assert_refused_at("", "[]");
    assert_refused_at("", "{" VERB "," OBJECT "}");
    assert_refused_at("", "{" ACTOR "," OBJECT "}");
    assert_refused_at("", "{" ACTOR "," VERB "}");
    assert_refused_at("", WITH("'extra':1"));
    assert_refused_at("", WITH("'Result':{}"));
    static const char *const members[] = {"id",     "result",    "context", "timestamp",
                                          "stored", "authority", "version", "attachments"};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        char *statement = mem_format("{" ACTOR "," VERB "," OBJECT ",'%s':null}", members[i]);
        assert_refused_at(members[i], statement);
        free(statement);
    }
    assert_non_null(strstr(complaint(XAPI_1_0_3, "{" ACTOR "," VERB "}"), "\"object\" is missing"));
    assert_non_null(strstr(complaint(XAPI_1_0_3, WITH("'Result':{}")), "\"result\" is perhaps meant"));
}

static void verbs_have_an_iri_and_words_for_it(void **state)
{
    (void)state;
    assert_sound("{" ACTOR "," OBJECT
                 ",'verb':{'id':'https://x.nl/did','display':{'nl':'deed','en-GB':''}}}");
    assert_refused_at("verb", "{" ACTOR "," OBJECT ",'verb':{}}");
    assert_refused_at("verb", "{" ACTOR "," OBJECT ",'verb':'did'}");
    assert_refused_at("verb.id", "{" ACTOR "," OBJECT ",'verb':{'id':'did'}}");
    assert_refused_at("verb.id", "{" ACTOR "," OBJECT ",'verb':{'id':''}}");
    assert_refused_at("verb.display",
                      "{" ACTOR "," OBJECT ",'verb':{'id':'https://x.nl/did','display':'did'}}");
    assert_refused_at("verb.display.nl",
                      "{" ACTOR "," OBJECT ",'verb':{'id':'https://x.nl/did','display':{'nl':1}}}");
    assert_refused_at("verb.display.a12345678",
                      "{" ACTOR "," OBJECT ",'verb':{'id':'https://x.nl/did','display':{'a12345678':''}}}");
}

static void activities(void **state)
{
    (void)state;
    assert_sound(ABOUT("{'objectType':'Activity','id':'https://x.nl/a'}"));
    assert_sound(DEFINED("{}"));
    assert_sound(DEFINED(
        "{'name':{'nl':'A'},'description':{'nl':'B'},'type':'https://x.nl/t','moreInfo':'https://x.nl',"
        "'extensions':{'https://x.nl/e':null}}"));
    assert_refused_at("object", ABOUT("{}"));
    assert_refused_at("object.id", ABOUT("{'id':'a'}"));
    assert_refused_at("object.objectType", ABOUT("{'objectType':'activity','id':'https://x.nl/a'}"));
    assert_refused_at("object.objectType", ABOUT("{'objectType':1,'id':'https://x.nl/a'}"));
    assert_refused_at("object", ABOUT("{'id':'https://x.nl/a','name':'A'}"));
    assert_refused_at("object.definition", DEFINED("'A'"));
    assert_refused_at("object.definition.name", DEFINED("{'name':'A'}"));
    assert_refused_at("object.definition.type", DEFINED("{'type':'t'}"));
    assert_refused_at("object.definition.moreInfo", DEFINED("{'moreInfo':'/x'}"));
    assert_refused_at("object.definition.extensions", DEFINED("{'extensions':[]}"));
    assert_refused_at("object.definition.extensions.key", DEFINED("{'extensions':{'key':1}}"));
}

static void interactions(void **state)
{
    (void)state;
    static const char *const sound[] = {
        DEFINED("{'interactionType':'true-false','correctResponsesPattern':['true']}"),
        DEFINED("{'interactionType':'choice','correctResponsesPattern':[],'choices':[{'id':'a','description':"
                "{'nl':'A'}},"
                "{'id':'b'}]}"),
        DEFINED("{'interactionType':'sequencing','choices':[]}"),
        DEFINED("{'interactionType':'likert','scale':[{'id':'1'}]}"),
        DEFINED("{'interactionType':'matching','source':[{'id':'a'}],'target':[{'id':'a'}]}"),
        DEFINED("{'interactionType':'performance','steps':[{'id':'a'}]}"),
        DEFINED("{'interactionType':'fill-in'}"),
        DEFINED("{'interactionType':'long-fill-in'}"),
        DEFINED("{'interactionType':'numeric'}"),
        DEFINED("{'interactionType':'other'}")};
    for (size_t i = 0; i < sizeof sound / sizeof *sound; i++)
        assert_sound(sound[i]);
    assert_refused_at("object.definition.interactionType", DEFINED("{'interactionType':'Choice'}"));
    assert_refused_at("object.definition.interactionType", DEFINED("{'interactionType':1}"));
    assert_refused_at("object.definition", DEFINED("{'correctResponsesPattern':['true']}"));
    assert_refused_at("object.definition", DEFINED("{'choices':[]}"));
    assert_refused_at("object.definition.scale", DEFINED("{'interactionType':'choice','scale':[]}"));
    assert_refused_at("object.definition.correctResponsesPattern[0]",
                      DEFINED("{'interactionType':'numeric','correctResponsesPattern':[4]}"));
    assert_refused_at("object.definition.correctResponsesPattern",
                      DEFINED("{'interactionType':'numeric','correctResponsesPattern':'4'}"));
    assert_refused_at("object.definition.choices[0]", DEFINED("{'interactionType':'choice','choices':[{}]}"));
    assert_refused_at("object.definition.choices[0].id",
                      DEFINED("{'interactionType':'choice','choices':[{'id':1}]}"));
    assert_refused_at("object.definition.choices[1].id",
                      DEFINED("{'interactionType':'choice','choices':[{'id':'a'},{'id':'\\u0061'}]}"));
    assert_refused_at("object.definition.choices[0].description",
                      DEFINED("{'interactionType':'choice','choices':[{'id':'a','description':'A'}]}"));
}

static void an_object_may_be_somebody_or_a_statement(void **state)
{
    (void)state;
    assert_sound(ABOUT("{'objectType':'Agent','mbox':'mailto:bob@example.com'}"));
    assert_sound(ABOUT("{'objectType':'Group','mbox':'mailto:team@example.com'}"));
    assert_sound(ABOUT(REF));
    assert_sound(SUB(""));
    assert_refused_at("object", ABOUT("{'mbox':'mailto:bob@example.com'}"));
    assert_refused_at("object", ABOUT("{'objectType':'Agent','id':'https://x.nl/a'}"));
    assert_refused_at("object", ABOUT("{'objectType':'StatementRef'}"));
    assert_refused_at("object.id", ABOUT("{'objectType':'StatementRef','id':'1'}"));
    assert_refused_at("object", ABOUT("{'objectType':'StatementRef','id':'" ID "','name':'a'}"));
    assert_refused_at("object", ABOUT("'" ID "'"));
}

static void a_sub_statement_is_checked_and_has_no_more_than_it_may(void **state)
{
    (void)state;
    assert_sound(
        SUB(",'result':{'success':true},'context':{'platform':'x'},'timestamp':'2026-08-31T12:00:00Z'"));
    assert_refused_at("object", SUB(",'id':'" ID "'"));
    assert_refused_at("object", SUB(",'stored':'2026-08-31T12:00:00Z'"));
    assert_refused_at("object", SUB(",'version':'1.0.0'"));
    assert_refused_at("object", SUB(",'authority':{'mbox':'mailto:a@b'}"));
    assert_refused_at("object.result.success", SUB(",'result':{'success':'true'}"));
    assert_refused_at("object", ABOUT("{'objectType':'SubStatement'," ACTOR "," VERB "}"));
    assert_refused_at("object.object",
                      ABOUT("{'objectType':'SubStatement'," ACTOR "," VERB
                            ",'object':{'objectType':'SubStatement'," ACTOR "," VERB "," OBJECT "}}"));
    assert_refused_at("object.context.platform", ABOUT("{'objectType':'SubStatement'," ACTOR "," VERB
                                                       ",'object':" REF ",'context':{'platform':'x'}}"));
}

static void what_takes_back_names_a_statement(void **state)
{
    (void)state;
    assert_sound("{" ACTOR ",'verb':{'id':'" VERB_VOIDED "'},'object':" REF "}");
    assert_refused_at("object", "{" ACTOR ",'verb':{'id':'" VERB_VOIDED "'}," OBJECT "}");
    assert_refused_at("object", "{" ACTOR ",'verb':{'id':'" VERB_VOIDED
                                "'},'object':{'objectType':'Agent','mbox':'mailto:a@b'}}");
}

static void results(void **state)
{
    (void)state;
    assert_sound(WITH("'result':{}"));
    assert_sound(
        WITH("'result':{'success':false,'completion':true,'response':'','duration':'PT1H','extensions':{}}"));
    assert_sound(WITH("'result':{'score':{'scaled':-1,'raw':3,'min':3,'max':4.5}}"));
    assert_sound(WITH("'result':{'score':{'scaled':1.0,'raw':-7}}"));
    assert_refused_at("result", WITH("'result':{'passed':true}"));
    assert_refused_at("result.success", WITH("'result':{'success':1}"));
    assert_refused_at("result.completion", WITH("'result':{'completion':'yes'}"));
    assert_refused_at("result.response", WITH("'result':{'response':5}"));
    assert_refused_at("result.duration", WITH("'result':{'duration':'1 hour'}"));
    assert_refused_at("result.duration", WITH("'result':{'duration':60}"));
    assert_refused_at("result.score", WITH("'result':{'score':0.5}"));
    assert_refused_at("result.score.scaled", WITH("'result':{'score':{'scaled':1.01}}"));
    assert_refused_at("result.score.scaled", WITH("'result':{'score':{'scaled':-1.01}}"));
    assert_refused_at("result.score.scaled", WITH("'result':{'score':{'scaled':'1'}}"));
    assert_refused_at("result.score", WITH("'result':{'score':{'raw':2,'min':3}}"));
    assert_refused_at("result.score", WITH("'result':{'score':{'raw':5,'max':4}}"));
    assert_refused_at("result.score", WITH("'result':{'score':{'min':4,'max':4}}"));
    assert_refused_at("result.score", WITH("'result':{'score':{'percent':4}}"));
    assert_refused_at("result.extensions.key", WITH("'result':{'extensions':{'key':4}}"));
}

static void extensions_have_any_value(void **state)
{
    (void)state;
    assert_sound(
        WITH("'context':{'extensions':{'https://x.nl/a':null,'https://x.nl/b':{'A':[null,{}]},'urn:c':''}}"));
    assert_non_null(strstr(complaint(XAPI_1_0_3, WITH("'context':{'extensions':{'a b':1}}")),
                           "context.extensions[\"a b\"]: its name has to be an IRI"));
}

static void contexts(void **state)
{
    (void)state;
    assert_sound(WITH(
        "'context':{'registration':'" ID "','instructor':{'mbox':'mailto:a@b'},'team':{'objectType':'Group',"
        "'mbox':'mailto:t@b'},'revision':'','platform':'x','language':'nl-NL','statement':" REF "}"));
    assert_sound(WITH("'context':{'instructor':{'objectType':'Group','mbox':'mailto:t@b'}}"));
    assert_sound(WITH(
        "'context':{'contextActivities':{'parent':{'id':'https://x.nl/a'},'grouping':[],'category':[{'id':"
        "'https://x.nl/a'}],'other':[{'id':'https://x.nl/a','definition':{}},{'id':'https://x.nl/b'}]}}"));
    assert_refused_at("context", WITH("'context':[]"));
    assert_refused_at("context", WITH("'context':{'course':'x'}"));
    assert_refused_at("context.registration", WITH("'context':{'registration':'1'}"));
    assert_refused_at("context.instructor", WITH("'context':{'instructor':{}}"));
    assert_refused_at("context.team", WITH("'context':{'team':{'mbox':'mailto:t@b'}}"));
    assert_refused_at("context.team.objectType",
                      WITH("'context':{'team':{'objectType':'Agent','mbox':'mailto:t@b'}}"));
    assert_refused_at("context.revision", WITH("'context':{'revision':1}"));
    assert_refused_at("context.platform", WITH("'context':{'platform':1}"));
    assert_refused_at("context.language", WITH("'context':{'language':'nl_NL'}"));
    assert_refused_at("context.statement", WITH("'context':{'statement':{'id':'" ID "'}}"));
    assert_refused_at("context.contextActivities", WITH("'context':{'contextActivities':[]}"));
    assert_refused_at("context.contextActivities", WITH("'context':{'contextActivities':{'parents':[]}}"));
    assert_refused_at("context.contextActivities.parent",
                      WITH("'context':{'contextActivities':{'parent':'a'}}"));
    assert_refused_at("context.contextActivities.other[1].id",
                      WITH("'context':{'contextActivities':{'other':[{'id':'https://x.nl/a'},{'id':'b'}]}}"));
}

static void a_platform_and_a_revision_are_of_activities(void **state)
{
    (void)state;
    assert_refused_at("context.platform", "{" ACTOR "," VERB ",'object':" REF ",'context':{'platform':'x'}}");
    assert_refused_at("context.revision",
                      "{" ACTOR "," VERB ",'context':{'revision':'x'},'object':{'objectType':'Agent',"
                      "'mbox':'mailto:a@b'}}");
}

#define AGENTS(list) WITH("'context':{'contextAgents':" list "}")
#define GROUPS(list) WITH("'context':{'contextGroups':" list "}")

static void assert_2_0_0_alone(const char *statement)
{
    assert_null(complaint(XAPI_2_0_0, statement));
    assert_non_null(complaint(XAPI_1_0_3, statement));
}

static void assert_wrong_in_2_0_0(const char *place, const char *statement)
{
    const char *said = complaint(XAPI_2_0_0, statement);
    assert_non_null(said);
    if (strncmp(said, place, strlen(place)) != 0 || said[strlen(place)] != ':')
        fail_msg("not at %s: %s", place, said);
}

static void agents_and_groups_of_a_context_are_of_2_0_0(void **state)
{
    (void)state;
    assert_2_0_0_alone(
        AGENTS("[{'objectType':'contextAgent','agent':{'mbox':'mailto:a@b'},'relevantTypes':['urn:x']}]"));
    assert_2_0_0_alone(
        GROUPS("[{'objectType':'contextGroup','group':{'objectType':'Group','mbox':'mailto:a@b'}}]"));
    assert_wrong_in_2_0_0("context.contextAgents", AGENTS("{}"));
    assert_wrong_in_2_0_0("context.contextAgents[0]", AGENTS("[{'agent':{'mbox':'mailto:a@b'}}]"));
    assert_wrong_in_2_0_0("context.contextAgents[0].objectType",
                          AGENTS("[{'objectType':'Agent','agent':{'mbox':'mailto:a@b'}}]"));
    assert_wrong_in_2_0_0(
        "context.contextAgents[0].relevantTypes",
        AGENTS("[{'objectType':'contextAgent','agent':{'mbox':'mailto:a@b'},'relevantTypes':[]}]"));
    assert_wrong_in_2_0_0(
        "context.contextAgents[0].relevantTypes[0]",
        AGENTS("[{'objectType':'contextAgent','agent':{'mbox':'mailto:a@b'},'relevantTypes':['x']}]"));
    assert_wrong_in_2_0_0(
        "context.contextGroups[0].group.objectType",
        GROUPS("[{'objectType':'contextGroup','group':{'objectType':'Agent','mbox':'mailto:a@b'}}]"));
}

static void times_and_ids(void **state)
{
    (void)state;
    assert_sound(
        WITH("'id':'" ID "','timestamp':'2026-08-31T12:00:00.000Z','stored':'2026-08-31T12:00:00+02:00'"));
    assert_refused_at("id", WITH("'id':'1'"));
    assert_refused_at("timestamp", WITH("'timestamp':'yesterday'"));
    assert_refused_at("timestamp", WITH("'timestamp':1788177600"));
    assert_refused_at("timestamp", WITH("'timestamp':'2026-08-31T12:00:00-00:00'"));
    assert_refused_at("stored", WITH("'stored':'2026-08-31'"));
    assert_null(complaint(XAPI_1_0_3, WITH("'timestamp':'2026-08-31T12:00:00'")));
    assert_non_null(complaint(XAPI_2_0_0, WITH("'timestamp':'2026-08-31T12:00:00'")));
}

static void versions(void **state)
{
    (void)state;
    assert_sound(WITH("'version':'1.0'"));
    assert_sound(WITH("'version':'1.0.0'"));
    assert_sound(WITH("'version':'1.0.19'"));
    assert_2_0_0_alone(WITH("'version':'2.0.0'"));
    assert_refused_at("version", WITH("'version':'1.1.0'"));
    assert_refused_at("version", WITH("'version':'0.9'"));
    assert_refused_at("version", WITH("'version':'1.0.'"));
    assert_refused_at("version", WITH("'version':'1.0.x'"));
    assert_refused_at("version", WITH("'version':1.0"));
    assert_refused_at("version", WITH("'version':'3.0.0'"));
}

#define APPLICATION "{'account':{'homePage':'https://x.nl/oauth','name':'key'}}"

static void an_authority_is_an_agent_or_an_application_and_a_user(void **state)
{
    (void)state;
    assert_sound(WITH("'authority':{'mbox':'mailto:a@b'}"));
    assert_sound(WITH("'authority':{'objectType':'Group','member':[" APPLICATION ",{'mbox':'mailto:a@b'}]}"));
    assert_refused_at("authority", WITH("'authority':{}"));
    assert_refused_at("authority", WITH("'authority':{'objectType':'Group','member':[" APPLICATION "]}"));
    assert_refused_at("authority", WITH("'authority':{'objectType':'Group','member':[" APPLICATION
                                        "," APPLICATION "," APPLICATION "]}"));
    assert_refused_at("authority",
                      WITH("'authority':{'objectType':'Group','mbox':'mailto:t@b','member':[" APPLICATION
                           ",{'mbox':'mailto:a@b'}]}"));
    assert_refused_at(
        "authority.member",
        WITH("'authority':{'objectType':'Group','member':[{'mbox':'mailto:a@b'},{'mbox':'mailto:c@d'}]}"));
}

#define SHA2 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define ATTACHED(more) WITH("'attachments':[{'usageType':'https://x.nl/u','display':{'nl':'A'}," more "}]")

static void attachments(void **state)
{
    (void)state;
    assert_sound(WITH("'attachments':[]"));
    assert_sound(ATTACHED("'contentType':'text/plain','length':3,'sha2':'" SHA2
                          "','fileUrl':'https://x.nl/f','description':"
                          "{'nl':'B'}"));
    assert_refused_at("attachments", WITH("'attachments':{}"));
    assert_refused_at("attachments[0]", WITH("'attachments':[1]"));
    assert_refused_at("attachments[0]", ATTACHED("'length':3,'sha2':'" SHA2 "'"));
    assert_refused_at("attachments[0].contentType",
                      ATTACHED("'contentType':'text','length':3,'sha2':'" SHA2 "'"));
    assert_refused_at("attachments[0].length",
                      ATTACHED("'contentType':'a/b','length':'3','sha2':'" SHA2 "'"));
    assert_refused_at("attachments[0].length",
                      ATTACHED("'contentType':'a/b','length':3.5,'sha2':'" SHA2 "'"));
    assert_refused_at("attachments[0].length", ATTACHED("'contentType':'a/b','length':-1,'sha2':'" SHA2 "'"));
    assert_refused_at("attachments[0].sha2", ATTACHED("'contentType':'a/b','length':3,'sha2':'abc'"));
    assert_refused_at("attachments[0].fileUrl",
                      ATTACHED("'contentType':'a/b','length':3,'sha2':'" SHA2 "','fileUrl':'f'"));
}

/* What somebody answered or is called is nobody's to read in a log. */
static void no_value_is_repeated(void **state)
{
    (void)state;
    static const char *const statements[] = {WITH("'result':{'duration':'secret'}"), WITH("'id':'secret'"),
                                             "{'actor':{'mbox':'secret'}," VERB "," OBJECT "}",
                                             "{'actor':'secret'," VERB "," OBJECT "}"};
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        assert_null(strstr(complaint(XAPI_1_0_3, statements[i]), "secret"));
}

static void check_lines(const char *name)
{
    char *path = mem_format("%s/tests/data/xapi/%s", SOURCE_DIR, name);
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t capacity = 0, count = 0;
    assert_non_null(file);
    for (; getline(&line, &capacity, file) > 0; count++)
        assert_sound(line);
    assert_true(count > 5);
    free(line);
    fclose(file);
    free(path);
}

/* Of ../../data. */
static void real_statements_are_sound(void **state)
{
    (void)state;
    check_lines("ralph.ndjson");
    check_lines("datasim.ndjson");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_is_sound),
        cmocka_unit_test(what_is_missing_unknown_or_null_is_told),
        cmocka_unit_test(verbs_have_an_iri_and_words_for_it),
        cmocka_unit_test(activities),
        cmocka_unit_test(interactions),
        cmocka_unit_test(an_object_may_be_somebody_or_a_statement),
        cmocka_unit_test(a_sub_statement_is_checked_and_has_no_more_than_it_may),
        cmocka_unit_test(what_takes_back_names_a_statement),
        cmocka_unit_test(results),
        cmocka_unit_test(extensions_have_any_value),
        cmocka_unit_test(contexts),
        cmocka_unit_test(a_platform_and_a_revision_are_of_activities),
        cmocka_unit_test(agents_and_groups_of_a_context_are_of_2_0_0),
        cmocka_unit_test(times_and_ids),
        cmocka_unit_test(versions),
        cmocka_unit_test(an_authority_is_an_agent_or_an_application_and_a_user),
        cmocka_unit_test(attachments),
        cmocka_unit_test(no_value_is_repeated),
        cmocka_unit_test(real_statements_are_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
