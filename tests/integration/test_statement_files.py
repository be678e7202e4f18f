# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of statements: what another record store exported comes in as it would over HTTP, and again adds nothing."""
import gzip
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import threading
import time
import unittest

from wijzer_daemon import BUILD, DATA, PATIENCE, SLOW, WijzerTest
import xapi_store
from xapi_store import Lms, exactly, made

SEED = int(os.environ.get("WIJZER_CRASH_SEED", "2026"))
KILLS = 5

COURSES = """
local w = require "wijzer"
w.indicator { id = "people", source = w.events(), by = { "course" }, period = "month", inputs = { p = w.distinct "actor", m = w.sum "duration" },
  compute = function(g) return { value = g.p.value, extra = { minutes = g.m.value } } end }
"""


def lines(statements):
    return "".join(json.dumps(statement, ensure_ascii=False) + "\n" for statement in statements).encode()


def without_stored(statement):
    return {part: value for part, value in statement.items() if part != "stored"}


class Files(WijzerTest):
    def make_store(self, keep=True, more=""):
        w = xapi_store.put_secret(self.make(**xapi_store.options(keep, more=more)))
        w.script("courses.lua", COURSES)
        return w.start()

    def send(self, w, document, name="statements.json", expect=200):
        answer = w.post("lms", document, name)
        self.assertEqual(answer.status, expect, answer.body)
        return answer.json()

    def counts(self, report):
        return [report[key] for key in ("accepted", "duplicate", "rejected")]

    def all(self, w):
        with Lms(w) as lms:
            return {statement["id"]: without_stored(statement) for statement in lms.all(limit=500)}

    def month(self, w):
        w.wait_until_current()
        return [(v["group"], v["value"], v["extra"]) for v in w.values("people", "?period=2026-03")]


