# SPDX-License-Identifier: GPL-3.0-or-later
"""Nobody who is in a statement can be read from what wijzerd keeps, logs or shows to those who look after it; who knows them finds
their statements; and who is forgotten is gone. With identities off, which is the default."""
import base64
import hashlib
import json
import subprocess
import unittest
import urllib.parse
import uuid

from wijzer_daemon import BUILD, WijzerTest
import xapi_store
from xapi_store import Lms

VERB = {"id": "http://adlnet.gov/expapi/verbs/experienced"}
VOIDED = {"id": "http://adlnet.gov/expapi/verbs/voided"}
OBJECT = {"id": "https://lms.example/page/1"}
COURSE = {"contextActivities": {"grouping": [{"id": "https://lms.example/course/1", "definition": {"name": {"nl": "Rekenen"}}}]}}
KINDS = ("mbox", "mbox_sha1sum", "openid", "account")
PSEUDONYM_HOME = "https://wijzer.invalid/pseudonym"
MANY = """
local w = require "wijzer"
w.indicator { id = "events", source = w.events {}, by = { "course" }, period = "month",
  inputs = { events = w.count(), actors = w.distinct "actor" },
  compute = function(g) return { value = g.events.value, extra = { actors = g.actors.value } } end }
"""


class People:
    """Agents of every kind, each with words in it that stand nowhere else."""

    def __init__(self):
        self.words = set()

    def agent(self, kind, name=True, **more):
        word = f"Q{len(self.words)}z{uuid.uuid4().hex[:6]}"
        address = f"{word}@school.example"
        made = {"mbox": {"mbox": f"mailto:{address}"},
                "mbox_sha1sum": {"mbox_sha1sum": hashlib.sha1(f"mailto:{address}".encode()).hexdigest()},
                "openid": {"openid": f"https://id.example/{word}"},
                "account": {"account": {"homePage": f"https://{word}.example", "name": f"nr-{word}"}}}[kind]
        self.words |= {word, made.get("mbox_sha1sum", word)}
        return {**made, **({"name": f"Name {word} de Vries"} if name else {}), **more}

    def group(self, kind, **more):
        return self.agent(kind, objectType="Group", member=[self.agent(kind), self.agent(kind)], **more)


def only_id(agent):
    return {part: agent[part] for part in (*KINDS, "objectType") if part in agent}


def places(people, kind):
    """Statements with somebody in every place where there can be anybody: version, statement."""
    agent, group = (lambda **more: people.agent(kind, **more)), (lambda: people.group(kind))
    plain = {"verb": VERB, "object": OBJECT}
    return [("1.0.3", {"actor": agent(), **plain}),
            ("1.0.3", {"actor": group(), **plain}),
            ("1.0.3", {"actor": {"objectType": "Group", "name": "Wij", "member": [agent(), agent()]}, **plain}),
            ("1.0.3", {"actor": agent(), "verb": VERB, "object": agent(objectType="Agent")}),
            ("1.0.3", {"actor": agent(), **plain, "context": {"instructor": agent(), "team": group()}}),
            ("1.0.3", {"actor": agent(), "verb": VERB, "object": {
                "objectType": "SubStatement", "actor": agent(), "verb": VERB, "object": agent(objectType="Agent"),
                "context": {"instructor": agent(), "team": group()}}}),
            ("1.0.3", {"actor": agent(), **plain, "authority": agent()}),
            ("2.0.0", {"actor": agent(), **plain, "context": {
                "contextAgents": [{"objectType": "contextAgent", "agent": agent(objectType="Agent")}],
                "contextGroups": [{"objectType": "contextGroup", "group": group()}]}})]


def agents_of(statement, related=False):
    """Everybody in it: agent, and whether only related_agents finds it by that one."""
    for place in ("actor", "object"):
        value = statement[place]
        if value.get("objectType") == "SubStatement":
            yield from agents_of(value, True)
        elif place == "actor" or value.get("objectType") in ("Agent", "Group"):
            yield from with_members(value, related)
    context = statement.get("context", {})
    for value in [context.get("instructor"), context.get("team"),
                  *(part["agent"] for part in context.get("contextAgents", [])),
                  *(part["group"] for part in context.get("contextGroups", []))]:
        if value:
            yield from with_members(value, True)


