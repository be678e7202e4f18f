# SPDX-License-Identifier: GPL-3.0-or-later
"""Workbooks through the daemon and its confined decoder: the same answers as their CSV, and bounds that hold."""
import unittest
import zipfile

from wijzer_daemon import FEED, HEADING, MEAN, MONITOR, WijzerTest
from workbooks import by_hand, by_openpyxl, row

NAMES = HEADING.strip().split(",")
DATE = {"date": "2025-10-01T14:05:06"}


def table(count):
    return [NAMES] + [[f"r{i}", DATE, 2025, "S", "AB"[i % 2], 1 + i % 5, "Mee  eens" if i % 3 else 2, i / 10] for i in range(count)]


def as_csv(rows):
    text = {True: "2025-10-01 14:05:06"}
    return "".join(",".join(text.get(isinstance(cell, dict), str(cell)) for cell in line) + "\n" for line in rows)


class Workbooks(WijzerTest):
    def setUp(self):
        self.w = self.make(feeds=FEED, wijzer="min_group_size = 1\n")
        self.w.script("m.lua", MONITOR)
        self.w.script("mean.lua", MEAN % "mean")
        self.file = self.w.folder / "book.xlsx"

    def configure(self, key):
        self.w.config.write_text(self.w.config.read_text() + key + "\n")

    def refusal(self, document):
        answer = self.w.post("m", document, "book.xlsx")
        self.assertEqual(answer.status, 422)
        self.assertEqual(answer.json()["accepted"], 0)
        return answer.json()["detail"]

    def test_a_workbook_says_what_its_csv_says(self):
        self.w.start()
        first = self.w.post("m", as_csv(table(200))).json()
        self.assertEqual((first["accepted"], first["rejected"]), (200, 0), first["problems"])
        for from_1904 in (False, True):
            again = self.w.post("m", by_openpyxl(self.file, [["Data", table(200)]], from_1904), "book.xlsx").json()
            self.assertEqual((again["accepted"], again["duplicate"], again["replaced"], again["rejected"]), (0, 200, 0, 0), again)
            self.assertEqual(again["dialect"]["sheet"], "Data")
            self.assertEqual(again["dialect"].get("dates"), "from 1904" if from_1904 else None)

    def test_a_folder_and_a_command_take_workbooks(self):
        self.w.start()
        by_openpyxl(self.file, [["Data", table(20)]])
        done = self.w.run("import", self.file, "--feed", "m")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("format xlsx, sheet Data", done.stdout)
        self.file.rename(self.w.folder / "inbox" / "again.xlsx")
        self.w.wait_for(lambda: list((self.w.folder / "inbox" / "done").glob("again*")), "again.xlsx is not read")
        self.w.wait_until_current()
        self.assertEqual({group: value["n"] for group, value in self.w.by_group("mean").items() if value["level"] == "team"},
                         {"S/A": 10, "S/B": 10})

    def test_an_instrument_is_made_of_a_workbook(self):
        rows = [["token", "date", "q1", "q2", "q3"]] + [[f"r{i}", DATE, 1 + i % 5, "ja" if i % 2 else "nee", "=1+1"] for i in range(30)]
        by_openpyxl(self.file, [["Data", rows]])
        made = self.w.run("instrument", "new", self.file)
        self.assertEqual(made.returncode, 0, made.stderr)
        for line in ('respondent = "token"', 'submitted = "date"', "q1 = { range = { 1, 5 } }", "labels = { nee = 1, ja = 2 }"):
            self.assertIn(line, made.stdout)
        self.assertNotIn('"?"', made.stdout)  # a formula that was never computed is nobody's answer

    def test_the_feed_names_a_sheet(self):
        sheets = [["Codes", [["code", "meaning"], [1, "never"]]], ["hidden answers", table(3)]]
        self.configure("sheet = Hidden answers")
        self.w.start()
        report = self.w.post("m", by_openpyxl(self.file, sheets), "book.xlsx").json()
        self.assertEqual((report["accepted"], report["dialect"]["sheet"]), (3, "hidden answers"))
        self.assertIn("has no sheet 'Hidden answers', which the feed's key 'sheet' names; its first is 'Data'",
                      self.refusal(by_openpyxl(self.file, [["Data", table(1)]])))

    def test_an_archive_of_the_64_bit_kind_is_one(self):
        self.w.start()
        document = by_hand(self.file, [row(1, NAMES), row(2, ["r1", "2025-10-01", 2025, "S", "A", 1, 2, 3])], force_zip64=True)
        self.assertEqual(self.w.post("m", document, "book.xlsx").json()["accepted"], 1)

    def test_more_names_than_16_bits_count_are_too_many(self):
        self.w.start()
        with zipfile.ZipFile(self.file, "w") as archive:
            for i in range(70000):
                archive.writestr(f"{i}.xml", "")
        self.assertIn("a directory of more than 2 MiB", self.refusal(self.file.read_bytes()))

    def test_what_unpacks_to_very_much_is_refused(self):
        self.w.start()
        for pieces, most, said in (
                ([b" " * (1 << 20)] * 1100, 2, "unpacks to more than 1024 MiB, in part 'xl/worksheets/sheet1.xml'"),
                ([b"<x/>" * 250000] * 50, 1, "over ten million elements that no sheet needs"),
                ([b"<row>" + b"<c/>" * 10000 + b"</row>"] * 5500, 1, "more than 50000000 cells"),
                ([b"<row/>" * 100000] * 11, 1, "row 1048577 stands below it, out of order")):
            document = by_hand(self.file, [row(1, NAMES), *pieces])
            self.assertLess(len(document), 5 * most << 20, said)
            done = self.w.run("import", self.file, "--feed", "m")
            self.assertEqual(done.returncode, 1, said)
            self.assertIn(said, done.stdout + done.stderr)

    def test_texts_fit_into_the_decoders_memory_up_to_their_bound(self):
        self.w.start()
        answers = ["r1", "2025-10-01", 2025, "S", "A", 1, 2, 3]
        many = [b"<si><t>0123456789abc</t></si>" * 4096] * 1023  # four million, 52 MiB
        document = by_hand(self.file, [row(1, NAMES), row(2, answers)], many)
        self.assertEqual(self.w.post("m", document, "book.xlsx").json()["accepted"], 1)
        large = [b"<si><t>" + b"x" * 60000 + b"</t></si>"] * 1100  # 63 MiB
        document = by_hand(self.file, [row(1, NAMES), row(2, ["r2", *answers[1:]])], large)
        self.assertEqual(self.w.post("m", document, "book.xlsx").json()["accepted"], 1)
        self.assertIn("more than 64 MiB of them", self.refusal(by_hand(self.file, [row(1, NAMES)], large * 2)))


if __name__ == "__main__":
    unittest.main()