class Forms(Files):
    def check_like_http(self, keep, statements):
        over_http, from_file = self.make_store(keep), self.make_store(keep)
        with Lms(over_http) as lms:
            for i in range(0, len(statements), 500):
                self.assertEqual(lms.send(statements[i:i + 500]).status, 200)
        report = self.send(from_file, lines(statements))
        self.assertEqual(self.counts(report), [len(statements), 0, 0])
        wanted, found = self.all(over_http), self.all(from_file)
        self.assertEqual(found.keys(), wanted.keys())
        if keep:
            self.assertEqual(found, wanted)
        else:  # each store has pseudonyms of its own
            self.assertNotIn("mailto:", json.dumps(found))
        self.assertEqual(self.month(from_file), self.month(over_http))
        feed = json.dumps({"account": {"homePage": "https://wijzer.invalid/feed", "name": "lms"}})
        with Lms(from_file) as lms:
            self.assertEqual(len(lms.all(limit=500, agent=feed, related_agents="true")), len(statements))
        # What is there came with another door: it is known all the same.
        self.assertEqual(self.counts(self.send(over_http, lines(statements))), [0, len(statements), 0])
        with Lms(from_file) as lms:
            self.assertEqual(lms.send(statements[:500]).status, 200)
        self.assertEqual(self.all(from_file), found)

    def test_as_over_http(self):
        self.check_like_http(True, made(1000))

    def test_as_over_http_with_pseudonyms(self):
        self.check_like_http(False, made(1000))

    def test_simulated(self):
        self.check_like_http(True, xapi_store.datasim())

    def test_a_packed_file_as_it_was_published(self):
        w = self.make_store()
        file = DATA / "xapi" / "datasim" / "tccc_dev.json.gz"
        for expected in ([2814, 0, 0], [0, 2814, 0]):
            report = self.send(w, file.read_bytes(), file.name)
            self.assertEqual(self.counts(report), expected)
            self.assertEqual(report["dialect"], {"format": "JSON", "packed": "gzip"})

    def test_of_a_video_player(self):
        statements = xapi_store.ralph()
        if statements is None:
            self.skipTest("ralph/statements.json.gz is not here; WIJZER_EVENT_DATA has to name the folder that it is in")
        w = self.make_store()
        for expected in ([22000, 0, 0], [0, 22000, 0]):
            self.assertEqual(self.counts(self.send(w, lines(statements))), expected)

    def test_from_one_store_to_another(self):
        """The pages that a record store answers with are files as well; together they are one."""
        w, other = self.make_store(), self.make_store()
        statements = made(250)
        self.send(w, lines(statements))
        pages, target = [], "/xapi/statements?limit=100"
        with Lms(w) as lms:
            while target:
                pages.append(lms.request("GET", target).body)
                target = json.loads(pages[-1])["more"]
        self.assertEqual(len(pages), 3)
        report = self.send(other, pages[0])
        self.assertEqual(self.counts(report), [100, 0, 0])
        self.assertIn("page of several", report["hints"][0])
        self.assertEqual(self.counts(self.send(other, b"\n".join(pages))), [150, 100, 0])
        self.assertEqual(self.all(other), self.all(w))

    def test_what_had_no_time_is_known_by_the_time_it_was_given(self):
        """A record store gives a statement without a timestamp the time at which it is stored, and exports it with that."""
        statements = [{part: value for part, value in one.items() if part != "timestamp"} for one in made(20)]
        over_http, from_file = self.make_store(), self.make_store()
        with Lms(over_http) as lms:
            self.assertEqual(lms.send(statements).status, 200)
        self.assertEqual(self.counts(self.send(from_file, lines(statements))), [20, 0, 0])
        for w in over_http, from_file:
            with Lms(w) as lms:
                page = lms.get(limit=100).body
            self.assertIn(b"timestamp", page)
            self.assertEqual(self.counts(self.send(w, page, "again.json")), [0, 20, 0])

    def test_without_ids(self):
        statements = [{part: value for part, value in one.items() if part != "id"} for one in made(100)]
        w = self.make_store(keep=False)
        self.assertEqual(self.counts(self.send(w, lines(statements), "a.json")), [100, 0, 0])
        w.stop()
        w.start()
        self.assertEqual(self.counts(self.send(w, lines(statements), "b.json")), [0, 100, 0])
        self.assertEqual(self.counts(self.send(w, json.dumps(statements[50:] + made(1)).encode(), "c.json")), [1, 50, 0])
        elsewhere = self.make_store(keep=False)
        self.send(elsewhere, lines(statements))
        self.assertFalse(self.all(w).keys() & self.all(elsewhere).keys(), "ids tell who it is to whoever can guess")

    def test_a_voided_statement_leaves(self):
        w, statements = self.make_store(), made(100)
        void = {"id": "00000000-0000-4000-8000-00000000aaaa", "actor": {"mbox": "mailto:lms@example.com"},
                "verb": {"id": "http://adlnet.gov/expapi/verbs/voided"},
                "object": {"objectType": "StatementRef", "id": statements[7]["id"]}, "timestamp": "2026-03-01T00:00:00Z"}
        self.send(w, lines([void, *statements]))  # the newest come first, as a record store has them
        self.assertNotIn(statements[7]["id"], self.all(w))
        self.assertEqual(len(self.all(w)), 100)


