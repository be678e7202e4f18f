# SPDX-License-Identifier: GPL-3.0-or-later
"""Of two responses of one respondent the one that was sent off counts, and of those the later one, in whatever order they come."""
import itertools
import unittest

from wijzer_daemon import FEED, HEADING, MEAN, MONITOR, WijzerTest

UNFINISHED, OCTOBER, NOVEMBER = "", "2025-10-01 12:00:00", "2025-11-01 12:00:00"

# What is to stay of a first and a second response, by when they were sent off.
SECOND_STAYS = {
    (UNFINISHED, UNFINISHED): True,  # nothing tells them apart: the one that comes later is the correction
    (UNFINISHED, OCTOBER): True,
    (OCTOBER, UNFINISHED): False,
    (OCTOBER, OCTOBER): True,
    (OCTOBER, NOVEMBER): True,
    (NOVEMBER, OCTOBER): False,
}


def row(person, date, c):
    return f"{person},{date},2025,S,A,{3 + person % 2},2,{c}\n"


class Outdated(WijzerTest):
    def make_wijzer(self):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("mean.lua", MEAN.replace('w.scale { "a", "b", min_answered = 1 }', 'w.scale { "c" }') % "mean")
        return w.start()

    def send(self, w, text):
        """A dry run says the same."""
        dry = w.request("POST", "/v1/feeds/m?name=x.csv&dry_run=1", HEADING + text).json()
        wet = w.post("m", HEADING + text).json()
        for key in ("accepted", "duplicate", "replaced", "rejected", "outdated", "outdated_rows"):
            self.assertEqual(dry.get(key), wet.get(key), key)
        w.wait_until_current()
        return wet

    def mean(self, w):
        """Of item c. The answers of five are 1, or 2 where a second response counts, but for one that keeps the group shown."""
        return w.by_group("mean", "?level=team")["S/A"]["value"]

    def test_in_two_files_and_in_one(self):
        for (first, second), second_stays in SECOND_STAYS.items():
            for is_one_file in (False, True):
                with self.subTest(first=first, second=second, is_one_file=is_one_file):
                    w = self.make_wijzer()
                    self.send(w, row(9, OCTOBER, 5))
                    before, after = ("".join(row(i, date, c) for i in range(5)) for date, c in ((first, 1), (second, 2)))
                    if is_one_file:
                        report = self.send(w, before + after)
                        self.assertEqual(report["accepted"], 5)
                    else:
                        self.assertEqual(self.send(w, before)["accepted"], 5)
                        report = self.send(w, after)
                        self.assertEqual(report["accepted"], 0)
                    outdated = 0 if second_stays else 5
                    self.assertEqual((report["replaced"], report["duplicate"], report["outdated"], report["rejected"]),
                                     (5 - outdated, outdated, outdated, 0))
                    self.assertAlmostEqual(self.mean(w), (5 * (2 if second_stays else 1) + 5) / 6)
                    from_row = 7 if is_one_file else 2
                    self.assertEqual([told["row"] for told in report.get("outdated_rows", [])],
                                     list(range(from_row, from_row + outdated)))

    def test_it_says_why_and_what_to_do(self):
        w = self.make_wijzer()
        self.send(w, row(1, NOVEMBER, 1) + row(2, NOVEMBER, 1))
        report = self.send(w, row(1, OCTOBER, 2) + row(2, UNFINISHED, 2))
        older, unfinished = (told["reason"] for told in report["outdated_rows"])
        self.assertTrue(older.startswith("sent off earlier than"))
        self.assertTrue(unfinished.startswith("not sent off"))
        for reason in (older, unfinished):
            self.assertIn("wijzer withdraw", reason)
        (w.folder / "export.csv").write_text(HEADING + row(1, OCTOBER, 2) + row(2, UNFINISHED, 2))
        shown = w.run("import", w.folder / "export.csv", "--feed", "m")
        self.assertEqual(shown.returncode, 0)
        self.assertIn("0 accepted, 0 replaced, 2 there already, 0 rejected\n", shown.stdout)
        self.assertIn(f"  row 2: {older}\n  row 3: {unfinished}\n", shown.stdout)
        self.assertEqual(w.get("/v1/feeds/m/quarantine").json()["rows"], 0)
        # What it says to do works.
        self.assertEqual(w.run("withdraw", "1", "--wave", "2025", "--feed", "m").returncode, 0)
        self.assertEqual(self.send(w, row(1, OCTOBER, 2))["accepted"], 1)

    def test_many_are_counted_and_the_first_told(self):
        w = self.make_wijzer()
        people = range(40000)  # more than a batch
        self.send(w, "".join(row(i, NOVEMBER, 1) for i in people))
        report = self.send(w, "".join(row(i, OCTOBER, 2) for i in people))
        self.assertEqual((report["duplicate"], report["outdated"], report["replaced"]), (40000, 40000, 0))
        self.assertEqual([told["row"] for told in report["outdated_rows"]], list(range(2, 52)))

    def test_the_order_of_files_does_not_matter(self):
        """Whichever way three responses come in, the same one is left."""
        for order in itertools.permutations(((UNFINISHED, 1), (OCTOBER, 2), (NOVEMBER, 3))):
            w = self.make_wijzer()
            self.send(w, row(9, OCTOBER, 5))
            for date, c in order:
                self.send(w, "".join(row(i, date, c) for i in range(5)))
            self.assertAlmostEqual(self.mean(w), (5 * 3 + 5) / 6)


if __name__ == "__main__":
    unittest.main()
