# SPDX-License-Identifier: GPL-3.0-or-later
"""A dry run tells what an import would do, to the row, and does nothing."""
import json
import random
import sqlite3
import unittest

from wijzer_daemon import EVENT_FEED, EVENT_PLUGINS, FEED, HEADING, MEAN, MONITOR, WijzerTest, add_event_plugin, rows

COUNTS = ("accepted", "replaced", "duplicate", "rejected")


def counts_of(report):
    return {key: report[key] for key in COUNTS}


def expected(held, lines):
    """What becomes of lines "respondent,date,year,school,team,a,b,c": by the words of the design alone. `held` is what is there."""
    held, counts = dict(held), dict.fromkeys(COUNTS, 0)
    for line in lines:
        fields = line.split(",")
        key, rest = (fields[2], fields[0]), fields[1:]
        if not 1 <= float(fields[5]) <= 5:
            counts["rejected"] += 1
        elif key not in held:
            counts["accepted"] += 1
            held[key] = rest
        elif held[key] == rest or fields[1] < held[key][0]:  # an older one does not take the place of a later one
            counts["duplicate"] += 1
        else:
            counts["replaced"] += 1
            held[key] = rest
    return held, counts


def made_up(seed, count, people):
    chance = random.Random(seed)
    return [f"p{chance.randrange(people)},2025-10-0{chance.randint(1, 2)},{chance.choice((2024, 2025))},S,T{chance.randint(1, 3)},"
            f"{chance.choice((1, 2, 3, 9) if chance.random() < .1 else (1, 2))},2,1" for _ in range(count)]


class DryRun(WijzerTest):
    def make_wijzer(self):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("mean.lua", MEAN % "mean")
        return w.start()

    def everything(self, w):
        """All rows of all tables, and the files that there are."""
        database = sqlite3.connect(f"file:{w.folder}/state/wijzer.db?mode=ro", uri=True)
        tables = [name for name, in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1")]
        content = {table: sorted(map(repr, database.execute(f"SELECT * FROM {table}"))) for table in tables}
        database.close()
        feed = w.get("/v1/feeds").json()["feeds"][0]
        return content, sorted(str(path) for path in w.folder.rglob("*") if path.is_file()), feed

    def dry(self, w, lines, name="export.csv"):
        text = HEADING + "".join(line + "\n" for line in lines)
        return w.request("POST", f"/v1/feeds/m?name={name}&dry_run=1", text).json()

    def wet(self, w, lines, name="export.csv"):
        return w.post("m", HEADING + "".join(line + "\n" for line in lines), name).json()

    def test_it_counts_as_an_import_and_does_nothing(self):
        w = self.make_wijzer()
        held = {}
        for generation in range(6):
            lines = made_up(generation, 400, 200)
            w.wait_until_current()
            before = self.everything(w)
            dry = self.dry(w, lines)
            self.assertEqual(self.everything(w), before)
            held, counts = expected(held, lines)
            self.assertEqual(counts_of(dry), counts, generation)
            wet = self.wet(w, lines)
            self.assertEqual(counts_of(wet), counts, generation)
            self.assertTrue(dry.pop("dry_run"))
            self.assertEqual((dry.pop("position"), wet.pop("position") > 0), (0, True))
            for key in ("quarantined", "quarantine_missed"):
                dry.pop(key, None), wet.pop(key, None)
            self.assertEqual(dry, wet)  # problems and dialect too

    def test_rows_of_one_person_far_apart_in_a_large_file(self):
        """More than two batches, and every person comes back in another one."""
        w = self.make_wijzer()
        people = 40000
        lines = [f"p{i},2025-10-01,2025,S,T,{1 + i % 5},2,1" for i in range(people)]
        lines += [f"p{i},2025-10-01,2025,S,T,{1 + (i + i % 2) % 5},2,1" for i in range(people)]
        dry = self.dry(w, lines)
        self.assertEqual(counts_of(dry), {"accepted": people, "replaced": people // 2, "duplicate": people // 2, "rejected": 0})
        self.assertEqual(w.get("/v1/status").json()["store"]["rows"], 0)

    def test_a_document_that_is_refused(self):
        w = self.make_wijzer()
        answer = w.request("POST", "/v1/feeds/m?name=x.csv&dry_run=1", "token,nothing\na,1\n")
        self.assertEqual(answer.status, 422)
        self.assertTrue(answer.json()["dry_run"])
        self.assertIn("is missing", answer.json()["detail"])
        self.assertIsNone(w.get("/v1/feeds").json()["feeds"][0]["last"]["document"])

    def test_the_flag_is_1_or_0(self):
        w = self.make_wijzer()
        answer = w.request("POST", "/v1/feeds/m?dry_run=yes", HEADING + rows("A", 5))
        self.assertEqual((answer.status, answer.json()["detail"]), (400, "dry_run=yes: 1 or 0 is wanted"))
        self.assertEqual(w.request("POST", "/v1/feeds/m?dry_run=0", HEADING + rows("A", 5)).json()["accepted"], 5)
        self.assertEqual(w.get("/v1/status").json()["store"]["rows"], 5)

    def test_the_command(self):
        w = self.make_wijzer()
        (w.folder / "export.csv").write_text(HEADING + rows("A", 5) + "x,2025-10-01,2025,S,A,7,2,1\n")
        shown = w.run("import", w.folder / "export.csv", "--feed", "m", "--dry-run")
        self.assertEqual(shown.returncode, 1)
        self.assertIn("dry run, nothing is kept: 5 accepted, 0 replaced, 0 there already, 1 rejected\n", shown.stdout)
        self.assertIn("row 7, column a: answer 7 is outside 1-5", shown.stdout)
        told = json.loads(w.run("import", w.folder / "export.csv", "--feed", "m", "--dry-run", "--format", "json").stdout)
        self.assertEqual((told["dry_run"], told["accepted"]), (True, 5))
        self.assertEqual(w.get("/v1/status").json()["store"]["rows"], 0)

    def test_events(self):
        w = self.make(feeds=EVENT_FEED, wijzer=EVENT_PLUGINS)
        add_event_plugin(w)
        w.start()
        def event(number, actor, thing="page"):
            return f"{number:032x}\t{actor}\tviewed\t{thing}\t1760000000000\tC\t\n"

        def dry():
            return counts_of(w.request("POST", "/v1/feeds/lms?dry_run=1", document).json())

        # The same id is one event; with another body it is refused.
        document = event(1, "a") + event(2, "a") + event(1, "a") + event(2, "b") + event(3, "a", "new page")
        first = {"accepted": 3, "replaced": 0, "duplicate": 1, "rejected": 1}
        self.assertEqual((dry(), dry()), (first, first))
        self.assertEqual(counts_of(w.post("lms", document).json()), first)
        again = {"accepted": 0, "replaced": 0, "duplicate": 4, "rejected": 1}
        self.assertEqual(dry(), again)
        self.assertEqual(counts_of(w.post("lms", document).json()), again)


if __name__ == "__main__":
    unittest.main()
