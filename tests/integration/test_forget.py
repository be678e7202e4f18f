# SPDX-License-Identifier: GPL-3.0-or-later
"""wijzer forget: everything that there is of a person goes, and what is left is as if the person had never been there."""
import hashlib
import json
import os
import random
import sqlite3
import time
import unittest

from wijzer_daemon import EVENT_FEED, EVENT_PLUGINS, FEED, HEADING, MONITOR, UnixConnection, WijzerTest, add_event_plugin

PERSON = "jan.de.vries-4711"
INDICATORS = {
    "mean": 'inputs = { s = w.scale { "a", "b", min_answered = 1 } }, compute = function(g) return { value = g.s.mean, ci95 = g.s.ci95, extra = { n = g.s.n, alpha = g.s.alpha } } end',
    "derived": 'inputs = { s = w.derive(function(r) return r.a and r.b and r.a * 10 + r.b end) }, compute = function(g) return g.s.median end',
    "related": 'inputs = { s = w.item "c" }, compute = function(g) local sum = 0 for _, p in ipairs(g.peers) do sum = sum + p.s.mean end'
               ' return { value = g.s.mean, extra = { peers = sum, before = g.previous and g.previous.s.mean } } end',
}
ALERT = """
local w = require "wijzer"
w.alert { id = "low", on = "mean", level = "team", severity = "warning", raise = function(now) return now.value < 3 end,
  summary = { en = "{group} is at {value}" } }
"""


def script(name):
    return f'local w = require "wijzer"\nw.indicator {{ id = "{name}", source = w.survey "m", by = {{ "school", "team" }}, {INDICATORS[name]} }}\n'


def row(person, wave=2025, team="A", a=4, b=2, c=1):
    return f"{person},{wave}-10-01,{wave},S,{team},{a},{b},{c}\n"


