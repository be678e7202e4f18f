# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that are refused are kept, can be looked at by administrators, and go in once what was wrong is mended."""
import json
import os
import sqlite3
import unittest

from wijzer_daemon import EVENT_FEED, EVENT_PLUGINS, FEED, HEADING, MEAN, MONITOR, WijzerTest, add_event_plugin, rows

PATH = "/v1/feeds/m/quarantine"
MENDED = MONITOR.replace('["mee eens"] = 4', '["mee eens"] = 4, ["best wel"] = 3')


def row(person, a="4", team="A", date="2025-10-01", year=2025):
    return f"{person},{date},{year},S,{team},{a},2,1\n"


class Quarantine(WijzerTest):
    def setUp(self):
        self.w = self.make(feeds=FEED)
        self.w.script("m.lua", MONITOR)
        self.w.script("mean.lua", MEAN % "mean")
        self.w.start()

    def list(self, query=""):
        return self.w.get(PATH + query).json()["quarantine"]

    def where(self, query=""):
        return [(r["document"], r["row"], r["column"]) for r in self.list(query)]

    def replay(self, query=""):
        answer = self.w.request("POST", f"{PATH}/replay{query}")
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()

    def figures(self):
        answer = self.w.get(PATH + "?limit=1").json()
        return answer["rows"], answer["bytes"], answer["missed"]

    def test_refused_rows_are_kept_with_place_and_reason(self):
        report = self.w.post("m", HEADING + row("r1") + row("r2", "best wel") + row("", "4") + "r4,too few\n", "e.csv").json()
        self.assertEqual((report["accepted"], report["rejected"], report["quarantined"], report["quarantine_missed"]), (1, 3, 3, 0))
        self.assertEqual(self.where(), [("e.csv", 3, "a"), ("e.csv", 4, "token"), ("e.csv", 5, None)])
        first = self.list()[0]
        self.assertIn("'best wel' is neither a number nor a known answer", first["problem"])
        self.assertEqual(set(first), {"id", "document", "row", "column", "problem", "at", "can_replay"})
        self.assertNotIn(b"r2", self.w.get(PATH).body)

    def test_one_row_is_shown_with_its_cells(self):
        self.w.post("m", HEADING + row("r2", "best wel"), "e.csv")
        shown = self.w.get(f"{PATH}/{self.list()[0]['id']}").json()
        columns = HEADING.strip().split(",")
        self.assertEqual([c["column"] for c in shown["cells"]], columns)
        self.assertEqual([c["text"] for c in shown["cells"]], row("r2", "best wel").strip().split(","))
        self.assertEqual(self.w.get(f"{PATH}/999").status, 404)
        self.assertEqual(self.w.get(f"{PATH}/x").status, 404)

    def test_after_the_labels_are_mended_they_go_in(self):
        self.w.post("m", HEADING + rows("A", 6) + row("r1", "best wel") + row("r2", "9"), "e.csv")
        self.w.replace_script("m.lua", MENDED)
        answer = self.replay()
        self.assertEqual({k: answer[k] for k in ("rows", "accepted", "replaced", "duplicate", "rejected", "unreadable")},
                         {"rows": 2, "accepted": 1, "replaced": 0, "duplicate": 0, "rejected": 1, "unreadable": 0})
        self.assertEqual(self.where(), [("e.csv", 9, "a")])
        self.assertEqual(self.list()[0]["problem"], "answer 9 is outside 1-5")
        self.w.wait_until_current()
        # six with (4 + (6 - 2)) / 2 = 4, and one with (3 + 4) / 2
        self.assertAlmostEqual(self.w.by_group("mean", "?level=school")["S"]["value"], (6 * 4 + 3.5) / 7, places=9)
        feed = self.w.get("/v1/feeds").json()["feeds"][0]
        self.assertEqual((feed["accepted"], feed["rejected"], feed["last"]["document"]), (7, 2, "e.csv"))
        self.assertEqual((feed["quarantined"], feed["quarantine_missed"]), (1, 0))

    def test_what_stays_has_its_new_reason(self):
        self.w.post("m", HEADING + row("r1", "best wel", date="30-02-2025"), "e.csv")  # the date is found first
        self.assertEqual(self.list()[0]["column"], "date")
        before = self.list()[0]
        self.w.replace_script("m.lua", MENDED.replace('submitted = "date", ', ""))
        self.assertEqual(self.replay()["accepted"], 1)
        self.w.post("m", HEADING + row("r2", "7"), "f.csv")
        self.w.replace_script("m.lua", MONITOR.replace("{ 1, 5 }", "{ 1, 6 }"))
        self.assertEqual(self.replay()["rejected"], 1)
        after = self.list()[0]
        self.assertEqual(after["problem"], "answer 7 is outside 1-6")
        self.assertNotEqual(before["id"], after["id"])

    def test_a_file_that_comes_again_replaces_its_rows(self):
        for _ in range(3):
            self.w.post("m", HEADING + row("r1", "7") + row("r2", "8"), "e.csv")
        self.w.post("m", HEADING + row("r3", "7"), "other.csv")
        self.assertEqual(self.where(), [("e.csv", 2, "a"), ("e.csv", 3, "a"), ("other.csv", 2, "a")])
        self.w.post("m", HEADING + row("r1", "5") + row("r2", "8"), "e.csv")
        self.assertEqual(self.where(), [("other.csv", 2, "a"), ("e.csv", 3, "a")])
        self.w.post("m", HEADING + row("r1", "5") + row("r2", "5"), "e.csv")
        self.assertEqual(self.where(), [("other.csv", 2, "a")])

    def test_a_file_that_breaks_off_takes_nothing_away_and_doubles_nothing(self):
        self.w.post("m", HEADING + row("r1", "7") + row("r2", "8") + row("r3", "9"), "e.csv")
        for _ in range(2):
            answer = self.w.post("m", HEADING + row("r1", "7") + 'r2,"2025\n', "e.csv")
            self.assertEqual(answer.status, 422)
            self.assertEqual(sorted(self.where()), [("e.csv", n, "a") for n in (2, 3, 4)])
        self.assertEqual(self.w.post("m", "another,heading\n", "e.csv").status, 422)
        self.assertEqual(len(self.where()), 3)

    def test_documents_without_a_name_do_not_replace_each_other(self):
        for answer in "78":
            self.w.request("POST", "/v1/feeds/m", HEADING + row("r1", answer))
        self.assertEqual(self.where(), [("upload", 2, "a")] * 2)
        self.w.replace_script("m.lua", MONITOR.replace("a = { range = { 1, 5 } }", "a = { range = { 1, 7 } }"))
        answer = self.replay()
        self.assertEqual((answer["accepted"], answer["rejected"]), (1, 1))
        self.assertIn("answer 8", self.list()[0]["problem"])

    def test_rows_without_a_respondent_keep_their_identity(self):
        """The same row of the same file, replayed and then imported again, is one response."""
        anonymous = MONITOR.replace('respondent = "token", ', "")
        self.w.replace_script("m.lua", anonymous)
        text = HEADING + row("x", "4") + row("x", "best wel") + row("x", "best wel")
        self.assertEqual(self.w.post("m", text, "e.csv").json()["quarantined"], 2)
        self.w.replace_script("m.lua", MENDED.replace('respondent = "token", ', ""))
        self.assertEqual(self.replay()["accepted"], 2)
        again = self.w.post("m", text, "e.csv").json()
        self.assertEqual((again["accepted"], again["duplicate"]), (0, 3))

    def test_the_same_row_of_two_files(self):
        for name in ("e.csv", "f.csv"):
            self.w.post("m", HEADING + row(name, "best wel"), name)
        self.w.replace_script("m.lua", MENDED)
        self.assertEqual(self.replay("?document=f.csv")["accepted"], 1)
        self.assertEqual(self.where(), [("e.csv", 2, "a")])
        self.assertEqual(self.replay(f"?id={self.list()[0]['id']}")["accepted"], 1)
        self.assertEqual(self.list(), [])
        self.assertEqual(self.figures(), (0, 0, 0))

    def test_headings_that_are_questions_and_a_decimal_comma(self):
        questions = MONITOR.replace("c = {}", 'c = { nl = "Hoe oud, in jaren?" }')
        self.w.replace_script("m.lua", questions)
        text = 'token;date;year;school;team;a;b;"Hoe oud, in jaren?"\nr1;2025-10-01;2025;S;A;best wel;2;1,5\nr2;2025-10-01;2025;S;A;4;2;2,5\n'
        self.w.post("m", text, "e.csv")
        self.w.replace_script("m.lua", questions.replace('["mee eens"] = 4', '["best wel"] = 3'))
        self.assertEqual(self.replay()["accepted"], 1)
        # It is the row itself that came: the file, mended, has nothing new.
        self.assertEqual(self.w.post("m", text, "e.csv").json()["duplicate"], 2)

    def test_rows_of_which_the_script_makes_no_wave(self):
        made = MONITOR.replace('wave = "year"', 'wave = function(row) return row.year:match("^20%d%d$") or error("no year") end')
        self.w.replace_script("m.lua", made)
        report = self.w.post("m", HEADING + row("r1") + row("r2", year="25"), "e.csv").json()
        self.assertEqual((report["accepted"], report["quarantined"]), (1, 1))
        self.assertIn("m.lua:3: ", self.list()[0]["problem"])
        self.w.replace_script("m.lua", made.replace("or error", 'or row.year == "25" and "2025" or error'))
        self.assertEqual(self.replay()["accepted"], 1)

    def test_an_instrument_that_does_not_fit_any_more(self):
        self.w.post("m", HEADING + row("r1", "7"), "e.csv")
        self.w.replace_script("m.lua", MONITOR.replace("c = {}", "c = {}, d = {}"))
        answer = self.w.request("POST", f"{PATH}/replay")
        self.assertEqual(answer.status, 422)
        self.assertIn("e.csv: ", answer.json()["detail"])
        self.assertIn("column 'd' is missing", answer.json()["detail"])
        self.assertEqual(len(self.list()), 1)

    def test_what_cannot_be_read_again_is_kept_without_its_content(self):
        self.w.post("m", (HEADING + row("r1", "A\0B")).encode(), "e.csv")
        self.assertFalse(self.list()[0]["can_replay"])
        self.assertIsNone(self.w.get(f"{PATH}/{self.list()[0]['id']}").json()["cells"])
        self.assertEqual((self.replay()["unreadable"], len(self.list())), (1, 1))

    def test_dropping(self):
        for name in "abc":
            self.w.post("m", HEADING + row("r1", "7") + row("r2", "7"), f"{name}.csv")
        self.assertEqual(self.w.request("DELETE", PATH).status, 400)
        self.assertEqual(self.w.request("DELETE", f"{PATH}?document=b.csv").json()["dropped"], 2)
        ids = [r["id"] for r in self.list()]
        self.assertEqual(self.w.request("DELETE", f"{PATH}?id={ids[0]},{ids[3]},999").json()["dropped"], 2)
        self.assertEqual(self.where(), [("a.csv", 3, "a"), ("c.csv", 2, "a")])
        self.assertEqual(self.w.request("DELETE", f"{PATH}?all=1").json()["dropped"], 2)
        self.assertEqual(self.figures(), (0, 0, 0))
        for wrong in ("?id=", "?id=1,", "?id=x", "?id=0", "?all=1&id=1", "?all=2", "?documents=a"):
            self.assertEqual(self.w.request("DELETE", PATH + wrong).status, 400, wrong)

    def test_nothing_is_left_in_the_file_of_what_is_removed(self):
        def left(person):
            self.w.stop()
            found = any(person.encode() in file.read_bytes() for file in (self.w.folder / "state").glob("wijzer.db*"))
            self.w.start()
            return found
        for i in range(50):  # some of them in pages that stay
            self.w.post("m", HEADING + row(f"stays{i}", "7"), f"{i}.csv")
        self.w.post("m", HEADING + row("dropped-person", "7") + row("large-person", "7", date="x" * 20000), "a.csv")
        self.w.post("m", HEADING + row("replaced-person", "7"), "b.csv")
        self.w.post("m", HEADING + row("taken-person", "best wel"), "c.csv")
        self.assertTrue(left("dropped-person"))
        self.w.request("DELETE", f"{PATH}?document=a.csv")
        self.w.post("m", HEADING + row("r1", "4"), "b.csv")
        self.w.replace_script("m.lua", MENDED)
        self.assertEqual(self.replay("?document=c.csv")["accepted"], 1)
        for person in ("dropped-person", "large-person", "replaced-person", "taken-person"):
            self.assertFalse(left(person), person)
        self.assertTrue(left("stays17"))

    def test_pages(self):
        self.w.post("m", HEADING + "".join(row(f"r{i}", "7") for i in range(25)), "e.csv")
        seen, query = [], "?limit=10"
        while query:
            page = self.w.get(PATH + query).json()
            self.assertLessEqual(len(page["quarantine"]), 10)
            seen += [r["row"] for r in page["quarantine"]]
            query = page["next"] and f"?limit=10&next={page['next']}"
        self.assertEqual(seen, list(range(2, 27)))

    def test_it_is_bounded_and_says_what_did_not_fit(self):
        text = HEADING + "".join(row(f"r{i}", "7") for i in range(20100))
        report = self.w.post("m", text, "e.csv").json()
        self.assertEqual((report["rejected"], report["quarantined"], report["quarantine_missed"]), (20100, 20000, 100))
        self.assertEqual((self.figures()[0], self.figures()[2]), (20000, 100))
        self.assertIn("100 rejected rows have no room in the quarantine of the feed", self.w.read_log())
        self.assertEqual(self.w.post("m", HEADING + row("x", "7"), "f.csv").json()["quarantine_missed"], 1)
        self.w.request("DELETE", f"{PATH}?all=1")
        self.assertEqual(self.figures(), (0, 0, 0))
        large = "x" * 60000  # a date that is none; each row has less than 256 KiB
        report = self.w.post("m", HEADING + "".join(row(f"r{i}", team=large[:400], date=large) for i in range(800)), "e.csv").json()
        self.assertEqual(report["quarantined"] + report["quarantine_missed"], 800)
        kept, size, _ = self.figures()
        self.assertEqual(kept, report["quarantined"])
        self.assertLessEqual(size, 32 << 20)
        self.assertGreater(size, (32 << 20) - 100000)

    def test_a_dry_run_keeps_nothing(self):
        self.w.post("m", HEADING + row("r1", "7"), "e.csv")
        before = self.w.get(PATH).body
        self.w.request("POST", "/v1/feeds/m?name=e.csv&dry_run=1", HEADING + row("r1", "4") + row("r2", "7"))
        self.assertEqual(self.w.get(PATH).body, before)

    def test_it_is_for_administrators(self):
        if os.getuid() != 0:
            self.skipTest("only root can be another user")
        self.w.post("m", HEADING + row("r1", "7"), "e.csv")
        os.chmod(self.w.folder, 0o755)
        os.chmod(self.w.socket, 0o666)
        os.seteuid(65534)
        try:
            for method, path in (("GET", ""), ("GET", "/1"), ("POST", "/replay"), ("DELETE", "?all=1")):
                self.assertEqual(self.w.request(method, PATH + path).status, 403, (method, path))
            self.assertEqual(self.w.get("/v1/feeds").status, 200)
        finally:
            os.seteuid(0)
        self.assertEqual(len(self.list()), 1)

    def test_a_restart(self):
        self.w.post("m", HEADING + row("r1", "best wel"), "e.csv")
        self.w.kill()
        self.w.script("m.lua", MENDED)
        self.w.start()
        self.assertEqual(self.replay()["accepted"], 1)
        self.assertEqual(self.list(), [])

    def test_a_feed_that_is_gone_from_the_configuration(self):
        self.w.post("m", HEADING + row("r1", "7"), "e.csv")
        self.w.stop()
        self.w.config.write_text(self.w.config.read_text().replace("[feed m]", "[feed n]"))
        self.w.start()
        self.assertEqual(len(self.list()), 1)
        self.assertEqual(self.w.request("POST", f"{PATH}/replay").status, 404)
        self.assertEqual(self.w.request("DELETE", f"{PATH}?all=1").json()["dropped"], 1)
        self.assertEqual(self.w.get(PATH).status, 404)
        self.assertEqual(self.w.request("DELETE", f"{PATH}?all=1").status, 404)

    def test_the_command(self):
        (self.w.folder / "e.csv").write_text(HEADING + row("r1", "best wel") + row("r2", "7"))
        shown = self.w.run("import", self.w.folder / "e.csv", "--feed", "m")
        self.assertIn("2 in the quarantine; mend what is wrong, then: wijzer quarantine replay --feed m\n", shown.stdout)
        listed = self.w.run("quarantine", "list", "--feed", "m")
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertIn("answer 7 is outside 1-5", listed.stdout)
        listed = json.loads(self.w.run("quarantine", "list", "--feed", "m", "--format", "json").stdout)["quarantine"]
        shown = self.w.run("quarantine", "show", listed[0]["id"], "--feed", "m")
        self.assertRegex(shown.stdout, r"e\.csv, row 2, column a: 'best wel' is neither(?s:.*)token +r1\n")
        self.w.replace_script("m.lua", MENDED)
        replayed = self.w.run("quarantine", "replay", "--feed", "m")
        self.assertEqual((replayed.returncode, replayed.stdout.splitlines()[0]),
                         (1, "2 rows: 1 accepted, 0 replaced, 0 there already, 1 rejected again"))
        dropped = self.w.run("quarantine", "drop", listed[1]["id"], "--feed", "m")
        self.assertEqual((dropped.returncode, dropped.stdout), (0, "1 rows dropped\n"))
        for wrong in (("list",), ("drop", "--feed", "m"), ("show", "--feed", "m"), ("eat", "--feed", "m"), ("replay", "x", "--feed", "m"),
                      ("replay", "--all", "--feed", "m")):
            self.assertEqual(self.w.run("quarantine", *wrong).returncode, 2, wrong)
        self.assertEqual(self.w.run("quarantine", "list", "--feed", "nn").returncode, 1)

    def test_whose_row_it_is_is_kept_as_a_pseudonym(self):
        """So that all there is of a person can be found: the same that the log has."""
        self.w.post("m", HEADING + row("r1", "4") + row("r2", "4"), "e.csv")
        self.w.post("m", HEADING + row("r1", "7") + row("", "7") + "r1,too few\n", "f.csv")
        database = sqlite3.connect(f"file:{self.w.folder}/state/wijzer.db?mode=ro", uri=True)
        persons = [p for p, in database.execute("SELECT person FROM quarantine ORDER BY row")]
        known = {i for i, in database.execute("SELECT id FROM identity")}
        database.close()
        self.assertEqual([p in known for p in persons], [True, False, False])
        self.assertEqual(persons[1:], [None, None])


class Events(WijzerTest):
    def test_an_event_that_is_there_with_another_body(self):
        w = self.make(feeds=EVENT_FEED, wijzer=EVENT_PLUGINS)
        add_event_plugin(w)
        w.start()
        line = "{0:032x}\ta\tviewed\t{1}\t1760000000000\tC\t\n"
        report = w.post("lms", line.format(1, "page") + line.format(1, "other") + "no event\n", "e.txt").json()
        self.assertEqual((report["accepted"], report["rejected"], report["quarantined"]), (1, 2, 2))
        listed = w.get("/v1/feeds/lms/quarantine").json()["quarantine"]
        self.assertEqual([(r["row"], r["can_replay"]) for r in sorted(listed, key=lambda r: r["row"])], [(2, False), (3, False)])
        self.assertIn("an event with this id is there already", "".join(r["problem"] for r in listed))


if __name__ == "__main__":
    unittest.main()
