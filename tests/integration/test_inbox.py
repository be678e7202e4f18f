# SPDX-License-Identifier: GPL-3.0-or-later
"""A watched folder, as people and file servers use it: nothing that is put there is lost, and nothing is passed over
in silence."""
import json
import pathlib
import time
import unittest

from wijzer_daemon import FEED, HEADING, MONITOR, SLOW, WijzerTest, rows


class InboxTest(WijzerTest):
    def setUp(self):
        self.w = self.make(feeds=FEED)
        self.w.script("m.lua", MONITOR)
        self.inbox = self.w.folder / "inbox"

    def start(self):
        self.w.start()

    def responses(self):
        return self.w.get("/v1/status").json()["store"]["rows"]

    def wait_until_done(self, name, folder="done"):
        report = self.inbox / folder / f"{name}.report.json"
        self.w.wait_for(report.exists, lambda: f"{name} is not in {folder}/")
        return json.loads(report.read_text())


class Copies(InboxTest):
    def write_with_pauses(self, file, seconds):
        """A heading and 40 rows in pieces that end in the middle of a row; the program keeps the file open."""
        text = HEADING + rows("A", 40)
        third = len(text) // 3
        for piece in (text[:third], text[third:2 * third], text[2 * third:]):
            self.assertEqual(list((self.inbox / "done").iterdir()) + list((self.inbox / "failed").iterdir()), [])
            file.write(piece)
            file.flush()
            time.sleep(seconds)
        file.close()

    def test_a_slow_copy_is_waited_for(self):
        self.start()
        self.write_with_pauses(open(self.inbox / "slow.csv", "w"), 3)
        report = self.wait_until_done("slow.csv")
        self.assertEqual((report["accepted"], report["rejected"]), (40, 0))

    def test_a_slow_copy_that_began_before_the_start_is_waited_for(self):
        self.inbox.mkdir()
        file = open(self.inbox / "slow.csv", "w")
        self.start()
        self.write_with_pauses(file, 3)
        report = self.wait_until_done("slow.csv")
        self.assertEqual((report["accepted"], report["rejected"]), (40, 0))

    def test_a_file_that_is_moved_in_or_closed_is_taken_at_once(self):
        self.start()
        (self.w.folder / "moved.csv").write_text(HEADING + rows("A", 5))
        (self.w.folder / "moved.csv").rename(self.inbox / "moved.csv")
        (self.inbox / "closed.csv").write_text(HEADING + rows("B", 5))
        begun = time.monotonic()
        for name in ("moved.csv", "closed.csv"):
            self.assertEqual(self.wait_until_done(name)["accepted"], 5)
        self.assertLess(time.monotonic() - begun, 3 * SLOW)

    def test_a_file_that_waits_at_the_start_is_taken_in_the_end(self):
        self.inbox.mkdir()
        (self.inbox / "waiting.csv").write_text(HEADING + rows("A", 5))
        self.start()
        self.assertEqual(self.wait_until_done("waiting.csv")["accepted"], 5)

    def test_what_is_written_while_it_is_read_is_read_again(self):
        self.start()
        (self.inbox / "large.csv").write_text(HEADING + rows("A", 200000))
        self.w.wait_for(lambda: self.w.get("/v1/feeds").json()["feeds"][0].get("importing"), "not taken")
        with open(self.inbox / "large.csv", "a") as file:
            file.write(rows("B", 10))
        report = self.wait_until_done("large.csv")
        self.assertEqual(report["duplicate"] + report["accepted"], 200010)
        self.assertEqual(self.responses(), 200010)
        self.assertIn("large.csv was still being written while it was read, and is read again", self.w.read_log())
        self.assertFalse((self.inbox / "large.csv").exists())

    def test_what_takes_the_place_of_a_file_that_is_read_is_read_too(self):
        self.start()
        (self.inbox / "large.csv").write_text(HEADING + rows("A", 200000))
        self.w.wait_for(lambda: self.w.get("/v1/feeds").json()["feeds"][0].get("importing"), "not taken")
        (self.w.folder / "other.csv").write_text(HEADING + rows("B", 10))
        (self.w.folder / "other.csv").rename(self.inbox / "large.csv")
        self.assertEqual(self.wait_until_done("large.csv")["accepted"], 10)
        self.assertEqual(self.responses(), 200010)

    def test_more_files_than_are_taken_at_once(self):
        self.start()
        for i in range(1500):
            (self.w.folder / "one.csv").write_text(HEADING + rows("A", 1, start=i))
            (self.w.folder / "one.csv").rename(self.inbox / f"{i}.csv")
        self.w.wait_for(lambda: self.responses() == 1500 and not any(self.inbox.glob("*.csv")), "not all")

    def test_an_empty_folder_wakes_nobody(self):
        self.start()
        (self.inbox / "one.csv").write_text(HEADING + rows("A", 5))
        self.wait_until_done("one.csv")
        self.w.wait_until_current()
        time.sleep(2)  # what followed from it is over

        def wake_ups():
            status = pathlib.Path(f"/proc/{self.w.process.pid}/status").read_text()
            return int(next(line for line in status.splitlines() if line.startswith("voluntary")).split()[1])

        before = wake_ups()
        time.sleep(3)
        self.assertLessEqual(wake_ups() - before, 1)


if __name__ == "__main__":
    unittest.main()