class WhatIsRefused(Files):
    def bad_lines(self):
        first, second, third = made(3)
        return [first, {**second, "verb": {"id": "did"}}, third]

    def test_it_is_told_and_the_others_are_in(self):
        w = self.make_store()
        report = self.send(w, lines(self.bad_lines()) + b'{"actor": {"mbox": "mailto:secret@example.com"\n')
        self.assertEqual(self.counts(report), [2, 0, 2])
        self.assertEqual([p["row"] for p in report["problems"]], [2, 4])
        self.assertIn("verb.id", report["problems"][0]["problem"])
        self.assertIn("column 47", report["problems"][1]["problem"])
        self.assertNotIn("secret", json.dumps(report))
        self.assertNotIn("student", w.read_log())
        kept = w.get("/v1/feeds/lms/quarantine").json()
        self.assertEqual([row["row"] for row in kept["quarantine"]], [2, 4])

    def test_the_same_id_with_another_body(self):
        w, statements = self.make_store(), made(10)
        self.send(w, lines(statements))
        other = {**statements[4], "verb": {"id": "http://example.com/else"}}
        report = self.send(w, lines([*statements[:4], other, *statements[5:], *made(12)[10:]]))
        self.assertEqual(self.counts(report), [2, 9, 1])
        self.assertEqual(report["problems"][0]["row"], 5)
        self.assertEqual(self.all(w)[statements[4]["id"]]["verb"]["id"], statements[4]["verb"]["id"])

    def test_what_is_mended_leaves_the_quarantine(self):
        w = self.make_store()
        self.send(w, lines(self.bad_lines()))
        said = w.run("quarantine", "replay", "--feed", "lms")
        self.assertIn("1 rejected again", said.stdout)
        self.assertEqual(self.counts(self.send(w, lines(made(3)))), [1, 2, 0])
        self.assertEqual(w.get("/v1/feeds/lms/quarantine").json()["quarantine"], [])

    def test_what_is_no_file_of_statements(self):
        w = self.make_store()
        for document, said in ((b"id;actor;verb\n1;2;3\n", "neither { nor ["), (b"\xff\xfe[\x00]\x00", "UTF-16"),
                               (gzip.compress(lines(made(50)))[:300], "gzip"), (b"[" * 100000, "the file ends before")):
            report = self.send(w, document, expect=422)
            self.assertIn(said, report["detail"])
        self.assertEqual(self.all(w), {})

    def test_an_array_that_is_cut_off(self):
        w = self.make_store()
        report = self.send(w, json.dumps(made(100)).encode()[:-1], expect=422)
        self.assertEqual(self.counts(report), [100, 0, 0])
        self.assertIn("the statements before it are in", report["detail"])
        self.assertEqual(len(self.all(w)), 100)

    def peak(self, pid):
        """In MiB; 0 where it has ended."""
        try:
            found = re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())
        except OSError:
            return 0
        return int(found[1]) / 1024 if found else 0

    def peaks_of_decoders(self, w, ended, peaks):
        while not ended.wait(0.01):
            for pid in pathlib.Path(f"/proc/{w.process.pid}/task/{w.process.pid}/children").read_text().split():
                if b"wijzer-decoder" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
                    peaks.append(self.peak(pid))

    def test_hostile_files_take_little(self):
        w = self.make_store()
        ended, peaks, before = threading.Event(), [], self.peak(w.process.pid)
        watching = threading.Thread(target=self.peaks_of_decoders, args=(w, ended, peaks))
        watching.start()
        try:
            self.send_hostile(w)
        finally:
            ended.set()
            watching.join()
        if SLOW == 1:
            self.assertLess(max(peaks), 64)
            self.assertLess(self.peak(w.process.pid), before + 32)

    def send_hostile(self, w):
        statement = lines(made(1))
        for name, document in {
            "a line of 100 MB": b'{"a":"' + b"x" * (100 << 20) + b'"}\n' + statement,
            "much that is packed": gzip.compress(b'{"a":"' + b"x" * (200 << 20) + b'"}\n' + statement, 1),
            "many brackets": b'{}\n{"a":' + b"[" * (8 << 20) + b"\n" + statement,
            "many that are refused": b"{}\n" * 200000 + statement,
            "bytes": b'{"a":"\xff\x00"}\n\x00\n' + statement,
            "a value that is many": b'{"a":[' + b"1," * (1 << 20) + b'1]}\n' + statement,
        }.items():
            with self.subTest(name):
                report = self.send(w, document, "hostile.json")
                self.assertEqual(report["accepted"] + report["duplicate"], 1)
                self.assertGreater(report["rejected"], 0)