class Forget(WijzerTest):
    def begin(self, scripts=INDICATORS, feeds=FEED, wijzer="min_group_size = 1"):
        w = self.make(feeds=feeds, wijzer=wijzer)
        w.script("m.lua", MONITOR)
        for name in scripts:
            w.script(name + ".lua", script(name))
        return w.start()

    def forget(self, w, person=PERSON):
        answer = w.request("POST", "/v1/forget", json.dumps({"id": person}))
        self.assertEqual(answer.status, 200, answer.body)
        counts = answer.json()
        self.assertTrue(counts.pop("done"))
        return counts

    def state(self, w):
        """Everything that is published of indicators and alerts, without when it was computed, and what has been."""
        w.wait_until_current()
        values = {}
        for indicator in w.get("/v1/indicators").json()["indicators"]:
            values[indicator["id"]] = []
            for period in ("2023", "2025", *(f"2023-11-{day}" for day in range(14, 18))):
                for value in w.get(f"/v1/indicators/{indicator['id']}?period={period}").json().get("values", []):
                    del value["computed_at"]
                    values[indicator["id"]].append(value)
        alerts = [(a["id"], a["group"], a["state"], a["value"], a["n"]) for a in w.get("/v1/alerts").json()["alerts"] if a["state"] != "resolved"]
        return {key: sorted(found, key=json.dumps) for key, found in values.items()}, sorted(alerts, key=str)

    def wait_for_values(self, w, indicator):
        w.wait_for(lambda: w.get(f"/v1/indicators/{indicator}").json().get("values"), "nothing is backfilled")

    def assert_nothing_is_left(self, w, person=PERSON):
        """As Python's own BLAKE2b makes the pseudonym."""
        key = bytes.fromhex((w.folder / "state" / "pseudonym.key").read_text().strip())
        pseudonym = hashlib.blake2b(b"p" + person.encode(), key=key, digest_size=16).digest()
        needles = (person.encode(), person.encode("utf-16-le"), person.encode("utf-16-be"), pseudonym,
                   pseudonym.hex().encode(), pseudonym.hex().upper().encode())
        for folder in ("state", "inbox"):
            for path in (w.folder / folder).rglob("*"):
                content = path.read_bytes() if path.is_file() else b""
                for needle in needles:
                    self.assertNotIn(needle, content, f"{path} at {content.find(needle)}")
        self.assertNotIn(person, w.read_log())

    # ---- the person is gone ----------------------------------------------------------------------------------------

    def documents(self, chance, person):
        """Three exports in a row, in which people answer again and change teams; `person` among them."""
        for _ in range(3):
            lines = []
            for who in [f"p{i}" for i in range(25)] + [person]:
                for wave in (2023, 2025):
                    if chance.random() < 0.7:
                        lines.append((who, row(who, wave, chance.choice("ABC"), *(chance.randint(1, 5) for _ in range(3)))))
            chance.shuffle(lines)
            yield lines

    def test_what_is_left_is_as_if_the_person_had_never_been_there(self):
        firing = 0
        for seed in range(4):
            with self.subTest(seed):
                chance = random.Random(seed)
                with_person, without = self.begin(), self.begin()
                for w in (with_person, without):
                    w.script("low.lua", ALERT)
                    w.wait_for(lambda: (w.script_info("low.lua") or {}).get("state") == "active", "the alert is not loaded")
                for lines in self.documents(chance, PERSON):
                    with_person.post("m", HEADING + "".join(line for _, line in lines))
                    without.post("m", HEADING + "".join(line for who, line in lines if who != PERSON))
                    if chance.random() < 0.5:
                        with_person.wait_until_current()
                self.assertGreater(self.forget(with_person)["responses"], 0)
                values, alerts = expected = self.state(without)
                firing += len(alerts)
                self.assertEqual({v["period"] for v in values["mean"]}, {"2023", "2025"})
                self.assertEqual(self.state(with_person), expected)
                self.assert_nothing_is_left(with_person)
                for w in (with_person, without):
                    w.script("late.lua", script("mean").replace('"mean"', '"late"'))
                    self.wait_for_values(w, "late")
                self.assertEqual(self.state(with_person), self.state(without))
                with_person.kill()
                with_person.start()
                self.assertEqual(self.state(with_person), self.state(without))
                for w in (with_person, without):
                    w.kill()
        self.assertGreater(firing, 0)

    def starts(self, w):
        with sqlite3.connect(w.folder / "state" / "wijzer.db") as database:
            return database.execute("SELECT label, starts FROM period ORDER BY label").fetchall()

    def test_a_wave_begins_with_who_is_left(self):
        """The one with the later name was the first, but for the person; `previous` follows the order of waves."""
        def dated(person, wave, date, c):
            return f"{person},{date},{wave},S,A,4,2,{c}\n"
        others = dated("p1", "x", "2025-03-01", 3) + dated("p2", "x", "2025-04-01", 3) + dated("p1", "y", "2025-02-01", 5)
        with_person, without = self.begin(), self.begin()
        with_person.post("m", HEADING + others + dated(PERSON, "x", "2025-01-01", 3))
        without.post("m", HEADING + others)
        for w in (with_person, without):
            w.wait_until_current()
        before = {w: w.get("/v1/indicators/related?period=x").json()["values"][0]["extra"].get("before") for w in (with_person, without)}
        self.assertEqual((before[with_person], before[without]), (None, 5))
        self.forget(with_person)
        self.assertEqual(self.starts(with_person), self.starts(without))
        with_person.wait_until_current()
        self.assertEqual(with_person.get("/v1/indicators/related?period=x").json()["values"][0]["extra"]["before"], 5)
        with_person.post("m", HEADING + dated("p9", "x", "2025-02-15", 3))
        self.assertEqual(dict(self.starts(with_person))["x"] - dict(self.starts(without))["x"], -14 * 86400000, "the day changes nothing that it should not")

    def test_the_last_of_a_group_takes_its_results_along(self):
        w = self.begin()
        w.post("m", HEADING + row("p1") + row(PERSON, team="B"))
        w.wait_until_current()
        self.assertIn("S/B", w.by_group("mean"))
        self.forget(w)
        self.assertEqual(sorted(w.by_group("mean")), ["S", "S/A"])
        w.script("late.lua", script("mean").replace('"mean"', '"late"'))
        self.wait_for_values(w, "late")
        w.wait_until_current()
        self.assertEqual(len(w.values("late")), 2)

    def test_every_version_and_what_was_withdrawn_goes(self):
        w = self.begin()
        for a in (1, 2, 3):
            w.post("m", HEADING + row("p1") + row(PERSON, a=a) + row(PERSON, 2023, a=a))
        self.assertEqual(self.forget(w), {"responses": 2, "events": 0, "resources": 0, "quarantined": 0, "files": 0, "unreadable": 0})
        self.assert_nothing_is_left(w)
        self.assertEqual(self.forget(w), {"responses": 0, "events": 0, "resources": 0, "quarantined": 0, "files": 0, "unreadable": 0})

    def test_among_many_nothing_is_left_anywhere_in_the_files(self):
        """Pages of an index on random keys are divided all the time."""
        w = self.begin(scripts=["mean"])
        people = [f"someone-{i}" for i in range(12000)]
        for start in range(0, len(people), 1500):
            w.post("m", HEADING + "".join(row(p) for p in people[start:start + 1500]))
        for person in people[::1000]:
            self.assertEqual(self.forget(w, person)["responses"], 1)
            self.assert_nothing_is_left(w, person + "\0")
            self.assert_pseudonym_is_gone(w, person)
        w.wait_until_current()
        self.assertEqual(w.by_group("mean")["S"]["n"], len(people) - 12)

    def assert_pseudonym_is_gone(self, w, person):
        key = bytes.fromhex((w.folder / "state" / "pseudonym.key").read_text().strip())
        pseudonym = hashlib.blake2b(b"p" + person.encode(), key=key, digest_size=16).digest()
        for path in (w.folder / "state").iterdir():
            self.assertFalse(path.is_file() and pseudonym in path.read_bytes(), path)

    def test_a_copy_in_a_free_part_of_the_file_goes(self):
        """As the division of a page may leave one, or a store of before secure_delete."""
        w = self.begin()
        w.post("m", HEADING + row("p1") + row(PERSON))
        w.stop()
        key = bytes.fromhex((w.folder / "state" / "pseudonym.key").read_text().strip())
        pseudonym = hashlib.blake2b(b"p" + PERSON.encode(), key=key, digest_size=16).digest()
        database = sqlite3.connect(w.folder / "state" / "wijzer.db")
        with database:
            database.execute("PRAGMA secure_delete = OFF")
            database.execute("CREATE TABLE gone AS SELECT ? AS copy", (pseudonym,))
            database.execute("DELETE FROM gone")
        database.close()
        w.start()
        self.forget(w)
        self.assert_nothing_is_left(w)

    def test_who_comes_in_again_is_new(self):
        w = self.begin()
        w.post("m", HEADING + row("p1") + row(PERSON))
        self.forget(w)
        self.assertEqual(w.post("m", HEADING + row("p1") + row(PERSON)).json()["accepted"], 1)
        w.wait_until_current()
        self.assertEqual(w.by_group("mean")["S"]["n"], 2)

    # ---- events ------------------------------------------------------------------------------------------------------

    EVENTS = """
local w = require "wijzer"
w.indicator { id = "events", source = w.events {}, by = { "course" }, period = "day",
  inputs = { people = w.distinct "actor", events = w.count(), minutes = w.sum "duration" },
  compute = function(g) return { value = g.people.value, extra = { events = g.events.value, minutes = g.minutes.value,
    most = g.minutes.max } } end }
"""

    def events(self, people, seed):
        chance = random.Random(seed)
        lines = []
        for number in range(400):
            lines.append((chance.choice(people), f"{number + 1:032x}\t%s\tread\tbook{chance.randint(1, 3)}\t{1700000000000 + chance.randint(0, 3) * 86400000}"
                          f"\tC{chance.randint(1, 2)}\t{chance.randint(1, 60)}\n"))
        return [(who, line % who) for who, line in lines]

    def test_events_go(self):
        people = ["a1", "a2", "a3", PERSON]
        daemons = []
        for keep in (lambda who: True, lambda who: who != PERSON):
            w = self.make(feeds=EVENT_FEED, wijzer=EVENT_PLUGINS)
            add_event_plugin(w)
            w.script("events.lua", self.EVENTS)
            w.start()
            w.post("lms", "".join(line for who, line in self.events(people, 5) if keep(who)))
            w.wait_until_current()
            daemons.append(w)
        theirs = [line for who, line in self.events(people, 5) if who == PERSON]
        self.assertEqual(self.forget(daemons[0])["events"], len(theirs))
        values, _ = expected = self.state(daemons[1])
        self.assertEqual(len({v["period"] for v in values["events"]}), 4)
        self.assertEqual(self.state(daemons[0]), expected)
        self.assert_nothing_is_left(daemons[0])
        self.assertEqual(daemons[0].post("lms", theirs[0]).json()["accepted"], 1, "its id is forgotten too")

    # ---- documents and the quarantine ----------------------------------------------------------------------------------

    def put(self, w, name, text):
        (w.folder / "inbox" / name).write_text(text)

    def test_documents_and_rows_of_the_quarantine_go(self):
        w = self.begin()
        self.put(w, "with.csv", HEADING + row("p1") + row(PERSON))
        self.put(w, "without.csv", HEADING + row("p2"))
        self.put(w, "refused.csv", HEADING + row("p3") + row(PERSON, a="wrong"))
        self.put(w, "longer-name.csv", HEADING + row(PERSON + "1"))
        folder = w.folder / "inbox"
        w.wait_for(lambda: len(list((folder / "done").glob("*.csv"))) == 4, "they are not taken")
        self.assertEqual(self.forget(w), {"responses": 1, "events": 0, "resources": 0, "quarantined": 1, "files": 2, "unreadable": 0})
        self.assertEqual(sorted(p.name for p in (folder / "done").iterdir()),
                         ["longer-name.csv", "longer-name.csv.report.json", "without.csv", "without.csv.report.json"])
        self.assertIn("with.csv was removed", w.read_log())
        self.assertEqual(w.get("/v1/feeds/m/quarantine").json()["rows"], 0)
        self.assertEqual(w.get("/v1/feeds").json()["feeds"][0]["accepted"], 5, "looking through a document is no import")

    def test_a_document_that_cannot_be_read_is_told(self):
        w = self.begin()
        self.put(w, "broken.csv", f"some,other,columns\n{PERSON},1,2\n")
        w.wait_for(lambda: list((w.folder / "inbox" / "failed").glob("broken.csv")), "it is not refused")
        self.assertEqual(self.forget(w)["unreadable"], 1)
        self.assertIn("failed/broken.csv could not be looked through", w.read_log())

    # ---- what stands in the way -------------------------------------------------------------------------------------------

    def test_results_that_cannot_follow_are_gone_until_they_can(self):
        w = self.begin()
        w.post("m", HEADING + row("p1") + row(PERSON, a=1))
        w.wait_until_current()
        good = script("derived")
        w.replace_script("derived.lua", good.replace("return r.a", "error('no') return r.a"))
        w.replace_script("mean.lua", script("mean").replace("return {", "error('no') return {"))
        w.wait_until_current()
        self.assertEqual({v["n"] for v in w.values("mean")}, {2}, "the last good result stands")
        self.forget(w)
        self.assert_nothing_is_left(w)
        self.assertEqual(w.values("mean"), [])
        w.replace_script("mean.lua", script("mean"))
        w.replace_script("derived.lua", good)
        for name in ("mean", "derived"):
            w.wait_for(lambda: {v["n"] for v in w.values(name)} == {1}, f"{name} does not come back")

    def test_results_of_a_script_that_does_not_load_do_not_stay(self):
        w = self.begin()
        w.post("m", HEADING + row("p1") + row(PERSON))
        w.wait_until_current()
        w.stop()
        w.script("mean.lua", "this is no Lua")
        w.start()
        self.forget(w)
        w.script("mean.lua", script("mean"))
        w.wait_for(lambda: w.script_info("mean.lua")["state"] == "active" and w.values("mean"), "it does not come back")
        w.wait_until_current()
        self.assertEqual({v["n"] for v in w.values("mean")}, {1})

    def test_it_goes_on_after_a_kill_at_any_time(self):
        chance = random.Random(3)
        w = self.begin()
        people = [f"p{i}" for i in range(40)]
        self.put(w, "all.csv", HEADING + "".join(row(p, wave) for p in people for wave in (2023, 2025)))
        w.wait_for(lambda: list((w.folder / "inbox" / "done").glob("all.csv")), "it is not taken")
        for person in people[:12]:
            w.wait_until_current()
            connection = UnixConnection(w.socket)
            connection.request("POST", "/v1/forget", json.dumps({"id": person}))
            time.sleep(chance.random() * 0.15)
            w.kill()
            connection.close()
            w.start()
        for person in people[:12]:
            self.forget(w, person)  # those that had not begun; the others have nothing left
        w.wait_until_current()
        self.assertEqual(w.by_group("mean", "?level=school&period=2025")["S"]["n"], len(people) - 12)
        for person in people[:12]:
            self.assert_pseudonym_is_gone(w, person)
        self.assertEqual(list((w.folder / "inbox" / "done").glob("all.csv")), [])

    # ---- the command ---------------------------------------------------------------------------------------------------------

    def test_the_command(self):
        w = self.begin()
        w.post("m", HEADING + row("p1") + row("p2") + row("p3") + row(PERSON))
        run = w.run("forget", input=f"{PERSON}\np2\n")
        self.assertEqual((run.returncode, run.stdout.count("forgotten: 1 responses")), (0, 2), run)
        self.assert_nothing_is_left(w)
        self.assertEqual(w.run("forget", "p3", "--format", "csv").stdout, "responses,events,resources,quarantined,files,unreadable\n1,0,0,0,0,0\n")
        run = w.run("forget", "nobody")
        self.assertEqual(run.returncode, 1)
        self.assertIn("nothing was known of this identifier", run.stderr)
        self.assertEqual(w.run("forget", input="").returncode, 2)
        self.assertEqual(w.run("forget", "a", "b").returncode, 2)

    def test_the_audit_log_tells_of_it_and_not_of_whom(self):
        w = self.begin()
        w.post("m", HEADING + row("p1") + row(PERSON))
        self.forget(w)
        last = w.get("/v1/audit").json()["audit"][-1]
        self.assertEqual((last["what"], last["user"], last["facts"]), ("forget", os.getuid(), {"responses": 1, "events": 0, "resources": 0, "quarantined": 0, "files": 0, "unreadable": 0}))
        self.assertTrue(w.get("/v1/audit/check").json()["sound"])

    def test_what_is_asked_wrongly_is_said(self):
        w = self.begin()
        for body in ("", "{}", '{"id": ""}', '{"id": 5}', '{"id": "a", "feed": "m"}', "jan", "[1]"):
            answer = w.request("POST", "/v1/forget", body)
            self.assertEqual(answer.status, 400, body)
            self.assertIn("who is to be forgotten", answer.json()["detail"])
        self.assertEqual(w.get("/v1/forget").status, 405)
        self.assertEqual(w.request("POST", "/v1/forget?id=a", '{"id": "a"}').status, 400)


if __name__ == "__main__":
    unittest.main()