def with_members(agent, related):
    if any(kind in agent for kind in KINDS):
        yield agent, related
    for member in agent.get("member", []):
        yield member, related


def spellings(word):
    """The forms in which a word could lie somewhere."""
    plain = word.encode()
    return {plain, plain.lower(), word.encode("utf-16-le"), word.encode("utf-16-be"), plain.hex().encode(), plain.hex().upper().encode(),
            urllib.parse.quote(word, safe="").encode(), hashlib.sha1(plain).digest(),
            *(base64.b64encode(b"\0" * before + plain)[(before * 8 + 5) // 6:-4] for before in range(3)),
            *((bytes.fromhex(word),) if len(word) == 40 else ())}


class Privacy(WijzerTest):
    def make_store(self, keep=False, more=""):
        return xapi_store.put_secret(self.make(**xapi_store.options(keep, more=more))).start()

    def send(self, w, statement, version="1.0.3"):
        with Lms(w, version=version) as lms:
            answer = lms.send(statement)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()[0]

    def send_attached(self, w, statement, data):
        """With bytes that belong to it."""
        sha2 = hashlib.sha256(data).hexdigest()
        attachment = {"usageType": "https://lms.example/work", "display": {"nl": "werk"}, "contentType": "text/plain",
                      "length": len(data), "sha2": sha2}
        parts = ((b"application/json", b"", json.dumps({**statement, "attachments": [attachment]}).encode()),
                 (b"text/plain", b"Content-Transfer-Encoding: binary\r\nX-Experience-API-Hash: " + sha2.encode() + b"\r\n", data))
        body = b"".join(b"--cut\r\nContent-Type: " + type + b"\r\n" + more + b"\r\n" + part + b"\r\n" for type, more, part in parts)
        with Lms(w) as lms:
            answer = lms.request("POST", "/xapi/statements", body + b"--cut--\r\n", {"Content-Type": "multipart/mixed; boundary=cut"})
            self.assertEqual(answer.status, 200, answer.body)
            self.assertIn(data, lms.get(statementId=answer.json()[0], attachments="true").body)
        return answer.json()[0]

    def find(self, w, agent, related=True, version="1.0.3"):
        with Lms(w, version=version) as lms:
            return [one["id"] for one in lms.all(agent=json.dumps(only_id(agent)), related_agents=str(related).lower())]

    def read(self, w, id):
        with Lms(w) as lms:
            answer = lms.get(statementId=id)
        return answer.json() if answer.status == 200 else None

    def assert_nowhere(self, w, words):
        files = [file for file in w.folder.rglob("*") if file.is_file()]
        self.assertIn("wijzer.db", [file.name for file in files])
        for file in files:
            held = file.read_bytes()
            for word in words:
                for spelling in spellings(word):
                    self.assertNotIn(spelling, held, f"{word} lies in {file.name}")

    def send_all_places(self, w, people):
        sent = [(version, statement, self.send(w, statement, version)) for kind in KINDS for version, statement in places(people, kind)]
        return [(version, statement, id, self.read(w, id)) for version, statement, id in sent]

    def check_found(self, w, sent, again=False):
        """By whoever is in it, and by the pseudonym that came back; `again`: as they are told now."""
        for version, statement, id, found in sent:
            found = self.read(w, id) if again else found
            told = list(agents_of(found))
            self.assertEqual(len(told), len(list(agents_of(statement))))
            for (agent, related), (pseudonymous, _) in zip(agents_of(statement), told):
                self.assertEqual(pseudonymous["account"]["homePage"], PSEUDONYM_HOME)
                for who in (agent, pseudonymous):
                    self.assertEqual(self.find(w, who), [id], (statement, who))
                    self.assertEqual(self.find(w, who, related=False), [] if related else [id], (statement, who))

    # ---- what is kept ----

    def test_nobody_can_be_read_from_what_is_kept_and_who_knows_them_finds_them(self):
        w, people = self.make_store(), People()
        sent = self.send_all_places(w, people)
        with Lms(w) as lms:
            for kind in KINDS:
                agent = json.dumps(only_id(people.agent(kind)))
                for path, more in (("activities/state", {"activityId": OBJECT["id"], "stateId": "s"}), ("agents/profile", {"profileId": "p"})):
                    path = f"/xapi/{path}?{urllib.parse.urlencode({'agent': agent, **more})}"
                    self.assertEqual(lms.request("PUT", path, b"{}", {"Content-Type": "application/json", "If-None-Match": "*"}).status, 204)
        self.check_found(w, sent)
        self.assert_nowhere(w, people.words)
        for _, statement, _, found in sent:
            for word in people.words:
                self.assertNotIn(word, json.dumps(found))
        w.stop()
        self.assert_nowhere(w, people.words)
        w.start()
        self.check_found(w, sent)

    def test_what_is_told_is_taken_by_another_record_store(self):
        w, other, people = self.make_store(), self.make_store(keep=True), People()
        for version, _, _, found in self.send_all_places(w, people):
            self.send(other, found, version)
            self.assertEqual(list(agents_of(self.read(other, found["id"]))), list(agents_of(found)))

    def test_another_key_gives_other_pseudonyms_and_finds_as_before(self):
        w, people = self.make_store(), People()
        sent = self.send_all_places(w, people)
        for batch in xapi_store.batches(xapi_store.made(9000), 1000):  # so that some are packed
            self.send(w, batch)
        w.stop()
        run = subprocess.run([BUILD / "bin" / "wijzer", "key", "rotate", "--config", w.config], capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run)
        w.start()
        self.check_found(w, sent, again=True)
        for version, statement, id, found in sent:
            old = {agent["account"]["name"] for agent, _ in agents_of(found)}
            new = {agent["account"]["name"] for agent, _ in agents_of(self.read(w, id))}
            self.assertFalse(old & new)
            self.send(w, {**statement, "id": id}, version)  # it is known
        self.assertEqual(w.get("/v1/feeds").json()["feeds"][0]["duplicate"], len(sent))

    def test_identities_may_be_kept_later_and_no_longer(self):
        w, people = self.make_store(), People()
        anna = only_id(people.agent("mbox"))
        statement = {"actor": anna, "verb": VERB, "object": OBJECT}
        first = self.send(w, statement)
        text = w.config.read_text()
        w.stop()
        w.config.write_text(text.replace("plugin = xapi\n", "plugin = xapi\nidentities = keep\n"))
        w.start()
        second = self.send(w, statement)
        self.assertEqual(self.read(w, first)["actor"]["account"]["homePage"], PSEUDONYM_HOME)
        self.assertEqual(self.read(w, second)["actor"], anna)
        w.stop()
        w.config.write_text(text)
        w.start()
        third = self.send(w, statement)
        self.assertEqual(self.read(w, second)["actor"], anna)
        self.assertEqual(self.find(w, anna), [third, second, first])
        self.send(w, {**statement, "id": first})
        self.assertEqual(w.run("forget", anna["mbox"]).returncode, 0)
        self.assertEqual(self.find(w, anna), [])
        w.stop()
        self.assert_nowhere(w, people.words)

    def test_the_domain_of_an_address_is_the_same_in_any_case(self):
        for keep in (False, True):
            w = self.make_store(keep)
            id = str(uuid.uuid4())
            for address in ("Anna@School.Example", "Anna@school.example"):
                self.send(w, {"id": id, "actor": {"mbox": f"mailto:{address}"}, "verb": VERB, "object": OBJECT})
            self.assertEqual(self.find(w, {"mbox": "mailto:Anna@SCHOOL.example"}), [id])
            self.assertEqual(self.find(w, {"mbox": "mailto:anna@school.example"}), [], "the part before the @ is told apart")

    # ---- who is forgotten ----

    def test_whoever_is_forgotten_is_gone(self):
        for keep in (False, True):
            with self.subTest(keep=keep):
                self.forget_everybody(keep)

    def forget_everybody(self, keep):
        w, people = self.make_store(keep), People()
        self.add_many(w)
        other = {"mbox": "mailto:other@school.example"}
        somebody = {kind: only_id(people.agent(kind)) for kind in KINDS}
        own, named, pseudonyms = {}, {}, {}
        for kind, agent in somebody.items():
            def said(actor=other, verb=VERB, object=OBJECT, **more):
                return self.send(w, {"actor": actor, "verb": verb, "object": object, "timestamp": "2026-11-01T10:00:00Z", "context": COURSE, **more})
            own[kind] = [said(agent), said(agent),
                         self.send_attached(w, {"actor": agent, "verb": VERB, "object": OBJECT}, f"what {kind}-wrote-it says".encode())]
            named[kind] = [said(context={**COURSE, "instructor": agent}), said(object={**agent, "objectType": "Agent"}),
                           said(object={"objectType": "SubStatement", "actor": agent, "verb": VERB, "object": OBJECT})]
            if not keep:
                pseudonyms[kind] = self.read(w, own[kind][0])["actor"]
            said(verb=VOIDED, object={"objectType": "StatementRef", "id": own[kind][1]})
        for batch in xapi_store.batches(xapi_store.made(9000), 1000):
            self.send(w, batch)
        w.wait_until_current()
        counted = w.by_group("events")["Rekenen"]
        written = {"mbox": lambda agent: agent["mbox"].replace("mailto:", "MailTo:").replace("school", "School"),
                   "mbox_sha1sum": lambda agent: "sha1:" + agent["mbox_sha1sum"], "openid": lambda agent: agent["openid"],
                   "account": lambda agent: f"{agent['account']['homePage']} {agent['account']['name']}"}
        for kind, agent in somebody.items():
            run = w.run("forget", written[kind](agent))
            self.assertEqual((run.returncode, run.stdout.count("forgotten:")), (0, 1), run)
            self.assertEqual(w.run("forget", written[kind](agent)).returncode, 1)
        w.wait_until_current()
        left = w.by_group("events")["Rekenen"]
        self.assertEqual((counted["extra"]["actors"], left["extra"]["actors"], left["n"]), (5, 1, 1))
        for kind, agent in somebody.items():
            self.assertEqual([self.read(w, id) for id in own[kind]], [None] * 3)
            self.assertEqual(self.find(w, agent), [])
            for id in named[kind]:
                if keep:  # it named the person in so many words
                    self.assertIsNone(self.read(w, id))
                else:
                    self.assertIn({"homePage": PSEUDONYM_HOME, "name": "0" * 32}, [who.get("account") for who, _ in agents_of(self.read(w, id))])
            if not keep:
                self.assertEqual(self.find(w, pseudonyms[kind]), [])
        w.stop()
        self.assert_nowhere(w, people.words | {who["account"]["name"] for who in pseudonyms.values()} | {f"{kind}-wrote-it" for kind in KINDS})
        w.start()
        for kind, agent in somebody.items():  # taken as new
            self.send(w, {"id": own[kind][0], "actor": agent, "verb": VERB, "object": {"id": "https://lms.example/other"}})
            self.assertEqual(self.find(w, agent), [own[kind][0]])
        self.assertEqual(w.run("rebuild", "--check").returncode, 0)

    def test_an_lms_that_sends_all_once_more_is_not_refused_for_whom_was_forgotten(self):
        w, people = self.make_store(), People()
        anna, other = people.agent("mbox"), {"mbox": "mailto:other@school.example"}
        ids = [str(uuid.uuid4()) for _ in range(3)]
        history = [{"id": ids[0], "actor": anna, "verb": VERB, "object": OBJECT},
                   {"id": ids[1], "actor": other, "verb": VERB, "object": OBJECT, "context": {"instructor": anna}},
                   {"id": ids[2], "actor": other, "verb": VERB, "object": OBJECT}]
        self.send(w, history)
        self.assertEqual(w.run("forget", anna["mbox"]).returncode, 0)
        self.send(w, history)
        self.assertEqual(self.find(w, anna), [ids[0]], "the others are there as they were")
        self.assertEqual(self.feed(w)["duplicate"], 2)
        with Lms(w) as lms:
            self.assertEqual(lms.send({**history[2], "object": {"id": "https://lms.example/other"}}).status, 409)
        self.assertEqual(w.run("forget", anna["mbox"]).returncode, 0)
        w.stop()
        self.assert_nowhere(w, people.words)

    # ---- what is shown ----

    def add_many(self, w):
        w.script("many.lua", MANY)
        w.wait_for(lambda: (w.script_info("many.lua") or {}).get("state") == "active", "the script is not loaded")

    def test_groups_without_a_name_are_no_more_people_than_they_have_in_them(self):
        w = self.make_store()
        self.add_many(w)
        for number in range(6):
            members = [{"mbox": f"mailto:{who}@school.example"} for who in ("anna", "bert")[:1 + number % 2]]
            self.send(w, {"actor": {"objectType": "Group", "member": members}, "verb": VERB, "object": OBJECT, "context": COURSE})
        w.wait_until_current()
        value = w.by_group("events")["Rekenen"]
        self.assertEqual((value["n"], value["value"]), (1, 6))

    def test_those_who_look_after_a_feed_see_why_it_is_refused_and_not_whom_it_was_about(self):
        w, people = self.make_store(), People()
        anna = people.agent("mbox")
        good = {"actor": anna, "verb": VERB, "object": OBJECT}
        [word] = people.words
        with Lms(w) as lms:
            for statement, reason in (
                    ({"actor": anna, "verb": VERB}, 'the property "object" is missing'),
                    ({**good, word: 1}, 'there is no property "…" here'),
                    ({**good, "actor": {**anna, word: 1}}, 'actor: there is no property "…" here'),
                    ({**good, "context": {"extensions": {word: 1}}}, "context.extensions.…: its name has to be an IRI"),
                    ({**good, "verb": {**VERB, "display": {f"{word} x": ""}}}, 'verb.display["…"]: its name has to be'),
                    ({**good, "verb": {"id": word}}, "verb.id: an IRI"),
                    ({**good, "timestamp": word}, "timestamp: a time")):
                answer = lms.send([good, statement])
                self.assertEqual(answer.status, 400, answer.body)
                self.assertIn("statement 2 of 2", answer.json()["detail"])
                self.assertIn(reason.split("…")[0], answer.json()["detail"])
                self.assertIn(f"statement 2 of 2: {reason}", self.feed(w)["refusal"])
            answer = lms.send({**good, word: 1})
            self.assertIn(f'there is no property "{word}" here', answer.json()["detail"])
            self.assertEqual(lms.get(**{word: 1}).status, 400)
            self.assertEqual(self.feed(w)["refusal"], "GET of /statements has no parameter …; leave it out")
            self.assertEqual(lms.get(statementId=str(uuid.uuid4())).status, 404)
            self.assertEqual(lms.request("GET", "/xapi/about", None, {"If-Match": '"another"'}).status, 412)
            self.assertEqual(self.feed(w)["refused"], 9, "who asks for what is not there, or was changed, is not refused")
            answer = lms.request("GET", f"/xapi//statements/{word}")
            self.assertEqual(answer.status, 404)
            self.assertIn(f"there is no resource /xapi//statements/{word}; there are /statements", answer.json()["detail"])
            self.assertEqual((self.feed(w)["refused"], self.feed(w)["refusal"].split(";")[0]), (10, "there is no resource /xapi…"))
            lms.headers["Authorization"] = "Basic " + base64.b64encode(f"{xapi_store.KEY}:{word}".encode()).decode()
            self.assertEqual(lms.get().status, 401)
        self.assertEqual(self.feed(w)["refusal"], "it came with the key of the feed and a wrong secret")
        self.assertIsNone(self.feed(w)["last"]["at"])
        self.send(w, {"actor": {"mbox": "mailto:b@school.example"}, "verb": VERB, "object": OBJECT})
        self.assertIsNotNone(self.feed(w)["last"]["at"])
        said = w.run("feeds").stdout
        self.assertRegex(said, r"lms +xapi +active +1 +0 +0 +0 +0 +11 .* refused at 20\S+: it came with the key")
        self.assertRegex(w.run("status").stdout, "request refused +lms: it came with the key")
        for route in ("/v1/feeds", "/v1/status", "/v1/audit", "/v1/feeds/lms/quarantine"):
            self.assertNotIn(word, w.get(route).body.decode())
        w.stop()
        self.assert_nowhere(w, people.words)
        w.start()
        self.assertEqual((self.feed(w)["refused"], self.feed(w)["refusal"]), (11, "it came with the key of the feed and a wrong secret"))

    def feed(self, w):
        return w.get("/v1/feeds").json()["feeds"][0]


if __name__ == "__main__":
    unittest.main()