class Command(Files):
    def test_wijzer_import(self):
        w = self.make_store()
        file, packed = w.folder / "a.json", w.folder / "b.json.gz"
        file.write_bytes(lines(made(1200)))
        packed.write_bytes(gzip.compress(json.dumps(made(1300)).encode()))
        said = w.run("import", file, "--feed", "lms", "--dry-run")
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertIn("dry run, nothing is kept: 1200 accepted", said.stdout)
        self.assertEqual(self.all(w), {})
        said = w.run("import", file, packed, "--feed", "lms")
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertIn("1200 accepted", said.stdout)
        self.assertIn("100 accepted, 0 replaced, 1200 there already", said.stdout)
        self.assertEqual(len(w.values("people", "?period=2026-03")), 5)

    def test_a_watched_folder(self):
        w = self.make_store(more="watch = inbox\n")
        inbox = w.folder / "inbox"
        (inbox / "good.json.gz").write_bytes(gzip.compress(lines(made(20))))
        (inbox / "bad.json").write_bytes(b"no statements\n")
        w.wait_for((inbox / "done" / "good.json.gz").exists, "not read")
        w.wait_for((inbox / "failed" / "bad.json.report.json").exists, "not refused")
        self.assertIn("neither {", (inbox / "failed" / "bad.json.report.json").read_text())
        self.assertEqual(len(self.all(w)), 20)
        # Whoever is forgotten takes along the file that they are in.
        said = w.run("forget", "https://lms.example student-3")
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertFalse((inbox / "done" / "good.json.gz").exists())
        self.assertEqual(len(self.all(w)), 19)


class LongImport(Files):
    COUNT = 20000

    @classmethod
    def setUpClass(cls):
        cls.text = lines(made(cls.COUNT))

    def post(self, w, name):
        try:
            return w.request("POST", f"/v1/feeds/lms?name={name}", self.text)
        except OSError:
            return None  # it was killed

    def count(self, w):
        with Lms(w) as lms:
            return len({statement["id"] for statement in lms.all(limit=500)})

    def position(self, w):
        return w.get("/v1/status").json()["store"]["position"]

    def importing(self, w):
        return next(feed for feed in w.get("/v1/feeds").json()["feeds"] if feed["name"] == "lms").get("importing")

    def test_killed_and_sent_again(self):
        chance = random.Random(SEED)
        w = self.make_store()
        for kill in range(KILLS):
            thread = threading.Thread(target=self.post, args=(w, "long.json"))
            thread.start()
            w.wait_for(lambda: self.importing(w) and self.importing(w)["rows"], "no import is under way")
            if kill % 2:  # between two commits; else anywhere
                before = self.position(w)
                w.wait_for(lambda: self.position(w) > before or not thread.is_alive(), "nothing is committed")
            time.sleep(chance.random() * SLOW)
            w.kill()
            thread.join()
            w.start()
        report = self.post(w, "long.json").json()
        print(f"seed {SEED}: {self.counts(report)} after {KILLS} kills", flush=True)
        self.assertEqual(report["accepted"] + report["duplicate"], self.COUNT)
        self.assertEqual(report["rejected"], 0)
        self.assertEqual(self.counts(self.send(w, self.text)), [0, self.COUNT, 0])
        self.assertEqual(self.count(w), self.COUNT)
        whole = self.make_store()
        self.send(whole, self.text)
        self.assertEqual(self.month(w), self.month(whole))
        said = w.run("rebuild", "--check")
        self.assertEqual(said.returncode, 0, said.stdout + said.stderr)

    def test_cancelled(self):
        w = self.make_store()
        answers = []
        thread = threading.Thread(target=lambda: answers.append(self.post(w, "long.json")))
        thread.start()
        w.wait_for(lambda: self.importing(w) and self.importing(w)["rows"], "no import is under way")
        self.assertEqual(w.request("DELETE", "/v1/feeds/lms/import").json()["cancelled"], "long.json")
        thread.join()
        report = answers[0].json()
        self.assertLess(report["accepted"], self.COUNT)
        self.assertEqual(self.count(w), report["accepted"])
        self.assertEqual(self.counts(self.send(w, self.text)), [self.COUNT - report["accepted"], report["accepted"], 0])


if __name__ == "__main__":
    unittest.main()
