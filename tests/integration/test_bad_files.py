# SPDX-License-Identifier: GPL-3.0-or-later
"""Files as they should not be: each problem named with row and column, and the good rows kept."""
import unittest

from wijzer_daemon import FEED, HEADING, MEAN, MONITOR, WijzerTest

GOOD = "%s,2025-10-01,2025,S,A,4,2,1\n"


class BadFiles(WijzerTest):
    def setUp(self):
        self.w = self.make(feeds=FEED)
        self.w.script("m.lua", MONITOR)
        self.w.start()
        self.sent = 0

    def send(self, bad_row):
        """A good row, a bad one (text or bytes), a good one; new respondents each time."""
        self.sent += 1
        bad = bad_row if isinstance(bad_row, bytes) else bad_row.encode()
        good = [(GOOD % f"{self.sent}-{i}").encode() for i in range(2)]
        return self.w.post("m", HEADING.encode() + good[0] + bad + b"\n" + good[1]).json()

    def test_a_bad_row_is_named_and_the_others_are_kept(self):
        for bad, column, said in (
                ("x,2025-10-01,2025,S,A,4,2", None, "the row has 7 fields and the heading 8"),
                ("x,2025-10-01,2025,S,A,4,2,1,9", None, "the row has 9 fields and the heading 8"),
                ("x,2025-10-01,2025,S,A,7,2,1", "a", "answer 7 is outside 1-5"),
                ("x,2025-10-01,2025,S,A,mee ens,2,1", "a", "did you mean 'mee eens'?"),
                (b"x,2025-10-01,2025,S\xc3\xab,A\xff,4,2,1", "team", "not UTF-8"),
                (b"x,2025-10-01,2025,S\xeb,A\x81,4,2,1", "team", "not Windows-1252"),
                (b"x,2025-10-01,2025,S,A,4,\x00,1", "b", "NUL byte"),
                (b"x,2025-10-01,2025,S," + b"A" * (10 << 20) + b",4,2,1", "team", "a field of 10485760 bytes is longer than 65536"),
                ("x,2025-02-30,2025,S,A,4,2,1", "date", "the date cannot be read"),
                (",2025-10-01,2025,S,A,4,2,1", "token", "the respondent is empty"),
                ("x,2025-10-01,2025,S,,4,2,1", "team", "the team is empty"),
                ("x,2025-10-01,2025,S,A,4,2,=cmd()", "c", "neither a number nor a known answer"),
                ("x,2025-10-01,2025,S,A,4,nan,1", "b", "neither a number nor a known answer"),
                ("x,2025-10-01,20\x1b[2J25,S,A,4,2,1", None, "the wave holds a control character, such as a line feed; take it out"),
                ('x,2025-10-01,"2025\n2026",S,A,4,2,1', None, "the wave holds a control character")):
            report = self.send(bad)
            self.assertEqual((report["accepted"], report["rejected"]), (2, 1), said)
            problem = report["problems"][0]
            self.assertEqual((problem["row"], problem["column"]), (3, column), said)
            self.assertIn(said, problem["problem"])

    def test_what_counts_as_no_answer_or_as_a_good_one(self):
        for good in ("x1,,2025,S,A,4,2,1", "x2,2025-10-01T10:00:00Z,2025,S,A,n.v.t.,99,", "x3,01-10-2025 10:00,2025,S,A, Mee  Eens ,2,1",
                     '"x,4",2025-10-01,2025,"S","A ""B""",4,2,"1"', '"x5","2025-10-01","2025","S","A\nB",4,2,1.5\r'):
            report = self.send(good)
            self.assertEqual((report["accepted"], report["rejected"]), (3, 0), (good, report["problems"]))

    def test_a_file_that_cannot_be_read_is_refused_whole(self):
        for document, said in (
                (b"", None), (b"tokn,date,year,school,team,a,b,c\n", "column 'token' is missing (is it 'tokn'?)"),
                (b"token,date,year,school,team\n", "column 'a' is missing"),
                (HEADING.replace("c", "a").encode(), "column 'a' is there twice"),
                ((HEADING + 'x,2025-10-01,2025,S,A,4,2,"1\nand on').encode(), "row 2 has a quote that is not closed"),
                (HEADING.encode() + b'x,"' + b"a" * (20 << 20), "row 2 has a field that is longer than 16 MiB")):
            answer = self.w.post("m", document)
            self.assertEqual(answer.status, 422 if said else 400)
            self.assertIn(said or "no document", answer.json()["detail"])
        self.assertEqual(self.w.get("/v1/status").json()["store"]["rows"], 0)

    def test_what_many_rows_have_wrong_is_told_once_with_how_many_they_are(self):
        row = "r%d,2025-10-01,2025,S,A,%s,2,1\n"
        answers = ["mee eens!"] * 214 + ["Jan"] * 4 + ["9"] * 30 + ["4"] * 3
        document = HEADING + "".join(row % (i, answer) for i, answer in enumerate(answers))
        report = self.w.post("m", document).json()
        self.assertEqual((report["accepted"], report["rejected"], len(report["problems"])), (3, 248, 50))
        unknown = "'mee eens!' is neither a number nor a known answer; did you mean 'mee eens'?"
        self.assertEqual(report["summary"], [
            {"column": "a", "problem": unknown, "count": 214, "first_row": 2},
            {"column": "a", "problem": "answer 9 is outside 1-5", "count": 30, "first_row": 220}])
        (self.w.folder / "export.csv").write_text(document)
        done = self.w.run("import", self.w.folder / "export.csv", "--feed", "m")
        self.assertIn(f"  ... and 238 more\n  in 214 rows, column a: {unknown}\n  in 30 rows, column a: answer 9", done.stdout)
        self.assertNotIn("Jan", done.stdout)
        self.assertNotIn("summary", self.w.post("m", HEADING + GOOD % "x").json())

    def test_how_a_file_is_written_is_seen_and_told(self):
        row = "%s;2025-10-01;2025;Sch\u00f6l;A;4;2;1,5\r\n"
        text = HEADING.replace(",", ";").replace("\n", "\r\n") + "".join(row % f"r{i}" for i in range(3))
        for document, charset, delimiter, line_ends, decimal in (
                (text.encode("cp1252"), "windows-1252", "semicolon", "crlf", "comma"),
                (text.replace(";", "\t").encode("utf-16"), "utf-16le", "tab", "crlf", "comma"),
                (text.replace(",", ".").replace(";", ",").replace("\r", "").encode(), "utf-8", "comma", "lf", "point"),
                (("sep=;\r" + text.replace("\r\n", "\r")).encode("utf-8-sig"), "utf-8", "semicolon", "cr", "comma")):
            report = self.w.post("m", document).json()
            self.assertEqual((report["accepted"] + report["duplicate"], report["rejected"]), (3, 0), report)
            dialect = {"charset": charset, "delimiter": delimiter, "line_ends": line_ends, "decimal": decimal, "items_by": "id"}
            if document.startswith(b"\xef\xbb\xbfsep"):
                dialect["first_line"] = "sep=;"
            self.assertEqual(report["dialect"], dialect)
        self.assertEqual(self.w.get("/v1/status").json()["store"]["rows"], 3)

    def test_what_a_refused_file_was_taken_for_is_told_too(self):
        answer = self.w.post("m", "tokn;date\n")
        self.assertEqual((answer.status, answer.json()["dialect"]["delimiter"]), (422, "semicolon"))

    def test_the_feed_may_fix_it(self):
        self.assertEqual(self.w.stop(), 0)
        self.w.config.write_text(self.w.config.read_text() + "delimiter = semicolon\ncharset = utf-8\ndecimal = comma\n")
        self.w.start()
        row = "%s;2025-10-01;2025;S;A;4;2;%s\n"
        text = HEADING.replace(",", ";") + row % ("r1", "1,234") + row % ("r2", "1.5")
        report = self.w.post("m", text).json()
        self.assertEqual((report["accepted"], report["problems"][0]["row"], report["problems"][0]["column"]), (1, 3, "c"))
        self.assertIn("no decimal comma", report["problems"][0]["problem"])
        self.assertIn("'charset' says utf-8", self.w.post("m", text.encode("utf-16")).json()["detail"])
        self.assertEqual(self.w.stop(), 0)
        self.w.config.write_text(self.w.config.read_text().replace("= utf-8", "= latin1"))
        self.assertNotEqual(self.w.start(wait=False).process.wait(30), 0)
        self.w.process = None
        self.assertIn("windows-1252", self.w.read_log())

    def test_a_stray_quote_gives_nobody_another_s_answers(self):
        row = "%s,2025-10-01,2025,S,%s,1,2,3\n"
        answer = self.w.post("m", HEADING + row % ("r0", "A") + row % ("r1", '"A') + row % ("r2", '"B"') + row % ("r3", '"C"'))
        self.assertEqual((answer.status, answer.json()["accepted"]), (422, 1))
        self.assertIn("row 3 has a quote in the middle of a field", answer.json()["detail"])

    def test_an_instrument_that_nobody_declares(self):
        (self.w.scripts / "m.lua").unlink()
        self.w.wait_for(lambda: self.w.script_info("m.lua") is None, "still there")
        answer = self.w.post("m", HEADING)
        self.assertEqual(answer.status, 422)
        self.assertIn("no script declares instrument 'm'", answer.json()["detail"])

    def test_local_times_follow_the_dutch_clock(self):
        """Waves are ordered by their first time, which here only the clock's change puts in this order."""
        self.w.script("mean.lua", MEAN % "mean")
        self.w.wait_for(lambda: self.w.get("/v1/indicators/mean").status == 200, "not loaded")
        for wave, time in (("b", "2025-10-26T00:50:00Z"), ("c", "2025-10-26 03:00:00"), ("a", "2025-10-26 01:59:00")):
            self.w.post("m", HEADING + "".join(f"r{i},{time},{wave},S,A,4,2,1\n" for i in range(6)))
        # 01:59 CEST is 23:59 UTC; 00:50 UTC; 03:00 CET is 02:00 UTC.
        self.w.wait_until_current()
        self.assertEqual([v["period"] for v in self.w.values("mean", "?level=team&period=all")], ["a", "b", "c"])

    def test_a_semicolon_file_with_a_byte_order_mark_and_decimal_commas(self):
        self.w.script("mean.lua", MEAN % "mean")
        text = "\ufeff" + HEADING.replace(",", ";") + "".join(
            f"r{i};2025-10-01;2025;S;A;{3 + i % 3};2;1,5\r\n" for i in range(6))
        self.assertEqual(self.w.post("m", text.encode()).json()["accepted"], 6)
        self.w.wait_for(lambda: self.w.get("/v1/indicators/mean").status == 200 and self.w.values("mean"), "no value")
        self.w.wait_until_current()  # answers that wait are shown before, and for a moment nothing is
        self.assertEqual(self.w.by_group("mean")["S/A"]["value"], 4)


if __name__ == "__main__":
    unittest.main()
